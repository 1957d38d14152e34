//! Bots: programs that a group keeps, which hear who comes to some of its regions and goes, post to who is there, and answer who writes to them. They are
//! no friends, and have no place.

use crate::{BotId, GroupId, Name, RegionId, Timestamp, Viewer};
use serde::{Deserialize, Serialize};

/// A bot of a group. What it hears is decided in [`crate::sharing`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Which.
    pub id: BotId,
    /// Whose: the friends of this group know of it.
    pub group: GroupId,
    /// Unique in the group, without regard to case; nobody of the group is called so either.
    pub name: Name,
    /// The regions of the group that it may hear of; it knows of no other.
    pub regions: Vec<RegionId>,
    /// When an admin made it.
    pub made_at: Timestamp,
}

impl Bot {
    /// How many a group may have.
    pub const MOST: usize = 20;
    /// How many regions one may hear of.
    pub const MOST_REGIONS: usize = 50;
    /// For how long a friend who wrote to one may be answered, milliseconds: a day.
    pub const ANSWER_MS: i64 = 24 * 3_600_000;

    /// The bot, listening.
    pub fn viewer(&self) -> Viewer {
        Viewer::Bot { bot: self.id, group: self.group, regions: self.regions.clone() }
    }
}

/// A bot as a viewer sees it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveBot {
    /// Which.
    pub id: BotId,
    /// Of which group.
    pub group: GroupId,
    /// What it is called.
    pub name: Name,
    /// Those of its regions that the viewer may know of.
    pub regions: Vec<RegionId>,
    /// Whether its program listens right now.
    pub connected: bool,
}
