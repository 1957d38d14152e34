//! Who is behind which session of the broker.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use domain::{DeviceId, Timestamp};
use rmqtt::types::{ClientId, DashMap, Id, Publish, UserName};
use service::{DeviceAccount, Hearsay, Service};

/// Who has signed in.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Account {
    /// A device.
    Device(DeviceAccount),
    /// Another broker, with a token of the whole server: it speaks for everybody and hears everybody.
    Bridge,
}

impl Account {
    /// Whether it would still be let in as the same.
    pub(super) fn is_current(&self, service: &Service) -> bool {
        match self {
            Self::Device(account) => service.is_current(account),
            Self::Bridge => true,
        }
    }

    /// Whether it may get what stands on a topic.
    pub(super) fn may_receive(&self, service: &Service, topic: &str) -> bool {
        match self {
            Self::Device(account) => service.may_receive(account, topic),
            Self::Bridge => service.is_somebodys(topic),
        }
    }

    /// The same of what is retained there since a time.
    pub(super) fn may_receive_retained(&self, service: &Service, topic: &str, since: Timestamp) -> bool {
        match self {
            Self::Device(account) => service.may_receive_retained(account, topic, since),
            Self::Bridge => service.is_somebodys(topic),
        }
    }

    /// What it gets of a message on a topic that it may have.
    pub(super) fn hearsay(&self, service: &Service, publish: &Publish) -> Hearsay {
        let said_at = publish.create_time.map(Timestamp::from_millis);
        match self {
            Self::Device(account) => service.hearsay(account, &publish.topic, &publish.payload, said_at),
            Self::Bridge => {
                service.was_passed_on(&publish.topic);
                Hearsay::Same
            }
        }
    }

    /// Which device it is.
    pub(super) fn device(&self) -> Option<DeviceId> {
        match self {
            Self::Device(account) => Some(account.device),
            Self::Bridge => None,
        }
    }
}

/// The accounts behind the sessions.
///
/// All devices of a friend sign in with the same user name, and a client id is only claimed; together they name a session: another
/// friend cannot take it over by claiming its client id, because the user name goes with a password. An entry outlives the
/// connection, since a persistent session goes on collecting messages; it ends with the session.
#[derive(Clone, Default)]
pub(super) struct Accounts {
    holders: Arc<DashMap<(UserName, ClientId), Holder>>,
    /// Connections so far: two may begin in the same millisecond.
    count: Arc<AtomicU64>,
}

/// Who holds a session, and since which connection.
struct Holder {
    account: Account,
    /// Of its newest connection.
    id: Id,
    /// Which connection that was, counted from the start of the broker.
    number: u64,
    packets: Mutex<Packets>,
}

/// A type of packet, and when it was seen.
type Seen = (&'static str, Timestamp);

/// The newest packets of a session.
#[derive(Clone, Copy, Default)]
pub(super) struct Packets {
    /// That it sent.
    pub(super) came: Option<Seen>,
    /// That it was sent.
    pub(super) went: Option<Seen>,
}

impl Accounts {
    /// Whose session `id` is.
    pub(super) fn of(&self, id: &Id) -> Option<Account> {
        self.holders.get(&key(id)?).map(|holder| holder.account.clone())
    }

    /// A session sent something, or was sent something.
    pub(super) fn saw(&self, id: &Id, came: Option<Seen>, went: Option<Seen>) {
        let Some(holder) = key(id).and_then(|key| self.holders.get(&key)) else { return };
        // Nothing that panics happens under the lock.
        let mut packets = holder.packets.lock().unwrap_or_else(PoisonError::into_inner);
        packets.came = came.or(packets.came);
        packets.went = went.or(packets.went);
    }

    /// The newest packets of a session.
    pub(super) fn packets(&self, id: &Id) -> Packets {
        let holder = key(id).and_then(|key| self.holders.get(&key));
        holder
            .map(|holder| *holder.packets.lock().unwrap_or_else(PoisonError::into_inner))
            .unwrap_or_default()
    }

    /// This connection has proved to be theirs.
    pub(super) fn remember(&self, id: &Id, account: Account) {
        if let Some(key) = key(id) {
            let number = self.count.fetch_add(1, Relaxed);
            let packets = Mutex::default();
            self.holders.insert(key, Holder { account, id: id.clone(), number, packets });
        }
    }

    /// The session of this connection has ended, unless a newer connection has taken it over.
    pub(super) fn release(&self, id: &Id) {
        if let Some(key) = key(id) {
            self.holders.remove_if(&key, |_, holder| holder.id == *id);
        }
    }

    /// The sessions of a device but for the `most` newest, of which the one of `id` is one. Oldest first.
    pub(super) fn surplus(&self, device: DeviceId, most: usize, id: &Id) -> Vec<Id> {
        let this = key(id);
        let mut others: Vec<(u64, Id)> = self
            .holders
            .iter()
            .filter(|entry| {
                entry.value().account.device() == Some(device) && Some(entry.key()) != this.as_ref()
            })
            .map(|entry| (entry.value().number, entry.value().id.clone()))
            .collect();
        others.sort_by_key(|(number, _)| *number);
        others.truncate((others.len() + 1).saturating_sub(most));
        others.into_iter().map(|(_, id)| id).collect()
    }

    /// Keeps only some; the sessions of the others may neither publish nor receive from now on. Returns how many were not kept.
    pub(super) fn keep(&self, wanted: impl Fn(&Account) -> bool) -> usize {
        let mut forgotten = 0;
        self.holders.retain(|_, holder| {
            let keeps = wanted(&holder.account);
            forgotten += usize::from(!keeps);
            keeps
        });
        forgotten
    }
}

fn key(id: &Id) -> Option<(UserName, ClientId)> {
    Some((id.username.clone()?, id.client_id.clone()))
}
