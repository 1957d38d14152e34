//! Is it alive, and can it do its work?

use super::Web;
use axum::{extract::State, http::StatusCode};

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// The database writes.
pub(super) async fn ready(State(web): State<Web>) -> (StatusCode, &'static str) {
    match web.site.service.ready().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not write")
        }
    }
}
