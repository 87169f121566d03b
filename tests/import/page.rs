//! The page: upload, preview, apply, downloads; who may, and what happens when it is sent twice or interrupted.
use super::*;
use crate::support::{
    city,
    desk::{Desk, Page},
};
use diesel::prelude::*;
use zhuqi::{
    access::Role,
    import::{Import, State, Told},
    schema::*,
    time::Time,
};

const FILE: &str = "file";

/// Sends a file with the form as it stands.
async fn send(desk: &mut Desk, base: &str, kind: &str, path: &Path) -> Page {
    let form = desk.open(&format!("{base}/new")).await;
    let mut fields = form.fields(base);
    fields.retain(|(name, _)| name != "kind");
    fields.push(("kind".into(), kind.into()));
    let content = std::fs::read(path).expect("the file");
    let name = path.file_name().expect("a name").to_str().expect("text").to_owned();
    desk.send_files(base, &fields, &[(FILE, &name, &content)]).await
}

/// The page of the import once nobody works on it.
pub async fn settled(desk: &mut Desk, location: &str) -> Page {
    for _ in 0..600 {
        let page = desk.open(location).await;
        if page.attribute("meta[http-equiv=refresh]", "content").is_none() {
            return page;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{location} never ends");
}

pub async fn uploaded(desk: &mut Desk, base: &str, kind: &str, path: &Path) -> (String, Page) {
    let sent = send(desk, base, kind, path).await.is(303);
    let location = sent.location.expect("an address");
    let page = settled(desk, &location).await;
    (location, page)
}

async fn count(city: &City) -> i64 {
    let read = city.app.db.read(|conn| Ok(enterprises::table.count().get_result(conn)?));
    read.await.expect("counts")
}

#[actix_web::test]
async fn a_file_is_previewed_then_imported_once_however_often_it_is_sent() {
    let city = city::fresh();
    let mut office = city.desk("city1").await;
    assert!(office.open("/imports").await.says("还没有导入过"));
    let (_folder, path) = book(&[
        &["企业名称", "统一社会信用代码", "区县", "备注"],
        &["甲公司", "", "二七区", "x"],
        &["郑州砺衡纺织有限公司", "91350100M000100Y43", "二七区", ""],
    ]);
    let (location, page) = uploaded(&mut office, "/imports", "enterprises", &path).await;
    assert!(page.says("导入 1 行") && page.says("没有用到的列：备注"), "{}", page.text());
    assert_eq!(page.texts("dl.facts dd").first().map(String::as_str), Some("1 行"));
    assert_eq!(count(&city).await, 2, "a preview writes nothing");
    let run = format!("{location}/run");
    office.submit(&page, &run, &[]).await.is(303);
    office.submit(&page, &run, &[]).await.is(303);
    let done = settled(&mut office, &location).await;
    assert!(done.says("已导入") && done.texts("button").iter().all(|text| !text.contains("导入 1 行")));
    assert_eq!(count(&city).await, 3);
    assert!(office.open("/imports").await.says("新增 1，变更 0，没有变化 1"));
    // Sent again, the same file has nothing to write.
    let (_, page) = uploaded(&mut office, "/imports", "enterprises", &path).await;
    assert!(page.says("没有要写入的内容"), "{}", page.text());
    let mut auditor = city.desk("auditadmin").await;
    assert!(auditor.open("/audit").await.says("企业 名单.xlsx：新增 1"));
}

#[actix_web::test]
async fn bad_rows_stop_the_import_come_back_as_a_file_and_can_be_skipped() {
    let city = city::fresh();
    let mut office = city.desk("city1").await;
    let (_folder, path) = book(&[&["企业名称", "区县"], &["甲公司", "二七区"], &["乙公司", "没有区"]]);
    let (location, page) = uploaded(&mut office, "/imports", "enterprises", &path).await;
    assert!(page.says("第 3 行没有名为“没有区”的辖区"), "{}", page.text());
    let refused = office.post(&format!("{location}/run"), &[]).await;
    assert!(refused.says("有 1 行有错"), "{}", refused.text());
    assert_eq!(count(&city).await, 2);
    let file = office.get(&format!("{location}/bad")).await.is(200);
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.xlsx");
    std::fs::write(&bad, &file.bytes).expect("writes");
    let read = look(&city, Kind::Enterprises, &bad);
    assert_eq!((read.rows(), read.bad), (1, 1));
    assert!(page.says("跳过 1 行错误，导入 1 行"));
    office.submit(&page, &format!("{location}/run"), &[]).await.is(303);
    assert!(settled(&mut office, &location).await.says("已导入"));
    assert_eq!(count(&city).await, 3);
}

#[actix_web::test]
async fn what_cannot_be_read_is_said_at_its_field_and_the_form_is_kept() {
    let city = city::fresh();
    let mut office = city.desk("city1").await;
    let form = office.open("/imports/new").await;
    let mut fields = form.fields("/imports");
    fields.retain(|(name, _)| !matches!(name.as_str(), "kind" | "source" | "map"));
    let none = office.send_files("/imports", &fields, &[]).await.is(422);
    assert!(none.says("请选择导入什么") && none.says("请选择 Excel 文件"), "{}", none.text());
    fields.push(("kind".into(), "issues".into()));
    fields.push(("source".into(), "市长信箱".into()));
    fields.push(("map".into(), "没有的列=title".into()));
    let wrong = office.send_files("/imports", &fields, &[(FILE, "a.xlsx", b"%PDF-1.4 x")]).await.is(422);
    assert!(wrong.says("这是 PDF 文件，不能导入"), "{}", wrong.text());
    assert_eq!(wrong.attribute("#source", "value").as_deref(), Some("市长信箱"));
    assert_eq!(wrong.attribute("input[name=kind][checked]", "value").as_deref(), Some("issues"));
    let (_folder, path) = book(&[&["问题标题", "收集日期"], &["用电", "2022-01-01"]]);
    let content = std::fs::read(&path).expect("the file");
    let wrong = office.send_files("/imports", &fields, &[(FILE, "a.xlsx", &content)]).await.is(422);
    assert!(wrong.texts("#map-m").join("").contains("文件里没有名为“没有的列”的列"), "{}", wrong.text());
    fields.retain(|(name, _)| name != "map");
    let (_folder, path) = book(&[&["甲", "乙"], &["用电", "2022-01-01"]]);
    let content = std::fs::read(&path).expect("the file");
    let wrong = office.send_files("/imports", &fields, &[(FILE, "a.xlsx", &content)]).await.is(422);
    let said = wrong.texts("#file-m").concat();
    assert!(said.contains("里没有找到表头") && said.contains("在下面的“列对应”里写"), "{said}");
    assert!(!wrong.says("--map"), "{}", wrong.text());
    for name in wrong.texts("details tbody th") {
        assert!(!name.contains(|c: char| c.is_ascii_alphabetic()), "{name}");
    }
    let large = vec![b'x'; 121 << 20];
    let wrong = office.send_files("/imports", &fields, &[(FILE, "a.xlsx", &large)]).await.is(422);
    assert!(wrong.says("文件太大，一次最多上传 120 MB"), "{}", wrong.text());
    assert_eq!(wrong.attribute("#source", "value").as_deref(), Some("市长信箱"));
}

#[actix_web::test]
async fn open_problems_from_before_the_campaign_stand_in_the_leaders_sum() {
    let city = city::fresh();
    let set = |conn: &mut zhuqi::db::Conn| {
        let reporting = zhuqi::rules::Reporting { started_on: city::day("2022-01-01"), ..Default::default() };
        zhuqi::rules::query::save_reporting(conn, None, &reporting, "通知", zhuqi::time::Time(0))
    };
    city.app.db.write(set).await.expect("sets");
    let mut office = city.desk("city1").await;
    let (_folder, path) = book(&[
        &["问题标题", "收集日期", "区县", "是否办结"],
        &["用电", "2021-03-01", "二七区", "否"],
        &["用水", "2021-03-01", "二七区", "否"],
    ]);
    let (location, page) = uploaded(&mut office, "/imports", "issues", &path).await;
    assert!(
        page.texts("#columns ~ table, table").concat().contains("当前状态") && !page.says("status"),
        "{}",
        page.text()
    );
    office.submit(&page, &format!("{location}/run"), &[]).await.is(303);
    settled(&mut office, &location).await;
    let overview = city.desk("leader").await.open("/").await;
    assert_eq!(overview.texts(".cards .fig")[0], "2件");
    assert!(overview.says("含待甄别 2 件，建档后才计入统计"), "{}", overview.text());
}

#[actix_web::test]
async fn the_mapping_can_be_changed_and_looked_at_again() {
    let city = city::fresh();
    let mut office = city.desk("city1").await;
    let (_folder, path) = book(&[&["问题标题", "收集日期", "怎么办的"], &["用电", "2022-01-01", "已增容"]]);
    let (location, page) = uploaded(&mut office, "/imports", "issues", &path).await;
    assert!(page.says("1 件没有答复") && page.says("没有用到的列：怎么办的"), "{}", page.text());
    let wrong = office.submit(&page, &location, &[("map", "怎么办的=没有这种字段")]).await.is(422);
    assert!(wrong.says("没有名为“没有这种字段”的字段"), "{}", wrong.text());
    assert_eq!(wrong.attribute("#map", "value").as_deref(), Some("怎么办的=没有这种字段"));
    office.submit(&page, &location, &[("map", "怎么办的=reply"), ("source", "旧台账")]).await.is(303);
    let page = settled(&mut office, &location).await;
    assert!(page.says("1 件已有答复") && page.says("旧台账"), "{}", page.text());
    office.submit(&page, &format!("{location}/run"), &[]).await.is(303);
    assert!(settled(&mut office, &location).await.says("已导入"));
    let ledger = office.open("/issues").await;
    assert!(ledger.says("未关联企业") && ledger.says("历史导入"), "{}", ledger.text());
    let issue = ledger.attribute("th.title a", "href").expect("an issue");
    let story = office.open(&issue).await;
    for words in ["历史导入", "旧台账", "历史答复", "已增容", "未关联企业", "未评价"] {
        assert!(story.says(words), "{words}: {}", story.text());
    }
    // What an import did is no step that somebody could do by hand.
    assert!(!story.html().contains("close_imported"));
}

#[actix_web::test]
async fn each_administrator_does_his_half_of_the_file_of_people() {
    let city = city::fresh();
    let (_folder, path) =
        book(&[&["姓名", "账号", "角色", "工作组"], &["张新来", "zhangxl", "包联干部", "二七区第一工作组"]]);
    let mut sysadmin = city.desk("sysadmin").await;
    let (location, page) = uploaded(&mut sysadmin, "/base-imports", "users", &path).await;
    assert!(page.says("由安全管理员"), "{}", page.text());
    sysadmin.submit(&page, &format!("{location}/run"), &[]).await.is(303);
    let done = settled(&mut sysadmin, &location).await;
    assert!(done.says("初始口令只能下载一次"), "{}", done.text());
    let fetch = format!("{location}/passwords");
    let file = sysadmin.post(&fetch, &[]).await.is(200);
    assert!(file.bytes.starts_with(b"PK"));
    let again = sysadmin.post(&fetch, &[]).await;
    assert!(again.says("只能下载一次"), "{}", again.text());
    let role = || async {
        let read = city.app.db.read(|conn| {
            Ok(users::table.filter(users::account.eq("zhangxl")).select(users::role).first::<Option<Role>>(conn)?)
        });
        read.await.expect("the account")
    };
    assert_eq!(role().await, None);
    let mut secadmin = city.desk("secadmin").await;
    let (location, page) = uploaded(&mut secadmin, "/role-imports", "roles", &path).await;
    secadmin.submit(&page, &format!("{location}/run"), &[]).await.is(303);
    settled(&mut secadmin, &location).await;
    assert_eq!(role().await, Some(Role::Cadre));
}

#[actix_web::test]
async fn nobody_imports_what_is_not_his() {
    let city = city::fresh();
    let (_folder, path) = book(&[&["企业名称", "区县"], &["甲公司", "二七区"]]);
    let mut office = city.desk("city1").await;
    let (location, page) = uploaded(&mut office, "/imports", "enterprises", &path).await;
    let refused = send(&mut office, "/imports", "users", &path).await.is(422);
    assert!(refused.says("请选择导入什么"));
    let id = location.rsplit('/').next().expect("a number");
    // Another office sees it, and does not run it.
    let mut other = city.desk("city2").await;
    assert!(other.open(&location).await.says("这个文件由别人上传"));
    let run = other.post(&format!("{location}/run"), &[]).await;
    assert!(run.says("由别人上传"), "{}", run.text());
    for (account, base) in [("sysadmin", "/base-imports"), ("secadmin", "/role-imports")] {
        let mut desk = city.desk(account).await;
        desk.get(&format!("{base}/{id}")).await.is(404);
        desk.post(&format!("{base}/{id}/run"), &[]).await.is(404);
        desk.get(&location).await.is(403);
        assert!(desk.open(base).await.says("还没有导入过"));
    }
    for account in ["erqi", "lead1", "cadre1", "finance", "leader", "mill", "auditadmin", "nobody"] {
        let mut desk = city.desk(account).await;
        desk.get("/imports").await.is(403);
        desk.post(&format!("{location}/run"), &[]).await.is(403);
    }
    assert_eq!(count(&city).await, 2);
    office.submit(&page, &format!("{location}/run"), &[]).await.is(303);
}

/// Puts the import into a state as a server leaves it that died long ago.
async fn died(city: &City, location: &str, state: State) -> Import {
    let id: i64 = location.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a number");
    let done = city.app.db.write(move |conn| {
        diesel::update(imports::table.find(id))
            .set((imports::state.eq(state), imports::ended_at.eq(Time(0))))
            .execute(conn)?;
        Ok(imports::table.find(id).select(Import::as_select()).first(conn)?)
    });
    done.await.expect("the import")
}

#[actix_web::test]
async fn an_import_whose_server_died_is_shown_as_interrupted_and_starts_again() {
    let city = city::fresh();
    let mut office = city.desk("city1").await;
    let (_folder, path) = book(&[&["企业名称", "区县"], &["甲公司", "二七区"]]);
    let (location, _) = uploaded(&mut office, "/imports", "enterprises", &path).await;
    let import = died(&city, &location, State::Running).await;
    assert_eq!(import.told(), Told::default());
    let page = office.open(&location).await;
    assert!(page.says("中断") && page.says("没有写入任何内容"), "{}", page.text());
    assert!(office.open("/imports").await.says("中断"));
    office.submit(&page, &location, &[]).await.is(303);
    let page = settled(&mut office, &location).await;
    office.submit(&page, &format!("{location}/run"), &[]).await.is(303);
    assert!(settled(&mut office, &location).await.says("已导入"));
    assert_eq!(count(&city).await, 3);
    // Written, but the server died before it could say so: the transaction's own audit event tells.
    died(&city, &location, State::Running).await;
    assert!(office.open(&location).await.says("已导入"));
}
