//! SQL of complaints and suggestions.
use super::Feedback;
use crate::{
    access::Scope,
    db::{Backend, Conn},
    error::{Error, Result},
    rate_limit,
    schema::{feedback as f, users},
    time::Time,
    web::paging::Bound,
};
use diesel::{prelude::*, sql_types::Bool};

/// Sent from one address within an hour; an office behind one address must fit.
const FROM_ADDRESS: i64 = 20;
/// Sent by one account within an hour.
const FROM_USER: i64 = 10;

pub fn send(conn: &mut Conn, new: &Feedback, address: &str) -> Result<()> {
    match new.user_id {
        Some(id) => rate_limit::count(conn, "feedback-user", &id.to_string(), FROM_USER, 60)?,
        None => rate_limit::count(conn, "feedback", address, FROM_ADDRESS, 60)?,
    };
    diesel::insert_into(f::table).values(new).execute(conn)?;
    Ok(())
}

fn condition(unread: bool) -> Box<dyn BoxableExpression<f::table, Backend, SqlType = Bool>> {
    if unread { Box::new(f::read_at.eq(Time::NEVER)) } else { Box::new(f::id.ge(0)) }
}

/// The scope is that of `ReadFeedback`, which reaches everything or nothing. With the sender's name.
pub fn list(conn: &mut Conn, _: Scope, unread: bool, bound: Bound, most: i64) -> Result<Vec<(Feedback, String)>> {
    let rows = f::table.filter(condition(unread)).select(Feedback::as_select()).limit(most);
    let rows: Vec<Feedback> = match bound {
        Bound::Below(id) => rows.filter(f::id.lt(id)).order(f::id.desc()).load(conn)?,
        Bound::Above(id) => rows.filter(f::id.gt(id)).order(f::id.asc()).load(conn)?,
    };
    rows.into_iter()
        .map(|row| {
            let name = match row.user_id {
                Some(id) => users::table.find(id).select(users::name).first(conn)?,
                None => "未登录".to_owned(),
            };
            Ok((row, name))
        })
        .collect()
}

pub fn count(conn: &mut Conn, _: Scope, unread: bool) -> Result<i64> {
    Ok(f::table.filter(condition(unread)).count().get_result(conn)?)
}

/// Marks one as read, once.
pub fn mark_read(conn: &mut Conn, _: Scope, id: i64, at: Time) -> Result<()> {
    let unread = f::table.filter(f::id.eq(id)).filter(f::read_at.eq(Time::NEVER));
    if diesel::update(unread).set(f::read_at.eq(at)).execute(conn)? == 1 {
        return Ok(());
    }
    let exists: i64 = f::table.find(id).count().get_result(conn)?;
    if exists == 0 { Err(Error::NotFound) } else { Ok(()) }
}
