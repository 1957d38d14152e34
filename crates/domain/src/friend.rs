//! People.

use crate::{FriendId, GroupId, Name, Timestamp};
use serde::{Deserialize, Serialize};

/// What a friend who signs in may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks at the map and the history.
    Friend,
    /// Also manages friends, devices and regions.
    Admin,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Friend {
    /// Who.
    pub id: FriendId,
    /// With whom.
    pub group: GroupId,
    /// Unique on the server without regard to case; also the user name when signing in and the topic level of the devices.
    pub name: Name,
    /// `None` for a friend who cannot sign in.
    pub role: Option<Role>,
    /// Made up, for a demonstration.
    pub demo: bool,
    /// When the friend was added.
    pub added_at: Timestamp,
}
