//! Which regions phones are given, and which they mean.

use super::{Board, Reporter};
use domain::{
    GroupId, Region, RegionId,
    waypoint::{Meant, RegionKeys, Waypoint},
};
use std::collections::BTreeSet;

impl Board {
    /// The regions of a group that its phones are given.
    pub(crate) fn regions_for_phones(&self, group: GroupId) -> impl Iterator<Item = &Region> {
        self.for_phones.get(&group).into_iter().flatten().filter_map(|id| self.region(*id))
    }

    /// How many that are.
    pub(crate) fn count_for_phones(&self, group: GroupId) -> usize {
        self.for_phones.get(&group).map_or(0, BTreeSet::len)
    }

    /// What phones of a group may call its regions.
    pub(crate) fn keys(&self, group: GroupId) -> Option<&RegionKeys> {
        self.keys.get(&group)
    }

    /// Whether a phone would take a region that is to be made for another.
    pub(crate) fn is_mistakable(&self, region: RegionId) -> bool {
        self.keys.values().any(|keys| keys.is_taken(region))
    }

    /// Whether the owner of a phone may know of a region.
    pub(crate) fn may_know(&self, reporter: &Reporter, region: &Region) -> bool {
        self.friends.get(&reporter.device.friend).is_some_and(|owner| owner.viewer().may_see_region(region))
    }

    /// The region that a phone means: by the keys that it was given, or by a name of what its owner may know of.
    pub(crate) fn meant(&self, reporter: &Reporter, meant: Meant<'_>) -> Option<RegionId> {
        let knows = |id| self.region(id).is_some_and(|region| self.may_know(reporter, region));
        self.keys.get(&reporter.group)?.meant(meant, knows)
    }

    /// The region of a group that is the same place as one that somebody drew on a phone; of several the nearest. Only of what its owner
    /// may know: else one could look for the others with a circle.
    pub(crate) fn region_at(&self, reporter: &Reporter, own: &Waypoint) -> Option<RegionId> {
        let middle = own.circle()?.centre();
        let same = self.regions.get(&reporter.group)?.iter();
        let same = same.filter(|region| own.is_at(region) && self.may_know(reporter, region));
        let far = |region: &Region| region.area.signed_distance_m(middle).abs();
        same.min_by(|a, b| far(a).total_cmp(&far(b)).then(a.id.cmp(&b.id))).map(|region| region.id)
    }
}
