//! `GET /phone/whereabouts.otrc`: the settings of a phone that was set up a moment ago in this browser, for the app to import.

use super::Web;
use app::ssr::{card, phone_in};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

pub(super) fn router() -> Router<Web> {
    Router::new().route("/phone/whereabouts.otrc", get(settings))
}

/// The file. Its type is what it is; the name at its end is what the apps go by.
async fn settings(State(web): State<Web>, headers: HeaderMap) -> Response {
    let Some(setup) = phone_in(&headers) else { return Redirect::to("/phone/-").into_response() };
    let document = card(&web.site, setup).document;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"whereabouts.otrc\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, document).into_response()
}
