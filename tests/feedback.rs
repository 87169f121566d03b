//! Complaints and suggestions: from everybody, read by the city's office.
use crate::support::city;

#[actix_web::test]
async fn everybody_can_write_and_the_office_reads() {
    let city = city::fresh();
    let mut street = city.street();
    let form = street.open("/feedback?page=/portal").await;
    let sent = street.submit(&form, "/feedback", &[("text", "字太小"), ("contact", "路人")]).await.is(303);
    assert!(street.follow(&sent).await.says("已收到"));
    // The same form again: a double tap.
    street.submit(&form, "/feedback", &[("text", "字太小"), ("contact", "路人")]).await.is(303);
    let mut company = city.desk("mill").await;
    let form = company.open("/feedback").await;
    company.submit(&form, "/feedback", &[("text", "<b>很好</b>")]).await.is(303);

    let mut office = city.desk("city1").await;
    let list = office.open("/feedback/list").await;
    assert_eq!(list.texts("tbody th"), ["<b>很好</b>", "字太小"]);
    assert_eq!(list.texts("tbody td[data-label=谁]"), ["蒋纺织", "未登录"]);
    assert_eq!(list.texts("tbody td[data-label=在哪一页]"), ["", "/portal"]);
    let read = list.attribute("tbody form", "action").expect("a button");
    office.submit(&list, &read, &[]).await.is(303);
    office.submit(&list, &read, &[]).await.is(303);
    assert_eq!(office.open("/feedback/list").await.texts("tbody th"), ["字太小"]);
    assert_eq!(office.open("/feedback/list?show=all").await.texts("tbody th").len(), 2);
    office.post("/feedback/77/read", &[]).await.is(404);
    for account in ["erqi", "cadre1", "sysadmin", "mill"] {
        let mut desk = city.desk(account).await;
        desk.get("/feedback/list").await.is(403);
        desk.post(&read, &[]).await.is(403);
    }
}

#[actix_web::test]
async fn an_empty_or_endless_text_comes_back() {
    let city = city::fresh();
    let mut street = city.street();
    let form = street.open("/feedback?page=/portal").await;
    let refused = street.submit(&form, "/feedback", &[("contact", "路人")]).await.is(422);
    assert_eq!(refused.attribute("#contact", "value").as_deref(), Some("路人"));
    assert_eq!(refused.attribute("input[name=page]", "value").as_deref(), Some("/portal"));
    street.submit(&form, "/feedback", &[("text", &"长".repeat(2001))]).await.is(422);
    street.submit(&form, "/feedback", &[("text", &"长".repeat(2000))]).await.is(303);
}

#[actix_web::test]
async fn one_address_cannot_flood_the_office() {
    let city = city::fresh();
    let mut street = city.street();
    for i in 0..20 {
        street.post("/feedback", &[("text", &format!("意见 {i}"))]).await.is(303);
    }
    let stopped = street.post("/feedback", &[("text", "再来")]).await.is(429);
    assert!(stopped.says("请稍等约 1 小时再试"), "{}", stopped.text());
    assert_eq!(stopped.texts("#text"), ["再来"]);
    // Whoever is signed in is counted by his account.
    city.desk("city2").await.post("/feedback", &[("text", "我还能说")]).await.is(303);
    let list = city.desk("city1").await.open("/feedback/list").await;
    assert_eq!(list.texts("tbody th").len(), 21);
}
