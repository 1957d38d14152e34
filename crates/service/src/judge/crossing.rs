//! Regions: what a phone claims, what the machine makes of evidence, and what of it goes into the history.

use super::Bench;
use crate::{
    board::Reporter,
    id,
    translate::{self, PhoneClaim},
};
use domain::{
    EvidenceNote, GroupId, RegionId, Source, Timestamp, Transition, TransitionId, Witness,
    geofence::{self, Evidence},
    waypoint::Meant,
};
use owntracks::Epoch;
use store::{NewTransition, Turn};

impl Bench<'_> {
    /// A phone says that it crossed the edge of a region of its own.
    pub(super) fn claim(
        &mut self,
        reporter: &Reporter,
        received_at: Timestamp,
        said: &owntracks::Transition,
        claim: PhoneClaim,
    ) {
        let PhoneClaim { kind, at, description, rid, point } = claim;
        let tst_s = said.waypoint_tst.map(Epoch::as_seconds);
        let meant = Meant { rid: rid.as_deref(), tst_s, name: Some(&description) };
        let region = self.board.meant(reporter.group, meant);
        self.batch.claims.push(store::Claim {
            device: reporter.device.id,
            at,
            kind,
            description: description.clone(),
            rid,
            waypoint_at: said.waypoint_tst.map(translate::moment),
            region,
            position: point.map(|point| (point.lat(), point.lon())),
            accuracy_m: said.accuracy_m,
            received_at,
        });
        if let Some(region) = region {
            let fix = point.map(|point| (point, said.accuracy_m));
            let claim = geofence::Claim { kind, region, at, received_at, fix };
            self.step(reporter, &Evidence::Claim(claim), received_at);
            return;
        }
        // A place that only the phone knows: its word is all there is.
        let said =
            EvidenceNote { at, source: Source::Claim, accuracy_m: said.accuracy_m, edge_distance_m: None };
        let transition = Transition {
            id: TransitionId::new(id::new(received_at)),
            friend: reporter.device.friend,
            device: reporter.device.id,
            region: id::of_phone_place(reporter.group, &description),
            region_name: description,
            kind,
            at,
            decided_at: at,
            learnt_at: received_at,
            witness: Witness::Phone,
            evidence: vec![said],
            stay_ms: None,
            superseded_at: None,
        };
        self.file(reporter, transition);
    }

    /// Steps the machine, and writes into the history what follows for the friend.
    pub(super) fn step(&mut self, reporter: &Reporter, evidence: &Evidence<'_>, learnt_at: Timestamp) {
        let device = reporter.device.id;
        let before =
            self.judged.remove(&device).or_else(|| self.memory.get(&device).cloned()).unwrap_or_default();
        let atlas = self.board.atlas(reporter.group, self.board.is_demo(&reporter.device));
        let geofence::Step { state, crossings, reviews, .. } =
            geofence::step(before, evidence, &atlas, &self.settings.policy);
        self.judged.insert(device, state);
        for crossing in crossings {
            let Some(region) = atlas.at(crossing.region, crossing.at) else { continue };
            if self.elsewhere_inside(reporter, crossing.region) {
                let geofence::Crossing { region, kind, at, .. } = crossing;
                self.batch.unsaid.push(store::Unsaid { device, region, kind, at });
                continue;
            }
            let id = TransitionId::new(id::new(learnt_at));
            let transition = Transition {
                id,
                friend: reporter.device.friend,
                device,
                region: crossing.region,
                region_name: region.name.to_string(),
                kind: crossing.kind,
                at: crossing.at,
                decided_at: crossing.decided_at,
                learnt_at,
                witness: crossing.witness,
                evidence: crossing.evidence,
                stay_ms: crossing.stay_ms,
                superseded_at: None,
            };
            self.file(reporter, transition);
        }
        // So that what is published of this batch says who says so, too.
        for review in &reviews {
            for turn in &mut self.turns {
                let Turn::Learn(NewTransition { transition: known, .. }) = turn else { continue };
                if (known.device, known.region, known.kind, known.at)
                    == (device, review.region, review.kind, review.at)
                {
                    known.witness = review.witness;
                }
            }
        }
        self.turns.extend(reviews.into_iter().map(|review| Turn::Review(device, review)));
    }

    fn file(&mut self, reporter: &Reporter, transition: Transition) {
        let demo = self.board.is_demo(&reporter.device);
        self.turns.push(Turn::Learn(NewTransition { transition, group: reporter.group, demo }));
    }

    /// Whether another device of the same friend is in the region: then nobody came or went.
    fn elsewhere_inside(&self, reporter: &Reporter, region: RegionId) -> bool {
        let devices = self.board.friends.get(&reporter.device.friend).map_or(&[][..], |owner| &owner.devices);
        devices.iter().filter(|id| **id != reporter.device.id).any(|id| {
            let state = self.judged.get(id).or_else(|| self.memory.get(id));
            state.is_some_and(|state| state.stays().any(|stay| stay.region == region))
        })
    }

    /// Our regions among those that a phone lists.
    pub(super) fn listed(&self, group: GroupId, listing: &[Meant<'_>]) -> Vec<RegionId> {
        let mut listed = Vec::with_capacity(listing.len());
        for region in listing.iter().filter_map(|meant| self.board.meant(group, *meant)) {
            if !listed.contains(&region) {
                listed.push(region);
            }
        }
        listed
    }
}
