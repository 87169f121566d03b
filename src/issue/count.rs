//! Counts that many pages show are kept until something changes. The key of a count is the newest event of all issues
//! and the minute, so it is counted anew after every step, by whichever instance, and when limits pass.
use super::ledger::LedgerFilter;
use crate::{access::Scope, db::Conn, error::Result, schema::issue_events, time::Time};
use diesel::prelude::*;
use std::{collections::HashMap, sync::Mutex};

type Key = (i64, i64, String);
static KEPT: Mutex<Option<HashMap<Key, i64>>> = Mutex::new(None);
const KEPT_MOST: usize = 4096;

/// The newest event; 0 in an empty city.
pub fn revision(conn: &mut Conn) -> Result<i64> {
    let newest = issue_events::table
        .order(issue_events::id.desc())
        .select(issue_events::id)
        .first(conn)
        .optional()?;
    Ok(newest.unwrap_or(0))
}

pub fn count(conn: &mut Conn, filter: &LedgerFilter, scope: Scope, now: Time) -> Result<i64> {
    let named = format!(
        "{:?} {}",
        scope,
        LedgerFilter {
            order: None,
            ..filter.clone()
        }
        .query_string()
    );
    let key = (revision(conn)?, now.0 / 60_000_000, named);
    if let Ok(kept) = KEPT.lock()
        && let Some(count) = kept.as_ref().and_then(|kept| kept.get(&key))
    {
        return Ok(*count);
    }
    let count = filter.count(conn, scope, now)?;
    if let Ok(mut kept) = KEPT.lock() {
        let kept = kept.get_or_insert_default();
        if kept.len() >= KEPT_MOST {
            kept.clear();
        }
        kept.insert(key, count);
    }
    Ok(count)
}
