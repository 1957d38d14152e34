//! What the machine knows of one device. Small, and complete: with it and the next evidence, every verdict can be given.

use super::{
    Atlas, Evidence, Policy, Side,
    atlas::When,
    memory::{Position, Recent, Seen, to_decimals},
    track::Track,
};
use crate::{EvidenceNote, Region, RegionId, Source, Stay, Timestamp, Witness};
use geodesy::Point;
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, collections::BTreeMap};

/// What the machine knows of one device. The default is a device never seen.
///
/// Regions the device is surely outside of take no room: a region without an entry is *outside*, unless it is new since the
/// last evidence, or nothing was ever believed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceState {
    /// The newest evidence judged.
    pub(super) judged: Option<Seen>,
    /// When the last of what was judged arrived, by the *server's* clock: no region drawn before is new.
    pub(super) known_at: Option<Timestamp>,
    /// The last position that was believed.
    pub(super) believed: Option<Position>,
    /// The first of the fixes at exactly the place that the newest shows.
    pub(super) shown: Option<Position>,
    /// Where it is believed to be by all of them.
    pub(super) track: Track,
    /// The newest position that was not; a second one that agrees with it overrules `believed`.
    pub(super) suspect: Option<Position>,
    /// Holds [`RegionState::Outside`] only while nothing is believed.
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

/// How a device stands with a region, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether it counts as inside.
    pub inside: bool,
    /// For one inside: since when.
    pub since: Option<Timestamp>,
    /// How sure that is, as of the last evidence.
    pub certainty: Certainty,
    /// When it was last seen where it is believed to be.
    pub seen_at: Timestamp,
    /// What speaks for it and, if it is doubtful, against it; oldest first.
    pub why: Vec<EvidenceNote>,
}

/// How sure a standing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Something newer speaks against it, and does not suffice yet.
    Doubtful,
    /// By the middle of the fixes, but not by all that they may be off.
    Likely,
    /// As far as fixes are exact.
    Sure,
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
        self.judged.as_ref().map(Seen::at)
    }

    /// Nothing is known of the device but that what is older than this moment is not judged any more; `known_at` by the server's clock.
    #[must_use]
    pub fn blank(at: Timestamp, known_at: Timestamp) -> Self {
        // A moment without a place: nobody is at 0° 0°.
        let nowhere = Point::new(0.0, 0.0).ok();
        let judged = nowhere.map(|nowhere| Seen::Fix(at, nowhere));
        Self { judged, known_at: Some(known_at), ..Self::default() }
    }

    /// The regions the device is in, in the order of their identifiers, and since when. One it is maybe just leaving counts;
    /// one it is maybe just entering does not.
    pub fn stays(&self) -> impl Iterator<Item = Stay> + '_ {
        let inside = |(region, state): (&RegionId, &RegionState)| {
            state.inside_since().map(|since| Stay::new(*region, since))
        };
        self.regions.iter().filter_map(inside)
    }

    /// Since when it is where it is, or on its way there, by the fixes.
    pub fn moved_at(&self) -> Option<Timestamp> {
        self.track.here.map(|here| here.sign_at)
    }

    /// Whether it is known to be somewhere, and not in this region nor maybe.
    pub fn is_surely_outside(&self, region: RegionId) -> bool {
        self.track.here.is_some() && matches!(self.regions.get(&region), None | Some(RegionState::Outside))
    }

    /// How the device stands with a region in its present shape, and why. `None` for one it is surely outside of, or which is new
    /// to it.
    pub fn standing(&self, region: &Region, policy: &Policy) -> Option<Standing> {
        let known = self.regions.get(&region.id)?;
        let note = |position: &Position| EvidenceNote {
            at: position.at,
            source: Source::Fix,
            accuracy_m: Some(position.accuracy_m),
            edge_distance_m: Some(to_decimals(region.area.signed_distance_m(position.point), 2)),
        };
        let here = self.track.here.map(|here| here.as_fix());
        let doubt = self.track.doubt.map(|doubt| doubt.last);
        let mut why: Vec<EvidenceNote> = here.iter().chain(&doubt).map(note).collect();
        let (inside, since) = match known {
            RegionState::Inside { since, .. } => (true, Some(*since)),
            RegionState::Leaving { inside_since, first, .. } => {
                why.push(first.clone());
                (true, Some(*inside_since))
            }
            RegionState::Entering { first } => {
                why.push(first.clone());
                (false, None)
            }
            RegionState::Unknown { .. } | RegionState::Outside => (false, None),
        };
        why.sort_by_key(|note| note.at);
        why.dedup();
        let side = here.map(|here| Side::of(&region.area, here.point, Some(here.accuracy_m), policy).0);
        let is_wavering = matches!(known, RegionState::Leaving { .. } | RegionState::Entering { .. });
        let certainty = if doubt.is_some() || is_wavering {
            Certainty::Doubtful
        } else if inside == side.is_some_and(|side| side == Side::In)
            && inside != side.is_some_and(Side::is_out)
        {
            Certainty::Sure
        } else {
            Certainty::Likely
        };
        let seen_at = here.map(|here| here.at).or(self.judged_at())?;
        Some(Standing { inside, since, certainty, seen_at, why })
    }

    /// Where the device stands with a region, as far as that is noted. `None` for a region it is surely outside of, or which
    /// is new to it.
    pub fn region(&self, region: RegionId) -> Option<&RegionState> {
        self.regions.get(&region)
    }

    /// The same as far as it is known at a moment by what was judged until then: a region drawn since around the last
    /// believed position is one it is in, one that was removed or moved away is none. Silently: nobody came or went.
    ///
    /// For showing. [`step`](super::step) does the same by itself and wants the state from before.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp, atlas: &Atlas, policy: &Policy) -> Self {
        self.survey(When { at: now, known_at: now }, atlas, policy);
        self
    }

    /// Takes up what has happened to regions between the last evidence judged and the next.
    pub(super) fn survey(&mut self, when: When, atlas: &Atlas, policy: &Policy) {
        let judged_at = self.judged_at().unwrap_or(Timestamp::MIN);
        let known_at = self.known_at.unwrap_or(Timestamp::MIN);
        let has_changed = atlas.has_changed(judged_at, when.at) || atlas.has_changed(known_at, when.known_at);
        if let Some(believed) = self.track.here.map(|here| here.as_fix()).filter(|_| has_changed) {
            let is_changed = |id: RegionId| {
                // Drawn in the very millisecond of a message, it may be new to it: to look twice is harmless.
                atlas.is_redrawn(id, judged_at, when.at) || atlas.drawn_at(id) >= Some(known_at)
            };
            let mut regions = atlas.near(believed.point, believed.accuracy_m + policy.buffer_m, when);
            regions.extend(self.regions.keys().filter_map(|id| Some((*id, atlas.seen(*id, when)?))));
            for (id, region) in regions.into_iter().filter(|(id, _)| is_changed(*id)) {
                let before = self.regions.remove(&id);
                let after = self.surveyed_standing(before, region, Some(believed), policy);
                self.settle(id, after);
            }
        }
        self.regions.retain(|id, _| atlas.at(*id, when.at).is_some());
        self.recent.retain(|recent| atlas.at(recent.region, when.at).is_some());
        self.known_at = self.known_at.max(Some(when.known_at));
    }

    /// Takes out where the device stands with a region.
    pub(super) fn take(&mut self, region: RegionId) -> RegionState {
        let nothing = match self.believed {
            Some(_) => RegionState::Outside,
            None if self.recent.iter().any(|recent| recent.region == region) => RegionState::Outside,
            None => RegionState::Unknown { maybe_since: None },
        };
        self.regions.remove(&region).unwrap_or(nothing)
    }

    /// Puts back where the device stands with a region.
    pub(super) fn settle(&mut self, region: RegionId, after: RegionState) {
        // Without a position, being outside is worth a note.
        if after != RegionState::Outside || self.believed.is_none() {
            self.regions.insert(region, after);
        }
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

    /// How a piece of evidence lies to the newest judged.
    pub(super) fn order(&self, evidence: &Evidence<'_>) -> Ordering {
        match &self.judged {
            Some(judged) => judged.order(evidence),
            None => Ordering::Greater,
        }
    }

    /// Forgets crossings too old for another witness, and to turn out to be an error: who is back soon enough may be seen so late.
    pub(super) fn forget_old_crossings(&mut self, policy: &Policy) {
        if let Some(now) = self.judged_at() {
            let kept_ms = policy.agree_ms.max(2 * policy.merge_ms);
            let shown_at = self.shown.map(|shown| shown.at);
            self.recent.retain(|recent| {
                now.millis_since(recent.decided_at) <= kept_ms || Some(recent.at) > shown_at
            });
        }
    }

    /// Whether nobody but the server says that the device is where it is thought to be: then it may never have left.
    pub(super) fn may_return(&self) -> bool {
        let since = self.track.here.map(|here| here.sign_at);
        self.recent.iter().all(|recent| Some(recent.at) < since || recent.witness == Witness::Server)
    }

    /// The last crossing of a region, if it is recent.
    pub(super) fn last_crossing(&mut self, region: RegionId) -> Option<&mut Recent> {
        self.recent.iter_mut().rev().find(|recent| recent.region == region)
    }

    /// Whether a region was crossed after a moment.
    pub(super) fn crossed_since(&self, region: RegionId, since: Timestamp) -> bool {
        self.recent.iter().any(|recent| recent.region == region && recent.at > since)
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
