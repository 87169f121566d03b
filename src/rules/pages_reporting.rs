//! What figures begin with and what counts as resolved: each change as a new version.
use super::{Kind, Reporting, query};
use crate::{
    access::{Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    calendar::shanghai_date,
    db::Conn,
    directory,
    error::{Invalid, Result},
    form::Form,
    issue::workflow::Resolution,
    once,
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::HttpRequest;
use askama::Template;

/// 无效 is no part of what is collected, so it cannot be resolved either.
fn may_count(one: Resolution) -> bool {
    one != Resolution::Invalid
}

#[derive(Template)]
#[template(path = "rules/reporting.html")]
struct ReportingPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    /// (value, label, checked)
    types: Vec<(String, String, bool)>,
    /// None: never said.
    stands: Option<Reporting>,
    base: i64,
    versions: Vec<query::Version>,
}

/// What stands, and its version; None and 0 before the office has said anything.
fn current(conn: &mut Conn) -> Result<(Option<Reporting>, i64)> {
    let Some(base) = query::versions(conn, Kind::Reporting)?.last().map(|version| version.id) else {
        return Ok((None, 0));
    };
    Ok((Some(directory::current(conn)?.rules.reporting().clone()), base))
}

fn build(conn: &mut Conn, frame: &Frame, viewer: &Viewer, typed: Option<(Form, Invalid)>) -> Result<ReportingPage> {
    let (stands, base) = current(conn)?;
    let (form, invalid) = typed.unwrap_or_else(|| {
        let shown = stands.clone().unwrap_or_default();
        let mut fields = vec![("started_on".to_owned(), String::new())];
        if let Some(stands) = &stands {
            fields[0].1 = stands.started_on.to_string();
        }
        fields.extend(shown.resolved.iter().map(|one| ("resolved".to_owned(), one.as_str().to_owned())));
        (Form(fields), Invalid::default())
    });
    let offered = Resolution::ALL.iter().filter(|one| may_count(**one));
    let is_checked = |one: &Resolution| form.all("resolved").any(|value| value == one.as_str());
    let mut versions = query::versions(conn, Kind::Reporting)?;
    versions.reverse();
    Ok(ReportingPage {
        shell: Shell::load(conn, frame, viewer, &[("统计设置", None)])?,
        types: offered.map(|one| (one.as_str().to_owned(), one.label().to_owned(), is_checked(one))).collect(),
        invalid,
        form,
        stands,
        base,
        versions,
    })
}

fn changed(form: &Form, now: Time, invalid: &mut Invalid) -> Reporting {
    form.required("started_on", "请填写活动第一天", invalid);
    let started_on = form.past_day("started_on", "活动第一天", shanghai_date(now), now, invalid);
    let types: Option<Vec<Resolution>> =
        form.all("resolved").map(|word| Resolution::parse(word).filter(|one| may_count(*one))).collect();
    let resolved = types.unwrap_or_default();
    if resolved.is_empty() {
        invalid.add("resolved", "请至少选一类");
    }
    Reporting { started_on, resolved }
}

fn save(conn: &mut Conn, viewer: &Viewer, address: &str, form: &Form, now: Time) -> Result<String> {
    let mut invalid = Invalid::default();
    let reporting = changed(form, now, &mut invalid);
    let reason = form.required("reason", "请写明依据", &mut invalid);
    form.limited("reason", 200, &mut invalid);
    let (stands, base) = current(conn)?;
    if form.parse("base") != Some(base) {
        invalid.add("", "您打开页面以后别人改过统计设置，请看过现在的内容再保存");
    } else if stands.as_ref() == Some(&reporting) {
        invalid.add("", "和现在的设置一样，没有要保存的");
    }
    invalid.check()?;
    let told = format!("活动第一天 {}，计入已解决：{}；{reason}", reporting.started_on, reporting.resolved_label());
    let at = query::moment(conn, now)?;
    query::save_reporting(conn, Some(viewer), &reporting, &told, at)?;
    audit::append(conn, &AuditActor::of(viewer, address), AuditAction::RulesChanged, "统计设置", &told)?;
    Ok("/reporting".into())
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope) -> Answer {
    let frame = Frame::of(&app, &request);
    page::show(&app.db.read(move |conn| build(conn, &frame, &viewer, None)).await?)
}

pub async fn change(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, form: Form) -> Answer {
    let (typed, editor, now, address) = (form.clone(), viewer.clone(), app.now(), app.address(&request));
    let saved =
        app.db.write(move |conn| once::once(conn, &typed, |conn| save(conn, &editor, &address, &typed, now))).await;
    match saved {
        Ok(location) => Ok(page::done(location, "已保存；所有统计数字现在就按它计算")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            let (frame, typed) = (Frame::of(&app, &request), Some((form, invalid)));
            page::with_status(status, &app.db.read(move |conn| build(conn, &frame, &viewer, typed)).await?)
        }
    }
}
