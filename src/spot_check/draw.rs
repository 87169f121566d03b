//! The monthly draw, once the seal of the month's last day is made. What it reads is sealed and does not change any more,
//! so it makes no difference when it runs, how often, or on which instance.
use super::{Class, Closure, Outcome, SpotCheck, draw, first_day, last_day, month_word, next_month, written};
use crate::{
    audit::{self, AuditAction, AuditActor},
    calendar::shanghai,
    db::{Conn, Db},
    error::{Error, Result},
    inbox, insert_all,
    issue::workflow::{Action, Status},
    key,
    schema::*,
    seal::{self, Seal, end_key, first_key},
    sign::Sign,
    time::Time,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// Events read at once.
const ROWS: i64 = 5_000;
/// Issues asked for at once.
const IDS: usize = 500;

/// Where an issue stood after the events of the month so far.
#[derive(Default)]
struct Standing {
    seq: i64,
    closed: bool,
    unrated: bool,
}

/// Issues that were closed in the month and are at its end: whether they were closed without an answer.
fn closed(conn: &mut Conn, month: NaiveDate) -> Result<BTreeMap<i64, bool>> {
    use issue_events as e;
    let mut standings: HashMap<i64, Standing> = HashMap::new();
    let mut after = first_key(month) - 1;
    loop {
        let rows: Vec<(i64, i64, i64, Action, Option<Status>, Status)> = e::table
            .filter(e::id.gt(after).and(e::id.lt(end_key(last_day(month)))))
            .order(e::id)
            .limit(ROWS)
            .select((e::id, e::issue_id, e::seq, e::action, e::from_status, e::to_status))
            .load(conn)?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        for (_, issue_id, seq, action, from, to) in rows {
            let one = standings.entry(issue_id).or_default();
            // Two steps in one millisecond may have their keys the other way round.
            if seq < one.seq {
                continue;
            }
            one.seq = seq;
            let closes = to == Status::Closed && from != Some(Status::Closed);
            if closes {
                one.unrated = action == Action::RatingTimeout;
            } else if action == Action::CallBack {
                one.unrated = false;
            }
            // One that was closed before the month began is not of this month.
            one.closed = to == Status::Closed && (closes || one.closed);
        }
    }
    Ok(standings.into_iter().filter(|(_, one)| one.closed).map(|(id, one)| (id, one.unrated)).collect())
}

/// The signs of the reply that led to each closure.
fn signs_of_replies(conn: &mut Conn, ids: &[i64], month: NaiveDate) -> Result<HashMap<i64, Vec<Sign>>> {
    use issue_events as e;
    let mut replies: HashMap<i64, (i64, i64)> = HashMap::new();
    let rows: Vec<(i64, i64, i64)> = e::table
        .filter(e::issue_id.eq_any(ids))
        .filter(e::action.eq(Action::Reply))
        .filter(e::id.lt(end_key(last_day(month))))
        .select((e::issue_id, e::seq, e::id))
        .load(conn)?;
    for (issue_id, seq, id) in rows {
        let newest = replies.entry(issue_id).or_default();
        *newest = (*newest).max((seq, id));
    }
    let rows: Vec<(i64, i64, Sign)> = signs::table
        .filter(signs::issue_id.eq_any(ids))
        .select((signs::issue_id, signs::event_id, signs::sign))
        .load(conn)?;
    let mut found: HashMap<i64, Vec<Sign>> = HashMap::new();
    for (issue_id, event_id, sign) in rows {
        if replies.get(&issue_id).is_some_and(|(_, reply)| *reply == event_id) {
            found.entry(issue_id).or_default().push(sign);
        }
    }
    Ok(found)
}

fn class(unrated: bool, signs: &[Sign]) -> Class {
    if signs.contains(&Sign::Repeated) {
        Class::Repeated
    } else if signs.contains(&Sign::Fast) || signs.contains(&Sign::Rushed) {
        Class::Fast
    } else if unrated {
        Class::Unrated
    } else {
        Class::Ordinary
    }
}

/// What a month is drawn from, by number.
pub fn closures(conn: &mut Conn, month: NaiveDate) -> Result<Vec<Closure>> {
    let closed: Vec<(i64, bool)> = closed(conn, month)?.into_iter().collect();
    let mut found = Vec::new();
    for part in closed.chunks(IDS) {
        let ids: Vec<i64> = part.iter().map(|(id, _)| *id).collect();
        let signs = signs_of_replies(conn, &ids, month)?;
        let numbers: Vec<(i64, String)> = issues::table
            .filter(issues::id.eq_any(&ids))
            .filter(issues::history.eq(false))
            .select((issues::id, issues::number))
            .load(conn)?;
        let unrated: HashMap<i64, bool> = part.iter().copied().collect();
        found.extend(numbers.into_iter().map(|(id, number)| Closure {
            number,
            class: class(
                unrated.get(&id).copied().unwrap_or(false),
                signs.get(&id).map(Vec::as_slice).unwrap_or_default(),
            ),
        }));
    }
    found.sort_by(|one, other| one.number.cmp(&other.number));
    Ok(found)
}

/// The next month to be drawn whose last day is sealed. A city that starts to draw does not go back into its past.
fn due(conn: &mut Conn) -> Result<Option<(NaiveDate, Seal)>> {
    let Some(newest) = seal::newest(conn)? else { return Ok(None) };
    let of = first_day(newest.sealed_on);
    let sealed = if last_day(of) == newest.sealed_on { of } else { first_day(of.pred_opt().unwrap_or(of)) };
    let drawn: Option<NaiveDate> =
        spot_draws::table.order(spot_draws::month.desc()).select(spot_draws::month).first(conn).optional()?;
    let month = drawn.map_or(sealed, next_month);
    if month > sealed {
        return Ok(None);
    }
    Ok(seal::of_day(conn, last_day(month))?.map(|seal| (month, seal)))
}

/// Draws every month that is due; returns how many.
pub fn draw_months(db: &Db, now: Time) -> Result<usize> {
    let mut months = 0;
    while let Some((month, seal)) = db.read_blocking(due)? {
        let closures = db.snapshot_blocking(|conn| closures(conn, month))?;
        let drawn = db.write_blocking(move |conn| keep(conn, month, &seal.head, &closures, now))?;
        if !drawn {
            break;
        }
        months += 1;
    }
    Ok(months)
}

/// The moment of a draw as the audit log tells it.
pub fn drawn_at(at: Time) -> String {
    format!("抽取于 {}", shanghai(at).format("%Y-%m-%d %H:%M:%S%.6f"))
}

/// False: another instance was faster.
fn keep(conn: &mut Conn, month: NaiveDate, head: &[u8], closures: &[Closure], now: Time) -> Result<bool> {
    let known: i64 = spot_draws::table.find(month).count().get_result(conn)?;
    if known > 0 {
        return Ok(false);
    }
    let list = written(closures);
    diesel::insert_into(spot_draws::table)
        .values((
            spot_draws::month.eq(month),
            spot_draws::head.eq(head),
            spot_draws::list.eq(&list),
            spot_draws::drawn_at.eq(now),
        ))
        .execute(conn)?;
    let drawn: Vec<_> = draw(head, closures.to_vec()).into_iter().filter(|one| one.drawn).collect();
    let mut ids: HashMap<String, (i64, i64)> = HashMap::new();
    for part in drawn.chunks(IDS) {
        let numbers: Vec<&str> = part.iter().map(|one| one.closure.number.as_str()).collect();
        let rows: Vec<(String, i64, i64)> = issues::table
            .filter(issues::number.eq_any(numbers))
            .select((issues::number, issues::id, issues::area_id))
            .load(conn)?;
        ids.extend(rows.into_iter().map(|(number, id, area_id)| (number, (id, area_id))));
    }
    let mut rows = Vec::new();
    // Newest first is how lists go: the last position gets the oldest key.
    for (index, one) in drawn.iter().enumerate().rev() {
        let (issue_id, area_id) =
            *ids.get(&one.closure.number).ok_or_else(|| Error::internal("a closure without an issue"))?;
        rows.push(SpotCheck {
            id: key::fresh(now),
            month,
            issue_id,
            area_id,
            position: index as i64 + 1,
            reason: one.closure.class,
            drawn_at: now,
            result: Outcome::Open,
            note: String::new(),
            checked_by: String::new(),
            checked_at: Time::NEVER,
            reached: String::new(),
            checker_id: None,
        });
    }
    let rows: Vec<&SpotCheck> = rows.iter().collect();
    insert_all!(conn, spot_checks, 13, &rows[..]);
    inbox::drawn::deliver(conn, month, &rows, now)?;
    let told = format!(
        "销号 {} 件，抽中 {} 件；封存值 {}；名单 SHA-256 {}；{}",
        closures.len(),
        rows.len(),
        hex::encode(head),
        hex::encode(Sha256::digest(list.as_bytes())),
        drawn_at(now)
    );
    audit::append(conn, &AuditActor::system(), AuditAction::SpotDraw, &month_word(month), &told)?;
    tracing::info!(month = month_word(month), closures = closures.len(), drawn = rows.len(), "spot checks drawn");
    Ok(true)
}
