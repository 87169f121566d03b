//! Files under static/: every address in a template leads to one, and browsers ask for each version once.
use actix_web::{
    App,
    http::{StatusCode, header},
    test as http, web,
};
use std::path::Path;
use zhuqi::web::assets;

fn texts(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else {
            found.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn templates_name_files_that_exist() {
    let mut templates = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut templates);
    let named: Vec<&str> = templates
        .iter()
        .flat_map(|text| text.split("assets::url(\"").skip(1))
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(named.contains(&"theme.css"));
    for name in named {
        assert!(assets::url(name).starts_with(&format!("/static/{name}?v=")), "no file {name}");
    }
}

/// Paper in portrait is as narrow as a tablet: what is left out on a phone must not be left out there.
#[test]
fn the_narrow_layout_is_the_screen_s_alone() {
    let theme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/static/theme.css")).unwrap();
    let narrow: Vec<_> = theme.lines().filter(|line| line.contains("@media") && line.contains("max-width")).collect();
    assert!(narrow.len() > 4, "{narrow:?}");
    for line in narrow {
        assert!(line.starts_with("@media screen and (max-width"), "{line}");
    }
}

#[actix_web::test]
async fn a_version_is_kept_for_ever_and_never_sent_twice() {
    let app = http::init_service(App::new().route("/static/{path:.*}", web::get().to(assets::serve))).await;
    let get = |uri: &str| http::TestRequest::get().uri(uri);
    let fresh = http::call_service(&app, get(assets::url("theme.css")).to_request()).await;
    let headers = fresh.headers().clone();
    assert_eq!(headers.get(header::CONTENT_TYPE).unwrap(), "text/css; charset=utf-8");
    assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "public, max-age=31536000, immutable");
    let sent = http::read_body(fresh).await;
    assert_eq!(sent, std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/static/theme.css")).unwrap());

    let old = http::call_service(&app, get("/static/theme.css?v=000000000000").to_request()).await;
    assert_eq!(old.headers().get(header::CACHE_CONTROL).unwrap(), "no-cache");

    let again =
        get("/static/theme.css").insert_header((header::IF_NONE_MATCH, headers.get(header::ETAG).unwrap().clone()));
    let again = http::call_service(&app, again.to_request()).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(http::read_body(again).await.is_empty());

    for missing in ["/static/none.css", "/static/../Cargo.toml", "/static/"] {
        let answer = http::call_service(&app, get(missing).to_request()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{missing}");
    }
}
