//! Spot checks by month, the draws they come from, and the calls that reached nobody.
use super::{Attempt, Class, Outcome, SpotCheck};
use crate::{
    access::{Reach, Scope},
    db::{Backend, Conn},
    error::Result,
    issue::{Issue, event::Event, workflow::Action},
    schema::*,
    time::Time,
    web::paging::Bound,
};
use chrono::NaiveDate;
use diesel::{dsl::count_star, prelude::*, sql_types::Bool};
use spot_checks as s;
use std::collections::HashMap;

type Filter = Box<dyn BoxableExpression<spot_checks::table, Backend, SqlType = Bool>>;

crate::text_enum! {
    pub enum Standing {
        Open = "open", "待回访";
        Done = "done", "已有结果";
        Unreached = "unreached", "联系不上";
        False = "false", "假办结";
        All = "all", "全部";
    }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = spot_draws)]
pub struct Draw {
    pub month: NaiveDate,
    pub head: Vec<u8>,
    pub list: String,
    pub drawn_at: Time,
}

fn within(scope: Scope) -> Filter {
    match scope.reach() {
        Reach::Everything => Box::new(true.into_sql::<Bool>()),
        Reach::Area(id) => Box::new(s::area_id.eq(id)),
        _ => Box::new(false.into_sql::<Bool>()),
    }
}

fn standing(standing: Standing) -> Filter {
    match standing {
        Standing::Open => Box::new(s::checked_at.eq(Time::NEVER)),
        Standing::Done => Box::new(s::checked_at.lt(Time::NEVER)),
        Standing::Unreached => Box::new(s::result.eq(Outcome::Unreached)),
        Standing::False => Box::new(s::result.eq(Outcome::False)),
        Standing::All => Box::new(true.into_sql::<Bool>()),
    }
}

pub fn draw(conn: &mut Conn, month: NaiveDate) -> Result<Option<Draw>> {
    Ok(spot_draws::table.find(month).select(Draw::as_select()).first(conn).optional()?)
}

/// Drawn months, the newest first.
pub fn months(conn: &mut Conn) -> Result<Vec<NaiveDate>> {
    Ok(spot_draws::table.order(spot_draws::month.desc()).limit(36).select(spot_draws::month).load(conn)?)
}

/// What waits to be called back.
pub fn count_open(conn: &mut Conn, scope: Scope) -> Result<i64> {
    Ok(s::table.filter(within(scope)).filter(s::checked_at.eq(Time::NEVER)).count().get_result(conn)?)
}

/// Months with what waits in them.
pub fn open_by_month(conn: &mut Conn, scope: Scope) -> Result<Vec<(NaiveDate, i64)>> {
    let open = s::table.filter(within(scope)).filter(s::checked_at.eq(Time::NEVER));
    Ok(open.group_by(s::month).select((s::month, count_star())).load(conn)?)
}

/// The checks of a month by class and outcome.
pub fn tally(conn: &mut Conn, scope: Scope, month: NaiveDate) -> Result<Vec<(Class, Outcome, i64)>> {
    Ok(s::table
        .filter(within(scope))
        .filter(s::month.eq(month))
        .group_by((s::reason, s::result))
        .select((s::reason, s::result, count_star()))
        .load(conn)?)
}

/// One page of a month, by position; of all months, the newest first.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    month: Option<NaiveDate>,
    show: Standing,
    bound: Bound,
    most: i64,
) -> Result<Vec<(SpotCheck, Issue)>> {
    let of_month: Filter = match month {
        Some(month) => Box::new(s::month.eq(month)),
        None => Box::new(true.into_sql::<Bool>()),
    };
    let query = s::table.filter(within(scope)).filter(of_month).filter(standing(show)).limit(most);
    let query = query.select(SpotCheck::as_select());
    let checks: Vec<SpotCheck> = match bound {
        Bound::Below(id) => query.filter(s::id.lt(id)).order(s::id.desc()).load(conn)?,
        Bound::Above(id) => query.filter(s::id.gt(id)).order(s::id).load(conn)?,
    };
    let ids: Vec<i64> = checks.iter().map(|one| one.issue_id).collect();
    let issues: Vec<Issue> = issues::table.filter(issues::id.eq_any(&ids)).select(Issue::as_select()).load(conn)?;
    let issue = |id: i64| issues.iter().find(|issue| issue.id == id).cloned();
    Ok(checks
        .into_iter()
        .filter_map(|one| Some((issue(one.issue_id)?, one)))
        .map(|(issue, one)| (one, issue))
        .collect())
}

pub fn find(conn: &mut Conn, scope: Scope, id: i64) -> Result<SpotCheck> {
    Ok(s::table.find(id).filter(within(scope)).select(SpotCheck::as_select()).first(conn)?)
}

pub fn of_issue(conn: &mut Conn, issue_id: i64) -> Result<Vec<SpotCheck>> {
    Ok(s::table.filter(s::issue_id.eq(issue_id)).order(s::id.desc()).select(SpotCheck::as_select()).load(conn)?)
}

pub fn save(conn: &mut Conn, check: &SpotCheck) -> Result<()> {
    diesel::update(s::table.find(check.id))
        .set((
            s::result.eq(check.result),
            s::note.eq(&check.note),
            s::reached.eq(&check.reached),
            s::checked_by.eq(&check.checked_by),
            s::checker_id.eq(check.checker_id),
            s::checked_at.eq(check.checked_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The calls in vain of each check, the first first.
pub fn attempts(conn: &mut Conn, checks: &[&SpotCheck]) -> Result<HashMap<i64, Vec<Attempt>>> {
    use issue_events as e;
    let ids: Vec<i64> = checks.iter().map(|one| one.issue_id).collect();
    let events: Vec<Event> = e::table
        .filter(e::issue_id.eq_any(ids))
        .filter(e::action.eq(Action::CallBack))
        .order((e::issue_id, e::seq))
        .select(Event::as_select())
        .load(conn)?;
    let mut found: HashMap<i64, Vec<Attempt>> = HashMap::new();
    for check in checks {
        let within = check.drawn_at..=check.checked_at;
        for event in events.iter().filter(|one| one.issue_id == check.issue_id && within.contains(&one.happened_at)) {
            found.entry(check.id).or_default().extend(Attempt::of(event)?);
        }
    }
    Ok(found)
}
