//! What an admin sees of the MQTT doors: who is connected, who was refused, and how the line to an outside broker stands.
//!
//! Never a password, never a payload.

use crate::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

/// The doors as they are now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerReport {
    /// Whether the embedded broker is open.
    pub open: bool,
    /// Its sessions: connected ones first, then those kept for an absent client; in order of user names and client ids.
    pub sessions: Vec<BrokerSession>,
    /// Who was refused what of late, newest first.
    pub refusals: Vec<Refused>,
    /// The line to an outside broker, where one is configured.
    pub bridge: Option<BridgeLine>,
}

/// A client of the embedded broker. User name and client id together name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerSession {
    /// What it signed in with.
    pub username: String,
    /// What it calls itself.
    pub client_id: String,
    /// Which device its password is of; `None` for a joined broker.
    pub device: Option<DeviceId>,
    /// What that device is called.
    pub device_name: Option<String>,
    /// `host:port` of its newest connection.
    pub address: Option<String>,
    /// `3.1`, `3.1.1` or `5`.
    pub version: String,
    /// Whether that connection is encrypted.
    pub tls: bool,
    /// How often it promised to say something, seconds; 0 for never.
    pub keep_alive_s: u16,
    /// Whether the session outlives its connections.
    pub persistent: bool,
    /// Whether the client is there.
    pub connected: bool,
    /// Since when it is there, or away.
    pub since: Timestamp,
    /// What it listens to, in order of the filters.
    pub subscriptions: Vec<Subscription>,
    /// The newest packet it sent.
    pub last_in: Option<SeenPacket>,
    /// The newest packet it was sent.
    pub last_out: Option<SeenPacket>,
    /// Messages it was sent and has not acknowledged.
    pub in_flight: u32,
    /// Messages that wait to be sent to it.
    pub queued: u32,
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subscription {
    /// The topic filter.
    pub filter: String,
    /// The quality of service that was granted.
    pub qos: u8,
}

/// A packet that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPacket {
    /// Its type, as the standard writes it: `PUBLISH`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
}

/// What somebody wanted and did not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attempt {
    /// To sign in.
    SignIn,
    /// To publish.
    Publish,
    /// To subscribe.
    Subscribe,
}

impl Attempt {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
        }
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// What was wanted.
    pub attempt: Attempt,
    /// The user name that was given.
    pub username: String,
    /// What the client calls itself.
    pub client_id: String,
    /// Where it came from: `host:port`.
    pub address: Option<String>,
    /// The topic or the filter; `None` for a sign-in.
    pub topic: Option<String>,
    /// Why not, as the end of a sentence.
    pub reason: String,
}

/// The line to an outside broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeLine {
    /// `host:port`.
    pub broker: String,
    /// Whether it stands.
    pub connected: bool,
    /// Since when that is so.
    pub since: Timestamp,
    /// What went wrong last, and when; stays when the line stands again.
    pub last_error: Option<(String, Timestamp)>,
}
