//! SQL of the audit pages: the log, and whether its chains hold.
use super::{AuditAction, AuditEvent};
use crate::{
    access::Scope,
    calendar,
    chain::first_hash,
    db::{Backend, Conn},
    error::Result,
    key,
    schema::audit_events as a,
    web::paging::Bound,
};
use chrono::NaiveDate;
use diesel::{prelude::*, sql_types::Bool};

/// What the log is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of who did it, or of what it was done to.
    pub text: String,
    pub action: Option<AuditAction>,
    pub from: Option<NaiveDate>,
    /// The last day, counted in.
    pub to: Option<NaiveDate>,
}

/// A row and whether it is as it was written: its own hash, and that of the row before it in its chain.
pub struct Checked {
    pub event: AuditEvent,
    pub intact: bool,
    pub linked: bool,
}

impl Wanted {
    fn condition(&self) -> Box<dyn BoxableExpression<a::table, Backend, SqlType = Bool>> {
        let from = self.from.map_or(0, |day| key::first_at(calendar::start_of_day(day)));
        let until = self.to.map_or(i64::MAX, |day| key::first_at(calendar::start_of_next_day(day)));
        let period = a::id.ge(from).and(a::id.lt(until));
        let pattern = crate::search::like(&self.text);
        let text = a::actor.like(pattern.clone()).escape('\\').or(a::object.like(pattern).escape('\\'));
        match (self.action, self.text.is_empty()) {
            (None, true) => Box::new(period),
            (None, false) => Box::new(period.and(text)),
            (Some(action), true) => Box::new(period.and(a::action.eq(action))),
            (Some(action), false) => Box::new(period.and(a::action.eq(action)).and(text)),
        }
    }
}

fn check(conn: &mut Conn, event: AuditEvent) -> Result<Checked> {
    let before: Option<Vec<u8>> = a::table
        .filter(a::actor_key.eq(&event.actor_key))
        .filter(a::id.lt(event.id))
        .order(a::id.desc())
        .select(a::hash)
        .first(conn)
        .optional()?;
    Ok(Checked {
        intact: event.computed_hash() == event.hash,
        linked: event.prev_hash == before.unwrap_or_else(first_hash),
        event,
    })
}

/// The scope is that of `SeeAudit`, which reaches the whole log or nothing.
pub fn list(conn: &mut Conn, _: Scope, wanted: &Wanted, bound: Bound, most: i64) -> Result<Vec<Checked>> {
    let rows = a::table.filter(wanted.condition()).select(AuditEvent::as_select()).limit(most);
    let rows = match bound {
        Bound::Below(id) => rows.filter(a::id.lt(id)).order(a::id.desc()).load(conn)?,
        Bound::Above(id) => rows.filter(a::id.gt(id)).order(a::id.asc()).load(conn)?,
    };
    rows.into_iter().map(|event| check(conn, event)).collect()
}

/// Counted up to `most`, because a log of years is long.
pub fn count(conn: &mut Conn, _: Scope, wanted: &Wanted, most: i64) -> Result<i64> {
    let ids: Vec<i64> = a::table.filter(wanted.condition()).select(a::id).limit(most).load(conn)?;
    Ok(ids.len() as i64)
}
