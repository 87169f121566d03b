//! Several problems at once: selected in the ledger, confirmed, each with its own result.
use crate::support::{
    cast::*,
    city,
    desk::Desk,
    problem::{dispatch, number, record, step},
};
use diesel::prelude::*;
use zhuqi::schema::issue_events;

fn address(act: &str, paths: &[String]) -> String {
    let issues: Vec<String> = paths.iter().map(|path| format!("&issue={}", number(path))).collect();
    format!("/batch?act={act}{}", issues.concat())
}

/// Sends the form of the confirming page as it stands there.
async fn confirm(
    desk: &mut Desk,
    page: &crate::support::desk::Page,
    filled: &[(&str, &str)],
) -> crate::support::desk::Page {
    desk.submit(page, "/batch", filled).await
}

#[actix_web::test]
async fn fifty_are_nudged_at_once_and_only_once() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let mut paths = Vec::new();
    for n in 0..50 {
        paths.push(record(&mut cadre, &format!("第{n}件")).await);
    }
    let mut office = city.desk("erqi").await;
    let ledger = office.open("/issues?size=50").await;
    assert_eq!(ledger.texts("main tbody input[form=batch]").len(), 50);
    let page = office.open(&address("nudge", &paths)).await;
    assert!(page.says("催办 50 件问题"));
    let done = confirm(&mut office, &page, &[]).await.is(200);
    assert!(done.says("办成 50 件"), "{}", done.text());
    // A double tap.
    assert!(confirm(&mut office, &page, &[]).await.is(200).says("办成 50 件"));
    let nudges = city.app.db.read_blocking(|conn| {
        let nudges = issue_events::table.filter(issue_events::action.eq("nudge"));
        Ok(nudges.count().get_result::<i64>(conn)?)
    });
    assert_eq!(nudges.expect("counts"), 50);
    let empty = confirm(&mut office, &page, &[("text", " ")]).await.is(422);
    assert!(empty.says("请写催办的话"));
}

#[actix_web::test]
async fn each_is_done_or_refused_with_its_reason() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let mut office = city.desk("erqi").await;
    let mut paths = Vec::new();
    for n in 0..4 {
        paths.push(record(&mut cadre, &format!("第{n}件")).await);
    }
    let registered = [("category", "4"), ("complexity", "C"), ("duplicates_looked_at", "yes")];
    dispatch(&mut office, &paths[0]).await;
    step(&mut office, &paths[1], "register", &registered).await;
    step(&mut office, &paths[2], "register", &registered).await;
    let page = office.open(&address("dispatch", &paths)).await;
    // What was dispatched before teaches where the next goes.
    assert!(page.says("二七区住建局"));
    // Somebody is faster with one of them.
    step(&mut office, &paths[2], "correct", &[("remark", "改过"), ("reason", "补充")]).await;
    let done = confirm(&mut office, &page, &[]).await.is(200);
    assert!(done.says("办成 1 件，没有办成 3 件"), "{}", done.text());
    assert!(done.says("待签收”，不能做“交办”") && done.says("待甄别”，不能做“交办”") && done.says("您打开页面之后"));
    assert!(office.open(&paths[1]).await.says("已交二七区住建局"));

    let page = office.open(&address("transfer", &paths[..2])).await;
    let refused = confirm(&mut office, &page, &[("lead_unit", "1")]).await.is(422);
    assert!(refused.says("请写明转办的理由"));
    assert_eq!(refused.attribute("#lead_unit option[selected]", "value").as_deref(), Some("1"), "the choice is kept");
    let unit = FINANCE.to_string();
    let done = confirm(&mut office, &page, &[("lead_unit", &unit), ("reason", "职责调整")]).await.is(200);
    assert!(done.says("办成 2 件"), "{}", done.text());
    assert!(office.open(&paths[0]).await.says("已交市财政局"));
}

#[actix_web::test]
async fn a_nudge_makes_no_page_stale_but_that_of_a_nudge() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let (mut office, mut other) = (city.desk("erqi").await, city.desk("city1").await);
    let mut paths = Vec::new();
    for n in 0..3 {
        paths.push(record(&mut cadre, &format!("第{n}件")).await);
        let registered = [("category", "4"), ("complexity", "C"), ("duplicates_looked_at", "yes")];
        step(&mut office, &paths[n], "register", &registered).await;
    }
    let unit = HOUSING.to_string();
    let (page, single) = (office.open(&address("dispatch", &paths[..2])).await, office.open(&paths[2]).await);
    for path in &paths {
        let before = other.open(path).await;
        step(&mut office, path, "nudge", &[]).await;
        other.submit(&before, &format!("{path}/nudge"), &[]).await.is(409);
    }
    let done = confirm(&mut office, &page, &[("lead_unit", &unit)]).await.is(200);
    assert!(done.says("办成 2 件"), "{}", done.text());
    let old = other.open(&paths[2]).await;
    // What is asked of the unit is suggested, and cannot be left out.
    let act = format!("{}/dispatch", paths[2]);
    let filled = [("lead_unit", unit.as_str()), ("requirement", " ")];
    let refused = office.submit(&single, &act, &filled).await.is(422);
    assert!(refused.says("请写办理要求"));
    let dispatched = office.submit(&single, &act, &filled[..1]).await.is(303);
    assert!(office.follow(&dispatched).await.says("办理要求请按时限办理并答复企业。"));
    // A step that did change the problem does make it stale.
    let late = other.submit(&old, &act, &filled[..1]).await.is(409);
    assert!(late.says("您打开页面之后"), "{}", late.text());
}

#[actix_web::test]
async fn a_step_that_the_status_does_not_allow_is_named_in_a_sentence() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let mut office = city.desk("erqi").await;
    let version = office.open(&path).await.attribute("input[name=version]", "value").expect("a version");
    let sent = [("version", version.as_str()), ("finding", "不属实")];
    let refused = office.post(&format!("{path}/dismiss_dispute"), &sent).await.is(409);
    assert!(refused.says("这件问题现在是“待甄别”，不能做“认定差评不属实并销号”"), "{}", refused.text());
}

#[actix_web::test]
async fn nobody_reaches_beyond_his_rows() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let mut other = city.desk("zhengdong").await;
    let page = other.open(&address("nudge", std::slice::from_ref(&path))).await;
    assert!(page.says("没有选中问题") && page.says(&format!("{} 没有找到，或不在您的范围内", number(&path))));
    let sent = [("once", "1"), ("act", "nudge"), ("text", "快"), ("issue", number(&path))];
    assert!(other.post("/batch", &sent).await.is(200).says("没有找到，或不在您的范围内"));
    city.desk("housing").await.post("/batch", &sent).await.is(403);
    city.desk("housing").await.get(&address("nudge", std::slice::from_ref(&path))).await.is(403);
    let file = city.desk("erqi").await.get(&format!("/batch/export?issue={}", number(&path))).await.is(200);
    assert!(file.bytes.starts_with(b"PK"), "a spreadsheet");
}
