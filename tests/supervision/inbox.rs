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

/// (kind, account, text) of all messages, the oldest first.
fn texts(db: &Db) -> Vec<(String, String, String)> {
    let rows = db.read_blocking(|conn| {
        let all = m::table.inner_join(users::table).order((m::id, users::id));
        Ok(all.select((m::kind, users::account, m::text)).load(conn)?)
    });
    rows.expect("reads")
}

/// What each was told of a kind of event.
fn told_of(db: &Db, kind: &str) -> BTreeMap<String, String> {
    texts(db).into_iter().filter(|(one, ..)| one == kind).map(|(_, account, text)| (account, text)).collect()
}

fn told_as(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(account, text)| ((*account).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn units_that_lose_a_problem_and_get_it_back_are_told() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    let done = db.write_blocking(move |conn| {
        let (main, issue) = (dispatched(conn, "断网", at)?, dispatched(conn, "停汽", at)?);
        let office = by("erqi", Permission::Triage, None);
        let reason = "同一条管线".to_owned();
        let merge = Step::Merge { main_issue_id: main.id, main_number: main.number, reason };
        step(conn, &issue, &office, merge, at)?;
        step(conn, &issue, &office, Step::Split { reason: "不是一件事".into() }, at)?;
        step(conn, &issue, &by("mill", Permission::AnswerAsEnterprise, None), withdraw(), at)?;
        // The city's callers see what is with the city's office.
        let passed = recorded(conn, "停电", at)?;
        step(conn, &passed, &office, Step::PassUp { reason: "区里办不了".into() }, at)?;
        step(conn, &passed, &by("mill", Permission::AnswerAsEnterprise, None), withdraw(), at)
    });
    done.expect("acted");
    let merged = told_of(db, "merge");
    let units: Vec<_> = ["housing", "finance"].iter().filter_map(|one| merged.get(*one)).collect();
    assert_eq!(units.len(), 2, "{merged:?}");
    assert!(units.iter().all(|text| text.starts_with("并入 ZZ-410103-2026-")), "{merged:?}");
    let split = "已从主件拆分，单独办理：不是一件事。请在 3月3日 前签收";
    assert_eq!(told_of(db, "split"), told_as(&[("housing", split), ("finance", split)]));
    let withdrawn = told_of(db, "withdraw");
    assert_eq!(withdrawn["housing"], "企业撤回了这件问题，不用再办");
    assert_eq!(withdrawn["erqi"], "企业撤回了这件问题，由回访员回访");
    assert_eq!(withdrawn["callback"], "企业撤回了这件问题，请在 3月9日 前撤回回访");
}

fn withdraw() -> Step {
    Step::Withdraw { reason: "自己修好了".into() }
}

#[test]
fn the_unit_that_a_problem_is_taken_from_reads_its_number() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    let number = db.write_blocking(move |conn| {
        let issue = signed(conn, "停汽", at)?;
        let transfer = Step::Transfer { lead_unit_id: FINANCE, reason: "归市里管。".into() };
        step(conn, &issue, &by("erqi", Permission::Triage, None), transfer, at)?;
        Ok(issue.number)
    });
    let lost = format!("{} 已转由其他单位办理：归市里管。", number.expect("acted"));
    let got = "归市里管。请在 3月3日 前签收";
    assert_eq!(told_of(db, "transfer"), told_as(&[("finance", got), ("housing", &lost)]));
}

#[test]
fn messages_end_in_one_stop_and_promise_one_appeal() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    let done = db.write_blocking(move |conn| {
        let issue = recorded(conn, "停汽", at)?;
        let (office, company) =
            (by("erqi", Permission::Triage, None), by("mill", Permission::AnswerAsEnterprise, None));
        let reject = Step::Reject { reason: "属于民事纠纷".into(), channel: "人民法院".into() };
        step(conn, &issue, &office, reject.clone(), at)?;
        step(conn, &issue, &company, Step::Appeal { reason: "不是合同的事".into() }, at)?;
        step(conn, &issue, &office, reject, at)?;

        let issue = recorded(conn, "断网", at)?;
        step(conn, &issue, &office, register(CATEGORY_UTILITIES), at)?;
        let dispatch = Step::Dispatch {
            lead_unit_id: HOUSING,
            co_unit_ids: vec![FINANCE],
            template: "13710".into(),
            requirement: "请按时限办理并答复企业。".into(),
            responsible_leader: String::new(),
        };
        step(conn, &issue, &office, dispatch, at)?;
        let unit = by("housing", Permission::Handle, Some(HOUSING));
        step(conn, &issue, &unit, Step::Sign, at)?;
        let co = by("finance", Permission::CoHandle, Some(FINANCE));
        step(conn, &issue, &co, Step::CoReply { unit_id: FINANCE, text: "资金已到位".into() }, at)?;
        let ask = Step::RequestLongTerm {
            reason: "要等规划".into(),
            milestones: "年内".into(),
            next_on: day("2026-03-20"),
            told: "电话".into(),
        };
        step(conn, &issue, &unit, ask, at)?;
        let agree = Step::AgreeLongTerm { opinion: String::new(), next_on: Some(day("2026-03-20")) };
        step(conn, &issue, &by("erqi", Permission::Review, None), agree, at)
    });
    done.expect("acted");
    let told = texts(db);
    let of = |kind: &str, account: &str| -> Vec<&str> {
        let ones = told.iter().filter(|one| one.0 == kind && one.1 == account);
        ones.map(|one| one.2.as_str()).collect()
    };
    let rejected = "不予受理：属于民事纠纷。可走的渠道：人民法院";
    assert_eq!(of("reject", "mill"), [format!("{rejected}。可以申诉一次").as_str(), rejected]);
    assert_eq!(of("dispatch", "housing"), ["请按时限办理并答复企业。请在 3月3日 前签收"]);
    assert_eq!(of("co_reply", "housing"), ["协办单位反馈：资金已到位"]);
    assert_eq!(of("agree_long_term", "housing"), ["同意挂账。请在 3月20日 前挂账报告"]);
}
