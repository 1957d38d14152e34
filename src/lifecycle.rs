//! Tasks with a name and an end: a soft stop, time to finish, and a second signal that does not wait.

use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long tasks may take to finish what they have begun.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything that runs beside the main task.
#[derive(Clone, Default)]
pub struct Lifecycle {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// SIGTERM and SIGINT. From the moment this is made they do not end the process any more: whoever makes it must look at it.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on, also while nobody waits.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub fn listen() -> std::io::Result<Self> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Lifecycle {
    /// Starts a task. It should end soon after [`Self::stopping`] is cancelled; when it ends before, everything stops.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            // Also when the task panics: a server that does half its work must end, so that somebody starts it anew.
            let _stopping = stop.clone().drop_guard();
            match task.await {
                Ok(()) if stop.is_cancelled() => tracing::debug!(task = name, "ended"),
                Ok(()) => tracing::error!(task = name, "ended by itself; stopping"),
                Err(error) => tracing::error!(task = name, error = format!("{error:#}"), "failed; stopping"),
            }
        });
    }

    /// The same for a task that cannot fail.
    pub fn attend(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn(name, async move {
            task.await;
            Ok(())
        });
    }

    /// For libraries that start tasks of their own: they are waited for, too.
    pub fn tracker(&self) -> &TaskTracker {
        &self.tracker
    }

    /// Cancelled when everything is to stop.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Waits until all tasks have ended, for a while.
    pub async fn ended(&self) {
        self.tracker.close();
        if tokio::time::timeout(PATIENCE, self.tracker.wait()).await.is_err() {
            tracing::error!(waited_s = PATIENCE.as_secs(), "some tasks did not end");
        }
    }

    /// Waits for SIGTERM or SIGINT. After the first, a second one ends the process at once.
    #[expect(clippy::disallowed_methods, reason = "this is the place that the ban points to")]
    pub async fn signalled(&self, mut signals: Signals) {
        tokio::select! {
            () = signals.next() => {}
            () = self.stop.cancelled() => {}
        }
        tracing::info!("stopping; everything acknowledged is committed");
        // Outside the tracker: it only waits for somebody who will not wait.
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(130);
        });
    }
}
