//! The table: one region, one piece of evidence, the next state and perhaps a crossing.

use super::{Crossing, Policy, RegionState, Side, Start};
use crate::{EvidenceNote, Kind, RegionId, Source, Timestamp, Witness};

/// The next state, and the crossing if there was one.
pub(super) type Change = (RegionState, Option<Crossing>);

/// Judges a position. `note` is the evidence as a crossing would quote it.
pub(super) fn judge_fix(
    before: RegionState,
    region: RegionId,
    side: Side,
    note: EvidenceNote,
    policy: &Policy,
) -> Change {
    use RegionState::{Entering, Inside, Leaving, Outside, Unknown};

    let at = note.at;
    let confirms = |first: Timestamp| at.millis_since(first) >= policy.confirm_ms;
    let holds = |first: Timestamp| at.millis_since(first) >= policy.hold_ms;
    match (before, side) {
        (Unknown { maybe_since }, Side::In) => (found(maybe_since.unwrap_or(at)), None),
        (Unknown { maybe_since: Some(since) }, Side::MaybeIn) if confirms(since) => (found(since), None),
        (Unknown { maybe_since: None }, Side::MaybeIn) => (Unknown { maybe_since: Some(at) }, None),
        (Unknown { .. } | Outside | Entering { .. }, Side::Out | Side::FarOut) => (Outside, None),

        (Outside, Side::In) if policy.hold_ms <= 0 => enter(region, None, note, Witness::Server),
        (Outside, Side::In | Side::MaybeIn) => (Entering { first: note }, None),
        (Entering { first }, Side::In) if holds(first.at) => {
            enter(region, Some(first), note, Witness::Server)
        }
        (Entering { first }, Side::MaybeIn) if holds(first.at) && confirms(first.at) => {
            enter(region, Some(first), note, Witness::Server)
        }

        (Inside { since, start }, Side::Out | Side::FarOut) if policy.hold_ms <= 0 => {
            leave(region, (since, start), None, note, Witness::Server)
        }
        (Inside { since, start }, Side::Out | Side::FarOut) => {
            (Leaving { inside_since: since, start, first: note }, None)
        }
        (Leaving { inside_since, start, .. }, Side::In | Side::MaybeIn) => {
            (Inside { since: inside_since, start }, None)
        }
        (Leaving { inside_since, start, first }, Side::Out | Side::FarOut) if holds(first.at) => {
            leave(region, (inside_since, start), Some(first), note, Witness::Server)
        }

        (before, _) => (before, None),
    }
}

/// Judges the phone's word, which its own position does not contradict. `sign` is a fix that says the same and was not believed by
/// itself.
pub(super) fn judge_claim(
    before: RegionState,
    region: RegionId,
    kind: Kind,
    sign: Option<EvidenceNote>,
    note: EvidenceNote,
    policy: &Policy,
) -> Change {
    use RegionState::{Entering, Inside, Leaving, Outside, Unknown};

    // A fix that pointed the same way shortly before is the server's word.
    let witness = |first: &EvidenceNote| {
        let near = note.at.millis_since(first.at) <= policy.agree_ms;
        if first.source == Source::Fix && near { Witness::Both } else { Witness::Phone }
    };
    match (before, kind) {
        (Unknown { maybe_since }, Kind::Enter) => (found(maybe_since.unwrap_or(note.at)), None),
        (Unknown { .. } | Outside | Entering { .. }, Kind::Leave) => (Outside, None),
        (Outside, Kind::Enter) => {
            let witness = sign.as_ref().map_or(Witness::Phone, witness);
            enter(region, sign, note, witness)
        }
        (Entering { first }, Kind::Enter) => {
            let witness = witness(&first);
            enter(region, Some(first), note, witness)
        }
        (Inside { since, start }, Kind::Enter) => (Inside { since, start }, None),
        (Leaving { inside_since, start, .. }, Kind::Enter) => (Inside { since: inside_since, start }, None),
        (Inside { since, start }, Kind::Leave) => {
            let witness = sign.as_ref().map_or(Witness::Phone, witness);
            leave(region, (since, start), sign, note, witness)
        }
        (Leaving { inside_since, start, first }, Kind::Leave) => {
            let witness = witness(&first);
            leave(region, (inside_since, start), Some(first), note, witness)
        }
    }
}

fn found(since: Timestamp) -> RegionState {
    RegionState::Inside { since, start: Start::Found }
}

fn enter(region: RegionId, first: Option<EvidenceNote>, last: EvidenceNote, witness: Witness) -> Change {
    let crossing = crossing(region, Kind::Enter, first, last, witness);
    (RegionState::Inside { since: crossing.at, start: Start::Entered }, Some(crossing))
}

fn leave(
    region: RegionId,
    (since, start): (Timestamp, Start),
    first: Option<EvidenceNote>,
    last: EvidenceNote,
    witness: Witness,
) -> Change {
    let mut crossing = crossing(region, Kind::Leave, first, last, witness);
    crossing.stay_ms = match start {
        Start::Entered => Some(crossing.at.millis_since(since)),
        Start::Found => None,
    };
    (RegionState::Outside, Some(crossing))
}

fn crossing(
    region: RegionId,
    kind: Kind,
    first: Option<EvidenceNote>,
    last: EvidenceNote,
    witness: Witness,
) -> Crossing {
    Crossing {
        region,
        kind,
        at: first.as_ref().map_or(last.at, |first| first.at),
        decided_at: last.at,
        witness,
        evidence: first.into_iter().chain([last]).collect(),
        stay_ms: None,
    }
}
