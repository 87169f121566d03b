//! Reports that were asked before, kept as long as nothing changed that figures count.
use super::{
    Question,
    indicator::View,
    query::{self, Report},
};
use crate::{
    access::{Reach, Scope},
    db::Conn,
    directory,
    error::Result,
    record,
    schema::{imports, issue_events, record_events},
    time::Time,
};
use diesel::prelude::*;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// What a report was made from, in few numbers: the newest events of issues and of all other records, the newest
/// imports, and the mark that a change of many rows at once leaves. Several of each, as one that was begun earlier may
/// be committed later.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Basis {
    events: Vec<i64>,
    records: Vec<i64>,
    imports: Vec<(i64, String, Time)>,
    at_large: Option<String>,
    /// Groups and areas.
    directory: Option<String>,
    resolved: Option<String>,
}

const NEWEST: i64 = 50;

pub fn basis(conn: &mut Conn) -> Result<Basis> {
    Ok(Basis {
        events: issue_events::table.order(issue_events::id.desc()).limit(NEWEST).select(issue_events::id).load(conn)?,
        records: record_events::table
            .order(record_events::id.desc())
            .limit(NEWEST)
            .select(record_events::id)
            .load(conn)?,
        imports: imports::table
            .order(imports::id.desc())
            .limit(5)
            .select((imports::id, imports::state, imports::ended_at))
            .load(conn)?,
        at_large: directory::setting(conn, record::CHANGED_AT_LARGE)?,
        directory: directory::setting(conn, directory::VERSION)?,
        resolved: directory::setting(conn, "resolved_types")?,
    })
}

type Key = (Question, Reach, View, Basis);

/// The database is part of the key by what is in it: keys of rows are never made twice.
static KEPT: Mutex<Option<HashMap<Key, Arc<Report>>>> = Mutex::new(None);
const KEPT_MOST: usize = 200;

/// The report with what a view shows, from memory where it can be. As of now it is at most a minute old in what time alone changes.
pub fn report(conn: &mut Conn, scope: Scope, question: &Question, view: View, now: Time) -> Result<Arc<Report>> {
    let mut moment = *question;
    if question.before > now {
        moment.before = Time(question.before.0 / 60_000_000);
    }
    let key = (moment, scope.reach(), view, basis(conn)?);
    if let Ok(kept) = KEPT.lock()
        && let Some(found) = kept.as_ref().and_then(|kept| kept.get(&key))
    {
        return Ok(found.clone());
    }
    let made = Arc::new(match view {
        View::Work => query::brief(conn, scope, question)?,
        View::Times => query::report(conn, scope, question)?,
    });
    if let Ok(mut kept) = KEPT.lock() {
        let kept = kept.get_or_insert_default();
        if kept.len() >= KEPT_MOST {
            kept.clear();
        }
        kept.insert(key, made.clone());
    }
    Ok(made)
}
