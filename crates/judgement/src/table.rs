//! The simplest rule that takes accuracy seriously: four states for each region, each fix by itself, two for what is doubtful. What
//! ours has to be better than.

use crate::{
    Life,
    phone::{Said, Told},
    rules::{Call, Judged},
};
use domain::{
    Fix, Kind, Region, Timestamp,
    geofence::{Policy, Side, order},
};

/// Where it has somebody.
#[derive(Clone, Copy)]
enum State {
    Unknown,
    Outside,
    Entering(Timestamp),
    Inside,
    Leaving(Timestamp),
}

/// One sign.
struct Sign {
    at: Timestamp,
    side: Side,
    claim: Option<Kind>,
}

/// Judges a life by it, in the order in which things happened.
pub(crate) fn table(life: &Life) -> Judged {
    let policy = Policy::default();
    let mut told: Vec<&Told> = life.told.iter().collect();
    told.sort_by(|a, b| order(&a.evidence(), &b.evidence()));
    told.dedup_by(|a, b| order(&a.evidence(), &b.evidence()).is_eq() || is_double(a, b));
    let fixes: Vec<&Fix> = told.iter().filter_map(|told| fix(told)).collect();
    let is_impossible: Vec<Timestamp> = fixes
        .windows(3)
        .filter_map(|near| {
            let [before, fix, after] = near else { return None };
            (is_too_fast(before, fix, &policy) && is_too_fast(fix, after, &policy)).then_some(fix.at)
        })
        .collect();
    told.retain(|told| fix(told).is_none_or(|fix| is_impossible.binary_search(&fix.at).is_err()));
    let mut log: Vec<Call> =
        life.city.regions.iter().flat_map(|region| judge(region, &told, &policy)).collect();
    log.sort();
    Judged { first: log.clone(), log }
}

fn judge(region: &Region, told: &[&Told], policy: &Policy) -> Vec<Call> {
    let mut state = State::Unknown;
    let mut log = Vec::new();
    for sign in told.iter().filter_map(|told| sign(region, told, policy)) {
        let (next, crossed) = step(state, &sign, policy);
        state = next;
        log.extend(crossed.map(|(kind, at)| Call { at, region: region.id, kind, decided_at: sign.at }));
    }
    log
}

/// The next state, and what is said, since when.
fn step(state: State, sign: &Sign, policy: &Policy) -> (State, Option<(Kind, Timestamp)>) {
    use State::{Entering, Inside, Leaving, Outside, Unknown};

    let confirms = |first: Timestamp| sign.at.millis_since(first) >= policy.confirm_ms;
    let enters = sign.claim == Some(Kind::Enter) && !sign.side.is_out();
    let leaves = sign.claim == Some(Kind::Leave) && sign.side != Side::In;
    match (state, sign.side) {
        _ if sign.claim.is_some() && !enters && !leaves => (state, None),
        (Unknown, _) if enters => (Inside, None),
        (Unknown, _) if leaves => (Outside, None),
        (Unknown, Side::In) => (Inside, None),
        (Unknown, Side::Out | Side::FarOut) => (Outside, None),
        (Outside | Entering(_), _) if enters => (Inside, Some((Kind::Enter, sign.at))),
        (Inside | Leaving(_), _) if leaves => (Outside, Some((Kind::Leave, sign.at))),
        _ if sign.claim.is_some() => (state, None),
        (Outside, Side::In) => (Inside, Some((Kind::Enter, sign.at))),
        (Outside, Side::MaybeIn) => (Entering(sign.at), None),
        (Entering(first), Side::In) => (Inside, Some((Kind::Enter, first))),
        (Entering(first), Side::MaybeIn) if confirms(first) => (Inside, Some((Kind::Enter, first))),
        (Entering(_), Side::Out | Side::FarOut) => (Outside, None),
        (Inside, Side::FarOut) => (Outside, Some((Kind::Leave, sign.at))),
        (Inside, Side::Out) => (Leaving(sign.at), None),
        (Leaving(first), Side::Out | Side::FarOut) if confirms(first) => {
            (Outside, Some((Kind::Leave, first)))
        }
        (Leaving(_), Side::In | Side::MaybeIn) => (Inside, None),
        (state, _) => (state, None),
    }
}

fn sign(region: &Region, told: &Told, policy: &Policy) -> Option<Sign> {
    let (at, place, claim) = match &told.what {
        Said::Fix(fix) => (fix.at, Some((fix.point, fix.accuracy_m)), None),
        Said::Claim(claim) if claim.region == region.id => (claim.at, claim.fix, Some(claim.kind)),
        Said::Claim(_) => return None,
    };
    let side = place.map_or(Side::MaybeOut, |(point, a)| Side::of(&region.area, point, a, policy).0);
    Some(Sign { at, side, claim })
}

fn fix(told: &Told) -> Option<&Fix> {
    match &told.what {
        Said::Fix(fix) => Some(fix),
        Said::Claim(_) => None,
    }
}

/// The same, sent twice.
fn is_double(a: &Told, b: &Told) -> bool {
    fix(a).zip(fix(b)).is_some_and(|(a, b)| a.at == b.at)
}

fn is_too_fast(from: &Fix, to: &Fix, policy: &Policy) -> bool {
    let radii_m = policy.judged_accuracy_m(from.accuracy_m) + policy.judged_accuracy_m(to.accuracy_m);
    let way_m = from.point.distance_m(to.point) - radii_m;
    #[expect(clippy::cast_precision_loss, reason = "no two fixes are 2^53 ms apart")]
    let hours = to.at.millis_since(from.at) as f64 / 3_600_000.0;
    way_m > policy.most_kmh * 1000.0 * hours
}
