//! All SQL of symposiums.
use super::Symposium;
use crate::{
    access::{Reach, Scope},
    calendar::{start_of_day, start_of_next_day},
    db::{Backend, Conn},
    error::{Error, Result},
    issue::Issue,
    key, record,
    schema::*,
    time::Time,
    web::paging::Bound,
};
use chrono::NaiveDate;
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

/// What the query block says.
#[derive(Debug, Clone, Default)]
pub struct SymposiumFilter {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub area_id: Option<i64>,
    pub group_id: Option<i64>,
    pub enterprise_id: Option<i64>,
    /// Only those that do not count any more.
    pub voided: bool,
}

impl SymposiumFilter {
    fn conditions(&self, scope: Scope) -> Vec<Filter> {
        let mut all = vec![within(scope)];
        // Keys belong to the day, as those of visits do.
        if let Some(from) = self.from {
            all.push(Box::new(symposiums::id.ge(key::first_at(start_of_day(from))).and(symposiums::held_on.ge(from))));
        }
        if let Some(to) = self.to {
            all.push(Box::new(symposiums::id.lt(key::first_at(start_of_next_day(to))).and(symposiums::held_on.le(to))));
        }
        if let Some(id) = self.area_id {
            all.push(Box::new(symposiums::area_id.eq(id)));
        }
        if let Some(id) = self.group_id {
            all.push(Box::new(symposiums::group_id.assume_not_null().eq(id)));
        }
        if let Some(id) = self.enterprise_id {
            let part = symposium_enterprises::table
                .filter(symposium_enterprises::enterprise_id.eq(id))
                .select(symposium_enterprises::symposium_id);
            all.push(Box::new(symposiums::id.eq_any(part)));
        }
        if self.voided {
            all.push(Box::new(symposiums::voided_at.lt(Time::NEVER)));
        }
        all
    }
}

/// A symposium with what its list shows beside it: the host, companies that took part, problems that came up.
pub struct SymposiumRow {
    pub symposium: Symposium,
    pub host: String,
    pub companies: i64,
    pub issues: i64,
}

/// One page, newest day first; voided ones among them, marked by the page.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    filter: &SymposiumFilter,
    bound: Bound,
    most: i64,
) -> Result<Vec<SymposiumRow>> {
    let mut ids = symposiums::table.select(symposiums::id).limit(most).into_boxed();
    for condition in filter.conditions(scope) {
        ids = ids.filter(condition);
    }
    let ids: Vec<i64> = match bound {
        Bound::Below(id) => ids.filter(symposiums::id.lt(id)).order(symposiums::id.desc()).load(conn)?,
        Bound::Above(id) => ids.filter(symposiums::id.gt(id)).order(symposiums::id.asc()).load(conn)?,
    };
    let companies: Vec<(i64, i64)> = symposium_enterprises::table
        .filter(symposium_enterprises::symposium_id.eq_any(ids.clone()))
        .group_by(symposium_enterprises::symposium_id)
        .select((symposium_enterprises::symposium_id, diesel::dsl::count_star()))
        .load(conn)?;
    let came_up: Vec<(Option<i64>, i64)> = issue_details::table
        .filter(issue_details::symposium_id.eq_any(ids.iter().copied().map(Some).collect::<Vec<_>>()))
        .group_by(issue_details::symposium_id)
        .select((issue_details::symposium_id, diesel::dsl::count_star()))
        .load(conn)?;
    let found: Vec<(Symposium, String)> = symposiums::table
        .inner_join(users::table)
        .filter(symposiums::id.eq_any(ids))
        .order(symposiums::id.desc())
        .select((Symposium::as_select(), users::name))
        .load(conn)?;
    let mut rows: Vec<SymposiumRow> = found
        .into_iter()
        .map(|(symposium, host)| SymposiumRow {
            companies: companies.iter().find(|(id, _)| *id == symposium.id).map_or(0, |(_, count)| *count),
            issues: came_up.iter().find(|(id, _)| *id == Some(symposium.id)).map_or(0, |(_, count)| *count),
            symposium,
            host,
        })
        .collect();
    if matches!(bound, Bound::Above(_)) {
        rows.reverse();
    }
    Ok(rows)
}

/// How many there are.
pub fn count(conn: &mut Conn, scope: Scope, filter: &SymposiumFilter) -> Result<i64> {
    record::counted(conn, format!("symposiums {scope:?} {filter:?}"), |conn| {
        let mut query = symposiums::table.into_boxed();
        for condition in filter.conditions(scope) {
            query = query.filter(condition);
        }
        Ok(query.count().get_result(conn)?)
    })
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
    set_companies(conn, symposium.id, companies)
}

/// Who took part, instead of who stood there before. No figure counts it.
fn set_companies(conn: &mut Conn, id: i64, companies: &[i64]) -> Result<()> {
    use symposium_enterprises as s;
    diesel::delete(s::table.filter(s::symposium_id.eq(id))).execute(conn)?;
    for company in companies {
        diesel::insert_into(s::table).values((s::symposium_id.eq(id), s::enterprise_id.eq(company))).execute(conn)?;
    }
    Ok(())
}

/// Saves what no figure counts. `symposium.version` is still that of the form.
pub fn update(conn: &mut Conn, symposium: &Symposium, companies: &[i64]) -> Result<()> {
    let row = symposiums::table
        .filter(symposiums::id.eq(symposium.id))
        .filter(symposiums::version.eq(symposium.version))
        .filter(symposiums::voided_at.eq(Time::NEVER));
    let saved = diesel::update(row)
        .set((
            symposiums::topic.eq(&symposium.topic),
            symposiums::place.eq(&symposium.place),
            symposiums::note.eq(&symposium.note),
            symposiums::version.eq(symposium.version + 1),
        ))
        .execute(conn)?;
    if saved != 1 {
        return Err(stale());
    }
    set_companies(conn, symposium.id, companies)
}

/// Another day is another fact: the old row becomes void and a new one counts, as `visit::query::replace` explains.
pub fn replace(
    conn: &mut Conn,
    old_version: i64,
    old_id: i64,
    new: &Symposium,
    companies: &[i64],
    reason: &str,
) -> Result<()> {
    insert(conn, new, companies)?;
    let row = symposiums::table
        .filter(symposiums::id.eq(old_id))
        .filter(symposiums::version.eq(old_version))
        .filter(symposiums::voided_at.eq(Time::NEVER));
    let saved = diesel::update(row)
        .set((
            symposiums::voided_at.eq(new.recorded_at),
            symposiums::void_reason.eq(reason),
            symposiums::replaced_by_id.eq(new.id),
            symposiums::version.eq(old_version + 1),
        ))
        .execute(conn)?;
    if saved != 1 {
        return Err(stale());
    }
    diesel::update(issue_details::table.filter(issue_details::symposium_id.eq(old_id)))
        .set(issue_details::symposium_id.eq(new.id))
        .execute(conn)?;
    Ok(())
}

fn stale() -> Error {
    Error::Conflict("这次座谈会刚被别人改动过".into())
}

/// The record that counts instead of this one, and the one that this one counts for.
pub fn links(conn: &mut Conn, id: i64) -> Result<(Option<i64>, Option<i64>)> {
    let later = symposiums::table.find(id).select(symposiums::replaced_by_id).first(conn)?;
    let earlier =
        symposiums::table.filter(symposiums::replaced_by_id.eq(id)).select(symposiums::id).first(conn).optional()?;
    Ok((later, earlier))
}

/// Companies whose problems came up: they did take part.
pub fn companies_with_issues(conn: &mut Conn, id: i64) -> Result<Vec<i64>> {
    let found: Vec<Option<i64>> = issue_details::table
        .inner_join(issues::table)
        .filter(issue_details::symposium_id.eq(id))
        .select(issues::enterprise_id)
        .load(conn)?;
    Ok(found.into_iter().flatten().collect())
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
