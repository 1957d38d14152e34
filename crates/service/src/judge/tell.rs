//! What goes into the history of a friend when the log of one of their devices changes.

use super::{
    Bench,
    kin::{self, Word},
};
use crate::{board::Reporter, id};
use domain::{
    DeviceId, GroupId, Kind, RegionId, Timestamp, Transition, TransitionId,
    geofence::{self, Atlas},
};
use std::collections::BTreeMap;
use store::{LogEntry, NewTransition, Superseded, Turn};

impl Bench<'_> {
    /// Says of a friend what a change of one of their devices' logs comes to.
    pub(super) fn tell(
        &mut self,
        reporter: &Reporter,
        changes: Vec<kin::Change>,
        atlas: &Atlas,
        learnt_at: Timestamp,
    ) {
        let (device, friend) = (reporter.device.id, reporter.device.friend);
        let alone = self
            .board
            .friends
            .get(&friend)
            .is_none_or(|owner| owner.devices.len() <= 1 && owner.counting.is_empty());
        let mut by_region: BTreeMap<RegionId, Vec<kin::Change>> = BTreeMap::new();
        for change in changes {
            if alone {
                self.say_alone(reporter, change, atlas, learnt_at);
            } else {
                by_region.entry(change.region()).or_default().push(change);
            }
        }
        for (region, changes) in by_region {
            let from = changes.iter().map(kin::Change::at).min().unwrap_or(learnt_at);
            let Some((known_from, kin)) = self.kin.get_mut(&(friend, region)) else {
                self.lacks.kin(friend, region, from);
                continue;
            };
            if let Some(from) = kin.lacks_from().or_else(|| (from < *known_from).then_some(from)) {
                self.lacks.kin(friend, region, from);
                continue;
            }
            for word in kin.take(device, changes) {
                self.say(reporter, &word, atlas, learnt_at);
            }
        }
    }

    /// The log of an only device is what is said of its friend.
    fn say_alone(&mut self, reporter: &Reporter, change: kin::Change, atlas: &Atlas, learnt_at: Timestamp) {
        let device = reporter.device.id;
        match change {
            kin::Change::Add(entry) if entry.silent => {}
            kin::Change::Amend(entry) if entry.silent => {}
            kin::Change::Add(entry) => self.say(reporter, &Word::Learn(entry), atlas, learnt_at),
            kin::Change::Amend(entry) => self.say(reporter, &Word::Amend(entry), atlas, learnt_at),
            kin::Change::Remove(region, kind, at) => {
                self.supersede(reporter, device, (region, kind, at), learnt_at);
            }
            kin::Change::Review(region, kind, at, witness) => {
                self.correct(device, (region, kind, at), |known| known.witness = witness);
                let review = geofence::Review { region, kind, at, witness };
                self.turns.push(Turn::Review(device, review));
            }
        }
    }

    fn say(&mut self, reporter: &Reporter, word: &Word, atlas: &Atlas, learnt_at: Timestamp) {
        let (Word::Learn(entry) | Word::Amend(entry) | Word::Supersede(entry)) = word;
        if let Word::Supersede(LogEntry { device, region, kind, at, .. }) = &word {
            self.supersede(reporter, *device, (*region, *kind, *at), learnt_at);
            return;
        }
        let drawn = atlas.at(entry.region, entry.at).or_else(|| atlas.at(entry.region, entry.decided_at));
        let Some(drawn) = drawn else { return };
        let transition = Transition {
            id: TransitionId::new(id::new(learnt_at)),
            friend: reporter.device.friend,
            device: entry.device,
            region: entry.region,
            region_name: drawn.name.to_string(),
            kind: entry.kind,
            at: entry.at,
            decided_at: entry.decided_at,
            learnt_at,
            witness: kin::witness(entry),
            evidence: entry.evidence.clone(),
            stay_ms: entry.stay_ms,
            superseded_at: None,
        };
        if let Word::Learn(_) = word {
            self.file(reporter, drawn.group, transition);
            return;
        }
        let key = (transition.region, transition.kind, transition.at);
        self.correct(transition.device, key, |known| {
            *known = Transition { id: known.id, learnt_at: known.learnt_at, ..transition.clone() };
        });
        self.turns.push(Turn::Amend(transition));
    }

    fn supersede(
        &mut self,
        reporter: &Reporter,
        device: DeviceId,
        (region, kind, at): (RegionId, Kind, Timestamp),
        superseded_at: Timestamp,
    ) {
        let friend = reporter.device.friend;
        let superseded = Superseded { friend, device, region, kind, at, superseded_at, id: None };
        self.turns.push(Turn::Supersede(superseded));
    }

    /// Puts right what this batch already says, so that it is published as it is stored.
    fn correct(
        &mut self,
        device: DeviceId,
        key: (RegionId, Kind, Timestamp),
        put_right: impl Fn(&mut Transition),
    ) {
        let last = self.turns.iter_mut().rev().find_map(|turn| match turn {
            Turn::Learn(new) => {
                let known = &mut new.transition;
                let is_it = known.device == device && (known.region, known.kind, known.at) == key;
                is_it.then_some(known)
            }
            Turn::Review(..) | Turn::Amend(_) | Turn::Supersede(_) => None,
        });
        if let Some(known) = last {
            put_right(known);
        }
    }

    /// Puts an entry into the history of a group.
    pub(super) fn file(&mut self, reporter: &Reporter, group: GroupId, transition: Transition) {
        let demo = self.board.is_demo(&reporter.device);
        self.turns.push(Turn::Learn(NewTransition { transition, group, demo }));
    }
}
