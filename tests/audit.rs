//! The audit log: read by the audit administrator only; what was changed behind its back shows.
use crate::support::city::{self, PASSWORD, id_of};
use diesel::prelude::*;
use zhuqi::schema::audit_events as a;

#[actix_web::test]
async fn only_the_audit_administrator_reads_the_log_and_refusals_are_in_it() {
    let city = city::fresh();
    for account in ["city1", "sysadmin", "secadmin", "leader", "mill", "nobody"] {
        city.desk(account).await.get("/audit").await.is(403);
    }
    city.street().get("/audit").await.is(303);
    let page = city.desk("auditadmin").await.open("/audit").await;
    assert_eq!(page.texts("tbody th"), vec!["越权被拒"; 6]);
    assert!(page.texts("tbody td[data-label=谁]")[0].contains("秦未授"));
    assert_eq!(page.texts("tbody td[data-label=对象]")[0], "GET /audit");
    assert_eq!(page.texts("tbody td[data-label=校验]"), vec!["完好"; 6]);
}

#[actix_web::test]
async fn the_log_is_narrowed_by_who_what_and_when() {
    let city = city::fresh();
    let mut street = city.street();
    street.post("/login", &[("account", "city1"), ("password", PASSWORD)]).await.is(303);
    street.post("/login", &[("account", "city2"), ("password", "wrong")]).await.is(422);
    street.post("/login", &[("account", "w_is_this"), ("password", "wrong")]).await.is(422);
    let mut desk = city.desk("auditadmin").await;
    let today = zhuqi::calendar::Clock::default().today();
    for (query, expected) in [
        (String::new(), vec!["登录失败", "登录失败", "登录"]),
        ("action=sign_in".into(), vec!["登录"]),
        ("q=city2".into(), vec!["登录失败"]),
        ("q=w_".into(), vec!["登录失败"]),
        ("q=wX".into(), vec![]),
        // What was typed may have been a password.
        ("q=w_i".into(), vec![]),
        (format!("from={today}&to={today}"), vec!["登录失败", "登录失败", "登录"]),
        (format!("to={}", today.pred_opt().expect("yesterday")), vec![]),
        (format!("from={}", today.succ_opt().expect("tomorrow")), vec![]),
    ] {
        assert_eq!(desk.open(&format!("/audit?{query}")).await.texts("tbody th"), expected, "{query}");
    }
}

#[actix_web::test]
async fn a_changed_or_missing_row_breaks_its_chain() {
    let city = city::fresh();
    let mut street = city.street();
    for _ in 0..4 {
        street.post("/login", &[("account", "city1"), ("password", PASSWORD)]).await.is(303);
    }
    let mut desk = city.desk("auditadmin").await;
    let verdicts =
        async |desk: &mut crate::support::desk::Desk| desk.open("/audit").await.texts("tbody td[data-label=校验]");
    assert_eq!(verdicts(&mut desk).await, vec!["完好"; 4]);
    let ids: Vec<i64> = city
        .app
        .db
        .write(|conn| {
            let chain = a::table.filter(a::actor_id.eq(id_of("city1"))).order(a::id);
            let ids: Vec<i64> = chain.select(a::id).load(conn)?;
            diesel::update(a::table.find(ids[1])).set(a::detail.eq("我没来过")).execute(conn)?;
            Ok(ids)
        })
        .await
        .expect("tampers");
    assert_eq!(verdicts(&mut desk).await, ["完好", "完好", "▲ 内容被改动", "完好"]);
    city.app.db.write(move |conn| Ok(diesel::delete(a::table.find(ids[1])).execute(conn)?)).await.expect("tampers");
    assert_eq!(verdicts(&mut desk).await, ["完好", "▲ 前一条缺失或被改动", "完好"]);
}
