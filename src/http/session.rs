//! Who is asking: the cookie becomes a signed-in friend, once, before anything else looks.

use super::Web;
use app::ssr::{Encrypted, Site, session_cookie};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::Viewer;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use service::SignedIn;

/// The pages for those who are not signed in.
const OPEN: [&str; 3] = ["/sign-in", "/set-up", "/invitation"];

/// Puts the signed-in friend into the request, for pages, server functions and the JSON interface.
pub(super) async fn who(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let encrypted = request.extensions().get().is_none_or(|Encrypted(encrypted)| *encrypted);
    if let Some(cookie) = cookie(request.headers(), &session_cookie(&web.site, encrypted)) {
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

/// Sends those who are not signed in to the sign-in page, with the way back.
pub(super) async fn page(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = request.method() == Method::GET && !path.starts_with("/api/");
    let is_open = OPEN.contains(&path) || path.starts_with("/phone/");
    if !is_page || is_open || may_look(&web.site, &request) || is_public(&web.site, path) {
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

pub(super) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}
