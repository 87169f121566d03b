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
    page::show(&read.await?)
}

pub async fn act(app: AppData, request: HttpRequest, key: web::Path<String>, form: Form) -> Answer {
    let shell = Shell::plain(&request, None);
    let key = key.into_inner();
    let at = app.now();
    let (wanted, sent) = (key.clone(), form.clone());
    let done = app.db.write(move |conn| {
        let now = Time::system();
        let link = query::open(conn, &wanted, now)?;
        let viewer = person(conn, link.user_id)?;
        act_once(conn, &viewer, &link.number, link.action.as_str(), &sent, at)?;
        query::use_up(conn, &wanted, now)?;
        Ok(link)
    });
    let (status, invalid) = match done.await {
        Ok(link) => return page::show(&DonePage { shell, number: link.number, action: link.action }),
        Err(Error::Invalid(invalid)) => (StatusCode::UNPROCESSABLE_ENTITY, invalid),
        Err(Error::Conflict(why)) => (StatusCode::CONFLICT, Invalid::one("", why)),
        Err(error) => return Err(error),
    };
    let read = app.db.read(move |conn| build(conn, shell, key, form, invalid));
    page::with_status(status, &read.await?)
}
