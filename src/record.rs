//! History of the records other than issues: who changed what, in words, never changed again.
use crate::{
    access::Viewer, audit::AuditActor, calendar, db::Conn, error::Result, key, schema::record_events, time::Time,
};
use diesel::prelude::*;

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
