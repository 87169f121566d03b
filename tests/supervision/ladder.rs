//! Each rung once for each limit, whoever makes the pass and however often.
use super::*;
use diesel::prelude::*;
use zhuqi::{
    background::{ladder::climb, lease::Lease},
    schema::{issue_events, issues, supervisions as s},
};

fn rungs(db: &Db) -> Vec<(Stage, String)> {
    db.read_blocking(|conn| Ok(s::table.order(s::id).select((s::stage, s::number)).load(conn)?)).expect("reads")
}

#[test]
fn a_limit_is_pressed_for_rung_by_rung_and_each_rung_once() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    let issue = db.write_blocking(move |conn| signed(conn, "停汽", at)).expect("signed");
    assert_eq!(issue.step_limit, StepLimit::Contact, "due one workday after signing");
    let mut seen = Vec::new();
    for day in 0..9 {
        let now = workdays_later(at, day);
        pass(db, now);
        assert_eq!(pass(db, now), 0, "a second pass finds nothing");
        let new = rungs(db)[seen.len()..].to_vec();
        seen.extend(new.iter().map(|(stage, _)| (day, *stage)));
    }
    // The lead for its first contact; from day 6 on the co-handling unit, whose reply is due on day 7.
    let lead = [(0, Stage::Remind), (2, Stage::Nudge), (4, Stage::Supervise), (6, Stage::Raise)];
    assert_eq!(seen, [&lead[..], &[(6, Stage::Remind), (8, Stage::Nudge)]].concat());
    assert_eq!(rungs(db)[2].1, "督办〔2026〕1号");
    let after: (Level, i64) = db
        .read_blocking(move |conn| {
            Ok(issues::table.find(issue.id).select((issues::level, issues::office_area_id)).first(conn)?)
        })
        .expect("reads");
    assert_eq!(after, (Level::City, CITY), "raised to the city");
}

#[actix_web::test]
async fn a_co_handling_unit_is_pressed_for_its_own_limit_and_not_raised() {
    let city = fresh();
    let db = city.app.db.clone();
    let at = morning("2026-03-02");
    let issue = db
        .write(move |conn| {
            let issue = signed(conn, "停汽", at)?;
            let unit = by("housing", Permission::Handle, Some(HOUSING));
            step(conn, &issue, &unit, Step::Contact { person: "何女士".into(), note: "电话".into() }, at)?;
            step(conn, &issue, &unit, Step::Progress { note: "已派人".into(), measures: String::new() }, at)?;
            // The lead gets more time, the co-handling unit does not.
            let ask = Step::RequestExtension { days: 10, reason: "等设备".into(), basis: "订货合同".into() };
            step(conn, &issue, &unit, ask, at)?;
            let office = by("erqi", Permission::Review, None);
            step(conn, &issue, &office, Step::GrantExtension { days: 10, opinion: String::new() }, at)
        })
        .await
        .expect("extended");
    let passes = actix_web::web::block(move || {
        let mut found = Vec::new();
        for day in 0..14 {
            found.push(pass(&db, workdays_later(at, day)));
        }
        let done: Vec<(Stage, StepLimit, Option<i64>)> = db
            .read_blocking(|conn| Ok(s::table.order(s::id).select((s::stage, s::step_limit, s::unit_id)).load(conn)?))
            .expect("reads");
        (found, done)
    })
    .await
    .expect("runs");
    let co = |stage| (stage, StepLimit::CoReply, Some(FINANCE));
    assert_eq!(passes.1, [co(Stage::Remind), co(Stage::Nudge), co(Stage::Supervise)]);
    assert_eq!(passes.0.iter().sum::<usize>(), 3, "each rung once: {:?}", passes.0);
    // The unit is told, and its notice is addressed to it.
    assert!(city.desk("finance").await.open("/messages").await.says("协办反馈"));
    let mut office = city.desk("erqi").await;
    let page = office.open(&format!("/issues/{}", issue.number)).await;
    let notice = office.open(&page.attribute("a[href*='/notices/']", "href").expect("a notice")).await;
    assert!(notice.says("市财政局：") && notice.says("“协办反馈”的时限"), "{}", notice.text());
}

#[actix_web::test]
async fn an_office_that_is_late_gets_its_notice_from_above() {
    let city = fresh();
    let at = morning("2026-03-02");
    let issue = city.app.db.write(move |conn| recorded(conn, "停汽", at)).await.expect("recorded");
    let (db, now) = (city.app.db.clone(), workdays_later(at, 4));
    actix_web::web::block(move || climb(&db, now)).await.expect("runs").expect("climbs");
    let mut office = city.desk("erqi").await;
    let page = office.open(&format!("/issues/{}", issue.number)).await;
    let notice = office.open(&page.attribute("a[href*='/notices/']", "href").expect("a notice")).await;
    assert!(notice.says("二七区助企办：") && notice.says("市助企办2026年3月6日"), "{}", notice.text());
}

#[test]
fn after_a_downtime_the_highest_missed_rung_alone_is_done() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| signed(conn, "停汽", at)).expect("signed");
    climb(db, workdays_later(at, 5)).expect("climbs");
    let stages: Vec<Stage> = rungs(db).into_iter().map(|(stage, _)| stage).collect();
    assert_eq!(stages, [Stage::Supervise]);
}

#[test]
fn nobody_is_pressed_while_the_company_has_it() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| {
        let issue = signed(conn, "停汽", at)?;
        let ask = Step::RequestSupplement { missing: "合同".into(), days: 5 };
        step(conn, &issue, &by("housing", Permission::Handle, Some(HOUSING)), ask, at)
    })
    .expect("asked");
    assert_eq!(climb(db, workdays_later(at, 30)).expect("climbs"), 0);
}

#[test]
fn a_nudge_before_the_limit_takes_the_place_of_none() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| {
        let issue = signed(conn, "停汽", at)?;
        let nudge = Step::Nudge { overdue: 0, text: "请抓紧".into(), co: None };
        step(conn, &issue, &by("erqi", Permission::Review, None), nudge, at)
    })
    .expect("nudged");
    climb(db, workdays_later(at, 2)).expect("climbs");
    let stages: Vec<Stage> = rungs(db).into_iter().map(|(stage, _)| stage).collect();
    assert_eq!(stages, [Stage::Nudge, Stage::Nudge]);
}

/// One workday overdue somebody raises it by hand, or writes a notice before the limit.
#[test]
fn what_is_done_by_hand_takes_no_other_rung_away() {
    let raise = || Step::Raise { overdue: 1, decided_by: "王主任".into(), reason: "影响大".into() };
    let notice =
        || Step::Supervise { number: "督办〔2026〕9号".into(), overdue: 0, text: "请加快".into(), co: None };
    type Case<'a> = (u32, fn() -> Step, &'a [(u32, Stage)]);
    let cases: [Case; 3] = [
        (2, raise, &[(2, Stage::Nudge), (4, Stage::Supervise)]),
        (0, raise, &[(2, Stage::Nudge), (4, Stage::Supervise)]),
        (0, notice, &[(2, Stage::Nudge), (4, Stage::Supervise), (6, Stage::Raise)]),
    ];
    for (on, by_hand, wanted) in cases {
        let city = fresh();
        let db = &city.app.db;
        let at = morning("2026-03-02");
        let issue = db.write_blocking(move |conn| signed(conn, "停汽", at)).expect("signed");
        let id = issue.id;
        let mut seen = Vec::new();
        for day in 0..8 {
            let now = workdays_later(at, day);
            if day == on {
                let (issue, hand) = (issue.clone(), by_hand());
                let office = by("erqi", Permission::Review, None);
                db.write_blocking(move |conn| step(conn, &issue, &office, hand.clone(), now)).expect("done by hand");
            }
            climb(db, now.plus_minutes(1)).expect("climbs");
            let rungs: Vec<(Stage, String)> = db
                .read_blocking(move |conn| {
                    let lead = s::table.filter(s::issue_id.eq(id)).filter(s::step_limit.ne(StepLimit::CoReply));
                    Ok(lead.filter(s::stage.ne(Stage::Remind)).order(s::id).select((s::stage, s::actor)).load(conn)?)
                })
                .expect("reads");
            let by_rule: Vec<Stage> = rungs.iter().filter(|one| one.1 == "系统").map(|one| one.0).collect();
            seen.extend(by_rule[seen.len()..].iter().map(|stage| (day, *stage)).collect::<Vec<_>>());
        }
        assert_eq!(seen, wanted, "by hand on day {on}");
    }
}

#[test]
fn two_passes_at_once_do_each_rung_once() {
    let city = fresh();
    let db = city.app.db.clone();
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| {
        for number in 0..20 {
            signed(conn, &format!("停汽{number}"), at)?;
        }
        Ok(())
    })
    .expect("signed");
    let now = workdays_later(at, 4);
    let passes: Vec<_> = (0..2)
        .map(|_| {
            // Each as an instance of its own would: with its own connections.
            let other = Db::open(city.app.config.database_url.as_deref().expect("a url")).expect("opens");
            std::thread::spawn(move || climb(&other, now).expect("climbs"))
        })
        .collect();
    let climbed: usize = passes.into_iter().map(|one| one.join().expect("ends")).sum();
    let mut numbers: Vec<String> = rungs(&db).into_iter().map(|(_, number)| number).collect();
    assert_eq!((climbed, numbers.len()), (20, 20));
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 20, "no number twice");
}

#[test]
fn a_lease_is_one_instances_until_it_runs_out() {
    let city = fresh();
    let db = &city.app.db;
    let (one, other) = (Lease::new("limits"), Lease::new("limits"));
    let now = Time::system();
    assert!(one.take(db, now).expect("asks"));
    assert!(!other.take(db, now.plus_seconds(60)).expect("asks"));
    assert!(one.take(db, now.plus_seconds(60)).expect("renews"));
    assert!(!other.take(db, now.plus_seconds(140)).expect("asks"), "it was renewed");
    assert!(other.take(db, now.plus_seconds(151)).expect("takes over"));
    assert!(!one.take(db, now.plus_seconds(152)).expect("asks"));
    assert!(Lease::new("outbox").take(db, now).expect("asks"), "each work has its own");
}

#[test]
fn a_pass_over_many_issues_raises_each_once() {
    let city = fresh();
    let db = &city.app.db;
    let (count, at) = (crate::support::soak::count(300, 10_000), morning("2026-03-02"));
    db.write_blocking(move |conn| {
        for number in 0..count {
            signed(conn, &format!("停汽{number}"), at)?;
        }
        Ok(())
    })
    .expect("signed");
    let now = workdays_later(at, 6);
    assert_eq!(climb(db, now).expect("climbs"), 2 * count, "each lead raised, each co-handling unit reminded");
    assert_eq!(pass(db, now), 0);
    let raised: i64 = db
        .read_blocking(|conn| {
            Ok(issue_events::table.filter(issue_events::action.eq(Action::Raise)).count().get_result(conn)?)
        })
        .expect("counts");
    assert_eq!(raised, count as i64);
}

#[actix_web::test]
async fn a_notice_can_be_read_printed_and_taken_along() {
    let city = fresh();
    let at = morning("2026-03-02");
    let issue = city.app.db.write(move |conn| signed(conn, "停汽", at)).await.expect("signed");
    let (db, now) = (city.app.db.clone(), workdays_later(at, 4));
    actix_web::web::block(move || climb(&db, now)).await.expect("runs").expect("climbs");
    let mut office = city.desk("erqi").await;
    let page = office.open(&format!("/issues/{}", issue.number)).await;
    assert!(page.says("督办情况"));
    let href = page
        .attribute("#pressed, a[href*='/notices/']", "href")
        .or_else(|| page.attribute("a[href*='/notices/']", "href"));
    let href = href.expect("a link to the notice");
    let notice = office.open(&href).await;
    for words in ["督办〔2026〕1号", "二七区住建局：", "已逾期 3 个工作日", "二七区助企办", "2026年3月6日"]
    {
        assert!(notice.says(words), "{words}: {}", notice.text());
    }
    let file = office.open(&format!("{href}/docx")).await;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file.bytes)).expect("an archive");
    let mut xml = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("word/document.xml").expect("the document"), &mut xml)
        .expect("reads");
    for words in ["督办〔2026〕1号", "方正小标宋简体", "仿宋_GB2312", "w:val=\"44\"", "w:val=\"32\"", "w:top=\"2097\""]
    {
        assert!(xml.contains(words), "{words}: {xml}");
    }
    city.desk("mill").await.get(&href).await.is(404);
    city.desk("zhengdong").await.get(&href).await.is(404);
}
