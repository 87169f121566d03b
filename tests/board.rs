//! The board of supervision: each figure opens its list; requests are ruled on where they are read.
use crate::support::{
    city::{self, City},
    problem::{dispatch, record, step},
};
use zhuqi::{calendar::Clock, web::App};

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
    assert_eq!(city.desk("erqi").await.open(&by_unit).await.texts("main tbody tr").len(), 4);
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
