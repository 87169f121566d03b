//! History of the records other than issues: who changed what, in words, never changed again.
use crate::{
    access::Viewer, audit::AuditActor, calendar, db::Conn, error::Result, key, schema::record_events, time::Time,
};
use diesel::prelude::*;
use std::{collections::VecDeque, sync::Mutex};

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

/// `record` is the table's name. To be called in the transaction of the change itself.
pub fn append(
    conn: &mut Conn,
    viewer: &Viewer,
    record: &str,
    record_id: i64,
    action: &str,
    detail: &str,
) -> Result<()> {
    use record_events as r;
    let at = Time::system();
    let actor = format!("{} {}", viewer.home, viewer.name);
    diesel::insert_into(r::table)
        .values((
            r::id.eq(key::fresh(at)),
            r::record.eq(record),
            r::record_id.eq(record_id),
            r::actor_id.eq(viewer.id),
            r::actor.eq(actor.trim()),
            r::action.eq(action),
            r::detail.eq(detail),
            r::happened_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
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

/// One line of history to be written, for what changes many records at once.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = record_events, treat_none_as_default_value = false)]
pub struct NewRecordEvent {
    id: i64,
    record: &'static str,
    record_id: i64,
    actor_id: Option<i64>,
    actor: String,
    action: &'static str,
    detail: String,
    happened_at: Time,
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
        let at = Time::system();
        Self {
            id: key::fresh(at),
            record,
            record_id,
            actor_id: actor.id,
            actor: actor.name.trim().to_owned(),
            action,
            detail: detail.into(),
            happened_at: at,
        }
    }
}

pub fn append_all(conn: &mut Conn, events: &[NewRecordEvent]) -> Result<()> {
    crate::insert_all!(conn, record_events, 8, events);
    Ok(())
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
