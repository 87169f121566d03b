//! Symposiums: the list, one with its companies and problems, and entering one with up to ten problems in one go.
use super::{Symposium, query};
use crate::{
    access::{Permission, Scope, Viewer},
    calendar::shanghai_date,
    db::Conn,
    directory, enterprise,
    error::{Error, Invalid, Result},
    form::Form,
    issue::{
        apply::Actor,
        pages::IssueRow,
        submit::{NewIssue, submit, title_of},
        workflow::*,
    },
    once,
    record::{self, RecordEvent},
    time::Time,
    visit::query::fresh_key,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

const SIZE: i64 = 50;
/// Lines for a company and its problem on the form.
const LINES: usize = 10;

#[derive(Template)]
#[template(path = "symposium/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<(Symposium, String)>,
    next: Option<String>,
    can_record: bool,
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
            let shell = Shell::load(conn, &frame, &viewer, &[("座谈会", None)])?;
            let mut rows = query::list(conn, scope, form.parse("before"), SIZE + 1)?;
            let more = rows.len() as i64 > SIZE;
            rows.truncate(SIZE as usize);
            let next = rows.last().filter(|_| more).map(|last| format!("/symposiums?before={}", last.0.id));
            Ok(ListPage { shell, rows, next, can_record: viewer.may(Permission::RecordVisits) })
        })
        .await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "symposium/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    invalid: Invalid,
    lines: Vec<Line>,
    companies: Vec<String>,
}

struct Line {
    number: usize,
    company: String,
    text: String,
    message: Option<String>,
}

fn field(kind: &str, number: usize) -> String {
    format!("{kind}{number}")
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    form: Form,
    invalid: Invalid,
) -> Result<NewPage> {
    let shell = Shell::load(conn, frame, viewer, &[("座谈会", Some("/symposiums")), ("记一次座谈会", None)])?;
    let lines = (1..=LINES)
        .map(|number| Line {
            number,
            company: form.text(&field("company", number)).to_owned(),
            text: form.text(&field("text", number)).to_owned(),
            message: invalid.at(&field("company", number)).map(str::to_owned),
        })
        .collect();
    // The browser suggests these while a name is typed; a city's list is too long for it.
    let companies = match scope.reach() {
        crate::access::Reach::Everything => Vec::new(),
        _ => enterprise::query::search(conn, scope, "", 300)?.into_iter().map(|one| one.name).collect(),
    };
    Ok(NewPage { shell, form, invalid, lines, companies })
}

pub async fn new_form(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope) -> Answer {
    let frame = Frame::of(&app, &request);
    let page =
        app.db.read(move |conn| build(conn, &frame, &viewer, scope, Form::default(), Invalid::default())).await?;
    page::show(&page)
}

fn record(conn: &mut Conn, viewer: &Viewer, scope: Scope, form: &Form, now: Time) -> Result<String> {
    let today = shanghai_date(now);
    let mut invalid = Invalid::default();
    let topic = form.required("topic", "请填写座谈会主题", &mut invalid);
    form.limited("topic", 100, &mut invalid);
    let place = form.limited("place", 100, &mut invalid);
    let note = form.limited("note", 3000, &mut invalid);
    let held_on = match form.text("held_on") {
        "" => Some(today),
        text => text.parse().ok(),
    };
    match held_on {
        None => invalid.add("held_on", "日期请写成 2022-06-09"),
        Some(on) if on > today => invalid.add("held_on", "座谈会日期不能在今天之后"),
        Some(_) => {}
    }
    let mut taking_part = Vec::new();
    for number in 1..=LINES {
        let (name, text) = (form.text(&field("company", number)), form.text(&field("text", number)));
        if name.is_empty() && text.is_empty() {
            continue;
        }
        match enterprise::query::search(conn, scope, name, 2)?.as_slice() {
            [one] if !name.is_empty() => taking_part.push((one.clone(), text.to_owned())),
            [_, ..] if !name.is_empty() => {
                // Several contain it: the one that is called exactly so.
                let exact = enterprise::query::search(conn, scope, name, 50)?.into_iter().find(|one| one.name == name);
                match exact {
                    Some(one) => taking_part.push((one, text.to_owned())),
                    None => invalid.add(&field("company", number), format!("“{name}”不止一家，请写全称")),
                }
            }
            _ => invalid.add(&field("company", number), format!("您的范围内没有“{name}”，请写全称或先建企业")),
        }
    }
    if taking_part.is_empty() && invalid.is_empty() {
        invalid.add("company1", "请至少填写一家参加的企业");
    }
    invalid.check()?;
    let held_on = held_on.unwrap_or(today);
    let symposium = Symposium {
        id: fresh_key(held_on, now),
        topic,
        group_id: viewer.group_id,
        area_id: taking_part[0].0.area_id,
        host_id: viewer.id,
        held_on,
        place,
        note,
        recorded_at: now,
        voided_at: Time::NEVER,
        void_reason: String::new(),
        version: 1,
    };
    let mut companies: Vec<i64> = taking_part.iter().map(|(one, _)| one.id).collect();
    companies.sort_unstable();
    companies.dedup();
    query::insert(conn, &symposium, &companies)?;
    let actor = Actor::of(viewer, Permission::RecordIssue);
    let mut recorded = 0;
    for (company, text) in taking_part.iter().filter(|(_, text)| !text.is_empty()) {
        let new = NewIssue {
            enterprise_id: Some(company.id),
            enterprise_name: company.name.clone(),
            area_id: company.area_id,
            group_id: enterprise::query::assigned(conn, company.id)?.map(|(group, _)| group),
            collector_id: Some(viewer.id),
            channel: Channel::Symposium,
            title: title_of(text),
            description: text.clone(),
            demand: String::new(),
            urgency: Urgency::Normal,
            contact_name: company.contact_name.clone(),
            contact_phone: company.contact_phone.clone(),
            code_hash: None,
            visit_id: None,
            symposium_id: Some(symposium.id),
            external: None,
        };
        submit(conn, &actor, new, now)?;
        recorded += 1;
    }
    let what = format!("{} 家企业，{recorded} 个问题", companies.len());
    record::append(conn, viewer, "symposiums", symposium.id, "记录座谈会", &what)?;
    Ok(format!("/symposiums/{}", symposium.id))
}

pub async fn create(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, form: Form) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let (typed, editor) = (form.clone(), viewer.clone());
    let made =
        app.db.write(move |conn| once::once(conn, &typed, |conn| record(conn, &editor, scope, &typed, now))).await;
    match made {
        Ok(location) => Ok(page::done(location, "座谈会已保存，问题已报助企办")),
        Err(Error::Invalid(invalid)) => {
            let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, form, invalid)).await?;
            page::refuse(&page)
        }
        Err(error) => Err(error),
    }
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
    can_void: bool,
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let page = app
        .db
        .read(move |conn| {
            let symposium = query::find(conn, scope, *id)?;
            let crumbs = [("座谈会", Some("/symposiums")), (symposium.topic.as_str(), None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let directory = directory::current(conn)?;
            let see = viewer.require(Permission::SeeIssues)?;
            let found = query::issues(conn, see, symposium.id)?;
            let can_void = symposium.voided_at.is_never()
                && viewer.scope(Permission::RecordVisits).is_some_and(|scope| query::find(conn, scope, *id).is_ok());
            Ok(ShowPage {
                shell,
                group: directory.group_name(symposium.group_id).to_owned(),
                companies: query::enterprises(conn, symposium.id)?,
                rows: found.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect(),
                events: record::history(conn, "symposiums", symposium.id)?,
                symposium,
                can_void,
            })
        })
        .await?;
    page::show(&page)
}

pub async fn void(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    let reason = form.text("reason").to_owned();
    if reason.is_empty() {
        return Err(Error::refused("请写明作废的原因"));
    }
    let at = app.now();
    let location = format!("/symposiums/{id}");
    app.db
        .write(move |conn| {
            query::void(conn, scope, *id, &reason, at)?;
            record::append(conn, &viewer, "symposiums", *id, "作废", &reason)
        })
        .await?;
    Ok(page::done(location, "这次座谈会已作废，不再计入统计；会上记的问题不受影响"))
}
