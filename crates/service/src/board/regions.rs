//! The regions, in every order in which somebody looks for one; also those that are no more.

use super::Board;
use crate::id;
use domain::{Audience, GroupId, Region, RegionId, Timestamp, waypoint};

impl Board {
    /// The regions of every group.
    pub(crate) fn all_regions(&self) -> impl Iterator<Item = &Region> {
        self.regions.values().flatten()
    }

    /// The region with this identifier.
    pub(crate) fn region(&self, id: RegionId) -> Option<&Region> {
        self.by_id.get(&id)
    }

    /// When a change of a region counts as made: never before the last one, whatever the clock says.
    pub(crate) fn change_time(&self, group: GroupId, region: RegionId, at: Timestamp) -> Timestamp {
        let last = self.atlases.get(&(group, false)).and_then(|atlas| atlas.last_change(region));
        last.map_or(at, |last| at.max(last.plus_millis(1)))
    }

    /// Takes up a region, new or changed.
    pub(crate) fn put_region(&mut self, region: Region) {
        self.keys.put(&region);
        for demo in [false, true] {
            if region.demo || !demo {
                self.atlases.entry((region.group, demo)).or_default().put(region.clone());
            }
        }
        self.guard(&region);
        self.mix_again(region.group);
        let for_phones = self.for_phones.entry(region.group).or_default();
        if region.details.to_phones && !region.demo {
            for_phones.insert(region.id);
        } else {
            for_phones.remove(&region.id);
        }
        self.by_id.insert(region.id, region.clone());
        let order = |region: &Region| (region.name.as_str().to_lowercase(), region.id);
        let regions = self.regions.entry(region.group).or_default();
        regions.retain(|known| known.id != region.id);
        let own = order(&region);
        let place = regions.partition_point(|known| order(known) < own);
        regions.insert(place, region);
    }

    /// Forgets a region, but for its history.
    pub(super) fn drop_region(&mut self, region: RegionId) {
        self.by_id.remove(&region);
        for regions in self.regions.values_mut() {
            let gone = regions.extract_if(.., |known| known.id == region);
            self.gone.extend(gone.map(|region| (region.id, region)));
        }
        self.keys.remove(region);
        for for_phones in self.for_phones.values_mut() {
            for_phones.remove(&region);
        }
    }

    /// Notes when a region was removed: what was taken before is judged by it all the same.
    pub(crate) fn end_region(&mut self, group: GroupId, region: RegionId, at: Timestamp) {
        for demo in [false, true] {
            if let Some(atlas) = self.atlases.get_mut(&(group, demo)) {
                atlas.remove(region, at);
            }
        }
        self.mix_again(group);
    }

    /// Takes up regions that are no more, as they were last.
    pub(crate) fn remember_gone(&mut self, gone: Vec<Region>) {
        for region in gone {
            self.guard(&region);
            self.gone.insert(region.id, region);
        }
    }

    /// The regions of a group, gone ones too, that do not always tell everybody.
    pub(super) fn guarded(&self, group: GroupId) -> impl Iterator<Item = &Region> {
        let ids = self.guarded.get(&group).into_iter().flatten();
        ids.filter_map(|id| self.region(*id).or_else(|| self.gone.get(id)))
    }

    /// The same for all groups.
    pub(crate) fn all_guarded(&self) -> impl Iterator<Item = &Region> {
        self.guarded.keys().flat_map(|group| self.guarded(*group))
    }

    /// The regions that are called like a place that only a phone knows, and are not for everybody.
    pub(crate) fn called_like(&self, place: RegionId) -> impl Iterator<Item = &Region> {
        let ids = self.words.get(&place).into_iter().flatten();
        ids.filter_map(|id| self.region(*id).or_else(|| self.gone.get(id)))
    }

    /// All such places.
    pub(crate) fn words(&self) -> impl Iterator<Item = RegionId> {
        self.words.keys().copied()
    }

    fn guard(&mut self, region: &Region) {
        for same in self.words.values_mut() {
            same.remove(&region.id);
        }
        if region.details.audience != Audience::Group {
            let names = [region.name.as_str().to_owned(), waypoint::plain(region.name.as_str())];
            let kindred = self.kindred.get(&region.group).into_iter().flatten().copied();
            for group in kindred.chain([region.group]) {
                for name in &names {
                    let word = id::of_phone_place(group, name);
                    self.words.entry(word).or_default().insert(region.id);
                }
            }
        }
        self.words.retain(|_, same| !same.is_empty());
        let guarded = self.guarded.entry(region.group).or_default();
        if region.details.audience == Audience::Group && region.details.schedule.is_none() {
            guarded.remove(&region.id);
        } else {
            guarded.insert(region.id);
        }
    }
}
