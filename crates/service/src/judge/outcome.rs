//! Everything is heard: what to store, to publish and to remember.

use super::{Bench, Judgement};
use crate::{
    board::{Board, OnBoard},
    hub::Changes,
    phone,
};
use domain::{DeviceId, Friend, FriendId, GroupId, SensorId, Spot, live::Change};
use std::collections::{BTreeSet, HashMap, HashSet};
use store::{Superseded, Turn};

impl<'a> Bench<'a> {
    /// Sums up.
    pub(super) fn rise(mut self) -> Judgement {
        let mut changes: HashMap<GroupId, Changes> = HashMap::new();
        let mut tell = |group: GroupId, demo: bool, change: Change| {
            let seq = self.board.seqs.get(&group).copied().unwrap_or_default().next();
            changes
                .entry(group)
                .or_insert_with(|| Changes { group, seq, news: Vec::new() })
                .news
                .push((demo, change));
        };
        let mut touched: HashSet<FriendId> = HashSet::new();
        for (device, seen) in &self.seen {
            let Some(owner) = self.owner(*device) else { continue };
            for spot in seen.spot.iter().filter(|_| seen.moved) {
                tell_of(&mut tell, &owner.friend, &Change::Moved(*device, spot.clone()));
            }
            for at in seen.lost_at.iter().filter(|_| seen.newly_lost) {
                tell_of(&mut tell, &owner.friend, &Change::Lost(*device, *at));
            }
        }
        let ids: HashSet<DeviceId> = self.judged.keys().chain(self.seen.keys()).copied().collect();
        for device in ids {
            let Some(owner) = self.owner(device) else { continue };
            let Some(reporter) = self.board.devices.get(&device) else { continue };
            let judged =
                self.judged.get(&device).or_else(|| self.memory.get(&device)).cloned().unwrap_or_default();
            let (spot, lost_at, rhythm) = match self.seen.get(&device) {
                Some(seen) => (seen.spot.clone(), seen.lost_at, seen.rhythm.clone()),
                None => (reporter.spot.clone(), reporter.lost_at, reporter.rhythm.clone()),
            };
            // When it is expected follows from its rhythm.
            let spot = spot.map(|spot| Spot { expected: None, ..spot });
            self.batch.states.push(store::DeviceState { device, judged, spot, lost_at, rhythm });
            if touched.insert(owner.friend.id) {
                let state_of = |id: &DeviceId| self.judged.get(id).or_else(|| self.memory.get(id));
                let stays = self.board.stays(owner, state_of, &self.settings.policy);
                if stays != owner.stays {
                    tell_of(&mut tell, &owner.friend, &Change::Stays(owner.friend.id, stays));
                }
            }
        }
        for card in &self.batch.cards {
            if let Some(owner) = self.board.friends.get(&card.friend) {
                let change = Change::Card(card.friend, phone::card_for_page(card));
                tell_of(&mut tell, &owner.friend, &change);
            }
        }
        let observed: BTreeSet<SensorId> = self.batch.observations.iter().map(|new| new.sensor).collect();
        for sensor in observed.into_iter().filter_map(|id| self.board.sensor(id)) {
            tell(sensor.group, false, Change::Sensor(sensor.id));
        }
        // What the history makes of them is told when it is known; their place in the order is taken here.
        for (group, _) in self.turns.iter().filter_map(|turn| whose(self.board, turn)) {
            changes.entry(group).or_insert_with(|| Changes {
                group,
                seq: self.board.seqs.get(&group).copied().unwrap_or_default().next(),
                news: Vec::new(),
            });
        }
        self.batch.turns = self.turns;
        self.batch.seqs = changes.values().map(|changes| (changes.group, changes.seq)).collect();
        Judgement { batch: self.batch, changes, judged: self.judged }
    }

    fn owner(&self, device: DeviceId) -> Option<&'a OnBoard> {
        let reporter = self.board.devices.get(&device)?;
        self.board.friends.get(&reporter.device.friend)
    }
}

/// News of a friend is told to each of their groups; whoever is of several hears it once (`Viewer::hears_of`).
fn tell_of(tell: &mut impl FnMut(GroupId, bool, Change), friend: &Friend, change: &Change) {
    for group in friend.memberships.groups() {
        tell(group, friend.demo, change.clone());
    }
}

/// What viewers are told of turns of the history that were carried out.
pub(crate) fn news_of(board: &Board, turns: &[Turn], changes: &mut HashMap<GroupId, Changes>) {
    for turn in turns {
        let Some((group, demo)) = whose(board, turn) else { continue };
        let change = match turn {
            Turn::Learn(new) => Change::Crossed(new.transition.clone()),
            Turn::Supersede(Superseded { id: Some(id), friend, region, at, superseded_at, .. }) => {
                let (id, friend, region) = (*id, *friend, *region);
                Change::Superseded { id, friend, region, at: *at, superseded_at: *superseded_at }
            }
            Turn::Supersede(_) | Turn::Review(..) | Turn::Amend(_) => continue,
        };
        if let Some(changes) = changes.get_mut(&group) {
            changes.news.push((demo, change));
        }
    }
}

/// Whose news a turn is, and whether they are made up; `None` when it is none.
fn whose(board: &Board, turn: &Turn) -> Option<(GroupId, bool)> {
    match turn {
        Turn::Learn(new) => Some((new.group, new.demo)),
        Turn::Supersede(superseded) => {
            let owner = &board.friends.get(&superseded.friend)?.friend;
            Some((board.group_of(superseded.region, owner.id)?, owner.demo))
        }
        Turn::Review(..) | Turn::Amend(_) => None,
    }
}
