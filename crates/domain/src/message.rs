//! What arrived, as an admin sees it in the message log.

use crate::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

/// Through which door a message came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// The embedded MQTT broker.
    Broker,
    /// An outside MQTT broker.
    Bridge,
    /// `POST /pub`.
    Http,
}

impl Door {
    /// The door of that word; the broker for any other.
    pub fn of(word: &str) -> Self {
        match word {
            "bridge" => Self::Bridge,
            "http" => Self::Http,
            _ => Self::Broker,
        }
    }

    /// The word for it, in the store and on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Bridge => "bridge",
            Self::Http => "http",
        }
    }
}

/// One line of the message log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedMessage {
    /// Which line: to whom it is told, opaque.
    pub id: String,
    /// When it arrived.
    pub received_at: Timestamp,
    /// How it arrived: `broker`, `bridge` or `http`.
    pub door: String,
    /// Its topic, as sent.
    pub topic: String,
    /// Whose it is, where that is known.
    pub device: Option<DeviceId>,
    /// Whether it was sent to be retained.
    pub retained: bool,
    /// How long the payload is, bytes.
    pub bytes: u32,
    /// The payload as text, cut to [`Self::SHOWN_BYTES`]; what is not UTF-8 is replaced.
    pub payload: String,
    /// What became of it: its type, or `kept: …`, `refused: …`, `unreadable: …`; before that, `published by NAME: ` when an admin
    /// published it on the console.
    pub verdict: String,
    /// Whether an admin should look at it: refused or unreadable.
    pub trouble: bool,
}

/// One line of the console.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsoleLine {
    /// The message.
    pub message: LoggedMessage,
    /// Its `_type`, or what stands for one; `None` when it cannot be read.
    pub kind: Option<String>,
    /// Whose it is, friend and device, where that is known.
    pub whose: Option<String>,
}

/// What goes to a console that is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ConsoleNews {
    /// Forget what you know; these came last, newest first.
    Recent(Vec<ConsoleLine>),
    /// These came now, oldest first.
    Came(Vec<ConsoleLine>),
    /// Nothing came, and the line is alive.
    Heartbeat,
}

impl LoggedMessage {
    /// How much of a payload the log shows.
    pub const SHOWN_BYTES: usize = 4096;
    /// What stands for the payload of somebody who does not show the viewer where they are.
    pub const WITHHELD: &str = "(not shown to you)";
}
