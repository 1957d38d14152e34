//! Who may see what. **The only privacy decision in the program**: every surface asks here, none decides for itself.
//!
//! Friends of one group know of each other, and what they see of each other is what each of them says ([`Sharing`]): to whom, how exactly,
//! how far back, until when. An admin sees no more than others. An outlet sees what its whole group sees, a guest of a demonstration only
//! what is made up, and a server token everything. A region may be for its group's admins alone, or for them and some friends; nobody
//! else learns of it, of who is there, or of who comes and goes. Sensors belong to a group; one that an admin made public is seen by
//! everybody. Unknown means no.

mod level;
mod terms;

pub use level::Level;
pub use terms::{Grant, Party, Pause, Sharing, SharingChange, Showing, Shown};

use crate::{Audience, Friend, FriendId, GroupId, Region, Role, Sensor};

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

    /// Whether this viewer may know of `region`, and of who is there and comes and goes.
    pub fn may_see_region(&self, region: &Region) -> bool {
        self.scope().covers(region.group, region.demo) && self.is_meant_by(&region.details.audience)
    }

    /// Whether this viewer, of those who see anything of the group, is one of an audience. Whoever reads an outlet's broker is not known, so
    /// an outlet hears only what the whole group may.
    fn is_meant_by(&self, audience: &Audience) -> bool {
        match (self, audience) {
            (_, Audience::Group) | (Self::Server { .. }, _) => true,
            (Self::Friend { .. }, Audience::Admins) => self.is_admin(),
            (Self::Friend { friend, .. }, Audience::Friends(friends)) => {
                self.is_admin() || friends.contains(friend)
            }
            (Self::Guest | Self::Outlet { .. }, Audience::Admins | Audience::Friends(_)) => false,
        }
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

#[cfg(test)]
mod tests {
    use super::Viewer;
    use crate::{Audience, Details, FriendId, GroupId, Name, Region, RegionId, Role, Timestamp};
    use geodesy::{Circle, Point};
    use uuid::Uuid;

    fn region(audience: Audience, demo: bool) -> Region {
        let centre = Point::new(48.2, 16.37).expect("is a point");
        Region {
            id: RegionId::new(Uuid::from_u128(1)),
            group: GroupId::new(Uuid::from_u128(1)),
            name: Name::new("Home").expect("is a name"),
            area: Circle::new(centre, 100.0).expect("is a circle").into(),
            demo,
            changed_at: Timestamp::from_millis(0),
            details: Details { audience, ..Details::default() },
        }
    }

    #[test]
    fn a_region_is_seen_by_those_whom_it_is_for() {
        let friend = |friend: u128, group: u128, role| Viewer::Friend {
            friend: FriendId::new(Uuid::from_u128(friend)),
            group: GroupId::new(Uuid::from_u128(group)),
            role,
        };
        let outlet = Viewer::Outlet { group: GroupId::new(Uuid::from_u128(1)) };
        let viewers = [
            friend(1, 1, Role::Admin),
            friend(2, 1, Role::Friend),
            friend(3, 1, Role::Friend),
            friend(4, 2, Role::Admin),
            outlet,
            Viewer::Guest,
            Viewer::Server { role: Role::Friend },
        ];
        let chosen = Audience::Friends(vec![FriendId::new(Uuid::from_u128(2))]);
        for (audience, demo, seen) in [
            (Audience::Group, false, [true, true, true, false, true, false, true]),
            (Audience::Group, true, [true, true, true, false, true, true, true]),
            (Audience::Admins, true, [true, false, false, false, false, false, true]),
            (chosen, true, [true, true, false, false, false, false, true]),
        ] {
            let region = region(audience, demo);
            assert_eq!(viewers.each_ref().map(|viewer| viewer.may_see_region(&region)), seen, "{region:?}");
        }
    }
}
