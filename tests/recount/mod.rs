//! The figures counted a second time, from the events and the raw tables alone, without any code of the reports.
mod fold;
mod limits;
mod moved;
mod tally;
mod time;

use crate::support::{cast::*, city, crowd, soak};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::collections::{BTreeMap, BTreeSet};
use tally::{Raw, Within};
use zhuqi::{
    access::{Permission, Reach, Role, Scope, Viewer},
    issue::workflow::Resolution,
    report::{
        By, Question,
        indicator::{BESIDE, INDICATORS},
        query,
    },
    rules::{Reporting, query::save_reporting},
    time::Time,
};

fn viewer(role: Role, area_id: i64, group_id: i64) -> Viewer {
    Viewer {
        id: 1,
        account: String::new(),
        name: String::new(),
        role: Some(role),
        area_id: Some(area_id),
        is_city: area_id == CITY,
        group_id: Some(group_id),
        unit_id: Some(HOUSING),
        enterprise_id: None,
        home: String::new(),
        must_change_password: false,
        session: Vec::new(),
    }
}

/// Whoever sees reports, each reach.
fn scopes() -> Vec<Scope> {
    let see = |viewer: Viewer| viewer.scope(Permission::SeeReports).expect("sees reports");
    vec![
        Scope::system(),
        see(viewer(Role::Dispatcher, ERQI, GROUP_ONE)),
        see(viewer(Role::GroupLeader, ERQI, 4)),
        see(viewer(Role::Handler, ERQI, GROUP_ONE)),
    ]
}

fn within(scope: Scope) -> Within {
    match scope.reach() {
        Reach::Everything => Within::All,
        Reach::Area(id) => Within::Area(id),
        Reach::Group(id) => Within::Group(id),
        Reach::LeadUnit(id) => Within::Lead(id),
        other => panic!("{other:?} sees no reports"),
    }
}

const TIMES: &[&str] = &[
    "on_time_rate",
    "on_time_extended_rate",
    "response_rate",
    "mean_workdays",
    "median_workdays",
    "dynamic_zero",
    "recurred",
    "coverage",
];

/// Any period, as of any moment: during the past, at the end of a day, now.
fn some_question(rng: &mut StdRng, by: By) -> Question {
    let (one, other) = (crowd::some_day(rng), crowd::some_day(rng));
    let (from, to) = match rng.random_range(0..3) {
        0 => (one.min(other), one.max(other)),
        _ => (crowd::first_day(), crowd::last_day()),
    };
    match rng.random_range(0..4) {
        0 => Question::now(by, from, to, crowd::now()),
        1 => Question::at_end_of(by, from, to, crowd::some_day(rng)),
        _ => Question { by, from, to, before: crowd::some_moment(rng) },
    }
}

fn compare(raw: &Raw, scope: Scope, question: &Question, counted: &query::Report, what: &str) -> usize {
    let within = within(scope);
    let mut compared = 0;
    let rows = raw.rows(within, question.by.as_str(), question.from, question.to, question.before);
    let ids: BTreeSet<i64> = rows.keys().chain(counted.rows.keys()).copied().collect();
    for id in ids {
        let ours = rows.get(&id).cloned().unwrap_or_else(|| tally::Tally::default().figures());
        let theirs = counted.rows.get(&id).copied().unwrap_or_default();
        assert_eq!(ours.len(), INDICATORS.len(), "the whole dictionary is recounted");
        for one in INDICATORS {
            assert_eq!(
                theirs.value(one.word),
                ours[one.word],
                "{} of row {id}, {:?} {question:?} {what}",
                one.word,
                scope.reach()
            );
            compared += 1;
        }
    }
    let total = raw.rows(within, "city", question.from, question.to, question.before);
    let total = total.get(&0).cloned().unwrap_or_else(|| tally::Tally::default().figures());
    for one in INDICATORS {
        assert_eq!(counted.total.value(one.word), total[one.word], "{} in all, {question:?} {what}", one.word);
    }
    let beside = raw.beside(within, question.from, question.to, question.before);
    for (word, ..) in BESIDE {
        assert_eq!(counted.beside.value(word), beside[word], "{word}, {question:?} {what}");
    }
    compared
}

#[test]
fn the_events_alone_give_the_same_figures() {
    let (mut compared, mut resolved, mut overdue, mut beside) = (0, 0, 0, 0);
    // Each figure of time said something of many rows, and not always the same.
    let mut said: BTreeMap<&str, BTreeMap<Option<i64>, usize>> = BTreeMap::new();
    for seed in 0..soak::count(20, 300) as u64 {
        let city = crowd::city(seed, crowd::SMALL);
        let db = &city.app.db;
        let mut rng = StdRng::seed_from_u64(1000 + seed);
        // Mostly what every city begins with, else any types.
        let types = Resolution::ALL[..4].iter().copied().filter(|_| rng.random_bool(0.5)).collect::<Vec<_>>();
        if !types.is_empty() && rng.random_bool(0.5) {
            let reporting = Reporting { resolved: types, ..Reporting::default() };
            let saved = db.write_blocking(move |conn| save_reporting(conn, None, &reporting, "纪要", Time(0)));
            saved.expect("saves");
        }
        let raw = db.snapshot_blocking(Raw::load).expect("loads");
        for _ in 0..soak::count(12, 60) {
            for by in By::ALL {
                let question = some_question(&mut rng, *by);
                let scope = *scopes().choose(&mut rng).expect("a scope");
                let counted = db.snapshot_blocking(|conn| query::report(conn, scope, &question)).expect("the report");
                compared += compare(&raw, scope, &question, &counted, &format!("seed {seed}"));
                resolved += counted.total.resolved;
                for row in counted.rows.values() {
                    for word in TIMES {
                        *said.entry(word).or_default().entry(row.value(word)).or_default() += 1;
                    }
                }
                overdue += counted.total.overdue;
                beside += BESIDE.iter().filter(|(word, ..)| counted.beside.value(word) > 0).count();
            }
        }
    }
    let counts = (compared, resolved, overdue, beside);
    assert!(
        compared > 10_000 && resolved > 100 && overdue > 500 && beside > 500,
        "there was little to count: {counts:?}"
    );
    for (word, values) in said {
        // `limits` and `moved` look at the limits themselves.
        let wanted = if matches!(word, "dynamic_zero" | "recurred") { 2 } else { 4 };
        let different = values.keys().flatten().count();
        assert!(different >= wanted, "{word} said little: {values:?}");
    }
    println!("{compared} figures compared");
}

#[test]
fn as_of_now_and_as_of_later_agree_when_nothing_happens() {
    let city = crowd::city(77, crowd::SMALL);
    let later = Time(crowd::now().0 + 1);
    for by in By::ALL {
        let whole = Question { by: *by, from: crowd::first_day(), to: crowd::last_day(), before: later };
        let end = Question::at_end_of(*by, crowd::first_day(), crowd::last_day(), crowd::last_day());
        let reports = city.app.db.snapshot_blocking(|conn| {
            Ok((query::report(conn, Scope::system(), &whole)?, query::report(conn, Scope::system(), &end)?))
        });
        let (now, mut end) = reports.expect("reports");
        // Limits that end tonight pass in between.
        for row in end.rows.values_mut().chain([&mut end.total]) {
            row.overdue = 0;
        }
        let mut now = now;
        for row in now.rows.values_mut().chain([&mut now.total]) {
            row.overdue = 0;
        }
        assert_eq!(now, end);
    }
}
