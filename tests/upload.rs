//! How much a form with files may bring, and that who sends it is counted before it is read.
use crate::support::{city, desk::Desk, server::Server, wire};
use actix_web::test::TestRequest;

fn texts(count: usize) -> Vec<(String, String)> {
    (0..count).map(|n| (format!("field{n}"), "x".to_owned())).collect()
}

#[actix_web::test]
async fn a_form_has_at_most_sixty_four_parts_and_twenty_files() {
    let city = city::fresh();
    let mut street = city.street();
    let refused = street.send_multipart("/portal/issues", &texts(65)).await.is(422);
    assert!(refused.says("表单最多 64 项"), "{}", refused.text());
    let fits = street.send_multipart("/portal/issues", &texts(64)).await.is(422);
    assert!(!fits.says("表单最多"), "{}", fits.text());
    let files = vec![("file", "a.txt", b"text".as_slice()); 21];
    let mut cadre = city.desk("cadre1").await;
    let refused = cadre.record(&[], &files).await.is(422);
    assert!(refused.says("一次最多上传 20 个文件"), "{}", refused.text());
    cadre.record(&[], &files[..20]).await.is(303);
    // One field alone cannot be a file in disguise.
    let long = [("text".to_owned(), "字".repeat(30_000))];
    street.send_multipart("/portal/issues", &long).await.is(422);
}

/// Nothing of this is a form.
async fn garbage(street: &mut Desk, path: &str) -> u16 {
    let request = TestRequest::post()
        .uri(path)
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("content-type", "multipart/form-data; boundary=cut"))
        .set_payload("no form at all");
    street.send(request).await.status.as_u16()
}

#[actix_web::test]
async fn on_the_public_door_an_address_is_counted_before_its_form_is_read() {
    let city = city::fresh();
    let mut street = city.street();
    for _ in 0..40 {
        assert_eq!(garbage(&mut street, "/portal/issues").await, 422);
    }
    assert_eq!(garbage(&mut street, "/portal/issues").await, 429);
    // Without a ticket nothing is read either.
    assert_eq!(garbage(&mut street, "/portal/issue/attachments").await, 303);
    // An official is refused before anything is read.
    assert_eq!(garbage(&mut city.desk("cadre1").await, "/portal/issues").await, 403);
}

/// The log at its most talkative, after codes, phones and passwords were sent rightly and wrongly.
#[test]
fn the_log_holds_no_code_no_phone_and_no_password() {
    let city = city::fresh();
    let mut command = crate::support::server::command(&city);
    command.env("RUST_LOG", "debug");
    let server = Server::start(&city, command);
    let mut sent = 0;
    let mut post = |path: &str, body: &str, kind: &str| {
        let (status, text) = wire::form(server.address(), path, body, kind).expect("answers");
        assert!((200..500).contains(&status), "{path}: {status} {text}");
        sent += 1;
    };
    let form = "application/x-www-form-urlencoded";
    post("/login", "account=13900000001&password=Secret-word-77", form);
    post("/login", "account=Secret-word-78&password=x", form);
    post("/portal/track", "code=7KQ4-M2XD&tail=5678", form);
    post("/portal/track?code=ABCD-EFGH&tail=1357", "code=%FF%FEABCD-EFGH&tail", form);
    let part = |name: &str, value: &str| {
        format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let good = part("company", "某厂") + &part("contact_phone", "13812345678") + &part("text", "停水") + "--cut--\r\n";
    post("/portal/issues", &good, "multipart/form-data; boundary=cut");
    let broken = part("contact_phone", "13812345679") + "--cu";
    post("/portal/issues", &broken, "multipart/form-data; boundary=cut");
    assert_eq!(sent, 6);
    let log = server.log();
    assert!(log.contains("path=\"/portal/track\"") || log.contains("/portal/track"), "{log}");
    for secret in
        ["13900000001", "Secret-word", "7KQ4", "M2XD", "ABCD", "EFGH", "5678", "1357", "13812345678", "13812345679"]
    {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} in {line:?}");
    }
}
