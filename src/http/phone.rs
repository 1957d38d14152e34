//! `GET /phone/whereabouts.otrc`: the settings of a phone that was set up a moment ago in this browser, for the app to import.

use super::Web;
use app::ssr::{Encrypted, Peer, card, phone_in};
use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use service::SignedIn;

pub(super) fn router() -> Router<Web> {
    Router::new().route("/phone/whereabouts.otrc", get(settings))
}

/// The file. Its type is what it is; the name at its end is what the apps go by. Only what signs in is in it, and what whoever is signed in here
/// may set up: a cookie may be another host's of the same domain.
async fn settings(
    State(mut web): State<Web>,
    Extension(Encrypted(encrypted)): Extension<Encrypted>,
    Extension(Peer(peer)): Extension<Peer>,
    signed_in: Option<Extension<Option<SignedIn>>>,
    headers: HeaderMap,
) -> Response {
    web.site.secure_cookies = encrypted;
    let none = || Redirect::to("/phone/-").into_response();
    let Some(setup) = phone_in(&web.site, &headers) else { return none() };
    let who = signed_in.and_then(|Extension(who)| who);
    let by = who.as_ref().map(|who| &who.viewer);
    let asked = (setup.username.as_str(), setup.password.as_str());
    match web.site.service.may_have_settings(by, asked, &peer).await {
        Ok(true) => {}
        Ok(false) => return none(),
        Err(error) => {
            tracing::debug!(%error, "the settings of a phone are not given out");
            return none();
        }
    }
    let document = card(&web.site, setup).document;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"whereabouts.otrc\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, document).into_response()
}
