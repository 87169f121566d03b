//! The workday calendar and the deadline templates as the city changes them, and what moves by it.
use crate::support::{
    city,
    crowd::{self, SMALL},
    problem::{dispatch, record},
};
use diesel::prelude::*;
use std::process::Command;
use zhuqi::{
    calendar::{Calendar, Years},
    issue::{recalculate, workflow::Action},
    rules::{draft, notice, query},
    schema::{issue_events, issues},
};

const NOTICE_2026: &str = "各省、自治区、直辖市人民政府：\n\
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。\n\
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。\n\
三、清明节：4月4日（周六）至6日（周一）放假，共3天。\n\
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。\n\
五、端午节：6月19日（星期五）至21日（星期日）放假，共3天。\n\
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。\n\
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。\n\
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。";

#[test]
fn the_notice_of_2026_reads_as_the_official_data() {
    let read = notice::read(NOTICE_2026, 2026);
    let not_understood: Vec<_> = read.sentences.iter().filter(|one| one.read.is_err()).map(|one| &one.text).collect();
    assert_eq!(not_understood.len(), 2, "{not_understood:?}");
    let mut years = Years::default();
    draft::with_notice(&mut years, &read, 2026).expect("one year");
    let calendar = Calendar::of(years).expect("one year");
    let official = &Calendar::official().years()[&2026];
    assert_eq!(
        calendar.years()[&2026].days_off.keys().collect::<Vec<_>>(),
        official.days_off.keys().collect::<Vec<_>>()
    );
    assert_eq!(calendar.years()[&2026].make_up_workdays, official.make_up_workdays);
}

/// As it stands on the State Council's page, with who wrote it and when below.
#[actix_web::test]
async fn a_whole_notice_is_taken_with_its_signature() {
    let city = city::fresh();
    let mut admin = city.desk("sysadmin").await;
    for signature in ["2026年11月4日", "国务院办公厅\n2026年11月4日", "国务院办公厅　2026年11月4日"]
    {
        let text = format!("{NOTICE_2026}\n{signature}");
        admin.post("/calendar/preview", &[("year", "2026"), ("notice", &text)]).await.is(200);
        let read = notice::read(&text, 2026);
        assert!(!read.sentences.iter().any(notice::Sentence::is_missed), "{signature}");
    }
    let read = notice::read("国庆节放假到2026年10月4日", 2026);
    assert!(read.sentences.iter().any(notice::Sentence::is_missed), "that is no signature");
}

#[test]
fn a_notice_of_one_holiday_leaves_the_others() {
    let official = Calendar::official().years()[&2026].clone();
    let mut years = Years::from([(2026, official.clone())]);
    let read = notice::read("元旦：1月1日（周四）至2日（周五）放假，共2天。国庆节：10月1日放1天。", 2026);
    let missed: Vec<bool> = read.sentences.iter().map(notice::Sentence::is_missed).collect();
    assert_eq!(missed, [false, true], "the second names a day and is not understood");
    draft::with_notice(&mut years, &read, 2026).expect("one year");
    let after = &years[&2026];
    let gone: Vec<_> = official.days_off.keys().filter(|on| !after.days_off.contains_key(on)).collect();
    assert_eq!(gone, [&city::day("2026-01-03")]);
    let made_up = |on: &str| after.make_up_workdays.contains_key(&city::day(on));
    assert!(!made_up("2026-01-04") && made_up("2026-02-14") && after.days_off.len() + 1 == official.days_off.len());
}

#[actix_web::test]
async fn a_sentence_with_a_day_that_is_not_understood_must_be_let_go_by_hand() {
    let city = city::fresh();
    let mut admin = city.desk("sysadmin").await;
    let half = [("year", "2026"), ("notice", "元旦：1月1日（周四）至2日（周五）放假，共2天。\n国庆节：10月1日放1天。")];
    let refused = admin.post("/calendar/preview", &half).await.is(422);
    assert!(refused.says("没有读懂") && refused.says("国庆节：10月1日放1天"), "{}", refused.text());
    assert!(refused.attribute("#skip_missed", "type").is_some(), "{}", refused.text());
    let let_go = [&half[..], &[("skip_missed", "1")]].concat();
    let preview = admin.post("/calendar/preview", &let_go).await.is(200);
    assert!(preview.says("2026-01-03") && !preview.says("2026-10-02"), "{}", preview.text());
}

#[test]
fn a_notice_that_contradicts_itself_is_not_taken() {
    for (text, why) in [
        ("元旦：1月1日（周五）至3日（周日）放假，共3天。", "是周四"),
        ("元旦：1月1日至3日放假，共4天。", "按日期算是 3 天"),
        ("元旦：2月30日放假1天。", "没有2026年2月30日"),
        ("元旦：1日放假1天。", "前面没有月份"),
        ("元旦：1月1日至放假。", "后面没有日期"),
        ("鼓励错峰出行。", "没有节日名称"),
    ] {
        let read = notice::read(text, 2026);
        assert!(read.days_off.is_empty(), "{text}");
        let told = read.sentences[0].read.as_ref().expect_err(text);
        assert!(told.contains(why), "{text}: {told}");
    }
    let across = notice::read("元旦：2022年12月31日至2023年1月2日放假调休，共3天。", 2023);
    assert_eq!(across.days_off.len(), 3);
    assert_eq!(notice::read("元旦：12月31日至1月2日放假，共3天。", 2023).days_off, across.days_off);
}

#[test]
fn the_command_needs_no_database_and_creates_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |from: &str, n: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_zhuqi"))
            .args(["workdays", from, n])
            .current_dir(folder.path())
            .env("DATABASE_URL", "nonsense://nowhere")
            .env("ZHUQI_DATA", folder.path().join("data"))
            .output()
            .expect("runs");
        (output.status.success(), String::from_utf8(output.stdout).expect("text"))
    };
    for (from, n, first) in [
        ("2026-02-13", "1", "2026-02-14"),
        ("2026-02-13", "3", "2026-02-25"),
        ("2026-02-13", "7", "2026-03-02"),
        ("2026-09-18", "1", "2026-09-20"),
        ("2026-09-24", "5", "2026-10-09"),
        ("2026-09-30", "3", "2026-10-10"),
        ("2026-04-30", "5", "2026-05-11"),
        ("2026-01-01", "1", "2026-01-04"),
        ("2024-02-08", "2", "2024-02-18"),
        ("2023-09-28", "3", "2023-10-09"),
        ("2021-09-30", "2", "2021-10-09"),
        ("2026-11-23", "22", "2026-12-23"),
        ("2026-11-23", "30", "2027-01-04 估算"),
    ] {
        let (ok, text) = run(from, n);
        assert!(ok, "{from} {n}");
        assert_eq!(text.lines().next(), Some(first), "{from} + {n}");
        let counted = text.lines().filter(|line| line.contains(" 第 ")).count();
        assert_eq!(counted.to_string(), n, "every counted day is told: {text}");
    }
    let (_, text) = run("2026-02-13", "3");
    assert!(text.contains("2026-02-14 周六 第 1 天 调休上班（春节调休）"), "{text}");
    assert!(text.contains("2026-02-17 周二 不计 休（春节）"), "{text}");
    for from in ["9999-12-31", "9998-12-31", "9999-01-01"] {
        assert_eq!(run(from, "1"), (false, String::new()), "{from}");
    }
    assert!(run("9998-12-01", "1").0);
    assert!(!run("2026-13-01", "3").0 && !run("2026-01-01", "-1").0);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was created");
}

#[actix_web::test]
async fn a_changed_day_is_previewed_saved_with_its_reason_and_moves_the_limits() {
    let city = crowd::city(3, SMALL);
    let (db, now) = (city.app.db.clone(), crowd::now());
    db.write(query::seed).await.expect("seeds");
    let mut desk = city.desk("sysadmin").await;
    let page = desk.open("/calendar?year=2022").await;
    assert_eq!(page.texts(".months section").len(), 12);
    desk.post("/calendar/preview", &[("year", "2022")]).await.is(422);
    let preview =
        desk.post("/calendar/preview", &[("year", "2022"), ("day", "2022-06-20"), ("why", "防汛")]).await.is(200);
    assert!(preview.says("改动 1 天") && preview.says("休（防汛）"));
    assert_eq!(page.attribute("#year", "value").as_deref(), Some("2022"));
    // Who keeps the calendar holds no business role: he reads numbers and limits, no problem.
    let titles = db.read(|conn| Ok(issues::table.select(issues::title).load::<String>(conn)?)).await.expect("titles");
    assert!(!titles.is_empty() && titles.iter().all(|title| !preview.html().contains(title)));
    assert_eq!(preview.texts("[aria-labelledby=moved] thead th"), ["问题编号", "单位", "时限"]);
    assert!(preview.texts("[aria-labelledby=moved] td[data-label=单位]").iter().all(|unit| !unit.is_empty()));
    for (json, said) in [
        ("{\"2022\": {", "内容不完整"),
        ("{2022: {}}", "请看看括号、引号和逗号"),
        ("{\"2022\": {\"days_off\": [\"2022-01-01\"]}}", "放假日（days_off）和调休上班日（make_up_workdays"),
    ] {
        let refused = desk.post("/calendar/preview", &[("year", "2022"), ("json", json)]).await.is(422);
        let message = refused.texts("#json-m").concat();
        assert!(message.contains("读不懂，在第 1 行第 ") && message.contains(said), "{message}");
    }
    let bare = [("year", "2022"), ("json", "{\"2022\": {\"days_off\": {\"2022-01-01\": \"元旦\"}}}")];
    assert!(desk.post("/calendar/preview", &bare).await.is(200).says("改动"), "a year may have no make-up workday");
    let moved = |db: zhuqi::db::Db, day: &'static str| async move {
        db.read(move |conn| {
            let rules = zhuqi::directory::current(conn)?.rules.clone();
            let mut years = rules.calendar(now).years().clone();
            if !day.is_empty() {
                draft::toggle(&mut years, city::day(day), "防汛");
            }
            let calendar = Calendar::of(years).expect("no gap");
            let plan = recalculate::plan(conn, &rules, calendar, now)?;
            assert!(plan.left.is_empty(), "{:?}", plan.left);
            Ok(plan.moved.len())
        })
        .await
        .expect("plans")
    };
    let expected = moved(db.clone(), "2022-06-20").await;
    assert!(expected > 0 && preview.says(&format!("{expected} 件问题的时限会移动")));
    assert!(desk.submit(&preview, "/calendar", &[("reason", "")]).await.is(422).says("请写明改日历的依据"));
    desk.submit(&preview, "/calendar", &[("reason", "市防汛指挥部")]).await.is(303);
    // Sent twice: done once.
    desk.submit(&preview, "/calendar", &[("reason", "市防汛指挥部")]).await.is(303);
    let recalculated = db.read(|conn| {
        Ok(issue_events::table
            .filter(issue_events::action.eq(Action::Recalculate))
            .filter(issue_events::data.like("%市防汛指挥部%"))
            .count()
            .get_result::<i64>(conn)?)
    });
    assert_eq!(recalculated.await.expect("counts"), expected as i64);
    assert_eq!(moved(db.clone(), "").await, 0, "nothing is left to move");
    assert_eq!(moved(db.clone(), "2022-06-20").await, expected, "taken back, the same ones move");
    assert!(desk.open("/calendar?year=2022").await.says("市防汛指挥部"));
    let stale = desk.submit(&preview, "/calendar", &[("reason", "再来"), ("once", "another")]).await.is(422);
    assert!(stale.says("别人改过日历"));
    assert!(city.desk("auditadmin").await.open("/audit").await.says("市防汛指挥部"));
    for account in ["city1", "erqi", "secadmin", "mill"] {
        city.desk(account).await.get("/calendar").await.is(403);
    }
}

#[actix_web::test]
async fn every_problem_opens_its_ledger_for_whom_it_may_be_seen() {
    let city = crowd::city(5, SMALL);
    let numbers =
        city.app.db.read(|conn| Ok(issues::table.order(issues::id).select(issues::number).load::<String>(conn)?));
    let mut desk = city.desk("city1").await;
    for number in numbers.await.expect("loads") {
        let page = desk.open(&format!("/issues/{number}/deadline")).await;
        let minutes: Vec<i64> =
            page.texts(".holders td.num").iter().map(|text| text.parse().expect("a number")).collect();
        let (sum, held) = minutes.split_last().expect("a sum");
        assert_eq!(held.iter().sum::<i64>(), *sum, "{number}");
        assert!(!page.texts(".ledger-days tbody tr").is_empty());
    }
    city.desk("city1").await.get("/issues/ZZ-410103-2022-999999/deadline").await.is(404);
    city.desk("sysadmin").await.get("/issues/ZZ-410103-2022-999999/deadline").await.is(403);
}

/// A version that is saved in the very moment of a step does not change what the step gave.
#[actix_web::test]
async fn rules_saved_in_the_moment_of_a_step_count_from_behind_it() {
    let mut city = city::fresh();
    city.app.db.write(query::seed).await.expect("seeds");
    let at = city.app.now();
    city.app = zhuqi::web::App { clock: zhuqi::calendar::Clock { stopped_at: Some(at) }, ..city.app.clone() };
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let mut office = city.desk("city1").await;
    dispatch(&mut office, &path).await;
    let form = office.open("/deadlines/0").await;
    let filled = [("reason", "会议纪要3号"), ("sign", "9"), ("reply_c", "30"), ("triage", "9")];
    office.submit(&form, "/deadlines/0", &filled).await.is(303);
    let later = record(&mut city.desk("cadre1").await, "停水").await;
    dispatch(&mut office, &later).await;
    let (config, db) = (city.app.config.clone(), city.app.db.clone());
    let work = move || zhuqi::verify::verify(&config, &db, at, |_| ()).expect("verifies").findings;
    let found = std::thread::spawn(work).join().expect("ends");
    let found: Vec<String> =
        found.into_iter().map(|one| format!("{one:?}")).filter(|one| one.contains("ZZ-")).collect();
    assert_eq!(found, Vec::<String>::new());
    let shown = |path: String| {
        let city = &city;
        async move { city.desk("city1").await.open(&format!("{path}/deadline")).await.text() }
    };
    assert!(shown(path).await.contains("答复时限 7 个工作日") && shown(later).await.contains("答复时限 30 个工作日"));
}

/// One day that was clicked is no notice.
#[actix_web::test]
async fn a_year_with_some_of_its_holidays_stays_estimated() {
    let mut years = Calendar::official().years().clone();
    draft::toggle(&mut years, city::day("2027-03-03"), "");
    let calendar = Calendar::of(years.clone()).expect("no gap");
    assert!(calendar.is_estimated(city::day("2027-01-07")) && !calendar.is_workday(city::day("2027-03-03")));
    assert!(!calendar.is_estimated(city::day("2026-12-31")));
    let mut notice = String::new();
    for holiday in
        ["元旦：1月1日", "春节：2月6日", "清明节：4月5日", "劳动节：5月1日", "端午节：6月9日", "中秋节：9月15日"]
    {
        notice += &format!("{holiday}放假。\n");
    }
    let read = notice::read(&notice, 2027);
    draft::with_notice(&mut years, &read, 2027).expect("one year");
    assert_eq!(years[&2027].missing(), ["国庆"]);
    let read = notice::read("国庆节：10月1日放假。", 2027);
    draft::with_notice(&mut years, &read, 2027).expect("one year");
    assert!(!Calendar::of(years).expect("no gap").is_estimated(city::day("2027-01-07")));
}

#[actix_web::test]
async fn the_city_office_changes_a_template_and_who_gets_it() {
    let city = city::fresh();
    city.app.db.write(query::seed).await.expect("seeds");
    let mut desk = city.desk("city1").await;
    let form = desk.open("/deadlines/0").await;
    for (field, value) in [("reply_c", "0"), ("reply_c", "七"), ("name", ""), ("name", "ABC"), ("reason", "")] {
        let refused = desk.submit(&form, "/deadlines/0", &[("reason", "试行"), (field, value)]).await.is(422);
        assert!(!refused.texts(&format!(".error-summary a[href='#{field}']")).is_empty(), "{field}={value}");
    }
    let filled = [("reason", "会议纪要3号"), ("reply_c", "10"), ("reply_c_kind", "natural_days")];
    desk.submit(&form, "/deadlines/0", &filled).await.is(303);
    let page = desk.open("/deadlines").await;
    assert!(page.says("10 天") && page.says("会议纪要3号"));
    assert!(
        desk.submit(&form, "/deadlines/0", &[("reason", "旧表单"), ("once", "other")]).await.is(422).says("别人改过")
    );
    let rule = [("category_0", "1"), ("template_0", "ABC"), ("default", "1-3-15-30"), ("reason", "融资类加快")];
    desk.submit(&page, "/deadlines/rules", &rule).await.is(303);
    let saved = city.app.db.read(|conn| Ok(zhuqi::directory::current(conn)?.rules.clone())).await.expect("loads");
    let deadlines = saved.deadlines(city.app.now());
    assert_eq!(deadlines.usual().name, "1-3-15-30");
    assert_eq!(deadlines.suggested(Some(1), zhuqi::issue::workflow::Level::City).name, "ABC");
    let place = deadlines.templates.iter().position(|one| one.name == "ABC").expect("there");
    let path = format!("/deadlines/{place}");
    let edit = desk.open(&path).await;
    assert!(
        desk.submit(&edit, &format!("{path}/retire"), &[("reason", "不用了")]).await.is(422).says("还有选用规则指定它")
    );
    for account in ["erqi", "sysadmin", "cadre1"] {
        city.desk(account).await.get("/deadlines").await.is(403);
    }
}
