//! Work that begins again, or was set aside meanwhile: what its limits are then, and who is told.
use super::*;
use diesel::prelude::*;
use zhuqi::{
    issue::{
        apply::{Context, EDITION},
        event::Event,
        perform::{city_area_id, load},
        query,
        replay::replay,
        step::FourAnswers,
    },
    schema::{issue_units as u, messages as m, supervisions as s, users},
};

fn unit() -> Authority {
    by("housing", Permission::Handle, Some(HOUSING))
}

fn office(permission: Permission) -> Authority {
    by("erqi", permission, None)
}

fn reply(override_reason: &str) -> Step {
    Step::Reply {
        resolution: Resolution::Solved,
        text: "办好了".into(),
        measures: String::new(),
        override_reason: override_reason.into(),
    }
}

const FOUR: FourAnswers = FourAnswers { solved: true, replied: true, met: true, satisfied: true };

/// Closed by the company, though the co-handling unit never answered.
fn closed(conn: &mut Conn, at: Time) -> Result<Issue> {
    let issue = signed(conn, "停汽", at)?;
    step(conn, &issue, &unit(), reply("协办单位没有意见"), at)?;
    step(
        conn,
        &issue,
        &office(Permission::Review),
        Step::Approve { four: FOUR, opinion: String::new(), invalid: false },
        at,
    )?;
    let answer = Step::Answer {
        solved: Answer::Solved,
        result: Rating::Satisfied,
        attitude: Rating::Satisfied,
        words: String::new(),
        called_back_by: String::new(),
        by_slip_of: String::new(),
        main: None,
        group_id: None,
    };
    step(conn, &issue, &by("mill", Permission::AnswerAsEnterprise, None), answer, at)
}

/// What is wrong with the issue by `zhuqi verify`.
fn wrong(city: &City, now: Time) -> Vec<String> {
    let found = zhuqi::verify::verify(&city.app.config, &city.app.db, now, |_| ()).expect("verifies").findings;
    found.into_iter().map(|one| format!("{one:?}")).filter(|one| one.contains("ZZ-")).collect()
}

/// Texts of a kind of message, by account.
fn told(db: &Db, kind: Action) -> Vec<(String, String)> {
    db.read_blocking(|conn| {
        let rows = m::table.inner_join(users::table).filter(m::kind.eq(kind)).order((users::id, m::id));
        Ok(rows.select((users::account, m::text)).load(conn)?)
    })
    .expect("reads")
}

fn accounts(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(account, _)| account.as_str()).collect()
}

#[test]
fn a_co_handling_unit_gets_the_limit_of_the_rework_and_is_asked_again() {
    let city = fresh();
    let db = &city.app.db;
    let (at, later) = (morning("2026-03-02"), morning("2026-03-23"));
    let issue = db
        .write_blocking(move |conn| {
            let issue = closed(conn, at)?;
            let reopen = Step::Reopen { reason: "又停了".into() };
            step(conn, &issue, &office(Permission::Review), reopen, later)
        })
        .expect("reopened");
    let co: (Time, Time) = db
        .read_blocking(move |conn| {
            let co = u::table.filter(u::issue_id.eq(issue.id)).filter(u::part.eq(Part::Co));
            Ok(co.select((u::due_at, u::replied_at)).first(conn)?)
        })
        .expect("reads");
    assert_eq!(co, (issue.due_at, Time::NEVER));
    assert_eq!(shanghai_date(issue.due_at), Calendar::official().add_workdays(day("2026-03-23"), 15).on);
    assert_eq!(pass(db, workdays_later(later, 1)), 0, "nobody is late");
    let reopened = told(db, Action::Reopen);
    assert_eq!(accounts(&reopened), ["cadre1", "finance", "housing", "mill"]);
    assert!(reopened[3].1.contains("已重开") && reopened[3].1.contains("又停了"), "{reopened:?}");
    assert_eq!(wrong(&city, later), Vec::<String>::new());
}

#[actix_web::test]
async fn the_ledger_of_a_co_handling_unit_starts_anew_with_the_rework() {
    let mut city = fresh();
    let (at, later) = (morning("2026-03-02"), morning("2026-03-23"));
    let write = city.app.db.write(move |conn| {
        let issue = closed(conn, at)?;
        step(conn, &issue, &office(Permission::Review), Step::Reopen { reason: "又停了".into() }, later)
    });
    let issue = write.await.expect("reopened");
    city.app.clock = zhuqi::calendar::Clock { stopped_at: Some(morning("2026-03-24")) };
    let page = city.desk("erqi").await.open(&format!("/issues/{}/deadline?unit={FINANCE}", issue.number)).await;
    assert!(page.says("2026-03-23 10:00 重开，协办反馈时限 15 个工作日") && page.says("还没有反馈"), "{}", page.text());
    let due = shanghai_date(issue.due_at).to_string();
    let rows = page.texts(".ledger-days tbody tr");
    let last = rows.iter().find(|row| row.contains(&due)).expect("the last day");
    assert!(last.contains("第 15 天，协办反馈到期"), "{last}");
}

/// Merged while a unit worked on it, and taken out again three weeks later.
fn split(conn: &mut Conn, at: Time, later: Time) -> Result<Issue> {
    let main = signed(conn, "停汽", at)?;
    let issue = signed(conn, "锅炉房没有汽", at)?;
    let merge = Step::Merge { main_issue_id: main.id, main_number: main.number.clone(), reason: "同一件事".into() };
    step(conn, &issue, &office(Permission::Triage), merge, at.plus_minutes(60))?;
    step(conn, &issue, &office(Permission::Triage), Step::Split { reason: "是两件事".into() }, later)
}

#[actix_web::test]
async fn the_clock_stands_still_while_a_problem_is_merged() {
    let mut city = fresh();
    let (at, later) = (morning("2026-03-02"), morning("2026-03-23"));
    let issue = city.app.db.write(move |conn| split(conn, at, later)).await.expect("split");
    let official = Calendar::official();
    let stood = official.workdays_between(day("2026-03-02"), day("2026-03-23"));
    assert_eq!(stood, 15);
    let due = official.add_workdays(day("2026-03-02"), 7 + 15).on;
    assert_eq!((issue.status, shanghai_date(issue.due_at)), (Status::InProgress, due));
    assert_eq!(issue.step_limit, StepLimit::Contact, "one workday after signing, and it stood as well");
    assert_eq!(shanghai_date(issue.step_due_at), official.add_workdays(day("2026-03-02"), 1 + 15).on);
    let (db, number) = (city.app.db.clone(), issue.number.clone());
    let pressed = actix_web::web::block(move || {
        // The main issue is late, this one is not.
        zhuqi::background::ladder::climb(&db, later.plus_minutes(1)).expect("climbs");
        db.read_blocking(move |conn| {
            let own = zhuqi::schema::issues::table.filter(zhuqi::schema::issues::number.eq(number));
            let ids: Vec<i64> = own.select(zhuqi::schema::issues::id).load(conn)?;
            Ok(s::table.filter(s::issue_id.eq_any(ids)).select(s::stage).load::<Stage>(conn)?)
        })
        .expect("reads")
    });
    assert_eq!(pressed.await.expect("runs"), [Stage::Remind]);
    city.app.clock = zhuqi::calendar::Clock { stopped_at: Some(later.plus_minutes(60)) };
    let page = city.desk("city1").await.open(&format!("/issues/{}/deadline", issue.number)).await;
    assert!(page.says("拆分顺延 15 个工作日"), "{}", page.text());
    assert!(page.says("已并案") && !page.says("已办结"), "{}", page.text());
    let rows = page.texts(".ledger-days tbody tr");
    let merged = rows.iter().find(|row| row.contains("2026-03-10")).expect("a day");
    assert!(merged.contains("停表，不计") && merged.contains("已并案"), "{merged}");
    assert!(rows.iter().any(|row| row.contains(&due.to_string()) && row.contains("第 7 天，答复到期")), "{rows:?}");
    let work = move || wrong(&city, later);
    assert_eq!(std::thread::spawn(work).join().expect("ends"), Vec::<String>::new());
}

/// Histories that were written before are played by the rules of their time.
#[test]
fn an_older_history_keeps_the_limits_that_it_had() {
    let city = fresh();
    let (at, later) = (morning("2026-03-02"), morning("2026-03-23"));
    let played = city.app.db.write_blocking(move |conn| {
        let (split, reopened) = (split(conn, at, later)?, closed(conn, at)?);
        step(conn, &reopened, &office(Permission::Review), Step::Reopen { reason: "又停了".into() }, later)?;
        let rules = zhuqi::directory::current(conn)?.rules.clone();
        let context = Context::new(city_area_id(conn)?, &rules);
        let mut limits = Vec::new();
        for issue in [split, reopened] {
            let dossier = load(conn, issue)?;
            let mut events: Vec<Event> = query::events(conn, dossier.issue.id)?;
            events.reverse();
            for event in &mut events {
                event.data = event.data.replace(&format!(",\"edition\":{EDITION}"), "");
                assert_eq!(event.edition()?, 0);
            }
            let old = replay(&dossier.issue, &dossier.detail, &events, context, |_, _| Ok(()))?;
            let co = old.active_units().find(|unit| unit.part == Part::Co).map(|unit| shanghai_date(unit.due_at));
            limits.push((shanghai_date(old.issue.due_at), co.expect("a co-handling unit")));
        }
        Ok(limits)
    });
    let official = Calendar::official();
    let (first, rework) =
        (official.add_workdays(day("2026-03-02"), 7).on, official.add_workdays(day("2026-03-23"), 15).on);
    assert_eq!(played.expect("plays"), [(first, first), (rework, first)]);
}

#[actix_web::test]
async fn an_office_is_told_when_a_problem_goes_to_the_city() {
    let city = fresh();
    let at = morning("2026-03-02");
    let write = city.app.db.write(move |conn| {
        let issue = dispatched(conn, "停汽", at)?;
        let ask =
            || Step::RequestReturn {
                reason: "不归口".into(), basis: "三定".into(), suggested_unit: "市财政局".into()
            };
        let uphold = || Step::UpholdReturn { finding: "属实".into(), level: None };
        step(conn, &issue, &unit(), ask(), at)?;
        step(conn, &issue, &office(Permission::Review), uphold(), at)?;
        let dispatch = Step::Dispatch {
            lead_unit_id: FINANCE,
            co_unit_ids: vec![],
            template: "13710".into(),
            requirement: "请办理".into(),
            responsible_leader: String::new(),
        };
        step(conn, &issue, &office(Permission::Triage), dispatch, at)?;
        step(conn, &issue, &by("finance", Permission::Handle, Some(FINANCE)), ask(), at)?;
        step(conn, &issue, &by("city1", Permission::Review, None), uphold(), at)?;
        let other = recorded(conn, "断网", at)?;
        step(conn, &other, &office(Permission::Triage), Step::PassUp { reason: "跨县区".into() }, at)?;
        Ok(issue)
    });
    let issue = write.await.expect("returned twice");
    let returned = told(&city.app.db, Action::UpholdReturn);
    let whom: Vec<&str> = accounts(&returned);
    assert_eq!(whom, ["city2", "erqi", "finance", "housing"], "each of them once, and not who ruled");
    let said = "两次交办未果，转由市助企办交办";
    let says: Vec<bool> = returned.iter().map(|(_, text)| text.contains(said)).collect();
    assert_eq!(says, [true, true, true, false], "{returned:?}");
    assert_eq!(accounts(&told(&city.app.db, Action::PassUp)), ["city1", "city2"], "who passed it up knows");
    let page = city.desk("erqi").await.open(&format!("/issues/{}", issue.number)).await;
    assert_eq!(page.texts("ol.line li").iter().filter(|line| line.contains(said)).count(), 1, "{}", page.text());
}

#[test]
fn a_company_is_told_what_changes_its_case() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| {
        let issue = signed(conn, "停汽", at)?;
        let ask = Step::RequestExtension { days: 3, reason: "等设备".into(), basis: "合同".into() };
        step(conn, &issue, &unit(), ask, at)?;
        let review = office(Permission::Review);
        step(conn, &issue, &review, Step::GrantExtension { days: 3, opinion: String::new() }, at)?;
        step(conn, &issue, &unit(), reply("不等了"), at)?;
        step(conn, &issue, &review, Step::Approve { four: FOUR, opinion: String::new(), invalid: false }, at)?;
        step(conn, &issue, &Authority::system(), Step::RatingTimeout, workdays_later(at, 6))?;
        let caller = by("callback", Permission::CallBack, None);
        step(conn, &issue, &caller, Step::FindFalse { finding: "没有恢复".into() }, workdays_later(at, 8))
    })
    .expect("found false");
    for (kind, words) in [
        (Action::GrantExtension, "办理时限延长 3 个工作日，3月16日 前答复"),
        (Action::RatingTimeout, "没有解决的，90 天内可以重开"),
        (Action::FindFalse, "抽查发现问题没有解决，重新办理"),
    ] {
        let told = told(db, kind);
        let company: Vec<_> = told.iter().filter(|(account, _)| account == "mill").collect();
        assert_eq!(company.len(), 1, "{kind:?}: {told:?}");
        assert!(company[0].1.contains(words), "{company:?}");
    }
}
