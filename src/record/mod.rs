//! History of the records other than issues: who changed what, in words, and the hash of what the record was after it.
//! Lines are never changed again; those of one record are a chain.
pub mod adopt;
pub mod content;

use crate::{
    access::Viewer, audit::AuditActor, calendar, chain, db::Conn, demo, error::Result, key, schema::record_events,
    time::Time,
};
use content::Which;
use diesel::{dsl::max, prelude::*};
use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};

/// One line of a record's history as pages show it.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct RecordEvent {
    pub actor: String,
    pub action: String,
    pub detail: String,
    pub happened_at: Time,
}

impl RecordEvent {
    /// 2026-11-24 09:30, Shanghai.
    pub fn when(&self) -> String {
        calendar::shanghai(self.happened_at).format("%Y-%m-%d %H:%M").to_string()
    }
}

/// `record` is the table's name. To be called in the transaction of the change itself, after it: the line keeps what the
/// record is now.
pub fn append(
    conn: &mut Conn,
    viewer: &Viewer,
    record: &'static str,
    record_id: i64,
    action: &'static str,
    detail: &str,
) -> Result<()> {
    let actor = AuditActor::of(viewer, "");
    append_all(conn, &[NewRecordEvent::by(&actor, record, record_id, action, detail)])
}

/// The setting that changes with `changed_at_large`.
pub const CHANGED_AT_LARGE: &str = "changed_at_large";

/// Many rows changed at once, without a line of history each: what was kept of figures is old. To be called in the
/// transaction of an import or of anything else that writes so; single changes go through `append`.
pub fn changed_at_large(conn: &mut Conn) -> Result<()> {
    crate::directory::set_setting(conn, CHANGED_AT_LARGE, &uuid::Uuid::new_v4().to_string())
}

/// Something was written that happened at this moment: reports of days that ended after it are counted anew. To be called
/// in the transaction of the change itself.
pub fn past_changed(conn: &mut Conn, at: Time) -> Result<()> {
    use crate::schema::day_reports as d;
    diesel::delete(d::table.filter(d::day.ge(calendar::shanghai_date(at)))).execute(conn)?;
    Ok(())
}

/// One line of history to be written.
#[derive(Debug, Clone)]
pub struct NewRecordEvent {
    record: &'static str,
    record_id: i64,
    actor_id: Option<i64>,
    actor: String,
    action: &'static str,
    detail: String,
    /// None: when it is written.
    happened_at: Option<Time>,
}

impl NewRecordEvent {
    /// The actor is whoever the audit log names as well.
    pub fn by(
        actor: &AuditActor,
        record: &'static str,
        record_id: i64,
        action: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::at(actor, record, record_id, action, detail, None)
    }

    fn at(
        actor: &AuditActor,
        record: &'static str,
        record_id: i64,
        action: &'static str,
        detail: impl Into<String>,
        happened_at: Option<Time>,
    ) -> Self {
        let (actor_id, actor, detail) = (actor.id, actor.name.trim().to_owned(), detail.into());
        Self { record, record_id, actor_id, actor, action, detail, happened_at }
    }
}

/// A line as it is stored: chained to the one before of the same record.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = record_events, treat_none_as_default_value = false)]
pub struct Line {
    pub id: i64,
    pub record: String,
    pub record_id: i64,
    pub actor_id: Option<i64>,
    pub actor: String,
    pub action: String,
    pub detail: String,
    pub happened_at: Time,
    /// The hash of the record at the end of the transaction; empty where it was not kept yet.
    pub content: Vec<u8>,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

impl Line {
    pub fn computed_hash(&self) -> Vec<u8> {
        let texts = [
            self.id.to_string(),
            self.record.clone(),
            self.record_id.to_string(),
            self.actor_id.map(|id| id.to_string()).unwrap_or_default(),
            self.actor.clone(),
            self.action.clone(),
            self.detail.clone(),
            self.happened_at.0.to_string(),
        ];
        let mut values: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
        values.push(&self.content);
        chain::hash(&self.prev_hash, &values)
    }
}

/// Records asked for at once.
const AT_ONCE: usize = 500;

/// Lines of one table or of several, in the order in which things were done, after all of it: each keeps what its record
/// is now.
pub fn append_all(conn: &mut Conn, events: &[NewRecordEvent]) -> Result<()> {
    for events in events.chunk_by(|one, next| one.record == next.record) {
        for events in events.chunks(AT_ONCE) {
            append_chunk(conn, events)?;
        }
    }
    Ok(())
}

fn append_chunk(conn: &mut Conn, events: &[NewRecordEvent]) -> Result<()> {
    let Some(record) = events.first().map(|event| event.record) else { return Ok(()) };
    let ids: Vec<i64> = events.iter().map(|event| event.record_id).collect();
    let contents = content::of(conn, content::kind(record)?, Which::Ids(&ids))?;
    let mut ends = ends(conn, record, &ids)?;
    let now = demo::written_at(conn, |conn| record_events::table.select(max(record_events::id)).first(conn))?;
    let mut lines = Vec::new();
    for event in events {
        let end = ends.remove(&event.record_id);
        let happened_at = event.happened_at.unwrap_or(now);
        let fresh = key::fresh(happened_at);
        let mut line = Line {
            // A chain's keys rise, also when two instances write in one millisecond or a clock is set back.
            id: end.as_ref().map_or(fresh, |(last, _)| fresh.max(last + 1)),
            record: record.to_owned(),
            record_id: event.record_id,
            actor_id: event.actor_id,
            actor: event.actor.clone(),
            action: event.action.to_owned(),
            detail: event.detail.clone(),
            happened_at,
            content: contents.get(&event.record_id).cloned().unwrap_or_default(),
            prev_hash: end.map_or_else(chain::first_hash, |(_, hash)| hash),
            hash: Vec::new(),
        };
        line.hash = line.computed_hash();
        ends.insert(event.record_id, (line.id, line.hash.clone()));
        lines.push(line);
    }
    crate::insert_all!(conn, record_events, 11, &lines[..]);
    Ok(())
}

/// Key and hash of the last line of each of the records.
fn ends(conn: &mut Conn, record: &str, ids: &[i64]) -> Result<HashMap<i64, (i64, Vec<u8>)>> {
    use record_events as r;
    let last: Vec<(i64, Option<i64>)> = r::table
        .filter(r::record.eq(record))
        .filter(r::record_id.eq_any(ids))
        .group_by(r::record_id)
        .select((r::record_id, max(r::id)))
        .load(conn)?;
    let keys: Vec<i64> = last.into_iter().filter_map(|(_, key)| key).collect();
    let rows: Vec<(i64, i64, Vec<u8>)> =
        r::table.filter(r::id.eq_any(&keys)).select((r::record_id, r::id, r::hash)).load(conn)?;
    Ok(rows.into_iter().map(|(record_id, id, hash)| (record_id, (id, hash))).collect())
}

/// Newest first, the last hundred.
pub fn history(conn: &mut Conn, record: &str, record_id: i64) -> Result<Vec<RecordEvent>> {
    use record_events as r;
    Ok(r::table
        .filter(r::record.eq(record))
        .filter(r::record_id.eq(record_id))
        .order(r::id.desc())
        .limit(100)
        .select((r::actor, r::action, r::detail, r::happened_at))
        .load(conn)?)
}

/// (newest line of any record's history, the minute, what is counted) → how many.
type Counted = ((i64, i64, String), i64);
static COUNTED: Mutex<VecDeque<Counted>> = Mutex::new(VecDeque::new());
const COUNTED_MOST: usize = 500;

/// A count of records that a list shows: kept until a record changes, by whichever instance, and at most a minute, for
/// what is written without history. `named` tells scope and filter apart.
pub fn counted(conn: &mut Conn, named: String, count: impl FnOnce(&mut Conn) -> Result<i64>) -> Result<i64> {
    use record_events as r;
    let newest: Option<i64> = r::table.order(r::id.desc()).select(r::id).first(conn).optional()?;
    // Keys of rows are never made twice, so they tell one database from another; without one nothing does.
    let Some(newest) = newest else { return count(conn) };
    let key = (newest, Time::system().0.div_euclid(60_000_000), named);
    if let Ok(kept) = COUNTED.lock()
        && let Some((_, count)) = kept.iter().find(|(one, _)| *one == key)
    {
        return Ok(*count);
    }
    let count = count(conn)?;
    if let Ok(mut kept) = COUNTED.lock() {
        kept.truncate(COUNTED_MOST - 1);
        kept.push_front((key, count));
    }
    Ok(count)
}

/// What changed, as `名称：甲 → 乙`, for the history.
pub fn changes(pairs: &[(&str, &str, &str)]) -> String {
    let changed: Vec<_> = pairs
        .iter()
        .filter(|(_, before, after)| before != after)
        .map(|(label, before, after)| {
            let shown = |text: &str| {
                if text.is_empty() { "（空）".to_owned() } else { text.to_owned() }
            };
            format!("{label}：{} → {}", shown(before), shown(after))
        })
        .collect();
    changed.join("；")
}
