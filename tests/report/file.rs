//! The spreadsheet of a report: real numbers, those of the page, from the page and from the command line.
use crate::support::{crowd, server};
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use std::{collections::BTreeMap, io::Cursor};
use zhuqi::{
    access::Scope,
    report::{
        By, Question,
        indicator::{INDICATORS, Rounding},
        query,
    },
};

/// name → head → cell.
fn read(bytes: Vec<u8>) -> BTreeMap<String, BTreeMap<String, Data>> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook");
    let range = book.worksheet_range("统计").expect("the sheet");
    let rows: Vec<_> = range.rows().collect();
    let heads: Vec<String> = rows[2].iter().map(ToString::to_string).collect();
    assert_eq!(heads.iter().collect::<std::collections::BTreeSet<_>>().len(), heads.len(), "no head twice: {heads:?}");
    rows[3..]
        .iter()
        .map(|row| {
            let cells = heads.iter().cloned().zip(row.iter().cloned()).collect();
            (row[1].to_string(), cells)
        })
        .collect()
}

#[actix_web::test]
async fn page_and_command_write_the_same_numbers() {
    let city = crowd::city(31, crowd::SMALL);
    let mut desk = city.desk("city1").await;
    for (by, word) in
        [(By::City, "city"), (By::Area, "area"), (By::Group, "group"), (By::Unit, "unit"), (By::Category, "category")]
    {
        let address = format!("/reports/export?by={word}&from=2022-01-01&to=2022-06-20&as_of=2022-06-20");
        let page = desk.open(&address).await;
        let from_page = read(page.bytes);

        let file = city.app.config.data_dir.join(format!("{word}.xlsx"));
        let path = file.display().to_string();
        let arguments =
            ["export", "report", "--by", word, "--from", "2022-01-01", "--as-of", "2022-06-20", "-o", &path];
        let output = server::run(&city, &arguments, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let from_command = read(std::fs::read(&file).expect("the file"));
        assert_eq!(from_page, from_command);

        let day = super::city::day;
        let question = Question::at_end_of(by, day("2022-01-01"), day("2022-06-20"), day("2022-06-20"));
        let report =
            city.app.db.snapshot(move |conn| query::report(conn, Scope::system(), &question)).await.expect("counts");
        let total = &from_page[if by == By::City { "全市" } else { "合计" }];
        for one in INDICATORS {
            // What no unit and no category has is no zero there.
            let is_record =
                ["groups", "cadres", "companies", "visits", "visited_enterprises", "symposiums", "coverage"]
                    .contains(&one.word);
            if is_record && matches!(by, By::Unit | By::Category) {
                let heads: Vec<_> = total.keys().filter(|head| head.starts_with(one.label)).collect();
                assert!(heads.is_empty(), "{word}: {heads:?}");
                continue;
            }
            let (head, tenths) = match one.rounding {
                Rounding::Whole | Rounding::YesNo => (one.label.to_owned(), 1.0),
                Rounding::Days => (format!("{}（工作日）", one.label), 10.0),
                _ => (format!("{}（%）", one.label), 10.0),
            };
            let cell = match &total[&head] {
                Data::Float(number) => Some((number * tenths).round() as i64),
                Data::String(text) => Some(i64::from(text == "是")),
                Data::Int(number) => Some(*number),
                Data::Empty => None,
                other => panic!("{head}: {other:?} is no number"),
            };
            assert_eq!(cell, report.total.value(one.word), "{head}");
        }
        if by == By::Group {
            assert_eq!(from_page["没有工作组"]["排名"], Data::String("不参与排名".into()));
        }
    }
}
