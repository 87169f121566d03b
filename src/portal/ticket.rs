//! The signed-out session for one issue: a cookie that names the issue and its end, sealed with a secret of the
//! database over what the holder proved (code and phone). It is looked at again on every request: a new code, another
//! phone or thirty minutes end it, a made-up one tells nothing, and neither code nor phone is in it.
use super::query::{self, Held};
use crate::{
    error::{Error, Result},
    time::Time,
    web::{App, AppData},
};
use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
};
use sha2::{Digest, Sha256};

const MINUTES: i64 = 30;

fn name(app: &App) -> &'static str {
    if app.config.is_secure() { "__Host-zhuqi_code" } else { "zhuqi_code" }
}

/// A keyed hash: two rounds, so that nothing can be added behind the message.
fn seal(secret: &str, held: &Held, until: i64) -> String {
    let inner = Sha256::new()
        .chain_update(secret.as_bytes())
        .chain_update(held.issue_id.to_be_bytes())
        .chain_update(until.to_be_bytes())
        .chain_update(&held.code_hash)
        .chain_update(held.phone.as_bytes())
        .finalize();
    let outer = Sha256::new().chain_update(secret.as_bytes()).chain_update(inner).finalize();
    hex::encode(outer)
}

/// Compares without telling by its time how much was right.
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// Puts the cookie, good for another thirty minutes, on an answer.
pub fn put(app: &App, response: &mut HttpResponse, secret: &str, held: &Held) -> Result<()> {
    let until = Time::system().plus_minutes(MINUTES).0;
    let value = format!("{}.{until}.{}", held.issue_id, seal(secret, held, until));
    let cookie = build(app, value, Duration::minutes(MINUTES));
    response.add_cookie(&cookie).map_err(Error::internal)
}

pub fn remove(app: &App, response: &mut HttpResponse) -> Result<()> {
    response.add_cookie(&build(app, String::new(), Duration::ZERO)).map_err(Error::internal)
}

fn build(app: &App, value: String, max_age: Duration) -> Cookie<'static> {
    Cookie::build(name(app), value)
        .path("/")
        .http_only(true)
        .secure(app.config.is_secure())
        .same_site(SameSite::Strict)
        .max_age(max_age)
        .finish()
}

/// Whose issue the request may see, with the secret to renew its cookie.
pub async fn held(app: &AppData, request: &HttpRequest) -> Result<Option<(Held, String)>> {
    let Some(cookie) = request.cookie(name(app)) else {
        return Ok(None);
    };
    let mut parts = cookie.value().split('.');
    let (Some(Ok(issue_id)), Some(Ok(until)), Some(sealed), None) = (
        parts.next().map(str::parse::<i64>),
        parts.next().map(str::parse::<i64>),
        parts.next().map(str::to_owned),
        parts.next(),
    ) else {
        return Ok(None);
    };
    if until < Time::system().0 {
        return Ok(None);
    }
    let found = app.db.read(move |conn| Ok(query::secret(conn)?.zip(Some(query::held_by_id(conn, issue_id)?)))).await?;
    let Some((secret, ways)) = found else { return Ok(None) };
    let opened = ways.into_iter().find(|held| is_same(seal(&secret, held, until).as_bytes(), sealed.as_bytes()));
    Ok(opened.map(|held| (held, secret)))
}
