//! Limits on tries that hold across instances because they are rows of the database.
use crate::{
    db::Conn,
    error::{Error, Result},
    schema::rate_limits,
    time::Time,
};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

fn row_name(what: &str, who: &str) -> String {
    let digest = Sha256::digest(format!("{what}\n{who}").as_bytes());
    hex::encode(&digest[..16])
}

/// Until when the window of `minutes` is open that the first try of `what` by `who` began.
pub fn open_until(conn: &mut Conn, what: &str, who: &str, minutes: i64) -> Result<Option<Time>> {
    let started: Option<Time> =
        rate_limits::table.find(row_name(what, who)).select(rate_limits::window_started_at).first(conn).optional()?;
    let until = started.map(|started| started.plus_minutes(minutes));
    Ok(until.filter(|until| *until > Time::system()))
}

/// At most `most` tries of `what` by `who` within `minutes`; the try over it is `TooMany`.
pub fn count(conn: &mut Conn, what: &str, who: &str, most: i64, minutes: i64) -> Result<()> {
    nth(conn, what, who, most, minutes).map(|_| ())
}

/// The same; returns which try it was, from 1.
pub fn nth(conn: &mut Conn, what: &str, who: &str, most: i64, minutes: i64) -> Result<i64> {
    let now = Time::system();
    let name = row_name(what, who);
    let row = rate_limits::table.find(&name);
    let current: Option<(Time, i64)> =
        row.select((rate_limits::window_started_at, rate_limits::count)).first(conn).optional()?;
    match current {
        Some((started, tries)) if started.plus_minutes(minutes) > now => {
            if tries >= most {
                return Err(Error::TooMany(((started.plus_minutes(minutes).0 - now.0) / 1_000_000).max(1)));
            }
            diesel::update(row).set(rate_limits::count.eq(tries + 1)).execute(conn)?;
            return Ok(tries + 1);
        }
        Some(_) => {
            diesel::update(row)
                .set((rate_limits::window_started_at.eq(now), rate_limits::count.eq(1)))
                .execute(conn)?;
        }
        None => {
            diesel::insert_into(rate_limits::table)
                .values((rate_limits::name.eq(&name), rate_limits::window_started_at.eq(now), rate_limits::count.eq(1)))
                .execute(conn)?;
        }
    }
    Ok(1)
}

/// Gives back a try that was counted before it turned out right: only wrong ones use the limit up.
pub fn give_back(conn: &mut Conn, what: &str, who: &str) -> Result<()> {
    let row = rate_limits::table.filter(rate_limits::name.eq(row_name(what, who))).filter(rate_limits::count.gt(0));
    diesel::update(row).set(rate_limits::count.eq(rate_limits::count - 1)).execute(conn)?;
    Ok(())
}

/// Windows that ended more than a day ago.
pub fn forget_old(conn: &mut Conn, now: Time) -> Result<usize> {
    Ok(diesel::delete(rate_limits::table.filter(rate_limits::window_started_at.lt(now.plus_minutes(-24 * 60))))
        .execute(conn)?)
}
