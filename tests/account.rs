//! Accounts over HTTP: signing in, locks and limits, passwords, sessions.
use crate::support::city::{self, PASSWORD};

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
