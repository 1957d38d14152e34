//! Who may see what. **The only privacy decision in the program**: every surface asks here, none decides for itself.
//!
//! Friends who share a group know of each other, and what they see of each other is what each of them says ([`Sharing`]): to whom, how
//! exactly, how far back, until when. Friends who share none do not exist for each other. An admin sees no more than others, and one of the
//! server no more than that. An outlet sees what its whole group sees, a guest of a demonstration only what is made up, and a server token
//! everything. A bot hears only who comes and goes, in its regions, of those who say that the bots of their group may know, and no more of that than
//! the whole group sees: what it hears it may say to all of them. A region is known to its group alone, and may be for its admins only, or for them and some friends; nobody else learns of it,
//! of who is there, or of who comes and goes. Sensors belong to a group; one that an admin made public is seen by everybody. Unknown means
//! no.

mod level;
mod showing;
mod terms;

pub use level::Level;
pub use showing::{Showing, Shown};
pub use terms::{BotConsent, Grant, Party, Pause, Sharing, SharingChange};

use crate::{Audience, BotId, Friend, FriendId, GroupId, Memberships, Region, RegionId, Role, Sensor};
use serde::{Deserialize, Serialize};

/// Who is looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// A friend, signed in or by a device of theirs.
    Friend {
        /// Who.
        friend: FriendId,
        /// Of which groups, and what they may do there.
        of: Memberships,
        /// What they may do on the whole server.
        role: Role,
    },
    /// Somebody who is not signed in: at a server started for a demonstration, or before something public.
    Guest,
    /// An outlet, and with it whoever may read its broker.
    Outlet {
        /// Whose data goes out there.
        group: GroupId,
    },
    /// A bot of a group.
    Bot {
        /// Which.
        bot: BotId,
        /// Whose.
        group: GroupId,
        /// The regions that it may hear of.
        regions: Vec<RegionId>,
    },
    /// A token of the JSON interface that stands for the whole server.
    Server {
        /// What it may do.
        role: Role,
    },
}

/// What a viewer decides for somebody else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Care {
    /// Nothing.
    #[default]
    None,
    /// Whether they are of a group: they are of others, too, which are not the viewer's.
    Membership,
    /// Everything that they do not decide themself.
    Whole,
}

/// What a viewer may see, in the form in which the store is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything of these groups.
    Groups(Vec<GroupId>),
    /// Only what is made up.
    Demo,
    /// Everything.
    All,
}

impl Viewer {
    /// A friend of one group alone, who may do on the server what they may do there.
    pub fn member(friend: FriendId, group: GroupId, role: Role) -> Self {
        Self::Friend { friend, of: Memberships::one(group, role), role }
    }

    /// The same friend, without being an admin of anything.
    #[must_use]
    pub fn as_mere_friend(self) -> Self {
        match self {
            Self::Friend { friend, of, .. } => {
                Self::Friend { friend, of: of.as_mere_friend(), role: Role::Friend }
            }
            Self::Guest | Self::Outlet { .. } | Self::Bot { .. } | Self::Server { .. } => self,
        }
    }

    /// All that this viewer may see.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Friend { of, .. } => Scope::Groups(of.groups().collect()),
            Self::Outlet { group } => Scope::Groups(vec![*group]),
            // It hears, and asks nothing.
            Self::Bot { .. } => Scope::Groups(Vec::new()),
            Self::Guest => Scope::Demo,
            Self::Server { .. } => Scope::All,
        }
    }

    /// Whether something of this group, made up or not, may be seen.
    pub fn covers(&self, group: GroupId, demo: bool) -> bool {
        match self {
            Self::Friend { of, .. } => of.is_of(group),
            Self::Outlet { group: own } | Self::Bot { group: own, .. } => *own == group,
            Self::Guest => demo,
            Self::Server { .. } => true,
        }
    }

    /// Whether this viewer is one of a group, or stands for the whole server.
    pub fn is_of(&self, group: GroupId) -> bool {
        self.covers(group, false)
    }

    /// Which friend looks, where it is one.
    pub fn friend(&self) -> Option<FriendId> {
        if let Self::Friend { friend, .. } = self { Some(*friend) } else { None }
    }

    /// Whether this viewer is that friend.
    pub fn is(&self, friend: FriendId) -> bool {
        matches!(self, Self::Friend { friend: own, .. } if *own == friend)
    }

    /// Whether this viewer manages a group: its friends, devices, regions, sensors and outlets.
    pub fn administers(&self, group: GroupId) -> bool {
        match self {
            Self::Friend { of, .. } => of.administers(group),
            Self::Server { role } => *role == Role::Admin,
            Self::Guest | Self::Outlet { .. } | Self::Bot { .. } => false,
        }
    }

    /// What this viewer is in a group; `None` for who is none of its friends.
    pub fn role_in(&self, group: GroupId) -> Option<Role> {
        if let Self::Friend { of, .. } = self { of.role_in(group) } else { None }
    }

    /// Whether this viewer manages any group.
    pub fn administers_any(&self) -> bool {
        match self {
            Self::Friend { of, .. } => of.iter().any(|of| of.role == Role::Admin),
            Self::Server { role } => *role == Role::Admin,
            Self::Guest | Self::Outlet { .. } | Self::Bot { .. } => false,
        }
    }

    /// Whether this viewer manages the server: makes groups and admins of groups. They see no more by that.
    pub fn is_server_admin(&self) -> bool {
        match self {
            Self::Friend { role, .. } | Self::Server { role } => *role == Role::Admin,
            Self::Guest | Self::Outlet { .. } | Self::Bot { .. } => false,
        }
    }

    /// Whether this viewer decides for a friend what the friend does not: how they sign in, their devices. Whoever can do that can look
    /// through their eyes, so it takes an admin of every group that the friend is of.
    pub fn looks_after(&self, friend: &Friend) -> bool {
        !friend.memberships.is_empty() && friend.memberships.groups().all(|group| self.administers(group))
    }

    /// Whether this viewer manages a group that the friend is of.
    pub fn administers_one_of(&self, friend: &Friend) -> bool {
        friend.memberships.groups().any(|group| self.administers(group))
    }

    /// What this viewer decides for a friend.
    pub fn care_for(&self, friend: &Friend) -> Care {
        if self.looks_after(friend) {
            Care::Whole
        } else if self.administers_one_of(friend) {
            Care::Membership
        } else {
            Care::None
        }
    }

    /// Whether this viewer may know that `friend` exists.
    pub fn may_see(&self, friend: &Friend) -> bool {
        match self {
            Self::Friend { .. } | Self::Outlet { .. } | Self::Bot { .. } => {
                self.is(friend.id) || friend.memberships.groups().any(|group| self.is_of(group))
            }
            Self::Guest => friend.demo,
            Self::Server { .. } => true,
        }
    }

    /// Whether news of a friend that is told to a group is for this viewer. It is told to each group of the friend, and a viewer hears it
    /// once.
    pub fn hears_of(&self, friend: &Friend, told_to: GroupId) -> bool {
        match self {
            Self::Friend { .. } | Self::Outlet { .. } | Self::Bot { .. } => {
                friend.memberships.groups().find(|group| self.is_of(*group)) == Some(told_to)
            }
            Self::Guest => friend.demo && friend.group == told_to,
            Self::Server { .. } => friend.group == told_to,
        }
    }

    /// Whether this viewer may know of `region`, and of who is there and comes and goes.
    pub fn may_see_region(&self, region: &Region) -> bool {
        self.covers(region.group, region.demo) && self.is_meant_by(region)
    }

    /// Whether this viewer, of those who see anything of the group, is one of an audience. Whoever reads an outlet's broker is not known, so
    /// an outlet hears only what the whole group may; so does a bot, and of that only its own regions.
    fn is_meant_by(&self, region: &Region) -> bool {
        match (self, &region.details.audience) {
            (Self::Bot { regions, .. }, Audience::Group) => regions.contains(&region.id),
            (_, Audience::Group) | (Self::Server { .. }, _) => true,
            (Self::Friend { .. }, Audience::Admins) => self.administers(region.group),
            (Self::Friend { friend, .. }, Audience::Friends(friends)) => {
                self.administers(region.group) || friends.contains(friend)
            }
            (
                Self::Guest | Self::Outlet { .. } | Self::Bot { .. },
                Audience::Admins | Audience::Friends(_),
            ) => false,
        }
    }

    /// Whether this viewer may know of `sensor` and what it observed. Whether they may change it is another question.
    pub fn may_see_sensor(&self, sensor: &Sensor) -> bool {
        if let Self::Bot { .. } = self {
            return false;
        }
        sensor.public || self.is_of(sensor.group)
    }

    /// Whether this viewer may know of a bot of a group: its friends may, and whoever stands for the whole server.
    pub fn may_see_bots(&self, group: GroupId) -> bool {
        match self {
            Self::Friend { of, .. } => of.is_of(group),
            Self::Server { .. } => true,
            Self::Guest | Self::Outlet { .. } | Self::Bot { .. } => false,
        }
    }

    /// The groups that this viewer and a friend share, as far as what is said of groups goes.
    pub(crate) fn shares_with<'a>(&'a self, friend: &'a Friend) -> impl Iterator<Item = GroupId> + 'a {
        friend.memberships.groups().filter(|group| self.is_of(*group))
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
        let friend = |friend: u128, group: u128, role| {
            Viewer::member(FriendId::new(Uuid::from_u128(friend)), GroupId::new(Uuid::from_u128(group)), role)
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
