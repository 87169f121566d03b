//! Recording a symposium: companies and up to ten problems in one go.
use super::{
    LINES, Symposium,
    lines::{self, Line},
    query,
};
use crate::{
    access::{Permission, Scope, Viewer},
    calendar::shanghai_date,
    db::Conn,
    enterprise,
    error::{Invalid, Result},
    form::Form,
    issue::{
        apply::Actor,
        submit::{NewIssue, submit, title_of},
        workflow::*,
    },
    once, record,
    time::Time,
    visit::query::fresh_key,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::HttpRequest;
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "symposium/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    invalid: Invalid,
    lines: Vec<Line>,
    companies: Vec<String>,
    can_add: bool,
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
    let lines = lines::typed(conn, scope, &form, &invalid, LINES)?;
    let can_add = viewer.may(Permission::EditEnterprises);
    Ok(NewPage { shell, lines, companies: lines::suggestions(conn, scope)?, can_add, form, invalid })
}

pub async fn new_form(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope) -> Answer {
    let frame = Frame::of(&app, &request);
    let page =
        app.db.read(move |conn| build(conn, &frame, &viewer, scope, Form::default(), Invalid::default())).await?;
    page::show(&page)
}

/// Topic, place, note and day as typed; `otherwise` for an empty day.
pub(super) fn facts(
    form: &Form,
    otherwise: NaiveDate,
    now: Time,
    invalid: &mut Invalid,
) -> (String, String, String, NaiveDate) {
    let topic = form.required("topic", "请填写座谈会主题", invalid);
    form.limited("topic", 100, invalid);
    let place = form.limited("place", 100, invalid);
    let note = form.limited("note", 3000, invalid);
    let held_on = form.past_day("held_on", "座谈会日期", otherwise, now, invalid);
    (topic, place, note, held_on)
}

fn record(conn: &mut Conn, viewer: &Viewer, scope: Scope, form: &Form, now: Time) -> Result<String> {
    let mut invalid = Invalid::default();
    let (topic, place, note, held_on) = facts(form, shanghai_date(now), now, &mut invalid);
    let taking_part = lines::companies(conn, scope, form, &[], (held_on, shanghai_date(now)), &mut invalid)?;
    if taking_part.is_empty() && (1..=LINES).all(|number| !form.has(&lines::field("company", number))) {
        invalid.add("company1", "请至少填写一家参加的企业");
    }
    invalid.check()?;
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
    let companies = lines::ids(&taking_part);
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
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, form, invalid)).await?;
            page::with_status(status, &page)
        }
    }
}
