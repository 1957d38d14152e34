//! What the machine knows of one device. Small, and complete: with it and the next evidence, every verdict can be given.

use super::{
    Evidence, Policy, Side,
    memory::{Position, Recent, Seen},
};
use crate::{EvidenceNote, Region, RegionId, Stay, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the machine knows of one device. The default is a device never seen.
///
/// Regions the device is surely outside of take no room: a region without an entry is *outside* if it had its present shape
/// when the last believed fix arrived, or was surveyed since, and *unknown* otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceState {
    /// Time of the newest evidence judged, by the phone's clock.
    pub(super) judged_at: Option<Timestamp>,
    /// What was judged with exactly that time, to know it again.
    pub(super) judged: Vec<Seen>,
    /// When the last believed fix arrived, by the *server's* clock: no region that has not changed since is new.
    pub(super) surveyed_at: Option<Timestamp>,
    /// Regions that have changed since and were judged one by one, and the change that was judged.
    pub(super) surveyed: BTreeMap<RegionId, Timestamp>,
    /// The last position that was believed.
    pub(super) believed: Option<Position>,
    /// The newest position that was not; a second one that agrees with it overrules `believed`.
    pub(super) suspect: Option<Position>,
    /// Never holds [`RegionState::Outside`].
    pub(super) regions: BTreeMap<RegionId, RegionState>,
    /// Crossings young enough for the other witness to speak up, oldest first.
    pub(super) recent: Vec<Recent>,
}

/// Where a device stands with one region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegionState {
    /// No verdict yet.
    Unknown {
        /// When it first was maybe inside, if it was.
        maybe_since: Option<Timestamp>,
    },
    /// Outside.
    Outside,
    /// Outside, but maybe just entering.
    Entering {
        /// The first sign of it.
        first: EvidenceNote,
    },
    /// Inside.
    Inside {
        /// Since when.
        since: Timestamp,
        /// How that began.
        start: Start,
    },
    /// Inside, but maybe just leaving.
    Leaving {
        /// Inside since when.
        inside_since: Timestamp,
        /// How that began.
        start: Start,
        /// The first sign of leaving.
        first: EvidenceNote,
    },
}

/// How being inside began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// It was seen to enter.
    Entered,
    /// It was inside already when it was first seen.
    Found,
}

impl DeviceState {
    /// Time of the newest evidence judged, by the phone's clock; `None` for a device never seen.
    pub fn judged_at(&self) -> Option<Timestamp> {
        self.judged_at
    }

    /// The regions the device is in, in the order of their identifiers, and since when. One it is maybe just leaving counts;
    /// one it is maybe just entering does not.
    pub fn stays(&self) -> impl Iterator<Item = Stay> + '_ {
        let inside = |(region, state): (&RegionId, &RegionState)| {
            state.inside_since().map(|since| Stay { region: *region, since })
        };
        self.regions.iter().filter_map(inside)
    }

    /// Where the device stands with a region, as far as that is noted. `None` for a region it is surely outside of, or which
    /// is new to it.
    pub fn region(&self, region: RegionId) -> Option<&RegionState> {
        self.regions.get(&region)
    }

    /// The same, after a region was made or got another shape: what the last believed position says about it, silently.
    ///
    /// A device that was inside stays inside unless that position is surely out of the new shape. [`step`](super::step) does
    /// this by itself for every region changed since the last believed fix arrived; asking for it early only shows the
    /// result before the next fix.
    #[must_use]
    pub fn survey(mut self, region: &Region, policy: &Policy) -> Self {
        if let Some(believed) = self.believed {
            let before = self.regions.remove(&region.id);
            let after = self.surveyed_standing(before, region, Some(believed), policy);
            self.settle(region, after);
        }
        self
    }

    /// The same, without a region that no longer exists.
    #[must_use]
    pub fn forget(mut self, region: RegionId) -> Self {
        self.regions.remove(&region);
        self.surveyed.remove(&region);
        self.recent.retain(|recent| recent.region != region);
        self
    }

    /// Whether what is known of a region, or that nothing is noted of it, holds for its present shape.
    pub(super) fn is_current(&self, region: &Region) -> bool {
        self.surveyed_at >= Some(region.changed_at)
            || self.surveyed.get(&region.id) >= Some(&region.changed_at)
    }

    /// Takes out where the device stands with a region, before new evidence is judged. `believed` is the last position
    /// before that evidence.
    pub(super) fn standing(
        &mut self,
        region: &Region,
        believed: Option<Position>,
        policy: &Policy,
    ) -> RegionState {
        let before = self.regions.remove(&region.id);
        if self.is_current(region) {
            before.unwrap_or(RegionState::Outside)
        } else {
            self.surveyed_standing(before, region, believed, policy)
        }
    }

    /// Puts back where the device stands with a region, judged in its present shape.
    pub(super) fn settle(&mut self, region: &Region, after: RegionState) {
        self.mark_surveyed(region);
        if after != RegionState::Outside {
            self.regions.insert(region.id, after);
        }
    }

    /// Notes that a region was judged in its present shape.
    pub(super) fn mark_surveyed(&mut self, region: &Region) {
        if self.surveyed_at < Some(region.changed_at) {
            self.surveyed.insert(region.id, region.changed_at);
        }
    }

    /// Notes that every region was judged by a fix that arrived at this time, and what is left of it.
    pub(super) fn finish_survey(&mut self, received_at: Timestamp, regions: BTreeMap<RegionId, RegionState>) {
        self.regions = regions;
        self.surveyed_at = self.surveyed_at.max(Some(received_at));
        self.surveyed.retain(|_, changed_at| Some(*changed_at) > self.surveyed_at);
    }

    fn surveyed_standing(
        &self,
        before: Option<RegionState>,
        region: &Region,
        believed: Option<Position>,
        policy: &Policy,
    ) -> RegionState {
        use RegionState::{Entering, Inside, Leaving, Outside, Unknown};

        let unknown = Unknown { maybe_since: None };
        let crossed_at = self.recent.iter().rev().find(|recent| recent.region == region.id);
        let crossed_at = crossed_at.map(|recent| recent.decided_at);
        let Some(believed) = believed.filter(|believed| crossed_at <= Some(believed.at)) else {
            // Nothing is known that is newer than what is noted.
            let outside = if crossed_at.is_some() { Outside } else { unknown };
            return before.unwrap_or(outside);
        };
        let (side, _) = Side::of(&region.area, believed.point, Some(believed.accuracy_m), policy);
        match (before, side) {
            (Some(Inside { since, .. }), Side::Out | Side::FarOut) if believed.at >= since => Outside,
            (Some(before @ (Inside { .. } | Leaving { .. })), _) => before,
            (_, Side::In) => Inside { since: believed.at, start: Start::Found },
            (_, Side::Out | Side::FarOut) => Outside,
            (Some(before @ (Entering { .. } | Unknown { maybe_since: Some(_) })), _) => before,
            (_, Side::MaybeIn) => Unknown { maybe_since: Some(believed.at) },
            (_, Side::MaybeOut) => unknown,
        }
    }

    /// Whether this very evidence was the newest judged.
    pub(super) fn has_judged(&self, evidence: &Evidence<'_>) -> bool {
        self.judged_at == Some(evidence.at()) && self.judged.iter().any(|seen| seen.is(evidence))
    }

    /// Remembers evidence that is not older than any before.
    pub(super) fn remember(&mut self, evidence: &Evidence<'_>) {
        /// How much evidence of one and the same moment is known again; more has never made sense.
        const MOST: usize = 32;
        if self.judged_at != Some(evidence.at()) {
            self.judged.clear();
            self.judged_at = Some(evidence.at());
        } else if self.judged.len() >= MOST {
            self.judged.remove(0);
        }
        self.judged.push(Seen::from(evidence));
    }

    /// Forgets crossings too old for another witness.
    pub(super) fn forget_old_crossings(&mut self, policy: &Policy) {
        if let Some(now) = self.judged_at {
            self.recent.retain(|recent| now.millis_since(recent.decided_at) <= policy.agree_ms);
        }
    }

    /// The last crossing of a region, if it is recent.
    pub(super) fn last_crossing(&mut self, region: RegionId) -> Option<&mut Recent> {
        self.recent.iter_mut().rev().find(|recent| recent.region == region)
    }

    /// Whether anything but being outside is noted of a region.
    pub(super) fn has_to_do_with(&self, region: RegionId) -> bool {
        self.regions.contains_key(&region) || self.recent.iter().any(|recent| recent.region == region)
    }
}

impl RegionState {
    /// Since when the device is inside; `None` if it is not known to be.
    pub fn inside_since(&self) -> Option<Timestamp> {
        match self {
            Self::Unknown { .. } | Self::Outside | Self::Entering { .. } => None,
            Self::Inside { since, .. } => Some(*since),
            Self::Leaving { inside_since, .. } => Some(*inside_since),
        }
    }
}
