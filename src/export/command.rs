//! `zhuqi export ledger`: C on the first sheet; with `--all` the others on a second one.
use super::{
    columns::layout,
    query,
    write::{failed, rows},
};
use crate::{
    audit::{self, AuditAction, AuditActor},
    calendar::Clock,
    config::ExportArgs,
    db::Db,
    directory,
    error::Result,
    report::command::question,
    sheet::SheetWriter,
};

pub fn ledger(db: &Db, clock: Clock, args: &ExportArgs) -> Result<()> {
    let question = question(db, clock, "city", args.from, args.to, args.as_of)?;
    let as_of = question.as_of();
    let count = db.snapshot_blocking(|conn| {
        let directory = directory::current(conn)?;
        let city = directory.city().map_or("", |city| city.name.as_str());
        let frame = |name: &str| layout(name, city, &format!("{city}助企办"), as_of, clock.today());
        let mut writer = SheetWriter::create(&args.output, frame("问题台账")).map_err(failed)?;
        let mut count = rows(conn, &mut writer, &directory, question.before, true, |conn, after| {
            query::counted(conn, &question, true, after)
        })?;
        if args.all {
            writer.sheet(frame("不计入统计")).map_err(failed)?;
            count += rows(conn, &mut writer, &directory, question.before, true, |conn, after| {
                query::counted(conn, &question, false, after)
            })?;
        }
        writer.finish().map_err(failed)?;
        Ok(count)
    })?;
    let what = format!("{count} 件，截至 {as_of}");
    db.write_blocking(move |conn| {
        audit::append(conn, &AuditActor::command_line(), AuditAction::Export, "问题台账", &what)
    })?;
    println!("已导出 {count} 件到 {}", args.output.display());
    Ok(())
}
