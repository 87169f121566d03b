//! Records that came without a line of history get one: those of a new or upgraded database, and of a demo city. From
//! then on whatever is changed behind the back of the system is found.
use super::{
    Line, NewRecordEvent, append_all,
    content::{self, KINDS, Kind},
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
    dsl::{exists, select},
    prelude::*,
};

/// Records or lines at once.
const BATCH: i64 = 5_000;

/// All of it or nothing, and once: kinds of which a record has its line already are left alone, so that nobody's own row
/// gets one by a restart. Returns how many records got theirs.
pub fn adopt(db: &Db, at: Time) -> Result<usize> {
    let lacking = db.read_blocking(|conn| {
        let mut lacking = Vec::new();
        for kind in KINDS {
            let kept = r::table.filter(r::record.eq(kind.table)).filter(r::content.ne(Vec::new()));
            if !select(exists(kept)).get_result::<bool>(conn)? {
                lacking.push(kind);
            }
        }
        Ok(lacking)
    })?;
    if lacking.is_empty() {
        return Ok(0);
    }
    db.write_long(|conn| {
        link(conn)?;
        lacking.iter().map(|kind| of_kind(conn, kind, at)).sum()
    })
}

/// Chains the lines that are older than their chain.
fn link(conn: &mut Conn) -> Result<()> {
    if !select(exists(r::table.filter(r::hash.eq(Vec::new())))).get_result::<bool>(conn)? {
        return Ok(());
    }
    let mut end: Option<Line> = None;
    loop {
        let (record, record_id, id) =
            end.as_ref().map_or(("", i64::MIN, i64::MIN), |line| (&line.record, line.record_id, line.id));
        let same = r::record.eq(record).and(r::record_id.eq(record_id)).and(r::id.gt(id));
        let lines: Vec<Line> = r::table
            .filter(r::record.gt(record).or(r::record.eq(record).and(r::record_id.gt(record_id))).or(same))
            .order((r::record, r::record_id, r::id))
            .limit(BATCH)
            .select(Line::as_select())
            .load(conn)?;
        if lines.is_empty() {
            return Ok(());
        }
        for mut line in lines {
            let before = end.take().filter(|end| end.record == line.record && end.record_id == line.record_id);
            line.prev_hash = before.map_or_else(first_hash, |before| before.hash);
            line.hash = line.computed_hash();
            diesel::update(r::table.find(line.id))
                .set((r::prev_hash.eq(&line.prev_hash), r::hash.eq(&line.hash)))
                .execute(conn)?;
            end = Some(line);
        }
    }
}

fn of_kind(conn: &mut Conn, kind: &'static Kind, mut at: Time) -> Result<usize> {
    let by = AuditActor::system();
    let (mut adopted, mut last) = (0, i64::MIN);
    loop {
        let ids = content::after(conn, kind, last, BATCH)?;
        let Some(newest) = ids.last() else { return Ok(adopted) };
        last = *newest;
        adopted += ids.len();
        let line = |id: &i64| NewRecordEvent::at(&by, kind.table, *id, "存档", "留痕从这里开始", Some(at));
        append_all(conn, &ids.iter().map(line).collect::<Vec<_>>())?;
        // A millisecond has keys for two million rows.
        at = Time(at.0 + 1_000);
    }
}
