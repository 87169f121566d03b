//! The demo city as the command builds it: under a clock ahead of the machine's, interrupted, and while it is used.
use diesel::prelude::*;
use std::{
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};
use zhuqi::{
    audit::{self, AuditAction, AuditActor},
    calendar::shanghai_date,
    db::Db,
    demo, directory,
    error::Result,
    record::{self, NewRecordEvent},
    schema::*,
    time::Time,
};

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhuqi"));
    command
        .args(arguments)
        .env("ZHUQI_DATA", directory)
        .env("ZHUQI_LISTEN", "127.0.0.1:0")
        .env_remove("DATABASE_URL")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().expect("runs")
}

#[track_caller]
fn refused(output: Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(why), "{said}");
}

#[track_caller]
fn done(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Steps of people in a city whose clock stands: audit rows of two actors and lines of two companies, in turn.
fn goes_on(conn: &mut zhuqi::db::Conn) -> Result<()> {
    let companies: Vec<i64> = enterprises::table.order(enterprises::id).limit(2).select(enterprises::id).load(conn)?;
    for _ in 0..3 {
        for (company, actor) in companies.iter().zip([AuditActor::command_line(), AuditActor::anonymous("10.0.0.1")]) {
            audit::append(conn, &actor, AuditAction::SignInFailed, "演示", "")?;
            record::append_all(conn, &[NewRecordEvent::by(&actor, "enterprises", *company, "修改", "看一看")])?;
        }
    }
    Ok(())
}

#[test]
fn a_demo_ahead_of_its_time_stays_sealed_and_one_that_was_interrupted_is_built_anew() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let url = format!("sqlite:{}", directory.join("zhuqi.db").display());
    // The end of a month lies between today and then: a draw is written down while the city is built.
    let until = (shanghai_date(Time::system()) + chrono::Days::new(40)).to_string();
    let demo = ["demo", "--no-serve", "--until", &until];
    let mut building = command(directory, &demo).spawn().expect("begins");
    let begun = Instant::now();
    let has_begun = || {
        let db = Db::open(&url).ok()?;
        db.has_schema().ok().filter(|has| *has)?;
        db.read_blocking(|conn| directory::setting(conn, demo::UNTIL)).ok()?
    };
    while has_begun().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    building.kill().expect("is interrupted");
    building.wait().expect("has ended");
    for arguments in [&["report"][..], &["serve"], &["verify"], &["backup", "backup.tar"], &["migrate"]] {
        refused(run(directory, arguments), "没有建完");
    }
    done(run(directory, &demo));

    let using = Db::open(&url).expect("opens");
    using.write_blocking(goes_on).expect("goes on");
    let companies = |conn: &mut zhuqi::db::Conn| Ok(enterprises::table.count().get_result::<i64>(conn)?);
    let before = using.read_blocking(companies).expect("counts");
    refused(run(directory, &["demo", "--no-serve", "--fresh", "--until", &until]), "正在被运行中的演示使用");
    assert_eq!(using.read_blocking(companies).expect("counts"), before);
    drop(using);
    let checked = done(run(directory, &["verify"]));
    assert!(checked.contains("全部相符"), "{checked}");
}
