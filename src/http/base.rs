//! Below a path of its host: where the public address is `https://example.org/where`, everything is asked for by addresses that begin with
//! `/where`. Some proxies cut that off before they hand a request on and some do not; in here it is always cut off, and only what leaves has it.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Uri, header, uri::PathAndQuery},
    middleware::{self, Next},
    response::Response,
};
use std::sync::Arc;

/// The first parts of the addresses that there are. A site does not lie below one of these: nobody could tell whether a proxy has cut off
/// the path that it lies below.
const OURS: [&str; 29] = [
    "admin",
    "alerts",
    "api",
    "ca.crt",
    "favicon.svg",
    "friends",
    "groups",
    "healthz",
    "history",
    "icon.svg",
    "invitation",
    "manifest.webmanifest",
    "messages",
    "metrics",
    "oidc",
    "phone",
    "pkg",
    "privacy",
    "pub",
    "readyz",
    "regions",
    "self-test",
    "sensors",
    "set-up",
    "settings",
    "sign-in",
    "theme.js",
    "vendor",
    "worker.js",
];

/// Whether a site can lie below that path, which begins with a slash and does not end with one.
///
/// # Errors
/// In words, when not.
pub fn check(path: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut parts = path.split('/').skip(1);
    if parts.clone().any(|part| part.is_empty() || matches!(part, "." | "..") || !part.bytes().all(plain)) {
        return Err("write its path with letters, digits, - . _ ~ and slashes alone".to_owned());
    }
    match parts.next().filter(|first| OURS.contains(first)) {
        Some(taken) => {
            Err(format!("the server has addresses of its own that begin with /{taken}; choose another path"))
        }
        None => Ok(()),
    }
}

/// Puts everything below the path.
pub(super) fn below(base: &str, router: Router) -> Router {
    if base.is_empty() {
        return router;
    }
    Router::new().fallback_service(router).layer(middleware::from_fn_with_state(Arc::<str>::from(base), cut))
}

async fn cut(State(base): State<Arc<str>>, mut request: Request, next: Next) -> Response {
    if let Some(inner) = inner(&base, request.uri()) {
        *request.uri_mut() = inner;
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(outer) = headers.get(header::LOCATION).and_then(|inner| outer(&base, inner)) {
        headers.insert(header::LOCATION, outer);
    }
    response
}

/// The address without the path; `None` where it has none.
fn inner(base: &str, asked: &Uri) -> Option<Uri> {
    let below = asked.path_and_query()?.as_str().strip_prefix(base)?;
    let below: PathAndQuery = match below.chars().next() {
        None | Some('?') => format!("/{below}").parse().ok()?,
        Some('/') => below.parse().ok()?,
        Some(_) => return None,
    };
    let mut parts = asked.clone().into_parts();
    parts.path_and_query = Some(below);
    Uri::from_parts(parts).ok()
}

/// Where to go, as the browser must ask for it; `None` where that is another host.
fn outer(base: &str, inner: &HeaderValue) -> Option<HeaderValue> {
    let inner = inner.to_str().ok().filter(|inner| inner.starts_with('/') && !inner.starts_with("//"))?;
    HeaderValue::from_str(&format!("{base}{inner}")).ok()
}

#[cfg(test)]
mod tests {
    use super::{OURS, check, inner, outer};
    use axum::http::HeaderValue;
    use leptos_axum::generate_route_list;

    #[test]
    fn the_path_is_cut_off_where_it_is_there() {
        let cut =
            |asked: &str| inner("/where", &asked.parse().expect("is an address")).map(|uri| uri.to_string());
        assert_eq!(cut("/where/history?friend=ann").as_deref(), Some("/history?friend=ann"));
        assert_eq!(cut("/where").as_deref(), Some("/"));
        assert_eq!(cut("/where?friend=ann").as_deref(), Some("/?friend=ann"));
        assert_eq!(cut("https://a.example/where/").as_deref(), Some("https://a.example/"));
        assert_eq!(cut("/whereabouts"), None);
        assert_eq!(cut("/history"), None, "the proxy has cut it off");
    }

    #[test]
    fn redirects_lead_below_the_path_or_elsewhere() {
        let told = |to: &'static str| outer("/where", &HeaderValue::from_static(to));
        assert_eq!(told("/sign-in?next=%2F").expect("is ours"), "/where/sign-in?next=%2F");
        assert_eq!(told("https://id.example/authorize"), None);
        assert_eq!(told("//evil.example"), None);
    }

    #[test]
    fn a_path_is_plain_and_not_one_that_there_is() {
        for good in ["", "/where", "/apps/where-2", "/whereabouts/history"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["/a//b", "/..", "/a?b", "/a#b", "/a%20b", "/ä", "/history", "/api/v1", "/pub"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    // Pages ask while they are listed, which needs a runtime.
    #[tokio::test]
    async fn every_page_is_known_to_be_ours() {
        for route in generate_route_list(app::App) {
            let first = route.path().split('/').nth(1).unwrap_or_default();
            assert!(first.is_empty() || OURS.contains(&first), "{}", route.path());
        }
        assert!(OURS.is_sorted());
    }
}
