//! Recording a visit on a phone: a company, and whether it has a problem; each answer is a button that saves.
use super::{COMPANIONS_MOST, MANNERS, NOTE_MOST, Visit, query};
use crate::{
    access::{Reach, Scope, Viewer},
    calendar::shanghai_date,
    db::Conn,
    enterprise::{self, Enterprise},
    error::{Error, Invalid, Result},
    form::Form,
    once, record,
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "visit/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    invalid: Invalid,
    choices: Vec<Enterprise>,
    manners: Vec<(String, String)>,
}

/// The manners to choose from, with the one that stands in the record.
pub(super) fn manners(kept: &str) -> Vec<(String, String)> {
    let known = MANNERS.iter().copied();
    let all = known.chain(Some(kept).filter(|kept| !kept.is_empty() && !MANNERS.contains(kept)));
    all.map(|one| (one.to_owned(), one.to_owned())).collect()
}

/// 勿扰期: the company asked not to be visited then; and one that has ended is not visited any more.
pub(super) fn refuse_day(company: &Enterprise, on: NaiveDate, field: &str, invalid: &mut Invalid) {
    if let Some(why) = company.ended_by(on) {
        invalid.add(field, why);
    }
    if let Some((from, until)) = company.quiet_from.zip(company.quiet_until)
        && (from..=until).contains(&on)
    {
        invalid.add(field, format!("企业 {from} 至 {until} 是勿扰期，请改日再去"));
    }
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
    let own = matches!(scope.reach(), Reach::Own(_));
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
    Ok(NewPage { shell, manners: manners(form.text("manner")), form, invalid, choices })
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
    let mut invalid = Invalid::default();
    let enterprise_id: Option<i64> = form.required_as("enterprise", "请选择企业", &mut invalid);
    let visited_on = form.past_day("visited_on", "走访日期", shanghai_date(now), now, &mut invalid);
    let manner = match form.text("manner") {
        "" => MANNERS[0],
        text => text,
    };
    if !MANNERS.contains(&manner) {
        invalid.add("manner", "请选择走访的方式");
    }
    let note = form.limited("note", NOTE_MOST, &mut invalid);
    let companions = form.limited("companions", COMPANIONS_MOST, &mut invalid);
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
    let mut invalid = Invalid::default();
    refuse_day(&company, visited_on, "enterprise", &mut invalid);
    invalid.check()?;
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
        manner: manner.to_owned(),
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
