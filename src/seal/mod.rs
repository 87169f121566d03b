//! Seals (封存): each past day is closed over the hashes of all events of issues, all audit rows and all lines of records'
//! histories written on it, in the order of their keys, as an HMAC with a key outside the database. Whoever changes, adds or takes away a row
//! afterwards would have to make the seals anew, and cannot.
//!
//! A row belongs to the day of its key, which is the moment when it was written, not to that of `happened_at`: what a
//! rule does late, at the limit's own moment, is of the day on which it came into the database. A day is closed at noon
//! of the day after, so that no transaction of that day can still be open on any instance.
pub mod secret;

use crate::{
    calendar::{shanghai_date, start_of_day, start_of_next_day},
    db::{Conn, Db},
    error::{Error, Result},
    key,
    schema::*,
    time::Time,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use hmac::{Hmac, Mac};
use secret::{Secret, SecretFile};
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = seals)]
pub struct Seal {
    pub sealed_on: NaiveDate,
    /// Rows of that day.
    pub events: i64,
    pub audits: i64,
    /// None: lines of records' histories were not sealed yet.
    pub records: Option<i64>,
    /// SHA-256 over the head of the day before and the hashes of this one.
    pub head: Vec<u8>,
    /// HMAC over the columns before and the seal of the day before.
    pub mac: Vec<u8>,
    pub sealed_at: Time,
}

/// What a seal continues: head and mac of the one before.
#[derive(Debug, Clone)]
pub struct Before {
    pub head: Vec<u8>,
    pub mac: Vec<u8>,
}

/// Minutes after the end of a day until it is closed.
const REST: i64 = 12 * 60;
/// Days closed in one transaction at most.
const BATCH: usize = 50;
/// Hashes read at once.
const ROWS: i64 = 5_000;

impl Before {
    pub fn nothing() -> Self {
        Self { head: vec![0; 32], mac: vec![0; 32] }
    }
}

/// Puts key and hash of each row of a table that was written on a day into the hasher; how many there were.
macro_rules! put_all {
    ($conn:expr, $table:ident, $on:expr, $hasher:expr) => {{
        let (mut count, mut after) = (0, first_key($on) - 1);
        loop {
            let rows: Vec<(i64, Vec<u8>)> = $table::table
                .filter($table::id.gt(after).and($table::id.lt(end_key($on))))
                .order($table::id)
                .limit(ROWS)
                .select(($table::id, $table::hash))
                .load($conn)?;
            let Some((last, _)) = rows.last() else { break count };
            after = *last;
            count += rows.len() as i64;
            rows.iter().for_each(|(id, hash)| put(&mut $hasher, *id, hash));
        }
    }};
}

impl Seal {
    pub fn as_before(&self) -> Before {
        Before { head: self.head.clone(), mac: self.mac.clone() }
    }

    /// What a day's rows are now, not sealed yet; without lines of records' histories for seals that are older than these.
    pub fn of(conn: &mut Conn, on: NaiveDate, before: &Before, sealed_at: Time, with_records: bool) -> Result<Self> {
        let mut hasher = Sha256::new();
        hasher.update(&before.head);
        hasher.update(on.to_string());
        let events = put_all!(conn, issue_events, on, hasher);
        let audits = put_all!(conn, audit_events, on, hasher);
        let records = if with_records { Some(put_all!(conn, record_events, on, hasher)) } else { None };
        let head = hasher.finalize().to_vec();
        Ok(Self { sealed_on: on, events, audits, records, head, mac: Vec::new(), sealed_at })
    }

    pub fn computed_mac(&self, before: &Before, secret: &Secret) -> Result<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).map_err(Error::internal)?;
        mac.update(&before.mac);
        mac.update(self.sealed_on.to_string().as_bytes());
        for number in [Some(self.events), Some(self.audits), self.records, Some(self.sealed_at.0)].into_iter().flatten()
        {
            mac.update(&number.to_be_bytes());
        }
        mac.update(&self.head);
        Ok(mac.finalize().into_bytes().to_vec())
    }

    pub fn head_in_hex(&self) -> String {
        hex::encode(&self.head)
    }
}

fn put(hasher: &mut Sha256, id: i64, hash: &[u8]) {
    hasher.update(id.to_be_bytes());
    hasher.update((hash.len() as u64).to_be_bytes());
    hasher.update(hash);
}

/// The keys of rows written on a day: from this one, up to that of the next.
pub fn first_key(on: NaiveDate) -> i64 {
    key::first_at(start_of_day(on))
}
pub fn end_key(on: NaiveDate) -> i64 {
    key::first_at(start_of_next_day(on))
}

/// When a day is to be closed.
pub fn closing_moment(on: NaiveDate) -> Time {
    start_of_next_day(on).plus_minutes(REST)
}

/// The day of the oldest row there is.
pub fn first_day(conn: &mut Conn) -> Result<Option<NaiveDate>> {
    let event: Option<i64> =
        issue_events::table.order(issue_events::id).select(issue_events::id).first(conn).optional()?;
    let audit: Option<i64> =
        audit_events::table.order(audit_events::id).select(audit_events::id).first(conn).optional()?;
    Ok([event, audit].into_iter().flatten().min().map(|id| shanghai_date(key::moment(id))))
}

pub fn newest(conn: &mut Conn) -> Result<Option<Seal>> {
    Ok(seals::table.order(seals::sealed_on.desc()).select(Seal::as_select()).first(conn).optional()?)
}

pub fn of_day(conn: &mut Conn, on: NaiveDate) -> Result<Option<Seal>> {
    Ok(seals::table.find(on).select(Seal::as_select()).first(conn).optional()?)
}

/// The next day to be closed at `now`, if one is.
fn next(conn: &mut Conn, newest: Option<&Seal>, now: Time) -> Result<Option<NaiveDate>> {
    let day = match newest {
        Some(seal) => seal.sealed_on.succ_opt(),
        None => first_day(conn)?,
    };
    Ok(day.filter(|day| closing_moment(*day) <= now))
}

/// Closes every day that is over; returns how many. Twice, or on two instances at once, makes no second seal.
pub fn close_days(db: &Db, file: &SecretFile, now: Time) -> Result<usize> {
    let found = db.read_blocking(|conn| {
        let newest = newest(conn)?;
        Ok(next(conn, newest.as_ref(), now)?.map(|_| newest.is_some()))
    })?;
    let Some(sealed_before) = found else { return Ok(0) };
    // A lost key is not replaced by another one in silence: the old seals could not be checked any more.
    let secret = if sealed_before { file.read()? } else { file.read_or_make()? };
    let mut closed = 0;
    loop {
        let secret = secret.clone();
        let made = db.write_blocking(move |conn| {
            let mut made = Vec::new();
            let mut last = newest(conn)?;
            while made.len() < BATCH
                && let Some(on) = next(conn, last.as_ref(), now)?
            {
                let before = last.as_ref().map_or_else(Before::nothing, Seal::as_before);
                let mut seal = Seal::of(conn, on, &before, now, true)?;
                seal.mac = seal.computed_mac(&before, &secret)?;
                diesel::insert_into(seals::table).values(&seal).execute(conn)?;
                last = Some(seal.clone());
                made.push(seal);
            }
            Ok(made)
        })?;
        if made.is_empty() {
            return Ok(closed);
        }
        closed += made.len();
        for seal in made {
            let (day, head) = (seal.sealed_on, seal.head_in_hex());
            let (events, audits, records) = (seal.events, seal.audits, seal.records.unwrap_or_default());
            tracing::info!(%day, events, audits, records, head, "day sealed");
        }
    }
}
