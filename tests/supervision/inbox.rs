//! One message for one event and person, never to who acted.
use super::*;
use diesel::prelude::*;
use std::collections::BTreeMap;
use zhuqi::{
    inbox::Settings,
    schema::{messages as m, users},
};

/// Accounts by kind of event.
fn told(db: &Db) -> BTreeMap<String, Vec<String>> {
    let rows: Vec<(String, String)> = db
        .read_blocking(|conn| {
            Ok(m::table.inner_join(users::table).order(users::id).select((m::kind, users::account)).load(conn)?)
        })
        .expect("reads");
    let mut told = BTreeMap::<String, Vec<String>>::new();
    for (kind, account) in rows {
        told.entry(kind).or_default().push(account);
    }
    told
}

#[test]
fn each_event_tells_whom_it_concerns() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| recorded(conn, "断网", at)).expect("recorded");
    assert!(told(db).is_empty(), "recording tells nobody");
    db.write_blocking(move |conn| {
        let issue = signed(conn, "停汽", at)?;
        let unit = by("housing", Permission::Handle, Some(HOUSING));
        step(
            conn,
            &issue,
            &unit,
            Step::RequestExtension { days: 3, reason: "待验收".into(), basis: "检测单".into() },
            at,
        )?;
        let grant = Step::GrantExtension { days: 3, opinion: String::new() };
        step(conn, &issue, &by("erqi", Permission::Review, None), grant, at)?;
        let leader = by("leader", Permission::Instruct, None);
        let instructed = step(conn, &issue, &leader, Step::Instruct { text: "请快办".into(), answer_by: None }, at)?;
        let open: i64 = zhuqi::schema::instructions::table
            .filter(zhuqi::schema::instructions::issue_id.eq(instructed.id))
            .select(zhuqi::schema::instructions::id)
            .first(conn)?;
        let answer = Step::AnswerInstruction { instruction_id: open, text: "已派人".into() };
        step(conn, &issue, &unit, answer, at)
    })
    .expect("acted");
    let told = told(db);
    let wanted = [
        ("answer_instruction", vec!["leader"]),
        ("dispatch", vec!["cadre1", "finance", "housing"]),
        ("grant_extension", vec!["housing", "mill"]),
        ("instruct", vec!["erqi", "housing"]),
        ("register", vec!["cadre1"]),
        ("request_extension", vec!["erqi"]),
    ];
    let wanted = wanted.map(|(kind, people)| (kind.to_owned(), people.into_iter().map(str::to_owned).collect()));
    assert_eq!(told, BTreeMap::from(wanted));
}

#[test]
fn raising_tells_the_unit_the_city_office_and_the_leaders() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| signed(conn, "停汽", at)).expect("signed");
    zhuqi::background::ladder::climb(db, workdays_later(at, 6)).expect("climbs");
    assert_eq!(told(db)["raise"], ["city1", "city2", "housing", "leader"]);
}

#[actix_web::test]
async fn the_inbox_counts_groups_and_marks_read() {
    let city = fresh();
    let at = morning("2026-03-02");
    let made = city.app.db.write(move |conn| {
        let first = dispatched(conn, "停汽", at)?;
        let nudge = Step::Nudge { overdue: 0, text: "请抓紧签收".into(), co: None };
        step(conn, &first, &by("erqi", Permission::Review, None), nudge, at)?;
        dispatched(conn, "断网", at)
    });
    made.await.expect("made");
    let mut unit = city.desk("housing").await;
    let page = unit.open("/messages").await;
    assert_eq!(page.texts("main .panel-head h2"), ["断网", "停汽"]);
    assert!(page.says("请抓紧签收") && page.says("共 3 条"), "{}", page.text());
    assert_eq!(page.texts(".sidenav a[href='/messages'] .count"), ["3 件"]);
    let issue = page.attribute("main .panel input[name=issue]", "value").expect("the newest issue");
    let newest = page.attribute("input[name=newest]", "value").expect("the newest message");
    let answer = unit.post("/messages/read", &[("issue", &issue), ("newest", &newest)]).await;
    let page = unit.follow(&answer).await;
    assert_eq!(page.texts("main .panel-head h2"), ["停汽"]);
    let all = unit.submit(&page, "/messages/read", &[]).await;
    let page = unit.follow(&all).await;
    assert!(page.says("没有未看的消息"));
    assert!(unit.open("/messages?show=all").await.says("共 3 条"));
    // Another person's are another person's.
    assert!(city.desk("zhengdong").await.open("/messages?show=all").await.says("还没有消息"));
    city.desk("sysadmin").await.get("/messages").await.is(403);
}

#[test]
fn quiet_hours_may_reach_over_midnight() {
    let night = Settings { quiet_from: 22 * 60, quiet_until: 7 * 60 + 30, ..Settings::default() };
    let at = |on: &str, minute: i64| start_of_day(day(on)).plus_minutes(minute);
    assert_eq!(night.not_before(at("2026-03-02", 23 * 60)), at("2026-03-03", 450));
    assert_eq!(night.not_before(at("2026-03-03", 60).plus_seconds(20)), at("2026-03-03", 450));
    assert_eq!(night.not_before(at("2026-03-03", 450)), at("2026-03-03", 450));
    assert_eq!(night.not_before(at("2026-03-03", 720)), at("2026-03-03", 720));
    assert_eq!(Settings::default().not_before(at("2026-03-03", 0)), at("2026-03-03", 0), "equal ones mean none");
}
