//! Files under `static/`, inside the binary. Their addresses carry their hash, so browsers keep them for ever.
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use rust_embed::RustEmbed;
use std::{collections::HashMap, sync::LazyLock};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

static URLS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| {
            let hash: String = Files::get(&name)?
                .metadata
                .sha256_hash()
                .iter()
                .take(6)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            Some((name.to_string(), format!("/static/{name}?v={hash}")))
        })
        .collect()
});

/// The address of a file, for templates.
pub fn url(name: &str) -> &'static str {
    URLS.get(name).map_or("", String::as_str)
}

pub async fn serve(path: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let Some(file) = Files::get(&path) else {
        return HttpResponse::NotFound().finish();
    };
    let content_type = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
    let asked = format!("/static/{path}?{}", request.query_string());
    let cache = if asked == url(&path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CACHE_CONTROL, cache))
        .body(file.data.into_owned())
}
