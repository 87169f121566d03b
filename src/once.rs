//! A form that is sent twice makes one record. Each form carries a token; the transaction that makes the record keeps
//! the token with the record's address, and the second sending is led there; something else sent with the token is not
//! taken for it.
use crate::{
    db::Conn,
    error::{Error, Result},
    form::Form,
    schema::once_tokens,
    time::Time,
};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

/// Tokens are forgotten after two days; by then no form on a phone is sent again.
const KEPT_MINUTES: i64 = 2 * 24 * 60;

/// What is said of other content with a token that was used.
pub const SENT_BEFORE: &str = "这一页已经提交过一次，上次的内容已经写入；这次的内容不同，没有写入。请核对后再提交";

pub fn token() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// SHA-256 over every field, each with its length so that values cannot shift.
fn form_hash(form: &Form) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for text in form.0.iter().flat_map(|(name, value)| [name, value]) {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_vec()
}

/// Does `make` once for the token in the form's field `once` and returns the address it gave. The same token with other
/// content is a conflict.
pub fn once(conn: &mut Conn, form: &Form, make: impl FnOnce(&mut Conn) -> Result<String>) -> Result<String> {
    let token = form.text("once");
    if token.is_empty() {
        return make(conn);
    }
    let hash = form_hash(form);
    let used: Option<(String, Option<Vec<u8>>)> = once_tokens::table
        .find(token)
        .select((once_tokens::location, once_tokens::form_hash))
        .first(conn)
        .optional()?;
    match used {
        Some((_, Some(other))) if other != hash => {
            return Err(Error::Conflict(SENT_BEFORE.into()));
        }
        Some((location, _)) => return Ok(location),
        None => {}
    }
    let location = make(conn)?;
    diesel::insert_into(once_tokens::table)
        .values((
            once_tokens::token.eq(token),
            once_tokens::location.eq(&location),
            once_tokens::used_at.eq(Time::system()),
            once_tokens::form_hash.eq(Some(hash)),
        ))
        .execute(conn)?;
    Ok(location)
}

pub fn forget_old(conn: &mut Conn, now: Time) -> Result<usize> {
    Ok(diesel::delete(once_tokens::table.filter(once_tokens::used_at.lt(now.plus_minutes(-KEPT_MINUTES))))
        .execute(conn)?)
}
