//! One file of people, two administrators: one opens accounts without rights, the other grants the roles.
use super::*;
use crate::support::{cast::*, city};
use diesel::prelude::*;
use std::os::unix::fs::PermissionsExt;
use zhuqi::{
    access::Role,
    account::{User, password},
    schema::*,
};

const PEOPLE: &[&[&str]] = &[
    &["二七区助企干部名单"],
    &["姓名", "账号", "手机号", "角色", "工作组", "单位"],
    &["张新来", "zhang.xl", "138 0000 0001", "助企干部", "二七区第一工作组", ""],
    &["李新来", "", "13800000002", "组长", "二七区第一工作组", ""],
    &["王新来", "WANG", "", "经办人", "", "市财政局"],
    &["周包联", "cadre1", "", "包联干部", "二七区第一工作组", ""],
];

fn user(city: &City, account: &str) -> User {
    let account = account.to_owned();
    let found = read(city, |conn| {
        Ok(users::table.filter(users::account.eq(&account)).select(User::as_select()).first(conn)?)
    });
    assert_eq!(found.account, account);
    found
}

#[test]
fn accounts_are_opened_without_rights_each_with_a_password_of_its_own() {
    let city = city::fresh();
    let (_folder, path) = book(PEOPLE);
    let report = look(&city, Kind::Users, &path);
    assert_eq!(counts(&report), (3, 0, 1, 0));
    assert!(report.notes[0].contains("由安全管理员"), "{:?}", report.notes);
    twice(&city, Kind::Users, &path);
    let zhang = user(&city, "zhang.xl");
    assert_eq!((zhang.role, zhang.group_id, zhang.must_change_password), (None, Some(GROUP_ONE), true));
    assert_eq!(zhang.phone.as_deref(), Some("13800000001"));
    assert_eq!(user(&city, "p13800000002").name, "李新来");
    assert_eq!(user(&city, "wang").unit_id, Some(FINANCE));
    assert_eq!(user(&city, "cadre1").role, Some(Role::Cadre), "who was there keeps the role");
    // The passwords are handed over beside the file, for nobody else to read.
    let handed = path.with_extension("passwords.xlsx");
    assert_eq!(handed.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    const HEADS: &[zhuqi::sheet::Field] = &[
        zhuqi::sheet::Field { key: "account", heads: &["账号"], required: true },
        zhuqi::sheet::Field { key: "password", heads: &["初始口令"], required: true },
    ];
    let mut book = Workbook::open(&handed).expect("opens");
    let table = book.table(HEADS, None).expect("a table");
    let rows: Vec<_> = book.rows(&table).expect("rows").map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 3);
    let mut passwords = std::collections::BTreeSet::new();
    for row in &rows {
        let (account, first) = (row.text("account"), row.text("password"));
        assert!(password::verify(&first, Some(&user(&city, &account).password_hash)), "{account}");
        assert_eq!(password::weakness(&first, ""), None);
        passwords.insert(first);
    }
    assert_eq!(passwords.len(), 3, "each its own");
}

#[test]
fn first_passwords_that_were_handed_over_are_never_replaced() {
    let city = city::fresh();
    let (_folder, path) = book(PEOPLE);
    import(&city, Kind::Users, &path).expect("opens");
    let first = path.with_extension("passwords.xlsx");
    let handed = std::fs::read(&first).expect("passwords");
    // The list grew and keeps its name.
    let (_other, more) = book(&[&["姓名", "账号"], &["陈新来", "chen"]]);
    std::fs::copy(&more, &path).expect("copies");
    let output = crate::support::server::run(&city, &["import", "users", path.to_str().expect("a path")], "");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("没有覆盖") && said.contains("名单.passwords-2.xlsx"), "{said}");
    assert_eq!(std::fs::read(&first).expect("passwords"), handed);
    let second = path.with_extension("passwords-2.xlsx");
    assert_eq!(second.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    assert!(second.metadata().expect("a file").len() > 1000);
    // With nothing to hand over no file is left behind.
    import(&city, Kind::Users, &path).expect("again");
    assert!(!path.with_extension("passwords-3.xlsx").exists());
}

#[test]
fn the_same_file_grants_roles_to_accounts_that_are_there() {
    let city = city::fresh();
    let (_folder, path) = book(PEOPLE);
    let said = reasons(&look(&city, Kind::Roles, &path));
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("请先由系统管理员导入账号"), "{said:?}");
    import(&city, Kind::Users, &path).expect("opens");
    let report = twice(&city, Kind::Roles, &path);
    assert_eq!(counts(&report), (3, 0, 1, 0));
    assert_eq!(user(&city, "zhang.xl").role, Some(Role::Cadre));
    assert_eq!(user(&city, "p13800000002").role, Some(Role::GroupLeader));
    assert_eq!(user(&city, "wang").role, Some(Role::Handler));
    let id = user(&city, "wang").id;
    let history = read(&city, |conn| zhuqi::record::history(conn, "users", id));
    assert!(history[0].detail.contains("未授权 → 经办人（市财政局）"), "{}", history[0].detail);
}

#[test]
fn faulty_people_say_what_is_wrong_and_nobody_with_a_role_is_moved() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["姓名", "账号", "手机号", "工作组", "角色"],
        &["甲", "", "", "", ""],
        &["乙", "", "12345678", "", ""],
        &["丙", "13800000009", "", "", ""],
        &["丁", "ding", "13900000001", "", ""],
        &["戊", "wu1", "", "没有的组", ""],
        &["周包联", "cadre1", "", "市财政局驻郑东工作组", ""],
        &["己", "ji1", "13800000010", "", ""],
        &["庚", "geng", "13800000010", "", ""],
    ]);
    let said = reasons(&look(&city, Kind::Users, &path));
    for (at, wanted) in [
        "2 账号和手机号都没有填写",
        "3 手机号“12345678”应是 1 开头的 11 位数字",
        "4 账号不能像手机号",
        "5 手机号 13900000001 已经是账号 city1 的",
        "6 没有名为“没有的组”的工作组",
        "7 这个账号已有角色，所属决定它的权限范围",
        "9 与第 8 行重复（手机号 13800000010）",
    ]
    .iter()
    .enumerate()
    {
        assert!(said[at].starts_with(wanted), "{wanted}: {said:?}");
    }
    let (_folder, path) = book(&[
        &["姓名", "账号", "角色", "工作组"],
        &["韩系统", "sysadmin", "系统管理员", ""],
        &["冯财政", "finance", "包联干部", ""],
        &["周包联", "cadre1", "组长", "市财政局驻郑东工作组"],
        &["郑包联", "cadre2", "大王", ""],
    ]);
    let said = reasons(&look(&city, Kind::Roles, &path));
    assert!(said[0].contains("管理员的角色请在“权限管理”里逐个授予"), "{said:?}");
    assert!(said[1].contains("这个角色要有工作组"), "{said:?}");
    assert!(said[2].contains("账号现在属于“二七区、二七区第一工作组”，与文件不同"), "{said:?}");
    assert!(said[3].contains("没有角色“大王”"), "{said:?}");
}
