//! Categories of problems, edited by the city's office.
use crate::support::city::{self, CATEGORY_FINANCING};

#[actix_web::test]
async fn the_office_adds_a_category_and_ends_it() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    let form = desk.open("/categories/new").await;
    for (filled, field) in [
        ([("code", "01"), ("name", "低空经济"), ("parent", "")], "code"),
        ([("code", "甲"), ("name", "低空经济"), ("parent", "")], "code"),
        ([("code", "16"), ("name", ""), ("parent", "")], "name"),
        ([("code", "16"), ("name", "低空经济"), ("parent", "99")], "parent"),
    ] {
        let refused = desk.submit(&form, "/categories", &filled).await.is(422);
        assert_eq!(refused.texts(&format!(".error-summary a[href='#{field}']")).len(), 1, "{filled:?}");
    }
    let top = CATEGORY_FINANCING.to_string();
    let filled = [("code", "0101"), ("name", "续贷"), ("parent", top.as_str())];
    let added = desk.submit(&form, "/categories", &filled).await.is(303);
    let child = desk.follow(&added).await;
    assert_eq!(desk.open("/categories").await.texts("tbody th"), ["融资信贷", "续贷", "水电气暖网", "其他"]);
    let path = format!("/categories/{CATEGORY_FINANCING}");
    let page = desk.open(&path).await;
    let end = format!("{path}/end");
    assert!(desk.submit(&page, &end, &[("reason", "合并")]).await.is(422).says("还有 1 个小类"));
    let under = format!("{}/end", added.location.expect("leads to it"));
    desk.submit(&child, &under, &[("reason", "合并")]).await.is(303);
    desk.submit(&page, &end, &[("reason", "合并")]).await.is(303);
    assert_eq!(desk.open("/categories").await.texts("tbody tr.void th"), ["融资信贷", "续贷"]);
    for account in ["erqi", "sysadmin", "cadre1", "mill"] {
        let mut other = city.desk(account).await;
        other.get("/categories").await.is(403);
        other.post(&end, &[("reason", "试试")]).await.is(403);
    }
}
