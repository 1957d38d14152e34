//! People.

use crate::{FriendId, GroupId, Membership, Memberships, Name, Timestamp, Viewer};
use serde::{Deserialize, Serialize};

/// What a friend may do: in a group, or on the whole server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks at the map and the history.
    Friend,
    /// In a group: also manages its friends, devices, regions, sensors and outlets. On the server: also makes groups, and admins of groups.
    Admin,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Friend {
    /// Who.
    pub id: FriendId,
    /// Their home group: in the topics of their devices, and before the others where a name is of several.
    pub group: GroupId,
    /// All groups they are of; to others only those that they share.
    #[serde(default)]
    pub memberships: Memberships,
    /// Unique on the server without regard to case; also the user name when signing in and the topic level of the devices.
    pub name: Name,
    /// On the whole server; `None` for a friend who cannot sign in. To others: what they are in a group that they share.
    pub role: Option<Role>,
    /// Made up, for a demonstration.
    pub demo: bool,
    /// When the friend was added.
    pub added_at: Timestamp,
}

impl Friend {
    /// Whether they are of a group.
    pub fn is_of(&self, group: GroupId) -> bool {
        self.memberships.is_of(group)
    }

    /// The friend, looking. Who cannot sign in is no admin of anything.
    pub fn viewer(&self) -> Viewer {
        match self.role {
            Some(role) => Viewer::Friend { friend: self.id, of: self.memberships.clone(), role },
            None => {
                Viewer::Friend { friend: self.id, of: self.memberships.as_mere_friend(), role: Role::Friend }
            }
        }
    }

    /// What a viewer may know of them: of groups that the two do not share, nothing.
    #[must_use]
    pub fn seen_by(&self, viewer: &Viewer) -> Self {
        let shared: Memberships =
            self.memberships.iter().filter(|of| viewer.is_of(of.group)).copied().collect();
        // Made-up friends are seen by guests, who are of no group.
        let memberships = if shared.is_empty() { Memberships::one(self.group, Role::Friend) } else { shared };
        let group = memberships.groups().find(|group| *group == self.group);
        let group = group.or_else(|| memberships.groups().next()).unwrap_or(self.group);
        let is_admin = |of: &Membership| of.role == Role::Admin;
        let role = if memberships.iter().any(is_admin) { Role::Admin } else { Role::Friend };
        Self { group, role: self.role.map(|_| role), memberships, ..self.clone() }
    }
}
