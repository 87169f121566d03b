//! Withdrawals and whether they were called back: every one is, within the limit that runs from it.
use crate::{
    access::{Reach, Scope},
    db::Conn,
    error::Result,
    issue::Issue,
    schema::*,
    time::Time,
};
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use std::collections::HashMap;

/// An issue that was withdrawn, called back, and withdrawn again has two.
#[derive(Debug, Clone, PartialEq)]
pub struct Withdrawal {
    pub issue_id: i64,
    pub at: Time,
    /// Until when it stayed so; the call-back that found pressure ended it.
    pub until: Time,
    /// Of the call-back; `NEVER`: it was made.
    pub due_at: Time,
}

impl Withdrawal {
    pub fn found_pressure(&self) -> bool {
        !self.until.is_never()
    }
    pub fn is_called(&self) -> bool {
        self.found_pressure() || self.due_at.is_never()
    }
    pub fn is_late(&self, now: Time) -> bool {
        !self.is_called() && self.due_at < now
    }
}

/// All of the scope, the first first.
pub fn withdrawals(conn: &mut Conn, scope: Scope) -> Result<Vec<Withdrawal>> {
    use issue_spans as p;
    let mut query = p::table
        .inner_join(issues::table)
        // In words of its own, so that the index of withdrawals serves it.
        .filter(sql::<Bool>("issue_spans.status = 'withdrawn'"))
        .filter(p::from_at.gt(Time(0)))
        .order((p::from_at, p::issue_id))
        .select((p::issue_id, p::from_at, p::until_at, issues::step_due_at))
        .into_boxed();
    match scope.reach() {
        Reach::Everything => {}
        Reach::Area(id) => query = query.filter(p::area_id.eq(id)),
        _ => return Ok(Vec::new()),
    }
    let rows: Vec<(i64, Time, Time, Time)> = query.load(conn)?;
    let mut found: Vec<Withdrawal> = Vec::with_capacity(rows.len());
    let mut last: HashMap<i64, usize> = HashMap::new();
    for (issue_id, at, until, due_at) in rows {
        // Another calendar begins another stretch of the same withdrawal.
        if let Some(same) = last.get(&issue_id).and_then(|index| found.get_mut(*index)).filter(|one| one.until == at) {
            same.until = until;
            continue;
        }
        last.insert(issue_id, found.len());
        found.push(Withdrawal { issue_id, at, until, due_at });
    }
    Ok(found)
}

/// The issues of these withdrawals, which the scope was asked for before.
pub fn issues_of(conn: &mut Conn, withdrawals: &[Withdrawal]) -> Result<HashMap<i64, Issue>> {
    let ids: Vec<i64> = withdrawals.iter().map(|one| one.issue_id).collect();
    let found: Vec<Issue> = issues::table.filter(issues::id.eq_any(ids)).select(Issue::as_select()).load(conn)?;
    Ok(found.into_iter().map(|issue| (issue.id, issue)).collect())
}
