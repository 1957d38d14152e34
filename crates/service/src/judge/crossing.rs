//! Regions: what a phone claims, what the machine makes of evidence, and what of it goes into the history.

use super::{
    Bench, kin, log,
    past::{self, Late, Piece, Replayed},
};
use crate::{
    board::Reporter,
    id, phone,
    translate::{self, PhoneClaim},
};
use domain::{
    DeviceId, EvidenceNote, Fix, Source, Timestamp, Transition, TransitionId, Witness,
    geofence::{self, Atlas, DeviceState, Verdict},
    waypoint::Meant,
};
use owntracks::Epoch;
use store::NewFix;

impl<'a> Bench<'a> {
    /// A phone says that it crossed the edge of a region of its own.
    pub(super) fn claim(
        &mut self,
        reporter: &'a Reporter,
        received_at: Timestamp,
        said: &owntracks::Transition,
        claim: PhoneClaim,
    ) {
        let PhoneClaim { kind, at, description, rid, point } = claim;
        let tst_s = said.waypoint_tst.map(Epoch::as_seconds);
        let meant = Meant { rid: rid.as_deref(), tst_s, name: Some(&description) };
        let region = self.meant(reporter, meant);
        let is_secret = region.is_none() && phone::is_guarded_place(self.board, reporter, meant);
        self.recognise(reporter, received_at, at, [meant]);
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
            self.step(reporter, Piece::of_claim(claim, description), received_at);
            return;
        }
        // A phone that still watches a region which is gone must not tell those who were not to know of it.
        if is_secret {
            return;
        }
        // What does not count is not said.
        let owner = self.board.friends.get(&reporter.device.friend);
        if owner.is_some_and(|owner| !owner.counting.counts(reporter.device.id, at)) {
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
        self.file(reporter, reporter.group, transition);
    }

    /// Judges a piece of evidence in its turn or, if it is late, in its place; writes into the history what follows for the friend.
    pub(super) fn step(&mut self, reporter: &Reporter, piece: Piece, learnt_at: Timestamp) {
        let device = reporter.device.id;
        let evidence = piece.evidence();
        if !evidence.has_plausible_time() {
            return;
        }
        let at = evidence.at();
        let before =
            self.judged.remove(&device).or_else(|| self.memory.get(&device).cloned()).unwrap_or_default();
        let atlas = self.board.atlas(reporter.device.friend);
        let checkpoint = past::is_due(&before, at).then(|| before.clone());
        let stays: Vec<_> = before.stays().collect();
        let mut step = geofence::step(before, &evidence, &atlas, &self.settings.policy);
        let changes = match step.verdict {
            _ if past::is_too_late(&step.state, at) => Vec::new(),
            Verdict::Late => self.judge_late(device, piece, &atlas, &mut step.state),
            // Phones repeat a position, and may say with it where they think they are.
            Verdict::Duplicate if matches!(&piece, Piece::Fix { listed, .. } if !listed.is_empty()) => {
                self.judge_late(device, piece, &atlas, &mut step.state)
            }
            Verdict::Duplicate => Vec::new(),
            Verdict::Plausible | Verdict::Implausible => {
                let events = log::events(device, &stays, &mut step, at);
                if let Some(past) = self.pasts.get_mut(&device) {
                    past.go_on(piece, checkpoint.as_ref(), &events);
                }
                self.batch
                    .checkpoints
                    .extend(checkpoint.map(|state| (device, past::mark_of(&state), Some(state))));
                self.batch.log.extend(events.iter().map(|event| event.change(device)));
                events.into_iter().map(kin::Change::from).collect()
            }
        };
        self.judged.insert(device, step.state);
        self.tell(reporter, changes, &atlas, learnt_at);
    }

    /// Goes back to before a late piece of evidence, and judges it and what came after.
    fn judge_late(
        &mut self,
        device: DeviceId,
        piece: Piece,
        atlas: &Atlas,
        state: &mut DeviceState,
    ) -> Vec<kin::Change> {
        let at = piece.evidence().at();
        let Some(past) = self.pasts.get_mut(&device) else {
            self.lacks.past(device, at);
            return Vec::new();
        };
        match past.take(piece, atlas, &self.settings.policy) {
            Late::Nothing => Vec::new(),
            Late::Lacking => {
                self.lacks.more_past(device, at);
                Vec::new()
            }
            Late::Judged(replayed) => {
                let Replayed { state: now, before, after, log, checkpoints, amended } = *replayed;
                if let Some(now) = now {
                    *state = now;
                }
                if let Some(Piece::Fix { fix, said_at, listed }) = amended {
                    let fix = Fix { at: said_at, ..fix };
                    self.batch.amended.push(NewFix { fix, listed, message: self.batch.messages.len() });
                }
                self.batch.log.extend(log);
                self.batch.checkpoints.extend(checkpoints);
                kin::changes(&before, &after)
            }
        }
    }
}
