//! Errors of the JSON interface: problem documents ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) that name the field.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, as a problem document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The HTTP status again.
    status: u16,
    /// What kind of problem.
    title: &'static str,
    /// This problem, in a sentence.
    detail: String,
    /// The value that is wrong, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

impl Problem {
    fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status: status.as_u16(), title, detail: detail.into(), field: None, retry_after_s: None }
    }

    /// The HTTP status.
    pub(super) const fn status(&self) -> u16 {
        self.status
    }

    /// After how many seconds it may be tried again, where that is known.
    pub(super) const fn retry_after_s(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// A value of the caller's that makes no sense.
    pub(super) fn invalid(field: impl Into<String>, why: impl std::fmt::Display) -> Self {
        let field = field.into();
        let detail = format!("{field} {why}");
        Self { field: Some(field), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid value", detail) }
    }

    /// A request that cannot be read.
    pub(super) fn unreadable(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Unreadable request", why)
    }

    /// No valid session or token.
    pub(super) fn unauthorised() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Not signed in", "send a bearer token, or sign in")
    }

    /// Signed in, and not allowed.
    pub(super) fn forbidden(why: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Not allowed", why)
    }

    /// A path that is there, and a method that it does not know.
    pub(super) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "this path does not know that method")
    }

    /// More of something than there may be.
    pub(super) fn too_many(why: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", why);
        Self { retry_after_s: Some(10), ..problem }
    }

    /// The server stops, or cannot go on; whoever asks again is served by the next one.
    pub(super) fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server cannot do it now", "try again later")
    }

    /// Ours to mend; the details are in the log.
    pub(super) fn internal(what: &'static str) -> Self {
        tracing::error!(what, "a request failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server cannot do it now", "try again later")
    }
}

impl From<service::Error> for Problem {
    fn from(error: service::Error) -> Self {
        use service::Error as E;
        match error {
            E::Unauthorised => Self::unauthorised(),
            E::Forbidden => Self::forbidden("you may not do that"),
            E::NotFound(what) => {
                Self::new(StatusCode::NOT_FOUND, "Not found", format!("there is no such {what}"))
            }
            E::Invalid { field, why } => Self::invalid(field, why),
            E::Conflict { field, why } => {
                let detail = format!("{field} {why}");
                Self { field: Some(field.into()), ..Self::new(StatusCode::CONFLICT, "Already taken", detail) }
            }
            E::Busy { retry_after_s } => {
                let detail = format!("too many tries; wait {retry_after_s} seconds");
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", detail);
                Self { retry_after_s: Some(retry_after_s), ..problem }
            }
            E::Stopping | E::NotWriting | E::Store(_) | E::Machine(_) => {
                tracing::error!(%error, cause = ?std::error::Error::source(&error), "a request failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server cannot do it now", "try again later")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after_s;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
