//! Answers of handlers: a page, the same page with what must be mended, a redirect with a notice of what was done.
use super::Answer;
use crate::error::{Error, Invalid, Result};
use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::{StatusCode, header},
};

pub fn show(page: &impl askama::Template) -> Answer {
    with_status(StatusCode::OK, page)
}

/// A form that was refused: 422 with the typed text and the messages.
pub fn refuse(page: &impl askama::Template) -> Answer {
    with_status(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// Somebody was faster: 409 with the typed text and what changed meanwhile.
pub fn conflict(page: &impl askama::Template) -> Answer {
    with_status(StatusCode::CONFLICT, page)
}

pub fn with_status(status: StatusCode, page: &impl askama::Template) -> Answer {
    Ok(HttpResponse::build(status).content_type(mime_html()).body(page.render()?))
}

/// How a form comes back that can be mended: fields (422), or somebody was faster or the form was sent before (409), or
/// too many were sent (429).
pub fn to_mend(error: Error) -> Result<(StatusCode, Invalid)> {
    match error {
        Error::Invalid(invalid) => Ok((StatusCode::UNPROCESSABLE_ENTITY, invalid)),
        Error::Conflict(why) => Ok((StatusCode::CONFLICT, Invalid::one("", why))),
        Error::TooMany(_) => Ok((StatusCode::TOO_MANY_REQUESTS, Invalid::one("", error.to_string()))),
        error => Err(error),
    }
}

fn mime_html() -> header::ContentType {
    header::ContentType(actix_web::mime::TEXT_HTML_UTF_8)
}

pub fn see_other(location: impl AsRef<str>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location.as_ref())).finish()
}

const NOTICE: &str = "zhuqi_notice";

/// On to the next page, which says in green what was done.
pub fn done(location: impl AsRef<str>, notice: &str) -> HttpResponse {
    let mut response = see_other(location);
    let value = hex::encode(notice);
    let cookie = Cookie::build(NOTICE, value).path("/").http_only(true).same_site(SameSite::Lax).finish();
    // A cookie of hex digits is always valid.
    let _ = response.add_cookie(&cookie);
    response
}

/// The notice that the page before left; escaped like any text when shown.
pub fn notice(request: &HttpRequest) -> Option<String> {
    let cookie = request.cookie(NOTICE)?;
    let bytes = hex::decode(cookie.value()).ok()?;
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty() && text.len() < 2000)
}

pub fn notice_removal() -> Cookie<'static> {
    let mut cookie = Cookie::build(NOTICE, "").path("/").finish();
    cookie.make_removal();
    cookie
}

/// A request body that is no form at all.
pub fn bad_body(cause: impl std::fmt::Display) -> Error {
    tracing::info!(%cause, "unreadable form");
    Error::Invalid(Invalid::one("", "提交的内容读不出来，可能太大或不完整，请返回重试"))
}
