//! Writes from other sites are refused, and every answer carries the security headers.
use crate::support::{city, desk::Desk};
use actix_web::test::TestRequest;

async fn post(desk: &mut Desk, headers: &[(&'static str, &'static str)]) -> u16 {
    let mut request = TestRequest::post().uri("/feedback").set_form([("text", "跨站")]);
    for header in headers {
        request = request.insert_header(*header);
    }
    desk.send(request).await.status.as_u16()
}

#[actix_web::test]
async fn a_write_must_come_from_our_own_pages() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    for (headers, status) in [
        (&[("sec-fetch-site", "same-origin")][..], 303),
        (&[("sec-fetch-site", "none")], 303),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "cross-site"), ("origin", "http://here.gov.cn"), ("host", "here.gov.cn")], 403),
        (&[("origin", "http://here.gov.cn"), ("host", "here.gov.cn")], 303),
        (&[("origin", "http://evil.example"), ("host", "here.gov.cn")], 403),
        (&[("origin", "null"), ("host", "here.gov.cn")], 403),
        (&[], 403),
    ] {
        assert_eq!(post(&mut desk, headers).await, status, "{headers:?}");
    }
    assert_eq!(city.desk("city1").await.open("/feedback/list").await.texts("tbody th").len(), 3);
}

#[actix_web::test]
async fn with_a_public_address_the_origin_must_be_it() {
    let city = city::fresh();
    let mut config = (*city.app.config).clone();
    config.origin = Some("https://zhuqi.example.gov.cn/".into());
    let mut app = city.app.clone();
    app.config = std::sync::Arc::new(config);
    let mut desk = Desk::new(app, None);
    assert_eq!(post(&mut desk, &[("origin", "https://zhuqi.example.gov.cn"), ("host", "10.1.1.1")]).await, 303);
    assert_eq!(post(&mut desk, &[("origin", "https://10.1.1.1"), ("host", "10.1.1.1")]).await, 403);
    assert_eq!(post(&mut desk, &[("origin", "http://zhuqi.example.gov.cn")]).await, 403);
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/login", 200),
        ("/users", 200),
        ("/audit", 403),
        ("/nowhere", 404),
        ("/static/app.js", 200),
        ("/static/nothing.js", 404),
    ] {
        let page = desk.get(path).await.is(status);
        let header = |name: &str| page.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path} {policy}");
        assert!(!policy.contains("unsafe-") && !policy.contains("data:"), "{path} {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert!(!header("cache-control").is_empty(), "{path}");
        if !path.starts_with("/static/") {
            assert_eq!(header("cache-control"), "no-store", "{path}");
        }
    }
    let sent = desk.post("/feedback", &[("text", "头")]).await.is(303);
    assert!(sent.headers.contains_key("content-security-policy"));
    let refused = city.street().send(TestRequest::post().uri("/feedback")).await.is(403);
    assert!(refused.headers.contains_key("content-security-policy"));
}
