//! Who may see what. **The only privacy decision in the program**: every surface asks here, none decides for itself.
//!
//! Today: friends of one group see each other as they are, an outlet sees what its group sees, a guest of a demonstration sees only what is
//! made up, and a server token sees everything. Sensors belong to a group; one that an admin made public is seen by everybody. Unknown
//! means no.

use crate::{Friend, FriendId, GroupId, Region, Role, Sensor};

/// Who is looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// A friend, signed in or by a device of theirs.
    Friend {
        /// Who.
        friend: FriendId,
        /// Of which group.
        group: GroupId,
        /// What they may do.
        role: Role,
    },
    /// Somebody who is not signed in: at a server started for a demonstration, or before something public.
    Guest,
    /// An outlet, and with it whoever may read its broker.
    Outlet {
        /// Whose data goes out there.
        group: GroupId,
    },
    /// A token of the JSON interface that stands for the whole server.
    Server {
        /// What it may do.
        role: Role,
    },
}

/// What a viewer may see, in the form in which the store is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything of one group.
    Group(GroupId),
    /// Only what is made up.
    Demo,
    /// Everything.
    All,
}

impl Scope {
    /// Whether something of this group, made up or not, is inside.
    pub fn covers(self, group: GroupId, demo: bool) -> bool {
        match self {
            Self::Group(own) => own == group,
            Self::Demo => demo,
            Self::All => true,
        }
    }
}

impl Viewer {
    /// All that this viewer may see.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Friend { group, .. } | Self::Outlet { group } => Scope::Group(*group),
            Self::Guest => Scope::Demo,
            Self::Server { .. } => Scope::All,
        }
    }

    /// Whether this viewer manages friends, devices and regions.
    pub fn is_admin(&self) -> bool {
        match self {
            Self::Friend { role, .. } | Self::Server { role } => *role == Role::Admin,
            Self::Guest | Self::Outlet { .. } => false,
        }
    }

    /// Whether this viewer may know that `friend` exists and where they are.
    pub fn may_see(&self, friend: &Friend) -> bool {
        self.scope().covers(friend.group, friend.demo)
    }

    /// Whether this viewer may know of `region`.
    pub fn may_see_region(&self, region: &Region) -> bool {
        self.scope().covers(region.group, region.demo)
    }

    /// Whether this viewer may know of `sensor` and what it observed. Whether they may change it is another question.
    pub fn may_see_sensor(&self, sensor: &Sensor) -> bool {
        sensor.public || self.is_of(sensor.group)
    }

    /// Whether this viewer is one of a group, or stands for the whole server.
    pub fn is_of(&self, group: GroupId) -> bool {
        self.scope().covers(group, false)
    }
}
