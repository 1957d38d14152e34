//! Keeping the time for made-up friends.

use crate::clock;
use service::Service;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often made-up friends report.
const DEMO_STEP: Duration = Duration::from_secs(3);
/// Made-up friends report every few seconds, as long as there are any.
pub(crate) async fn go_on(service: Service, stop: CancellationToken) -> anyhow::Result<()> {
    let mut ticks = interval(DEMO_STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                if let Err(error) = service.report_demo(clock::now()).await {
                    tracing::warn!(%error, "the demonstration stands still");
                }
            }
            () = stop.cancelled() => return Ok(()),
        }
    }
}
