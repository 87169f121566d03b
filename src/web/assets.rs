//! Files under `static/`, inside the binary. Their addresses carry their hash, so browsers keep them for ever.
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag, IfNoneMatch},
    web::{self, Bytes},
};
use rust_embed::RustEmbed;
use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

struct Address {
    /// The first 6 bytes of the file's SHA-256.
    hash: String,
    url: String,
}

static ADDRESSES: LazyLock<HashMap<String, Address>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| {
            let digest = Files::get(&name)?.metadata.sha256_hash();
            let hash = hex::encode(&digest[..6]);
            let url = format!("/static/{name}?v={hash}");
            Some((name.into_owned(), Address { hash, url }))
        })
        .collect()
});

/// The address of a file, for templates; empty for a file that does not exist.
pub fn url(name: &str) -> &'static str {
    ADDRESSES.get(name).map_or("", |address| &address.url)
}

pub async fn serve(path: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let (Some(file), Some(address)) = (Files::get(&path), ADDRESSES.get(path.as_str())) else {
        return HttpResponse::NotFound().finish();
    };
    let cache = if request.query_string() == format!("v={}", address.hash) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    // Weak, because the same file also leaves compressed.
    let tag = EntityTag::new_weak(address.hash.clone());
    let known = match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|one| one.weak_eq(&tag)),
        None => false,
    };
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(ETag(tag)).insert_header((header::CACHE_CONTROL, cache));
    if known {
        return response.finish();
    }
    let body = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    response.insert_header((header::CONTENT_TYPE, content_type(&path))).body(body)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}
