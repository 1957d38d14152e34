//! What is stored of a friend, by kinds, for the friend to read.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A kind of things that are stored of a friend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holding {
    /// What the phones sent, as they sent it.
    Messages,
    /// Positions read from that.
    Positions,
    /// What the phones said of regions.
    Claims,
    /// Comings and goings, those once believed too.
    History,
    /// What the server made of the evidence, to judge what comes late.
    Judgements,
    /// Places that the phones told of.
    Places,
    /// What the broker keeps for those who subscribe later.
    Retained,
    /// Name and picture.
    Card,
    /// What was asked of the phones.
    Orders,
    /// Comings and goings that wait to go out to other brokers.
    Outgoing,
    /// What others were alerted of.
    Told,
    /// Rules by which they are alerted, and by which ways.
    Alerting,
    /// Messages to friends, and those that they sent.
    Chat,
}

/// How much is stored of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Of what.
    pub what: Holding,
    /// How many.
    pub count: u64,
    /// Of which time the oldest is.
    pub oldest: Option<Timestamp>,
    /// And the newest.
    pub newest: Option<Timestamp>,
    /// About how much room that takes.
    pub bytes: u64,
}

/// What a deletion came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// When it was.
    pub at: Timestamp,
    /// How many of each kind were deleted.
    pub removed: Vec<(Holding, u64)>,
    /// Whether the files are overwritten, too. If somebody was just reading, they are within seconds.
    pub scrubbed: bool,
    /// Where the same may still be, a sentence each.
    pub beyond: Vec<String>,
}

impl Holding {
    /// The word for it in the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Positions => "positions",
            Self::Claims => "claims",
            Self::History => "history",
            Self::Judgements => "judgements",
            Self::Places => "places",
            Self::Retained => "retained",
            Self::Card => "card",
            Self::Orders => "orders",
            Self::Outgoing => "outgoing",
            Self::Told => "told",
            Self::Alerting => "alerting",
            Self::Chat => "chat",
        }
    }
}
