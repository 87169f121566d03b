//! A form that is sent twice makes one record. Each form carries a token; the transaction that makes the record keeps
//! the token with the record's address, and the second sending is led there.
use crate::{db::Conn, error::Result, form::Form, schema::once_tokens, time::Time};
use diesel::prelude::*;

/// Tokens are forgotten after two days; by then no form on a phone is sent again.
const KEPT_MINUTES: i64 = 2 * 24 * 60;

pub fn token() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// Does `make` once for the token in the form's field `once` and returns the address it gave.
pub fn once(conn: &mut Conn, form: &Form, make: impl FnOnce(&mut Conn) -> Result<String>) -> Result<String> {
    let token = form.text("once");
    if token.is_empty() {
        return make(conn);
    }
    let used = once_tokens::table.find(token).select(once_tokens::location).first::<String>(conn).optional()?;
    if let Some(location) = used {
        return Ok(location);
    }
    let location = make(conn)?;
    diesel::insert_into(once_tokens::table)
        .values((
            once_tokens::token.eq(token),
            once_tokens::location.eq(&location),
            once_tokens::used_at.eq(Time::system()),
        ))
        .execute(conn)?;
    Ok(location)
}

pub fn forget_old(conn: &mut Conn, now: Time) -> Result<usize> {
    Ok(diesel::delete(once_tokens::table.filter(once_tokens::used_at.lt(now.plus_minutes(-KEPT_MINUTES))))
        .execute(conn)?)
}
