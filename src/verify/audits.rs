//! The chain of audit rows of each actor.
use super::{Verdict, found, with};
use crate::{audit::AuditEvent, chain::first_hash, db::Conn, error::Result, schema::audit_events};
use diesel::prelude::*;
use std::{collections::HashMap, sync::Mutex};

const BATCH: i64 = 2_000;

pub(super) fn check(conn: &mut Conn, verdict: &Mutex<Verdict>) -> Result<()> {
    // One hash for each account and address.
    let mut ends: HashMap<String, Vec<u8>> = HashMap::new();
    let mut after = i64::MIN;
    loop {
        let ids: Vec<i64> = audit_events::table
            .filter(audit_events::id.gt(after))
            .order(audit_events::id)
            .limit(BATCH)
            .select(audit_events::id)
            .load(conn)?;
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
        after = *last;
        let batch = audit_events::table
            .filter(audit_events::id.between(first, last))
            .order(audit_events::id)
            .select(AuditEvent::as_select())
            .load::<AuditEvent>(conn);
        match batch {
            Ok(rows) => rows.iter().try_for_each(|row| check_row(row, &mut ends, verdict))?,
            Err(_) => {
                for id in &ids {
                    match audit_events::table.find(id).select(AuditEvent::as_select()).first::<AuditEvent>(conn) {
                        Ok(row) => check_row(&row, &mut ends, verdict)?,
                        Err(error) => found(verdict, format!("审计 {id}"), format!("有一个值读不出来：{error}"))?,
                    }
                }
            }
        }
        with(verdict, |verdict| verdict.audits += ids.len() as u64)?;
    }
}

fn check_row(row: &AuditEvent, ends: &mut HashMap<String, Vec<u8>>, verdict: &Mutex<Verdict>) -> Result<()> {
    let end = ends.entry(row.actor_key.clone()).or_insert_with(first_hash);
    if row.prev_hash != *end {
        found(verdict, format!("审计 {}", row.id), format!("接不上 {} 的前一条", row.actor_key))?;
    }
    if row.hash != row.computed_hash() {
        found(verdict, format!("审计 {}", row.id), "内容与留痕不符")?;
    }
    end.clone_from(&row.hash);
    Ok(())
}
