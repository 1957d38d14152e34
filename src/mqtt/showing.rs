//! Phones are told when a friend is seen otherwise than before without having moved: sharing ended or changed, a pause or its end, a time
//! that is over, those who are seen late, and those who are of no group of theirs any more.
//!
//! Each phone is told by itself, where it listens. What friends say of themselves passes through `access`, which shows each phone what it may
//! see; here is only what nobody says.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::{FriendId, Timestamp, topic::matches};
use rmqtt::{
    context::ServerContext,
    session::Session,
    types::{ClientId, QoS, UserName},
};
use service::{DeviceAccount, Gaze, Glimpse, Service};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::{bytes::Bytes, sync::CancellationToken};

use super::{
    accounts::{Account, Accounts},
    orders,
};

/// How often it is looked whether something has changed by itself.
const LOOK: Duration = Duration::from_secs(5);

/// For how long who parted is told of at each connection: a phone may have been in a drawer meanwhile. Told again it changes nothing.
const PARTED_MS: i64 = 90 * 24 * 3_600_000;

/// Tells phones.
pub(super) struct Showing {
    context: ServerContext,
    service: Service,
    accounts: Accounts,
    told: HashMap<Client, Told>,
    /// When it was looked last.
    last: Option<Gaze>,
}

/// A client id is only claimed; with the user name it names a session.
type Client = (Option<UserName>, ClientId);

/// What a session was told.
struct Told {
    /// Of which connection of it.
    connection: i64,
    glimpses: HashMap<Arc<str>, Glimpse>,
    /// Whose devices it knew of.
    known: HashSet<Arc<str>>,
    /// Whether it was told everything there was: then only what has changed is looked at. A thousand phones that see one another would else
    /// be a million looks every few seconds.
    up_to_date: bool,
}

impl Told {
    fn new(connection: i64, known: HashSet<Arc<str>>) -> Self {
        Self { connection, glimpses: HashMap::new(), known, up_to_date: false }
    }
}

impl Showing {
    pub(super) fn new(context: ServerContext, service: Service, accounts: Accounts) -> Self {
        Self { context, service, accounts, told: HashMap::new(), last: None }
    }

    /// Works until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut news = self.service.sharing_news();
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = news.changed() => if changed.is_err() {
                    return;
                },
                _ = look.tick() => {}
            }
            self.look().await;
        }
    }

    async fn look(&mut self) {
        let sessions: Vec<Session> =
            self.context.extends.shared().await.iter().filter_map(|entry| entry.session()).collect();
        let here: HashSet<Client> = sessions.iter().map(client).collect();
        self.told.retain(|client, _| here.contains(client));
        let (changed, look) = self.service.changed_since(self.last);
        self.last = Some(look);
        for session in &sessions {
            if let Some(Account::Device(account)) = self.accounts.of(&session.id)
                && session.connected().await.unwrap_or(false)
            {
                self.tell(session, &account, changed.as_ref()).await;
            }
        }
    }

    /// Tells a session what is new to it. One that has just come does not know what it missed.
    async fn tell(
        &mut self,
        session: &Session,
        account: &DeviceAccount,
        changed: Option<&HashSet<FriendId>>,
    ) {
        let connection = session.connected_at().await.unwrap_or_default();
        let told = self.told.entry(client(session));
        // Who left a group while it was away, or before it was looked at here, it may have seen.
        let since = Timestamp::from_millis(connection).plus_millis(-PARTED_MS);
        let new = || Told::new(connection, self.service.topics_parted(account, since));
        let told = told.or_insert_with(new);
        if told.connection != connection {
            *told = new();
        }
        let some = changed.filter(|_| told.up_to_date);
        told.up_to_date = true;
        if some.is_none() {
            let known = self.service.topics_known(account);
            // What does not listen yet is told when it does.
            let mut waits = Vec::new();
            for gone in told.known.difference(&known) {
                told.glimpses.remove(gone);
                if !publish(&self.context, session, gone, Vec::new()).await {
                    waits.push(gone.clone());
                }
            }
            told.up_to_date = waits.is_empty();
            told.known = known;
            told.known.extend(waits);
        }
        let seen = self.service.glimpses(account, some, |topic| told.glimpses.contains_key(topic));
        for glimpse in seen {
            if told.glimpses.get(&glimpse.topic).is_some_and(|before| !glimpse.is_news(before)) {
                continue;
            }
            if publish(&self.context, session, &glimpse.topic, glimpse.payload.clone()).await {
                if !glimpse.payload.is_empty() {
                    self.service.was_shown(account, &glimpse.topic);
                }
                told.glimpses.insert(glimpse.topic.clone(), glimpse);
            } else {
                // It may listen later.
                told.up_to_date = false;
            }
        }
    }
}

fn client(session: &Session) -> Client {
    (session.id.username.clone(), session.id.client_id.clone())
}

/// Says to a session where it sees a device, or with nothing that it does not; no when it does not listen.
async fn publish(context: &ServerContext, session: &Session, topic: &str, payload: Vec<u8>) -> bool {
    let Ok(subscriptions) = session.subscriptions().await else { return false };
    let granted = subscriptions
        .read()
        .await
        .iter()
        .filter(|(filter, _)| matches(filter, topic))
        .map(|(_, options)| options.qos())
        .max_by_key(QoS::value);
    let Some(granted) = granted else { return false };
    let (payload, qos) = (Bytes::from(payload), QoS::AtLeastOnce.less_value(granted));
    let publish = orders::message(topic, payload, qos, true);
    let entry = context.extends.shared().await.entry(session.id.clone());
    entry.publish(orders::server(context), publish).await.is_ok()
}
