//! Outlets: what is stored goes out to brokers again, below a topic base, at least once.
//!
//! One task serves all of them. Each outlet has a worker that publishes how things are (retained, and only what changed) and the
//! transitions that wait in the database, in their order; nothing counts as delivered before the broker's PUBACK. A broker that is away
//! is tried again with growing pauses. Payloads are published, never logged.

mod client;
mod desk;
mod key;
mod line;
mod payload;
mod trial;
mod words;
mod worker;

pub use key::read_or_make;

use domain::OutletId;
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use service::{OutletTask, Service, Trials};
use std::{collections::HashMap, time::Duration};
use tokio_util::sync::CancellationToken;
use worker::{Ending, Worker};

/// How long goodbyes may take when the server stops.
const GOODBYE: Duration = Duration::from_secs(2);
/// After a failure to read the settings.
const PAUSE: Duration = Duration::from_secs(5);

/// A worker that runs.
struct Running {
    task: OutletTask,
    ending: Ending,
    /// Cancelled when it has ended: the next one of this outlet waits for that, or they would throw one another out.
    ended: CancellationToken,
}

/// How many tests are under way at one time.
const TRIALS: usize = 8;

/// Serves the outlets until `stop`, as they are made, changed and removed, and tests those that somebody wants tested.
pub async fn run(service: Service, mut trials: Trials, stop: CancellationToken) {
    let mut people = service.people();
    people.mark_changed();
    let mut running: HashMap<OutletId, Running> = HashMap::new();
    let mut work: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Ok(()) = people.changed() => match service.outlet_tasks().await {
                Ok(tasks) => work.extend(follow(&mut running, tasks, &service)),
                Err(error) => {
                    tracing::warn!(%error, "the outlets cannot be read");
                    people.mark_changed();
                    work.push(Box::pin(tokio::time::sleep(PAUSE)));
                    // Nothing of this is lost by waiting for it.
                    work.next().await;
                }
            },
            Some(trial) = trials.recv(), if work.len() < running.len() + TRIALS => {
                work.push(Box::pin(trial::answer(trial)));
            }
            Some(()) = work.next() => {}
        }
    }
    for worker in running.values() {
        worker.ending.stop();
    }
    let rest = async { while work.next().await.is_some() {} };
    if tokio::time::timeout(GOODBYE, rest).await.is_err() {
        tracing::debug!("left a broker without a goodbye");
    }
}

/// Ends the workers of outlets that are gone or different, and gives back new ones.
fn follow<'s>(
    running: &mut HashMap<OutletId, Running>,
    tasks: Vec<OutletTask>,
    service: &'s Service,
) -> Vec<BoxFuture<'s, ()>> {
    running.retain(|id, worker| {
        let stays = tasks.iter().any(|task| task.outlet.id == *id);
        if !stays {
            worker.ending.leave();
        }
        stays
    });
    let mut new: Vec<BoxFuture<'s, ()>> = Vec::new();
    for task in tasks {
        let id = task.outlet.id;
        let before = match running.remove(&id) {
            Some(same) if same.task == task => {
                running.insert(id, same);
                continue;
            }
            Some(other) => {
                // What another broker retains can only be cleared there, and now.
                if other.task.outlet.broker == task.outlet.broker {
                    other.ending.stop();
                } else {
                    other.ending.leave();
                }
                Some(other.ended)
            }
            None => None,
        };
        let (ending, ended) = (Ending::default(), CancellationToken::new());
        let worker = Worker::new(service, task.clone(), ending.clone());
        let done = ended.clone();
        new.push(Box::pin(async move {
            let _ended = done.drop_guard();
            if let Some(before) = before {
                before.cancelled().await;
            }
            worker.run().await;
        }));
        running.insert(id, Running { task, ending, ended });
    }
    new
}
