//! Which regions phones are given, and which they mean: those of all groups of their friend.

use super::{Board, OnBoard, Reporter};
use domain::{
    Friend, GroupId, Region, RegionId,
    waypoint::{KeysOf, Meant, Waypoint},
};
use geodesy::Circle;
use std::collections::BTreeSet;

impl Board {
    /// Whose a device is.
    pub(crate) fn owner(&self, reporter: &Reporter) -> Option<&OnBoard> {
        self.friends.get(&reporter.device.friend)
    }

    /// The regions of somebody's groups that their phones are given, as far as they may know of them.
    pub(crate) fn regions_for_phones<'b>(&'b self, owner: &'b Friend) -> impl Iterator<Item = &'b Region> {
        let of_group = |group| self.for_phones.get(&group).into_iter().flatten();
        owner.memberships.groups().flat_map(of_group).filter_map(|id| self.region(*id))
    }

    /// How many that are at the most.
    pub(crate) fn count_for_phones(&self, reporter: &Reporter) -> usize {
        let owner = self.owner(reporter).into_iter();
        let groups = owner.flat_map(|owner| owner.friend.memberships.groups());
        groups.map(|group| self.for_phones.get(&group).map_or(0, BTreeSet::len)).sum()
    }

    /// What the phones of a friend may call the regions of their groups.
    pub(crate) fn keys_of<'b>(&'b self, owner: &'b Friend) -> KeysOf<'b> {
        self.keys.of(&owner.memberships)
    }

    /// The circle as which phones watch a region; `None` for what is too wide.
    pub(crate) fn circle_on_phones(&self, region: RegionId) -> Option<&Circle> {
        self.keys.circle_on_phones(region)
    }

    /// Whether a phone would take a region that is to be made for another.
    pub(crate) fn is_mistakable(&self, region: RegionId) -> bool {
        self.keys.is_taken(region)
    }

    /// Whether the owner of a phone may know of a region.
    pub(crate) fn may_know(&self, reporter: &Reporter, region: &Region) -> bool {
        self.owner(reporter).is_some_and(|owner| owner.viewer().may_see_region(region))
    }

    /// The region that a phone means: by the keys that it was given, or by a name of what its owner may know of.
    pub(crate) fn meant(&self, reporter: &Reporter, meant: Meant<'_>) -> Option<RegionId> {
        let knows = |id| self.region(id).is_some_and(|region| self.may_know(reporter, region));
        self.keys_of(&self.owner(reporter)?.friend).meant(meant, knows)
    }

    /// The region that is the same place as one that somebody drew on a phone, of their home group before others.
    pub(crate) fn region_at(&self, reporter: &Reporter, own: &Waypoint) -> Option<RegionId> {
        let mut groups = self.owner(reporter)?.friend.memberships.groups();
        groups.find_map(|group| self.region_of_group_at(group, reporter, own))
    }

    /// The same of one group; of several regions the nearest. Only of what the owner may know: else one could look for the others with a
    /// circle.
    pub(crate) fn region_of_group_at(
        &self,
        group: GroupId,
        reporter: &Reporter,
        own: &Waypoint,
    ) -> Option<RegionId> {
        let middle = own.circle()?.centre();
        let same = self.regions.get(&group)?.iter();
        let same = same.filter(|region| own.is_at(region) && self.may_know(reporter, region));
        let far = |region: &Region| region.area.signed_distance_m(middle).abs();
        same.min_by(|a, b| far(a).total_cmp(&far(b)).then(a.id.cmp(&b.id))).map(|region| region.id)
    }

    /// The regions of a friend's groups, gone ones too, that do not always tell everybody.
    pub(crate) fn guarded_near<'b>(&'b self, reporter: &Reporter) -> impl Iterator<Item = &'b Region> + 'b {
        let groups = self.owner(reporter).into_iter().flat_map(|owner| owner.friend.memberships.groups());
        groups.flat_map(|group| self.guarded(group))
    }
}
