//! Reports that were asked before, kept as long as nothing changed that figures count.
use super::{
    Question,
    day::{self, Timeless},
    indicator::View,
    query::{self, Report},
};
use crate::{
    access::{Reach, Scope},
    db::Conn,
    error::Result,
    schema::{issue_events, record_events},
    time::Time,
};
use diesel::prelude::*;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// What a report was made from, in few numbers: the newest events of issues and of all other records, several of each,
/// as one that was begun earlier may be committed later; and what is changed without one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Basis {
    events: Vec<i64>,
    records: Vec<i64>,
    timeless: Timeless,
}

const NEWEST: i64 = 50;

fn basis(conn: &mut Conn) -> Result<Basis> {
    Ok(Basis {
        events: issue_events::table.order(issue_events::id.desc()).limit(NEWEST).select(issue_events::id).load(conn)?,
        records: record_events::table
            .order(record_events::id.desc())
            .limit(NEWEST)
            .select(record_events::id)
            .load(conn)?,
        timeless: Timeless::read(conn)?,
    })
}

/// What was asked, and by whom as far as it matters. As of now is one question whatever the time: the newest answer takes
/// the place of the one before.
type Key = (Question, Reach, View);

#[derive(Clone)]
struct Kept {
    basis: Basis,
    report: Arc<Report>,
    counted_at: Instant,
    took: Duration,
    /// The moment that it tells: the question's, or the now it was counted at.
    told: Time,
}

/// The database is told apart by what is in it: keys of rows are never made twice.
static KEPT: Mutex<Option<HashMap<Key, Kept>>> = Mutex::new(None);
const KEPT_MOST: usize = 200;

/// A report of a very large city: it is not counted again with every event, but shown with its moment for as long.
const SLOW: Duration = Duration::from_secs(2);
const SLOW_KEPT_FOR: Duration = Duration::from_secs(60);

/// A report and the moment it tells.
pub struct Told {
    pub report: Arc<Report>,
    pub at: Time,
}

/// The report with what a view shows, kept or stored where it can be. As of now it is at most a minute old in what time
/// alone changes; one that takes seconds to count is at most a minute old in everything.
pub fn report(conn: &mut Conn, scope: Scope, question: &Question, view: View, now: Time) -> Result<Told> {
    let is_now = question.before > now;
    let told = if is_now { now } else { question.before };
    let mut moment = *question;
    if is_now {
        moment.before = Time::NEVER;
    }
    let key = (moment, scope.reach(), view);
    let basis = basis(conn)?;
    let found = KEPT.lock().ok().and_then(|kept| kept.as_ref()?.get(&key).cloned());
    if let Some(kept) = found {
        let minute = |at: Time| at.0 / 60_000_000;
        let is_current = kept.basis == basis && minute(kept.told) == minute(told);
        let is_same_city = kept.basis.timeless == basis.timeless;
        let is_shown_still = is_same_city && kept.took > SLOW && kept.counted_at.elapsed() < SLOW_KEPT_FOR;
        if is_current || is_shown_still {
            return Ok(Told { report: kept.report, at: kept.told });
        }
    }
    let counted_at = Instant::now();
    let report = Arc::new(match (day::stored(conn, scope, question)?, view) {
        (Some(stored), _) => stored,
        (None, View::Work) => query::brief(conn, scope, question)?,
        (None, View::Times) => query::report(conn, scope, question)?,
    });
    let took = counted_at.elapsed();
    if let Ok(mut kept) = KEPT.lock() {
        let kept = kept.get_or_insert_default();
        if kept.len() >= KEPT_MOST {
            kept.clear();
        }
        kept.insert(key, Kept { basis, report: report.clone(), counted_at, took, told });
    }
    Ok(Told { report, at: told })
}
