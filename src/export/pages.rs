//! The ledger's rows of a filter as a download; who took how many stands in the audit log.
use super::{
    columns::layout,
    query::{BLOCK, Line, State},
    write::{failed, rows},
};
use crate::{
    access::{Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    directory,
    form::Form,
    issue::ledger::LedgerFilter,
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
    let filter = LedgerFilter::parse(&Form(query.into_inner()));
    let (now, today) = (app.now(), app.today());
    let by = viewer.home.clone();
    let shown = filter.query_string();
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
                let issues = filter.block(conn, scope, now, Some(after), BLOCK)?;
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
    let what = format!("问题台账 {count} 件，条件：{shown}");
    app.db.write(move |conn| audit::append(conn, &actor, AuditAction::Export, "ledger", &what)).await?;
    file::spreadsheet(file, &format!("ledger-{today}.xlsx"))
}
