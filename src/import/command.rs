//! `zhuqi import`: shows how the file is understood and what it would do, then does it in one transaction or not at all.
use super::{Importing, Kind, files, run, run::Report, users};
use crate::{
    audit::{self, AuditAction, AuditActor},
    calendar::Clock,
    config::ImportArgs,
    db::Db,
    error::{Error, Result, io_words},
    sheet::{SheetError, Table, Workbook},
};
use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file's name without its end, or what was given.
fn source(args: &ImportArgs) -> String {
    let stem = args.file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    args.source.clone().filter(|source| !source.trim().is_empty()).map_or(stem, |source| source.trim().to_owned())
}

/// NAME.bad.xlsx beside NAME.xlsx.
fn beside(file: &Path, end: &str) -> PathBuf {
    file.with_extension(format!("{end}.xlsx"))
}

/// A name that no file has yet, taken by an empty file: passwords that were handed over once are nowhere else, so they are
/// never replaced.
fn passwords_file(file: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut number = 1;
    loop {
        let end = if number == 1 { "passwords".to_owned() } else { format!("passwords-{number}") };
        let path = beside(file, &end);
        match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(_) => return Ok(path),
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(cause) => {
                return Err(Error::refused(format!("不能写入 {}：{}", path.display(), io_words(&cause))));
            }
        }
    }
}

pub fn import(db: &Db, clock: Clock, args: &ImportArgs) -> Result<()> {
    let kind = Kind::parse(&args.kind).ok_or_else(|| Error::refused("不能导入这种数据"))?;
    let mut book = Workbook::open(&args.file)?;
    let table = run::table(&mut book, kind, args.map.as_deref().unwrap_or_default()).map_err(|error| match error {
        SheetError::Head(why) => Error::refused(format!("{why}；也可以用 --map '文件里的列名=字段' 指定")),
        other => other.into(),
    })?;
    let mut by = Importing {
        actor: AuditActor::command_line(),
        now: clock.now(),
        source: source(args),
        passwords: Arc::default(),
    };
    let bad = args.bad_rows.clone().unwrap_or_else(|| beside(&args.file, "bad"));
    let looked = db.snapshot_blocking(|conn| {
        let progress = progress("检查", table.all_rows());
        run::pass(conn, (&mut book, &table), kind, by.clone(), false, &bad, &progress)
    })?;
    // Its texts are in memory; the second pass opens it anew.
    drop(book);
    print(&looked, kind, &by.source);
    if looked.bad > 0 {
        println!("有错的行（附原因）已写到 {}", bad.display());
    }
    if args.dry_run {
        println!("只检查，没有写入");
        return Ok(());
    }
    if looked.bad > 0 && !args.skip_bad {
        let why = format!("有 {} 行有错，没有写入任何内容。改好后重新导入，或加 --skip-bad 只导入其余的行", looked.bad);
        return Err(Error::refused(why));
    }
    if looked.to_write() == 0 {
        println!("没有要写入的内容");
        return Ok(());
    }
    let mut passwords = None;
    if kind == Kind::Users {
        let progress = progress("生成口令", looked.new);
        by.passwords = Arc::new(users::passwords(looked.new, &progress)?);
        passwords = Some(passwords_file(&args.file)?);
    }
    let done = apply(db, &args.file, &table, kind, &by, args.skip_bad, &bad, passwords.as_deref());
    if let Some(passwords) = passwords.take_if(|_| !done.as_ref().is_ok_and(|done| !done.opened.is_empty())) {
        // Nobody was opened an account.
        let _ = std::fs::remove_file(&passwords);
    }
    let done = done?;
    println!("已导入{}：{}", kind.label(), done.counts());
    if let Some(passwords) = passwords {
        if passwords != beside(&args.file, "passwords") {
            println!("已有初始口令文件，没有覆盖，这一次另写一个");
        }
        println!("{} 个新账号的初始口令已写到 {}，请妥善保管，发给本人后删除", done.opened.len(), passwords.display());
    }
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "all of them are the command's own")]
fn apply(
    db: &Db,
    file: &Path,
    table: &Table,
    kind: Kind,
    by: &Importing,
    skip_bad: bool,
    bad: &Path,
    passwords: Option<&Path>,
) -> Result<Report> {
    db.write_long(|conn| {
        // Opened anew because the transaction may be played again.
        let mut book = Workbook::open(file)?;
        let progress = progress("写入", table.all_rows());
        let done = run::pass(conn, (&mut book, table), kind, by.clone(), true, bad, &progress)?;
        if done.bad > 0 && !skip_bad {
            return Err(Error::refused(format!("检查之后有 {} 行变得有错，没有写入任何内容，请再试一次", done.bad)));
        }
        if let Some(passwords) = passwords.filter(|_| !done.opened.is_empty()) {
            files::write_passwords(passwords, &done.opened)?;
        }
        let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let detail = format!("{name}：{}", done.counts());
        audit::append(conn, &by.actor, AuditAction::Import, kind.label(), &detail)?;
        Ok(done)
    })
}

/// A line on standard error that tells how far it is.
fn progress(what: &'static str, total: u64) -> impl Fn(u64) + Sync {
    let terminal = std::io::stderr().is_terminal();
    move |done: u64| {
        if terminal {
            eprint!("\r{what} {done}/{total}");
            if done == total {
                eprintln!();
            }
        } else if done.is_multiple_of(2000) || done == total {
            eprintln!("{what} {done}/{total}");
        }
    }
}

fn print(report: &Report, kind: Kind, source: &str) {
    println!("{}：工作表“{}”，表头在第 {} 行", kind.label(), report.sheet, report.head_row);
    for (head, key, name) in &report.columns {
        println!("  {head} → {name}（{key}）");
    }
    if !report.unmapped.is_empty() {
        println!("没有用到的列：{}", report.unmapped.join("、"));
    }
    if !report.other_sheets.is_empty() {
        println!("没有读的工作表：{}", report.other_sheets.join("、"));
    }
    if kind.has_source() {
        println!("来源：{source}");
    }
    println!("{}", report.counts());
    for note in &report.notes {
        println!("{note}");
    }
    for (title, count, lines) in [("提醒", report.warned, &report.warnings), ("有错", report.bad, &report.bad_rows)]
    {
        if count > 0 {
            println!("{title} {count} 条：");
        }
        for (row, text) in lines {
            println!("  第 {row} 行：{text}");
        }
        if count > lines.len() as u64 {
            println!("  ……还有 {} 条", count - lines.len() as u64);
        }
    }
}
