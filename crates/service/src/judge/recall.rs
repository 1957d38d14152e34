//! What the judge must look up before it can judge a batch: for what came late, and for friends with several devices.
//!
//! The judge looks nothing up. It says what it lacks, and is asked again with that; in the ordinary case it lacks nothing.

use super::past::Past;
use crate::board::Board;
use domain::{DeviceId, FriendId, RegionId, Timestamp};
use std::collections::{HashMap, hash_map::Entry};
use store::{Kin, KinQuery, PastQuery};

/// To how many checkpoints behind a late piece of evidence it is looked first: mostly one of them is as it was.
const CHECKPOINTS: u32 = 4;

/// What was looked up.
#[derive(Default)]
pub(crate) struct Recall {
    pub(super) pasts: HashMap<DeviceId, (PastQuery, Past)>,
    pub(super) kin: HashMap<(FriendId, RegionId), (Timestamp, Kin)>,
}

/// What a batch could not be judged without.
#[derive(Default)]
pub(crate) struct Lacks {
    pasts: HashMap<DeviceId, (Timestamp, Timestamp, bool)>,
    kin: HashMap<(FriendId, RegionId), Timestamp>,
}

impl Lacks {
    pub(super) fn is_empty(&self) -> bool {
        self.pasts.is_empty() && self.kin.is_empty()
    }

    /// The past of a device round a time.
    pub(super) fn past(&mut self, device: DeviceId, at: Timestamp) {
        let (from, to, _) = self.pasts.entry(device).or_insert((at, at, false));
        (*from, *to) = (at.min(*from), at.max(*to));
    }

    /// More of it: it did not become again what it was.
    pub(super) fn more_past(&mut self, device: DeviceId, at: Timestamp) {
        self.past(device, at);
        if let Some((.., more)) = self.pasts.get_mut(&device) {
            *more = true;
        }
    }

    /// What a friend's devices made of a region from a time on.
    pub(super) fn kin(&mut self, friend: FriendId, region: RegionId, from: Timestamp) {
        let known = self.kin.entry((friend, region)).or_insert(from);
        *known = from.min(*known);
    }

    /// What to look up, together with what was looked up before.
    pub(crate) fn queries(self, recall: &Recall, board: &Board) -> (Vec<PastQuery>, Vec<KinQuery>) {
        let pasts =
            self.pasts.into_iter().map(|(device, (from, to, more))| match recall.pasts.get(&device) {
                None => PastQuery { device, from, to, checkpoints: CHECKPOINTS },
                Some((asked, _)) => PastQuery {
                    device,
                    from: from.min(asked.from),
                    to: to.max(asked.to),
                    checkpoints: asked.checkpoints.saturating_mul(if more { 4 } else { 1 }),
                },
            });
        let kin = self.kin.into_iter().map(|((friend, region), from)| {
            let devices = board.friends.get(&friend).map(|owner| owner.devices.clone()).unwrap_or_default();
            KinQuery { friend, devices, region, from }
        });
        (pasts.collect(), kin.collect())
    }
}

impl Recall {
    /// Takes up a part of a device's past; `None` when nothing of it is kept.
    pub(crate) fn take_past(&mut self, query: PastQuery, past: Option<store::Past>) {
        self.pasts.insert(query.device, (query, Past::new(query.device, past)));
    }

    /// Takes up what a friend's devices made of a region.
    pub(crate) fn take_kin(&mut self, query: &KinQuery, kin: Kin) {
        match self.kin.entry((query.friend, query.region)) {
            Entry::Occupied(mut known) => *known.get_mut() = (query.from, kin),
            Entry::Vacant(place) => {
                place.insert((query.from, kin));
            }
        }
    }
}
