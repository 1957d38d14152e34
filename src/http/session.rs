//! Who is asking: the cookie becomes a signed-in friend, once, before anything else looks.

use super::Web;
use app::ssr::{Peer, SESSION_COOKIE, Site};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::Viewer;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use service::SignedIn;
use std::net::{IpAddr, SocketAddr};

/// The pages for those who are not signed in.
const OPEN: [&str; 2] = ["/sign-in", "/set-up"];

/// Puts the signed-in friend into the request, for pages, server functions and the JSON interface.
pub(super) async fn who(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let peer = peer.map(|peer| from(peer, request.headers()).to_string());
    request.extensions_mut().insert(Peer(peer.unwrap_or_default()));
    if let Some(cookie) = cookie(request.headers()) {
        match web.site.service.session(cookie).await {
            Ok(Some(signed_in)) => {
                request.extensions_mut().insert(Some(signed_in));
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "cannot look up a session");
                return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer; try again")
                    .into_response();
            }
        }
    }
    next.run(request).await
}

/// Where a request comes from. A proxy on this machine says so in `X-Forwarded-For`, at its end; nobody else is believed.
fn from(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let forwarded = forwarded.and_then(|list| list.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    forwarded.filter(|_| peer.is_loopback()).unwrap_or(peer)
}

/// Sends those who are not signed in to the sign-in page, with the way back.
pub(super) async fn page(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = request.method() == Method::GET && !path.starts_with("/api/");
    if !is_page || OPEN.contains(&path) || may_look(&web.site, &request) || is_public(&web.site, path) {
        return next.run(request).await;
    }
    let wanted = request.uri().path_and_query().map_or("/", |wanted| wanted.as_str());
    let next = utf8_percent_encode(wanted, NON_ALPHANUMERIC);
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

fn may_look(site: &Site, request: &Request) -> bool {
    request.extensions().get::<Option<SignedIn>>().is_some() || site.demo
}

/// Whether it is the page of a sensor that everybody may see.
fn is_public(site: &Site, path: &str) -> bool {
    let name = path.strip_prefix("/sensors/").map(|name| percent_decode_str(name).decode_utf8_lossy());
    name.is_some_and(|name| site.service.sensor_named(&Viewer::Guest, &name).is_ok())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::from;
    use axum::http::HeaderMap;
    use std::net::IpAddr;

    #[test]
    fn a_proxy_on_this_machine_says_where_a_request_comes_from_and_nobody_else() {
        let address = |text: &str| text.parse::<IpAddr>().expect("is an address");
        let (near, far) = (address("127.0.0.1"), address("192.0.2.1"));
        let said = |list: &'static str| {
            HeaderMap::from_iter([(
                "x-forwarded-for".parse().expect("a name"),
                list.parse().expect("a value"),
            )])
        };
        assert_eq!(from(near, &HeaderMap::new()), near);
        assert_eq!(from(near, &said("198.51.100.7")), address("198.51.100.7"));
        assert_eq!(
            from(near, &said("made up, 198.51.100.7")),
            address("198.51.100.7"),
            "the proxy wrote the last"
        );
        assert_eq!(from(near, &said("nonsense")), near);
        assert_eq!(from(far, &said("198.51.100.7")), far);
    }
}
