//! The files of the page, compiled in; in a debug build they are read from `target/site` instead.
//!
//! Browsers ask each time whether a file has changed and mostly hear that it has not; a new version of the server is a new version of
//! the page at once.

use super::Web;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/target/site"]
#[allow_missing = true]
struct Files;

/// Answers with a file, or with the page that says there is none.
pub(super) async fn file(State(web): State<Web>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let is_packed = std::path::Path::new(&path).extension().is_some_and(|end| end == "br" || end == "gz");
    if !matches!(*request.method(), Method::GET | Method::HEAD) || is_packed {
        return missing(web, request).await;
    }
    let accepted = request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let encodings = [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(name, _)| accepted.contains(name));
    let compressed = encodings
        .into_iter()
        .find_map(|(name, end)| Some((Some(name), Files::get(&format!("{path}{end}"))?)));
    match compressed.or_else(|| Some((None, Files::get(&path)?))) {
        Some((encoding, found)) => answer(&path, encoding, &found, request.headers()),
        None => missing(web, request).await,
    }
}

async fn missing(web: Web, request: Request) -> Response {
    let site = web.site.clone();
    let shell = move || app::ssr::shell(web.options.clone());
    let provide = move || app::ssr::provide(site.clone());
    let mut response =
        leptos_axum::render_app_to_stream_with_context(provide, shell)(request).await.into_response();
    if response.status().is_success() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

fn answer(path: &str, encoding: Option<&'static str>, found: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(found.metadata.sha256_hash()));
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    if let Ok(kind) = HeaderValue::from_str(mime_guess::from_path(path).first_or_octet_stream().as_ref()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    (headers, Body::from(found.data.clone().into_owned())).into_response()
}
