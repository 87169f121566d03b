//! Counts that every page shows are kept until something changes. The key of a count is the newest event of all issues
//! and the minute, so it is counted anew after every step, by whichever instance, and when limits pass.
use super::{
    ledger::LedgerFilter,
    worklist::{self, Worklist},
};
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    error::Result,
    schema::issue_events,
    time::Time,
};
use diesel::prelude::*;
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

type Key = (Moment, String);
static KEPT: LazyLock<Mutex<HashMap<Key, i64>>> = LazyLock::new(Mutex::default);
const KEPT_MOST: usize = 4096;

/// The newest event, 0 in an empty city; the minute of the city's clock and the true one, which goes on in a demo too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Moment(i64, i64, i64);

/// The counts of one page: whether something changed is asked once.
pub struct Counts {
    moment: Moment,
    now: Time,
}

impl Counts {
    pub fn at(conn: &mut Conn, now: Time) -> Result<Self> {
        let newest =
            issue_events::table.order(issue_events::id.desc()).select(issue_events::id).first(conn).optional()?;
        let minute = |time: Time| time.0.div_euclid(60_000_000);
        let moment = Moment(newest.unwrap_or(0), minute(now), minute(Time::system()));
        Ok(Self { moment, now })
    }

    /// Rows of the ledger, whatever their order.
    pub fn ledger(&self, conn: &mut Conn, filter: &LedgerFilter, scope: Scope) -> Result<i64> {
        let unordered = LedgerFilter { order: None, ..filter.clone() };
        let named = format!("{scope:?} {}", unordered.query_string());
        self.kept(named, || filter.count(conn, scope, self.now))
    }

    /// What waits for the viewer, by work list.
    pub fn waiting(&self, conn: &mut Conn, viewer: &Viewer) -> Result<Vec<(&'static Worklist, i64)>> {
        worklist::of(viewer.role)
            .iter()
            .map(|list| {
                let named = format!("{:?} {} {:?}", viewer.role, list.word, viewer.scope(list.by));
                Ok((list, self.kept(named, || list.count(conn, viewer))?))
            })
            .collect()
    }

    /// A count of something else that changes with events and minutes alone.
    pub fn kept(&self, named: String, count: impl FnOnce() -> Result<i64>) -> Result<i64> {
        let key = (self.moment, named);
        if let Ok(kept) = KEPT.lock()
            && let Some(count) = kept.get(&key)
        {
            return Ok(*count);
        }
        let count = count()?;
        if let Ok(mut kept) = KEPT.lock() {
            if kept.len() >= KEPT_MOST {
                kept.clear();
            }
            kept.insert(key, count);
        }
        Ok(count)
    }
}
