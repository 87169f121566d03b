//! The command itself: what it prints, what it writes beside the file, how it ends.
use super::*;
use crate::support::{city, server};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_command_shows_the_mapping_and_stops_at_bad_rows() {
    let city = city::fresh();
    let (_folder, path) = book(&[&["公司", "归属地", "备注"], &["甲公司", "二七区", ""], &["乙公司", "", ""]]);
    let file = path.to_str().expect("a path");
    let map = "公司=name，归属地=所属区县";
    let dry = server::run(&city, &["import", "enterprises", file, "--map", map, "--dry-run"], "");
    let said = text(&dry.stdout);
    assert!(dry.status.success(), "{}", text(&dry.stderr));
    for wanted in [
        "公司 → 企业名称（name）",
        "归属地 → 所属区县（area）",
        "没有用到的列：备注",
        "新增 1，",
        "有错 1",
        "第 3 行：没有填写所属区县",
        "只检查，没有写入",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    let refused = server::run(&city, &["import", "enterprises", file, "--map", map], "");
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("有 1 行有错，没有写入任何内容"), "{}", text(&refused.stderr));
    let bad = path.with_file_name("错.xlsx");
    let bad_path = bad.to_str().expect("a path");
    let skipped =
        server::run(&city, &["import", "enterprises", file, "--map", map, "--skip-bad", "--bad-rows", bad_path], "");
    assert!(skipped.status.success(), "{}", text(&skipped.stderr));
    assert!(text(&skipped.stdout).contains("已导入企业：新增 1"), "{}", text(&skipped.stdout));
    assert!(text(&skipped.stderr).contains("写入"), "progress is told: {}", text(&skipped.stderr));
    assert!(bad.exists());
    let again = server::run(&city, &["import", "enterprises", file, "--map", map, "--skip-bad"], "");
    assert!(text(&again.stdout).contains("没有要写入的内容"), "{}", text(&again.stdout));
    let audited = read(&city, |conn| {
        use diesel::prelude::*;
        use zhuqi::schema::audit_events as a;
        let own = a::table.filter(a::action.eq(zhuqi::audit::AuditAction::Import));
        Ok(own.select((a::actor, a::detail)).load::<(String, String)>(conn)?)
    });
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].0, "命令行");
    assert!(audited[0].1.contains("名单.xlsx：新增 1"), "{audited:?}");
}

#[test]
fn wrong_files_and_maps_are_answered_in_a_sentence() {
    let city = city::fresh();
    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("名单.csv");
    std::fs::write(&csv, "企业名称,区县\n甲,二七区\n").expect("writes");
    let output = server::run(&city, &["import", "enterprises", csv.to_str().expect("a path")], "");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("这是文本文件（如 CSV），不能导入"), "{}", text(&output.stderr));
    let (_folder, path) = book(&[&["企业名称", "区县"], &["甲公司", "二七区"]]);
    let map = ["import", "enterprises", path.to_str().expect("a path"), "--map", "没有的列=name"];
    let output = server::run(&city, &map, "");
    assert!(text(&output.stderr).contains("文件里没有名为“没有的列”的列"), "{}", text(&output.stderr));
    let (_folder, path) = book(&[&["甲", "乙"], &["1", "2"]]);
    let output = server::run(&city, &["import", "visits", path.to_str().expect("a path")], "");
    assert!(text(&output.stderr).contains("没有找到表头，需要的列：走访日期"), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("也可以用 --map"), "{}", text(&output.stderr));
}
