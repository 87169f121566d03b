//! Accounts over HTTP: signing in, locks and limits, passwords, sessions.
use crate::support::city::{self, PASSWORD, id_of};
use zhuqi::account::{self, password};

const NEW: &str = "Another-one-2026";

#[actix_web::test]
async fn a_person_signs_in_with_account_or_phone() {
    let city = city::fresh();
    for name in ["city1", "CITY1", "13900000001"] {
        let mut desk = city.street();
        let form = desk.open("/login").await;
        let answer = desk
            .submit(&form, "/login", &[("account", name), ("password", PASSWORD)])
            .await
            .is(303);
        assert_eq!(answer.location.as_deref(), Some("/"));
        let page = desk.open("/password").await;
        assert_eq!(page.texts(".topbar-user b"), ["李市办"]);
    }
}

#[actix_web::test]
async fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
    let city = city::fresh();
    let mut here = city.desk("city1").await;
    let mut there = city.desk("city1").await;
    let mut neighbour = city.desk("city2").await;
    let form = here.open("/password").await;
    let fields = [("old", PASSWORD), ("new", NEW), ("again", NEW)];
    let changed = here.submit(&form, "/password", &fields).await.is(303);
    assert!(!changed.headers.contains_key("www-authenticate"));
    here.open("/password").await;
    neighbour.open("/password").await;
    let gone = there.get("/password").await.is(303);
    assert_eq!(gone.location.as_deref(), Some("/login?next=%2Fpassword"));
}

#[actix_web::test]
async fn a_first_sign_in_leads_to_a_new_password_and_nowhere_else() {
    let city = city::fresh();
    city.app
        .db
        .write(|conn| {
            let hash = password::hash(PASSWORD)?;
            account::query::set_password(conn, id_of("sysadmin"), &hash, true, None)
        })
        .await
        .expect("sets");
    let mut desk = city.street();
    let form = desk.open("/login").await;
    let signed_in = desk
        .submit(&form, "/login", &[("account", "sysadmin"), ("password", PASSWORD)])
        .await
        .is(303);
    let elsewhere = desk.get("/users").await.is(303);
    assert_eq!(
        elsewhere.location.as_deref(),
        Some("/password"),
        "{:?}",
        signed_in.location
    );
    let form = desk.follow(&elsewhere).await;
    assert!(form.says("须先换成自己的口令"));
    let weak = [("old", PASSWORD), ("new", "short"), ("again", "short")];
    let refused = desk.submit(&form, "/password", &weak).await.is(422);
    assert_eq!(refused.attribute("#new", "aria-invalid").as_deref(), Some("true"));
    let same = [("old", PASSWORD), ("new", PASSWORD), ("again", PASSWORD)];
    desk.submit(&form, "/password", &same).await.is(422);
    let good = [("old", PASSWORD), ("new", NEW), ("again", NEW)];
    let changed = desk.submit(&form, "/password", &good).await.is(303);
    assert_eq!(changed.location.as_deref(), Some("/"));
    desk.open("/users").await;
}
