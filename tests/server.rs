//! Health and readiness, and the reference number of a failure.
use crate::support::city;

#[actix_web::test]
async fn a_healthy_server_says_so_without_signing_in() {
    let city = city::fresh();
    let mut street = city.street();
    assert_eq!(street.open("/healthz").await.html(), "ok\n");
    assert_eq!(street.open("/readyz").await.html(), "ready\n");
}

#[actix_web::test]
async fn a_server_is_not_ready_when_attachments_have_no_place() {
    let city = city::fresh();
    let attachments = city.app.config.attachments();
    let _ = std::fs::remove_dir_all(&attachments);
    // A file where the directory should be: root may write anywhere, but not below a file.
    std::fs::write(&attachments, "in the way").expect("writes");
    city.street().get("/readyz").await.is(503);
    city.street().open("/healthz").await;
    std::fs::remove_file(&attachments).expect("clears");
    city.street().open("/readyz").await;
}

#[actix_web::test]
async fn a_server_is_not_ready_before_its_schema_is() {
    let city = city::fresh();
    city.app.db.revert_all().expect("reverts");
    let page = city.street().get("/readyz").await.is(503);
    assert!(page.html().contains("zhuqi migrate"), "{}", page.html());
    city.app.db.migrate().expect("migrates");
    city.street().open("/readyz").await;
}

#[actix_web::test]
async fn a_failure_shows_a_reference_and_not_its_cause() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    city.app
        .db
        .write(|conn| {
            use diesel::connection::SimpleConnection;
            Ok(conn.batch_execute("ALTER TABLE record_events RENAME TO record_events_away")?)
        })
        .await
        .expect("breaks");
    let page = desk.get("/users/1").await.is(500);
    assert!(page.says("系统出错了") && page.says("参考号"));
    assert!(!page.html().contains("record_events"));
    assert_eq!(page.texts("p b.code").len(), 1);
}
