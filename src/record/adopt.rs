//! Records that came without a line of history get one: those of a new or upgraded database, and of a demo city. From
//! then on whatever is changed behind the back of the system is found.
use super::{
    Line, NewRecordEvent, append_all,
    content::{KINDS, Kind},
};
use crate::{
    audit::AuditActor,
    chain::first_hash,
    db::{Conn, Db},
    error::Result,
    schema::record_events as r,
    time::Time,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

/// Records or lines in one transaction.
const BATCH: i64 = 5_000;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Does nothing where every record has its line. Returns how many got one.
pub fn adopt(db: &Db, mut at: Time) -> Result<usize> {
    let mut after = Some((String::new(), i64::MIN, i64::MIN));
    while let Some(last) = after {
        after = db.write_blocking(move |conn| link(conn, last.clone()))?;
    }
    let mut adopted = 0;
    for kind in KINDS {
        let mut after = Some(i64::MIN);
        while let Some(last) = after {
            let (done, next) = db.write_blocking(move |conn| of_kind(conn, kind, last, at))?;
            adopted += done;
            after = next;
            // A millisecond has keys for two million rows.
            at = Time(at.0 + 1_000);
        }
    }
    Ok(adopted)
}

/// Chains the lines that are older than their chain: the next ones after (record, its id, their id), and where they end.
fn link(conn: &mut Conn, after: (String, i64, i64)) -> Result<Option<(String, i64, i64)>> {
    let unlinked: Option<i64> = r::table.filter(r::hash.eq(Vec::new())).select(r::id).first(conn).optional()?;
    if unlinked.is_none() {
        return Ok(None);
    }
    let (record, record_id, id) = &after;
    let same = r::record.eq(record).and(r::record_id.eq(record_id)).and(r::id.gt(id));
    let lines: Vec<Line> = r::table
        .filter(r::record.gt(record).or(r::record.eq(record).and(r::record_id.gt(record_id))).or(same))
        .order((r::record, r::record_id, r::id))
        .limit(BATCH)
        .select(Line::as_select())
        .load(conn)?;
    let mut before = r::table.find(id).select((r::record, r::record_id, r::hash)).first(conn).optional()?;
    for mut line in lines.iter().cloned() {
        let end = before
            .take()
            .filter(|(record, id, _): &(String, i64, Vec<u8>)| *record == line.record && *id == line.record_id);
        line.prev_hash = end.map_or_else(first_hash, |(.., hash)| hash);
        line.hash = line.computed_hash();
        diesel::update(r::table.find(line.id))
            .set((r::prev_hash.eq(&line.prev_hash), r::hash.eq(&line.hash)))
            .execute(conn)?;
        before = Some((line.record, line.record_id, line.hash));
    }
    Ok(lines.last().map(|line| (line.record.clone(), line.record_id, line.id)))
}

fn of_kind(conn: &mut Conn, kind: &'static Kind, after: i64, at: Time) -> Result<(usize, Option<i64>)> {
    let table = kind.table;
    let ids: Vec<Id> =
        sql_query(format!("SELECT id FROM {table} WHERE id > {after} ORDER BY id LIMIT {BATCH}")).load(conn)?;
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok((0, None)) };
    let lacking: Vec<Id> = sql_query(format!(
        "SELECT id FROM {table} WHERE id BETWEEN {} AND {} AND NOT EXISTS (SELECT 1 FROM record_events e \
         WHERE e.record = $1 AND e.record_id = {table}.id AND LENGTH(e.content) > 0) ORDER BY id",
        first.id, last.id
    ))
    .bind::<Text, _>(table)
    .load(conn)?;
    let by = AuditActor::system();
    let lines: Vec<_> =
        lacking.iter().map(|one| NewRecordEvent::at(&by, table, one.id, "存档", "留痕从这里开始", Some(at))).collect();
    append_all(conn, &lines)?;
    Ok((lines.len(), Some(last.id)))
}
