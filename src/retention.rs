//! The task that has deleted what is older than it is kept: at the start, and each hour after that.

use domain::{RetentionClass, Role, Timestamp, Viewer};
use service::{Error, Service};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is looked what has grown too old.
const EVERY: Duration = Duration::from_hours(1);
/// How often it is said again that something will go.
const SAY_AGAIN_MS: i64 = 24 * 3600 * 1000;

/// Sweeps until `stop`. Messages stay until these archives have them.
pub(crate) async fn run(service: Service, archives: Vec<String>, stop: CancellationToken) {
    let mut said_at = None;
    loop {
        say_what_waits(&service, &mut said_at).await;
        match stop.run_until_cancelled(service.sweep(&archives)).await {
            None | Some(Err(Error::Stopping)) => return,
            Some(Ok(swept)) if swept.rows.is_empty() => {}
            Some(Ok(swept)) => {
                let of = |class| swept.rows.get(&class).copied().unwrap_or_default();
                tracing::info!(
                    raw = of(RetentionClass::Raw),
                    fixes = of(RetentionClass::Fixes),
                    transitions = of(RetentionClass::Transitions),
                    observations = of(RetentionClass::Observations),
                    audit = of(RetentionClass::Audit),
                    chat = of(RetentionClass::Chat),
                    longest_ms = swept.longest.as_millis(),
                    "what was older than it is kept was deleted"
                );
            }
            Some(Err(error)) => tracing::warn!(%error, "what is older than it is kept is not deleted yet"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
    }
}

/// A database from before there was retention: says once a day what will go, and when.
async fn say_what_waits(service: &Service, said_at: &mut Option<Timestamp>) {
    let by = Viewer::Server { role: Role::Admin };
    let Ok((_, Some(begins_at))) = service.retention(&by) else { return };
    let now = crate::clock::now();
    if said_at.is_some_and(|said_at| now.millis_since(said_at) < SAY_AGAIN_MS) {
        return;
    }
    let Ok(storage) = service.storage(&by).await else { return };
    *said_at = Some(now);
    let of = |class| storage.waiting.iter().find(|(of, _)| *of == class).map_or(0, |(_, rows)| *rows);
    tracing::warn!(
        at = %begins_at,
        raw = of(RetentionClass::Raw),
        fixes = of(RetentionClass::Fixes),
        transitions = of(RetentionClass::Transitions),
        observations = of(RetentionClass::Observations),
        audit = of(RetentionClass::Audit),
        chat = of(RetentionClass::Chat),
        "from then on what is older than it is kept is deleted; `whereabouts retention` and the page Admin, Storage say for how long"
    );
}
