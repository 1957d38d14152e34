//! OwnTracks' HTTP mode: `POST /pub`.
//!
//! The answer is what friends' phones are shown of each other, and the phone's orders: [`service::Service::answer`].
//!
//! The credentials say whose message it is; what the query, the headers or the body say about that is not believed. A message that is
//! senseless but comes from a phone we know is kept and answered 200, because the iOS app throws away what is answered 4xx; when the
//! database cannot write, 503 makes both apps keep it and try again.

use super::Web;
use app::ssr::{Encrypted, Peer};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Extension, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Attempt, Door, Refused, arrival::Line};
use service::{Inbound, Principal};
use std::time::Duration;

/// The largest body, bytes: 1 MiB, and some for what is around it.
const LARGEST: usize = 1_114_112;

/// How long a phone waits for its commit; both apps wait longer for an answer, so it is ours that they get.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn router() -> Router<Web> {
    Router::new().route("/pub", post(publish)).layer(DefaultBodyLimit::max(LARGEST))
}

async fn publish(
    State(web): State<Web>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(Encrypted(encrypted)): Extension<Encrypted>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let received_at = crate::clock::now();
    let Some((username, password)) = basic(&headers) else { return refused() };
    let line = if encrypted { Line::Encrypted } else { Line::Plain };
    let service = &web.site.service;
    if !service.writes() {
        return later(&service::Error::NotWriting);
    }
    let account = match service.sign_in_device(&username, &password, &peer).await {
        Ok(Some(account)) => account,
        Ok(None) => {
            service.note_refusal(Refused {
                at: received_at,
                attempt: Attempt::SignIn,
                username,
                client_id: "HTTP".to_owned(),
                address: None,
                topic: None,
                reason: service::WRONG_PASSWORD.to_owned(),
            });
            return refused();
        }
        Err(service::Error::Busy { retry_after_s }) => return slowly(retry_after_s),
        Err(error) => return later(&error),
    };
    service.note_sign_in(account.device, line);
    let phone = account.clone();
    let inbound = Inbound {
        door: Door::Http,
        topic: account.topic.to_string(),
        principal: Principal::Device(account),
        payload: body.into(),
        retained: false,
        qos: 1,
        received_at,
    };
    match service.submit_within(PATIENCE, inbound).await {
        Ok(_receipt) => {
            let answer = service.answer(&phone).await.unwrap_or_else(|error| {
                // The message is committed: the phone must not send it again.
                tracing::warn!(%error, "a phone gets an empty answer");
                b"[]".to_vec()
            });
            ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], answer).into_response()
        }
        Err(error) => later(&error),
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let decoded =
        scheme.eq_ignore_ascii_case("basic").then(|| BASE64_STANDARD.decode(encoded.trim()).ok())??;
    let (username, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}

fn refused() -> Response {
    let challenge = [(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"whereabouts\", charset=\"UTF-8\""),
    )];
    (StatusCode::UNAUTHORIZED, challenge, "user name or password of this device is wrong\n").into_response()
}

/// Too many failed from there.
fn slowly(retry_after_s: u32) -> Response {
    let headers = [(header::RETRY_AFTER, HeaderValue::from(retry_after_s))];
    (StatusCode::TOO_MANY_REQUESTS, headers, "too many wrong passwords from here; wait\n").into_response()
}

fn later(error: &service::Error) -> Response {
    tracing::warn!(%error, "a message could not be committed; the phone keeps it");
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")], "not stored; try again\n")
        .into_response()
}
