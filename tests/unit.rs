//! Units: added, edited, ended with a reason and taken up again.
use crate::support::city::{self, FINANCE, HOUSING, id_of};
use diesel::prelude::*;
use zhuqi::schema::users;

#[actix_web::test]
async fn a_unit_is_added_edited_ended_and_resumed_with_its_history() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    let form = desk.open("/units/new").await;
    for (filled, field) in [
        ([("name", ""), ("area", "1"), ("valid_from", "2026-01-01")], "name"),
        ([("name", "市财政局"), ("area", "1"), ("valid_from", "2026-01-01")], "name"),
        ([("name", "市水利局"), ("area", "77"), ("valid_from", "2026-01-01")], "area"),
        ([("name", "市水利局"), ("area", "1"), ("valid_from", "昨天")], "valid_from"),
    ] {
        let refused = desk.submit(&form, "/units", &filled).await.is(422);
        assert_eq!(refused.texts(&format!(".error-summary a[href='#{field}']")).len(), 1, "{filled:?}");
    }
    let filled = [("name", "市水利局"), ("area", "1"), ("valid_from", "2026-01-01")];
    let added = desk.submit(&form, "/units", &filled).await.is(303);
    // Sent twice: still one.
    assert_eq!(desk.submit(&form, "/units", &filled).await.is(303).location, added.location);
    let path = added.location.clone().expect("leads to it");
    let page = desk.follow(&added).await;
    let renamed = desk.submit(&page, &path, &[("name", "市水务局")]).await.is(303);
    let page = desk.follow(&renamed).await;
    assert!(page.says("名称：市水利局 → 市水务局"), "{}", page.text());
    desk.submit(&page, &path, &[("name", "市河长办"), ("version", "1")]).await.is(409);

    let end = format!("{path}/end");
    let refused = desk.submit(&page, &end, &[]).await.is(422);
    assert!(refused.says("请填写停止使用的原因"));
    assert_eq!(refused.attribute("#name", "value").as_deref(), Some("市水务局"));
    let ended = desk.submit(&page, &end, &[("reason", "机构改革")]).await.is(303);
    let page = desk.follow(&ended).await;
    assert!(page.says("机构改革") && page.says("停止使用"));
    let listed = desk.open("/units").await;
    assert_eq!(listed.texts("tbody tr.void th"), ["市水务局"]);
    let resumed = desk.submit(&page, &format!("{path}/resume"), &[]).await.is(303);
    let page = desk.follow(&resumed).await;
    assert_eq!(page.texts("[aria-label=变动记录列表] tbody th"), ["恢复使用", "停止使用", "修改单位", "新增单位"]);
    assert_eq!(desk.open("/units?q=%E6%B0%B4%E5%8A%A1").await.texts("tbody th"), ["市水务局"]);
}

#[actix_web::test]
async fn a_unit_with_people_is_not_ended() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    let path = format!("/units/{HOUSING}");
    let page = desk.open(&path).await;
    let refused = desk.submit(&page, &format!("{path}/end"), &[("reason", "撤并")]).await.is(422);
    assert!(refused.says("还有 1 个账号"), "{}", refused.text());
    assert_eq!(refused.attribute("#reason", "value").as_deref(), Some("撤并"));
    city.app
        .db
        .write(|conn| {
            diesel::update(users::table.find(id_of("housing"))).set(users::disabled.eq(true)).execute(conn)?;
            Ok(())
        })
        .await
        .expect("disables");
    desk.submit(&page, &format!("{path}/end"), &[("reason", "撤并")]).await.is(303);
}

#[actix_web::test]
async fn only_the_system_administrator_keeps_units_and_areas() {
    let city = city::fresh();
    for account in ["city1", "erqi", "secadmin", "auditadmin", "finance", "mill"] {
        let mut desk = city.desk(account).await;
        for path in ["/units", "/units/new", "/areas", "/areas/new", "/areas/1"] {
            desk.get(path).await.is(403);
        }
        for path in ["/units", "/areas", "/areas/2", "/areas/2/end", "/areas/2/resume"] {
            desk.post(path, &[("reason", "试试")]).await.is(403);
        }
        desk.post(&format!("/units/{FINANCE}/end"), &[("reason", "试试")]).await.is(403);
    }
}
