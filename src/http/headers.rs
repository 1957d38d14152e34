//! What every answer carries, and what every request is called in the log.

use super::Web;
use app::ssr::Encrypted;
use axum::{
    extract::{Extension, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tracing::{Level, Span};
use url::Url;

const FIXED: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("geolocation=(self), camera=(), microphone=(), payment=(), usb=()"),
    ),
];

/// Sets the headers that guard a page. The policy for scripts stands in the page itself, beside the nonce it names.
pub(super) async fn set(
    State(web): State<Web>,
    Extension(Encrypted(encrypted)): Extension<Encrypted>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("frame-ancestors 'none'"));
    if web.doors.hsts && encrypted {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Names below which no public authority vouches for anybody.
const AT_HOME: [&str; 6] = ["local", "lan", "home", "internal", "localhost", "arpa"];

/// Whether browsers may be told to come with TLS only. It holds for the whole host, all of its ports, for a year, and leaves no way to
/// click past a bad certificate. So only where the page is all that is at `https://` of a public name, with a certificate that is not our own.
pub(crate) fn is_safe(own_certificate: bool, public_url: &str) -> bool {
    let url = Url::parse(public_url)
        .ok()
        .filter(|url| url.scheme() == "https" && url.port().is_none() && url.path() == "/");
    let name = url.as_ref().and_then(Url::domain);
    let public = name.and_then(|name| name.trim_end_matches('.').rsplit_once('.'));
    !own_certificate && public.is_some_and(|(_, top)| !AT_HOME.contains(&top))
}

/// A request in the log: method and path. Never the query, which may hold a token, nor the token of a set-up link.
pub(super) fn span(request: &Request) -> Span {
    tracing::span!(Level::DEBUG, "request", method = %request.method(), path = logged(request.uri().path()))
}

fn logged(path: &str) -> &str {
    if path.starts_with("/phone/") { "/phone/…" } else { path }
}

#[cfg(test)]
mod tests {
    use super::{is_safe, logged};

    #[test]
    fn the_token_of_a_set_up_link_is_not_logged() {
        assert_eq!(logged("/phone/k3xq7h"), "/phone/…");
        assert_eq!(logged("/friends/ann/phone"), "/friends/ann/phone");
    }

    #[test]
    fn nobody_is_locked_out_by_a_word_that_holds_for_a_year() {
        assert!(is_safe(false, "https://where.example.org"));
        assert!(is_safe(false, "https://where.example.org:443"));
        assert!(!is_safe(true, "https://where.example.org"), "a new authority would be refused");
        for elsewhere in [
            "http://where.example.org",
            "https://where.example.org:8443",
            "https://where.example.org/map",
            "https://192.0.2.7",
            "https://[2001:db8::7]",
            "https://nas",
            "https://nas.local",
            "https://nas.home.arpa",
            "https://localhost",
        ] {
            assert!(!is_safe(false, elsewhere), "{elsewhere}");
        }
    }
}
