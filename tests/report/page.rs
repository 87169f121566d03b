//! Page, text, JSON and spreadsheet of a report say the same.
use crate::support::{
    city, crowd,
    desk::{Desk, Page},
    server,
};
use std::collections::BTreeMap;

const PERIOD: &str = "from=2022-01-01&to=2022-06-20&as_of=2022-06-20";
const OPTIONS: [&str; 4] = ["--from", "2022-01-01", "--as-of", "2022-06-20"];

/// The page's table: name → head → text, the total under 合计.
fn shown(page: &Page) -> BTreeMap<String, BTreeMap<String, String>> {
    let heads: Vec<String> = page.texts("table.report thead th");
    let mut rows = BTreeMap::new();
    let html = scraper::Html::parse_document(&page.html());
    let cells = crate::support::desk::selector("td.num, td.c-blank, th");
    for row in
        html.select(&crate::support::desk::selector("table.report tbody tr:not(.group-row), table.report tfoot tr"))
    {
        let texts: Vec<String> = row
            .select(&cells)
            .map(|cell| cell.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let pairs: BTreeMap<String, String> = heads.iter().cloned().zip(texts).collect();
        let by = heads.iter().find(|head| !["排名"].contains(&head.as_str())).expect("a name");
        // The reason stands under the name.
        let name = pairs[by].split(' ').next().unwrap_or_default().to_owned();
        let figures = pairs.into_iter().filter(|(head, _)| head != by).map(|(head, text)| (head, plain(&text)));
        rows.insert(name, figures.collect());
    }
    rows
}

fn plain(text: &str) -> String {
    text.trim_end_matches("样本不足").trim().to_owned()
}

async fn page(desk: &mut Desk, by: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut rows = shown(&desk.open(&format!("/reports?by={by}&{PERIOD}")).await);
    for (name, more) in shown(&desk.open(&format!("/reports?by={by}&{PERIOD}&view=times")).await) {
        let row = rows.get_mut(&name).expect("both views have the same rows");
        for (head, figure) in more {
            let other = row.insert(head.clone(), figure.clone());
            assert!(other.is_none_or(|other| other == figure), "{by} {name} {head}");
        }
    }
    rows
}

fn command(city: &crate::support::city::City, arguments: &[&str]) -> String {
    let output = server::run(city, arguments, "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[actix_web::test]
async fn text_and_json_print_what_the_page_shows() {
    let city = crowd::city(31, crowd::SMALL);
    let mut desk = city.desk("city1").await;
    for by in ["area", "group", "unit", "category"] {
        let rows = page(&mut desk, by).await;
        assert!(rows.len() > 2, "{by}: {rows:?}");
        let options = [&["report", "--by", by][..], &OPTIONS].concat();
        let text = command(&city, &options);
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let heads = lines.next().expect("heads");
        let mut seen = 0;
        for line in lines {
            let cells: BTreeMap<&str, &str> = heads.iter().copied().zip(line).collect();
            let name = cells[heads.iter().find(|head| **head != "排名").expect("a name")];
            let row = rows.get(name).unwrap_or_else(|| panic!("{by}: the page has no {name:?} but {:?}", rows.keys()));
            for (head, figure) in row {
                let printed = cells[head.as_str()];
                assert_eq!(printed, figure, "{by} {name} {head}");
            }
            seen += 1;
        }
        assert_eq!(seen, rows.len(), "{by}");

        let json = command(&city, &[&options[..], &["--format", "json"]].concat());
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let listed = json["rows"].as_array().expect("rows");
        assert_eq!(listed.len() + 1, rows.len());
        let total = serde_json::json!({ "name": "合计", "figures": json["total"] });
        for row in listed.iter().chain([&total]) {
            let name = row["name"].as_str().expect("a name");
            let told = row["figures"].as_object().expect("figures");
            for record in ["groups", "cadres", "companies", "visits", "visited_enterprises", "symposiums", "coverage"] {
                let is_known = matches!(by, "area" | "group") || name == "合计";
                assert_eq!(told.contains_key(record), is_known, "{by} {name} {record}");
            }
            for one in zhuqi::report::indicator::INDICATORS {
                let Some(figure) = rows[name].get(one.label) else { continue };
                let value = &row["figures"][one.word];
                let text = match (value, figure.ends_with('%')) {
                    (serde_json::Value::Bool(is), _) => if *is { "是" } else { "否" }.to_owned(),
                    (serde_json::Value::Number(number), _) if number.is_i64() => number.to_string(),
                    (serde_json::Value::Number(rate), true) => format!("{:.1}%", rate.as_f64().expect("a rate")),
                    (serde_json::Value::Number(days), false) => format!("{:.1}", days.as_f64().expect("days")),
                    _ => String::new(),
                };
                assert_eq!(&text, figure, "{by} {name} {}", one.label);
            }
            if name != "合计" && by != "category" {
                let ranked = row["rank"].as_u64().map(|rank| rank.to_string());
                assert_eq!(ranked.unwrap_or("不参与排名".into()), rows[name]["排名"]);
                assert_eq!(row["rank"].is_null(), row["unranked"].is_string());
            }
        }
    }
}

#[actix_web::test]
async fn the_city_prints_its_sentence() {
    let city = crowd::city(31, crowd::SMALL);
    let mut desk = city.desk("city1").await;
    let page = desk.open(&format!("/reports?by=city&{PERIOD}")).await;
    let sentence = page.texts("p.bulletin").concat();
    assert!(sentence.contains("个工作组"));
    let printed = command(&city, &[&["report"][..], &OPTIONS].concat());
    assert_eq!(printed.trim_end(), sentence);
    let json = command(&city, &[&["report", "--format", "json"][..], &OPTIONS].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["sentence"], sentence);
}

#[actix_web::test]
async fn a_part_of_the_campaign_is_not_told_as_the_whole() {
    let city = crowd::city(31, crowd::SMALL);
    let mut desk = city.desk("city1").await;
    let part = desk.open("/reports?by=city&from=2022-04-01&to=2022-04-30&as_of=2022-06-30").await;
    let sentence = part.texts("p.bulletin").concat();
    assert!(sentence.starts_with("2022年4月1日至2022年4月30日，") && sentence.contains("期间走访"), "{sentence}");
    assert!(!sentence.contains("活动开展以来"));
    let refused = desk.get("/reports?from=2022-04-30&to=2022-04-01").await.is(422);
    assert!(refused.says("期间不对"));
}

#[actix_web::test]
async fn rows_that_are_not_ranked_say_why() {
    let city = crowd::city(31, crowd::SMALL);
    let mut desk = city.desk("city1").await;
    let report = desk.open(&format!("/reports?by=group&{PERIOD}")).await;
    let names = report.texts("table.report tbody:nth-of-type(2) th.title");
    assert!(!names.is_empty());
    for name in &names {
        assert!(name.ends_with("，不参与排名"), "{name}");
    }
    assert!(names.iter().any(|name| name.contains("到期问题不足 5 件")), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("没有工作组")), "{names:?}");
}

#[actix_web::test]
async fn a_report_of_something_else_than_asked_is_refused() {
    let city = crowd::city(31, crowd::SMALL);
    let mut desk = city.desk("city1").await;
    for (query, said) in [
        ("as_of=abc", "截至日期“abc”看不懂，日期请写成 2022-06-09"),
        ("as_of=2999-01-01", "截至日期 2999-01-01 还没有到"),
        ("from=2022-2-30", "统计期间起“2022-2-30”看不懂"),
        ("to=x", "统计期间止“x”看不懂"),
        ("by=zzz", "按什么分“zzz”看不懂，可以选全市、区县、工作组、责任单位、问题类别"),
    ] {
        for address in ["/reports?", "/reports/export?", "/reports/rows?measure=collected&"] {
            let refused = desk.get(&format!("{address}{query}")).await.is(422);
            assert!(refused.says(said), "{address}{query}: {}", refused.text());
        }
        // The page is the form again, with the reason at what was typed and without any figure.
        let refused = desk.get(&format!("/reports?{query}")).await.is(422);
        let (name, typed) = query.split_once('=').expect("a field");
        assert_eq!(refused.texts(&format!(".error-summary a[href='#{name}']")).len(), 1, "{query}");
        if name != "by" {
            assert_eq!(refused.attribute(&format!("form #{name}"), "value").as_deref(), Some(typed));
        }
        assert!(refused.texts("table").is_empty());
    }
    desk.open("/reports?by=&from=&to=&as_of=").await;
}

#[actix_web::test]
async fn the_definitions_are_in_words() {
    let city = crowd::city(31, crowd::SMALL);
    let page = city.desk("city1").await.open("/reports/definitions").await;
    let cells = [page.texts("tbody th"), page.texts("tbody td"), page.texts("main .panel")].concat();
    assert!(cells.len() > 100 && page.says("收集问题中已销号"));
    for cell in cells {
        assert!(!cell.contains(|c: char| c.is_ascii_alphabetic() || c == '|'), "{cell}");
    }
}

#[actix_web::test]
async fn a_report_of_a_part_of_the_city_speaks_of_that_part() {
    let city = city::fresh();
    for (account, name, sentence) in [
        ("city1", "", "市县两级成立2个工作组，共抽调市县乡助企干部4人，包联服务“四上”企业2家。截至目前，累计走访"),
        ("erqi", "二七区", "二七区成立1个工作组，共抽调助企干部2人，包联服务“四上”企业1家。截至目前，累计走访"),
        ("lead1", "二七区第一工作组", "二七区第一工作组有助企干部2人，包联服务“四上”企业1家。截至目前，累计走访"),
        ("housing", "二七区住建局", "二七区住建局承办企业问题0个，截至目前已解决0个，解决率暂无。"),
    ] {
        let mut desk = city.desk(account).await;
        let page = desk.open("/reports?by=city").await;
        let whole = if name.is_empty() { "全市" } else { name };
        assert_eq!(page.texts("h1"), [format!("{name}统计通报")], "{account}");
        let said = page.texts("p.bulletin").concat();
        assert!(said.starts_with(&format!("活动开展以来，{sentence}")), "{account}: {said}");
        assert_eq!(page.texts("tfoot th"), [whole], "{account}");
        assert_eq!(page.texts("#by option")[0], whole, "{account}");
        let whose = if name.is_empty() { "郑州市" } else { name };
        let title = page.texts(".doc-title").concat();
        assert!(title.starts_with(&format!("{whose}“万人助万企”活动统计（按{whole}，")), "{account}: {title}");
        let (title, total) = first_and_last(desk.open("/reports/export?by=city").await.bytes);
        assert!(title.starts_with(&format!("{whose}“万人助万企”活动统计（按{whole}，")), "{account}: {title}");
        assert_eq!(total, whole, "{account}");
        if !name.is_empty() {
            assert!(!page.texts("main").concat().contains("郑州市"), "{account}");
        }
    }
}

/// A spreadsheet's title, and the name in its last row.
fn first_and_last(bytes: Vec<u8>) -> (String, String) {
    use calamine::{Reader, Xlsx, open_workbook_from_rs};
    let mut book: Xlsx<_> = open_workbook_from_rs(std::io::Cursor::new(bytes)).expect("a workbook");
    let range = book.worksheet_range("统计").expect("the sheet");
    let rows: Vec<_> = range.rows().collect();
    (rows[0][0].to_string(), rows[rows.len() - 1][1].to_string())
}

#[actix_web::test]
async fn a_past_moment_is_named_by_its_day() {
    let mut city = city::fresh();
    city.app.clock.stopped_at = Some(zhuqi::calendar::end_of_day(city::day("2022-07-15")));
    let mut desk = city.desk("city1").await;
    for (as_of, said) in [
        ("2022-07-15", "家。截至目前，累计走访"),
        ("2022-06-30", "家。截至6月30日，累计走访"),
        ("2021-12-31", "家。截至2021年12月31日，累计走访"),
    ] {
        let page = desk.open(&format!("/reports?by=city&from=2000-01-01&as_of={as_of}")).await;
        let sentence = page.texts("p.bulletin").concat();
        assert!(sentence.contains(said), "{as_of}: {sentence}");
        assert!(page.says("期间内提交、待甄别 0"), "{}", page.text());
    }
}
