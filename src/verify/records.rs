//! Records other than issues: what each is against what its history kept of it, and the chain of that history.
use super::{Verdict, found, with};
use crate::{
    chain::first_hash,
    db::{Conn, Db},
    error::Result,
    record::{
        Line,
        content::{self, KINDS, Kind, Which},
    },
    schema::record_events as r,
};
use diesel::prelude::*;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Mutex,
};

/// What is told of a record without a line.
pub const UNKNOWN: &str = "没有留痕：不是本系统写入的，或者留痕被删";

/// Records in one snapshot.
const BATCH: i64 = 2_000;

pub fn check(db: &Db, verdict: &Mutex<Verdict>) -> Result<()> {
    for kind in KINDS {
        let mut after = Some(i64::MIN);
        while let Some(last) = after {
            after = db.snapshot_blocking(|conn| next(conn, kind, last, verdict))?;
        }
    }
    db.snapshot_blocking(|conn| strangers(conn, verdict))
}

/// The records and lines of one table after an id, up to the last id of the batch; None: there are no more.
fn next(conn: &mut Conn, kind: &Kind, after: i64, verdict: &Mutex<Verdict>) -> Result<Option<i64>> {
    let ids = content::after(conn, kind, after, BATCH)?;
    let is_last = ids.len() < BATCH as usize;
    let (first, last) = (after.saturating_add(1), ids.last().filter(|_| !is_last).copied().unwrap_or(i64::MAX));
    let ids: BTreeSet<i64> = ids.into_iter().collect();
    let contents = contents(conn, kind, (first, last), &ids, verdict)?;
    let mut lines: HashMap<i64, Vec<Line>> = HashMap::new();
    for line in lines_of(conn, kind, (first, last), verdict)? {
        lines.entry(line.record_id).or_default().push(line);
    }
    let all: BTreeSet<i64> = ids.iter().chain(lines.keys()).copied().collect();
    for id in all {
        let history = lines.get(&id).map_or(&[][..], Vec::as_slice);
        if let Some(what) = differs(history, ids.contains(&id), contents.get(&id)) {
            found(verdict, named(kind, id), what)?;
        }
    }
    with(verdict, |verdict| verdict.records += ids.len() as u64)?;
    Ok((!is_last).then_some(last))
}

fn named(kind: &Kind, id: i64) -> String {
    format!("{} {id}", kind.label)
}

/// The hash of each; one with a value that cannot be read is told, and has none.
fn contents(
    conn: &mut Conn,
    kind: &Kind,
    (first, last): (i64, i64),
    ids: &BTreeSet<i64>,
    verdict: &Mutex<Verdict>,
) -> Result<HashMap<i64, Vec<u8>>> {
    if let Ok(contents) = content::of(conn, kind, Which::Between(first, last)) {
        return Ok(contents);
    }
    let mut contents = HashMap::new();
    for id in ids {
        match content::of(conn, kind, Which::Ids(&[*id])) {
            Ok(one) => contents.extend(one),
            Err(error) => found(verdict, named(kind, *id), format!("有一个值读不出来：{error}"))?,
        }
    }
    Ok(contents)
}

fn lines_of(conn: &mut Conn, kind: &Kind, (first, last): (i64, i64), verdict: &Mutex<Verdict>) -> Result<Vec<Line>> {
    let of = r::record.eq(kind.table).and(r::record_id.between(first, last));
    let lines = r::table.filter(of).order((r::record_id, r::id)).select(Line::as_select()).load(conn);
    if let Ok(lines) = lines {
        return Ok(lines);
    }
    let of = r::record.eq(kind.table).and(r::record_id.between(first, last));
    let keys: Vec<(i64, i64)> =
        r::table.filter(of).order((r::record_id, r::id)).select((r::id, r::record_id)).load(conn)?;
    let mut lines = Vec::new();
    for (key, id) in keys {
        match r::table.find(key).select(Line::as_select()).first(conn) {
            Ok(line) => lines.push(line),
            Err(error) => found(verdict, named(kind, id), format!("留痕有一个值读不出来：{error}"))?,
        }
    }
    Ok(lines)
}

/// What is wrong with a record and its history, the gravest first.
fn differs(history: &[Line], is_there: bool, content: Option<&Vec<u8>>) -> Option<String> {
    let Some(newest) = history.last() else {
        return Some(UNKNOWN.into());
    };
    let mut end = first_hash();
    for line in history {
        if line.prev_hash != end {
            return Some(format!("“{}”（{}）接不上前一条留痕", line.action, line.id));
        }
        if line.hash != line.computed_hash() {
            return Some(format!("留痕 {} 的内容被改动", line.id));
        }
        end.clone_from(&line.hash);
    }
    match content {
        None if !is_there => Some("已不在，只剩下它的留痕".into()),
        // It was told that it cannot be read.
        None => None,
        Some(content) if *content != newest.content => Some(format!("内容与最后一次“{}”之后不同", newest.action)),
        Some(_) => None,
    }
}

/// Lines of something that has no history, and parts of records that are not there.
fn strangers(conn: &mut Conn, verdict: &Mutex<Verdict>) -> Result<()> {
    let known: Vec<&str> = KINDS.iter().map(|kind| kind.table).collect();
    let lines: Vec<(String, i64)> =
        r::table.filter(r::record.ne_all(known)).order(r::id).select((r::record, r::record_id)).limit(20).load(conn)?;
    for (record, id) in lines {
        found(verdict, format!("留痕 {record} {id}"), "没有这一类档案")?;
    }
    for (kind, part) in KINDS.iter().flat_map(|kind| kind.parts.iter().map(move |part| (kind, part))) {
        for id in content::lost(conn, kind, part)? {
            found(verdict, named(kind, id), "已不在，只剩下它的一部分")?;
        }
    }
    Ok(())
}
