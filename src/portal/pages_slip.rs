//! The slip (查询单) for a company without an account whose problem a cadre recorded: a new code on paper.
//!
//! What it can promise and what not: the code is in the page for printing only and never on the screen, and the code
//! that the company got itself stays good. But whoever prints can look at the paper, at the print preview or at the
//! page's source. The guard against that is not the hiding: official sessions are refused, an official's phone is no
//! contact, the story and the audit log say who printed, and an answer says from whose slip its code came.
use super::query;
use crate::{
    access::{Permission, Viewer},
    account,
    audit::{self, AuditAction, AuditActor},
    error::{Error, Result},
    form::Form,
    issue::{
        Issue,
        code::{self, Code},
        event::newest_moment,
        perform::{Authority, load, perform},
        query as issues,
        step::Step,
        workflow::Action,
    },
    once,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "portal/slip.html")]
struct SlipPage {
    shell: Shell,
    issue: Issue,
    code: String,
    /// Where to type it.
    address: String,
}

pub async fn print(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    number: web::Path<String>,
    form: Form,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let address = format!("{}/portal", app.public_address(&request));
    // The form's own seed lets a double tap get the same paper.
    let code = match form.text("seed") {
        "" => Code::fresh(),
        seed => Code::of_seed(seed),
    };
    let at = app.now();
    let (kept, reader, number) = (code.clone(), viewer.clone(), number.into_inner());
    let issue = app
        .db
        .write(move |conn| -> Result<Issue> {
            let issue = issues::find(conn, reader.require(Permission::SeeIssues)?, &number)?;
            if !code::may_print(&reader, |scope| Ok(issues::find_by_id(conn, scope, issue.id)?.is_some()))? {
                return Err(Error::Forbidden);
            }
            let dossier = load(conn, issue)?;
            if code::tail(&dossier.detail.contact_phone).is_none() {
                return Err(Error::refused("这件问题没有登记联系电话，企业凭查询码也打不开，所以不能打印查询单"));
            }
            if account::query::is_official_phone(conn, &dossier.detail.contact_phone)? {
                return Err(Error::refused("登记的联系电话是工作人员的，不是企业的，所以不能打印查询单"));
            }
            let authority = Authority::of(&reader, Action::PrintSlip)?;
            once::once(conn, &form, |conn| {
                let step = Step::PrintSlip { code_hash: hex::encode(kept.hash()) };
                let issue = perform(conn, &authority, &number, None, &step, at)?;
                let at = newest_moment(conn, issue.id)?;
                query::keep_slip(conn, issue.id, &kept, &authority.actor.name, at)?;
                Ok(format!("/issues/{number}"))
            })?;
            if !query::opens_by_slip(conn, dossier.issue.id, &kept)? {
                return Err(Error::Conflict("这张查询单打印过，后来又打印了新的一张，这张的码已经失效".into()));
            }
            // Sent twice it is looked at twice.
            audit::append(conn, &actor, AuditAction::Slip, &dossier.issue.number, &dossier.issue.enterprise_name)?;
            Ok(dossier.issue)
        })
        .await?;
    let page = app
        .db
        .read(move |conn| {
            let here = format!("/issues/{}", issue.number);
            let crumbs =
                [("问题台账", Some("/issues")), (issue.number.as_str(), Some(here.as_str())), ("查询单", None)];
            Ok(SlipPage {
                shell: Shell::load(conn, &frame, &viewer, &crumbs)?,
                code: code.shown(),
                address: address.clone(),
                issue: issue.clone(),
            })
        })
        .await?;
    page::show(&page)
}
