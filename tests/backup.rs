//! Backup and restore through the program itself, on files.
use crate::support::city::{self, City, ERQI, MILL, id_of};
use diesel::prelude::*;
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};
use zhuqi::{
    access::Permission,
    attachment,
    db::{Db, connect::Engine},
    issue::{
        apply::Actor,
        submit::{NewIssue, submit},
        workflow::{Channel, Urgency},
    },
    schema::*,
    time::Time,
};

const WORDS: &str = "设备清单：空压机两台\n";

fn zhuqi(data: &Path, database_url: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhuqi"));
    command.env_clear().env("RUST_LOG", "off").env("ZHUQI_DATA", data).args(arguments);
    if let Some(url) = database_url {
        command.env("DATABASE_URL", url);
    }
    command.output().expect("runs")
}

#[track_caller]
fn done(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    out.into_owned()
}

#[track_caller]
fn refused(output: &Output, why: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(err.contains(why), "{err}");
    assert_eq!(err.trim().lines().count(), 1, "one sentence: {err}");
}

fn record(conn: &mut zhuqi::db::Conn, title: &str) -> zhuqi::error::Result<i64> {
    let actor =
        Actor { id: Some(id_of("cadre1")), name: "周包联".into(), by: Permission::RecordIssue, unit_id: None };
    let new = NewIssue {
        enterprise_id: Some(MILL),
        enterprise_name: "郑州砺衡纺织有限公司".into(),
        area_id: ERQI,
        group_id: None,
        collector_id: Some(id_of("cadre1")),
        channel: Channel::ALL[0],
        title: title.into(),
        description: String::new(),
        demand: String::new(),
        urgency: Urgency::ALL[0],
        contact_name: String::new(),
        contact_phone: String::new(),
        code_hash: None,
        visit_id: None,
        symposium_id: None,
        external: None,
    };
    Ok(submit(conn, &actor, new, Time::system())?.id)
}

/// Records one issue with one attachment; returns the file's hash.
fn attach(city: &City) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), WORDS).expect("writes");
    let hash = attachment::store(&city.app.config.attachments(), file.path()).expect("stores");
    let named = hash.clone();
    let written = city.app.db.write_blocking(move |conn| {
        let issue_id = record(conn, "变压器容量不足")?;
        diesel::insert_into(attachments::table)
            .values((
                (attachments::id.eq(1), attachments::issue_id.eq(issue_id), attachments::name.eq("清单.txt")),
                (attachments::content_hash.eq(&named), attachments::content_type.eq("text/plain")),
                (attachments::size.eq(WORDS.len() as i64), attachments::actor.eq("周包联")),
                (attachments::added_at.eq(Time::system()), attachments::voided_at.eq(Time::NEVER)),
                attachments::void_reason.eq(""),
            ))
            .execute(conn)?;
        Ok(())
    });
    written.expect("records");
    hash
}

/// Through the program, with the city as the running server.
fn backup(city: &City) -> PathBuf {
    let file = city.app.config.data_dir.join("everything.tar");
    let url = city.app.db.url().path().expect("a file").display().to_string();
    done(&zhuqi(&city.app.config.data_dir, Some(&format!("sqlite:{url}")), &["backup", &file.display().to_string()]));
    file
}

fn restore(into: &Path, file: &Path, more: &[&str]) -> Output {
    let file = file.display().to_string();
    let mut arguments = vec!["restore", file.as_str()];
    arguments.extend(more);
    zhuqi(into, None, &arguments)
}

fn opened(data: &Path) -> Db {
    Db::open(&format!("sqlite:{}", data.join("zhuqi.db").display())).expect("opens")
}

fn titles(db: &Db) -> Vec<String> {
    db.read_blocking(|conn| Ok(issues::table.order(issues::id).select(issues::title).load(conn)?)).expect("reads")
}

#[test]
fn a_backup_while_the_server_writes_is_one_moment_and_opens_its_attachment() {
    let city = city::fresh_on_sqlite();
    let hash = attach(&city);
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let writer = {
        let (db, stop, written) = (city.app.db.clone(), stop.clone(), written.clone());
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                // Two rows in one transaction: a backup has both or none.
                db.write_blocking(|conn| {
                    record(conn, "甲")?;
                    record(conn, "乙")
                })
                .expect("writes");
                written.fetch_add(2, Ordering::Relaxed);
            }
        })
    };
    while written.load(Ordering::Relaxed) < 10 {
        std::thread::yield_now();
    }
    let file = backup(&city);
    let at_end = written.load(Ordering::Relaxed);
    stop.store(true, Ordering::Relaxed);
    writer.join().expect("ends");
    assert_eq!(std::fs::metadata(&file).expect("is there").permissions().mode() & 0o777, 0o600);
    // Nothing else is left where the backup was made.
    let left: Vec<_> = std::fs::read_dir(&city.app.config.data_dir)
        .expect("lists")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".zhuqi-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let fresh = tempfile::tempdir().expect("a directory");
    let data = fresh.path().join("data");
    let said = done(&restore(&data, &file, &[]));
    assert!(said.contains("附件文件 1 个"), "{said}");
    let db = opened(&data);
    let restored = titles(&db);
    assert_eq!(restored.iter().filter(|t| *t == "甲").count(), restored.iter().filter(|t| *t == "乙").count());
    assert!(restored.len() as i64 > 10 && restored.len() as i64 <= at_end + 3, "{} of {at_end}", restored.len());
    let named: String =
        db.read_blocking(|conn| Ok(attachments::table.select(attachments::content_hash).first(conn)?)).expect("reads");
    assert_eq!(named, hash);
    let path = attachment::path(&data.join("attachments"), &named).expect("a path");
    assert_eq!(std::fs::read_to_string(path).expect("opens"), WORDS);
    assert_eq!(std::fs::metadata(&data).expect("is there").permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(data.join("zhuqi.db")).expect("is there").permissions().mode() & 0o777, 0o600);
    assert!(db.pending_migrations().expect("asks").is_empty());
}

#[test]
fn restore_refuses_a_running_a_newer_and_a_filled_database_unless_told() {
    let city = city::fresh_on_sqlite();
    attach(&city);
    let file = backup(&city);
    let fresh = tempfile::tempdir().expect("a directory");
    let data = fresh.path().join("data");
    done(&restore(&data, &file, &[]));
    {
        let running = opened(&data);
        assert_eq!(titles(&running).len(), 1);
        refused(&restore(&data, &file, &[]), "正在被运行中的服务使用");
        running.write_blocking(|conn| record(conn, "备份以后")).expect("writes");
    }
    // The pool's connections close behind the last handle.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while data.join("zhuqi.db-wal").exists() && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    refused(&restore(&data, &file, &[]), "现有数据比备份新");
    assert_eq!(titles(&opened(&data)), ["变压器容量不足", "备份以后"]);
    let said = done(&restore(&data, &file, &["--overwrite"]));
    assert_eq!(titles(&opened(&data)), ["变压器容量不足"]);
    // What was replaced is kept, and said where.
    let kept = said.split("改名为 ").nth(1).expect("says it").lines().next().expect("a line").trim().to_owned();
    let kept = Db::open(&format!("sqlite:{kept}")).expect("opens");
    assert_eq!(titles(&kept), ["变压器容量不足", "备份以后"]);
}

#[test]
fn restore_refuses_a_database_with_people_in_it_even_an_older_one() {
    let older = city::fresh_on_sqlite();
    let data = older.app.config.data_dir.clone();
    let newer = city::fresh_on_sqlite();
    attach(&newer);
    let file = backup(&newer);
    let copy = tempfile::tempdir().expect("a directory");
    older.app.db.checkpoint().expect("folds");
    std::fs::copy(data.join("zhuqi.db"), copy.path().join("zhuqi.db")).expect("copies");
    refused(&restore(copy.path(), &file, &[]), "已有数据");
    done(&restore(copy.path(), &file, &["--overwrite"]));
    assert_eq!(titles(&opened(copy.path())), ["变压器容量不足"]);
}

#[actix_web::test]
async fn sessions_do_not_come_back_with_a_backup() {
    let city = city::fresh_on_sqlite();
    city.desk("city1").await;
    let file = backup(&city);
    let fresh = tempfile::tempdir().expect("a directory");
    done(&restore(fresh.path(), &file, &[]));
    let left: i64 =
        opened(fresh.path()).read_blocking(|conn| Ok(sessions::table.count().get_result(conn)?)).expect("counts");
    assert_eq!(left, 0);
}

#[test]
fn a_cut_or_garbled_archive_restores_nothing() {
    let city = city::fresh_on_sqlite();
    attach(&city);
    let file = backup(&city);
    let whole = std::fs::read(&file).expect("reads");
    let fresh = tempfile::tempdir().expect("a directory");
    let bad = fresh.path().join("bad.tar");
    let data = fresh.path().join("data");
    let mut garbled_database = whole.clone();
    garbled_database[512 + 5000] ^= 1;
    let words = whole.windows(WORDS.len()).position(|window| window == WORDS.as_bytes()).expect("is in it");
    let mut garbled_file = whole.clone();
    garbled_file[words] ^= 1;
    let (_folder, book) = crate::import::book(&[&["企业名称"], &["甲公司"]]);
    let cases: [(&str, Vec<u8>); 7] = [
        ("a workbook", std::fs::read(book).expect("reads")),
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("without its end", whole[..whole.len() - 3000].to_vec()),
        ("empty", Vec::new()),
        ("no archive", "不是备份".repeat(400).into_bytes()),
        ("a flipped bit in the database", garbled_database),
        ("a flipped bit in an attachment", garbled_file),
    ];
    for (what, bytes) in cases {
        std::fs::write(&bad, bytes).expect("writes");
        let output = restore(&data, &bad, &[]);
        assert!(!output.status.success(), "{what}");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.contains("没有恢复任何内容"), "{what}: {err}");
        assert!(!err.contains("utf-8") && !err.contains("failed") && !err.contains("\\0"), "{what}: {err}");
        assert!(!data.join("zhuqi.db").exists() && !data.join("attachments").exists(), "{what}");
    }
    refused(&restore(&data, &fresh.path().join("none.tar"), &[]), "没有这个备份文件");
    done(&restore(&data, &file, &[]));
}

#[test]
fn an_archive_that_reaches_outside_restores_nothing() {
    let fresh = tempfile::tempdir().expect("a directory");
    let bad = fresh.path().join("bad.tar");
    for name in ["attachments/../../escaped", "zhuqi.db/../../escaped", "attachments/aa/short", "other.db"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(4);
        // set_path would refuse what an attacker writes by hand.
        header.as_gnu_mut().expect("gnu").name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_mode(0o600);
        header.set_cksum();
        let mut tar = tar::Builder::new(std::fs::File::create(&bad).expect("creates"));
        tar.append(&header, "evil".as_bytes()).expect("appends");
        tar.into_inner().expect("ends");
        refused(&restore(&fresh.path().join("data"), &bad, &[]), "不认识的内容");
        assert!(!fresh.path().join("escaped").exists(), "{name}");
    }
}

#[test]
fn backup_needs_a_database_and_a_place_to_write() {
    let fresh = tempfile::tempdir().expect("a directory");
    let missing = fresh.path().join("data");
    refused(&zhuqi(&missing, None, &["backup", "/tmp/never.tar"]), "没有可备份的数据库");
    assert!(!missing.join("zhuqi.db").exists());
    let city = city::fresh_on_sqlite();
    let output = zhuqi(&city.app.config.data_dir, None, &["backup", "/nowhere/at/all.tar"]);
    refused(&output, "不能写入目录");
}

#[test]
fn on_postgresql_the_attachments_are_saved_and_the_rest_is_named() {
    let city = city::fresh();
    if city.app.db.engine() == Engine::Sqlite {
        return;
    }
    let hash = attach(&city);
    let url = city.app.config.database_url.clone().expect("a url");
    let data = city.app.config.data_dir.clone();
    let file = data.join("everything.tar");
    let said = done(&zhuqi(&data, Some(&url), &["backup", &file.display().to_string()]));
    assert!(said.contains("pg_dump") && said.contains("不含数据库"), "{said}");
    let fresh = tempfile::tempdir().expect("a directory");
    refused(&restore(fresh.path(), &file, &[]), "只有附件");
    let file = file.display().to_string();
    let said = done(&zhuqi(fresh.path(), Some(&url), &["restore", &file]));
    assert!(said.contains("pg_restore"), "{said}");
    let path = attachment::path(&fresh.path().join("attachments"), &hash).expect("a path");
    assert_eq!(std::fs::read_to_string(path).expect("opens"), WORDS);
}

#[test]
fn a_backup_replaces_no_file_unless_told() {
    let city = city::fresh_on_sqlite();
    let file = backup(&city);
    let url = format!("sqlite:{}", city.app.db.url().path().expect("a file").display());
    let before = std::fs::read(&file).expect("is there");
    city.app.db.write_blocking(|conn| record(conn, "备份以后")).expect("writes");
    let path = file.display().to_string();
    refused(&zhuqi(&city.app.config.data_dir, Some(&url), &["backup", &path]), "确实要换掉，请加 --overwrite");
    assert_eq!(std::fs::read(&file).expect("is there"), before);
    done(&zhuqi(&city.app.config.data_dir, Some(&url), &["backup", &path, "--overwrite"]));
    let data = city.app.config.data_dir.join("restored");
    done(&restore(&data, &file, &[]));
    assert_eq!(titles(&opened(&data)), ["备份以后"]);
}
