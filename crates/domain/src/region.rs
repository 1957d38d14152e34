//! Named areas, and who is in them.

use crate::{GroupId, Name, RegionId, Timestamp};
use geodesy::Area;
use serde::{Deserialize, Serialize};

/// A named area of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Which.
    pub id: RegionId,
    /// Whose.
    pub group: GroupId,
    /// What it is called; need not be unique.
    pub name: Name,
    /// Where.
    pub area: Area,
    /// Made up, for a demonstration.
    pub demo: bool,
    /// When it got this name and shape.
    pub changed_at: Timestamp,
}

/// A friend is in a region: one line of the presence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// Where.
    pub region: RegionId,
    /// Since when, by the fixes; for a friend first seen inside, the first fix there.
    pub since: Timestamp,
}
