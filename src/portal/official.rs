//! The company answers, nobody in its place: whoever is signed in as an official is refused here, and the refusal stands
//! in the audit log. So is who answers with the phone of an official.
use crate::{
    access::Viewer,
    account,
    audit::{self, AuditAction, AuditActor},
    db::Conn,
    error::{Error, Result},
    issue::workflow::Action,
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

/// The portal takes any phone, or it would tell whose it is; but a company does not rate by that of an official.
pub fn expect_companys_phone(conn: &mut Conn, action: Action, contact_phone: &str) -> Result<()> {
    if action == Action::Answer && account::query::is_official_phone(conn, contact_phone)? {
        return Err(Error::refused("登记的联系电话是工作人员的，不能代企业评价，请助企办更正联系电话"));
    }
    Ok(())
}
