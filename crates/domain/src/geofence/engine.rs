//! One step: is the evidence new and believable, which regions does it concern, what follows.

use super::{
    Atlas, Claim, Crossing, DeviceState, Evidence, Policy, RegionState, Retraction, Side, Step, Verdict,
    atlas::When,
    machine::{judge_claim, judge_fix},
    memory::{Position, Recent, rounded, to_decimals},
    track::{Doubt, Sighting},
};
use crate::{EvidenceNote, Fix, Kind, Region, RegionId, Source, Timestamp, Witness};
use geodesy::Area;
use std::{cmp::Ordering, collections::BTreeSet};

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
    step.retractions.sort_by_key(|retraction| (retraction.at, retraction.region));
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
        let before = self.state.believed;
        let is_first = before.is_none();
        if !believe(&mut self.state, fix, policy) {
            return Verdict::Implausible;
        }
        let shown = self.state.shown.filter(|shown| shown.point == rounded(fix.point));
        let position = Position::new(fix.point, policy.judged_accuracy_m(fix.accuracy_m), fix.at);
        self.state.shown = shown.or(Some(position));
        let is_frequent = before.is_some_and(|before| fix.at.millis_since(before.at) <= policy.rest_ms);
        let doubted_at = self.state.track.doubt.map(|doubt| doubt.first.at);
        let may_return = self.state.may_return();
        let (sighting, error_since) = self.state.track.see(position, shown.is_some(), may_return, policy);
        if let Some(since) = error_since.or(doubted_at.filter(|_| sighting == Sighting::Stayed)) {
            self.take_back(since);
        }
        let Some(here) = self.state.track.here else { return Verdict::Plausible };
        let is_doubted = sighting == Sighting::Doubted;
        // Who passes by is asked twice, if the next report comes soon.
        let is_passing = is_frequent && !is_first && !here.has_rested(policy);
        // What the fix says by itself, and what is believed by all of them. Who was outside of a region is concerned by it only with
        // their centre inside.
        let middle = if is_doubted { position.point } else { here.point };
        let reach_m = if is_first { position.accuracy_m + policy.buffer_m } else { 0.0 };
        let mut regions = atlas.near(middle, reach_m, when);
        if let Sighting::Moved(Some(first)) = sighting {
            regions.extend(atlas.near(first.point, 0.0, when));
        }
        let noted = self.state.regions.keys().chain(self.state.recent.iter().map(|recent| &recent.region));
        let noted: Vec<RegionId> = noted.chain(listed).copied().collect();
        regions.extend(noted.into_iter().filter_map(|id| Some((id, atlas.seen(id, when)?))));
        for (id, region) in regions {
            let policy = &policy.at(region.details.pace);
            // What a phone lists of a polygon is the circle round it.
            let is_listed = listed.contains(&id) && matches!(region.area, Area::Circle(_));
            let (alone, note) = sight(region, &position, fix.accuracy_m, is_listed, policy);
            if self.decide(id, alone, &note, shown.map(|shown| shown.at), policy) {
                continue;
            }
            // A position that was shown already before the last crossing has nothing to say about it.
            if shown.is_some_and(|shown| self.state.crossed_since(id, shown.at))
                || self.compare(id, alone, fix.at, !is_doubted, policy)
                || (is_doubted && !policy.trusts_doubt)
            {
                continue;
            }
            let mut standing = if is_first && !self.state.has_to_do_with(id) {
                RegionState::Unknown { maybe_since: None }
            } else {
                self.state.take(id)
            };
            let is_first_news = |first: &Position| !self.state.crossed_since(id, first.at.plus_millis(-1));
            if let Sighting::Moved(Some(first)) = sighting
                && is_first_news(&first)
            {
                let (side, sign) = sight(region, &first, Some(first.accuracy_m), false, policy);
                let before = standing.clone();
                let (after, crossing) = judge_fix(standing, id, side, sign, policy);
                standing = after;
                if let Some(mut crossing) = crossing {
                    crossing.decided_at = fix.at;
                    crossing.evidence.truncate(1);
                    crossing.evidence.push(note.clone());
                    self.cross(crossing, &mut standing, before, policy);
                }
            }
            let side = if is_doubted {
                alone
            } else {
                let middle = Position { point: here.point, accuracy_m: here.accuracy_m, at: fix.at };
                let (side, _) = sight(region, &middle, fix.accuracy_m, is_listed, policy);
                // A crossing is quoted with a fix that shows it.
                if side.is_out() == alone.is_inside() {
                    Side::MaybeOut
                } else if is_passing && side == Side::In && is_shallow(&note) {
                    Side::MaybeIn
                } else {
                    side
                }
            };
            let before = standing.clone();
            let (mut after, crossing) = judge_fix(standing, id, side, note, policy);
            if let Some(crossing) = crossing {
                self.cross(crossing, &mut after, before, policy);
            }
            self.state.settle(id, after);
        }
        Verdict::Plausible
    }

    /// Takes back what only the server said since a moment: it was an error of the phone. What came before something that the phone
    /// says too stays.
    fn take_back(&mut self, since: Timestamp) {
        let mut firm = BTreeSet::new();
        let mut kept = Vec::new();
        for recent in std::mem::take(&mut self.state.recent).into_iter().rev() {
            let is_error = recent.at >= since && recent.witness == Witness::Server;
            if is_error && !firm.contains(&recent.region) {
                self.retract(recent);
            } else {
                firm.insert(recent.region);
                kept.push(recent);
            }
        }
        kept.reverse();
        self.state.recent = kept;
    }

    fn retract(&mut self, recent: Recent) {
        self.retractions.push(Retraction { region: recent.region, kind: recent.kind, at: recent.at });
        self.state.regions.remove(&recent.region);
        self.state.settle(recent.region, recent.before);
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
        let is_borne_out = match &region.area {
            Area::Circle(_) => side.is_none_or(|(side, _)| !side.contradicts(claim.kind)),
            // Phones know circles only. Who crossed the one round a polygon may be beside the polygon, unless their position says it too.
            Area::Polygon(_) => side.is_some_and(|(side, _)| match claim.kind {
                Kind::Enter => side.is_inside(),
                Kind::Leave => side.is_out(),
            }),
        };
        if !is_borne_out {
            return Verdict::Plausible;
        }
        let note = EvidenceNote {
            at: claim.at,
            source: Source::Claim,
            accuracy_m: place.and_then(|(_, accuracy_m)| accuracy_m),
            edge_distance_m: side.map(|(_, edge_m)| to_decimals(edge_m, 2)),
        };
        let same = self.state.recent.iter_mut().rev().find(|recent| recent.is_confirmed_by(claim, policy));
        if let Some(same) = same {
            self.reviews.push(same.review(Witness::Both));
            return Verdict::Plausible;
        }
        // In and out again by its word alone, with no step in between, is the edge of a wall.
        let moved_at = self.state.track.here.map(|here| here.sign_at);
        let is_flutter = |last: &&mut Recent| {
            last.witness == Witness::Phone
                && last.kind != claim.kind
                && last.is_near(claim.at, policy)
                && moved_at < Some(last.at)
        };
        if self.state.track.doubt.is_none()
            && let Some(last) = self.state.last_crossing(region.id).filter(is_flutter)
        {
            let taken = last.clone();
            self.state.recent.retain(|recent| *recent != taken);
            self.retract(taken);
            return Verdict::Plausible;
        }
        let standing = self.state.take(region.id);
        let before = standing.clone();
        // A fix that was not believed by itself counts for the phone's word.
        let sign = self.state.track.doubt.and_then(|doubt| {
            let (side, sign) = sight(region, &doubt.first, Some(doubt.first.accuracy_m), false, policy);
            side.agrees_with(claim.kind).then_some(sign)
        });
        if sign.is_some() {
            self.state.track.settle(policy);
        }
        if let (Kind::Leave, None, RegionState::Inside { since, start }) = (claim.kind, &sign, &standing)
            && self.state.track.rests_in(&region.area, claim.at, policy)
        {
            // Fixes say that it lies still well inside: the next one decides.
            let leaving = RegionState::Leaving { inside_since: *since, start: *start, first: note };
            self.state.settle(region.id, leaving);
            return Verdict::Plausible;
        }
        let (mut after, crossing) = judge_claim(standing, region.id, claim.kind, sign, note, policy);
        if let Some(crossing) = crossing {
            self.cross(crossing, &mut after, before, policy);
        }
        self.state.settle(region.id, after);
        Verdict::Plausible
    }

    /// Notes a crossing, and how it stood before.
    fn cross(
        &mut self,
        mut crossing: Crossing,
        after: &mut RegionState,
        before: RegionState,
        policy: &Policy,
    ) {
        let last_at = self.state.last_crossing(crossing.region).map(|last| last.at);
        if last_at >= Some(crossing.at) && crossing.evidence.len() > 1 {
            // Its first sign is older than what is known already.
            crossing.evidence.remove(0);
            crossing.at = crossing.evidence.first().map_or(crossing.at, |note| note.at);
            if let RegionState::Inside { since, .. } = after {
                *since = crossing.at;
            }
        }
        let last = self.state.last_crossing(crossing.region).filter(|last| {
            crossing.witness == Witness::Server
                && last.witness == Witness::Phone
                && last.kind != crossing.kind
                && last.is_near(crossing.at, policy)
        });
        self.reviews.extend(last.map(|last| last.review(Witness::Conflict)));
        self.state.recent.push(Recent::new(&crossing, before));
        self.crossings.push(crossing);
    }

    /// Decides by a fix about a leave that the phone said while fixes had it lie still inside. Whether there was one, and the fix
    /// takes its side.
    fn decide(
        &mut self,
        region: RegionId,
        side: Side,
        note: &EvidenceNote,
        shown_at: Option<Timestamp>,
        policy: &Policy,
    ) -> bool {
        let Some(RegionState::Leaving { inside_since, start, first }) = self.state.region(region).cloned()
        else {
            return false;
        };
        if first.source != Source::Claim {
            return false;
        }
        if shown_at.is_some_and(|at| at < first.at) {
            return true;
        }
        let before = RegionState::Inside { since: inside_since, start };
        self.state.regions.remove(&region);
        if side.is_inside() {
            self.state.settle(region, before);
            return false;
        }
        let (mut after, crossing) = judge_claim(before.clone(), region, Kind::Leave, None, first, policy);
        if let Some(mut crossing) = crossing {
            crossing.decided_at = note.at;
            crossing.evidence.push(note.clone());
            if side.is_out() {
                crossing.witness = Witness::Both;
            }
            self.cross(crossing, &mut after, before, policy);
        }
        self.state.settle(region, after);
        true
    }

    /// Sees what a fix says about a crossing that so far only the phone knows of: it may agree, or, if it is believed, take it
    /// back. Whether that was asked and nothing else is to be.
    fn compare(
        &mut self,
        region: RegionId,
        side: Side,
        at: Timestamp,
        is_believed: bool,
        policy: &Policy,
    ) -> bool {
        let is_asked = |last: &&mut Recent| last.witness == Witness::Phone && last.is_near(at, policy);
        let Some(last) = self.state.last_crossing(region).filter(is_asked) else { return false };
        if side.agrees_with(last.kind) {
            self.reviews.push(last.review(Witness::Both));
        } else if is_believed && side.contradicts(last.kind) && at > last.at {
            self.reviews.push(last.review(Witness::Conflict));
            let taken = last.clone();
            self.state.recent.retain(|recent| *recent != taken);
            self.retract(taken);
        }
        true
    }
}

/// Decides whether a fix is where the device was, and remembers it as that or as a suspect.
fn believe(state: &mut DeviceState, fix: &Fix, policy: &Policy) -> bool {
    let accuracy_m = policy.judged_accuracy_m(fix.accuracy_m);
    let here = Position::new(fix.point, accuracy_m, fix.at);
    let agreed = state.suspect.filter(|last| last.at < here.at && last.can_reach(&here, policy));
    let is_believable = if fix.is_null_island() {
        state.believed.is_some_and(|last| last.point.distance_m(fix.point) <= policy.null_island_m)
    } else {
        state.believed.is_none_or(|last| last.can_reach(&here, policy)) || agreed.is_some()
    };
    if is_believable {
        if let Some(first) = agreed {
            state.track.doubt = Some(Doubt { first, last: first });
        }
        state.believed = Some(here);
        state.suspect = None;
    } else if !fix.is_null_island() {
        state.suspect = Some(here);
    }
    is_believable
}

/// Whether a fix inside is not much deeper than it is exact.
fn is_shallow(note: &EvidenceNote) -> bool {
    let deep_m = note.edge_distance_m.map_or(0.0, |edge_m| -edge_m);
    deep_m < 2.0 * note.accuracy_m.unwrap_or(f64::MAX).max(15.0)
}

/// On which side of a region's edge a position is, the phone's list considered, and how to quote that.
fn sight(
    region: &Region,
    position: &Position,
    accuracy_m: Option<f64>,
    is_listed: bool,
    policy: &Policy,
) -> (Side, EvidenceNote) {
    let (side, edge_m) = Side::of(&region.area, position.point, Some(position.accuracy_m), policy);
    let (side, source) = if is_listed && side == Side::MaybeOut {
        (Side::MaybeIn, Source::Listing)
    } else {
        (side, Source::Fix)
    };
    let edge_distance_m = Some(to_decimals(edge_m, 2));
    (side, EvidenceNote { at: position.at, source, accuracy_m, edge_distance_m })
}
