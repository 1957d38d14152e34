//! Is it alive, and can it do its work?
//!
//! Anybody may ask, and the answer costs a write to the disk: so it is found out at most once in a second.

use super::{Doors, Web};
use axum::{extract::State, http::StatusCode};
use service::Service;
use std::time::Duration;
use tokio::{net::TcpStream, sync::Mutex, time::Instant};

/// How long an answer holds.
const HOLDS: Duration = Duration::from_secs(1);
/// How long the broker's door may take to open.
const DOOR_PATIENCE: Duration = Duration::from_secs(2);

/// What was found out last, and when.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<(Instant, Verdict)>>);

/// What does not work, if anything.
type Verdict = Result<(), &'static str>;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// The database writes, and the broker lets in.
pub(super) async fn ready(State(web): State<Web>) -> (StatusCode, &'static str) {
    let mut known = web.doors.readiness.0.lock().await;
    let verdict = match *known {
        Some((at, verdict)) if at.elapsed() < HOLDS => verdict,
        _ => {
            let verdict = find_out(&web.site.service, &web.doors).await;
            *known = Some((Instant::now(), verdict));
            verdict
        }
    };
    match verdict {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

async fn find_out(service: &Service, doors: &Doors) -> Verdict {
    if let Err(error) = service.ready().await {
        tracing::warn!(%error, "not ready");
        return Err("the database does not write");
    }
    let Some(door) = doors.mqtt else { return Ok(()) };
    match tokio::time::timeout(DOOR_PATIENCE, TcpStream::connect(door)).await {
        Ok(Ok(_open)) => Ok(()),
        Ok(Err(_)) | Err(_) => {
            tracing::warn!(%door, "not ready: nobody is let in to the broker");
            Err("the broker lets nobody in")
        }
    }
}
