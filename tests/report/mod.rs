//! Figures: rounding, the published sentence, and a report that counts what happened when it happened.
mod day;
mod file;
mod kept;
mod page;
mod rank;
mod rows;
mod setting;
mod week;

use crate::support::city;
use clap::Parser;
use diesel::prelude::*;
use zhuqi::{
    access::{Reach, Scope},
    calendar::Clock,
    config::Cli,
    demo,
    issue::workflow::Status,
    report::{
        By, Question,
        figures::Figures,
        indicator::{half_up, mean, percent},
        query,
        telling::Telling,
    },
    schema::{issue_details, issues},
};

/// The whole city's campaign up to now.
fn whole() -> Telling {
    Telling { reach: Reach::Everything, name: "郑州市".into(), period: None, until: "目前".into() }
}

#[test]
fn rates_are_truncated_and_claim_no_more_than_was_done() {
    assert_eq!(percent(11_423, 11_449), "99.7%");
    assert_eq!(percent(999_999, 1_000_000), "99.9%");
    assert_eq!(percent(5, 5), "100.0%");
    assert_eq!(percent(0, 7), "0.0%");
    assert_eq!(percent(0, 0), "");
}

#[test]
fn investment_and_project_rates_round_half_up() {
    assert_eq!(half_up(8_440, 11_825, 1).as_deref(), Some("71.4%"));
    assert_eq!(half_up(31, 37, 0).as_deref(), Some("84%"));
    assert_eq!(half_up(1, 0, 1), None);
}

#[test]
fn the_sentence_is_the_published_one() {
    let figures = Figures {
        groups: 211,
        cadres: 5084,
        companies: 12_327,
        visits: 24_570,
        symposiums: 9493,
        collected: 11_449,
        resolved: 11_423,
        ..Figures::default()
    };
    assert_eq!(whole().text(&figures) + "\n", include_str!("../data/paragraph_2022-06-09.txt"));
}

#[test]
fn mean_times_round_half_up_to_a_tenth_of_a_day() {
    assert_eq!((mean(7, 2), mean(10, 3), mean(5, 3), mean(0, 4)), (Some(35), Some(33), Some(17), Some(0)));
    assert_eq!(mean(1, 20), Some(1), "0.05 is a tenth");
    assert_eq!(mean(0, 0), None);
}

/// The whole city, built into an empty database: the paragraph, and nothing that would time out under its clock.
#[test]
fn the_demo_city_prints_the_published_paragraph() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", directory.path().join("demo.db").display());
    let db = zhuqi::db::Db::open(&url).expect("opens");
    db.migrate().expect("migrates");
    let until = city::day("2022-06-09");
    demo::build::build(&db, until, 1, "no password").expect("builds");
    let from = demo::build::campaign_start(until);
    let question = Question::at_end_of(By::City, from, until, until);
    let report = db.snapshot_blocking(|conn| query::report(conn, Scope::system(), &question)).expect("counts");
    assert_eq!(whole().text(&report.total) + "\n", include_str!("../data/paragraph_2022-06-09.txt"));
    assert_eq!(report.total.collected - report.total.closed, 22);
    assert!(report.total.overdue >= 6);
    let total = report.total;
    let costly = total.costly.expect("all figures");
    assert!(total.on_time > 9_000 && total.on_time < total.due && total.on_time <= total.on_time_extended);
    assert!(total.responded > 9_000 && total.responded < total.needing_contact);
    assert!(costly.timed > 9_000 && costly.timed <= total.confirmed && costly.median.is_some());
    assert!(costly.covered > 0 && costly.covered <= total.companies && costly.recurred < total.closed / 10);
    let beside = report.beside;
    assert!(beside.submitted + beside.rejected + beside.merged + beside.withdrawn + beside.invalid >= 60);
    let by_group = Question { by: By::Group, ..question };
    let rows = db.snapshot_blocking(|conn| query::report(conn, Scope::system(), &by_group)).expect("counts").rows;
    assert_eq!(rows.values().map(|row| row.collected).sum::<i64>(), 11_449, "the rows add up");
    merged_problems_are_of_one_matter(&db);
    let clock = Clock { stopped_at: Some(demo::build::last_moment(until)) };
    assert_eq!(zhuqi::background::pass(&db, clock.now()).expect("passes"), 0, "nothing times out on the last day");
    let mut config = Cli::parse_from(["zhuqi"]).config;
    config.data_dir = directory.path().to_owned();
    zhuqi::seal::close_days(&db, &config.seal_key(), clock.now()).expect("seals");
    zhuqi::spot_check::draw::draw_months(&db, clock.now()).expect("draws");
    let verdict = zhuqi::verify::verify(&config, &db, clock.now(), |_| ()).expect("verifies");
    assert_eq!(verdict.findings, Vec::new(), "a demo of a day long past");
}

/// A common problem 共性问题: of the same area, and about the same thing by the words of both.
fn merged_problems_are_of_one_matter(db: &zhuqi::db::Db) {
    type Told = (i64, String, String);
    let told = |issue_id: Option<i64>| {
        let rows = db.snapshot_blocking(|conn| {
            let all = issues::table.inner_join(issue_details::table);
            let columns = (issues::area_id, issue_details::description, issue_details::demand);
            let id = issue_id.expect("a main issue");
            Ok(all.filter(issues::id.eq(id)).select(columns).first::<Told>(conn)?)
        });
        rows.expect("loads")
    };
    let merged = db.snapshot_blocking(|conn| {
        let merged = issues::table.filter(issues::status.eq(Status::Merged));
        Ok(merged.select((issues::id, issues::main_issue_id)).load::<(i64, Option<i64>)>(conn)?)
    });
    let merged = merged.expect("loads");
    assert!(merged.len() >= 10, "only {} of the 16 planned are merged", merged.len());
    for (id, main_id) in merged {
        let (own, main) = (told(Some(id)), told(main_id));
        let pairs = |(_, description, demand): &Told| -> std::collections::HashSet<i64> {
            zhuqi::search::terms(&zhuqi::search::normal_parts(&[description, demand])).into_iter().collect()
        };
        let common = pairs(&own).intersection(&pairs(&main)).count();
        println!("{common} {} {} | {} {}", own.1, own.2, main.1, main.2);
        assert_eq!(own.0, main.0, "of one area");
        assert!(common >= 4, "{} / {}", own.1, main.1);
    }
}
