//! Who is of which groups.

use crate::{GroupId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// That a friend is of a group, and what they may do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Of which.
    pub group: GroupId,
    /// An admin of one group has no say in another.
    pub role: Role,
}

/// The groups that somebody is of, their home group first. A clone costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Membership>", into = "Vec<Membership>")]
pub struct Memberships(Arc<[Membership]>);

impl From<Vec<Membership>> for Memberships {
    fn from(all: Vec<Membership>) -> Self {
        Self(all.into())
    }
}

impl From<Memberships> for Vec<Membership> {
    fn from(memberships: Memberships) -> Self {
        memberships.0.to_vec()
    }
}

impl Memberships {
    /// Of one group alone.
    pub fn one(group: GroupId, role: Role) -> Self {
        Self(Arc::new([Membership { group, role }]))
    }

    /// What these times in groups come to now, the home group first, then in the order in which they began.
    pub fn now(home: GroupId, stints: &[Stint]) -> Self {
        let mut open: Vec<&Stint> = stints.iter().filter(|stint| stint.until.is_none()).collect();
        open.sort_by_key(|stint| (stint.group != home, stint.since, stint.group));
        open.into_iter().map(|stint| Membership { group: stint.group, role: stint.role }).collect()
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Membership> {
        self.0.iter()
    }

    /// The groups.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.0.iter().map(|of| of.group)
    }

    /// Whether a group is one of them.
    pub fn is_of(&self, group: GroupId) -> bool {
        self.role_in(group).is_some()
    }

    /// What they may do in a group; `None` when they are not of it.
    pub fn role_in(&self, group: GroupId) -> Option<Role> {
        self.0.iter().find(|of| of.group == group).map(|of| of.role)
    }

    /// Whether they are an admin of a group.
    pub fn administers(&self, group: GroupId) -> bool {
        self.role_in(group) == Some(Role::Admin)
    }

    /// The groups that both are of, in this one's order.
    pub fn shared_with<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = GroupId> + 'a {
        self.groups().filter(|group| other.is_of(*group))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same groups, without being an admin of any.
    #[must_use]
    pub fn as_mere_friend(&self) -> Self {
        self.iter().map(|of| Membership { role: Role::Friend, ..*of }).collect()
    }
}

impl FromIterator<Membership> for Memberships {
    fn from_iter<I: IntoIterator<Item = Membership>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a Memberships {
    type Item = &'a Membership;
    type IntoIter = std::slice::Iter<'a, Membership>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A time that a friend was of a group. What they were found in of its regions is of such times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stint {
    /// Of which group.
    pub group: GroupId,
    /// As what, now or last.
    pub role: Role,
    /// From when on; [`Timestamp::MIN`] for the group they were added to.
    pub since: Timestamp,
    /// Until when; `None` while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Stint {
    /// The first of somebody who is added.
    pub const fn first(group: GroupId, role: Role) -> Self {
        Self { group, role, since: Timestamp::MIN, until: None }
    }

    /// Whether it is all time.
    pub fn is_always(&self) -> bool {
        self.since == Timestamp::MIN && self.until.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::{Memberships, Stint};
    use crate::{GroupId, Role, Timestamp};
    use uuid::Uuid;

    #[test]
    fn the_home_group_is_first_and_what_is_over_is_none() {
        let group = |n| GroupId::new(Uuid::from_u128(n));
        let stint = |n, since: i64, until: Option<i64>| Stint {
            group: group(n),
            role: Role::Friend,
            since: Timestamp::from_millis(since),
            until: until.map(Timestamp::from_millis),
        };
        let all = [stint(1, 0, Some(5)), stint(2, 7, None), stint(3, 1, None), stint(1, 9, None)];
        let now = |home| Memberships::now(group(home), &all).groups().collect::<Vec<_>>();
        assert_eq!(now(1), [group(1), group(3), group(2)]);
        assert_eq!(now(2), [group(2), group(3), group(1)]);
    }
}
