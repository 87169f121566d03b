//! Visits: the list, and recording one in three taps on a phone.
use super::{
    Visit,
    query::{self, VisitFilter, VisitRow},
};
use crate::{
    access::{Permission, Scope, Viewer},
    db::Conn,
    directory,
    enterprise::{self, Enterprise},
    error::{Error, Invalid, Result},
    form::Form,
    once,
    record::{self, RecordEvent},
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "visit/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<VisitRow>,
    from: String,
    to: String,
    group: String,
    groups: Vec<(String, String)>,
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
            let shell = Shell::load(conn, &frame, &viewer, &[("走访", None)])?;
            let directory = directory::current(conn)?;
            let filter = VisitFilter {
                from: form.parse("from"),
                to: form.parse("to"),
                group_id: form.parse("group"),
                enterprise_id: form.parse("enterprise"),
            };
            let mut rows = query::list(conn, scope, &filter, form.parse("before"), SIZE + 1)?;
            let more = rows.len() as i64 > SIZE;
            rows.truncate(SIZE as usize);
            let next = rows.last().filter(|_| more).map(|last| {
                let mut pairs = form.clone();
                pairs.set("before", last.visit.id.to_string());
                format!("/visits?{}", serde_urlencoded::to_string(&pairs.0).unwrap_or_default())
            });
            Ok(ListPage {
                shell,
                rows,
                from: form.text("from").to_owned(),
                to: form.text("to").to_owned(),
                group: form.text("group").to_owned(),
                groups: directory.groups_within(scope).map(|one| (one.id.to_string(), one.name.clone())).collect(),
                next,
                can_record: viewer.may(Permission::RecordVisits),
            })
        })
        .await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "visit/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    invalid: Invalid,
    choices: Vec<Enterprise>,
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    form: Form,
    invalid: Invalid,
) -> Result<NewPage> {
    let shell = Shell::load(conn, frame, viewer, &[("走访", Some("/visits")), ("记一次走访", None)])?;
    let own = matches!(scope.reach(), crate::access::Reach::Own(_));
    let mut choices = if own || form.has("search") {
        enterprise::query::search(conn, scope, form.text("search"), 20)?
    } else {
        Vec::new()
    };
    if let Some(id) = form.parse::<i64>("enterprise")
        && !choices.iter().any(|one| one.id == id)
        && let Ok(chosen) = enterprise::query::find(conn, scope, id)
    {
        choices.insert(0, chosen);
    }
    Ok(NewPage { shell, form, invalid, choices })
}

pub async fn new_form(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, form, Invalid::default())).await?;
    page::show(&page)
}

fn record(conn: &mut Conn, viewer: &Viewer, scope: Scope, form: &Form, now: Time) -> Result<String> {
    let today = crate::calendar::shanghai_date(now);
    let mut invalid = Invalid::default();
    let enterprise_id: Option<i64> = form.required_as("enterprise", "请选择企业", &mut invalid);
    let visited_on = match form.text("visited_on") {
        "" => Some(today),
        text => text.parse::<NaiveDate>().ok(),
    };
    match visited_on {
        None => invalid.add("visited_on", "日期请写成 2022-06-09"),
        Some(on) if on > today => invalid.add("visited_on", "走访日期不能在今天之后"),
        Some(_) => {}
    }
    let note = form.limited("note", 1000, &mut invalid);
    let companions = form.limited("companions", 100, &mut invalid);
    let has_problem = match form.text("problem") {
        "yes" => true,
        "no" => false,
        _ => {
            invalid.add("problem", "请选择企业有没有问题");
            false
        }
    };
    invalid.check()?;
    let company = enterprise::query::find(conn, scope, enterprise_id.unwrap_or(0)).map_err(|error| match error {
        Error::NotFound => Invalid::one("enterprise", "没有这家企业，或者不在您的范围内").into(),
        error => error,
    })?;
    let visited_on = visited_on.unwrap_or(today);
    let quiet = company.quiet_from.zip(company.quiet_until);
    if let Some((from, until)) = quiet
        && (from..=until).contains(&visited_on)
    {
        return Err(Invalid::one("enterprise", format!("企业 {from} 至 {until} 是勿扰期，请改日再去")).into());
    }
    let visit = Visit {
        id: query::fresh_key(visited_on, now),
        enterprise_id: company.id,
        cadre_id: viewer.id,
        group_id: match viewer.group_id {
            Some(id) => Some(id),
            None => enterprise::query::assigned(conn, company.id)?.map(|(group, _)| group),
        },
        area_id: company.area_id,
        visited_on,
        manner: "上门走访".into(),
        companions,
        note,
        recorded_at: now,
        voided_at: Time::NEVER,
        void_reason: String::new(),
        version: 1,
    };
    query::insert(conn, &visit)?;
    record::append(conn, viewer, "visits", visit.id, "记录走访", &company.name)?;
    Ok(if has_problem {
        format!("/issues/new?enterprise={}&visit={}", company.id, visit.id)
    } else {
        "/visits".to_owned()
    })
}

pub async fn create(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, form: Form) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let (typed, editor) = (form.clone(), viewer.clone());
    let made =
        app.db.write(move |conn| once::once(conn, &typed, |conn| record(conn, &editor, scope, &typed, now))).await;
    match made {
        Ok(location) => Ok(page::done(location, "走访已保存")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, form, invalid)).await?;
            page::with_status(status, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "visit/show.html")]
struct ShowPage {
    shell: Shell,
    row: VisitRow,
    group: String,
    events: Vec<RecordEvent>,
    can_void: bool,
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let frame = Frame::of(&app, &request);
    let page = app
        .db
        .read(move |conn| {
            let row = query::find(conn, scope, *id)?;
            let shell = Shell::load(conn, &frame, &viewer, &[("走访", Some("/visits")), (&row.enterprise, None)])?;
            let directory = directory::current(conn)?;
            let can_void = !row.visit.is_void()
                && viewer.scope(Permission::RecordVisits).is_some_and(|scope| query::find(conn, scope, *id).is_ok());
            Ok(ShowPage {
                shell,
                group: directory.group_name(row.visit.group_id).to_owned(),
                events: record::history(conn, "visits", row.visit.id)?,
                row,
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
    let location = format!("/visits/{id}");
    app.db
        .write(move |conn| {
            query::void(conn, scope, *id, &reason, at)?;
            record::append(conn, &viewer, "visits", *id, "作废", &reason)
        })
        .await?;
    Ok(page::done(location, "这次走访已作废，不再计入统计"))
}
