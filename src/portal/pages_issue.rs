//! The one issue that a query code opened: how it stands, what happened, and what its company can do.
use super::{official, pages_track::closed, query::Held, ticket, write_down};
use crate::{
    access::{Permission, Scope, Viewer},
    db::Conn,
    directory::{self, Directory},
    error::{Error, Invalid, Result},
    form::Form,
    issue::{
        Dossier, Issue,
        for_company::{self, Line},
        pages::fields::{is_offered, shut},
        perform::{Authority, load, perform},
        query,
        step::Step,
        workflow::{Action, Answer as Solved, Rating, Status, actions},
    },
    once,
    time::Time,
    web::{Answer, App, AppData, page, shell::Shell},
};
use actix_web::{HttpRequest, http::StatusCode, web};
use askama::Template;

#[derive(Template)]
#[template(path = "portal/issue.html")]
struct IssuePage {
    shell: Shell,
    dossier: Dossier,
    area: String,
    unit: String,
    category: String,
    acts: Vec<Act>,
    timeline: Vec<Line>,
    attachments: Vec<query::Attachment>,
    solved: Vec<(String, String, String)>,
    ratings: Vec<(String, String, String)>,
    attempt: Attempt,
}

struct Act {
    action: Action,
    label: &'static str,
    /// Why it cannot be done now.
    shut: Option<String>,
}

impl Act {
    /// The last part of the address.
    fn word(&self) -> &'static str {
        self.action.as_str()
    }
}

/// A step that was refused: shown again with what was typed.
#[derive(Default)]
struct Attempt {
    word: String,
    form: Form,
    invalid: Invalid,
    conflict: Option<String>,
}

impl IssuePage {
    /// What was typed for a step that is not offered any more.
    fn orphaned(&self) -> Vec<&str> {
        if self.acts.iter().any(|act| act.shut.is_none() && act.word() == self.attempt.word) {
            return Vec::new();
        }
        ["text", "words", "reason"]
            .iter()
            .map(|id| self.attempt.form.text(id))
            .filter(|text| !text.is_empty())
            .collect()
    }
}

/// The steps of a company, with their words on this page.
fn label(action: Action) -> &'static str {
    match action {
        Action::Answer => "请您评价",
        Action::Supplement => "补充材料",
        Action::Reopen => "没有解决，要求重开",
        Action::Appeal => "对不予受理申诉",
        Action::Withdraw => "撤回这件问题",
        action => action.label(),
    }
}

fn acts(conn: &mut Conn, dossier: &Dossier, directory: &Directory, now: Time) -> Result<Vec<Act>> {
    let lines = actions(dossier.issue.status).filter(|line| line.needs.contains(&Permission::AnswerAsEnterprise));
    lines
        .map(|line| line.action)
        .filter(|action| is_offered(*action, dossier, directory))
        .map(|action| {
            let shut = match official::expect_companys_phone(conn, action, &dossier.detail.contact_phone) {
                Ok(()) => shut(action, dossier, None, now),
                Err(Error::Refused(why)) => Some(why),
                Err(error) => return Err(error),
            };
            Ok(Act { action, label: label(action), shut })
        })
        .collect()
}

fn options<T: Copy>(all: &[T], pair: impl Fn(T) -> (&'static str, &'static str)) -> Vec<(String, String, String)> {
    all.iter().map(|one| pair(*one)).map(|(word, label)| (word.to_owned(), label.to_owned(), String::new())).collect()
}

fn build(conn: &mut Conn, shell: Shell, issue_id: i64, now: Time, attempt: Attempt) -> Result<IssuePage> {
    let issue = opened(conn, issue_id)?;
    let directory = directory::current(conn)?;
    let dossier = load(conn, issue)?;
    let issue = &dossier.issue;
    Ok(IssuePage {
        shell,
        area: directory.area_name(issue.office_area_id).to_owned(),
        unit: directory.unit_name(issue.lead_unit_id).to_owned(),
        category: directory.category_path(issue.category_id),
        acts: acts(conn, &dossier, &directory, now)?,
        timeline: for_company::lines(&query::events(conn, issue_id)?, &directory)?,
        attachments: query::attachments(conn, issue_id, true)?,
        solved: options(&[Solved::Solved, Solved::Partly, Solved::No], |one| (one.as_str(), one.label())),
        ratings: options(Rating::ALL, |one| (one.as_str(), one.label())),
        attempt,
        dossier,
    })
}

fn opened(conn: &mut Conn, issue_id: i64) -> Result<Issue> {
    query::find_by_id(conn, Scope::by_query_code(issue_id), issue_id)?.ok_or(Error::NotFound)
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Option<Viewer>) -> Answer {
    let Some((held, secret)) = ticket::held(&app, &request).await? else {
        return closed(&app, &request, &Form::default()).await;
    };
    if let Some(refused) = official::refusal(&app, &request, viewer.as_ref()).await {
        return refused;
    }
    let shell = Shell::plain(&request, None);
    let (id, now) = (held.issue_id, app.now());
    let page = app.db.read(move |conn| build(conn, shell, id, now, Attempt::default())).await?;
    let mut response = page::show(&page)?;
    ticket::put(&app, &mut response, &secret, &held)?;
    Ok(response)
}

/// The step that a sent form means, or what must be mended.
fn step(action: Action, form: &Form, held: &Held) -> Result<Step> {
    let mut invalid = Invalid::default();
    let text = form.limited("text", 5000, &mut invalid);
    let reason = form.limited("reason", 5000, &mut invalid);
    let words = form.limited("words", 5000, &mut invalid);
    let step = match action {
        Action::Supplement => Step::Supplement { text },
        Action::Reopen => Step::Reopen { reason },
        Action::Appeal => Step::Appeal { reason },
        Action::Withdraw => Step::Withdraw { reason },
        Action::Answer => Step::Answer {
            solved: form.required_as("solved", "请选择问题是否解决", &mut invalid).unwrap_or(Solved::No),
            result: form.required_as("result", "请选择对结果是否满意", &mut invalid).unwrap_or(Rating::Basic),
            attitude: form.required_as("attitude", "请选择对态度是否满意", &mut invalid).unwrap_or(Rating::Basic),
            words,
            called_back_by: String::new(),
            by_slip_of: held.slip_of.clone(),
            main: None,
            group_id: None,
        },
        _ => return Err(Error::NotFound),
    };
    invalid.check()?;
    Ok(step)
}

fn act_once(conn: &mut Conn, held: &Held, word: &str, form: &Form, address: &str, at: Time) -> Result<Issue> {
    let action = Action::parse(word).ok_or(Error::NotFound)?;
    let issue = opened(conn, held.issue_id)?;
    official::expect_companys_phone(conn, action, &held.phone)?;
    let step = step(action, form, held)?;
    let version = form.parse("version").unwrap_or(0);
    let authority = Authority::by_query_code(held.issue_id);
    let issue = perform(conn, &authority, &issue.number, Some(version), &step, at)?;
    write_down(conn, held, &issue.number, address, action.label())?;
    Ok(issue)
}

fn thanks(issue: &Issue, word: &str) -> &'static str {
    match (word, issue.status) {
        ("answer", Status::Disputed) => "评价已收到。助企办先核实，没解决的重办",
        ("answer", _) => "评价已收到，谢谢",
        ("supplement", _) => "补充已收到，继续办理",
        ("reopen", _) => "已重开，继续办理",
        ("appeal", _) => "申诉已收到，助企办重新甄别",
        _ => "已撤回。助企办会逐件回访撤回的问题",
    }
}

pub async fn act(
    app: AppData,
    request: HttpRequest,
    viewer: Option<Viewer>,
    word: web::Path<String>,
    form: Form,
) -> Answer {
    if let Some(refused) = official::refusal(&app, &request, viewer.as_ref()).await {
        return refused;
    }
    let Some((held, secret)) = ticket::held(&app, &request).await? else {
        return closed(&app, &request, &form).await;
    };
    let (id, at, word) = (held.issue_id, app.now(), word.into_inner());
    let (sent, wanted) = (form.clone(), word.clone());
    let (holder, address) = (held.clone(), app.address(&request));
    let done = app
        .db
        .write(move |conn| {
            once::once(conn, &sent, |conn| {
                act_once(conn, &holder, &wanted, &sent, &address, at)?;
                Ok("/portal/issue".to_owned())
            })?;
            opened(conn, id)
        })
        .await;
    let mut response = match done {
        Ok(issue) => page::done("/portal/issue", thanks(&issue, &word)),
        Err(error) => refused(&app, &request, id, word, form, error).await?,
    };
    ticket::put(&app, &mut response, &secret, &held)?;
    Ok(response)
}

/// The page again, with what was typed and why it was not done.
pub(super) async fn refused(
    app: &App,
    request: &HttpRequest,
    id: i64,
    word: String,
    form: Form,
    error: Error,
) -> Answer {
    let (status, invalid, conflict) = match error {
        Error::Invalid(invalid) => (StatusCode::UNPROCESSABLE_ENTITY, invalid, None),
        Error::Refused(why) => (StatusCode::UNPROCESSABLE_ENTITY, Invalid::one("", why), None),
        Error::Conflict(why) if why == once::SENT_BEFORE => (StatusCode::CONFLICT, Invalid::default(), Some(why)),
        Error::Conflict(_) => (
            StatusCode::CONFLICT,
            Invalid::default(),
            Some("您打开页面之后，这件问题有了新的进展。请看过下面的情况再决定".to_owned()),
        ),
        Error::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, Invalid::one("", error.to_string()), None),
        error => return Err(error),
    };
    let shell = Shell::plain(request, None);
    let attempt = Attempt { word, form, invalid, conflict };
    let now = app.now();
    let page = app.db.read(move |conn| build(conn, shell, id, now, attempt)).await?;
    page::with_status(status, &page)
}
