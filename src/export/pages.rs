//! The ledger's rows of a filter, or those selected, as a download; who took how many stands in the audit log.
use super::{
    columns::layout,
    conditions::conditions,
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
    issue::{Issue, ledger::LedgerFilter},
    sheet::SheetWriter,
    time::Time,
    web::{Answer, AppData, file},
};
use actix_web::{HttpRequest, web};

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
    let shown = app.db.read(move |conn| conditions(conn, &asked)).await?;
    send(app, request, viewer, shown, move |conn, after| filter.block(conn, scope, now, Some(after), BLOCK)).await
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
    let (mut rows, _) = app.db.read(move |conn| chosen(conn, &seer, &form, MOST)).await?;
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
    // Of one who belongs to an area alone; what the pages call 市 is 郑州市 on paper.
    let own_area = viewer.area_id.filter(|_| viewer.unit_id.is_none() && viewer.group_id.is_none());
    let home = viewer.home.clone();
    let with_words = viewer.reads_company_words();
    let (file, count) = app
        .db
        .snapshot(move |conn| {
            let directory = directory::current(conn)?;
            let city = directory.city().map_or("", |city| city.name.as_str());
            let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
            let by = own_area.and_then(|id| directory.area(id)).map_or(home.as_str(), |area| area.name.as_str());
            let frame = layout("问题台账", city, by, today, today);
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
    file::spreadsheet(file, &format!("问题台账-{today}.xlsx"))
}
