//! Alerts: a friend is told when somebody they chose enters or leaves a region, on the channels they chose, and is left in peace otherwise.
//!
//! What is decided here is whether a rule means a transition, and what speaks against telling it. Whether its owner may know of it at all is
//! [`crate::sharing`]'s, and comes first.

use crate::{AlertId, FriendId, Kind, RegionId, RuleId, Schedule, Timestamp, Transition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What became known so long after it happened is no news, milliseconds.
pub const LATE_MS: i64 = 15 * 60_000;
/// The same friend, region and direction within this is the same coming or going, milliseconds.
pub const AGAIN_MS: i64 = 5 * 60_000;
/// How many rules a friend may have.
pub const MOST_RULES: usize = 50;
/// How many friends, and how many regions, a rule may name.
pub const MOST_NAMED: usize = 50;
/// How many browsers of a friend may get push messages.
pub const MOST_BROWSERS: usize = 10;

/// When somebody wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub id: RuleId,
    /// Who is told.
    pub owner: FriendId,
    /// Of whom.
    pub friends: Which<FriendId>,
    /// At which regions.
    pub regions: Which<RegionId>,
    /// Of comings or goings.
    pub direction: Direction,
    /// At which hours; `None` is always.
    pub hours: Option<Schedule>,
    /// By which ways.
    pub channels: BTreeSet<Channel>,
    /// Whether it tells anything.
    pub on: bool,
}

/// Some of a kind, or all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which<T> {
    /// All that whoever asks may know of.
    All,
    /// These.
    These(Vec<T>),
}

/// Comings or goings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Comings.
    Enter,
    /// Goings.
    Leave,
    /// Either.
    Both,
}

/// A way by which somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// An open page.
    Page,
    /// A browser, also when no page is open.
    Push,
    /// E-mail.
    Mail,
    /// A topic of an ntfy server.
    Ntfy,
    /// Somebody's own web server.
    Webhook,
}

/// What somebody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened, in a few words.
    pub title: String,
    /// When, and what else there is to say.
    pub body: String,
    /// Where more of it is: a path of the site.
    pub link: String,
    /// A newer one with the same tag takes the place of this one on a screen.
    pub tag: String,
}

/// An alert as it is told on a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Which.
    pub id: AlertId,
    /// When what it tells of happened.
    pub at: Timestamp,
    /// What it says.
    pub notice: Notice,
}

/// An alert with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What was told.
    pub told: Told,
    /// When it was made.
    pub made_at: Timestamp,
    /// It takes an earlier one back.
    pub correction: bool,
    /// How it went out, or did not, in order of the channels.
    pub deliveries: Vec<Delivery>,
}

/// What became of an alert on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which channel.
    pub channel: Channel,
    /// How far it has come.
    pub state: AlertState,
    /// Why it is not sent; empty when it is.
    pub why: String,
}

/// How far an alert has come on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// It is still to go out, perhaps once more.
    Pending,
    /// It went out.
    Sent,
    /// It did not go out, and is not tried again.
    Failed,
    /// It was not to go out.
    Skipped,
}

/// Why an alert was not to go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It became known too late.
    Late,
    /// The owner has quiet hours.
    Quiet,
    /// The same was told a moment ago.
    Again,
    /// The server learnt better before it went out.
    Corrected,
    /// The owner may not know of it any more.
    Hidden,
    /// The channel is not set up.
    NotSetUp,
}

/// The circumstances in which something would be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it happened.
    pub at: Timestamp,
    /// When it would be told.
    pub now: Timestamp,
    /// Whether the owner has quiet hours now.
    pub is_quiet: bool,
    /// When the last of the same friend, region and direction happened that the owner was told of.
    pub last_told: Option<Timestamp>,
}

/// Who watches somebody: that there is such a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watcher {
    /// Who is told.
    pub friend: FriendId,
    /// At which of the regions that whoever is watched may know of.
    pub regions: Which<RegionId>,
    /// There are others, too.
    pub others: bool,
    /// Of comings or goings.
    pub direction: Direction,
    /// At which hours; `None` is always.
    pub hours: Option<Schedule>,
}

impl<T: PartialEq> Which<T> {
    /// Whether it is one of them.
    pub fn has(&self, one: &T) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(one),
        }
    }
}

impl Direction {
    /// Whether it is meant.
    pub const fn has(self, kind: Kind) -> bool {
        matches!((self, kind), (Self::Both, _) | (Self::Enter, Kind::Enter) | (Self::Leave, Kind::Leave))
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Leave => "leave",
            Self::Both => "both",
        }
    }

    /// The one with that word.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Enter, Self::Leave, Self::Both].into_iter().find(|known| known.as_str() == word)
    }
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Page, Self::Push, Self::Mail, Self::Ntfy, Self::Webhook];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Push => "push",
            Self::Mail => "mail",
            Self::Ntfy => "ntfy",
            Self::Webhook => "webhook",
        }
    }

    /// The one with that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

impl AlertState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Skip {
    /// The words for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Quiet => "quiet hours",
            Self::Again => "again",
            Self::Corrected => "corrected before it was sent",
            Self::Hidden => "not shown any more",
            Self::NotSetUp => "not set up",
        }
    }
}

impl Rule {
    /// Whether it means a transition of somebody else; `is_open` says whether it is one of some hours then.
    pub fn matches(&self, transition: &Transition, is_open: impl FnOnce(&Schedule) -> bool) -> bool {
        self.on
            && transition.friend != self.owner
            && self.friends.has(&transition.friend)
            && self.regions.has(&transition.region)
            && self.direction.has(transition.kind)
            && self.hours.as_ref().is_none_or(is_open)
    }
}

impl Moment {
    /// Why it is not told by a channel; `None` when it is.
    pub fn skip(&self, channel: Channel) -> Option<Skip> {
        if self.now.millis_since(self.at) > LATE_MS {
            return Some(Skip::Late);
        }
        if self.last_told.is_some_and(|last| self.at.millis_since(last).abs() < AGAIN_MS) {
            return Some(Skip::Again);
        }
        self.disturbs(channel).then_some(Skip::Quiet)
    }

    /// The same of what takes back what was told: that is said however late it is.
    pub fn skip_of_correction(&self, channel: Channel) -> Option<Skip> {
        self.disturbs(channel).then_some(Skip::Quiet)
    }

    /// A page disturbs nobody who does not look at it.
    fn disturbs(&self, channel: Channel) -> bool {
        self.is_quiet && channel != Channel::Page
    }
}

/// After how many milliseconds it is tried again that failed so often; `None`: not any more.
pub fn pause_after(failures: u32) -> Option<i64> {
    match failures {
        0 | 1 => Some(30_000),
        2 => Some(2 * 60_000),
        3 => Some(10 * 60_000),
        4 => Some(60 * 60_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
