//! All SQL of symposiums.
use super::Symposium;
use crate::{
    access::{Reach, Scope},
    db::{Backend, Conn},
    error::{Error, Result},
    issue::Issue,
    schema::*,
    time::Time,
};
use diesel::{dsl::not, prelude::*, sql_types::Bool};

pub type Filter = Box<dyn BoxableExpression<symposiums::table, Backend, SqlType = Bool>>;

/// What a scope means for symposiums.
pub fn within(scope: Scope) -> Filter {
    match scope.reach() {
        Reach::Everything => Box::new(true.into_sql::<Bool>()),
        Reach::Area(id) => Box::new(symposiums::area_id.eq(id)),
        Reach::Group(id) => Box::new(symposiums::group_id.assume_not_null().eq(id)),
        Reach::Own(id) => Box::new(symposiums::host_id.eq(id)),
        _ => Box::new(not(symposiums::id.eq(symposiums::id))),
    }
}

/// Newest first, with the host's name.
pub fn list(conn: &mut Conn, scope: Scope, before: Option<i64>, limit: i64) -> Result<Vec<(Symposium, String)>> {
    let mut query = symposiums::table.filter(within(scope)).select(symposiums::id).into_boxed();
    if let Some(id) = before {
        query = query.filter(symposiums::id.lt(id));
    }
    let ids: Vec<i64> = query.order(symposiums::id.desc()).limit(limit).load(conn)?;
    Ok(symposiums::table
        .inner_join(users::table)
        .filter(symposiums::id.eq_any(ids))
        .order(symposiums::id.desc())
        .select((Symposium::as_select(), users::name))
        .load(conn)?)
}

pub fn find(conn: &mut Conn, scope: Scope, id: i64) -> Result<Symposium> {
    Ok(symposiums::table.find(id).filter(within(scope)).select(Symposium::as_select()).first(conn)?)
}

/// (id, name) of the companies that took part.
pub fn enterprises(conn: &mut Conn, id: i64) -> Result<Vec<(i64, String)>> {
    Ok(symposium_enterprises::table
        .inner_join(enterprises::table)
        .filter(symposium_enterprises::symposium_id.eq(id))
        .order(enterprises::id)
        .select((enterprises::id, enterprises::name))
        .load(conn)?)
}

/// Problems that came up, as far as they may be seen.
pub fn issues(conn: &mut Conn, see: Scope, id: i64) -> Result<Vec<Issue>> {
    let ids = issue_details::table
        .filter(issue_details::symposium_id.assume_not_null().eq(id))
        .select(issue_details::issue_id);
    Ok(issues::table
        .filter(issues::id.eq_any(ids))
        .filter(crate::issue::query::within(see))
        .order(issues::id)
        .select(Issue::as_select())
        .load(conn)?)
}

pub fn insert(conn: &mut Conn, symposium: &Symposium, companies: &[i64]) -> Result<()> {
    diesel::insert_into(symposiums::table).values(symposium).execute(conn)?;
    for id in companies {
        diesel::insert_into(symposium_enterprises::table)
            .values((symposium_enterprises::symposium_id.eq(symposium.id), symposium_enterprises::enterprise_id.eq(id)))
            .execute(conn)?;
    }
    Ok(())
}

pub fn void(conn: &mut Conn, scope: Scope, id: i64, reason: &str, at: Time) -> Result<()> {
    find(conn, scope, id)?;
    let done = diesel::update(symposiums::table.find(id).filter(symposiums::voided_at.eq(Time::NEVER)))
        .set((
            symposiums::voided_at.eq(at),
            symposiums::void_reason.eq(reason),
            symposiums::version.eq(symposiums::version + 1),
        ))
        .execute(conn)?;
    if done == 1 { Ok(()) } else { Err(Error::Conflict("这次座谈会已经作废".into())) }
}
