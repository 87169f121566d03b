//! An instruction that waits for its answer: who has to give it is reminded with one workday left, and together with the
//! leader when the day has passed. Each once: what was said stands in the problem's history.
use crate::{
    calendar::{Light, end_of_day, shanghai_date},
    db::{Conn, Db},
    directory,
    error::{Error, Result},
    issue::{
        event::Event,
        perform::{Authority, perform},
        step::Step,
        workflow::Action,
    },
    schema::{instructions as n, issue_events as e, issues as i},
    time::Time,
};
use diesel::prelude::*;
use std::collections::HashSet;

struct Waiting {
    id: i64,
    due_at: Time,
    number: String,
    version: i64,
}

/// What was said: (instruction, its day has passed).
type Said = HashSet<(i64, bool)>;

/// Those without an answer whose day comes before `until`, and what was said of them.
fn waiting(conn: &mut Conn, until: Time) -> Result<(Vec<Waiting>, Said)> {
    let rows: Vec<(i64, Time, i64, String, i64)> = n::table
        .inner_join(i::table)
        .filter(n::answered_at.eq(Time::NEVER))
        .filter(n::due_at.le(until))
        .order((n::due_at, n::id))
        .select((n::id, n::due_at, i::id, i::number, i::version))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.2).collect();
    let events: Vec<Event> = e::table
        .filter(e::issue_id.eq_any(ids))
        .filter(e::action.eq(Action::RemindInstruction))
        .select(Event::as_select())
        .load(conn)?;
    let mut said = HashSet::new();
    for event in events {
        if let Step::RemindInstruction { instruction_id, left } = event.step()? {
            said.insert((instruction_id, left.is_none()));
        }
    }
    let made = |(id, due_at, _, number, version)| Waiting { id, due_at, number, version };
    Ok((rows.into_iter().map(made).collect(), said))
}

/// Does what is due now; returns how many were reminded of.
pub fn pass(db: &Db, now: Time) -> Result<usize> {
    let rules = db.read_blocking(directory::current)?.rules.clone();
    let calendar = rules.calendar(now);
    let until = end_of_day(calendar.add_workdays(shanghai_date(now), 1).on);
    let (waiting, said) = db.read_blocking(|conn| waiting(conn, until))?;
    let mut reminded = 0;
    for Waiting { id, due_at, number, version } in waiting {
        let left = match Light::of(calendar, due_at, now) {
            Light::Overdue(_) => None,
            Light::Soon(left) => Some(left),
            Light::Normal(_) | Light::Still => continue,
        };
        if said.contains(&(id, left.is_none())) {
            continue;
        }
        let shown = number.clone();
        let step = Step::RemindInstruction { instruction_id: id, left };
        let done =
            db.write_blocking(move |conn| perform(conn, &Authority::system(), &number, Some(version), &step, now));
        match done {
            Ok(_) => reminded += 1,
            // Somebody acted meanwhile, or another instance was faster: the next pass looks again.
            Err(Error::Conflict(_)) => {}
            Err(error) => tracing::error!(issue = shown, %error, "a reminder of an instruction is tried again"),
        }
    }
    Ok(reminded)
}
