//! One step's form behind a link.
use super::query;
use crate::{
    access::{Permission, Viewer},
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::Form,
    issue::{
        Issue,
        pages::{
            act::act_once,
            fields::{self, Field, Kind},
        },
        perform::load,
        query::find,
        workflow::Action,
    },
    once,
    portal::official,
    time::Time,
    web::{Answer, AppData, page, session, shell::Shell},
};
use actix_web::{HttpRequest, http::StatusCode, web};
use askama::Template;

#[derive(Template)]
#[template(path = "step_link/form.html")]
struct StepPage {
    shell: Shell,
    key: String,
    issue: Issue,
    action: Action,
    who: String,
    fields: Vec<Field>,
    form: Form,
    invalid: Invalid,
}

#[derive(Template)]
#[template(path = "step_link/done.html")]
struct DonePage {
    shell: Shell,
    number: String,
    action: Action,
}

/// The link is used, too old, or its step is no longer to be done.
#[derive(Template)]
#[template(path = "step_link/closed.html")]
struct ClosedPage {
    shell: Shell,
    why: String,
}

/// What a link's page is, or why there is none any more.
fn answer(request: &HttpRequest, status: StatusCode, built: Result<StepPage>) -> Answer {
    match built {
        Ok(page) => page::with_status(status, &page),
        Err(Error::Refused(why)) => page::refuse(&ClosedPage { shell: Shell::plain(request, None), why }),
        Err(error) => Err(error),
    }
}

impl StepPage {
    fn is_short(&self, field: &Field) -> bool {
        !matches!(field.kind, Kind::Area)
    }
    /// (value, label, no small line) of what is chosen from; empty for what is written.
    fn options(&self, field: &Field) -> Vec<(String, String, String)> {
        match &field.kind {
            Kind::Radio(options) => {
                options.iter().map(|(value, label)| (value.clone(), label.clone(), String::new())).collect()
            }
            _ => Vec::new(),
        }
    }
    fn value<'a>(&'a self, field: &'a Field) -> &'a str {
        if self.form.0.is_empty() { &field.value } else { self.form.text(field.id) }
    }
}

/// The person of the link, with the rights of today.
fn person(conn: &mut Conn, user_id: i64) -> Result<Viewer> {
    session::viewer(conn, user_id)?.filter(|viewer| !viewer.must_change_password).ok_or(Error::Forbidden)
}

fn build(conn: &mut Conn, shell: Shell, key: String, form: Form, invalid: Invalid) -> Result<StepPage> {
    let link = query::open(conn, &key, Time::system())?;
    let viewer = person(conn, link.user_id)?;
    let issue = find(conn, viewer.require(Permission::SeeIssues)?, &link.number)?;
    if crate::issue::workflow::transition(link.action, issue.status).is_none() {
        let why = format!("这件问题现在是“{}”，不用再{}", issue.status.label(), link.action.label());
        return Err(Error::refused(why));
    }
    let dossier = load(conn, issue)?;
    official::expect_companys_phone(conn, link.action, &dossier.detail.contact_phone)?;
    let directory = directory::current(conn)?;
    Ok(StepPage {
        shell,
        key,
        fields: fields::fields(link.action, &dossier, &directory, Time::system()),
        issue: dossier.issue,
        action: link.action,
        who: format!("{} {}", viewer.home, viewer.name),
        form,
        invalid,
    })
}

/// Looking changes nothing, so that a mail server that opens links does no harm.
pub async fn show(app: AppData, request: HttpRequest, key: web::Path<String>) -> Answer {
    let shell = Shell::plain(&request, None);
    let key = key.into_inner();
    let read = app.db.read(move |conn| build(conn, shell, key, Form::default(), Invalid::default()));
    answer(&request, StatusCode::OK, read.await)
}

pub async fn act(app: AppData, request: HttpRequest, key: web::Path<String>, form: Form) -> Answer {
    let shell = Shell::plain(&request, None);
    let key = key.into_inner();
    let at = app.now();
    let (wanted, mut sent) = (key.clone(), form.clone());
    // The token is good for this link alone.
    sent.set("key", &key);
    let done = app.db.write(move |conn| {
        once::once(conn, &sent, |conn| {
            let now = Time::system();
            let link = query::open(conn, &wanted, now)?;
            let viewer = person(conn, link.user_id)?;
            let issue = find(conn, viewer.require(Permission::SeeIssues)?, &link.number)?;
            let dossier = load(conn, issue)?;
            official::expect_companys_phone(conn, link.action, &dossier.detail.contact_phone)?;
            act_once(conn, &viewer, &link.number, link.action.as_str(), &sent, at)?;
            query::use_up(conn, &wanted, now)?;
            Ok(format!("{}/{}", link.action.as_str(), link.number))
        })
    });
    let (status, built) = match done.await {
        Ok(did) => {
            let (action, number) = did.split_once('/').unwrap_or_default();
            let action = Action::parse(action).ok_or(Error::NotFound)?;
            return page::show(&DonePage { shell, number: number.to_owned(), action });
        }
        Err(error @ Error::Refused(_)) => (StatusCode::UNPROCESSABLE_ENTITY, Err(error)),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            (status, app.db.read(move |conn| build(conn, shell, key, form, invalid)).await)
        }
    };
    answer(&request, status, built)
}
