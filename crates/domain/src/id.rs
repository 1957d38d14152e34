//! Identifiers. They are UUIDs in time order (version 7), made at the edge and opaque to everyone else.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID as this kind of identifier.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside, for storage.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_simple().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_simple())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

id! {
    /// Names a group of friends.
    GroupId,
    /// Names a friend.
    FriendId,
    /// Names a device of a friend.
    DeviceId,
    /// Names a link by which a device is set up.
    LinkId,
    /// Names a region of a group.
    RegionId,
    /// Names a sensor of a group.
    SensorId,
    /// Names one entry of the history.
    TransitionId,
    /// Names a message between friends.
    ChatId,
    /// Names an order to a phone.
    OrderId,
    /// Names an outlet.
    OutletId,
    /// Names a rule by which somebody is alerted.
    RuleId,
    /// Names an alert.
    AlertId,
    /// Names a bearer token of the JSON interface.
    TokenId,
    /// Names a line of the audit log.
    AuditId,
    /// Names a session; no secret.
    SessionId,
    /// Names an invitation; no secret.
    InvitationId,
    /// Names a bot of a group.
    BotId,
}

/// Place of a published change in its group's order. Grows by at least one with each; gaps mean nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
