//! One step: is the evidence new and believable, which regions does it concern, what follows.

use super::{
    Atlas, Claim, Crossing, DeviceState, Evidence, Policy, RegionState, Side, Step, Verdict,
    atlas::When,
    machine::{judge_claim, judge_fix},
    memory::{Position, Recent, rounded, to_decimals},
};
use crate::{EvidenceNote, Fix, Region, RegionId, Source, Timestamp, Witness};
use std::cmp::Ordering;

/// Judges one piece of evidence.
///
/// `atlas` holds the regions of the device's group. The result depends on nothing but the arguments; evidence that comes in
/// [`order`](super::order) is judged, what was judged just before changes nothing, and anything else is [`Verdict::Late`].
#[must_use]
pub fn step(state: DeviceState, evidence: &Evidence<'_>, atlas: &Atlas, policy: &Policy) -> Step {
    let mut step = Step {
        state,
        crossings: Vec::new(),
        retractions: Vec::new(),
        reviews: Vec::new(),
        verdict: Verdict::Plausible,
    };
    step.verdict = if evidence.has_plausible_time() {
        match step.state.order(evidence) {
            Ordering::Less => Verdict::Late,
            Ordering::Equal => Verdict::Duplicate,
            Ordering::Greater => step.judge(evidence, atlas, policy),
        }
    } else {
        Verdict::Implausible
    };
    step.crossings.sort_by_key(|crossing| (crossing.at, crossing.region));
    step.reviews.sort_by_key(|review| (review.at, review.region));
    step.state.recent.extend(step.crossings.iter().map(Recent::from));
    step
}

impl Step {
    fn judge(&mut self, evidence: &Evidence<'_>, atlas: &Atlas, policy: &Policy) -> Verdict {
        let when = evidence.when();
        self.state.survey(when, atlas, policy);
        self.state.judged = Some(evidence.into());
        self.state.forget_old_crossings(policy);
        match evidence {
            Evidence::Fix { fix, listed } => self.see(fix, listed.unwrap_or_default(), when, atlas, policy),
            Evidence::Claim(claim) => self.hear(claim, when, atlas, policy),
        }
    }

    /// Judges a position.
    fn see(&mut self, fix: &Fix, listed: &[RegionId], when: When, atlas: &Atlas, policy: &Policy) -> Verdict {
        let is_first = self.state.believed.is_none();
        if !believe(&mut self.state, fix, policy) {
            return Verdict::Implausible;
        }
        // Who was outside of a region is concerned by it only with their centre inside.
        let reach_m = if is_first { policy.judged_accuracy_m(fix.accuracy_m) + policy.buffer_m } else { 0.0 };
        let mut regions = atlas.near(fix.point, reach_m, when);
        let noted = self.state.regions.keys().chain(self.state.recent.iter().map(|recent| &recent.region));
        let noted: Vec<RegionId> = noted.chain(listed).copied().collect();
        regions.extend(noted.into_iter().filter_map(|id| Some((id, atlas.seen(id, when)?))));
        for (id, region) in regions {
            let standing = if is_first && !self.state.has_to_do_with(id) {
                RegionState::Unknown { maybe_since: None }
            } else {
                self.state.standing(id)
            };
            let (side, note) = sight(region, fix, listed.contains(&id), policy);
            let (after, crossing) = judge_fix(standing, id, side, note, policy);
            match crossing {
                Some(crossing) => self.cross(crossing, policy),
                None => self.compare(id, side, fix.at, policy),
            }
            self.state.settle(id, after);
        }
        Verdict::Plausible
    }

    /// Judges the phone's word.
    fn hear(&mut self, claim: &Claim, when: When, atlas: &Atlas, policy: &Policy) -> Verdict {
        let place = claim.place();
        if let (Some(believed), Some((point, accuracy_m))) = (self.state.believed, place) {
            let here = Position::new(point, policy.judged_accuracy_m(accuracy_m), claim.at);
            if !believed.can_reach(&here, policy) {
                return Verdict::Implausible;
            }
        }
        let Some(region) = atlas.seen(claim.region, when) else { return Verdict::Plausible };
        let side = place.map(|(point, accuracy_m)| Side::of(&region.area, point, accuracy_m, policy));
        if side.is_some_and(|(side, _)| side.contradicts(claim.kind)) {
            return Verdict::Plausible;
        }
        let note = EvidenceNote {
            at: claim.at,
            source: Source::Claim,
            accuracy_m: place.and_then(|(_, accuracy_m)| accuracy_m),
            edge_distance_m: side.map(|(_, edge_m)| to_decimals(edge_m, 2)),
        };
        let last = self.state.last_crossing(region.id).filter(|last| last.is_confirmed_by(claim, policy));
        self.reviews.extend(last.map(|last| last.review(Witness::Both)));
        let standing = self.state.standing(region.id);
        let (after, crossing) = judge_claim(standing, region.id, claim.kind, note, policy);
        self.state.settle(region.id, after);
        if let Some(crossing) = crossing {
            self.cross(crossing, policy);
        }
        Verdict::Plausible
    }

    /// Notes a crossing; if fixes thereby take back what only the phone had said, that too.
    fn cross(&mut self, crossing: Crossing, policy: &Policy) {
        let last = self.state.last_crossing(crossing.region).filter(|last| {
            crossing.witness == Witness::Server
                && last.witness == Witness::Phone
                && last.kind != crossing.kind
                && last.is_near(crossing.at, policy)
        });
        self.reviews.extend(last.map(|last| last.review(Witness::Conflict)));
        self.crossings.push(crossing);
    }

    /// Sees whether a fix that crossed nothing agrees with what only the phone had said.
    fn compare(&mut self, region: RegionId, side: Side, at: Timestamp, policy: &Policy) {
        let last = self.state.last_crossing(region).filter(|last| {
            last.witness == Witness::Phone && side.agrees_with(last.kind) && last.is_near(at, policy)
        });
        self.reviews.extend(last.map(|last| last.review(Witness::Both)));
    }
}

/// Decides whether a fix is where the device was, and remembers it as that or as a suspect.
fn believe(state: &mut DeviceState, fix: &Fix, policy: &Policy) -> bool {
    let accuracy_m = policy.judged_accuracy_m(fix.accuracy_m);
    let here = Position::new(fix.point, accuracy_m, fix.at);
    let is_believable = if fix.is_null_island() {
        state.believed.is_some_and(|last| last.point.distance_m(fix.point) <= policy.null_island_m)
    } else {
        state.believed.is_none_or(|last| last.can_reach(&here, policy))
            || state.suspect.is_some_and(|last| last.at < here.at && last.can_reach(&here, policy))
    };
    if is_believable {
        state.believed = Some(here);
        state.suspect = None;
    } else if !fix.is_null_island() {
        state.suspect = Some(here);
    }
    is_believable
}

/// On which side of a region's edge a fix is, the phone's list considered, and how to quote that.
fn sight(region: &Region, fix: &Fix, is_listed: bool, policy: &Policy) -> (Side, EvidenceNote) {
    let (side, edge_m) = Side::of(&region.area, rounded(fix.point), fix.accuracy_m, policy);
    let (side, source) = if is_listed && side == Side::MaybeOut {
        (Side::MaybeIn, Source::Listing)
    } else {
        (side, Source::Fix)
    };
    let (accuracy_m, edge_distance_m) = (fix.accuracy_m, Some(to_decimals(edge_m, 2)));
    (side, EvidenceNote { at: fix.at, source, accuracy_m, edge_distance_m })
}
