//! Is it alive, and can it do its work?

use super::Web;
use axum::{extract::State, http::StatusCode};
use domain::Timestamp;
use tokio::sync::Mutex;

/// How long a good answer holds, milliseconds: trying out the database costs a commit, and anybody may ask.
const GOOD_HOLDS_MS: i64 = 1000;
/// How long a bad one does.
const BAD_HOLDS_MS: i64 = 100;

/// The last answer, and when it was found. Whoever asks meanwhile waits for the same.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<(Timestamp, Answer)>>);

type Answer = Result<(), &'static str>;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// It is this server and no other.
pub(super) async fn marker(State(web): State<Web>) -> String {
    web.doors.marker.clone()
}

/// The database writes, and the embedded broker, if there is to be one, is open.
pub(super) async fn ready(State(web): State<Web>) -> (StatusCode, &'static str) {
    let mut last = web.readiness.0.lock().await;
    let now = crate::clock::now();
    let answer = match *last {
        Some((found, answer)) if holds(answer, now.millis_since(found)) => answer,
        _ => {
            let answer = look(&web).await;
            *last = Some((now, answer));
            answer
        }
    };
    match answer {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

fn holds(answer: Answer, age_ms: i64) -> bool {
    let holds_ms = if answer.is_ok() { GOOD_HOLDS_MS } else { BAD_HOLDS_MS };
    (0..holds_ms).contains(&age_ms)
}

async fn look(web: &Web) -> Answer {
    if let Err(error) = web.site.service.ready().await {
        tracing::warn!(%error, "not ready");
        return Err("the database does not write");
    }
    if web.doors.broker.as_ref().is_some_and(|broker| !broker.is_open()) {
        tracing::warn!("not ready: the MQTT broker is closed");
        return Err("the MQTT broker is closed");
    }
    Ok(())
}
