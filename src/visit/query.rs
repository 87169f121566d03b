//! All SQL of visits.
use super::Visit;
use crate::{
    access::{Reach, Scope},
    db::{Backend, Conn},
    error::{Error, Result},
    key,
    schema::*,
    time::Time,
};
use chrono::NaiveDate;
use diesel::{dsl::not, prelude::*, sql_types::Bool};

pub type Filter = Box<dyn BoxableExpression<visits::table, Backend, SqlType = Bool>>;

/// What a scope means for visits.
pub fn within(scope: Scope) -> Filter {
    match scope.reach() {
        Reach::Everything => Box::new(true.into_sql::<Bool>()),
        Reach::Area(id) => Box::new(visits::area_id.eq(id)),
        Reach::Group(id) => Box::new(visits::group_id.assume_not_null().eq(id)),
        Reach::Own(id) => Box::new(visits::cadre_id.eq(id)),
        Reach::Enterprise(id) => Box::new(visits::enterprise_id.eq(id)),
        _ => Box::new(not(visits::id.eq(visits::id))),
    }
}

/// A visit with the names that lists show.
#[derive(Debug, Clone, Queryable)]
pub struct VisitRow {
    pub visit: Visit,
    pub enterprise: String,
    pub cadre: String,
}

/// What the query block says.
#[derive(Debug, Clone, Default)]
pub struct VisitFilter {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub group_id: Option<i64>,
    pub enterprise_id: Option<i64>,
}

/// Newest first, after a key.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    filter: &VisitFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<VisitRow>> {
    let mut query = visits::table.filter(within(scope)).select(visits::id).into_boxed();
    if let Some(from) = filter.from {
        query = query.filter(visits::visited_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(visits::visited_on.le(to));
    }
    if let Some(id) = filter.group_id {
        query = query.filter(visits::group_id.assume_not_null().eq(id));
    }
    if let Some(id) = filter.enterprise_id {
        query = query.filter(visits::enterprise_id.eq(id));
    }
    if let Some(id) = before {
        query = query.filter(visits::id.lt(id));
    }
    let ids: Vec<i64> = query.order(visits::id.desc()).limit(limit).load(conn)?;
    Ok(visits::table
        .inner_join(enterprises::table)
        .inner_join(users::table)
        .filter(visits::id.eq_any(ids))
        .order(visits::id.desc())
        .select((Visit::as_select(), enterprises::name, users::name))
        .load(conn)?)
}

pub fn find(conn: &mut Conn, scope: Scope, id: i64) -> Result<VisitRow> {
    let visit: Visit = visits::table.find(id).filter(within(scope)).select(Visit::as_select()).first(conn)?;
    Ok(visits::table
        .inner_join(enterprises::table)
        .inner_join(users::table)
        .filter(visits::id.eq(visit.id))
        .select((Visit::as_select(), enterprises::name, users::name))
        .first(conn)?)
}

pub fn insert(conn: &mut Conn, visit: &Visit) -> Result<()> {
    diesel::insert_into(visits::table).values(visit).execute(conn)?;
    Ok(())
}

/// The key of a visit belongs to its day, so lists in key order are in the order of days.
pub fn fresh_key(on: NaiveDate, now: Time) -> i64 {
    let noon = crate::calendar::start_of_day(on).plus_minutes(12 * 60);
    key::fresh(noon.min(now))
}

/// Taken out of the figures from now on, with the reason; the row stays.
pub fn void(conn: &mut Conn, scope: Scope, id: i64, reason: &str, at: Time) -> Result<()> {
    find(conn, scope, id)?;
    let done = diesel::update(visits::table.find(id).filter(visits::voided_at.eq(Time::NEVER)))
        .set((visits::voided_at.eq(at), visits::void_reason.eq(reason), visits::version.eq(visits::version + 1)))
        .execute(conn)?;
    if done == 1 { Ok(()) } else { Err(Error::Conflict("这次走访已经作废".into())) }
}
