//! How the engines answer the questions of the ledger: by an index, in its order, whatever the city's size.
//!
//! The queries are those that the program really sends, overheard on the connection; each is explained afterwards.
use crate::support::{city, crowd};
use diesel::{
    Connection, RunQueryDsl,
    connection::{InstrumentationEvent, SimpleConnection},
    sql_query,
    sql_types::Text,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use zhuqi::{
    access::{Permission, Reach, Role, Scope, Viewer},
    board::{self, Heap},
    db::{Conn, Engine},
    error::Result,
    form::Form,
    issue::{
        apply::Actor,
        ledger::{LedgerFilter, Order, Place},
        submit::{NewIssue, submit},
        tally::Tally,
        workflow::{Channel, Urgency},
        worklist,
    },
    sign::{self, Sign},
    spot_check::{self, query::Standing},
    time::Time,
    triage,
    web::paging::Bound,
};

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(diesel::QueryableByName)]
struct PostgresLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    detail: String,
}

/// The distinct queries of issues and of their stretches that `ask` sends, as SQL with placeholders.
fn overheard(conn: &mut Conn, ask: impl FnOnce(&mut Conn) -> Result<()>) -> BTreeSet<String> {
    overheard_of(conn, "issues", ask)
}

/// The same of another table.
fn overheard_of(conn: &mut Conn, table: &'static str, ask: impl FnOnce(&mut Conn) -> Result<()>) -> BTreeSet<String> {
    let heard: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let kept = heard.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text.split(" -- binds").next().unwrap_or_default();
            let asked = |table: &str| {
                [
                    format!("FROM `{table}`"),
                    format!("FROM \"{table}\""),
                    format!("FROM (`{table}`"),
                    format!("FROM (\"{table}\""),
                ]
                .iter()
                .any(|from| sql.contains(from))
            };
            // The figures' stretches are the issues' past.
            if (table == "issues" && sql.contains("FROM issue_spans"))
                || asked(table)
                || (table == "issues" && asked("issue_units"))
            {
                kept.lock().expect("the list").insert(sql.to_owned());
            }
        }
    });
    ask(conn).expect("the question");
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    std::mem::take(&mut *heard.lock().expect("the list"))
}

/// What the engine would do, a line for each step. PostgreSQL is asked what it can do when the table is too large to be
/// walked, since it walks a small one whatever indices there are.
fn plan(conn: &mut Conn, sql: &str) -> String {
    let lines: Vec<String> = match conn {
        Conn::Sqlite(conn) => {
            let lines: Vec<Line> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).expect(sql);
            lines.into_iter().map(|line| line.detail).collect()
        }
        Conn::Postgres(conn) => {
            let arguments = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
            let nulls = vec!["NULL"; arguments].join(", ");
            let execute = if arguments == 0 {
                "EXPLAIN EXECUTE asked".to_owned()
            } else {
                format!("EXPLAIN EXECUTE asked({nulls})")
            };
            conn.batch_execute(&format!(
                "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; PREPARE asked AS {sql}"
            ))
            .expect(sql);
            let lines: Vec<PostgresLine> = sql_query(execute).load(conn).expect(sql);
            conn.batch_execute("DEALLOCATE asked; RESET enable_seqscan; RESET plan_cache_mode").expect("settings");
            lines.into_iter().map(|line| line.detail).collect()
        }
    };
    lines.join("\n")
}

fn viewer(role: Role, is_city: bool) -> Viewer {
    Viewer {
        id: 1,
        account: "somebody".into(),
        name: "某人".into(),
        role: Some(role),
        area_id: Some(if is_city { city::CITY } else { city::ERQI }),
        is_city,
        group_id: Some(city::GROUP_ONE),
        unit_id: Some(city::FINANCE),
        enterprise_id: Some(city::MILL),
        home: String::new(),
        must_change_password: false,
        session: Vec::new(),
    }
}

/// Whoever sees a ledger: each reach once.
fn viewers() -> Vec<Viewer> {
    vec![
        viewer(Role::Dispatcher, true),
        viewer(Role::Dispatcher, false),
        viewer(Role::GroupLeader, false),
        viewer(Role::Cadre, false),
        viewer(Role::Handler, true),
        viewer(Role::Enterprise, false),
        viewer(Role::Leader, false),
        viewer(Role::CallbackAgent, true),
    ]
}

fn ledger_scopes() -> Vec<Scope> {
    let scopes = viewers().into_iter().map(|viewer| viewer.scope(Permission::SeeIssues).expect("sees issues"));
    let mut all: Vec<Scope> = Vec::new();
    for scope in scopes {
        if !all.contains(&scope) {
            all.push(scope);
        }
    }
    all
}

/// Every single filter of the query block, and the pairs that the tabs make with it.
const FILTERS: &[&[(&str, &str)]] = &[
    &[],
    &[("from", "2022-01-01")],
    &[("to", "2022-01-01")],
    &[("from", "2022-01-01"), ("to", "2022-02-01")],
    &[("area", "2")],
    &[("group", "1")],
    &[("unit", "1")],
    &[("category", "1")],
    &[("enterprise", "1")],
    &[("channel", "visit")],
    &[("status", "closed")],
    &[("status", "in_progress")],
    &[("holder", "office")],
    &[("holder", "unit")],
    &[("holder", "company")],
    &[("holder", "closed")],
    &[("holder", "void")],
    &[("limits", "overdue")],
    &[("limits", "soon")],
    &[("limits", "normal")],
    &[("area", "2"), ("holder", "closed")],
    &[("area", "2"), ("holder", "office")],
    &[("group", "1"), ("holder", "closed")],
    &[("unit", "1"), ("holder", "closed")],
    &[("category", "1"), ("holder", "closed")],
];

fn filter(fields: &[(&str, &str)], order: Option<Order>) -> LedgerFilter {
    let fields = fields.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned()));
    let parsed = LedgerFilter::parse(&Form(fields.collect()));
    LedgerFilter { order, ..parsed.0 }
}

/// Some row to page on from.
fn an_issue(conn: &mut Conn, at: Time) -> Result<i64> {
    let new = NewIssue {
        enterprise_id: Some(city::MILL),
        enterprise_name: "二七棉纺织厂".into(),
        area_id: city::ERQI,
        group_id: Some(city::GROUP_ONE),
        collector_id: None,
        channel: Channel::Portal,
        title: "贷款到期".into(),
        description: "贷款到期不能续".into(),
        demand: String::new(),
        urgency: Urgency::Normal,
        contact_name: String::new(),
        contact_phone: String::new(),
        code_hash: None,
        visit_id: None,
        symposium_id: None,
        external: None,
    };
    Ok(submit(conn, &Actor::system(), new, at)?.id)
}

/// Rows that belong to one group, unit, company or person, and those that are still open, are few in a city of any
/// size: they may be sorted. A range of dates says itself how many it wants. Everything else has to come out of an index in the order of the list.
fn sorts_only_few(plan: &str) -> bool {
    let few = [
        "issues_by_group",
        "issues_by_unit",
        "issues_by_enterprise",
        "issues_by_collector",
        "issue_units_by_unit",
        "issue_units_by_limit",
        "issues_by_request",
        "(rowid>? AND rowid<?)",
        " AND id>? AND id<?)",
    ];
    let is_open = |plan: &str| {
        ["issues_by_status", "issues_by_office_status", "issues_by_area_status"]
            .iter()
            .any(|index| plan.contains(index) && plan.contains("status=?"))
    };
    !plan.contains("TEMP B-TREE") || few.iter().any(|index| plan.contains(index)) || is_open(plan)
}

/// The walk over all issues in the order of their key: what the ledger without a filter is, page by page.
fn walks(plan: &str) -> bool {
    plan.lines().any(|line| {
        line == "SCAN issues" || line.starts_with("Seq Scan on issues") || line.contains("-> Seq Scan on issues")
    })
}

#[test]
fn pages_of_the_ledger_come_out_of_an_index() {
    let city = city::fresh();
    let now = Time::system();
    let db = &city.app.db;
    let id = db.write_blocking(move |conn| an_issue(conn, now)).expect("an issue");
    let (mut asked, mut wrong) = (0, Vec::new());
    db.read_blocking(|conn| {
        for scope in ledger_scopes() {
            for fields in FILTERS {
                for order in Order::ALL.iter().copied().map(Some) {
                    let filter = filter(fields, order);
                    let queries = overheard(conn, |conn| {
                        for place in [Place::First, Place::After(id), Place::Before(id), Place::Last] {
                            filter.page(conn, scope, now, place, 20)?;
                        }
                        Ok(())
                    });
                    assert!(queries.len() >= 4, "{queries:?}");
                    for sql in queries {
                        let plan = plan(conn, &sql);
                        let what = format!("{scope:?} {fields:?} {order:?}\n{sql}\n{plan}");
                        let by_key = matches!(order, Some(Order::Newest | Order::Oldest));
                        let is_whole = scope.reach() == Reach::Everything
                            && fields.iter().all(|(id, _)| matches!(*id, "from" | "to"));
                        if walks(&plan) && !(by_key && is_whole) {
                            wrong.push(format!("walks all issues: {what}"));
                        }
                        if !sorts_only_few(&plan) {
                            wrong.push(format!("sorts many issues: {what}"));
                        }
                        asked += 1;
                    }
                }
            }
        }
        Ok(())
    })
    .expect("reads");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(asked > 1000, "{asked}");
}

#[test]
fn counts_of_the_ledger_and_the_work_lists_do_not_walk_the_issues() {
    let city = city::fresh();
    let now = Time::system();
    city.app
        .db
        .read_blocking(|conn| {
            for scope in ledger_scopes() {
                for fields in FILTERS {
                    let filter = filter(fields, None);
                    let queries = overheard(conn, |conn| filter.count(conn, scope, now).map(drop));
                    for sql in queries {
                        let plan = plan(conn, &sql);
                        assert!(!walks(&plan), "{scope:?} {fields:?}\n{sql}\n{plan}");
                    }
                }
            }
            for viewer in viewers() {
                let mut heard = BTreeSet::new();
                for list in worklist::of(viewer.role) {
                    heard.extend(overheard(conn, |conn| {
                        list.count(conn, &viewer)?;
                        list.rows(conn, &viewer, None, 20)?;
                        list.rows(conn, &viewer, Some((now, 1)), 20)?;
                        Ok(())
                    }));
                }
                assert!(!heard.is_empty(), "{:?} has no work list", viewer.role);
                for sql in heard {
                    let plan = plan(conn, &sql);
                    let what = format!("{:?}\n{sql}\n{plan}", viewer.role);
                    assert!(!walks(&plan) && sorts_only_few(&plan), "{what}");
                }
            }
            Ok(())
        })
        .expect("reads");
}

#[test]
fn a_word_is_looked_up_in_the_index_of_words() {
    let city = city::fresh();
    let now = Time::system();
    let db = &city.app.db;
    db.write_blocking(move |conn| an_issue(conn, now).map(drop)).expect("an issue");
    db.read_blocking(|conn| {
        for scope in ledger_scopes() {
            let filter = filter(&[("q", "贷款到期")], None);
            let queries = overheard(conn, |conn| {
                filter.page(conn, scope, now, Place::First, 20)?;
                filter.count(conn, scope, now).map(drop)
            });
            assert_eq!(queries.len(), 2, "{queries:?}");
            for sql in queries {
                let plan = plan(conn, &sql);
                assert!(!walks(&plan), "{scope:?}\n{sql}\n{plan}");
                assert!(plan.contains("issue_terms"), "the index of words is not asked: {scope:?}\n{sql}\n{plan}");
            }
        }
        Ok(())
    })
    .expect("reads");
}

#[test]
fn signs_and_spot_checks_come_out_of_an_index() {
    let city = city::fresh();
    let now = Time::system();
    let month = city::day("2026-11-01");
    city.app
        .db
        .read_blocking(|conn| {
            let holders = viewers().into_iter().filter(|viewer| viewer.may(Permission::SeeSpotChecks));
            let scopes: Vec<Scope> =
                holders.map(|viewer| viewer.scope(Permission::SeeSpotChecks).expect("sees them")).collect();
            assert!(scopes.len() >= 4);
            for scope in scopes {
                let heard = overheard_of(conn, "signs", |conn| {
                    for sign in std::iter::once(None).chain(Sign::ALL.iter().copied().map(Some)) {
                        sign::query::count(conn, scope, sign, None)?;
                        sign::query::count(conn, scope, sign, Some(now))?;
                        for bound in [Bound::Below(i64::MAX), Bound::Above(1)] {
                            sign::query::list(conn, scope, sign, None, bound, 50)?;
                            sign::query::list(conn, scope, sign, Some(now), bound, 50)?;
                        }
                    }
                    sign::query::of_issue(conn, 1).map(drop)
                });
                assert!(heard.len() >= 6, "{heard:?}");
                for sql in heard {
                    let plan = plan(conn, &sql);
                    // All of the whole city are walked by their key, as far as the page goes.
                    let by_key = scope.reach() == Reach::Everything && sql.contains("ORDER BY");
                    let walks = plan.lines().any(|line| line == "SCAN signs" || line.contains("Seq Scan on signs"));
                    assert!((!walks || by_key) && !plan.contains("TEMP B-TREE"), "{scope:?}\n{sql}\n{plan}");
                }
                let heard = overheard_of(conn, "spot_checks", |conn| {
                    spot_check::query::count_open(conn, scope)?;
                    spot_check::query::open_by_month(conn, scope)?;
                    spot_check::query::tally(conn, scope, month)?;
                    spot_check::query::of_issue(conn, 1)?;
                    for show in Standing::ALL.iter().copied() {
                        for bound in [Bound::Below(i64::MAX), Bound::Above(1)] {
                            spot_check::query::list(conn, scope, Some(month), show, bound, 50)?;
                            spot_check::query::list(conn, scope, None, Standing::Open, bound, 50)?;
                        }
                    }
                    Ok(())
                });
                assert!(heard.len() >= 10, "{heard:?}");
                for sql in heard {
                    let plan = plan(conn, &sql);
                    let walks =
                        plan.lines().any(|line| line.starts_with("SCAN spot_checks") || line.contains("Seq Scan on"));
                    assert!(!walks, "{scope:?}\n{sql}\n{plan}");
                }
                let heard = overheard_of(conn, "issue_spans", |conn| {
                    spot_check::query_withdrawals::withdrawals(conn, scope).map(drop)
                });
                assert_eq!(heard.len(), 1);
                for sql in heard {
                    let plan = plan(conn, &sql);
                    assert!(plan.contains("issue_spans_withdrawals"), "{scope:?}\n{sql}\n{plan}");
                    assert!(!walks(&plan), "{scope:?}\n{sql}\n{plan}");
                }
            }
            Ok(())
        })
        .expect("reads");
}

#[test]
fn a_report_looks_up_what_came_again() {
    use zhuqi::report::{By, Question, query};
    let city = crowd::city(41, crowd::SMALL);
    let day = city::day("2022-06-01");
    // PostgreSQL plans by what it has counted: of a table without many rows it walks whatever there is.
    let many = "CREATE TEMP TABLE more AS SELECT s.*, n FROM issue_spans s, generate_series(1, 200) n; \
                UPDATE more SET from_at = from_at - n; ALTER TABLE more DROP COLUMN n; \
                INSERT INTO issue_spans SELECT * FROM more; ANALYZE issue_spans";
    if city.app.db.engine() == Engine::Postgres {
        city.app.db.write_blocking(move |conn| Ok(conn.batch_execute(many)?)).expect("fills");
    }
    city.app
        .db
        .read_blocking(|conn| {
            for by in By::ALL.iter().copied() {
                let question = Question::at_end_of(by, city::day("2022-01-01"), day, day);
                let heard =
                    overheard(conn, |conn| query::report(conn, zhuqi::access::Scope::system(), &question).map(drop));
                let asks = heard.iter().find(|sql| sql.contains("o.enterprise_id")).expect("what came again");
                let plan = plan(conn, asks);
                // By its index, or all at once through a hash or in one order: never one walk for each closed issue.
                let at_once = plan.contains("Hash Semi Join") || plan.contains("Merge Semi Join");
                let is_looked_up = at_once || plan.contains("issue_spans_by_enterprise");
                assert!(is_looked_up, "{by:?}\n{asks}\n{plan}");
            }
            Ok(())
        })
        .expect("reads");
}

#[test]
fn the_board_does_not_walk_the_issues() {
    let city = city::fresh();
    let now = Time::system();
    city.app
        .db
        .read_blocking(|conn| {
            for viewer in viewers().into_iter().filter(|viewer| viewer.may(Permission::Supervise)) {
                let scope = viewer.scope(Permission::Supervise).expect("supervises");
                let heard = overheard(conn, |conn| {
                    for heap in Heap::ALL.iter().copied() {
                        board::query::count(conn, scope, heap)?;
                        board::query::rows(conn, scope, heap, Some((now, 1)), 50)?;
                    }
                    for limits in [("limits", "overdue"), ("limits", "soon")] {
                        filter(&[limits], None).tally(conn, scope, now, Tally::Unit)?;
                        filter(&[limits], None).tally(conn, scope, now, Tally::Group)?;
                    }
                    triage::query::dispatched(conn, city::ERQI)?;
                    Ok(())
                });
                assert!(heard.len() > 10, "{heard:?}");
                for sql in heard {
                    let plan = plan(conn, &sql);
                    assert!(!walks(&plan), "{:?}\n{sql}\n{plan}", viewer.role);
                }
            }
            Ok(())
        })
        .expect("reads");
}

/// Visits of the companies, the visitors or the group that are asked for, at either end of the list.
#[test]
fn visits_are_found_by_what_is_asked() {
    use zhuqi::visit::query::{self, VisitFilter};
    let city = crowd::city(43, crowd::SMALL);
    let engine = city.app.db.engine();
    city.app
        .db
        .read_blocking(|conn| {
            let some = || Some(vec![1, 2, 3]);
            for (filter, index) in [
                (VisitFilter { enterprises: some(), ..VisitFilter::default() }, "visits_by_enterprise"),
                (VisitFilter { cadres: some(), ..VisitFilter::default() }, "visits_by_cadre"),
                (VisitFilter { group_id: Some(1), ..VisitFilter::default() }, "visits_by_group"),
            ] {
                for bound in [Bound::Below(i64::MAX), Bound::Above(1)] {
                    let heard = overheard_of(conn, "visits", |conn| {
                        query::list(conn, Scope::system(), &filter, bound, 50).map(drop)
                    });
                    let ids = heard.iter().filter(|sql| sql.contains("LIMIT"));
                    let plans: Vec<String> = ids.map(|sql| plan(conn, sql)).collect();
                    assert_eq!(plans.len(), 1);
                    // PostgreSQL weighs it against the visits' own order; either way an index serves.
                    let is_found = match engine {
                        Engine::Sqlite => plans[0].contains(index),
                        Engine::Postgres => plans[0].contains("Index") && !plans[0].contains("Seq Scan"),
                    };
                    assert!(is_found, "{filter:?}\n{}", plans[0]);
                }
            }
            Ok(())
        })
        .expect("reads");
}
