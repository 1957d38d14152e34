//! What comes late, judged in its place: from the last checkpoint before it, with all that came after, until things are as they were.

use super::log::{Event, events, key};
use domain::{
    DeviceId, Fix, RegionId, Stay, Timestamp,
    geofence::{self, Atlas, DeviceState, Evidence, Policy, Verdict},
};
use geodesy::Point;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{LogChange, LogEntry};

/// A checkpoint is made with the first evidence of each such span of time: four hours.
const SPAN_MS: i64 = 4 * 3600 * 1000;
/// How much later than the newest evidence something may come to be judged: a year.
const LATEST_MS: i64 = 366 * 24 * 3600 * 1000;

/// A piece of evidence as it is kept.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// A position, taken when it is believed to have been taken.
    Fix { fix: Fix, said_at: Timestamp, listed: Vec<RegionId> },
    /// The phone's word, and what it calls the place.
    Claim { claim: geofence::Claim, description: String },
}

/// A part of a device's past.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    device: DeviceId,
    /// The checkpoints, oldest first. Of what is not newer than the first nothing can be judged any more.
    checkpoints: BTreeMap<Timestamp, DeviceState>,
    /// Up to and with which time it is complete; `None`: up to now.
    until: Option<Timestamp>,
    /// In order.
    evidence: Vec<Piece>,
    log: Vec<LogEntry>,
}

/// What became of a late piece of evidence.
pub(crate) enum Late {
    /// It is known, or older than everything that is kept.
    Nothing,
    /// It cannot be judged with so little of the past.
    Lacking,
    /// Everything after it was judged once more.
    Judged(Box<Replayed>),
}

/// What judging once more came to.
pub(crate) struct Replayed {
    /// What is known of the device now, if that is something else.
    pub(crate) state: Option<DeviceState>,
    /// The entries of the log that held before, and those that hold now, as far as they may differ.
    pub(crate) before: Vec<LogEntry>,
    pub(crate) after: Vec<LogEntry>,
    /// How the log and the checkpoints change.
    pub(crate) log: Vec<LogChange>,
    pub(crate) checkpoints: Vec<(DeviceId, Timestamp, Option<DeviceState>)>,
    /// A position that was known, with all regions that were listed beside it.
    pub(crate) amended: Option<Piece>,
}

/// Whether what was known before evidence of this time becomes a checkpoint.
pub(crate) fn is_due(state: &DeviceState, at: Timestamp) -> bool {
    let span = |at: Timestamp| at.as_millis().div_euclid(SPAN_MS);
    state.judged_at().is_none_or(|judged_at| judged_at < at && span(judged_at) != span(at))
}

/// Whether evidence is so late that it is kept and not judged any more: else a phone could have years judged again with each message.
pub(crate) fn is_too_late(state: &DeviceState, at: Timestamp) -> bool {
    state.judged_at().is_some_and(|judged_at| judged_at.millis_since(at) > LATEST_MS)
}

/// The time by which a checkpoint is known.
pub(crate) fn mark_of(state: &DeviceState) -> Timestamp {
    state.judged_at().unwrap_or(Timestamp::MIN)
}

impl Piece {
    /// A position as it was reported, and what was listed beside it.
    pub(crate) fn of_fix(fix: Fix, mut listed: Vec<RegionId>) -> Self {
        // In which order a phone names them means nothing.
        listed.sort_unstable();
        let said_at = fix.at;
        let fix = Fix { at: fix.believed_at(), accuracy_m: fix.accuracy_m.map(rounded), ..fix };
        Self::Fix { fix, said_at, listed }
    }

    /// What a phone said of a region.
    pub(crate) fn of_claim(claim: geofence::Claim, description: String) -> Self {
        let fix = claim.fix.map(|(point, accuracy_m)| (point, accuracy_m.map(rounded)));
        Self::Claim { claim: geofence::Claim { fix, ..claim }, description }
    }

    /// For the machine.
    pub(crate) fn evidence(&self) -> Evidence<'_> {
        match self {
            Self::Fix { fix, listed, .. } => Evidence::Fix { fix, listed: Some(listed) },
            Self::Claim { claim, .. } => Evidence::Claim(*claim),
        }
    }

    /// Whether both are kept as one.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fix { fix: a, said_at: a_at, .. }, Self::Fix { fix: b, said_at: b_at, .. }) => {
                a_at == b_at
                    && a.point.lat().total_cmp(&b.point.lat()).is_eq()
                    && a.point.lon().total_cmp(&b.point.lon()).is_eq()
            }
            (
                Self::Claim { claim: a, description: a_name },
                Self::Claim { claim: b, description: b_name },
            ) => (a.at, a.kind, a_name) == (b.at, b.kind, b_name),
            (Self::Fix { .. }, Self::Claim { .. }) | (Self::Claim { .. }, Self::Fix { .. }) => false,
        }
    }

    /// Adds the regions that the same position listed another time; false if that adds nothing.
    fn list_also(&mut self, other: &Self) -> bool {
        let (Self::Fix { listed, .. }, Self::Fix { listed: also, .. }) = (self, other) else { return false };
        let had = listed.len();
        listed.extend(also);
        listed.sort_unstable();
        listed.dedup();
        listed.len() > had
    }
}

/// An accuracy to a centimetre: such a number is read from JSON as it was written, and nothing is different after a restart.
fn rounded(accuracy_m: f64) -> f64 {
    (accuracy_m * 100.0).round() / 100.0
}

impl Past {
    /// As it was looked up; `None` when the device was never judged.
    pub(super) fn new(device: DeviceId, found: Option<store::Past>) -> Self {
        let Some(store::Past { base, until, checkpoints, fixes, claims, log }) = found else {
            let checkpoints = BTreeMap::from([(Timestamp::MIN, DeviceState::default())]);
            return Self { device, checkpoints, until: None, evidence: Vec::new(), log: Vec::new() };
        };
        let checkpoints =
            std::iter::once(base).chain(checkpoints).map(|checkpoint| (checkpoint.at, checkpoint.state));
        let fixes = fixes.into_iter().map(|(fix, listed)| Piece::of_fix(fix, listed));
        let claims = claims.into_iter().filter_map(|claim| {
            let point = claim.position.and_then(|(lat, lon)| Point::new(lat, lon).ok());
            let (kind, at, received_at) = (claim.kind, claim.at, claim.received_at);
            let fix = point.map(|point| (point, claim.accuracy_m));
            let said = geofence::Claim { kind, region: claim.region?, at, received_at, fix };
            Some(Piece::of_claim(said, claim.description))
        });
        let mut evidence: Vec<Piece> = fixes.chain(claims).collect();
        evidence.sort_by(|a, b| geofence::order(&a.evidence(), &b.evidence()));
        Self { device, checkpoints: checkpoints.collect(), until, evidence, log }
    }

    /// Takes up what was judged in its turn; with the checkpoint that was made before it.
    pub(super) fn go_on(&mut self, piece: Piece, checkpoint: Option<&DeviceState>, events: &[Event]) {
        for event in events {
            event.happen(&mut self.log);
        }
        if self.until.is_none() {
            if let Some(state) = checkpoint {
                self.checkpoints.insert(mark_of(state), state.clone());
            }
            self.insert(piece);
        }
    }

    /// Judges a piece of evidence in its place.
    pub(super) fn take(&mut self, piece: Piece, atlas: &Atlas, policy: &Policy) -> Late {
        let at = piece.evidence().at();
        let first = self.checkpoints.keys().next().copied().unwrap_or(Timestamp::MAX);
        if at <= first {
            return Late::Nothing;
        }
        if self.until.is_some_and(|until| until < at) {
            return Late::Lacking;
        }
        let (from, amended) = match self.evidence.iter_mut().find(|known| known.is_same(&piece)) {
            None => {
                self.insert(piece);
                (at, None)
            }
            Some(known) => {
                if !known.list_also(&piece) {
                    return Late::Nothing;
                }
                let amended = known.clone();
                self.evidence.sort_by(|a, b| geofence::order(&a.evidence(), &b.evidence()));
                (amended.evidence().at(), Some(amended))
            }
        };
        match self.replay(from, atlas, policy) {
            Some(replayed) => Late::Judged(Box::new(Replayed { amended, ..replayed })),
            None => Late::Lacking,
        }
    }

    fn insert(&mut self, piece: Piece) {
        let order = |known: &Piece| geofence::order(&known.evidence(), &piece.evidence()).is_le();
        let place = self.evidence.partition_point(order);
        self.evidence.insert(place, piece);
    }

    /// Judges everything from a time on once more. `None` when it does not become what it was as far as it is known.
    fn replay(&mut self, from: Timestamp, atlas: &Atlas, policy: &Policy) -> Option<Replayed> {
        let (base, mut state) =
            self.checkpoints.range(..from).next_back().map(|(at, state)| (*at, state.clone()))?;
        let mut marks: BTreeMap<Timestamp, DeviceState> = BTreeMap::new();
        let (mut happened, mut end) = (Vec::new(), None);
        let is_as_it_was = |state: &DeviceState| {
            let mark = mark_of(state);
            let was = self.checkpoints.get(&mark).filter(|_| mark >= from)?;
            was.goes_on_like(state, atlas).then_some(mark)
        };
        let later = self.evidence.partition_point(|piece| piece.evidence().at() <= base);
        for piece in self.evidence.get(later..).unwrap_or_default() {
            let evidence = piece.evidence();
            let at = evidence.at();
            if is_due(&state, at) && mark_of(&state) > base {
                end = is_as_it_was(&state);
                if end.is_some() {
                    break;
                }
                marks.insert(mark_of(&state), state.clone());
            }
            let before: Vec<Stay> = state.stays().collect();
            let mut step = geofence::step(state, &evidence, atlas, policy);
            if matches!(step.verdict, Verdict::Plausible | Verdict::Implausible) {
                happened.extend(events(self.device, &before, &mut step, at));
            }
            state = step.state;
        }
        if end.is_none() && self.until.is_some() {
            end = Some(is_as_it_was(&state)?);
        }
        Some(self.settle((base, end), &happened, marks, state))
    }

    /// Puts the log and the checkpoints right for what happened after the base and until the end.
    fn settle(
        &mut self,
        (base, end): (Timestamp, Option<Timestamp>),
        happened: &[Event],
        marks: BTreeMap<Timestamp, DeviceState>,
        state: DeviceState,
    ) -> Replayed {
        let within = |at: Timestamp| base < at && end.is_none_or(|end| at <= end);
        let old = std::mem::take(&mut self.log);
        let mut new: Vec<LogEntry> = Vec::with_capacity(old.len());
        for known in old.iter().filter(|known| !within(known.decided_at)) {
            let mut known = known.clone();
            known.retracted_at = known.retracted_at.filter(|at| !within(*at));
            known.reviewed = known.reviewed.filter(|(_, at)| !within(*at));
            new.push(known);
        }
        // What was taken back or reviewed after the end was so only from there on.
        let is_later = |at: Timestamp| end.is_some_and(|end| end < at);
        for known in &mut new {
            known.retracted_at = known.retracted_at.filter(|at| !is_later(*at));
        }
        for event in happened {
            event.happen(&mut new);
        }
        let known_before: HashMap<_, &LogEntry> = old.iter().map(|one| (key(one), one)).collect();
        for known in &mut new {
            let before = known_before.get(&key(known)).copied();
            let taken_back = before.and_then(|one| one.retracted_at).filter(|at| is_later(*at));
            let reviewed = before.and_then(|one| one.reviewed).filter(|(_, at)| is_later(*at));
            known.retracted_at = known.retracted_at.or(taken_back);
            known.reviewed = reviewed.or(known.reviewed);
        }
        let mut log = Vec::new();
        let known_now: HashSet<_> = new.iter().map(key).collect();
        for known in old.iter().filter(|known| !known_now.contains(&key(known))) {
            let LogEntry { device, region, kind, at, decided_at, .. } = known;
            log.push(LogChange::Drop(*device, *region, *kind, *at, *decided_at));
        }
        let is_new = |one: &&LogEntry| known_before.get(&key(one)).is_none_or(|known| known != one);
        log.extend(new.iter().filter(is_new).cloned().map(LogChange::Put));
        let mut checkpoints = Vec::new();
        let gone = self.checkpoints.keys().copied();
        let gone: Vec<_> = gone
            .filter(|at| base < *at && end.is_none_or(|end| *at < end) && !marks.contains_key(at))
            .collect();
        for at in gone {
            self.checkpoints.remove(&at);
            checkpoints.push((self.device, at, None));
        }
        for (at, state) in marks {
            if self.checkpoints.get(&at) != Some(&state) {
                checkpoints.push((self.device, at, Some(state.clone())));
                self.checkpoints.insert(at, state);
            }
        }
        let holds = |log: &[LogEntry]| {
            log.iter().filter(|entry| entry.retracted_at.is_none()).cloned().collect::<Vec<_>>()
        };
        let (before, after) = (holds(&old), holds(&new));
        self.log = new;
        let state = end.is_none().then_some(state);
        Replayed { state, before, after, log, checkpoints, amended: None }
    }
}
