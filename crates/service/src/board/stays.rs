//! Where somebody is, by those of their devices that count.

use super::{Board, OnBoard};
use domain::{
    Apart, DeviceId, RegionId, Stay, Timestamp,
    geofence::{DeviceState, Policy},
};
use std::collections::BTreeMap;

impl Board {
    /// Where somebody is by those of their devices that count: in a region, of those there are now, while any of them is, since the
    /// first of them came. Smallest region first.
    pub(crate) fn stays<'s>(
        &self,
        owner: &OnBoard,
        state_of: impl Fn(&DeviceId) -> Option<&'s DeviceState>,
        policy: &Policy,
    ) -> Vec<Stay> {
        let demo = owner.friend.demo;
        let atlas = self.atlas(owner.friend.id);
        let counted = owner.devices.iter().filter(|id| owner.counting.counts_now(**id));
        let known = counted.filter_map(|id| Some((*id, state_of(id)?)));
        let known: Vec<(DeviceId, DeviceState)> =
            known.map(|(id, state)| (id, state.clone().as_of(Timestamp::MAX, &atlas, policy))).collect();
        let mut there: BTreeMap<RegionId, (Timestamp, Vec<DeviceId>)> = BTreeMap::new();
        for (id, stay) in known.iter().flat_map(|(id, state)| state.stays().map(move |stay| (*id, stay))) {
            let (since, devices) = there.entry(stay.region).or_insert((stay.since, Vec::new()));
            *since = stay.since.min(*since);
            devices.push(id);
        }
        let sized = |(region, (since, there))| {
            let drawn = self.region(region).filter(|drawn| drawn.demo || !demo)?;
            // Of a group that they left they may be remembered in a region until their next report.
            owner.friend.is_of(drawn.group).then_some(())?;
            Some((
                drawn.area.size_m2(),
                Stay { apart: apart(&known, region, there), ..Stay::new(region, since) },
            ))
        };
        let mut stays: Vec<(f64, Stay)> = there.into_iter().filter_map(sized).collect();
        stays.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        stays.into_iter().map(|(_, stay)| stay).collect()
    }
}

/// How those of somebody's devices that are not in a region speak against those that are.
fn apart(known: &[(DeviceId, DeviceState)], region: RegionId, there: Vec<DeviceId>) -> Option<Apart> {
    if there.len() == known.len() {
        return None;
    }
    let moved = |state: &DeviceState| state.moved_at();
    let elsewhere = known.iter().filter(|(_, state)| state.is_surely_outside(region));
    let elsewhere = elsewhere.max_by_key(|(id, state)| (moved(state), *id));
    let last_there = known.iter().filter(|(id, _)| there.contains(id)).map(|(_, state)| moved(state)).max();
    let moved_since = elsewhere.is_some_and(|(_, state)| moved(state) > last_there.flatten());
    Some(Apart { there, elsewhere: elsewhere.map(|(id, _)| *id), moved_since })
}
