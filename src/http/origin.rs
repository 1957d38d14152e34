//! Foreign pages may not act for a friend: cookies ride on every request, also on the upgrade of a websocket, so a request that
//! names its origin must come from our own pages.

use super::{Web, problem::Problem};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

/// Refuses what comes from somebody else's page and could change or stream something.
pub(super) async fn own(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let acts = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key(header::UPGRADE);
    if acts && !is_own(headers, request.uri(), &web.site.public_url) {
        return Problem::forbidden("this request comes from another site's page").into_response();
    }
    next.run(request).await
}

/// Programs name no origin; browsers do, and it must be the host they talk to, or the public one. With HTTP/2 that host stands in
/// the address, not in a header.
fn is_own(headers: &HeaderMap, uri: &Uri, public_url: &str) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok()) else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(Authority::as_str));
    let asked = host.and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
    let known = [asked, Url::parse(public_url).ok()];
    known.into_iter().flatten().any(|known| known.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn is_own_from(origin: Option<&'static str>, public_url: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:3000"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        is_own(&headers, &Uri::from_static("/api/sign_in"), public_url)
    }

    #[test]
    fn only_our_own_pages_and_programs_may_act() {
        for public_url in [
            "https://where.example.org",
            "https://where.example.org:443",
            "https://Where.example.org/friends",
        ] {
            assert!(is_own_from(None, public_url));
            assert!(is_own_from(Some("http://127.0.0.1:3000"), public_url));
            assert!(is_own_from(Some("https://where.example.org"), public_url));
            assert!(!is_own_from(Some("http://where.example.org"), public_url));
            assert!(!is_own_from(Some("http://127.0.0.1:3001"), public_url));
            assert!(!is_own_from(Some("https://evil.example"), public_url));
            assert!(!is_own_from(Some("null"), public_url));
        }
    }

    #[test]
    fn with_http_2_the_host_stands_in_the_address() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://second.example.org"));
        let own = |uri: &'static str| is_own(&headers, &Uri::from_static(uri), "https://where.example.org");
        assert!(own("https://second.example.org/api/sign_in"));
        assert!(own("https://second.example.org:443/api/sign_in"));
        assert!(!own("https://third.example.org/api/sign_in"));
        assert!(!own("/api/sign_in"));
    }
}
