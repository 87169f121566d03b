//! Import from Excel: messy files made here, each kind end to end, on the command line and behind the page.
mod command;
mod history;
mod kinds;
mod page;
mod people;

pub use page::{settled, uploaded};

use crate::support::city::City;
use rust_xlsxwriter::{Workbook as Out, Worksheet};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use zhuqi::{
    audit::AuditActor,
    config::ImportArgs,
    db::Conn,
    error::Result,
    import::{Importing, Kind, command as commands, run},
    sheet::Workbook,
};

/// A workbook whose first sheet `fill` fills, in a folder that goes with it.
fn filled(name: &str, fill: impl FnOnce(&mut Worksheet)) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    let mut book = Out::new();
    fill(book.add_worksheet());
    book.save(&path).expect("saves");
    (folder, path)
}

fn put(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, text) in (0..).zip(cells) {
        if !text.is_empty() {
            sheet.write_string(row, column, *text).expect("writes");
        }
    }
}

/// A workbook of texts, the head first.
pub fn book(rows: &[&[&str]]) -> (TempDir, PathBuf) {
    filled("名单.xlsx", |sheet| {
        for (at, cells) in (0..).zip(rows) {
            put(sheet, at, cells);
        }
    })
}

fn arguments(kind: Kind, path: &Path) -> ImportArgs {
    ImportArgs {
        kind: kind.as_str().into(),
        file: path.to_owned(),
        map: None,
        dry_run: false,
        skip_bad: false,
        bad_rows: None,
        source: None,
    }
}

fn import(city: &City, kind: Kind, path: &Path) -> Result<()> {
    commands::import(&city.app.db, city.app.clock, &arguments(kind, path))
}

fn import_without_bad(city: &City, kind: Kind, path: &Path) -> Result<()> {
    let args = ImportArgs { skip_bad: true, ..arguments(kind, path) };
    commands::import(&city.app.db, city.app.clock, &args)
}

/// What the file would do now.
fn look(city: &City, kind: Kind, path: &Path) -> run::Report {
    let mut book = Workbook::open(path).expect("opens");
    let table = run::table(&mut book, kind, "").expect("a table");
    let by = Importing {
        actor: AuditActor::command_line(),
        now: city.app.now(),
        source: path.file_stem().expect("a name").to_string_lossy().into_owned(),
        passwords: Arc::default(),
    };
    let bad = path.with_extension("looked.xlsx");
    let looked =
        city.app.db.snapshot_blocking(|conn| run::pass(conn, (&mut book, &table), kind, by, false, &bad, &|_| {}));
    looked.expect("looks")
}

/// (new, changed, unchanged, bad)
fn counts(report: &run::Report) -> (u64, u64, u64, u64) {
    (report.new, report.changed, report.unchanged, report.bad)
}

/// Imports the file, which must be without a fault, and sees that a second time nothing is left to do.
#[track_caller]
fn twice(city: &City, kind: Kind, path: &Path) -> run::Report {
    let before = look(city, kind, path);
    assert_eq!(before.bad, 0, "{:?}", before.bad_rows);
    import(city, kind, path).expect("imports");
    let after = look(city, kind, path);
    assert_eq!(counts(&after), (0, 0, before.rows(), 0), "{:?}", after.bad_rows);
    let events = read(city, audit_events);
    import(city, kind, path).expect("imports again");
    assert_eq!(read(city, audit_events), events, "nothing was written, so nothing is audited");
    before
}

fn audit_events(conn: &mut Conn) -> Result<i64> {
    use diesel::prelude::*;
    Ok(zhuqi::schema::audit_events::table.count().get_result(conn)?)
}

fn read<T>(city: &City, f: impl FnOnce(&mut Conn) -> Result<T>) -> T {
    city.app.db.read_blocking(f).expect("reads")
}

/// The reasons of bad rows, with their row.
fn reasons(report: &run::Report) -> Vec<String> {
    report.bad_rows.iter().map(|(row, why)| format!("{row} {why}")).collect()
}
