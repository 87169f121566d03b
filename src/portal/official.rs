//! The company answers, nobody in its place: whoever is signed in as an official is refused here, and the refusal stands
//! in the audit log.
use crate::{
    access::Viewer,
    audit::{self, AuditAction, AuditActor},
    web::{Answer, App, page, shell::Shell},
};
use actix_web::{HttpRequest, http::StatusCode};
use askama::Template;

#[derive(Template)]
#[template(path = "portal/official.html")]
struct OfficialPage {
    shell: Shell,
}

/// The refusal of an official; None for everybody else.
pub async fn refusal(app: &App, request: &HttpRequest, viewer: Option<&Viewer>) -> Option<Answer> {
    let viewer = viewer.filter(|viewer| viewer.is_official())?;
    let actor = AuditActor::of(viewer, &app.address(request));
    let object = format!("{} {}", request.method(), request.path());
    let kept = app
        .db
        .write(move |conn| audit::append(conn, &actor, AuditAction::Refused, &object, "工作人员不能代企业办理"))
        .await;
    Some(match kept {
        Ok(()) => page::with_status(StatusCode::FORBIDDEN, &OfficialPage { shell: Shell::plain(request, None) }),
        Err(error) => Err(error),
    })
}
