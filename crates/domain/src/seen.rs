//! Who looked at a friend, counted by day.

use crate::{FriendId, Timestamp};
use serde::{Deserialize, Serialize};

/// Who was shown something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Eyes {
    /// A friend, by whatever session, token or phone of theirs.
    Friend(FriendId),
    /// A token of the whole server, by its name.
    Token(String),
    /// Who stands for the whole server without a name: another broker that joined ours.
    Server,
    /// Whoever reads the brokers that outlets publish to.
    Outlets,
}

/// Where something was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    /// The map: once when it is opened, and once for each day that it stays open.
    Map,
    /// The history, positions and files of them: each question.
    History,
    /// Why somebody is where they are, their devices, regions drawn by their tracks: each question.
    Details,
    /// Lists over the interface: each question.
    Lists,
    /// The message log and the console.
    Log,
    /// A phone, over MQTT or HTTP: once a day.
    Phone,
    /// An outlet: once a day.
    Outlet,
}

/// How often somebody was shown something of a friend on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The day, in days since 1970-01-01 of UTC.
    pub day: i64,
    /// Who looked.
    pub eyes: Eyes,
    /// Where.
    pub surface: Surface,
    /// How often.
    pub count: u64,
    /// When for the last time.
    pub last_at: Timestamp,
}

impl Surface {
    /// The word for it in the interface and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::History => "history",
            Self::Details => "details",
            Self::Lists => "lists",
            Self::Log => "log",
            Self::Phone => "phone",
            Self::Outlet => "outlet",
        }
    }
}

impl Seen {
    /// The day that a moment is in.
    pub const fn day_of(at: Timestamp) -> i64 {
        at.as_millis().div_euclid(86_400_000)
    }

    /// The first moment of the day.
    pub const fn day_at(&self) -> Timestamp {
        Timestamp::from_millis(self.day * 86_400_000)
    }
}
