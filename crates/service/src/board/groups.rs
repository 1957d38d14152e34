//! Who is of which group, and was; and what follows from that: in which regions a friend can be.

use super::{Board, OnBoard, Reporter};
use domain::{FriendId, GroupId, Memberships, Region, RegionId, Stint, Viewer, geofence::Atlas};
use std::collections::BTreeSet;

impl Board {
    /// Says of which groups a friend is, and was; before the regions are put here, and then [`Self::mix`].
    pub(crate) fn put_stints(&mut self, friend: FriendId, home: GroupId, stints: &[Stint]) {
        let Some(on_board) = self.friends.get_mut(&friend) else { return };
        on_board.friend.group = home;
        on_board.friend.memberships = Memberships::now(home, stints);
        on_board.stints = stints.into();
        for stint in stints {
            self.kindred.entry(stint.group).or_default().extend(stints.iter().map(|other| other.group));
        }
        for device in &on_board.devices {
            if let Some(reporter) = self.devices.get_mut(device) {
                reporter.group = home;
            }
        }
    }

    /// Puts together the regions that a friend can be in.
    pub(crate) fn mix(&mut self, friend: FriendId) {
        let Some(owner) = self.friends.get(&friend) else { return };
        let demo = owner.friend.demo;
        if matches!(&*owner.stints, [only] if only.is_always()) {
            self.mixed.remove(&friend);
            return;
        }
        let parts = owner.stints.iter().filter_map(|stint| {
            let atlas = self.atlases.get(&(stint.group, demo))?;
            Some((atlas, stint.since, stint.until))
        });
        let atlas = Atlas::bound(parts);
        self.mixed.insert(friend, atlas);
    }

    /// The same for all who are concerned by a change of a group's regions.
    pub(super) fn mix_again(&mut self, group: GroupId) {
        let concerned = self.mixed.keys().filter(|friend| {
            self.friends
                .get(friend)
                .is_some_and(|owner| owner.stints.iter().any(|stint| stint.group == group))
        });
        let concerned: Vec<FriendId> = concerned.copied().collect();
        for friend in concerned {
            self.mix(friend);
        }
    }

    /// The regions that a friend can be in: those of each group, as long as they are of it. Who is made up is only ever in what is made up,
    /// or a guest would learn of real places by them.
    pub(crate) fn atlas(&self, friend: FriendId) -> Atlas {
        let Some(owner) = self.friends.get(&friend) else { return Atlas::default() };
        let whole = || self.atlases.get(&(owner.friend.group, owner.friend.demo));
        self.mixed.get(&friend).or_else(whole).cloned().unwrap_or_default()
    }

    /// The group of a region that is there or was; of a place that only a phone knows, the home group of its friend.
    pub(crate) fn group_of(&self, region: RegionId, friend: FriendId) -> Option<GroupId> {
        let known = self.region(region).or_else(|| self.gone.get(&region)).map(|region| region.group);
        known.or_else(|| Some(self.friends.get(&friend)?.friend.group))
    }

    /// The regions that a device may know of by its friend's groups of now and of before, and that are of groups that a viewer is not of, or
    /// the friend no more. Those that are gone, too.
    pub(crate) fn foreign<'b>(
        &'b self,
        reporter: &Reporter,
        viewer: &Viewer,
    ) -> impl Iterator<Item = &'b Region> + use<'b> {
        let is_theirs = |owner: &OnBoard, group| viewer.is_of(group) && owner.friend.is_of(group);
        self.regions_of(self.groups_of(reporter, |owner, group| !is_theirs(owner, group)))
    }

    /// The same of all groups but the home group.
    pub(crate) fn beyond_home<'b>(
        &'b self,
        reporter: &Reporter,
    ) -> impl Iterator<Item = &'b Region> + use<'b> {
        self.regions_of(self.groups_of(reporter, |owner, group| owner.friend.group != group))
    }

    /// Those that are meant of the groups that a device's friend is or was of.
    fn groups_of(
        &self,
        reporter: &Reporter,
        is_meant: impl Fn(&OnBoard, GroupId) -> bool,
    ) -> BTreeSet<GroupId> {
        let Some(owner) = self.owner(reporter) else { return BTreeSet::new() };
        owner.stints.iter().map(|stint| stint.group).filter(|group| is_meant(owner, *group)).collect()
    }

    /// The regions of groups, gone ones too.
    fn regions_of(&self, groups: BTreeSet<GroupId>) -> impl Iterator<Item = &Region> {
        let gone = self.gone.values().filter({
            let groups = groups.clone();
            move |region| groups.contains(&region.group)
        });
        groups.into_iter().flat_map(|group| self.regions.get(&group).into_iter().flatten()).chain(gone)
    }
}
