//! One outlet at work: connect, have the desk publish, and come back after a failure.

use super::{
    client::{self, Who},
    desk::{Desk, UNDER_WAY},
    line::{HEARD, line},
    words,
};
use rumqttc::v5::AsyncClient;
use service::{OutletTask, Service};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The first pause after a failure, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// How a worker is told to end.
#[derive(Clone, Default)]
pub(super) struct Ending {
    stop: CancellationToken,
    pub(super) leave: CancellationToken,
}

impl Ending {
    /// End now; what is retained stays.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Clear what is retained, if the broker is there, and end.
    pub(super) fn leave(&self) {
        self.leave.cancel();
    }
}

/// Serves one outlet with settings that do not change.
pub(super) struct Worker<'s> {
    pub(super) service: &'s Service,
    pub(super) task: OutletTask,
    pub(super) ending: Ending,
}

/// Why a connection has ended.
enum Over {
    /// There is nothing to do any more.
    Ended,
    /// It did not work, in words; and whether it did work before.
    Failed { why: String, worked: bool },
}

impl<'s> Worker<'s> {
    pub(super) fn new(service: &'s Service, task: OutletTask, ending: Ending) -> Self {
        Self { service, task, ending }
    }

    /// Connects, publishes and connects again until it is told to end.
    pub(super) async fn run(self) {
        let outlet = self.task.outlet.id;
        let mut pause = PAUSE;
        let (mut failing, mut answered) = (false, false);
        loop {
            let silence = tokio::time::sleep(client::SILENCE);
            let over = tokio::select! {
                () = self.ending.stop.cancelled() => return,
                over = self.connection() => over,
            };
            self.service.note_outlet(outlet, |state| state.connected = false);
            let Over::Failed { why, worked } = over else { return };
            if self.ending.leave.is_cancelled() {
                return;
            }
            if worked {
                (pause, failing, answered) = (PAUSE, false, true);
            }
            // Where a broker was never heard, how soon this is said is not to tell whether anything else is there.
            if !answered && why == words::NOTHING {
                tokio::select! {
                    () = self.ending.stop.cancelled() => return,
                    () = self.ending.leave.cancelled() => return,
                    () = silence => {}
                }
            }
            if !failing {
                tracing::warn!(%outlet, why, "an outlet has no connection");
            }
            failing = true;
            let now = crate::clock::now();
            self.service.note_outlet(outlet, |state| state.error = Some((now, why)));
            // Half fixed, half by chance, so that many servers do not come back in step.
            let chance = f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX);
            let wait = pause.mul_f64(0.5 + chance / 2.0);
            pause = (pause * 2).min(LONGEST_PAUSE);
            tokio::select! {
                () = self.ending.stop.cancelled() => return,
                () = self.ending.leave.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// One connection, from beginning to end.
    async fn connection(&self) -> Over {
        let failed = |why: String| Over::Failed { why, worked: false };
        let topics = match self.service.outlet_topics(self.task.outlet.id).await {
            Ok(topics) => topics,
            Err(why) => return failed(why.to_string()),
        };
        if !self.task.outlet.on && topics.is_empty() {
            self.service.note_outlet(self.task.outlet.id, |state| (state.waiting, state.error) = (0, None));
            return Over::Ended;
        }
        let options = match client::options(&self.task, Who::Worker).await {
            Ok(options) => options,
            Err(why) => return failed(why),
        };
        let (client, events) = AsyncClient::new(options, UNDER_WAY * 2);
        let (ears, heard) = mpsc::channel(HEARD);
        let mut desk = Desk::new(self, client, heard, topics);
        let line = line(events, ears);
        tokio::pin!(line);
        let (over, hung_up) = {
            let work = desk.run();
            tokio::pin!(work);
            tokio::select! {
                // What it heard last is still to be taken up.
                () = &mut line => (work.await, true),
                over = &mut work => (over, false),
            }
        };
        match over {
            Ok(()) => {
                if !hung_up && desk.client.try_disconnect().is_ok() {
                    let _said = tokio::time::timeout(GOODBYE, line).await;
                }
                Over::Ended
            }
            Err(why) => Over::Failed { why, worked: desk.worked },
        }
    }
}
