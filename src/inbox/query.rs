//! SQL of one person's messages and settings.
use super::{Message, Settings, drawn};
use crate::{
    access::Scope,
    db::{Backend, Conn},
    error::Result,
    issue::query::within,
    schema::{issues, message_settings as ms, messages as m, users},
    time::Time,
    web::paging::{Bound, COUNTED},
};
use diesel::{prelude::*, sql_types::Bool};
use std::collections::HashMap;

fn condition(unread: bool) -> Box<dyn BoxableExpression<m::table, Backend, SqlType = Bool>> {
    if unread { Box::new(m::read_at.eq(Time::NEVER)) } else { Box::new(m::id.ge(0)) }
}

pub fn list(conn: &mut Conn, user_id: i64, unread: bool, bound: Bound, most: i64) -> Result<Vec<Message>> {
    let rows =
        m::table.filter(m::user_id.eq(user_id)).filter(condition(unread)).select(Message::as_select()).limit(most);
    Ok(match bound {
        Bound::Below(id) => rows.filter(m::id.lt(id)).order(m::id.desc()).load(conn)?,
        Bound::Above(id) => rows.filter(m::id.gt(id)).order(m::id.asc()).load(conn)?,
    })
}

/// Up to `COUNTED + 1` of those about problems, and those about draws.
pub fn count(conn: &mut Conn, user_id: i64, unread: bool) -> Result<i64> {
    let ids: Vec<i64> = m::table
        .filter(m::user_id.eq(user_id))
        .filter(condition(unread))
        .select(m::id)
        .limit(COUNTED + 1)
        .load(conn)?;
    Ok(ids.len() as i64 + drawn::count(conn, user_id, unread)?)
}

/// (number, title) of those of the issues that the reader still sees.
pub fn issues(conn: &mut Conn, see: Scope, ids: &[i64]) -> Result<HashMap<i64, (String, String)>> {
    let rows: Vec<(i64, String, String)> = issues::table
        .filter(issues::id.eq_any(ids))
        .filter(within(see))
        .select((issues::id, issues::number, issues::title))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, number, title)| (id, (number, title))).collect())
}

/// Marks the reader's own: one issue's, or all up to the newest that was on the page.
pub fn mark_read(conn: &mut Conn, user_id: i64, issue_id: Option<i64>, newest: i64, at: Time) -> Result<usize> {
    let own = m::table.filter(m::user_id.eq(user_id)).filter(m::read_at.eq(Time::NEVER)).filter(m::id.le(newest));
    Ok(match issue_id {
        Some(id) => diesel::update(own.filter(m::issue_id.eq(id))).set(m::read_at.eq(at)).execute(conn)?,
        None => diesel::update(own).set(m::read_at.eq(at)).execute(conn)?,
    })
}

/// Where SMS would go.
pub fn phone(conn: &mut Conn, user_id: i64) -> Result<Option<String>> {
    let phone: Option<String> = users::table.find(user_id).select(users::phone).first(conn)?;
    Ok(phone.filter(|phone| !phone.is_empty()))
}

pub fn settings(conn: &mut Conn, user_id: i64) -> Result<Settings> {
    let found = ms::table.find(user_id).select(Settings::as_select()).first(conn).optional()?;
    Ok(found.unwrap_or(Settings { user_id, ..Settings::default() }))
}

pub fn save_settings(conn: &mut Conn, settings: &Settings) -> Result<()> {
    let saved = diesel::update(ms::table.find(settings.user_id)).set(settings).execute(conn)?;
    if saved == 0 {
        diesel::insert_into(ms::table).values(settings).execute(conn)?;
    }
    Ok(())
}
