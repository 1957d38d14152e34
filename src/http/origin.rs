//! Foreign pages may not act for a friend: cookies ride on every request, also on the upgrade of a websocket, so a request that
//! names its origin must come from our own pages.

use super::Web;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Refuses what comes from somebody else's page and could change or stream something.
pub(super) async fn own(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let acts = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key(header::UPGRADE);
    if acts && !is_own(headers, &web.site.public_url) {
        return (StatusCode::FORBIDDEN, "this request comes from another site's page").into_response();
    }
    next.run(request).await
}

/// Programs name no origin; browsers do, and it must be the host they talk to, or the public one.
fn is_own(headers: &HeaderMap, public_url: &str) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    origin.eq_ignore_ascii_case(public_url) || (authority.is_some() && authority == host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn is_own_from(origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:3000"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        is_own(&headers, "https://where.example.org")
    }

    #[test]
    fn only_our_own_pages_and_programs_may_act() {
        assert!(is_own_from(None));
        assert!(is_own_from(Some("http://127.0.0.1:3000")));
        assert!(is_own_from(Some("https://where.example.org")));
        assert!(!is_own_from(Some("http://127.0.0.1:3001")));
        assert!(!is_own_from(Some("https://evil.example")));
        assert!(!is_own_from(Some("null")));
    }
}
