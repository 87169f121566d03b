//! The board of supervision: each figure opens its list; requests are ruled on where they are read.
use crate::{
    spot::{End, drawn_city, replied},
    supervision::{self, by, dispatched, recorded, signed},
    support::{
        city::{self, City},
        desk::Desk,
        problem::{dispatch, record, step},
    },
};
use diesel::prelude::*;
use zhuqi::{
    access::Permission,
    calendar::Clock,
    db::Conn,
    directory::{self, Unit},
    error::Result,
    issue::{step::*, workflow::*},
    schema::{issues, units},
    time::Time,
    web::App,
};

/// The figures of the board by name, and where each leads.
async fn figures(city: &City, account: &str) -> Vec<(String, String)> {
    let page = city.desk(account).await.open("/supervision").await;
    page.texts(".cards .name").into_iter().zip(page.texts(".cards .fig")).collect()
}

fn figure<'a>(figures: &'a [(String, String)], name: &str) -> &'a str {
    let found = figures.iter().find(|(one, _)| one == name);
    found.map(|(_, count)| count.as_str()).unwrap_or_else(|| panic!("no {name} in {figures:?}"))
}

/// The same city some days later.
fn later(city: &mut City, days: i64) {
    let at = city.app.now().plus_minutes(days * 24 * 60);
    city.app = App { clock: Clock { stopped_at: Some(at) }, ..city.app.clone() };
}

#[actix_web::test]
async fn each_figure_counts_what_its_list_shows() {
    let mut city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let (mut office, mut unit) = (city.desk("erqi").await, city.desk("housing").await);
    let mut paths = Vec::new();
    for n in 0..4 {
        let path = record(&mut cadre, &format!("第{n}件")).await;
        dispatch(&mut office, &path).await;
        paths.push(path);
    }
    // One waits for its first contact, one asks for time, one goes back, one is supervised.
    step(&mut unit, &paths[0], "sign", &[]).await;
    step(&mut unit, &paths[1], "sign", &[]).await;
    step(&mut unit, &paths[1], "contact", &[("person", "何女士"), ("note", "电话")]).await;
    step(&mut unit, &paths[1], "request_extension", &[("days", "3"), ("reason", "等设备到货"), ("basis", "订货合同")])
        .await;
    let asked = [("reason", "不归我们管"), ("basis", "三定方案"), ("suggested_unit", "市财政局")];
    step(&mut unit, &paths[2], "request_return", &asked).await;
    step(&mut office, &paths[3], "supervise", &[("text", "限期签收")]).await;

    let found = figures(&city, "erqi").await;
    for name in ["签收后未联系企业", "延期和挂账待裁定", "退回待裁定", "督办中"] {
        assert_eq!(figure(&found, name), "1件", "{name}");
    }
    for (word, title) in [("unanswered", "第0件"), ("rulings", "第1件"), ("returns", "第2件"), ("supervised", "第3件")]
    {
        let list = office.open(&format!("/supervision/{word}")).await;
        assert_eq!(list.texts("main tbody th a"), [title], "{word}");
    }
    office.get("/supervision/nothing").await.is(404);
    assert_eq!(figures(&city, "leader").await.len(), found.len(), "leaders see it too");
    assert_eq!(figure(&figures(&city, "zhengdong").await, "督办中"), "0件", "not another area's");
    city.desk("housing").await.get("/supervision").await.is(403);

    // Reason and proof stand in the row, the form below them.
    let rulings = office.open("/supervision/rulings").await;
    assert!(rulings.says("延期 3 个工作日") && rulings.says("等设备到货") && rulings.says("订货合同"));
    let grant = format!("{}/grant_extension", paths[1]);
    office.submit(&rulings, &grant, &[("opinion", "同意")]).await.is(303);
    assert_eq!(figure(&figures(&city, "erqi").await, "延期和挂账待裁定"), "0件");
    let returns = office.open("/supervision/returns").await;
    assert!(returns.says("三定方案") && returns.says("不归我们管"));
    // A leader reads it and does not rule.
    let read = city.desk("leader").await.open("/supervision/returns").await;
    assert!(read.says("三定方案") && read.attribute("main td form", "action").is_none());

    later(&mut city, 30);
    let found = figures(&city, "erqi").await;
    assert_eq!(figure(&found, "逾期"), "4件");
    let page = city.desk("erqi").await.open("/supervision").await;
    let by_unit = page.attribute("[aria-labelledby=by-unit] td a", "href").expect("the unit's overdue");
    // The return waits for the office, which answers for it itself.
    assert_eq!(figure(&found, "助企办逾期"), "1件");
    assert_eq!(city.desk("erqi").await.open(&by_unit).await.texts("main tbody tr").len(), 3);
    assert_eq!(page.texts("[aria-labelledby=by-unit] tbody th"), ["二七区住建局"]);
    assert_eq!(page.texts("[aria-labelledby=by-group] tbody th"), ["二七区第一工作组"]);
}

#[actix_web::test]
async fn a_ruling_without_a_reason_comes_back() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let (mut office, mut unit) = (city.desk("erqi").await, city.desk("housing").await);
    dispatch(&mut office, &path).await;
    step(&mut unit, &path, "sign", &[]).await;
    step(&mut unit, &path, "request_extension", &[("days", "3"), ("reason", "等设备"), ("basis", "订货合同")]).await;
    let page = office.open("/supervision/rulings").await;
    let fields = page.fields(&format!("{path}/grant_extension"));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // The second button of the form sends the same fields to the refusal.
    let refused = office.post(&format!("{path}/refuse_extension"), &fields).await.is(422);
    assert!(refused.says("请写明不同意的理由"));
}

#[actix_web::test]
async fn a_request_brings_its_proof_and_names_the_day_of_its_report() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let (mut office, mut unit) = (city.desk("erqi").await, city.desk("housing").await);
    dispatch(&mut office, &path).await;
    step(&mut unit, &path, "sign", &[]).await;
    let page = unit.open(&path).await;
    let version = page.attribute("form[action$=request_long_term] [name=version]", "value").expect("a version");
    let soon = (zhuqi::calendar::shanghai_date(city.app.now()) + chrono::Days::new(10)).to_string();
    let fields: Vec<(String, String)> = [
        ("version", version.as_str()),
        ("reason", "管网要改造"),
        ("milestones", "明年完工"),
        ("next_on", soon.as_str()),
        ("told", "已电话告知"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let address = format!("{path}/request_long_term");
    // A file that is not taken: what was typed comes back, nothing was done.
    let page = b"<!DOCTYPE html><html><script>alert(1)</script></html>".as_slice();
    let refused = unit.send_files(&address, &fields, &[("file", "a.html", page)]).await.is(422);
    assert!(refused.says("这种文件不能上传") && refused.says("管网要改造"), "{}", refused.text());
    unit.send_files(&address, &fields, &[("file", "告知书.txt", b"told".as_slice())]).await.is(303);
    let row = office.open("/supervision/rulings").await;
    assert!(row.says("告知书.txt") && row.says("管网要改造"), "{}", row.text());
    assert_eq!(row.attribute("[name=next_on]", "value").as_deref(), Some(soon.as_str()));
    assert_eq!(office.open(&path).await.attribute("#agree_long_term-next_on", "value"), Some(soon.clone()));
    office.submit(&row, &format!("{path}/agree_long_term"), &[("opinion", "同意")]).await.is(303);
    // Ten days, not the thirty of the template, rolled to a workday.
    let mut due = soon.parse().expect("a day");
    while !zhuqi::calendar::Calendar::official().is_workday(due) {
        due = due.succ_opt().expect("a day");
    }
    let shown = due.format("%Y-%m-%d 23:59").to_string();
    assert!(unit.open(&path).await.says(&shown), "{shown}: {}", unit.open(&path).await.text());
}

/// One problem or more in each of the ways in which it can stand still.
fn stand_still(conn: &mut Conn, now: Time) -> Result<()> {
    let (office, unit) = (by("erqi", Permission::Review, None), by("housing", Permission::Handle, Some(city::HOUSING)));
    for n in 0..3 {
        recorded(conn, &format!("逾期{n}"), now.plus_minutes(-20 * 24 * 60))?;
    }
    recorded(conn, "临期", now)?;
    let issue = replied(conn, "差评", "已经接通供汽", now.plus_minutes(-300), 100)?;
    let four = FourAnswers { solved: true, replied: true, met: true, satisfied: true };
    let approve = Step::Approve { four, opinion: String::new(), invalid: false };
    supervision::step(conn, &issue, &by("city1", Permission::Review, None), approve, now)?;
    let denied = Step::Answer {
        solved: Answer::No,
        result: Rating::Dissatisfied,
        attitude: Rating::Basic,
        words: String::new(),
        called_back_by: String::new(),
        by_slip_of: String::new(),
        main: None,
        group_id: None,
    };
    supervision::step(conn, &issue, &by("mill", Permission::AnswerAsEnterprise, None), denied, now)?;
    signed(conn, "没有联系", now)?;
    let issue = signed(conn, "要延期", now)?;
    let contact = Step::Contact { person: "何女士".into(), note: "电话".into() };
    supervision::step(conn, &issue, &unit, contact, now)?;
    supervision::step(
        conn,
        &issue,
        &unit,
        Step::RequestExtension { days: 3, reason: "待验收".into(), basis: "检测单".into() },
        now,
    )?;
    let issue = dispatched(conn, "要退回", now)?;
    let back = Step::RequestReturn {
        reason: "不归我们管".into(),
        basis: "三定方案".into(),
        suggested_unit: "市财政局".into(),
    };
    supervision::step(conn, &issue, &unit, back, now)?;
    for title in ["督办甲", "督办乙"] {
        let issue = signed(conn, title, now)?;
        let notice =
            Step::Supervise { number: format!("督办{title}"), overdue: 0, text: "限期办结".into(), co: None };
        supervision::step(conn, &issue, &office, notice, now)?;
    }
    for title in ["提级甲", "提级乙", "提级丙"] {
        let issue = signed(conn, title, now)?;
        let raise = Step::Raise { overdue: 0, decided_by: "赵主任".into(), reason: "久拖不决".into() };
        supervision::step(conn, &issue, &office, raise, now)?;
        let instruct = Step::Instruct { text: "请快办".into(), answer_by: None };
        supervision::step(conn, &issue, &by("leader", Permission::Instruct, None), instruct, now)?;
    }
    Ok(())
}

/// Rows of a list on all its pages.
async fn rows_of(desk: &mut Desk, href: &str) -> usize {
    let (mut rows, mut next) = (0, Some(href.to_owned()));
    while let Some(href) = next {
        let page = desk.open(&href).await;
        rows += page.texts("main tbody tr").len();
        next = page.links(".pager a").into_iter().find(|(text, _)| text == "下一页").map(|(_, href)| href);
    }
    rows
}

/// Opens what each number leads to and counts its rows.
async fn expect_rows(desk: &mut Desk, links: Vec<(String, String)>) {
    for (text, href) in links {
        let number: String = text.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(number, rows_of(desk, &href).await.to_string(), "{text} {href}");
    }
}

#[actix_web::test]
async fn every_number_is_that_of_the_rows_it_opens() {
    let mut city = drawn_city(&[(End::Answered, 22), (End::Alike, 12)]);
    // So late that the first replies that are alike are older than thirty days.
    later(&mut city, 5);
    let now = city.app.now();
    city.app.db.write(move |conn| stand_still(conn, now)).await.expect("stand still");
    for account in ["city1", "erqi", "leader"] {
        let mut desk = city.desk(account).await;
        let page = desk.open("/supervision").await;
        let figures = page.links(".cards .fig a");
        // All but none: each of them is tried.
        assert_eq!(figures.len(), page.texts(".cards .card-fig").len(), "{account}: {}", page.text());
        expect_rows(&mut desk, figures).await;
        expect_rows(&mut desk, page.links("[aria-labelledby^=by-] td a")).await;
    }
    let found = figures(&city, "erqi").await;
    assert_eq!(figure(&found, "已提级未办结"), "3件");
    let all = rows_of(&mut city.desk("erqi").await, "/signs").await;
    let recent: usize = figure(&found, "假办结线索").trim_end_matches('件').parse().expect("a number");
    assert!(0 < recent && recent < all, "{recent} of {all}");
    let list = city.desk("erqi").await.open("/supervision/raised").await;
    assert_eq!(list.texts("main tbody th a"), ["提级甲", "提级乙", "提级丙"]);
}

#[actix_web::test]
async fn all_units_can_be_listed_the_most_overdue_first() {
    let city = city::fresh();
    let at = city.app.now().plus_minutes(-30 * 24 * 60);
    let made = city.app.db.write(move |conn| {
        for n in 0..20i64 {
            let unit = Unit {
                id: 100 + n,
                name: format!("第{n}局"),
                area_id: city::ERQI,
                valid_from: city::day("2021-08-01"),
                valid_until: None,
                version: 1,
            };
            diesel::insert_into(units::table).values(&unit).execute(conn)?;
            for more in 0..=(n % 3) {
                let issue = signed(conn, &format!("第{n}局第{more}件"), at)?;
                let issue = diesel::update(issues::table.find(issue.id));
                issue.set(issues::lead_unit_id.eq(Some(unit.id))).execute(conn)?;
            }
        }
        directory::changed(conn)
    });
    made.await.expect("made");
    let mut office = city.desk("erqi").await;
    let page = office.open("/supervision").await;
    assert_eq!(page.texts("[aria-labelledby=by-unit] tbody tr").len(), 15);
    let (_, more) = page.links("[aria-labelledby=by-unit] .aside a").remove(0);
    assert!(page.says("还有 5 个，全部列出"));
    let page = office.open(more.split('#').next().expect("an address")).await;
    let overdue: Vec<i64> = page
        .texts("[aria-labelledby=by-unit] tbody td:nth-child(2)")
        .iter()
        .map(|text| text.trim_start_matches("逾期 ").parse().expect("a number"))
        .collect();
    assert_eq!(overdue.len(), 20);
    assert!(overdue.is_sorted_by(|one, other| one >= other), "{overdue:?}");
    assert!(!page.says("全部列出"));
}

#[actix_web::test]
async fn a_problem_of_the_city_is_not_raised_again_and_a_notice_does_not_call_overdue_what_is_not() {
    let mut city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let mut office = city.desk("erqi").await;
    dispatch(&mut office, &path).await;
    let page = office.open(&path).await;
    assert_eq!(page.texts("#supervise-text"), ["请加快办理，按时办结并反馈。"]);
    let raise = [("decided_by", "赵主任"), ("reason", "久拖不决")];
    office.submit(&page, &format!("{path}/raise"), &raise).await.is(303);
    let mut above = city.desk("city1").await;
    let page = above.open(&path).await;
    assert!(page.attribute(&format!("form[action='{path}/raise']"), "action").is_none(), "it is not offered");
    let version = page.attribute("input[name=version]", "value").expect("a version");
    let again = [raise.as_slice(), &[("version", version.as_str())]].concat();
    let refused = above.post(&format!("{path}/raise"), &again).await.is(422);
    assert!(refused.says("这件问题已经由市级办理，不能再提级"), "{}", refused.text());
    later(&mut city, 30);
    let page = city.desk("city1").await.open(&path).await;
    assert_eq!(page.texts("#supervise-text"), ["请说明逾期原因，限期办结并反馈。"]);
}

#[actix_web::test]
async fn a_report_is_not_promised_for_a_later_day_than_the_template_allows() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let (mut office, mut unit) = (city.desk("erqi").await, city.desk("housing").await);
    dispatch(&mut office, &path).await;
    step(&mut unit, &path, "sign", &[]).await;
    let page = unit.open(&path).await;
    let ask = format!("{path}/request_long_term");
    let typed =
        [("reason", "管网要改造"), ("milestones", "明年完工"), ("told", "已电话告知"), ("next_on", "2099-01-01")];
    let refused = unit.submit(&page, &ask, &typed).await.is(422);
    let said = refused.texts(".error-summary a[href='#request_long_term-next_on']");
    let last = said[0].strip_prefix("报告间隔不能超过时限模板的规定，最晚 ").expect("the last day").to_owned();
    assert!(refused.says("管网要改造"));
    let with = |on: &'static str| [&typed[..3], &[("next_on", on)]].concat();
    let last: &'static str = last.leak();
    unit.submit(&page, &ask, &with(last)).await.is(303);
    let page = office.open(&path).await;
    let agree = format!("{path}/agree_long_term");
    let refused = office.submit(&page, &agree, &[("next_on", "2099-01-01")]).await.is(422);
    assert!(refused.says(&format!("最晚 {last}")), "{}", refused.text());
    office.submit(&page, &agree, &[("next_on", last)]).await.is(303);
}

#[actix_web::test]
async fn a_number_may_be_typed_in_full_width() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let (mut office, mut unit) = (city.desk("erqi").await, city.desk("housing").await);
    dispatch(&mut office, &path).await;
    step(&mut unit, &path, "sign", &[]).await;
    let asked = [("days", "０５"), ("reason", "缺材料"), ("basis", "合同")];
    step(&mut unit, &path, "request_extension", &asked).await;
    assert_eq!(office.open(&path).await.attribute("#grant_extension-days", "value").as_deref(), Some("5"));
}
