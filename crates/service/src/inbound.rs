//! What a door hands in, and what it gets back.

use domain::{DeviceId, Door, FriendId, GroupId, Timestamp};
use std::{fmt, sync::Arc};
use store::SecretHash;

/// A device that has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAccount {
    /// Which.
    pub device: DeviceId,
    /// Whose.
    pub friend: FriendId,
    /// Of which group.
    pub group: GroupId,
    /// Its base topic; it may publish there and below, and nowhere else.
    pub topic: Arc<str>,
    /// What it has signed in with.
    pub(crate) credential: Credential,
}

/// The hash of a device's password: tells whether it is still the same. Does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential(Arc<[u8]>);

impl Credential {
    pub(crate) fn new(hash: Vec<u8>) -> Self {
        Self(hash.into())
    }

    pub(crate) fn is(&self, hash: &SecretHash) -> bool {
        *self.0 == *hash.as_bytes()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

/// On whose behalf a message comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A signed-in device, on its own topic.
    Device(DeviceAccount),
    /// A signed-in device, on the topic of a sensor of its group.
    Sensing(DeviceAccount),
    /// A signed-in device, with something it may not send: recorded, not believed.
    Refused(DeviceAccount, Refusal),
    /// An outside broker that the configuration trusts; the topic says whose message it is.
    Bridge,
    /// An admin, on the console of the page.
    Admin(Author),
}

/// An admin who publishes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// What they are called, as the log has it.
    pub(crate) name: String,
    /// What the topic is to them.
    pub(crate) standing: Standing,
}

/// What a topic is to the admin who publishes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A device's of their own, or below.
    Own(DeviceAccount),
    /// Nobody's.
    Nobodys,
    /// Where somebody else's phone reports.
    Foreign,
}

/// How the log begins what an admin published, before their name. No message can make a verdict that begins so.
const PUBLISHED_BY: &str = "published by ";

impl Author {
    /// Somebody of that name.
    pub(crate) fn new(name: &str, standing: Standing) -> Self {
        Self { name: name.replace(": ", ":"), standing }
    }

    /// Whether the message may not go further.
    pub fn is_refused(&self) -> bool {
        self.standing == Standing::Foreign
    }

    /// A verdict on what they published.
    pub(crate) fn sign(&self, verdict: &str) -> String {
        format!("{PUBLISHED_BY}{}: {verdict}", self.name)
    }

    /// The name and the verdict in a verdict that was signed.
    pub(crate) fn read(signed: &str) -> Option<(&str, &str)> {
        signed.strip_prefix(PUBLISHED_BY)?.split_once(": ")
    }
}

/// Why a door does not let a message pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The topic is not the device's own, nor that of a sensor of its group.
    ForeignTopic,
    /// The topic is longer, or has more levels, than the operator allows.
    LongTopic,
    /// The payload is larger than the operator allows.
    LargePayload,
}

/// One message as it came, with the time it came.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Through which door.
    pub door: Door,
    /// On whose behalf.
    pub principal: Principal,
    /// Its topic.
    pub topic: String,
    /// As sent.
    pub payload: Vec<u8>,
    /// Sent to be retained.
    pub retained: bool,
    /// Quality of service it came with.
    pub qos: u8,
    /// Stamped by the door, once.
    pub received_at: Timestamp,
}

/// The message is dealt with, for good: it may be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What became of it.
    pub verdict: String,
    /// It came from an outlet of ours, so all of it is stored already, or it tells of a time that was deleted: it is not stored again, and
    /// must not be passed on.
    pub came_back: bool,
}
