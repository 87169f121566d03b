//! Symposiums: several companies and problems in one go, corrected with history; the figures that follow.
use crate::support::{
    city::{self, City},
    desk::Desk,
};
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use zhuqi::{
    access::Scope,
    calendar::shanghai_date,
    report::{By, Question, query},
    schema::{assignments, issue_details, symposiums},
    time::Time,
};

const MILL_NAME: &str = "郑州砺衡纺织有限公司";
const FOUNDRY_NAME: &str = "河南澄川铸造股份有限公司";

fn days_ago(days: u64) -> NaiveDate {
    shanghai_date(Time::system()).checked_sub_days(Days::new(days)).expect("a day")
}

async fn record(desk: &mut Desk, filled: &[(&str, &str)]) -> String {
    let form = desk.open("/symposiums/new").await;
    desk.submit(&form, "/symposiums", filled).await.is(303).location.expect("an address")
}

async fn held_on(city: &City, on: NaiveDate, before: Time) -> i64 {
    let question = Question { by: By::City, from: on, to: on, before };
    let read = city.app.db.snapshot(move |conn| query::report(conn, Scope::system(), &question));
    read.await.expect("counts").total.symposiums
}

#[actix_web::test]
async fn several_companies_and_problems_are_recorded_in_one_go() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    let filled = [
        ("topic", "银企对接"),
        // The whole name or the code.
        ("company1", MILL_NAME),
        ("text1", "变压器不够用"),
        ("text2", "蒸汽管网检修"),
        ("company3", "91410000170001401D"),
        ("text3", "招不到焊工"),
    ];
    let path = record(&mut desk, &filled).await;
    let page = desk.open(&path).await;
    assert_eq!(page.texts("[aria-labelledby=who] li"), [MILL_NAME, FOUNDRY_NAME]);
    let problems = page.texts("[aria-labelledby=what] tbody tr");
    assert_eq!(problems.len(), 3);
    assert!(problems[1].contains("蒸汽管网检修") && problems[1].contains(MILL_NAME), "the company of the line above");
    assert_eq!(page.texts("[aria-label=变动记录列表] tbody td")[2], "2 家企业，3 个问题");
    let listed = desk.open("/symposiums").await;
    assert_eq!(listed.texts("tbody td.num"), ["2 家", "3 件"]);
}

#[actix_web::test]
async fn a_part_of_a_name_is_no_company_but_a_list_to_choose_from() {
    let city = city::fresh();
    let mut desk = city.desk("lead1").await;
    let form = desk.open("/symposiums/new").await;
    let part = [("topic", "银企对接"), ("company1", "砺衡"), ("text1", "变压器不够用")];
    let refused = desk.submit(&form, "/symposiums", &part).await.is(422);
    assert!(refused.says("没有一家企业正好叫“砺衡”"), "{}", refused.text());
    assert_eq!(refused.texts("label[for='chosen1-1']"), [MILL_NAME]);
    // Who is out of scope is not offered, and cannot be chosen.
    let foreign = [("company1", "澄川"), ("chosen1", "2")];
    let refused = desk.submit(&refused, "/symposiums", &foreign).await.is(422);
    assert!(!refused.says(FOUNDRY_NAME) && refused.says("您的范围内没有“澄川”"));
    let chosen = [("company1", "砺衡"), ("chosen1", "1")];
    let made = desk.submit(&refused, "/symposiums", &chosen).await.is(303);
    assert_eq!(desk.follow(&made).await.texts("[aria-labelledby=who] li"), [MILL_NAME]);
}

#[actix_web::test]
async fn a_refused_symposium_keeps_all_that_was_typed() {
    let city = city::fresh();
    let mut desk = city.desk("lead1").await;
    let form = desk.open("/symposiums/new").await;
    let filled = [
        ("topic", ""),
        ("company1", FOUNDRY_NAME),
        ("text1", "别组的企业"),
        ("company4", MILL_NAME),
        ("text4", "第四行"),
        ("held_on", "明天"),
    ];
    let refused = desk.submit(&form, "/symposiums", &filled).await.is(422);
    for field in ["topic", "held_on", "company1"] {
        assert_eq!(
            refused.texts(&format!(".error-summary a[href='#{field}']")).len(),
            1,
            "{field}: {}",
            refused.text()
        );
    }
    assert!(refused.says("您的范围内没有"));
    // Who may make a company is led there, who may not is told who does.
    assert_eq!(refused.links(".field-error a"), [("新增企业".to_owned(), "/enterprises/new".to_owned())]);
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open("/symposiums/new").await;
    let told = cadre.submit(&form, "/symposiums", &[("company1", FOUNDRY_NAME)]).await.is(422);
    assert!(told.says("新企业请助企办先建") && told.links(".field-error a").is_empty(), "{}", told.text());
    assert_eq!(refused.attribute("#company4", "value").as_deref(), Some(MILL_NAME));
    assert_eq!(refused.texts("#text4"), ["第四行"]);
    let none = desk.submit(&form, "/symposiums", &[("topic", "空")]).await.is(422);
    assert!(none.says("请至少填写一家参加的企业"));
    let orphan = desk.submit(&form, "/symposiums", &[("topic", "空"), ("text2", "谁提的")]).await.is(422);
    assert!(orphan.says("请写这个问题是哪家企业提的"));
}

#[actix_web::test]
async fn a_symposium_is_corrected_with_history_and_figures_of_the_past_stay() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    let (wrong, right) = (days_ago(8), days_ago(6));
    let day = wrong.to_string();
    let path =
        record(&mut desk, &[("topic", "稳产增效"), ("held_on", &day), ("company1", MILL_NAME), ("text1", "变压器")])
            .await;
    let form = desk.open(&format!("{path}/edit")).await;
    assert_eq!(form.attribute("#company1", "value").as_deref(), Some(MILL_NAME));
    let kept = desk.submit(&form, &path, &[("company1", FOUNDRY_NAME)]).await.is(422);
    assert!(kept.says("在会上提过问题，不能从参加企业里去掉"), "{}", kept.text());
    let filled = [("place", "二楼会议室"), ("company2", FOUNDRY_NAME), ("note", "约定下周答复")];
    let saved = desk.submit(&form, &path, &filled).await.is(303);
    assert_eq!(saved.location.as_deref(), Some(path.as_str()), "nothing that counts: in place");
    let page = desk.follow(&saved).await;
    let what = format!(
        "地点：（空） → 二楼会议室；纪要：（空） → 约定下周答复；参加企业：{MILL_NAME} → {MILL_NAME}、{FOUNDRY_NAME}"
    );
    assert!(page.says(&what), "{}", page.text());

    let then = Time::system();
    let form = desk.open(&format!("{path}/edit")).await;
    let moved = desk.submit(&form, &path, &[("held_on", &right.to_string())]).await.is(303);
    let later = moved.location.clone().expect("another record");
    assert_ne!(later, path);
    let now = Time(Time::system().0 + 1);
    assert_eq!((held_on(&city, wrong, then).await, held_on(&city, right, then).await), (1, 0), "the past stays");
    assert_eq!((held_on(&city, wrong, now).await, held_on(&city, right, now).await), (0, 1), "from now on");
    let page = desk.follow(&moved).await;
    assert!(page.says("变压器") && page.texts("[aria-labelledby=who] li").len() == 2, "{}", page.text());
    let old = desk.open(&path).await;
    assert_eq!(old.attribute(".note a", "href").as_deref(), Some(later.as_str()));
    assert_eq!(old.texts("[aria-labelledby=who] li").len(), 2, "who took part stands on the old record too");
    let new_id: i64 = later.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let hung: Vec<Option<i64>> = city
        .app
        .db
        .read(|conn| Ok(issue_details::table.select(issue_details::symposium_id).load(conn)?))
        .await
        .expect("reads");
    assert_eq!(hung, [Some(new_id)]);

    // Slower: typed text kept, what changed said, saved knowingly.
    let slow = desk.open(&format!("{later}/edit")).await;
    let mut other = city.desk("city2").await;
    let quick = other.open(&format!("{later}/edit")).await;
    other.submit(&quick, &later, &[("topic", "稳产增效座谈")]).await.is(303);
    let refused = desk.submit(&slow, &later, &[("note", "慢慢写的纪要")]).await.is(409);
    assert!(refused.says("主题：稳产增效 → 稳产增效座谈"), "{}", refused.text());
    assert_eq!(refused.texts("#note"), ["慢慢写的纪要"]);
    desk.submit(&refused, &later, &[]).await.is(303);

    let voided = desk.post(&format!("{later}/void"), &[("reason", "")]).await.is(422);
    assert_eq!(voided.texts(".error-summary a[href='#reason']"), ["请写明作废的原因"]);
    desk.post(&format!("{later}/void"), &[("reason", "重复")]).await.is(303);
    let now = Time(Time::system().0 + 1);
    assert_eq!(held_on(&city, right, now).await, 0);
    desk.get(&format!("{later}/edit")).await.is(409);
    let listed = desk.open("/symposiums?voided=1").await;
    assert_eq!(listed.texts("tbody th").len(), 2);
}

#[actix_web::test]
async fn a_symposium_is_corrected_by_those_who_may_record_it() {
    let city = city::fresh();
    let path = record(&mut city.desk("lead1").await, &[("topic", "例会"), ("company1", MILL_NAME)]).await;
    for (account, status) in [
        ("lead1", 200),
        ("erqi", 200),
        ("city1", 200),
        ("lead2", 404),
        ("zhengdong", 404),
        // Of the same group, but not the host.
        ("cadre1", 404),
        ("leader", 403),
        ("housing", 403),
        ("mill", 403),
    ] {
        let status_of = city.desk(account).await.get(&format!("{path}/edit")).await.status.as_u16();
        assert_eq!(status_of, status, "{account}");
    }
}

/// A company that left the group since still stands on the record, and may stay there.
#[actix_web::test]
async fn a_company_that_left_the_group_stays_on_the_record() {
    let city = city::fresh();
    let mut desk = city.desk("lead1").await;
    let path = record(&mut desk, &[("topic", "例会"), ("company1", MILL_NAME)]).await;
    city.app
        .db
        .write(|conn| {
            let today = shanghai_date(Time::system());
            diesel::update(assignments::table).set(assignments::valid_until.eq(today)).execute(conn)?;
            Ok(())
        })
        .await
        .expect("ends");
    let form = desk.open(&format!("{path}/edit")).await;
    desk.submit(&form, &path, &[("place", "一楼")]).await.is(303);
    let rows: i64 = city.app.db.read(|conn| Ok(symposiums::table.count().get_result(conn)?)).await.expect("counts");
    assert_eq!(rows, 1);
}

#[actix_web::test]
async fn a_correction_of_what_was_voided_meanwhile_shows_what_was_typed() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    let path = record(&mut desk, &[("topic", "银企对接"), ("company1", MILL_NAME)]).await;
    let form = desk.open(&format!("{path}/edit")).await;
    desk.post(&format!("{path}/void"), &[("reason", "没有开成")]).await.is(303);
    let late = desk.submit(&form, &path, &[("note", "会议纪要\n写了三页")]).await.is(409);
    assert!(late.says("这次座谈会已经作废（没有开成），不能再改"), "{}", late.text());
    assert!(late.texts(".said").contains(&"会议纪要写了三页".to_owned()), "{:?}", late.texts(".said"));
}
