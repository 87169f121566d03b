//! The issue ledger as a file.
use crate::support::{cast::*, city, city::City, crowd, desk::Desk, server};
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use diesel::prelude::*;
use std::{collections::BTreeMap, io::Cursor};
use zhuqi::{
    access::{Permission, Scope},
    calendar::start_of_day,
    directory::{self, Category},
    export::facts::Facts,
    issue::{
        apply::Actor,
        perform::{Authority, perform},
        step::{FourAnswers, Step},
        submit::{NewIssue, submit},
        workflow::*,
    },
    report::{By, Question, query},
    schema::*,
    time::Time,
};

type Row = BTreeMap<String, String>;

/// (title, line, rows by head) of a sheet.
fn read(bytes: &[u8], sheet: &str) -> (String, String, Vec<Row>) {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook");
    let range = book.worksheet_range(sheet).expect("the sheet");
    let rows: Vec<_> = range.rows().collect();
    let text = |cell: &Data| cell.to_string();
    let heads: Vec<String> = rows[2].iter().map(text).collect();
    assert_eq!(heads.len(), 48);
    let lines = rows[3..].iter().map(|row| heads.iter().cloned().zip(row.iter().map(text)).collect());
    (rows[0][0].to_string(), rows[1][0].to_string(), lines.collect())
}

async fn download(desk: &mut Desk, query: &str) -> Vec<Row> {
    let page = desk.open(&format!("/issues/export{query}")).await;
    read(&page.bytes, "问题台账").2
}

fn command(city: &City, more: &[&str]) -> Vec<u8> {
    let file = city.app.config.data_dir.join(format!("{}.xlsx", uuid::Uuid::new_v4()));
    let path = file.display().to_string();
    let output = server::run(city, &[&["export", "ledger", "-o", &path][..], more].concat(), "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(file).expect("the file")
}

fn at(minutes: i64) -> Time {
    start_of_day(city::day("2022-05-30")).plus_minutes(9 * 60 + minutes)
}

fn recorded(title: &str) -> NewIssue {
    NewIssue {
        enterprise_id: Some(MILL),
        enterprise_name: "郑州砺衡纺织有限公司".into(),
        area_id: ERQI,
        group_id: Some(GROUP_ONE),
        collector_id: Some(id_of("cadre1")),
        channel: Channel::Visit,
        title: title.into(),
        description: "=HYPERLINK(\"http://example.org\")".into(),
        demand: "+86".into(),
        urgency: Urgency::Normal,
        contact_name: "@何女士".into(),
        contact_phone: "13812345678".into(),
        code_hash: None,
        visit_id: None,
        symposium_id: None,
        external: None,
    }
}

const CATEGORY_POWER: i64 = 401;

/// A story with everything that the ledger tells of; returns the numbers of the main issue and of the merged one.
async fn story(city: &City) -> (String, String) {
    let told = city.app.db.write(|conn| {
        diesel::insert_into(categories::table)
            .values(Category {
                id: CATEGORY_POWER,
                parent_id: Some(CATEGORY_UTILITIES),
                code: "0401".into(),
                name: "用电增容".into(),
                word: String::new(),
                default_lead_unit: String::new(),
                valid_until: None,
            })
            .execute(conn)?;
        directory::changed(conn)?;
        let main = submit(conn, &Actor::system(), recorded("-变压器不够用"), at(0))?.number;
        let other = submit(conn, &Actor::system(), recorded("也是变压器"), at(1))?;
        let mut minute = 10;
        let mut go = |conn: &mut zhuqi::db::Conn, number: &str, by: Permission, who: &str, step: Step| {
            minute += 1;
            let actor = Actor { id: Some(id_of(who)), name: format!("{who} 某人"), by, unit_id: Some(HOUSING) };
            let authority = Authority { see: Scope::system(), act: Scope::system(), actor };
            perform(conn, &authority, number, None, &step, at(minute)).map(drop)
        };
        let four = FourAnswers { solved: true, replied: true, met: true, satisfied: true };
        let register = Step::Register {
            category_id: CATEGORY_POWER,
            complexity: Complexity::C,
            level: Level::County,
            urgency: Urgency::Normal,
            duplicates_looked_at: true,
            group_id: None,
        };
        let dispatch = || Step::Dispatch {
            lead_unit_id: HOUSING,
            co_unit_ids: vec![FINANCE],
            template: "13710".into(),
            requirement: String::new(),
            responsible_leader: "褚领导".into(),
        };
        let reply = |text: &str| Step::Reply {
            resolution: Resolution::Solved,
            text: text.into(),
            measures: "一次办结".into(),
            override_reason: "不等了".into(),
        };
        go(conn, &main, Permission::Triage, "erqi", register)?;
        let merge =
            Step::Merge {
                main_issue_id: issue_id(conn, &main)?, main_number: main.clone(), reason: "同一件".into()
            };
        go(conn, &other.number, Permission::Triage, "erqi", merge)?;
        go(conn, &main, Permission::Triage, "erqi", dispatch())?;
        let ask =
            Step::RequestReturn {
                reason: "不归我们".into(), basis: "三定".into(), suggested_unit: "供电公司".into()
            };
        go(conn, &main, Permission::Handle, "housing", ask)?;
        go(conn, &main, Permission::Review, "erqi", Step::UpholdReturn { finding: "属实".into(), level: None })?;
        go(conn, &main, Permission::Triage, "erqi", dispatch())?;
        go(conn, &main, Permission::Handle, "housing", Step::Sign)?;
        go(conn, &main, Permission::Handle, "housing", reply("第一次答复"))?;
        go(conn, &main, Permission::Review, "erqi", Step::SendBack { four, reason: "没有说清".into(), level: None })?;
        minute = 2 * 24 * 60;
        let mut go = |conn: &mut zhuqi::db::Conn, number: &str, by: Permission, who: &str, step: Step| {
            minute += 1;
            let actor = Actor { id: Some(id_of(who)), name: format!("{who} 某人"), by, unit_id: Some(HOUSING) };
            let authority = Authority { see: Scope::system(), act: Scope::system(), actor };
            perform(conn, &authority, number, None, &step, at(minute)).map(drop)
        };
        go(conn, &main, Permission::Handle, "housing", reply("@第二次答复"))?;
        let approve = Step::Approve { four, opinion: "材料齐全".into(), invalid: false };
        go(conn, &main, Permission::Review, "erqi", approve)?;
        let answer = Step::Answer {
            solved: Answer::Solved,
            result: Rating::VerySatisfied,
            attitude: Rating::Satisfied,
            words: "多谢大家".into(),
            called_back_by: "卫回访".into(),
            by_slip_of: String::new(),
            main: None,
            group_id: None,
        };
        go(conn, &main, Permission::CallBack, "callback", answer)?;
        Ok((main, other.number))
    });
    told.await.expect("the story")
}

fn issue_id(conn: &mut zhuqi::db::Conn, number: &str) -> zhuqi::error::Result<i64> {
    Ok(issues::table.filter(issues::number.eq(number)).select(issues::id).first(conn)?)
}

fn of<'a>(rows: &'a [Row], number: &str) -> &'a Row {
    rows.iter().find(|row| row["问题编号"] == number).unwrap_or_else(|| panic!("no {number}"))
}

#[actix_web::test]
async fn the_ledger_tells_what_the_events_say() {
    let city = city::fresh();
    let (main, other) = story(&city).await;
    let rows = download(&mut city.desk("city1").await, "").await;
    assert_eq!(rows.len(), 2);
    let row = of(&rows, &main);
    for (head, text) in [
        ("问题大类", "水电气暖网"),
        ("小类", "用电增容"),
        ("共性问题编号", ""),
        ("主责单位", "二七区住建局"),
        ("配合单位", "市财政局"),
        ("责任领导", "褚领导"),
        ("经办人", "陈住建"),
        ("收集人", "周包联"),
        ("交办日期（轮次）", "2022-05-30（2）"),
        ("签收日期", "2022-05-30"),
        ("实际办结日期", "2022-06-01"),
        ("当前状态", "已销号"),
        ("最新进展", "@第二次答复"),
        ("采取措施", "一次办结"),
        ("办结类别", "已解决"),
        ("是否按期", "是"),
        ("退回·重办次数", "退回 1，重办 1"),
        ("审核意见", "审核通过：材料齐全"),
        ("企业评价", "解决了，结果非常满意，态度满意。企业说：多谢大家"),
        ("回访情况", "卫回访：解决了，结果非常满意"),
        ("销号日期", "2022-06-01"),
        ("联系电话", "138****5678"),
        ("督办情况", ""),
    ] {
        assert_eq!(row[head], text, "{head}");
    }
    let merged = of(&rows, &other);
    assert_eq!((merged["当前状态"].as_str(), merged["共性问题编号"].as_str()), ("已并案", main.as_str()));
    assert_eq!((merged["问题大类"].as_str(), merged["小类"].as_str()), ("", ""));
}

#[actix_web::test]
async fn groups_and_units_do_not_read_the_companys_words_in_the_file() {
    let city = city::fresh();
    let (main, _) = story(&city).await;
    for (account, reads) in [("erqi", true), ("leader", false), ("lead1", false), ("housing", false)] {
        let rows = download(&mut city.desk(account).await, "").await;
        let rating = &of(&rows, &main)["企业评价"];
        assert!(rating.starts_with("解决了，结果非常满意，态度满意"), "{account}: {rating}");
        assert_eq!(rating.contains("多谢大家"), reads, "{account}");
    }
}

#[actix_web::test]
async fn no_cell_is_a_formula() {
    let city = city::fresh();
    let (main, _) = story(&city).await;
    let bytes = city.desk("city1").await.open("/issues/export").await.bytes;
    let row = of(&read(&bytes, "问题台账").2, &main).clone();
    assert_eq!(row["问题描述"], "=HYPERLINK(\"http://example.org\")");
    assert_eq!((row["问题标题"].as_str(), row["企业诉求"].as_str()), ("-变压器不够用", "+86"));
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(&bytes[..])).expect("a workbook");
    let formulas = book.worksheet_formula("问题台账").expect("the sheet");
    assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()), "a live formula");
}

#[actix_web::test]
async fn whoever_fills_in_the_ledger_is_named_in_full() {
    let city = city::fresh();
    story(&city).await;
    for (account, name) in [("city1", "郑州市"), ("erqi", "二七区"), ("housing", "二七区住建局")] {
        let bytes = city.desk(account).await.open("/issues/export").await.bytes;
        let (_, line, _) = read(&bytes, "问题台账");
        assert!(line.starts_with(&format!("填报单位：{name}　　")), "{account}: {line}");
    }
}

#[actix_web::test]
async fn the_file_of_a_past_day_tells_that_day() {
    let city = city::fresh();
    let (main, other) = story(&city).await;
    let bytes = command(&city, &["--as-of", "2022-05-31", "--from", "2022-01-01", "--all"]);
    let (title, line, rows) = read(&bytes, "问题台账");
    assert_eq!(title, "郑州市“万人助万企”活动问题台账（截至 2022年5月31日）");
    let today = city.app.today().format("%Y年%-m月%-d日");
    assert!(
        line.starts_with(&format!("填报单位：郑州市助企办　　填报时间：{today}　　")) && line.contains("为导出当天"),
        "{line}"
    );
    let row = of(&rows, &main);
    for (head, text) in [
        ("当前状态", "办理中"),
        ("最新进展", "第一次答复"),
        ("办结类别", ""),
        ("退回·重办次数", "退回 1，重办 1"),
        ("审核意见", "退回重办：没有说清"),
        ("企业评价", ""),
        ("回访情况", ""),
        ("销号日期", ""),
        ("主责单位", "二七区住建局"),
        ("实际办结日期", "2022-05-30"),
    ] {
        assert_eq!(row[head], text, "{head}");
    }
    assert!(!row["办结时限（含延期）"].is_empty(), "nothing moved the limit since");
    let others = read(&bytes, "不计入统计").2;
    assert_eq!(of(&others, &other)["共性问题编号"], main);
    // On the day before the story nothing was there.
    assert!(
        read(&command(&city, &["--as-of", "2022-05-29", "--from", "2022-01-01", "--all"]), "问题台账").2.is_empty()
    );
}

#[actix_web::test]
async fn the_file_holds_the_issues_that_the_figures_count() {
    let city = crowd::city(41, crowd::SMALL);
    for day in ["2022-04-20", "2022-06-01", "2022-08-27"] {
        let on = city::day(day);
        let question = Question::at_end_of(By::City, city::day("2022-01-01"), on, on);
        let counted = city.app.db.snapshot(move |conn| query::report(conn, Scope::system(), &question)).await;
        let total = counted.expect("counts").total;
        let rows = read(&command(&city, &["--as-of", day, "--from", "2022-01-01"]), "问题台账").2;
        assert_eq!(rows.len() as i64, total.collected, "{day}");
        let closed = rows.iter().filter(|row| row["当前状态"] == "已销号").count() as i64;
        assert_eq!(closed, total.closed, "{day}");
        assert_eq!(rows.iter().filter(|row| !row["销号日期"].is_empty()).count() as i64, total.closed, "{day}");
        // A call-back may have brought a rating alone.
        let answers = ["解决了", "部分解决", "没有解决", "未评价，结果"];
        let said = |row: &&Row| answers.iter().any(|word| row["企业评价"].starts_with(word));
        assert_eq!(rows.iter().filter(said).count() as i64, total.answered, "{day}");
    }
}

/// As of now the events say what the rows say.
#[actix_web::test]
async fn the_events_agree_with_the_rows() {
    let city = crowd::city(43, crowd::SMALL);
    let compared = city.app.db.read(|conn| {
        type Detail = (i64, Time, Time, Time, Time, String, String, String);
        use issue_details as d;
        let rows: Vec<Detail> = d::table
            .select((
                d::issue_id,
                d::dispatched_at,
                d::signed_at,
                d::contacted_at,
                d::replied_at,
                d::progress,
                d::measures,
                d::responsible_leader,
            ))
            .load(conn)?;
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let facts = zhuqi::export::facts_of(conn, &ids, Time::NEVER)?;
        for (id, dispatched, signed, contacted, replied, progress, measures, leader) in rows {
            let told: &Facts = &facts[&id];
            assert_eq!((told.dispatched_at, told.signed_at), (dispatched, signed));
            assert_eq!((told.contacted_at, told.replied_at), (contacted, replied));
            assert_eq!((&told.progress, &told.measures, &told.responsible_leader), (&progress, &measures, &leader));
            let (round, handler, closed, main): (i64, Option<i64>, Time, Option<i64>) = issues::table
                .find(id)
                .select((issues::round, issues::handler_id, issues::closed_at, issues::main_issue_id))
                .first(conn)?;
            assert_eq!((told.round, told.handler_id, told.closed_at), (round, handler, closed));
            assert_eq!(told.main_number.is_empty(), main.is_none());
            let mut co: Vec<i64> = issue_units::table
                .filter(issue_units::issue_id.eq(id))
                .filter(issue_units::active.eq(true))
                .filter(issue_units::part.eq(Part::Co))
                .select(issue_units::unit_id)
                .load(conn)?;
            let mut named = told.co_unit_ids.clone();
            co.sort_unstable();
            named.sort_unstable();
            assert_eq!(named, co);
        }
        Ok(ids.len())
    });
    assert_eq!(compared.await.expect("compares"), crowd::SMALL.issues);
}

#[actix_web::test]
async fn where_a_problem_comes_from_is_told_by_kind_and_day() {
    let city = city::fresh();
    let mut lead = city.desk("lead1").await;
    let form = lead.open("/symposiums/new").await;
    let filled = [("topic", "例会"), ("held_on", "2026-03-02"), ("company1", "91350100M000100Y43"), ("text1", "用电")];
    lead.submit(&form, "/symposiums", &filled).await.is(303);
    let mut office = city.desk("city1").await;
    let rows = download(&mut office, "?from=2026-01-01&q=%E7%94%A8%E7%94%B5").await;
    assert_eq!((rows.len(), rows[0]["走访或座谈会编号"].as_str()), (1, "座谈会 2026-03-02"));
    assert_eq!(rows[0]["行业门类"], "制造业");
    // Who took it by which conditions, in words.
    let log = city.desk("auditadmin").await.open("/audit?action=export").await;
    assert_eq!(log.texts("td[data-label=对象]"), ["问题台账"]);
    assert_eq!(log.texts("td[data-label=内容]"), ["1 件，条件：关键词 用电，收集日期从 2026-01-01"]);
}
