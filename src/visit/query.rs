//! All SQL of visits.
use super::Visit;
use crate::{
    access::{Reach, Scope},
    calendar::{start_of_day, start_of_next_day},
    db::{Backend, Conn},
    enterprise,
    error::{Error, Result},
    issue::Issue,
    key, record,
    schema::*,
    time::Time,
    web::paging::Bound,
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
    pub area_id: Option<i64>,
    pub enterprise_id: Option<i64>,
    /// Any of these companies; of these visitors.
    pub enterprises: Option<Vec<i64>>,
    pub cadres: Option<Vec<i64>>,
    /// Only those that do not count any more.
    pub voided: bool,
}

impl VisitFilter {
    fn conditions(&self, scope: Scope) -> Vec<Filter> {
        let mut all = vec![within(scope)];
        // Keys belong to the day (`fresh_key`), so a stretch of days is a range of the primary key.
        if let Some(from) = self.from {
            all.push(Box::new(visits::id.ge(key::first_at(start_of_day(from))).and(visits::visited_on.ge(from))));
        }
        if let Some(to) = self.to {
            all.push(Box::new(visits::id.lt(key::first_at(start_of_next_day(to))).and(visits::visited_on.le(to))));
        }
        if let Some(id) = self.area_id {
            all.push(Box::new(visits::area_id.eq(id)));
        }
        if let Some(id) = self.group_id {
            all.push(Box::new(visits::group_id.assume_not_null().eq(id)));
        }
        if let Some(id) = self.enterprise_id {
            all.push(Box::new(visits::enterprise_id.eq(id)));
        }
        if let Some(ids) = &self.enterprises {
            all.push(Box::new(visits::enterprise_id.eq_any(ids.clone())));
        }
        if let Some(ids) = &self.cadres {
            all.push(Box::new(visits::cadre_id.eq_any(ids.clone())));
        }
        if self.voided {
            all.push(Box::new(visits::voided_at.lt(Time::NEVER)));
        }
        all
    }
}

/// Companies or visitors that a typed name may mean at most: each is looked for in the visits' index.
pub const MEANT_MOST: usize = 50;

/// The visitors whose name contains the text: their accounts are few beside their visits. None when they are too many.
pub fn cadres_called(conn: &mut Conn, text: &str) -> Result<Option<Vec<i64>>> {
    let like = crate::search::like(text);
    let named = users::table.filter(users::name.like(like).escape('\\')).select(users::id);
    let found: Vec<i64> = named.order(users::id).limit(MEANT_MOST as i64 + 1).load(conn)?;
    Ok((found.len() <= MEANT_MOST).then_some(found))
}

/// The companies whose name or code contains the text, those that left the list as well. None when they are too many.
pub fn enterprises_called(conn: &mut Conn, text: &str) -> Result<Option<Vec<i64>>> {
    let found = enterprise::query::called_like(conn, text, MEANT_MOST as i64 + 1)?;
    Ok((found.len() <= MEANT_MOST).then_some(found))
}

/// One page, newest day first; voided ones among them, marked by the page.
pub fn list(conn: &mut Conn, scope: Scope, filter: &VisitFilter, bound: Bound, most: i64) -> Result<Vec<VisitRow>> {
    let mut ids = visits::table.select(visits::id).limit(most).into_boxed();
    for condition in filter.conditions(scope) {
        ids = ids.filter(condition);
    }
    let ids: Vec<i64> = match bound {
        Bound::Below(id) => ids.filter(visits::id.lt(id)).order(visits::id.desc()).load(conn)?,
        Bound::Above(id) => ids.filter(visits::id.gt(id)).order(visits::id.asc()).load(conn)?,
    };
    let mut rows: Vec<VisitRow> = visits::table
        .inner_join(enterprises::table)
        .inner_join(users::table)
        .filter(visits::id.eq_any(ids))
        .order(visits::id.desc())
        .select((Visit::as_select(), enterprises::name, users::name))
        .load(conn)?;
    if matches!(bound, Bound::Above(_)) {
        rows.reverse();
    }
    Ok(rows)
}

/// How many there are.
pub fn count(conn: &mut Conn, scope: Scope, filter: &VisitFilter) -> Result<i64> {
    record::counted(conn, format!("visits {scope:?} {filter:?}"), |conn| {
        let mut query = visits::table.into_boxed();
        for condition in filter.conditions(scope) {
            query = query.filter(condition);
        }
        Ok(query.count().get_result(conn)?)
    })
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

/// Saves what no figure counts: manner, companions, note. `visit.version` is still that of the form.
pub fn update(conn: &mut Conn, visit: &Visit) -> Result<()> {
    let row = visits::table
        .filter(visits::id.eq(visit.id))
        .filter(visits::version.eq(visit.version))
        .filter(visits::voided_at.eq(Time::NEVER));
    let saved = diesel::update(row)
        .set((
            visits::manner.eq(&visit.manner),
            visits::companions.eq(&visit.companions),
            visits::note.eq(&visit.note),
            visits::version.eq(visit.version + 1),
        ))
        .execute(conn)?;
    if saved == 1 { Ok(()) } else { Err(stale()) }
}

/// Another day is another fact. The figures of a past moment count what was recorded and not void then
/// (`recorded_at < T <= voided_at`), so the old row is made void and the new one recorded at the same moment, in
/// one transaction: figures as of before stay what they were, figures from now on count the new day, and nothing is counted
/// twice. Changing the day in place would have altered every figure that was read before. What hangs on the record goes
/// along: a problem that came up is the new row's.
pub fn replace(conn: &mut Conn, old_version: i64, old_id: i64, new: &Visit, reason: &str) -> Result<()> {
    insert(conn, new)?;
    let row = visits::table
        .filter(visits::id.eq(old_id))
        .filter(visits::version.eq(old_version))
        .filter(visits::voided_at.eq(Time::NEVER));
    let saved = diesel::update(row)
        .set((
            visits::voided_at.eq(new.recorded_at),
            visits::void_reason.eq(reason),
            visits::replaced_by_id.eq(new.id),
            visits::version.eq(old_version + 1),
        ))
        .execute(conn)?;
    if saved != 1 {
        return Err(stale());
    }
    diesel::update(issue_details::table.filter(issue_details::visit_id.eq(old_id)))
        .set(issue_details::visit_id.eq(new.id))
        .execute(conn)?;
    Ok(())
}

fn stale() -> Error {
    Error::Conflict("这次走访刚被别人改动过".into())
}

/// The record that counts instead of this one, and the one that this one counts for.
pub fn links(conn: &mut Conn, id: i64) -> Result<(Option<i64>, Option<i64>)> {
    let later = visits::table.find(id).select(visits::replaced_by_id).first(conn)?;
    let earlier = visits::table.filter(visits::replaced_by_id.eq(id)).select(visits::id).first(conn).optional()?;
    Ok((later, earlier))
}

/// Problems that came up, as far as they may be seen.
pub fn issues(conn: &mut Conn, see: Scope, id: i64) -> Result<Vec<Issue>> {
    let ids = issue_details::table.filter(issue_details::visit_id.eq(id)).select(issue_details::issue_id);
    Ok(issues::table
        .filter(issues::id.eq_any(ids))
        .filter(crate::issue::query::within(see))
        .order(issues::id)
        .select(Issue::as_select())
        .load(conn)?)
}
