//! A process that makes passes is killed at random moments. Afterwards every rung was done once, and every message
//! arrived at least once, under one key.
use super::{outbox::*, *};
use diesel::prelude::*;
use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
    time::Duration,
};
use zhuqi::{
    outbox::send,
    schema::{deliveries as d, messages as m, supervisions as s},
};

const DATABASE: &str = "ZHUQI_TEST_KILL_DATABASE";
const SMTP: &str = "ZHUQI_TEST_KILL_SMTP";

/// What the killed process does; a test like any other, which does nothing unless it is told to.
#[test]
fn the_process_that_is_killed() {
    let (Ok(url), Ok(smtp)) = (std::env::var(DATABASE), std::env::var(SMTP)) else { return };
    let db = Db::open(&url).expect("opens");
    let mut config = <zhuqi::config::Cli as clap::Parser>::parse_from(["zhuqi"]).config;
    config.smtp = Some(format!("smtp://{smtp}"));
    config.smtp_from = Some("zhuqi@example.gov.cn".into());
    let now = workdays_later(morning("2026-03-02"), 4);
    // One pass is enough when nobody comes in between.
    pass(&db, now);
    send::pass(&db, &config, now.plus_minutes(60)).expect("sends");
}

#[test]
fn a_killed_process_leaves_every_rung_once_and_every_message_at_least_once() {
    let city = fresh();
    let db = &city.app.db;
    let (address, received) = smtp();
    let at = morning("2026-03-02");
    let (issues, kills) = (crate::support::soak::count(12, 60), crate::support::soak::count(6, 200));
    db.write_blocking(move |conn| {
        wants(conn, "housing", true, false)?;
        for number in 0..issues {
            signed(conn, &format!("停汽{number}"), at)?;
        }
        Ok(())
    })
    .expect("signed");
    let url = city.app.config.database_url.clone().expect("a url");
    let start = || {
        Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "supervision::kill::the_process_that_is_killed"])
            .env(DATABASE, &url)
            .env(SMTP, address.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts")
    };
    for _ in 0..kills {
        let mut child = start();
        std::thread::sleep(Duration::from_millis(rand::random_range(1..250)));
        // SIGKILL: no farewell.
        child.kill().expect("kills");
        child.wait().expect("ends");
    }
    assert!(start().wait().expect("ends").success());
    let (rungs, unsent): (Vec<(i64, Time, Stage)>, i64) = db
        .read_blocking(|conn| {
            let rungs = s::table.select((s::issue_id, s::step_due_at, s::stage)).load(conn)?;
            let unsent = d::table.filter(d::state.ne(zhuqi::outbox::State::Sent)).count().get_result(conn)?;
            Ok((rungs, unsent))
        })
        .expect("reads");
    assert_eq!(rungs.len(), issues, "one rung for each");
    assert_eq!(rungs.iter().collect::<BTreeSet<_>>().len(), issues, "none twice");
    assert_eq!(unsent, 0);
    let keys: BTreeSet<String> = db
        .read_blocking(|conn| {
            Ok(d::table.inner_join(m::table).select(d::idempotency_key).load::<String>(conn)?.into_iter().collect())
        })
        .expect("reads");
    let arrived: BTreeSet<String> = received
        .lock()
        .expect("mails")
        .iter()
        .filter_map(|mail| {
            mail.lines().find_map(|line| line.strip_prefix("Message-ID: <")?.split('@').next().map(str::to_owned))
        })
        .collect();
    assert_eq!(arrived, keys, "every message, and no other key");
    println!("{kills} kills, {} mails for {} messages", received.lock().expect("mails").len(), keys.len());
}
