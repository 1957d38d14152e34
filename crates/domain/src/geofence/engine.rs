//! One step: is the evidence new and believable, which regions does it concern, what follows.

use super::{
    Claim, Crossing, DeviceState, Evidence, Policy, RegionState, Side, Step, Verdict,
    machine::{judge_claim, judge_fix},
    memory::{Position, Recent},
};
use crate::{EvidenceNote, Fix, Region, RegionId, Source, Timestamp, Witness};
use std::collections::BTreeMap;

/// Judges one piece of evidence.
///
/// `regions` must hold the regions near the position and, of those noted in the state, all that still exist: the others are
/// forgotten. All regions of the group are always right, in any order; one that is far away costs a few comparisons.
///
/// The result depends on nothing but the arguments, and the same evidence again changes nothing.
#[must_use]
pub fn step<'r>(
    state: DeviceState,
    evidence: &Evidence<'_>,
    regions: impl IntoIterator<Item = &'r Region>,
    policy: &Policy,
) -> Step {
    let mut step = Step {
        state,
        crossings: Vec::new(),
        retractions: Vec::new(),
        reviews: Vec::new(),
        verdict: Verdict::Plausible,
    };
    step.verdict = if !evidence.has_plausible_time() {
        Verdict::Implausible
    } else if step.state.judged_at().is_some_and(|newest| evidence.at() < newest) {
        if let Evidence::Claim(claim) = evidence {
            step.hear_late(claim, regions, policy);
        }
        Verdict::Late
    } else if step.state.has_judged(evidence) {
        Verdict::Duplicate
    } else {
        step.state.remember(evidence);
        step.state.forget_old_crossings(policy);
        match evidence {
            Evidence::Fix { fix, listed } => step.see(fix, listed.unwrap_or_default(), regions, policy),
            Evidence::Claim(claim) => step.hear(claim, regions, policy),
        }
    };
    step.crossings.sort_by_key(|crossing| (crossing.at, crossing.region));
    step.reviews.sort_by_key(|review| (review.at, review.region));
    step.state.recent.extend(step.crossings.iter().map(Recent::from));
    step
}

impl Step {
    /// Judges a position.
    fn see<'r>(
        &mut self,
        fix: &Fix,
        listed: &[RegionId],
        regions: impl IntoIterator<Item = &'r Region>,
        policy: &Policy,
    ) -> Verdict {
        let before = self.state.believed;
        if !believe(&mut self.state, fix, policy) {
            return Verdict::Implausible;
        }
        let mut kept = BTreeMap::new();
        for region in regions {
            let is_listed = listed.contains(&region.id);
            let known = is_listed || kept.contains_key(&region.id) || self.state.has_to_do_with(region.id);
            if !known && is_surely_outside(&self.state, before.as_ref(), region, fix, policy) {
                continue;
            }
            let standing = match kept.remove(&region.id) {
                Some(standing) => standing,
                None => self.state.standing(region, before, policy),
            };
            let (side, note) = sight(region, fix, is_listed, policy);
            let (after, crossing) = judge_fix(standing, region.id, side, note, policy);
            match crossing {
                Some(crossing) => self.cross(crossing, policy),
                None => self.compare(region.id, side, fix.at, policy),
            }
            self.state.mark_surveyed(region);
            if after != RegionState::Outside {
                kept.insert(region.id, after);
            }
        }
        self.state.finish_survey(fix.received_at, kept);
        Verdict::Plausible
    }

    /// Judges the phone's word.
    fn hear<'r>(
        &mut self,
        claim: &Claim,
        regions: impl IntoIterator<Item = &'r Region>,
        policy: &Policy,
    ) -> Verdict {
        let believed = self.state.believed;
        let place = claim.place();
        if let (Some(believed), Some((point, accuracy_m))) = (believed, place) {
            let here = Position { point, accuracy_m: policy.judged_accuracy_m(accuracy_m), at: claim.at };
            if !believed.can_reach(&here, policy) {
                return Verdict::Implausible;
            }
        }
        let mut claimed = None;
        let mut kept = BTreeMap::new();
        for region in regions {
            kept.extend(self.state.regions.remove_entry(&region.id));
            if region.id == claim.region {
                claimed = Some(region);
            }
        }
        self.state.regions = kept;
        let Some(region) = claimed else { return Verdict::Plausible };
        let side = place.map(|(point, accuracy_m)| Side::of(&region.area, point, accuracy_m, policy));
        if side.is_some_and(|(side, _)| side.contradicts(claim.kind)) {
            return Verdict::Plausible;
        }
        let note = EvidenceNote {
            at: claim.at,
            source: Source::Claim,
            accuracy_m: place.and_then(|(_, accuracy_m)| accuracy_m),
            edge_distance_m: side.map(|(_, edge_m)| edge_m),
        };
        let last = self.state.last_crossing(region.id).filter(|last| last.is_confirmed_by(claim, policy));
        self.reviews.extend(last.map(|last| last.review(Witness::Both)));
        let standing = self.state.standing(region, believed, policy);
        let (after, crossing) = judge_claim(standing, region.id, claim.kind, note, policy);
        self.state.settle(region, after);
        if let Some(crossing) = crossing {
            self.cross(crossing, policy);
        }
        Verdict::Plausible
    }

    /// Takes from a claim that came too late what can still be taken: that the phone agrees. The state stays as it is.
    fn hear_late<'r>(
        &mut self,
        claim: &Claim,
        regions: impl IntoIterator<Item = &'r Region>,
        policy: &Policy,
    ) {
        let confirmed = self.state.recent.iter().rev().find(|recent| recent.is_confirmed_by(claim, policy));
        let Some(mut recent) = confirmed.copied() else { return };
        let area = regions.into_iter().find(|region| region.id == claim.region).map(|region| &region.area);
        let contradicted = area.zip(claim.place()).is_some_and(|(area, (point, accuracy_m))| {
            Side::of(area, point, accuracy_m, policy).0.contradicts(claim.kind)
        });
        if !contradicted {
            self.reviews.push(recent.review(Witness::Both));
        }
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
    let here = Position { point: fix.point, accuracy_m, at: fix.at };
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

/// The cheap first question about a region nothing is noted of: whether the fix leaves the device outside of it.
fn is_surely_outside(
    state: &DeviceState,
    before: Option<&Position>,
    region: &Region,
    fix: &Fix,
    policy: &Policy,
) -> bool {
    let bounds = region.area.bounding_box();
    if state.is_current(region) {
        // It was outside, so only a centre inside means anything.
        !bounds.contains(fix.point)
    } else {
        let reach_m = policy.judged_accuracy_m(fix.accuracy_m) + policy.buffer_m;
        before.is_none() && bounds.is_beyond(fix.point, reach_m)
    }
}

/// On which side of a region's edge a fix is, the phone's list considered, and how to quote that.
fn sight(region: &Region, fix: &Fix, is_listed: bool, policy: &Policy) -> (Side, EvidenceNote) {
    let (side, edge_m) = Side::of(&region.area, fix.point, fix.accuracy_m, policy);
    let (side, source) = if is_listed && side == Side::MaybeOut {
        (Side::MaybeIn, Source::Listing)
    } else {
        (side, Source::Fix)
    };
    let (accuracy_m, edge_distance_m) = (fix.accuracy_m, Some(edge_m));
    (side, EvidenceNote { at: fix.at, source, accuracy_m, edge_distance_m })
}
