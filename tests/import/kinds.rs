//! Areas, units, groups, companies, assignments and visits.
use super::*;
use crate::support::{cast::*, city};
use diesel::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format};
use zhuqi::{
    assignment,
    directory::{self, Area, Group, Unit},
    enterprise::{self, AboveScale, Enterprise, Size, Standing},
    issue::workflow::Level,
    schema::*,
    usci::Usci,
    visit::Visit,
};

#[test]
fn areas_take_their_codes_and_kinds_and_stand_below_their_parents() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["郑州市辖区名单"],
        &["序号", "辖区名称", "上级辖区", "行政区划代码", "编号用码"],
        &["1", "金水区", "", "４１０１０５", ""],
        &["2", "经开区", "郑州市", "", "4101jk"],
        &["3", "大学路街道", "二七区", "410103005", ""],
        &["4", "二七区", "", "410103", ""],
        &["合计", "4"],
    ]);
    let report = twice(&city, Kind::Areas, &path);
    assert_eq!((counts(&report), report.totals), ((3, 0, 1, 0), 1));
    let areas: Vec<Area> = read(&city, |conn| Ok(areas::table.select(Area::as_select()).load(conn)?));
    let of = |name: &str| areas.iter().find(|area| area.name == name).expect("an area");
    assert_eq!((of("金水区").number_code.as_str(), of("金水区").parent_id), ("410105", Some(CITY)));
    assert_eq!((of("经开区").number_code.as_str(), of("经开区").kind.as_str()), ("4101JK", "开发区"));
    let street = of("大学路街道");
    assert_eq!((street.parent_id, street.kind.as_str(), street.number_code.as_str()), (Some(ERQI), "街道", "410103"));
    // Every instance notices.
    let shown = read(&city, directory::current);
    assert_eq!(shown.areas.len(), 6);
}

#[test]
fn faulty_areas_say_what_is_wrong() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["名称", "上级", "代码", "编号用码"],
        &["高新区", "", "", ""],
        &["上街区", "", "41010", ""],
        &["中原区", "", "410103", ""],
        &["某街道", "没有的区", "", ""],
        &["惠济区", "", "410108", ""],
        &["惠济区", "", "410108", ""],
    ]);
    let report = look(&city, Kind::Areas, &path);
    let said = reasons(&report);
    assert!(said[0].starts_with("2 没有国家代码"), "{said:?}");
    assert!(said[1].starts_with("3 国家代码“41010”"), "{said:?}");
    assert!(said[2].starts_with("5 没有上级辖区“没有的区”"), "{said:?}");
    assert!(said[3].starts_with("7 与第 6 行重复"), "{said:?}");
}

#[test]
fn units_are_found_by_name_and_moved_by_the_area_column() {
    let city = city::fresh();
    let (_folder, path) =
        book(&[&["责任单位", "所属区县"], &[" 市　财政局", "市直"], &["二七区住建局", "郑东新区"], &["市工信局", ""]]);
    let report = twice(&city, Kind::Units, &path);
    assert_eq!((counts(&report), report.warned), ((1, 1, 1, 0), 1));
    let (row, said) = &report.warnings[0];
    assert!(*row == 3 && said.starts_with("单位“二七区住建局”现属二七区，导入后改属郑东新区"), "{said}");
    let units: Vec<Unit> =
        read(&city, |conn| Ok(units::table.order(units::id).select(Unit::as_select()).load(conn)?));
    assert_eq!((units[1].area_id, units[1].version), (ZHENGDONG, 2));
    assert_eq!((units[2].name.as_str(), units[2].area_id), ("市工信局", CITY));
    let history = read(&city, |conn| zhuqi::record::history(conn, "units", HOUSING));
    assert_eq!((history[0].actor.as_str(), history[0].action.as_str()), ("命令行", "导入修改"));
    assert!(history[0].detail.contains("二七区 → 郑东新区"), "{}", history[0].detail);
}

#[test]
fn groups_name_their_area_and_lead_unit_and_miss_people_aloud() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["工作组名称", "级别", "所属区县", "组长单位", "组长", "成员"],
        &["二七区第一工作组", "县级", "二七", "二七区住建局", "孙组长", "周包联"],
        &["市工信局驻二七工作组", "市级", "二七区", "市财政局", "张三", "周包联、李四"],
    ]);
    let report = twice(&city, Kind::Groups, &path);
    assert_eq!((counts(&report), report.warned), ((1, 0, 1, 0), 1));
    assert!(report.warnings[0].1.starts_with("张三、周包联、李四 还没有属于"), "{:?}", report.warnings);
    let group: Group = read(&city, |conn| {
        Ok(groups::table.filter(groups::name.eq("市工信局驻二七工作组")).select(Group::as_select()).first(conn)?)
    });
    assert_eq!((group.level, group.area_id, group.lead_unit_id), (Level::City, ERQI, Some(FINANCE)));
}

#[test]
fn a_group_keeps_what_past_figures_counted_and_begins_on_its_first_day() {
    let city = city::fresh();
    let today = zhuqi::calendar::shanghai_date(city.app.now());
    let (past, later) = ((today - chrono::Days::new(1)).to_string(), (today + chrono::Days::new(9)).to_string());
    let (_folder, path) = book(&[
        &["工作组名称", "所属区县", "启用日期"],
        &["二七区第一工作组", "郑东新区", ""],
        &["市财政局驻郑东工作组", "郑东新区", "2021-08-02"],
        &["二七区第二工作组", "二七区", &past],
    ]);
    let said = reasons(&look(&city, Kind::Groups, &path));
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!(said[0], "2 辖区已定，请新建工作组");
    assert_eq!(said[1], "3 启用日期已定（2021-08-01），请新建工作组");
    assert!(said[2].starts_with("4 启用日期不能早于今天"), "{said:?}");
    let (_folder, path) = book(&[
        &["工作组名称", "所属区县", "启用日期"],
        &["二七区第一工作组", "二七区", "2021-08-01"],
        &["二七区第二工作组", "二七区", &later],
        &["二七区第三工作组", "二七区", ""],
    ]);
    assert_eq!(counts(&twice(&city, Kind::Groups, &path)), (2, 0, 1, 0));
    let from = |name: &'static str| {
        read(&city, move |conn| {
            Ok(groups::table.filter(groups::name.eq(name)).select(Group::as_select()).first(conn)?)
        })
        .valid_from
        .to_string()
    };
    assert_eq!((from("二七区第二工作组"), from("二七区第三工作组")), (later, today.to_string()));
    // Nobody has counted it yet: it may still be moved.
    let (_folder, path) = book(&[&["工作组名称", "所属区县"], &["二七区第二工作组", "郑东新区"]]);
    assert_eq!(counts(&twice(&city, Kind::Groups, &path)), (0, 1, 0, 0));
}

#[test]
fn an_error_value_is_no_text() {
    let city = city::fresh();
    let (_folder, path) = filled("企业.xlsx", |sheet| {
        put(sheet, 0, &["企业名称", "区县", "备注"]);
        let faulty = || rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A");
        put(sheet, 1, &["", "二七区"]);
        sheet.write_formula(1, 0, faulty()).expect("writes");
        put(sheet, 2, &["甲公司", "二七区"]);
        sheet.write_formula(2, 2, faulty()).expect("writes");
    });
    let report = look(&city, Kind::Enterprises, &path);
    assert_eq!(counts(&report), (1, 0, 0, 1), "only columns that are used matter: {report:?}");
    assert_eq!(reasons(&report), ["2 “企业名称”的单元格是错误值 #N/A"]);
}

fn companies() -> (TempDir, PathBuf, String) {
    let code = Usci::generate(7).to_string();
    let wide: String = code.chars().map(|c| char::from_u32(c as u32 + 0xfee0).expect("wide")).collect();
    let (folder, path) = filled("企业.xlsx", |sheet| {
        sheet.merge_range(0, 0, 0, 8, "二七区四上企业名录", &Format::new()).expect("merges");
        put(sheet, 1, &["填报单位：二七区助企办"]);
        let heads =
            ["序号", "★企业\n名称", "统一社会信用代码（18位）", "所属 区县", "四上类别", "规模", "行业", "联系电话"];
        put(sheet, 2, &heads);
        put(
            sheet,
            3,
            &["1", "郑州砺衡纺织有限公司", "91350100m000100y43", "二七区", "规模以上工业", "中型", "C13", ""],
        );
        put(sheet, 4, &["2", " 郑州新来（河南）有限公司", &wide, "二七", "限上批发", "小", "批发业", "0371-6718 1234"]);
        put(sheet, 5, &["小计", "2家"]);
        put(sheet, 6, &["3", "河南澄川铸造股份有限公司", "", "郑东新区", "", "大型", "", "13900001234/67181234"]);
        put(sheet, 7, &["注：数据截至2022年6月9日"]);
    });
    (folder, path, code)
}

#[test]
fn companies_are_found_by_code_or_name_and_keep_what_the_file_leaves_blank() {
    let city = city::fresh();
    let (_folder, path, code) = companies();
    let report = twice(&city, Kind::Enterprises, &path);
    assert_eq!(counts(&report), (1, 1, 1, 0));
    assert_eq!((report.totals, report.notes_below, report.head_row, report.warned), (1, 1, 3, 1));
    assert_eq!(report.unmapped, ["序号"]);
    let rows: Vec<Enterprise> =
        read(&city, |conn| Ok(enterprises::table.order(enterprises::id).select(Enterprise::as_select()).load(conn)?));
    let new = rows.iter().find(|one| one.usci.as_deref() == Some(&code)).expect("the new one");
    assert_eq!((new.name.as_str(), new.area_id), ("郑州新来（河南）有限公司", ERQI));
    assert_eq!((new.above_scale, new.size, new.industry.as_str()), (AboveScale::Wholesale, Size::Small, "F"));
    assert_eq!((new.contact_phone.as_str(), new.standing), ("037167181234", Standing::Normal));
    let foundry = rows.iter().find(|one| one.id == FOUNDRY).expect("the foundry");
    assert_eq!((foundry.size, foundry.contact_phone.as_str()), (Size::Large, "13900001234"));
    assert_eq!(foundry.usci.as_deref(), Some("91410000170001401D"), "a blank cell keeps the code");
    let history = read(&city, |conn| zhuqi::record::history(conn, "enterprises", FOUNDRY));
    assert_eq!(history[0].detail, "规模：中型 → 大型；联系电话已改");
    // Found by a word of its name and by its code.
    for words in ["新来", code.as_str()] {
        let found = read(&city, |conn| enterprise::query::search(conn, zhuqi::access::Scope::system(), words, 9));
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [new.id], "{words}");
    }
}

#[test]
fn faulty_companies_come_back_with_the_reason_and_stop_the_whole_file() {
    let city = city::fresh();
    let good = Usci::generate(1).to_string();
    let other = Usci::generate(2).to_string();
    let (_folder, path) = book(&[
        &["企业名称", "统一社会信用代码", "区县", "四上类别"],
        &["甲公司", &good, "二七区", ""],
        &["乙公司", &good, "二七区", ""],
        &["丙公司", "9135O100MOOO100Y43", "二七区", ""],
        &["丁公司", "", "", ""],
        &["戊公司", "", "没有区", ""],
        &["郑州砺衡纺织有限公司", &other, "二七区", ""],
        &["己公司", "", "二七区", "四上"],
        &["己公司", "", "二七区", ""],
    ]);
    let said = reasons(&look(&city, Kind::Enterprises, &path));
    for (at, wanted) in [
        "3 与第 2 行重复（代码",
        "4 统一社会信用代码第 5 位不能是“O”，是否应为 91350100M000100Y43？",
        "5 没有填写所属区县",
        "6 没有名为“没有区”的辖区",
        "7 同名企业“郑州砺衡纺织有限公司”登记的是另一个统一社会信用代码",
        "8 四上类别“四上”不认识",
        "9 与第 8 行重复",
    ]
    .iter()
    .enumerate()
    {
        assert!(said[at].starts_with(wanted), "{wanted}: {said:?}");
    }
    let refused = import(&city, Kind::Enterprises, &path).expect_err("refused").to_string();
    assert!(refused.contains("有 7 行有错，没有写入任何内容"), "{refused}");
    let count = |conn: &mut Conn| -> Result<i64> { Ok(enterprises::table.count().get_result(conn)?) };
    assert_eq!(read(&city, count), 2);
    import_without_bad(&city, Kind::Enterprises, &path).expect("imports the good one");
    assert_eq!(read(&city, count), 3);
    // The rows that came back can be mended and imported; as they are, they are still bad.
    let back = look(&city, Kind::Enterprises, &path.with_extension("bad.xlsx"));
    assert_eq!((back.rows(), back.unmapped.as_slice()), (7, &["错误原因".to_owned()][..]));
}

#[test]
fn another_cadre_takes_over_and_the_same_changes_nothing() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["包联企业", "信用代码", "包联干部", "工作组", "包联领导", "包联日期"],
        &["郑州砺衡纺织有限公司", "", "周包联", "二七区第一工作组", "", ""],
        &["", "91410000170001401D", "吴组长", "", "褚领导", "2022.6.9"],
    ]);
    let report = twice(&city, Kind::Assignments, &path);
    assert_eq!(counts(&report), (0, 1, 1, 0));
    let of_foundry = read(&city, |conn| enterprise::query::assignments(conn, FOUNDRY));
    let lines: Vec<_> = of_foundry.iter().map(|row| (row.1.as_str(), row.4.to_string(), row.5.is_some())).collect();
    assert_eq!(lines[0], ("吴组长", "2022-06-09".to_owned(), false));
    assert_eq!((lines[1].0, lines[1].2, lines.len()), ("郑包联", true, 2));
    let current = read(&city, |conn| enterprise::query::assigned(conn, FOUNDRY));
    assert_eq!(current, Some((GROUP_TWO, id_of("lead2"))));
    let held = read(&city, |conn| assignment::query::held(conn, zhuqi::access::Scope::system(), id_of("lead2")));
    assert_eq!(held.companies.len(), 1);
}

#[test]
fn another_first_day_of_an_assignment_is_not_taken_and_told() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["企业名称", "包联干部", "起始日期", "包联领导"],
        &["郑州砺衡纺织有限公司", "周包联", "2022-06-09", ""],
        &["河南澄川铸造股份有限公司", "郑包联", "2021-08-01", ""],
    ]);
    let report = twice(&city, Kind::Assignments, &path);
    assert_eq!((counts(&report), report.warned), ((0, 0, 2, 0), 1));
    assert_eq!(report.warnings[0], (2, "现有的包联从 2021-08-01 开始，起始日期 2022-06-09 没有采用".to_owned()));
}

#[test]
fn visits_keep_to_the_limits_of_the_page() {
    let city = city::fresh();
    let (long, longer, many) = ("情".repeat(1000), "情".repeat(1001), "人".repeat(101));
    let row = |day: &'static str, note: &'static str| ["郑州砺衡纺织有限公司", "周包联", day, note, "", ""];
    let mut rows = [row("2022-06-09", ""), row("2022-06-10", ""), row("2022-06-11", "x"), row("2022-06-12", "x")];
    (rows[0][3], rows[1][3]) = (&long, &longer);
    (rows[2][4], rows[3][5]) = (&many, "托人带话");
    (rows[0][4], rows[0][5]) = ("冯财政", "电话沟通");
    let head = ["企业名称", "走访人", "走访日期", "走访情况", "同行人员", "走访方式"];
    let (_folder, path) = book(&[&head, &rows[0], &rows[1], &rows[2], &rows[3]]);
    let said = reasons(&look(&city, Kind::Visits, &path));
    assert_eq!(
        said,
        [
            "3 走访情况最多 1000 个字，现在有 1001 个",
            "4 同行人员最多 100 个字，现在有 101 个",
            "5 走访方式“托人带话”不认识，可以写：上门走访、电话联系、视频连线、企业来访",
        ]
    );
    import_without_bad(&city, Kind::Visits, &path).expect("imports one");
    let made: Visit = read(&city, |conn| Ok(visits::table.select(Visit::as_select()).first(conn)?));
    assert_eq!((made.manner.as_str(), made.companions.as_str()), ("电话联系", "冯财政"));
}

#[test]
fn visits_of_those_who_left_count_for_the_group_of_that_day() {
    let city = city::fresh();
    let left = |account: &str, group: Option<i64>| {
        let id = id_of(account);
        city.app
            .db
            .write_blocking(move |conn| {
                let mut user = zhuqi::account::query::find(conn, id)?;
                (user.disabled, user.group_id) = (group.is_none(), group);
                diesel::update(users::table.find(id))
                    .set((users::disabled.eq(user.disabled), users::group_id.eq(group)))
                    .execute(conn)?;
                zhuqi::account::membership::follow(conn, &user, city::day("2022-06-10"))
            })
            .expect("leaves");
    };
    left("cadre1", None);
    left("cadre2", Some(GROUP_ONE));
    let (_folder, path) = book(&[
        &["企业名称", "走访人", "走访日期"],
        &["郑州砺衡纺织有限公司", "周包联", "2022-06-09"],
        &["郑州砺衡纺织有限公司", "郑包联", "2022-06-09"],
        &["郑州砺衡纺织有限公司", "郑包联", "2022-06-10"],
        &["郑州砺衡纺织有限公司", "郑包联", "2020-06-10"],
    ]);
    assert_eq!(counts(&twice(&city, Kind::Visits, &path)), (4, 0, 0, 0));
    let made = read(&city, |conn| {
        let rows = visits::table.order((visits::visited_on, visits::cadre_id));
        Ok(rows.select((visits::cadre_id, visits::group_id)).load::<(i64, Option<i64>)>(conn)?)
    });
    let (one, two) = (id_of("cadre1"), id_of("cadre2"));
    assert_eq!(made, [(two, Some(GROUP_TWO)), (one, Some(GROUP_ONE)), (two, Some(GROUP_TWO)), (two, Some(GROUP_ONE))]);
    let (_folder, path) = book(&[&["企业名称", "账号", "走访日期"], &["郑州砺衡纺织有限公司", "cadre1", "2022-06-10"]]);
    assert_eq!(reasons(&look(&city, Kind::Visits, &path)), ["2 周包联 在 2022-06-10 已不在工作组"]);
    // What goes on from now is not given to somebody who has left.
    let (_folder, path) = book(&[&["企业名称", "干部账号"], &["郑州砺衡纺织有限公司", "cadre1"]]);
    assert_eq!(reasons(&look(&city, Kind::Assignments, &path)), ["2 周包联 的账号已停用"]);
}

#[test]
fn assignments_name_people_and_companies_that_are_there() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["企业名称", "包联干部", "工作组"],
        &["没有的公司", "周包联", ""],
        &["郑州砺衡纺织有限公司", "没有人", ""],
        &["郑州砺衡纺织有限公司", "周包联", "市财政局驻郑东工作组"],
        &["郑州砺衡纺织有限公司", "冯财政", ""],
    ]);
    let said = reasons(&look(&city, Kind::Assignments, &path));
    assert!(said[0].contains("没有企业“没有的公司”"), "{said:?}");
    assert!(said[1].contains("没有叫“没有人”的包联干部"), "{said:?}");
    assert!(said[2].contains("没有叫“周包联”的包联干部"), "{said:?}");
    assert!(said[3].contains("没有叫“冯财政”的包联干部"), "{said:?}");
    // A file without any column for the cadre is refused as a whole.
    let (_folder, path) = book(&[&["企业名称", "工作组"], &["郑州砺衡纺织有限公司", "二七区第一工作组"]]);
    let refused = import(&city, Kind::Assignments, &path).expect_err("refused").to_string();
    assert!(refused.contains("缺少必需的列：包联干部或干部账号或干部手机号"), "{refused}");
}

#[test]
fn visits_come_with_every_way_of_writing_a_date() {
    let city = city::fresh();
    let (_folder, path) = filled("走访.xlsx", |sheet| {
        put(sheet, 0, &["走访企业", "走访人", "走访日期", "走访情况"]);
        let dates = ["2022-06-09", "2022/6/10", "2022.6.11", "2022年6月12日", "44725"];
        for (at, date) in (1..).zip(dates) {
            put(sheet, at, &["郑州砺衡纺织有限公司", "周包联", date, "\t了解用电\n\n  情况 "]);
        }
        put(sheet, 6, &["郑州砺衡纺织有限公司", "cadre1", "", "同日"]);
        let cell = ExcelDateTime::from_ymd(2022, 6, 14).expect("a day");
        let format = Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_datetime_with_format(6, 2, &cell, &format).expect("writes");
        put(sheet, 7, &["合计", "6"]);
    });
    let report = twice(&city, Kind::Visits, &path);
    assert_eq!((counts(&report), report.totals), ((6, 0, 0, 0), 1));
    let rows: Vec<Visit> =
        read(&city, |conn| Ok(visits::table.order(visits::id).select(Visit::as_select()).load(conn)?));
    let days: Vec<_> = rows.iter().map(|visit| visit.visited_on.to_string()).collect();
    assert_eq!(days, ["2022-06-09", "2022-06-10", "2022-06-11", "2022-06-12", "2022-06-13", "2022-06-14"]);
    let first = &rows[0];
    assert_eq!((first.note.as_str(), first.area_id, first.group_id), ("了解用电\n情况", ERQI, Some(GROUP_ONE)));
    let (_folder, path) = book(&[
        &["企业", "走访人", "日期"],
        &["郑州砺衡纺织有限公司", "周包联", "2099-01-01"],
        &["郑州砺衡纺织有限公司", "周包联", "去年"],
        &["郑州砺衡纺织有限公司", "周包联", "2022-07-01"],
        &["郑州砺衡纺织有限公司", "周包联", "2022-07-01"],
    ]);
    let said = reasons(&look(&city, Kind::Visits, &path));
    assert!(said[0].starts_with("2 走访日期在今天之后"), "{said:?}");
    assert!(said[1].starts_with("3 “去年”不是可识别的日期"), "{said:?}");
    assert!(said[2].starts_with("5 与第 4 行重复"), "{said:?}");
}

#[test]
fn a_district_is_recognised_however_its_brackets_stand() {
    for head in
        ["区（县）", "县(区)", "区县(市)", "县（市、区）", "县(市)区", "开发区、区县(市)", "【区县】", "所属区 (县)"]
    {
        let (_folder, path) = book(&[&["企业名称", "工作组名称", "问题标题", head], &["甲", "乙", "丙", "二七区"]]);
        for kind in [Kind::Enterprises, Kind::Groups, Kind::Issues] {
            let table = run::table(&mut Workbook::open(&path).expect("opens"), kind, "").expect("a table");
            assert_eq!(table.mapping.column("area"), Some(3), "{head} of {}", kind.as_str());
        }
    }
    // Only what stands outside the brackets names this one.
    let (_folder, path) = book(&[&["企业名称（全称）", "区县（必填）"], &["甲", "二七区"]]);
    let table = run::table(&mut Workbook::open(&path).expect("opens"), Kind::Enterprises, "").expect("a table");
    assert_eq!((table.mapping.column("name"), table.mapping.column("area")), (Some(0), Some(1)));
}
