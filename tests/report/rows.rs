//! Every figure of a report opens rows, as many as it says, for whoever sees it.
use crate::support::{
    crowd::{self, Size},
    desk::{Desk, Page, selector},
};
use diesel::prelude::*;
use scraper::Html;
use zhuqi::schema::*;

/// (address, text) of the links to rows on a page, those of the phone's and the wide columns alike.
fn figures(page: &Page) -> Vec<(String, String)> {
    let html = Html::parse_document(&page.html());
    let css = selector("a[href^='/reports/rows']");
    html.select(&css)
        .map(|link| {
            let text: String = link.text().collect();
            (link.attr("href").unwrap_or_default().to_owned(), text.split_whitespace().last().unwrap_or("").to_owned())
        })
        .collect()
}

/// What the rows of a page open.
fn links_of(page: &Page) -> Vec<String> {
    let html = Html::parse_document(&page.html());
    let css = selector("tbody th a");
    html.select(&css).filter_map(|link| link.attr("href")).map(str::to_owned).collect()
}

/// Rows that a page counts and does not list, because the unit has lost them since.
fn hidden(page: &Page) -> usize {
    let notes = page.texts(".note");
    let told = notes.iter().find_map(|note| note.strip_prefix("这一页有 ")?.split_once(" 件您现在看不到"));
    told.map_or(0, |(count, _)| count.parse().expect("a count"))
}

/// Opens the rows and walks to the last page: (rows listed or said to be hidden, the number that the pager states, links of the rows).
async fn walk(desk: &mut Desk, first: &str) -> (usize, usize, Vec<String>) {
    let mut listed = 0;
    let mut links = Vec::new();
    let mut page = desk.open(first).await;
    let stated = page.texts(".pager .total").concat();
    let stated = stated.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    loop {
        listed += page.texts("tbody tr").len() + hidden(&page);
        links.extend(links_of(&page));
        let Some(next) = page.attribute("a[rel=next]", "href") else { return (listed, stated, links) };
        page = desk.open(&next).await;
    }
}

async fn every_figure_opens_its_rows(account: &str, by: &str, more: &str, size: Size) -> usize {
    let city = crowd::city(11, size);
    let mut desk = city.desk(account).await;
    let work = desk.open(&format!("/reports?by={by}{more}")).await;
    let times = desk.open(&format!("/reports?by={by}{more}&view=times")).await;
    let (mut opened, mut records) = (0, std::collections::BTreeSet::new());
    let mut all = figures(&work);
    // The sentence above the table is on both.
    all.extend(figures(&times).into_iter().filter(|(href, _)| href.contains("view=times") && href.contains("row=")));
    for (href, text) in all {
        let (listed, stated, links) = walk(&mut desk, &format!("{href}&size=20")).await;
        assert_eq!(listed, stated, "{account} {href}");
        if text.contains('.') {
            let page = desk.open(&href).await;
            assert!(page.texts("h1").concat().ends_with(&text), "{account} {href}: {:?}", page.texts("h1"));
            if text.ends_with('%') {
                let parts: Vec<usize> =
                    page.texts(".tabs .count").iter().map(|count| count.parse().expect("a count")).collect();
                assert_eq!(parts[0], listed, "{account} {href}: the denominator is listed");
                assert_eq!(parts[0], parts[1] + parts[2], "{account} {href}: the rest is what is missing");
            } else {
                assert!(page.says(&format!("{listed} 件共用")), "{account} {href}");
            }
        } else if text == "否" {
            assert!(listed > 0, "{account} {href}: something is overdue");
        } else {
            assert_eq!(listed.to_string(), text, "{account} {href}");
        }
        // The first link of each list leads somewhere this viewer may go.
        if let Some(link) = links.first() {
            desk.open(link).await;
            records.insert(link.split('/').nth(1).unwrap_or_default().to_owned());
        }
        opened += 1;
    }
    if ["city", "area", "group"].contains(&by) && account != "housing" {
        for place in ["issues", "groups", "enterprises", "visits", "symposiums"] {
            assert!(records.contains(place), "{account} {by}: no figure led to {place}, only {records:?}");
        }
    }
    opened
}

const SOME: Size = Size { issues: 70, steps: 30, visits: 130, companies: 30, people: 40 };

#[actix_web::test]
async fn every_figure_of_the_city_opens_its_rows() {
    let mut opened = 0;
    for by in ["city", "area", "group", "unit", "category"] {
        opened += every_figure_opens_its_rows("city1", by, "&from=2022-01-01", SOME).await;
    }
    assert!(opened > 150, "{opened}");
}

#[actix_web::test]
async fn every_figure_of_a_past_day_and_a_period_opens_its_rows() {
    let past = "&from=2022-03-10&to=2022-06-10&as_of=2022-06-05";
    for by in ["area", "group", "category"] {
        assert!(every_figure_opens_its_rows("city1", by, past, SOME).await > 20);
    }
}

#[actix_web::test]
async fn every_figure_opens_its_rows_within_the_scope_of_who_looks() {
    for (account, by) in [("erqi", "group"), ("lead1", "group"), ("leader", "area"), ("lead1", "city")] {
        assert!(every_figure_opens_its_rows(account, by, "&from=2022-01-01", SOME).await > 5, "{account}");
    }
    // A unit has figures of issues alone.
    for by in ["category", "unit"] {
        assert!(every_figure_opens_its_rows("housing", by, "&from=2022-01-01", SOME).await > 5);
    }
}

#[actix_web::test]
async fn issues_that_left_the_scope_are_counted_and_not_shown() {
    let city = crowd::city(11, SOME);
    let mut unit = city.desk("housing").await;
    let rows = "/reports/rows?by=unit&from=2022-01-01&as_of=2022-06-15&measure=collected";
    let before = unit.open(rows).await;
    let links = links_of(&before);
    let total = before.texts(".pager .total").remove(0).replace(['共', '件', ' '], "");
    let number = links[0].rsplit('/').next().expect("a number").to_owned();
    let gone = number.clone();
    // Another unit has it today.
    let taken = city.app.db.write(move |conn| {
        let id: i64 = issues::table.filter(issues::number.eq(&number)).select(issues::id).first(conn)?;
        diesel::update(issue_units::table.filter(issue_units::issue_id.eq(id)))
            .set(issue_units::active.eq(false))
            .execute(conn)?;
        Ok(())
    });
    taken.await.expect("is taken away");
    unit.get(&links[0]).await.is(404);
    let page = unit.open(rows).await;
    assert!(!page.html().contains(&gone), "neither number nor link");
    assert_eq!(page.texts("tbody th").len(), links.len() - 1);
    let hidden = total.parse::<usize>().expect("a number") - (links.len() - 1);
    let told = format!("这一页有 {hidden} 件您现在看不到");
    assert!(page.says(&told) && page.says(&format!("共 {total} 件")), "{told}: {}", page.text());
}

#[actix_web::test]
async fn a_row_that_the_report_does_not_have_is_not_found() {
    let city = crowd::city(11, SOME);
    let mut desk = city.desk("city1").await;
    desk.get("/reports/rows?measure=happiness").await.is(404);
    desk.get("/reports/rows?by=unit&measure=visits&row=1").await.is(404);
    let empty = desk.get("/reports/rows?by=group&measure=visits&row=99999").await.is(200);
    assert!(empty.says("这个数字后面没有记录"));
}

#[actix_web::test]
async fn printed_rows_say_what_they_are() {
    let city = crowd::city(11, crowd::SMALL);
    for (account, whose) in [("city1", "郑州市"), ("erqi", "二七区")] {
        let address = "/reports/rows?by=city&measure=collected&from=2022-03-01&to=2022-06-01&as_of=2022-06-01";
        let page = city.desk(account).await.open(address).await;
        let head = page.texts(".only-print .doc-title").concat();
        assert!(head.starts_with(whose) && head.ends_with("收集问题"), "{head}");
        let line = page.texts(".only-print .doc-line span");
        let total = page.texts(".pager .total").concat();
        assert_eq!(line, ["统计期间：2022-03-01 至 2022-06-01", "截至 2022-06-01 24:00", &total], "{account}");
        assert_eq!(page.texts(".only-print.sign-line span"), ["单位：", "填报人：", "审核人：", "日期："]);
        assert!(page.texts(".no-print").concat().contains("回到统计"));
    }
}
