//! The certificate of our own authority, for phones to trust. Never its key.

use super::{Web, problem::Problem};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

/// `GET /ca.crt`, read afresh each time: it may have been made since the start.
pub(super) async fn certificate(State(web): State<Web>) -> Response {
    match tokio::fs::read(&web.doors.authority).await {
        Ok(pem) => ([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], pem).into_response(),
        Err(_) => {
            Problem::from(service::Error::NotFound("authority; whereabouts cert makes one")).into_response()
        }
    }
}
