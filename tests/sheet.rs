//! Messy workbooks, made here and read back; and what is written, read with a second eye.
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use calamine::Reader as _;
use rust_xlsxwriter::{Format, Formula, Workbook as Out, Worksheet};
use tempfile::TempDir;
use zhuqi::sheet::{
    BadRows, Column, Field, Kind, Layout, Row, SheetError, SheetWriter, Skipped, Table, Value, Workbook, parse_date,
};

const COMPANIES: &[Field] = &[
    Field { key: "name", heads: &["企业名称", "单位名称", "企业"], required: true },
    Field { key: "usci", heads: &["统一社会信用代码", "信用代码"], required: false },
    Field { key: "area", heads: &["所属区县", "辖区"], required: false },
    Field { key: "founded", heads: &["成立日期"], required: false },
    Field { key: "staff", heads: &["职工人数"], required: false },
    Field { key: "contact", heads: &["联系人姓名"], required: false },
    Field { key: "phone", heads: &["联系电话"], required: false },
];

/// A workbook of one sheet in a folder that goes with it.
fn file(fill: impl FnOnce(&mut Worksheet)) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.xlsx");
    let mut book = Out::new();
    fill(book.add_worksheet());
    book.save(&path).unwrap();
    (folder, path)
}

fn texts(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, text) in (0..).zip(cells) {
        if !text.is_empty() {
            sheet.write_string(row, column, *text).unwrap();
        }
    }
}

fn read(path: &Path, map: Option<&str>) -> Result<(Table, Vec<Row>, Skipped), SheetError> {
    let mut book = Workbook::open(path)?;
    let table = book.table(COMPANIES, map)?;
    let mut rows = book.rows(&table)?;
    let found = rows.by_ref().collect::<Result<Vec<_>, _>>()?;
    let skipped = rows.skipped();
    Ok((table, found, skipped))
}

fn refusal(path: &Path) -> String {
    read(path, None).expect_err("refused").to_string()
}

#[test]
fn a_head_below_titles_is_found_and_totals_and_notes_are_counted_not_read() {
    let (_folder, path) = file(|sheet| {
        sheet.merge_range(0, 0, 0, 4, "郑州市企业名录", &Format::new()).unwrap();
        texts(sheet, 1, &["填报单位：市助企办", "", "", "", "2022年6月9日"]);
        texts(sheet, 3, &["序号", "★企业\n名称", " 统一社会信用代码（18位）", "辖 区", "备注"]);
        texts(sheet, 4, &["1", "\t甲公司 \n", "91350100M000100Y43", "金水区", "好"]);
        texts(sheet, 6, &["2", "合计科技有限公司", "", "", ""]);
        texts(sheet, 7, &["小计", "2家"]);
        texts(sheet, 8, &["序号", "★企业名称", "统一社会信用代码（18位）", "辖区", "备注"]);
        texts(sheet, 9, &["3", "丙公司"]);
        texts(sheet, 10, &["", "合 计", "3家"]);
        texts(sheet, 11, &["注：数据截至6月9日"]);
        texts(sheet, 12, &["填表人：张三", "", "审核人：李四"]);
    });
    let (table, rows, skipped) = read(&path, None).unwrap();
    assert_eq!((table.head_row(), table.rows), (4, 8));
    assert_eq!(table.mapping.unmapped(), ["序号", "备注"]);
    let names: Vec<_> = rows.iter().map(|row| (row.number, row.text("name"))).collect();
    assert_eq!(names, [(5, "甲公司".into()), (7, "合计科技有限公司".into()), (10, "丙公司".into())]);
    assert_eq!(rows[0].code("usci"), "91350100M000100Y43");
    assert_eq!(rows[0].text("area"), "金水区");
    assert_eq!(rows[0].get("phone"), None);
    assert_eq!(skipped, Skipped { empty: 1, totals: 2, notes: 2, heads: 1 });
}

#[test]
fn a_place_with_a_total_behind_it_is_a_total_and_a_long_name_is_a_name() {
    let (_folder, path) = file(|sheet| {
        texts(sheet, 0, &["企业名称", "所属区县"]);
        texts(sheet, 1, &["甲公司", "金水区"]);
        texts(sheet, 2, &["金水区小计", "1家"]);
        texts(sheet, 3, &["管城回族区各工作组合计", "1家"]);
        texts(sheet, 4, &["郑州市管城回族区商贸物流园区合计", "管城回族区"]);
    });
    let (_, rows, skipped) = read(&path, None).unwrap();
    let names: Vec<_> = rows.iter().map(|row| row.text("name")).collect();
    assert_eq!(names, ["甲公司", "郑州市管城回族区商贸物流园区合计"]);
    assert_eq!(skipped.totals, 2);
}

#[test]
fn a_head_of_two_rows_and_values_merged_downwards_are_understood() {
    let plain = Format::new();
    let (_folder, path) = file(|sheet| {
        for (column, head) in [(0, "辖区"), (1, "企业名称")] {
            sheet.merge_range(1, column, 2, column, head, &plain).unwrap();
        }
        sheet.merge_range(1, 2, 1, 3, "联系人", &plain).unwrap();
        texts(sheet, 2, &["", "", "姓名", "联系电话"]);
        sheet.merge_range(3, 0, 5, 0, "金水区", &plain).unwrap();
        texts(sheet, 3, &["", "甲公司", "张三", "1"]);
        texts(sheet, 4, &["", "乙公司", "李四"]);
        texts(sheet, 5, &["", "小计"]);
        texts(sheet, 6, &["", "丙公司", "王五"]);
    });
    let (table, rows, skipped) = read(&path, None).unwrap();
    let of = |row: &Row| [row.text("area"), row.text("name"), row.text("contact"), row.text("phone")].join("|");
    let found: Vec<_> = rows.iter().map(of).collect();
    assert_eq!(found, ["金水区|甲公司|张三|1", "金水区|乙公司|李四|", "|丙公司|王五|"]);
    assert_eq!((table.head_row(), skipped.totals), (2, 1));
}

#[test]
fn formulas_give_their_stored_result_or_their_text_with_a_warning() {
    let (_folder, path) = file(|sheet| {
        texts(sheet, 0, &["企业名称", "职工人数", "备注"]);
        texts(sheet, 1, &["甲公司"]);
        sheet.write_formula(1, 1, Formula::new("=20+1").set_result("21")).unwrap();
        sheet.write_formula(1, 2, Formula::new("=A1").set_result("x")).unwrap();
        sheet.write_formula(2, 0, Formula::new("=B9&\"乙\"").set_result("nothing")).unwrap();
    });
    // Programs that do not calculate store a formula without a result.
    let names = ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"];
    let names = names.iter().chain(&["xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"]);
    let parts: Vec<_> = names.map(|name| (*name, part(&path, name).replace("<v>nothing</v>", ""))).collect();
    let parts: Vec<_> = parts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    fs::write(&path, zip(&parts)).unwrap();
    let (_, rows, _) = read(&path, None).unwrap();
    assert_eq!(rows[0].text("staff"), "21");
    assert_eq!(rows[0].warnings, ["“职工人数”是公式，按文件里保存的结果导入"]);
    assert_eq!(rows[1].text("name"), "=B9&\"乙\"");
    assert!(rows[1].warnings[0].contains("没有保存结果"), "{:?}", rows[1].warnings);
}

#[test]
fn dates_come_as_cells_numbers_and_texts() {
    let (_folder, path) = file(|sheet| {
        let date = Format::new().set_num_format("yyyy/m/d h:mm");
        texts(sheet, 0, &["企业名称", "成立日期"]);
        for (row, text) in (1..).zip(["2022-06-09", "2022/6/9", "2022.6.9", "２０２２年６月９日", "2022/6/9 9:32:09"])
        {
            texts(sheet, row, &["甲", text]);
        }
        texts(sheet, 6, &["甲"]);
        sheet.write_number(6, 1, 44_721).unwrap();
        texts(sheet, 7, &["甲"]);
        sheet.write_number_with_format(7, 1, 44_721.5, &date).unwrap();
        texts(sheet, 8, &["甲", "不详"]);
        texts(sheet, 9, &["甲"]);
    });
    let (_, rows, _) = read(&path, None).unwrap();
    let shown = |row: &Row| match row.date("founded") {
        None => "空".to_owned(),
        Some(Ok((day, None))) => day.to_string(),
        Some(Ok((day, Some(time)))) => format!("{day} {time}"),
        Some(Err(why)) => why,
    };
    let found: Vec<_> = rows.iter().map(shown).collect();
    assert_eq!(found[..4], ["2022-06-09"; 4]);
    assert_eq!(found[4..7], ["2022-06-09 09:32:09", "2022-06-09", "2022-06-09 12:00:00"]);
    assert!(found[7].starts_with("“不详”不是可识别的日期"), "{}", found[7]);
    assert_eq!(found[8], "空");
}

#[test]
fn a_map_overrides_and_a_wrong_one_names_what_there_is() {
    let (_folder, path) = file(|sheet| {
        texts(sheet, 0, &["名录"]);
        texts(sheet, 1, &["厂子", "在哪儿", "企业名称"]);
        texts(sheet, 2, &["甲厂", "金水区", "旧名"]);
    });
    let (table, rows, _) = read(&path, Some("厂子=name，在哪儿=所属区县")).unwrap();
    assert_eq!((rows[0].text("name"), rows[0].text("area")), ("甲厂".into(), "金水区".into()));
    assert_eq!(table.mapping.pairs().collect::<Vec<_>>(), [("厂子", "name"), ("在哪儿", "area")]);
    let refused = |map| read(&path, Some(map)).err().unwrap().to_string();
    assert_eq!(refused("车间=name"), "文件里没有名为“车间”的列；文件里的列：厂子、在哪儿、企业名称");
    assert!(refused("厂子=nome").starts_with("没有名为“nome”的字段；可用的字段：企业名称、统一社会信用代码"));
    assert!(refused("厂子").contains("没有等号"));
    let without = refused("企业名称=-，厂子=usci，在哪儿=area");
    assert!(without.starts_with("第 2 行的表头里缺少必需的列：企业名称。文件里的列：厂子、"), "{without}");
}

#[test]
fn a_sheet_without_a_head_is_refused_with_what_is_needed() {
    let (_folder, path) = file(|sheet| texts(sheet, 0, &["一些", "别的"]));
    assert!(refusal(&path).contains("没有找到表头，需要的列：企业名称"), "{}", refusal(&path));
}

#[test]
fn what_is_no_workbook_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.xlsx");
    let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    for (bytes, what) in [
        (Vec::new(), "文件是空的"),
        ("企业名称,代码\n甲,1".into(), "文本文件（如 CSV）"),
        (b"<html><table>".to_vec(), "网页"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        ([ole.clone(), vec![0; 70_000]].concat(), "旧版 .xls"),
        ([ole, vec![0; 65_520], encrypted].concat(), "打开密码"),
        (b"PK\x03\x04 and nothing".to_vec(), "文件已损坏"),
        (zip(&[("word/document.xml", b"<x/>")]), "Word"),
        (zip(&[("a.txt", b"x")]), "普通压缩包"),
    ] {
        fs::write(&path, bytes).unwrap();
        assert!(refusal(&path).contains(what), "{what}: {}", refusal(&path));
    }
    assert_eq!(refusal(&folder.path().join("none.xlsx")), "找不到文件");
}

fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn bombs_are_refused_before_they_are_parsed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.xlsx");
    let zeros = vec![b' '; 60 << 20];
    let bomb = zip(&[("[Content_Types].xml", b""), ("xl/worksheets/sheet1.xml", &zeros)]);
    assert!(bomb.len() < 1 << 20);
    fs::write(&path, &bomb).unwrap();
    assert!(refusal(&path).contains("展开后有 60 MB"), "{}", refusal(&path));

    // The same with a directory that claims one kilobyte.
    let mut forged = bomb;
    let claim = (60u32 << 20).to_le_bytes();
    for at in 0..forged.len() - 4 {
        if forged[at..at + 4] == claim {
            forged[at..at + 4].copy_from_slice(&1024u32.to_le_bytes());
        }
    }
    fs::write(&path, &forged).unwrap();
    let why = refusal(&path);
    assert!(why.contains("实际大小与目录不符") || why.contains("无法解压"), "{why}");

    // A count that would make the parser reserve all memory, plain and behind a comment.
    for strings in [
        r#"<?xml version="1.0"?><sst uniqueCount="99999999999"><si/></sst>"#.to_owned(),
        r#"<!--<sst>--><sst uniqueCount="99999999999"><si/></sst>"#.to_owned(),
    ] {
        let parts = [("[Content_Types].xml", &b""[..]), ("xl/sharedStrings.xml", strings.as_bytes())];
        fs::write(&path, zip(&parts)).unwrap();
        let why = refusal(&path);
        assert!(why.contains("声称有 99999999999 条") || why.contains("结构不正常"), "{why}");
    }
}

#[test]
fn further_sheets_with_the_same_head_are_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.xlsx");
    let mut book = Out::new();
    for (name, head, company) in [
        ("说明", &["怎么填", "见下"][..], "看这里"),
        ("一月", &["企业名称", "辖区"], "甲公司"),
        ("汇总", &["辖区", "企业名称"], "丙公司"),
        ("二月", &["企业名称", "辖区"], "乙公司"),
    ] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        texts(sheet, 0, head);
        texts(sheet, 1, &[company, "金水区"]);
    }
    book.save(&path).unwrap();
    let mut book = Workbook::open(&path).unwrap();
    let table = book.table(COMPANIES, None).unwrap();
    assert_eq!((table.sheet.as_str(), table.rows, table.all_rows()), ("一月", 1, 2));
    assert_eq!(table.other_sheets, ["说明", "汇总"]);
    let mut places = Vec::new();
    for part in table.parts() {
        for row in book.rows(part).unwrap() {
            let row = row.unwrap();
            places.push(format!("{}：{}", row.place(), row.text("name")));
        }
    }
    assert_eq!(places, ["第 2 行：甲公司", "工作表“二月”第 2 行：乙公司"]);
}

#[test]
fn more_than_200_000_rows_are_refused_with_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.xlsx");
    for (rows, allowed) in [(200_000, true), (200_001, false)] {
        let mut book = Out::new();
        let sheet = book.add_worksheet_with_constant_memory().unwrap();
        sheet.write_string(0, 0, "企业名称").unwrap();
        for row in 1..=rows {
            sheet.write_number(row, 0, row).unwrap();
        }
        book.save(&path).unwrap();
        let table = Workbook::open(&path).unwrap().table(COMPANIES, None);
        match allowed {
            true => assert_eq!(table.unwrap().rows, 200_000),
            false => assert!(table.unwrap_err().to_string().contains("有 200001 行，一次最多导入 200000 行")),
        }
    }
}

fn layout(columns: &[(&'static str, Kind)]) -> Layout {
    let column = |(head, kind): &(&'static str, Kind)| Column { head: (*head).into(), width: 20.0, kind: *kind };
    Layout {
        name: "台账".into(),
        title: "郑州市“万人助万企”活动问题台账（截至 2022年6月9日）".into(),
        line: "填报单位：市助企办".into(),
        columns: columns.iter().map(column).collect(),
    }
}

/// The text of a part of a workbook.
fn part(path: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

#[test]
fn dangerous_cells_go_out_as_text_and_come_back_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.xlsx");
    let dangerous =
        ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "  甲 ", "a\nb", "<&>\"'", "_x0041_", "\u{1}\u{ffff}"];
    let mut writer =
        SheetWriter::create(&path, layout(&[("企业名称", Kind::Text), ("职工人数", Kind::Count)])).unwrap();
    for text in dangerous {
        writer.row(&[text.into(), Value::Integer(1_234)]).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), dangerous.len() as u64);
    let xml = part(&path, "xl/worksheets/sheet1.xml");
    assert!(!xml.contains("<f>"), "a live formula");
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
    let range = book.worksheet_range("台账").unwrap();
    for (row, text) in (3..).zip(&dangerous[..9]) {
        assert_eq!(range.get_value((row, 0)), Some(&calamine::Data::String((*text).into())));
        assert_eq!(range.get_value((row, 1)), Some(&calamine::Data::Float(1_234.0)));
    }
    let (_, rows, _) = read(&path, None).unwrap();
    assert_eq!(rows.len(), dangerous.len());
    assert_eq!(rows[0].text("name"), dangerous[0]);
}

#[test]
fn the_layout_is_that_of_the_ledger_and_long_tables_go_on_in_the_next_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.xlsx");
    let columns = [("企业名称", Kind::Text), ("成立日期", Kind::Date), ("解决率（%）", Kind::Rate)];
    let mut writer = SheetWriter::create(&path, layout(&columns)).unwrap();
    writer.limit_sheet_rows(10);
    let day = chrono::NaiveDate::from_ymd_opt(2022, 6, 9).unwrap();
    for _ in 0..10 {
        writer.row(&["甲".repeat(40_000).into(), Value::Date(day), Value::Number(99.7)]).unwrap();
    }
    writer
        .sheet(Layout { name: "其他".into(), title: String::new(), line: String::new(), columns: Vec::new() })
        .unwrap();
    writer.finish().unwrap();
    let xml = part(&path, "xl/worksheets/sheet1.xml");
    for wanted in [
        r#"<mergeCell ref="A1:C1"/>"#,
        r#"<mergeCell ref="A2:C2"/>"#,
        r#"paperSize="8""#,
        r#"orientation="landscape""#,
        r#"fitToHeight="0""#,
        r#"topLeftCell="A4""#,
    ] {
        assert!(xml.contains(wanted), "{wanted}");
    }
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
    assert_eq!(book.sheet_names(), ["台账", "台账(2)", "其他"]);
    let heights: Vec<_> = book.worksheets().iter().map(|(_, range)| range.height()).collect();
    assert_eq!(heights, [10, 6, 0]);
    let range = book.worksheet_range("台账(2)").unwrap();
    assert_eq!(range.get_value((2, 0)), Some(&calamine::Data::String("企业名称".into())));
    let cut = range.get_value((3, 0)).unwrap().to_string();
    assert!(cut.chars().count() == 32_767 && cut.ends_with("已截断）"));
    let (_, rows, _) = read(&path, None).unwrap();
    assert_eq!(rows[0].date("founded"), Some(Ok((day, None))));
}

#[test]
fn bad_rows_come_back_with_the_reason_and_can_be_imported_again() {
    let (folder, path) = file(|sheet| {
        sheet.merge_range(0, 0, 0, 2, "名录", &Format::new()).unwrap();
        texts(sheet, 1, &["企业名称", "备注", "成立日期"]);
        texts(sheet, 2, &["甲公司", "=1+1"]);
        texts(sheet, 3, &["乙公司", "好", "去年"]);
    });
    let mut book = Workbook::open(&path).unwrap();
    let table = book.table(COMPANIES, None).unwrap();
    let out = folder.path().join("bad.xlsx");
    let mut bad = BadRows::create(&out, &table).unwrap();
    for row in book.rows(&table).unwrap() {
        let row = row.unwrap();
        bad.add(&row, row.date("founded").map_or("没有日期".into(), |date| date.unwrap_err()).as_str()).unwrap();
    }
    assert_eq!(bad.finish().unwrap(), 2);
    let (table, rows, _) = read(&out, None).unwrap();
    let heads: Vec<_> = table.mapping.columns().iter().map(|column| column.text.as_str()).collect();
    assert_eq!(heads, ["企业名称", "备注", "成立日期", "错误原因"]);
    assert_eq!(rows[0].column(1).unwrap().text(), "=1+1");
    assert_eq!(rows[0].column(3).unwrap().text(), "第 3 行：没有日期");
    assert!(rows[1].column(3).unwrap().text().starts_with("第 4 行：“去年”不是"));
    // A second round replaces the reason instead of adding a column.
    let mut again = BadRows::new(&table).unwrap();
    again.add(&rows[1], "仍然不对").unwrap();
    let mut bytes = Vec::new();
    assert_eq!(again.finish_to(&mut bytes).unwrap(), 1);
    fs::write(&out, bytes).unwrap();
    let (table, rows, _) = read(&out, None).unwrap();
    assert_eq!(table.mapping.columns().len(), 4);
    assert_eq!(rows[0].column(3).unwrap().text(), "第 3 行：仍然不对");
}

const MESSAGES: &[Field] = &[
    Field { key: "number", heads: &["留言编号"], required: true },
    Field { key: "user", heads: &["留言用户"], required: true },
    Field { key: "title", heads: &["留言主题"], required: true },
    Field { key: "asked", heads: &["留言时间"], required: true },
    Field { key: "text", heads: &["留言详情"], required: true },
    Field { key: "reply", heads: &["答复意见"], required: true },
    Field { key: "replied", heads: &["答复时间"], required: true },
];

#[test]
fn the_excerpt_of_real_messages_is_read_whole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/messages_excerpt.xlsx");
    let mut book = Workbook::open(&path).unwrap();
    let table = book.table(MESSAGES, None).unwrap();
    let rows: Vec<Row> = book.rows(&table).unwrap().map(Result::unwrap).collect();
    assert_eq!((rows.len(), table.mapping.unmapped()), (60, vec![]));
    let (mut padded, mut cells, mut timeless, mut keys) = (0, 0, 0, std::collections::HashSet::new());
    for row in &rows {
        let text = row.paragraphs("text");
        assert!(!text.is_empty() && text == text.trim() && !text.contains(['\t', '\r']));
        padded += u32::from(row.get("text").unwrap().text().starts_with(['\n', '\t']));
        for key in ["asked", "replied"] {
            cells += u32::from(matches!(row.get(key).unwrap(), zhuqi::sheet::Cell::Moment(_)));
            let (day, time) = parse_date(row.get(key).unwrap()).unwrap();
            assert!(("2010-01-01".parse().unwrap().."2021-01-01".parse().unwrap()).contains(&day));
            timeless += u32::from(time.is_none());
        }
        keys.insert((row.text("user"), row.text("title")));
    }
    assert_eq!((padded, cells, timeless), (60, 1, 1));
    assert!(keys.len() < rows.len(), "the excerpt repeats a user and title");
}
