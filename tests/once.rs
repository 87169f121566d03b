//! A double tap on a poor line makes one record: every form that is posted carries a token of its own.
use crate::support::city;
use std::path::{Path, PathBuf};

/// Forms that need none: (template, how the address begins, why).
const WITHOUT: &[(&str, &str, &str)] = &[
    ("account/login.html", "/login", "makes a session, the last one counts"),
    ("account/password.html", "/password", "no hash of a password is kept but argon2's; the old one is wrong at once"),
    ("enterprise/show.html", "/enterprises/{{ enterprise.id }}/phone", "each look is a line of the audit log"),
    ("import/show.html", "{{ base }}/{{ import.id }}/passwords", "the file is taken once"),
    ("issue/show.html", "{{ href }}", "each look at a phone is a line of the audit log"),
    ("layout.html", "/logout", "ends a session, which can be ended once"),
    ("portal/home.html", "/portal/track", "writes nothing; each try is counted"),
    ("portal/issue.html", "/portal/leave", "writes nothing"),
    ("rules/calendar.html", "/calendar/preview", "writes nothing"),
    ("rules/calendar_preview.html", "/calendar/preview", "writes nothing"),
];

fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { templates(&path, found) } else { found.push(path) }
    }
}

/// Address and content of each form of a template that is posted.
fn posted(text: &str) -> Vec<(String, String)> {
    let mut forms = Vec::new();
    for part in text.split("<form").skip(1) {
        let form = part.split("</form>").next().unwrap_or(part);
        let head = form.split('>').next().unwrap_or_default();
        if head.contains("method=\"post\"") {
            let action = head.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
            forms.push((action.unwrap_or_default().to_owned(), form.to_owned()));
        }
    }
    forms
}

#[test]
fn every_posted_form_carries_a_token_or_stands_in_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = Vec::new();
    templates(&root, &mut found);
    let mut used = vec![false; WITHOUT.len()];
    let mut forms = 0;
    for path in found {
        let text = std::fs::read_to_string(&path).expect("a template");
        let name = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
        for (action, form) in posted(&text) {
            forms += 1;
            let listed = WITHOUT.iter().position(|(file, address, _)| *file == name && *address == action);
            let has_token = form.contains("::once() %}") || form.contains("name=\"once\"");
            assert!(has_token != listed.is_some(), "{name}: the form for {action}: token {has_token}, {listed:?}");
            if let Some(at) = listed {
                used[at] = true;
            }
        }
    }
    assert!(forms > 50, "{forms} forms found");
    let stale: Vec<_> = WITHOUT.iter().zip(used).filter(|(_, used)| !used).map(|(line, _)| line).collect();
    assert!(stale.is_empty(), "{stale:?}");
}

#[actix_web::test]
async fn a_second_tap_does_nothing_more() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let files = [("file", "a.txt", b"text".as_slice())];
    let path = cadre.record(&[("contact_phone", "13812345678")], &files).await.is(303).location.expect("an address");
    let page = cadre.open(&path).await;

    // The same paper again; after another one it is worth nothing and says so.
    let slip = format!("{path}/slip");
    let first = cadre.submit(&page, &slip, &[]).await.is(200);
    let second = cadre.submit(&page, &slip, &[]).await.is(200);
    assert_eq!(first.texts("#code"), second.texts("#code"));
    let fresh = cadre.open(&path).await;
    let other = cadre.submit(&fresh, &slip, &[]).await.is(200);
    assert_ne!(other.texts("#code"), first.texts("#code"));
    let late = cadre.submit(&page, &slip, &[]).await.is(409);
    assert!(late.says("这张的码已经失效") && late.texts("#code").is_empty(), "{}", late.text());
    let printed = cadre.open(&path).await.texts("ol.line .what b").iter().filter(|one| *one == "打印查询单").count();
    assert_eq!(printed, 2);
    // Each time somebody could look at a code stands in the audit log.
    let log = city.desk("auditadmin").await.open("/audit?action=slip").await;
    assert_eq!(log.texts("tbody th").len(), 3);

    let void = page.attribute("form[action$='/void']", "action").expect("a file to void");
    for _ in 0..2 {
        let done = cadre.submit(&page, &void, &[("reason", "传错了")]).await.is(303);
        assert!(cadre.follow(&done).await.says("附件已作废"));
    }
    let voided = cadre.open(&path).await.texts("ol.line .what b").iter().filter(|one| *one == "作废附件").count();
    assert_eq!(voided, 1);

    let list = cadre.open("/issues?q=%E7%94%A8%E7%94%B5").await;
    let saved = cadre.submit(&list, "/issues/filters", &[("name", "用电")]).await.is(303);
    let list = cadre.follow(&saved).await;
    let delete = list.attribute("form[action$='/delete']", "action").expect("a saved query");
    for _ in 0..2 {
        cadre.submit(&list, &delete, &[]).await.is(303);
    }
    assert!(cadre.open("/issues").await.texts(".saved-one").is_empty());

    let form = cadre.open("/messages/settings").await;
    let mail = [("email", "a@example.gov.cn")];
    cadre.submit(&form, "/messages/settings", &mail).await.is(303);
    cadre.submit(&form, "/messages/settings", &mail).await.is(303);
    let other = cadre.submit(&form, "/messages/settings", &[("email", "b@example.gov.cn")]).await.is(409);
    assert_eq!(other.attribute("#email", "value").as_deref(), Some("b@example.gov.cn"));
}
