//! The summary of a group's week: the figures of the report, each with its rows, and the paragraph that says them.
use crate::support::{
    cast::*,
    city::day,
    crowd,
    desk::{Desk, Page, selector},
};
use diesel::prelude::*;
use std::collections::BTreeMap;
use zhuqi::{
    calendar::{end_of_day, start_of_day, start_of_next_day},
    issue::{event::Span, workflow::*},
    schema::*,
};

/// Enough that something happens in each week.
const BUSY: crowd::Size = crowd::Size { issues: 400, visits: 900, ..crowd::SMALL };
/// A Monday in the middle of the crowd's time.
const MONDAY: &str = "2022-05-23";
const SUNDAY: &str = "2022-05-29";

/// Label → (count, address of the rows).
fn figures(page: &Page) -> BTreeMap<String, (i64, Option<String>)> {
    let html = scraper::Html::parse_document(&page.html());
    let digits = |text: String| text.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
    html.select(&selector(".cols tbody tr"))
        .map(|row| {
            let name = row.select(&selector("th")).next().and_then(|head| head.text().next()).unwrap().to_owned();
            let cell = row.select(&selector("td")).next().unwrap();
            let link = row.select(&selector("td a")).next().and_then(|link| link.attr("href"));
            (name, (digits(cell.text().collect()), link.map(str::to_owned)))
        })
        .collect()
}

/// How many rows a page of the report says there are.
async fn rows(desk: &mut Desk, address: &str) -> i64 {
    let total = desk.open(address).await.texts(".pager .total").concat();
    total.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a number")
}

#[actix_web::test]
async fn each_figure_is_that_of_the_report_and_opens_its_rows() {
    let city = crowd::city(7, BUSY);
    let mut desk = city.desk("city1").await;
    let mut seen = BTreeMap::<String, i64>::new();
    for group in [GROUP_ONE, GROUP_TWO] {
        for week in ["2022-04-18", MONDAY, "2022-06-20"] {
            let page = desk.open(&format!("/reports/week?group={group}&week={week}")).await;
            let told = figures(&page);
            assert_eq!(told.len(), 12, "{told:?}");
            for (label, (count, address)) in &told {
                *seen.entry(label.clone()).or_default() += count;
                assert_eq!(address.is_some(), *count > 0, "{label}");
                if let Some(address) = address {
                    assert_eq!(rows(&mut desk, address).await, *count, "{group} {week} {label}");
                }
            }
            let count = |label: &str| told[label].0;
            assert!(count("销号中企业确认解决") + count("销号中未评价") <= count("期间销号"));
            assert!(count("逾期未办") + count("下周日前到期") <= count("未办结"));
            let said = page.texts("#paragraph").concat();
            for part in [
                format!("走访企业{}家（次），涉及{}家", count("走访家次"), count("走访家数")),
                format!("收集企业问题{}个，其中责任单位已答复{}个", count("收集问题"), count("单位已答复")),
                format!(
                    "销号{}件，其中企业确认解决{}件、未评价{}件",
                    count("期间销号"),
                    count("销号中企业确认解决"),
                    count("销号中未评价")
                ),
                format!("本组未办结{}件，其中逾期{}件", count("未办结"), count("逾期未办")),
            ] {
                assert!(said.contains(&part), "{part}: {said}");
            }
        }
    }
    assert!(seen.values().filter(|count| **count > 0).count() >= 9, "hardly anything happened: {seen:?}");
}

#[actix_web::test]
async fn what_is_due_by_the_next_sunday_is_counted_as_it_was_then() {
    let city = crowd::city(7, BUSY);
    let mut desk = city.desk("city1").await;
    let mut all = 0;
    for week in ["2022-04-04", "2022-04-18", "2022-05-09", MONDAY] {
        let sunday = day(week) + chrono::Days::new(6);
        let (before, end) = (start_of_next_day(sunday), end_of_day(sunday + chrono::Days::new(7)));
        let spans = city.app.db.read(move |conn| {
            use issue_spans as s;
            let lasting = s::table.filter(s::from_at.lt(before)).filter(s::until_at.ge(before));
            Ok(lasting.select(Span::as_select()).load::<Span>(conn)?)
        });
        let spans = spans.await.expect("loads");
        for group in [GROUP_ONE, GROUP_TWO] {
            let left_out = [Status::Merged, Status::Rejected, Status::Withdrawn, Status::Closed];
            let due = spans.iter().filter(|span| {
                span.group_id == Some(group)
                    && !span.history
                    && !left_out.contains(&span.status)
                    && span.resolution != Some(Resolution::Invalid)
                    && span.registered_at >= start_of_day(day("2000-01-01"))
                    && span.registered_at < before
                    && span.overdue_at >= before
                    && span.overdue_at <= end
            });
            let page = desk.open(&format!("/reports/week?group={group}&week={week}")).await;
            let counted = due.count() as i64;
            assert_eq!(figures(&page)["下周日前到期"].0, counted, "{group} {week}");
            all += counted;
        }
    }
    assert!(all > 0, "nothing was due in any week");
}

#[actix_web::test]
async fn a_group_leader_has_the_own_week_one_click_from_the_first_screen() {
    let city = crowd::city(7, crowd::SMALL);
    let mut lead = city.desk("lead1").await;
    let home = lead.open("/").await;
    assert_eq!(home.attribute("main a[href='/reports/week']", "href").as_deref(), Some("/reports/week"));
    let page = lead.open("/reports/week").await;
    assert!(page.texts("h1")[0].ends_with("周小结") && page.texts("#group").is_empty());
    // The clock stands on a Sunday: the week has begun on the Monday before, and there is none after it.
    assert_eq!(crowd::last_day(), day("2022-08-28"));
    assert!(page.texts(".sub")[0].starts_with("2022-08-22 至 2022-08-28"), "{:?}", page.texts(".sub"));
    assert_eq!(page.texts(".head-actions a"), ["上一周"]);
    let previous = page.attribute(".head-actions a", "href").expect("a week before");
    let page = lead.open(&previous).await;
    assert!(page.texts(".sub")[0].contains("2022-08-15 至 2022-08-21 · 截至 2022-08-21 24:00"));
    assert_eq!(page.texts(".head-actions a"), ["上一周", "下一周"]);

    // Any day names its week; one that makes no sense or is to come, this week.
    let page = lead.open(&format!("/reports/week?week={SUNDAY}")).await;
    assert!(page.texts(".sub")[0].starts_with(&format!("{MONDAY} 至 {SUNDAY}")));
    for odd in ["2099-01-01", "x"] {
        let page = lead.open(&format!("/reports/week?week={odd}")).await;
        assert!(page.texts(".sub")[0].starts_with("2022-08-22"), "{odd}");
    }

    // The file says the same.
    let address = page.attribute("a[href^='/reports/week/text']", "href").expect("a file");
    let file = lead.open(&address).await;
    assert_eq!(file.html().trim_end(), lead.open(&address.replace("/text", "")).await.texts("#paragraph").concat());
    let kind = file.headers.get("content-type").and_then(|value| value.to_str().ok());
    assert_eq!(kind, Some("text/plain; charset=utf-8"));
}

#[actix_web::test]
async fn who_does_not_read_a_groups_report_does_not_read_its_week() {
    let city = crowd::city(7, crowd::SMALL);
    for (account, address, status) in [
        ("lead2", format!("/reports/week?group={GROUP_ONE}"), 404),
        ("erqi", format!("/reports/week?group={GROUP_TWO}"), 404),
        ("erqi", format!("/reports/week?group={GROUP_ONE}"), 200),
        ("leader", format!("/reports/week?group={GROUP_ONE}"), 200),
        ("city1", "/reports/week".to_owned(), 200),
        ("housing", "/reports/week".to_owned(), 404),
        ("cadre1", "/reports/week".to_owned(), 403),
        ("cadre1", "/reports/week/text".to_owned(), 403),
        ("lead2", format!("/reports/week/text?group={GROUP_ONE}"), 404),
        ("mill", "/reports/week".to_owned(), 403),
    ] {
        assert_eq!(city.desk(account).await.get(&address).await.status.as_u16(), status, "{account} {address}");
    }
}
