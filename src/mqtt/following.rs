//! Sessions follow their credentials: whoever is removed or gets a new password is cut off at once, wherever that was
//! changed (a page, a command at the terminal), and what a removed device, or anybody for a sensor that has changed, had retained is
//! forgotten.
//!
//! The database has forgotten it already; this is about what the broker holds in memory.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;

use domain::DeviceId;
use futures::StreamExt;
use rmqtt::context::ServerContext;
use rmqtt::shared::Entry;
use service::Service;
use tokio_util::sync::CancellationToken;

use super::{accounts::Accounts, retained::Shelf};

/// Watches the devices for the broker.
pub(super) struct Follower {
    context: ServerContext,
    service: Service,
    accounts: Accounts,
    shelf: Shelf,
    topics: HashMap<DeviceId, Arc<str>>,
}

impl Follower {
    /// Looks at how things are now.
    pub(super) fn new(context: ServerContext, service: Service, accounts: Accounts, shelf: Shelf) -> Self {
        let topics = service.device_topics();
        Self { context, service, accounts, shelf, topics }
    }

    /// Works until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut people = self.service.people();
        people.mark_changed();
        let mut cleared = pin!(self.service.cleared_topics());
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = people.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.forget_topics().await;
                    self.end_sessions().await;
                }
                Some(topics) = cleared.next() => self.shelf.clear(&topics),
            }
        }
    }

    /// Forgets what devices had retained that are not there any more.
    async fn forget_topics(&mut self) {
        let now = self.service.device_topics();
        let gone: HashSet<Arc<str>> = std::mem::replace(&mut self.topics, now)
            .into_iter()
            .filter(|(device, topic)| self.topics.get(device) != Some(topic))
            .map(|(_, topic)| topic)
            .collect();
        for topic in &gone {
            self.shelf.forget(topic);
        }
        if !self.topics.values().any(|topic| gone.contains(topic)) {
            return;
        }
        // Another device has the topic by now, and may have retained something there before we looked.
        match self.service.retained().await {
            Ok(retained) => {
                self.shelf.restore(self.context.node.id(), retained);
            }
            Err(error) => tracing::warn!(%error, "the retained messages could not be read again"),
        }
    }

    /// Ends the sessions of those who would not be let in any more, or not as the same.
    async fn end_sessions(&self) {
        if self.accounts.keep(|account| account.is_current(&self.service)) == 0 {
            return;
        }
        let nobodys = |entry: &dyn Entry| {
            entry.session().is_some_and(|session| self.accounts.of(&session.id).is_none())
        };
        let ended: Vec<_> =
            self.context.extends.shared().await.iter().filter(|entry| nobodys(&**entry)).collect();
        tracing::info!(
            sessions = ended.len(),
            "sessions end because their credentials are not valid any more"
        );
        for mut entry in ended {
            // By now its client may have come back with the new password.
            if nobodys(&*entry)
                && let Err(error) = entry.kick(true, true, true).await
            {
                tracing::debug!(%error, "a session has ended by itself");
            }
        }
    }
}
