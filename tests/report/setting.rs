//! 统计设置: the office says what figures begin with and what counts as resolved, and they follow at once.
use crate::support::{city::City, crowd, desk::Page};
use diesel::prelude::*;
use zhuqi::{calendar::shanghai_date, report::day, schema::*};

/// The city's row of the page as of a past day, without a first day of the question's own.
async fn resolved(city: &City) -> (String, Page) {
    let page = city.desk("city1").await.open("/reports?by=city&as_of=2022-06-28").await;
    let heads = page.texts("thead th");
    let at = heads.iter().position(|text| text == "已解决").expect("已解决");
    (page.texts("tfoot td")[at - 1].clone(), page)
}

async fn save(city: &City, started_on: &str, types: &[&str], reason: &str) -> Page {
    let mut office = city.desk("city1").await;
    let form = office.open("/reporting").await;
    let mut fields = form.fields("/reporting");
    fields.retain(|(name, _)| !["resolved", "started_on", "reason"].contains(&name.as_str()));
    fields.extend(types.iter().map(|one| ("resolved".to_owned(), (*one).to_owned())));
    fields.extend([("started_on".to_owned(), started_on.to_owned()), ("reason".to_owned(), reason.to_owned())]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = office.post("/reporting", &fields).await;
    // Sent twice it is one version.
    assert_eq!(office.post("/reporting", &fields).await.status, answer.status);
    answer
}

#[actix_web::test]
async fn the_office_says_what_counts_and_every_figure_follows() {
    let city = crowd::city(31, crowd::Size { issues: 200, ..crowd::SMALL });
    let (before, page) = resolved(&city).await;
    assert_eq!(page.attribute("#from", "value").as_deref(), Some("2000-01-01"), "nothing was said yet");
    assert!(city.desk("city1").await.open("/reporting").await.says("还没有设定活动第一天"));
    for (started_on, types, reason, field) in [
        ("", &["solved"][..], "纪要", "started_on"),
        ("2019-12-31", &["solved"], "纪要", "started_on"),
        ("2099-01-01", &["solved"], "纪要", "started_on"),
        ("昨天", &["solved"], "纪要", "started_on"),
        ("2022-03-01", &[], "纪要", "resolved"),
        ("2022-03-01", &["invalid"], "纪要", "resolved"),
        ("2022-03-01", &["solved"], "", "reason"),
    ] {
        let refused = save(&city, started_on, types, reason).await.is(422);
        assert!(!refused.texts(&format!(".error-summary a[href='#{field}']")).is_empty(), "{field} {started_on}");
    }
    let all = ["solved", "partly_solved", "explained", "guided"];
    save(&city, "2022-03-01", &all, "会议纪要7号").await.is(303);
    let (after, page) = resolved(&city).await;
    assert_eq!(page.attribute("#from", "value").as_deref(), Some("2022-03-01"));
    let number = |text: &str| text.parse::<i64>().expect("a number");
    assert!(number(&after) > number(&before), "{before} → {after}");
    let rows = city.desk("city1").await.open("/reports/rows?by=city&as_of=2022-06-28&measure=resolved").await;
    assert_eq!(rows.texts(".pager .total"), [format!("共 {after} 件")]);
    // What was said by whom, where it can be read.
    let page = city.desk("city1").await.open("/reporting").await;
    let told = "活动第一天 2022-03-01，计入已解决：已解决、部分解决、解释说明、引导法定渠道；会议纪要7号";
    assert_eq!(page.texts("[aria-labelledby=versions] tbody th"), [told]);
    let definitions = city.desk("lead1").await.open("/reports/definitions").await;
    assert!(definitions.says("解释说明") && definitions.says("从 2022-03-01 算起") && definitions.says("由助企办设定"));
    let logged = city.app.db.read(|conn| {
        let rows = audit_events::table.filter(audit_events::object.eq("统计设置"));
        Ok(rows.select(audit_events::detail).load::<String>(conn)?)
    });
    assert_eq!(logged.await.expect("reads"), [told]);
    // The same again changes nothing, an old form nothing either.
    assert!(save(&city, "2022-03-01", &all, "再存一次").await.is(422).says("没有要保存的"));
    let mut office = city.desk("city2").await;
    let old = office.open("/reporting").await;
    save(&city, "2022-03-02", &["solved"], "更正").await.is(303);
    let refused = office.submit(&old, "/reporting", &[("reason", "旧表单")]).await.is(422);
    assert!(refused.says("别人改过"));
    assert_eq!(resolved(&city).await.0, before);
    for account in ["erqi", "leader", "lead1", "sysadmin"] {
        city.desk(account).await.get("/reporting").await.is(403);
    }
}

#[actix_web::test]
async fn what_was_stored_of_a_past_day_goes_with_the_setting() {
    let city = crowd::city(32, crowd::SMALL);
    let (db, now) = (city.app.db.clone(), city.app.now());
    let count = move || day::count_last(&db, now).expect("counts");
    let counted = actix_web::web::block(count.clone()).await.expect("counts");
    assert!(counted > 0);
    save(&city, "2022-04-01", &["solved"], "通知").await.is(303);
    assert_eq!(actix_web::web::block(count.clone()).await.expect("counts"), counted, "of another first day");
    save(&city, "2022-04-01", &["solved", "explained"], "通知").await.is(303);
    assert_eq!(actix_web::web::block(count).await.expect("counts"), counted, "of other types");
    let yesterday = shanghai_date(now).pred_opt().expect("a day");
    let page = city.desk("city1").await.open(&format!("/reports?by=city&as_of={yesterday}")).await;
    assert_eq!(page.attribute("#from", "value").as_deref(), Some("2022-04-01"));
}
