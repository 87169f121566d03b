//! Visits: the list, one visit, and taking one out of the figures.
use super::query::{self, VisitFilter, VisitRow};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    db::Conn,
    directory, enterprise,
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
#[template(path = "visit/list.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    /// Names that are not clear.
    invalid: Invalid,
    /// Conditions that were not understood.
    misread: Invalid,
    areas: Vec<(String, String)>,
    groups: Vec<(String, String)>,
    /// The company whose visits alone are shown.
    enterprise: Option<String>,
    total: String,
    sheet: Sheet<VisitRow>,
    can_record: bool,
}

const FILTERS: [&str; 8] = ["from", "to", "area", "group", "enterprise", "company", "visitor", "voided"];

/// Companies and visitors that the typed names mean; a message where they are not clear, and then nothing is found.
fn meant(conn: &mut Conn, form: &Form, filter: &mut VisitFilter) -> Result<Invalid> {
    let mut invalid = Invalid::default();
    let too_many = format!("符合的超过 {} 个，请多写几个字", query::MEANT_MOST);
    let company = form.text("company");
    if !company.is_empty() {
        let found = query::enterprises_called(conn, company)?;
        match &found {
            None => invalid.add("company", &too_many),
            Some(_) if crate::search::normal(company).chars().count() < 2 => invalid.add("company", "至少写两个字"),
            Some(_) => {}
        }
        filter.enterprises = Some(found.unwrap_or_default());
    }
    if form.has("visitor") {
        let found = query::cadres_called(conn, form.text("visitor"))?;
        if found.is_none() {
            invalid.add("visitor", &too_many);
        }
        filter.cadres = Some(found.unwrap_or_default());
    }
    Ok(invalid)
}

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
            let shell = Shell::load(conn, &frame, &viewer, &[("走访", None)])?;
            let directory = directory::current(conn)?;
            let mut misread = Invalid::default();
            let (from, to) = form.given_period("走访日期", &mut misread);
            let mut filter = VisitFilter {
                from,
                to,
                area_id: form.given("area", "所属区县", LISTED, &mut misread),
                group_id: form.given("group", "工作组", LISTED, &mut misread),
                enterprise_id: form.given("enterprise", "企业", "请从企业档案里打开", &mut misread),
                voided: form.has("voided"),
                ..VisitFilter::default()
            };
            let invalid = meant(conn, &form, &mut filter)?;
            let enterprise = match (filter.enterprise_id, viewer.scope(Permission::SeeEnterprises)) {
                (Some(id), Some(see)) => enterprise::query::find(conn, see, id).ok().map(|one| one.name),
                _ => None,
            };
            let kept = FILTERS.map(|name| (name, form.text(name)));
            let sheet = Asked::of(&form).load(
                "/visits",
                &kept,
                |row: &VisitRow| row.visit.id,
                |bound, most| query::list(conn, scope, &filter, bound, most),
            )?;
            let total = query::count(conn, scope, &filter)?.to_string();
            let whole_city = scope.reach() == Reach::Everything;
            Ok(ListPage {
                shell,
                invalid,
                misread,
                areas: if whole_city { directory.choices.areas.clone() } else { Vec::new() },
                groups: directory.groups_within(scope).map(|one| (one.id.to_string(), one.name.clone())).collect(),
                enterprise,
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
#[template(path = "visit/show.html")]
struct ShowPage {
    shell: Shell,
    row: VisitRow,
    group: String,
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
    let row = query::find(conn, scope, id)?;
    let shell = Shell::load(conn, frame, viewer, &[("走访", Some("/visits")), (&row.enterprise, None)])?;
    let directory = directory::current(conn)?;
    let found = match viewer.scope(Permission::SeeIssues) {
        Some(see) => query::issues(conn, see, id)?,
        None => Vec::new(),
    };
    let (later, earlier) = query::links(conn, id)?;
    let mine = viewer.scope(Permission::RecordVisits).is_some_and(|scope| query::find(conn, scope, id).is_ok());
    Ok(ShowPage {
        shell,
        group: directory.group_name(row.visit.group_id).to_owned(),
        rows: found.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect(),
        events: record::history(conn, "visits", id)?,
        later,
        earlier,
        can_edit: mine && !row.visit.is_void(),
        row,
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
                record::append(conn, &editor, "visits", id, "作废", &reason)?;
                Ok(format!("/visits/{id}"))
            })
        })
        .await;
    match done {
        Ok(location) => Ok(page::done(location, "这次走访已作废，不再计入统计")),
        Err(Error::Invalid(invalid)) => {
            let typed = (form.text("reason").to_owned(), invalid);
            let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, id, now, typed)).await?;
            page::refuse(&page)
        }
        Err(error) => Err(error),
    }
}
