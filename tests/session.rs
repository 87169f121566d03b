//! Sessions: rows that can be revoked, that run out, and that hold no key anybody could use.
use crate::support::{
    city::{self, City, PASSWORD, id_of},
    desk::{Desk, Page},
};
use actix_web::test::TestRequest;
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use zhuqi::{
    schema::{sessions, symposiums},
    time::Time,
};

/// Moves the times of city1's only session back by so many minutes.
async fn age(city: &City, created: i64, used: i64) {
    let now = Time::system();
    let aged = city.app.db.write(move |conn| {
        Ok(diesel::update(sessions::table.filter(sessions::user_id.eq(id_of("city1"))))
            .set((sessions::created_at.eq(now.plus_minutes(-created)), sessions::used_at.eq(now.plus_minutes(-used))))
            .execute(conn)?)
    });
    assert_eq!(aged.await.expect("ages"), 1);
}

async fn used_at(city: &City) -> Vec<Time> {
    let read = city.app.db.read(|conn| Ok(sessions::table.select(sessions::used_at).load(conn)?));
    read.await.expect("reads")
}

#[actix_web::test]
async fn half_an_hour_without_use_ends_a_session() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    age(&city, 29, 29).await;
    desk.open("/password").await;
    // That use counted: the half hour begins anew.
    assert!(used_at(&city).await[0] > Time::system().plus_minutes(-1));
    age(&city, 31, 31).await;
    let gone = desk.get("/password").await.is(303);
    assert_eq!(gone.location.as_deref(), Some("/login?next=%2Fpassword"));
}

#[actix_web::test]
async fn twelve_hours_end_a_session_however_busy_it_is() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    age(&city, 12 * 60 - 1, 0).await;
    desk.open("/password").await;
    age(&city, 12 * 60 + 1, 0).await;
    desk.get("/password").await.is(303);
}

#[actix_web::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    let first = used_at(&city).await;
    desk.open("/password").await;
    assert_eq!(used_at(&city).await, first);
    age(&city, 2, 2).await;
    let aged = used_at(&city).await;
    desk.open("/password").await;
    assert!(used_at(&city).await[0] > aged[0]);
}

#[actix_web::test]
async fn a_revoked_session_stays_revoked() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    let cookies = desk.cookies.clone();
    // Long unused, so that the next request would write its use.
    age(&city, 5, 5).await;
    let form = desk.open("/password").await;
    desk.submit(&form, "/logout", &[]).await.is(303);
    assert!(desk.cookies.iter().all(|cookie| cookie.name() != "zhuqi"));
    desk.cookies = cookies;
    for _ in 0..2 {
        desk.get("/password").await.is(303);
        assert!(used_at(&city).await.is_empty());
    }
}

#[actix_web::test]
async fn the_database_holds_no_key_and_a_sign_in_makes_a_new_one() {
    let city = city::fresh();
    let mut desk = city.street();
    let planted = actix_web::cookie::Cookie::new("zhuqi", "planted-by-somebody");
    desk.cookies.push(planted);
    desk.get("/password").await.is(303);
    let fields = [("account", "city1"), ("password", PASSWORD)];
    let answer = desk.post("/login", &fields).await.is(303);
    let set = answer.headers.get("set-cookie").expect("a cookie").to_str().expect("text").to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
    let key = desk.cookies.iter().find(|cookie| cookie.name() == "zhuqi").expect("a session").value().to_owned();
    assert_ne!(key, "planted-by-somebody");
    assert_eq!(key.len(), 64);
    let stored: Vec<Vec<u8>> =
        city.app.db.read(|conn| Ok(sessions::table.select(sessions::key_hash).load(conn)?)).await.expect("reads");
    assert_eq!(stored, [Sha256::digest(key.as_bytes()).to_vec()]);
}

#[actix_web::test]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let city = city::fresh();
    let mut config = (*city.app.config).clone();
    config.origin = Some("https://zhuqi.example.gov.cn".into());
    let mut app = city.app.clone();
    app.config = std::sync::Arc::new(config);
    let mut desk = crate::support::desk::Desk::new(app, None);
    let answer = desk.post("/login", &[("account", "city1"), ("password", PASSWORD)]).await.is(303);
    let set = answer.headers.get("set-cookie").expect("a cookie").to_str().expect("text").to_owned();
    assert!(set.starts_with("__Host-zhuqi=") && set.contains("Secure") && !set.contains("Domain"), "{set}");
    assert!(answer.headers.contains_key("strict-transport-security"));
    desk.open("/password").await;
}

const NOT_WRITTEN: &str = "登录已过期，您刚才写的内容在下面，没有写入。";

/// Sends the form that stood on this page of ours.
async fn post_from(desk: &mut Desk, referer: &str, path: &str, fields: &[(&str, &str)]) -> Page {
    let request = TestRequest::post()
        .uri(path)
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("host", "zhuqi.test"))
        .insert_header(("referer", referer.to_owned()))
        .set_form(fields);
    desk.send(request).await
}

#[actix_web::test]
async fn what_was_typed_into_an_expired_form_is_shown_beside_the_sign_in() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    age(&city, 31, 31).await;
    let typed = [("once", "7f3a"), ("topic", "银企对接"), ("company1", "ok"), ("note", "第一行\n第二行")];
    let page = post_from(&mut desk, "http://zhuqi.test/symposiums/new?copy=1", "/symposiums", &typed).await.is(401);
    assert!(page.says(NOT_WRITTEN), "{}", page.text());
    assert_eq!(page.texts(".said"), ["银企对接", "第一行第二行"]);
    assert_eq!(page.texts(".said p").len(), 3, "line by line");
    assert!(desk.cookies.iter().all(|cookie| cookie.name() != "zhuqi"));
    // A mistyped password loses nothing either.
    let again = desk.submit(&page, "/login", &[("account", "city1"), ("password", "wrong")]).await.is(422);
    assert_eq!(again.texts(".said"), page.texts(".said"));
    let done = desk.submit(&again, "/login", &[("account", "city1"), ("password", PASSWORD)]).await.is(303);
    assert_eq!(done.location.as_deref(), Some("/symposiums/new?copy=1"));
    let written = city.app.db.read(|conn| Ok(symposiums::table.count().get_result::<i64>(conn)?));
    assert_eq!(written.await.expect("counts"), 0);
}

#[actix_web::test]
async fn an_expired_form_leads_back_to_pages_of_ours_only_and_shows_no_password() {
    let city = city::fresh();
    let words = [("note", "写了 半天")];
    for (referer, path, next) in [
        ("http://zhuqi.test/issues/1", "/issues/1/progress", "/issues/1"),
        // Shown again at its own address, which leads to the issue.
        ("http://zhuqi.test/issues/1/progress", "/issues/1/progress", "/issues/1/progress"),
        ("http://zhuqi.test/issues/1/attachments", "/issues/1/attachments", "/issues/1"),
        ("http://zhuqi.test/password", "/password", "/password"),
        ("http://evil.example/issues/9", "/issues/1/progress", "/issues/1"),
        ("http://zhuqi.test.evil.example/", "/issues/1/progress", "/issues/1"),
        ("http://evil.example/symposiums/new", "/symposiums", ""),
    ] {
        let page = post_from(&mut city.street(), referer, path, &words).await.is(401);
        assert_eq!(page.attribute("[name=next]", "value").as_deref(), Some(next), "{referer}");
    }
    // Files are passed over, the text beside them is kept.
    let fields = [("text".to_owned(), "停汽三天。".to_owned())];
    let page = city.street().send_files("/issues", &fields, &[("file", "a.txt", b"text")]).await.is(401);
    assert_eq!(page.texts(".said"), ["停汽三天。"]);
    // Nothing in words: straight to the sign-in, and a password is nothing to show.
    let secret = [("old", "旧的 口令"), ("new", "新的 口令"), ("again", "新的 口令")];
    let led = post_from(&mut city.street(), "http://zhuqi.test/password", "/password", &secret).await.is(303);
    assert_eq!(led.location.as_deref(), Some("/login?next=%2Fpassword"));
    // A link cannot put words into the sign-in page.
    assert!(city.street().open("/login?unwritten=%E9%AA%97+%E4%BA%BA").await.texts(".said").is_empty());
}
