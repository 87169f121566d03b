//! Symposiums: the list, one with its companies and problems, and taking one out of the figures.
use super::{
    Symposium,
    query::{self, SymposiumFilter, SymposiumRow},
};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::{Form, LISTED},
    issue::pages::IssueRow,
    once,
    record::{self, RecordEvent},
    time::Time,
    web::{
        Answer, AppData, page,
        paging::{Asked, Sheet},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "symposium/list.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    /// Conditions that were not understood.
    misread: Invalid,
    areas: Vec<(String, String)>,
    groups: Vec<(String, String)>,
    total: String,
    sheet: Sheet<SymposiumRow>,
    can_record: bool,
}

const FILTERS: [&str; 6] = ["from", "to", "area", "group", "enterprise", "voided"];

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let page = app
        .db
        .read(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("座谈会", None)])?;
            let directory = directory::current(conn)?;
            let mut misread = Invalid::default();
            let (from, to) = form.given_period("座谈会日期", &mut misread);
            let filter = SymposiumFilter {
                from,
                to,
                area_id: form.given("area", "所属区县", LISTED, &mut misread),
                group_id: form.given("group", "工作组", LISTED, &mut misread),
                enterprise_id: form.given("enterprise", "企业", "请从企业档案里打开", &mut misread),
                voided: form.has("voided"),
            };
            let kept = FILTERS.map(|name| (name, form.text(name)));
            let sheet = Asked::of(&form).load(
                "/symposiums",
                &kept,
                |row: &SymposiumRow| row.symposium.id,
                |bound, most| query::list(conn, scope, &filter, bound, most),
            )?;
            let total = query::count(conn, scope, &filter)?.to_string();
            let whole_city = scope.reach() == Reach::Everything;
            Ok(ListPage {
                shell,
                misread,
                areas: if whole_city { directory.choices.areas.clone() } else { Vec::new() },
                groups: directory.groups_within(scope).map(|one| (one.id.to_string(), one.name.clone())).collect(),
                total,
                sheet,
                can_record: viewer.may(Permission::RecordVisits),
                form,
            })
        })
        .await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "symposium/show.html")]
struct ShowPage {
    shell: Shell,
    symposium: Symposium,
    group: String,
    companies: Vec<(i64, String)>,
    rows: Vec<IssueRow>,
    events: Vec<RecordEvent>,
    later: Option<i64>,
    earlier: Option<i64>,
    can_edit: bool,
    reason: String,
    invalid: Invalid,
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: i64,
    now: Time,
    typed: (String, Invalid),
) -> Result<ShowPage> {
    let symposium = query::find(conn, scope, id)?;
    let crumbs = [("座谈会", Some("/symposiums")), (symposium.topic.as_str(), None)];
    let shell = Shell::load(conn, frame, viewer, &crumbs)?;
    let directory = directory::current(conn)?;
    let see = viewer.require(Permission::SeeIssues)?;
    let found = query::issues(conn, see, id)?;
    let (later, earlier) = query::links(conn, id)?;
    let mine = viewer.scope(Permission::RecordVisits).is_some_and(|scope| query::find(conn, scope, id).is_ok());
    Ok(ShowPage {
        shell,
        group: directory.group_name(symposium.group_id).to_owned(),
        companies: query::enterprises(conn, id)?,
        rows: found.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect(),
        events: record::history(conn, "symposiums", id)?,
        later,
        earlier,
        can_edit: mine && !symposium.is_void(),
        symposium,
        reason: typed.0,
        invalid: typed.1,
    })
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, *id, now, Default::default())).await?;
    page::show(&page)
}

pub async fn void(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let (frame, now, id) = (Frame::of(&app, &request), app.now(), *id);
    let (typed, editor) = (form.clone(), viewer.clone());
    let done = app
        .db
        .write(move |conn| {
            once::once(conn, &typed, |conn| {
                let mut invalid = Invalid::default();
                let reason = typed.required("reason", "请写明作废的原因", &mut invalid);
                typed.limited("reason", 200, &mut invalid);
                invalid.check()?;
                query::void(conn, scope, id, &reason, now)?;
                record::append(conn, &editor, "symposiums", id, "作废", &reason)?;
                Ok(format!("/symposiums/{id}"))
            })
        })
        .await;
    match done {
        Ok(location) => Ok(page::done(location, "这次座谈会已作废，不再计入统计；会上记的问题不受影响")),
        Err(Error::Invalid(invalid)) => {
            let typed = (form.text("reason").to_owned(), invalid);
            let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, id, now, typed)).await?;
            page::refuse(&page)
        }
        Err(error) => Err(error),
    }
}
