//! Alerts on their way: what waits in the database is sent by push, mail, ntfy and webhook, and what became of it is noted.
//!
//! One task sends all of it, some at a time. It goes out at least once: a message is noted as sent after it was, so one that was under way when
//! the server ended goes out again, with the same identifier. What it says, and where it goes, is never logged.

mod hook;
mod key;
mod mail;
mod push;
mod reach;

pub use key::PushKey;
pub use mail::Mail;
pub use reach::Networks;

use futures::{
    StreamExt,
    future::{BoxFuture, join_all},
    stream::FuturesUnordered,
};
use hook::Client;
use service::{
    AlertAbilities, AlertTarget, AlertTask, AlertTrial, AlertTrials, AlertTrouble, Error, Posted, Service,
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How many messages are under way at one time.
const UNDER_WAY: usize = 16;
/// After a failure to read or write the database.
const PAUSE: Duration = Duration::from_secs(1);
/// How long what is under way may take when the server stops.
const GOODBYE: Duration = Duration::from_secs(2);

/// By what messages go out.
pub struct Post {
    client: Client,
    mail: Option<Mail>,
    push: PushKey,
    /// How people reach this server.
    public_url: String,
}

impl Post {
    /// Gets ready to send; messages may go to these networks besides the public ones.
    ///
    /// # Errors
    /// When there is no authority by which servers are believed.
    pub fn open(
        networks: Networks,
        mail: Option<Mail>,
        push: PushKey,
        public_url: String,
    ) -> anyhow::Result<Self> {
        Ok(Self { client: Client::new(Arc::new(networks))?, mail, push, public_url })
    }

    /// What the service is told of that.
    pub fn abilities(&self) -> AlertAbilities {
        let networks = self.client.networks();
        AlertAbilities {
            mail: self.mail.is_some(),
            push_key: self.push.public(),
            allows: Box::new(move |url| networks.allows(url).map(drop)),
        }
    }

    /// Sends something to one of its targets.
    async fn send_to(&self, target: &AlertTarget, task: &AlertTask) -> Result<(), AlertTrouble> {
        match target {
            AlertTarget::Mail { address } => match &self.mail {
                Some(mail) => mail.send(address, &task.told, &self.public_url).await,
                None => Err(for_good("this server sends no mail")),
            },
            AlertTarget::Ntfy { url, token } => {
                self.client.ntfy(url, token.as_deref(), &task.told, &self.public_url).await
            }
            AlertTarget::Webhook { url, secret } => {
                self.client.webhook(url, secret, task, &self.public_url).await
            }
            AlertTarget::Push { endpoint, p256dh, auth } => {
                match self.push.message(endpoint, (p256dh, auth), &task.told, &self.public_url) {
                    Ok(message) => self.client.push(endpoint, message).await,
                    Err(why) => Err(why),
                }
            }
        }
    }

    /// Sends something to each of its targets, to all at the same time: one that does not answer holds up no other.
    async fn send(&self, task: &AlertTask) -> Posted {
        let (mut outcome, mut gone) = (None, Vec::new());
        let all = join_all(task.targets.iter().map(|target| self.send_to(target, task))).await;
        for (target, sent) in task.targets.iter().zip(all) {
            if sent.as_ref().is_err_and(|trouble| trouble.why == hook::GONE)
                && let AlertTarget::Push { endpoint, .. } = target
            {
                gone.push(endpoint.clone());
            }
            // It has arrived once it has arrived anywhere.
            outcome = match (outcome, sent) {
                (Some(Ok(())), _) | (_, Ok(())) => Some(Ok(())),
                (Some(Err(before)), Err(trouble)) if !trouble.may_pass => Some(Err::<(), _>(before)),
                (_, Err(trouble)) => Some(Err(trouble)),
            };
        }
        Posted { outcome: outcome.unwrap_or_else(|| Err(for_good("there is nowhere to send it"))), gone }
    }
}

/// Trouble that does not pass by itself.
fn for_good(why: impl Into<String>) -> AlertTrouble {
    AlertTrouble { why: why.into(), may_pass: false }
}

/// Trouble that may.
fn for_now(why: impl Into<String>) -> AlertTrouble {
    AlertTrouble { why: why.into(), may_pass: true }
}

/// Sends what is to go out, and the tests that somebody wants, until `stop`.
pub async fn run(service: Service, post: Post, trials: AlertTrials, stop: CancellationToken) {
    tokio::join!(send_all(&service, &post, &stop), test_all(&post, trials, &stop));
}

async fn test_all(post: &Post, mut trials: AlertTrials, stop: &CancellationToken) {
    let mut work = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(AlertTrial { task, reply }) = trials.recv(), if work.len() < UNDER_WAY => {
                work.push(async move {
                    let _nobody_waits_any_more = reply.send(post.send(&task).await);
                });
            }
            Some(()) = work.next() => {}
        }
    }
}

async fn send_all(service: &Service, post: &Post, stop: &CancellationToken) {
    let mut due = service.alerts_due();
    due.mark_changed();
    let mut work: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
    // When there is more to do, if nothing happens before.
    let mut pause = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Ok(()) = due.changed() => {}
            () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            Some(()) = work.next() => {}
        }
        pause = match begin(service, post, &mut work).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "what is to go out cannot be read");
                Some(PAUSE)
            }
        };
    }
    let rest = async { while work.next().await.is_some() {} };
    if tokio::time::timeout(GOODBYE, rest).await.is_err() {
        tracing::debug!("alerts that are under way go out once more after the next start");
    }
}

/// Begins what is to go out by now; says when there is more.
async fn begin<'a>(
    service: &'a Service,
    post: &'a Post,
    work: &mut FuturesUnordered<BoxFuture<'a, ()>>,
) -> Result<Option<Duration>, Error> {
    let most = u32::try_from(UNDER_WAY.saturating_sub(work.len())).unwrap_or_default();
    let (tasks, next) = service.alert_tasks(most).await?;
    for (place, task) in tasks {
        work.push(Box::pin(deliver(service, post, place, task)));
    }
    let wait_ms = next.map(|next| next.millis_since(crate::clock::now()));
    Ok(match wait_ms {
        // What is due already is under way, or waits for a place: whatever ends next makes room.
        Some(wait_ms) if wait_ms <= 0 => Some(PAUSE),
        Some(wait_ms) => Some(Duration::from_millis(wait_ms.unsigned_abs())),
        None => None,
    })
}

/// Sends something, and notes what became of it as soon as the database writes: before that it must not go out again.
async fn deliver(service: &Service, post: &Post, place: i64, task: AlertTask) {
    let posted = post.send(&task).await;
    if let Err(trouble) = &posted.outcome {
        tracing::debug!(
            place,
            channel = task.channel.as_str(),
            may_pass = trouble.may_pass,
            "an alert did not go out"
        );
    }
    while let Err(error) = service.alert_posted(place, posted.clone()).await {
        tracing::warn!(%error, "what became of an alert is not noted yet");
        tokio::time::sleep(PAUSE).await;
    }
}
