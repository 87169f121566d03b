//! Accounts over HTTP: signing in, locks and limits, passwords, sessions.
use crate::support::{
    city::{self, City, PASSWORD, id_of},
    desk::{Desk, Page},
};
use actix_web::test::TestRequest;
use diesel::prelude::*;
use zhuqi::{
    account::{self, password},
    db::Db,
    schema::users,
    time::Time,
    web::App,
};

const NEW: &str = "Another-one-2026";

#[actix_web::test]
async fn a_person_signs_in_with_account_or_phone() {
    let city = city::fresh();
    for name in ["city1", "CITY1", "13900000001"] {
        let mut desk = city.street();
        let form = desk.open("/login").await;
        let answer = desk.submit(&form, "/login", &[("account", name), ("password", PASSWORD)]).await.is(303);
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
    let signed_in = desk.submit(&form, "/login", &[("account", "sysadmin"), ("password", PASSWORD)]).await.is(303);
    let elsewhere = desk.get("/users").await.is(303);
    assert_eq!(elsewhere.location.as_deref(), Some("/password"), "{:?}", signed_in.location);
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

async fn try_sign_in(desk: &mut Desk, account: &str, password: &str) -> Page {
    desk.post("/login", &[("account", account), ("password", password)]).await
}

#[actix_web::test]
async fn five_wrong_passwords_lock_the_account_for_fifteen_minutes() {
    let city = city::fresh();
    let mut desk = city.street();
    for left in [4, 3, 2, 1] {
        let refused = try_sign_in(&mut desk, "city1", "wrong").await.is(422);
        assert!(refused.says(&format!("还可以再试 {left} 次")), "{}", refused.text());
    }
    let before = Time::system();
    assert!(try_sign_in(&mut desk, "city1", "wrong").await.is(422).says("账号已锁定"));
    // The right password does not help, and the phone is the same account.
    assert!(try_sign_in(&mut desk, "city1", PASSWORD).await.is(422).says("账号已锁定"));
    assert!(try_sign_in(&mut desk, "13900000001", PASSWORD).await.is(422).says("账号已锁定"));
    try_sign_in(&mut desk, "city2", PASSWORD).await.is(303);
    let locked_until = |minutes: i64| {
        city.app.db.write(move |conn| {
            let row = users::table.find(id_of("city1"));
            let until: Time = row.select(users::locked_until).first(conn)?;
            diesel::update(row).set(users::locked_until.eq(until.plus_minutes(minutes))).execute(conn)?;
            Ok(until)
        })
    };
    let until = locked_until(-14).await.expect("moves");
    assert!(until >= before.plus_minutes(15) && until <= Time::system().plus_minutes(15));
    assert!(try_sign_in(&mut desk, "city1", PASSWORD).await.is(422).says("账号已锁定"));
    locked_until(-1).await.expect("moves");
    try_sign_in(&mut desk, "city1", PASSWORD).await.is(303);
    // A right password clears the count.
    assert!(try_sign_in(&mut desk, "city1", "wrong").await.is(422).says("还可以再试 4 次"));
}

#[actix_web::test]
async fn an_unknown_account_is_answered_like_a_known_one() {
    let city = city::fresh();
    let mut desk = city.street();
    for i in 0..7 {
        let unknown = try_sign_in(&mut desk, "who", "wrong").await.is(422);
        let known = try_sign_in(&mut desk, "city1", "wrong").await.is(422);
        // The minute may turn between the two.
        let words = |page: &Page| {
            let line = page.texts(".error-summary li").remove(0);
            line.split("，").take(2).collect::<String>()
        };
        assert_eq!(words(&unknown), words(&known), "try {i}");
    }
    assert!(try_sign_in(&mut desk, "WHO", "wrong").await.says("账号已锁定"));
}

#[actix_web::test]
async fn a_wrong_old_password_counts_towards_the_lock_and_the_lock_ends_the_session() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    let mut wrong = [("old", "wrong"), ("new", NEW), ("again", NEW)];
    for left in [4, 3, 2, 1] {
        let refused = desk.post("/password", &wrong).await.is(422);
        assert!(refused.says(&format!("还可以再试 {left} 次")), "{}", refused.text());
    }
    let mut other = city.desk("city1").await;
    assert!(desk.post("/password", &wrong).await.is(422).says("账号已锁定"));
    desk.get("/password").await.is(303);
    other.get("/password").await.is(303);
    assert!(try_sign_in(&mut city.street(), "city1", PASSWORD).await.is(422).says("账号已锁定"));
    // Nor does a session that begins while it is locked change the password.
    wrong[0].1 = PASSWORD;
    assert!(city.desk("city1").await.post("/password", &wrong).await.is(422).says("账号已锁定"));
    let log = city.desk("auditadmin").await.open("/audit").await;
    assert_eq!(log.texts("tbody th").iter().filter(|one| *one == "登录失败").count(), 7);
}

/// The same city served by a second process.
fn second_instance(city: &City) -> App {
    let mut app = city.app.clone();
    app.db = Db::open(city.app.config.database_url.as_deref().expect("a url")).expect("opens");
    app
}

#[actix_web::test]
async fn limits_and_locks_hold_across_instances() {
    let city = city::fresh();
    let mut desks = [city.street(), Desk::new(second_instance(&city), None)];
    for i in 0..5 {
        try_sign_in(&mut desks[i % 2], "city1", "wrong").await.is(422);
    }
    for desk in &mut desks {
        assert!(try_sign_in(desk, "city1", PASSWORD).await.is(422).says("账号已锁定"));
    }
    // 60 tries from one address within five minutes, seven of them above.
    for i in 7..60 {
        try_sign_in(&mut desks[i % 2], &format!("guess{i}"), "wrong").await.is(422);
    }
    for desk in &mut desks {
        let stopped = try_sign_in(desk, "city2", PASSWORD).await.is(429);
        assert!(stopped.says("请稍等约 5 分钟再试"), "{}", stopped.text());
        assert_eq!(stopped.attribute("#account", "value").as_deref(), Some("city2"));
    }
    // Guessing the old password on the other form is counted too.
    let mut inside = city.desk("city2").await;
    inside.post("/password", &[("old", "guess"), ("new", NEW), ("again", NEW)]).await.is(429);
}

#[actix_web::test]
async fn an_office_behind_one_address_signs_in_as_often_as_it_likes() {
    let city = city::fresh();
    let mut desk = city.street();
    for i in 0..59 {
        try_sign_in(&mut desk, &format!("guess{i}"), "wrong").await.is(422);
    }
    for _ in 0..3 {
        try_sign_in(&mut desk, "city2", PASSWORD).await.is(303);
    }
    // Whoever has an account wins no tries by it.
    try_sign_in(&mut desk, "guess", "wrong").await.is(422);
    try_sign_in(&mut desk, "guess", "wrong").await.is(429);
    try_sign_in(&mut desk, "city2", PASSWORD).await.is(429);
}

#[actix_web::test]
async fn behind_the_trusted_proxy_the_client_is_counted_and_nobody_else_is_believed() {
    let city = city::fresh();
    let mut config = (*city.app.config).clone();
    config.trusted_proxy = Some("127.0.0.1".parse().expect("an address"));
    let mut app = city.app.clone();
    app.config = std::sync::Arc::new(config);
    let from = async |app: &App, client: &str| {
        let request = TestRequest::post()
            .uri("/login")
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("x-forwarded-for", client.to_owned()))
            .set_form([("account", "who"), ("password", "wrong")]);
        Desk::new(app.clone(), None).send(request).await.status.as_u16()
    };
    for _ in 0..60 {
        assert_eq!(from(&app, "10.0.0.1").await, 422);
    }
    assert_eq!(from(&app, "10.0.0.1").await, 429);
    // Only what the proxy itself added last is believed.
    assert_eq!(from(&app, "10.0.0.9, 10.0.0.1").await, 429);
    assert_eq!(from(&app, "10.0.0.2").await, 422);
    // The client's own line comes first, the proxy's line last.
    let request = TestRequest::get()
        .peer_addr("127.0.0.1:40000".parse().expect("an address"))
        .append_header(("x-forwarded-for", "10.0.0.7"))
        .append_header(("x-forwarded-for", "10.0.0.8, 10.0.0.1"));
    assert_eq!(app.address(&request.to_http_request()), "10.0.0.1");
    // Without a trusted proxy the header says nothing: all come from one address.
    assert_eq!(from(&city.app, "10.0.0.1").await, 422);
}

#[actix_web::test]
async fn a_sign_in_leads_back_and_never_to_another_site() {
    let city = city::fresh();
    for (next, to) in [
        ("/users?q=a", "/users?q=a"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\u{1}/evil.example", "/"),
        ("\t//evil.example", "/"),
        ("", "/"),
    ] {
        let fields = [("account", "city1"), ("password", PASSWORD), ("next", next)];
        let answer = city.street().post("/login", &fields).await.is(303);
        assert_eq!(answer.location.as_deref(), Some(to), "{next}");
    }
}
