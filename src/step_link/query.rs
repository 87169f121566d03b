//! SQL of step links.
use super::{DAYS, KEPT_DAYS};
use crate::{
    calendar::shanghai,
    db::Conn,
    error::{Error, Result},
    issue::{Issue, workflow::Action},
    schema::{issues, step_links as l},
    time::Time,
};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

/// The path of a new link; its key is stored hashed.
pub fn make(conn: &mut Conn, user_id: i64, issue: &Issue, action: Action, now: Time) -> Result<String> {
    let key = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    diesel::insert_into(l::table)
        .values((
            (l::key_hash.eq(hash(&key)), l::user_id.eq(user_id), l::issue_id.eq(issue.id), l::action.eq(action)),
            (l::made_at.eq(now), l::expires_at.eq(now.plus_minutes(DAYS * 24 * 60)), l::used_at.eq(Time::NEVER)),
        ))
        .execute(conn)?;
    Ok(format!("/step/{key}"))
}

/// What a link is for.
#[derive(Debug, Clone)]
pub struct Opened {
    pub user_id: i64,
    pub number: String,
    pub action: Action,
}

pub fn open(conn: &mut Conn, key: &str, now: Time) -> Result<Opened> {
    let row: Option<(i64, String, Action, Time, Time)> = l::table
        .inner_join(issues::table)
        .filter(l::key_hash.eq(hash(key)))
        .select((l::user_id, issues::number, l::action, l::expires_at, l::used_at))
        .first(conn)
        .optional()?;
    let (user_id, number, action, expires_at, used_at) = row.ok_or_else(|| {
        Error::refused("没有这个链接：可能没有复制完整，或者已经换成了新的，请点最近一条消息里的链接")
    })?;
    if !used_at.is_never() {
        let when = shanghai(used_at).format("%Y-%m-%d %H:%M");
        return Err(Error::refused(format!("这个链接已经用过：{when} 用它办了“{}”", action.label())));
    }
    if expires_at < now {
        return Err(Error::refused(format!("这个链接过期了，发出后 {DAYS} 天内有效")));
    }
    Ok(Opened { user_id, number, action })
}

/// In the transaction that does the step.
pub fn use_up(conn: &mut Conn, key: &str, now: Time) -> Result<()> {
    let fresh = l::table.filter(l::key_hash.eq(hash(key))).filter(l::used_at.eq(Time::NEVER));
    match diesel::update(fresh).set(l::used_at.eq(now)).execute(conn)? {
        1 => Ok(()),
        _ => Err(Error::refused("这个链接刚刚用过")),
    }
}

/// Until then a link that is used or too old can say so.
pub fn forget_old(conn: &mut Conn, now: Time) -> Result<usize> {
    let since = now.plus_minutes(-KEPT_DAYS * 24 * 60);
    Ok(diesel::delete(l::table.filter(l::expires_at.lt(since))).execute(conn)?)
}
