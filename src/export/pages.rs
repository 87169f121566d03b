//! The ledger's rows of a filter, or those selected, as a download; who took how many stands in the audit log.
use super::{
    columns::layout,
    query::{BLOCK, Line, State},
    write::{failed, rows},
};
use crate::{
    access::{Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    batch::{MOST, one::chosen},
    db::Conn,
    directory,
    error::Result,
    form::Form,
    issue::{
        Issue,
        ledger::{LedgerFilter, Limits},
        workflow::{Channel, Holder, Status},
    },
    schema::enterprises,
    sheet::SheetWriter,
    time::Time,
    web::{Answer, AppData, file},
};
use actix_web::{HttpRequest, web};
use chrono::NaiveDate;
use diesel::prelude::*;

pub async fn download(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let (filter, invalid) = LedgerFilter::parse(&Form(query.into_inner()));
    invalid.check()?;
    let now = app.now();
    let asked = filter.clone();
    let shown = app.db.read(move |conn| told(conn, &asked)).await?;
    send(app, request, viewer, shown, move |conn, after| filter.block(conn, scope, now, Some(after), BLOCK)).await
}

/// The filter as the audit log tells it.
fn told(conn: &mut Conn, filter: &LedgerFilter) -> Result<String> {
    let directory = directory::current(conn)?;
    let company: Option<String> = match filter.enterprise_id {
        Some(id) => enterprises::table.find(id).select(enterprises::name).first(conn).optional()?,
        None => None,
    };
    let day = |on: Option<NaiveDate>| on.map(|on| on.to_string()).unwrap_or_default();
    let conditions = [
        ("关键词", filter.text.clone()),
        ("收集日期从", day(filter.from)),
        ("收集日期到", day(filter.to)),
        ("所属区县", filter.area_id.map_or("", |id| directory.area_name(id)).to_owned()),
        ("工作组", directory.group_name(filter.group_id).to_owned()),
        ("主责单位", directory.unit_name(filter.unit_id).to_owned()),
        ("问题大类", directory.category_path(filter.category_id)),
        ("企业", company.unwrap_or_default()),
        ("当前状态", filter.status.map_or("", Status::label).to_owned()),
        ("在谁手里", filter.holder.map_or("", Holder::label).to_owned()),
        ("来源渠道", filter.channel.map_or("", Channel::label).to_owned()),
        ("本步时限", filter.limits.map_or("", Limits::label).to_owned()),
    ];
    let given: Vec<String> = conditions
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(what, value)| format!("{what} {value}"))
        .collect();
    Ok(if given.is_empty() { "没有条件".to_owned() } else { format!("条件：{}", given.join("，")) })
}

/// Those that were selected in the ledger.
pub async fn selected(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let form = Form(query.into_inner());
    let seer = viewer.clone();
    let mut rows = app.db.read(move |conn| chosen(conn, &seer, &form, MOST)).await?;
    rows.sort_by_key(|issue| issue.id);
    let next = move |_: &mut Conn, after: i64| Ok(rows.iter().filter(|issue| issue.id > after).cloned().collect());
    send(app, request, viewer, "所选".to_owned(), next).await
}

/// The file of the issues that `block` gives after a key, the oldest first, until it gives none.
async fn send(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    shown: String,
    block: impl Fn(&mut Conn, i64) -> Result<Vec<Issue>> + Send + 'static,
) -> Answer {
    let today = app.today();
    let by = viewer.home.clone();
    let with_words = viewer.reads_company_words();
    let (file, count) = app
        .db
        .snapshot(move |conn| {
            let directory = directory::current(conn)?;
            let city = directory.city().map_or("", |city| city.name.as_str());
            let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
            let frame = layout("问题台账", city, &by, today, false);
            let mut writer = SheetWriter::create(file.path(), frame).map_err(failed)?;
            let count = rows(conn, &mut writer, &directory, Time::NEVER, with_words, |conn, after| {
                let issues = block(conn, after)?;
                let Some(last) = issues.last().map(|issue| issue.id) else { return Ok(None) };
                let lines = issues.into_iter().map(|issue| Line { state: State::from(&issue), issue });
                Ok(Some((lines.collect(), last)))
            })?;
            writer.finish().map_err(failed)?;
            // Opened anew, as it was written anew; the name goes with `file`.
            Ok((std::fs::File::open(file.path())?, count))
        })
        .await?;
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let what = format!("{count} 件，{shown}");
    app.db.write(move |conn| audit::append(conn, &actor, AuditAction::Export, "问题台账", &what)).await?;
    file::spreadsheet(file, &format!("ledger-{today}.xlsx"))
}
