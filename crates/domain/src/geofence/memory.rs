//! What the engine remembers of single pieces of evidence: for the speed check, for doubles, for the other witness.

use super::{Claim, Crossing, Evidence, Policy, RegionState, Review, evidence::by_place};
use crate::{Kind, RegionId, Timestamp, Witness};
use geodesy::Point;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A position as the speed check needs it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) point: Point,
    /// As judged: never unknown.
    pub(super) accuracy_m: f64,
    pub(super) at: Timestamp,
}

/// A place to a centimetre. Such a number is read from JSON exactly as it was written.
pub(super) fn rounded(point: Point) -> Point {
    Point::new(to_decimals(point.lat(), 7), to_decimals(point.lon(), 7)).unwrap_or(point)
}

/// A number with so many digits after the point.
pub(super) fn to_decimals(number: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (number * scale).round() / scale
}

/// Where the newest evidence stands in the order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Seen {
    Fix(Timestamp, Point),
    Claim(Timestamp, RegionId, Kind),
}

/// A crossing the other witness may still have something to say about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    pub(super) region: RegionId,
    pub(super) kind: Kind,
    pub(super) at: Timestamp,
    pub(super) decided_at: Timestamp,
    pub(super) witness: Witness,
    /// How it stood before, in case it turns out to be wrong.
    pub(super) before: RegionState,
}

impl Position {
    /// Rounded to what phones are exact to, so that it is the same however often it was written down and read.
    pub(super) fn new(point: Point, accuracy_m: f64, at: Timestamp) -> Self {
        Self { point: rounded(point), accuracy_m: to_decimals(accuracy_m, 2), at }
    }

    /// Whether one can have come from here to there at a believable speed, giving both the benefit of their accuracy.
    pub(super) fn can_reach(&self, next: &Self, policy: &Policy) -> bool {
        self.can_reach_at(next, policy.most_kmh)
    }

    /// The same at a given speed.
    pub(super) fn can_reach_at(&self, next: &Self, kmh: f64) -> bool {
        let way_m = self.point.distance_m(next.point) - self.accuracy_m - next.accuracy_m;
        // 1 km/h is 1/3600 metre in a millisecond.
        #[expect(clippy::cast_precision_loss, reason = "no two fixes are 2^53 ms apart")]
        let reach_m = next.at.millis_since(self.at) as f64 * kmh / 3600.0;
        way_m <= 0.0 || way_m <= reach_m
    }
}

impl Seen {
    pub(super) fn at(&self) -> Timestamp {
        match self {
            Self::Fix(at, ..) | Self::Claim(at, ..) => *at,
        }
    }

    /// How another piece of evidence lies to this one: `Equal` when it says the same.
    pub(super) fn order(&self, evidence: &Evidence<'_>) -> Ordering {
        evidence.at().cmp(&self.at()).then_with(|| match (evidence, self) {
            (Evidence::Fix { .. }, Self::Claim(..)) => Ordering::Less,
            (Evidence::Claim(_), Self::Fix(..)) => Ordering::Greater,
            (Evidence::Fix { fix, .. }, Self::Fix(_, point)) => by_place(rounded(fix.point), *point),
            (Evidence::Claim(claim), Self::Claim(_, region, kind)) => {
                claim.region.cmp(region).then_with(|| claim.kind.cmp(kind))
            }
        })
    }
}

impl From<&Evidence<'_>> for Seen {
    fn from(evidence: &Evidence<'_>) -> Self {
        match evidence {
            Evidence::Fix { fix, .. } => Self::Fix(fix.at, rounded(fix.point)),
            Evidence::Claim(claim) => Self::Claim(claim.at, claim.region, claim.kind),
        }
    }
}

impl Recent {
    /// Whether something of this time can be about this crossing: within the window of the time it took.
    pub(super) fn is_near(&self, at: Timestamp, policy: &Policy) -> bool {
        self.at.millis_since(at) <= policy.agree_ms && at.millis_since(self.decided_at) <= policy.agree_ms
    }

    /// Whether a claim is the phone's word on this very crossing, which so far only the server knows of.
    pub(super) fn is_confirmed_by(&self, claim: &Claim, policy: &Policy) -> bool {
        self.witness == Witness::Server
            && self.region == claim.region
            && self.kind == claim.kind
            && self.is_near(claim.at, policy)
    }

    /// The crossing with another witness from now on.
    pub(super) fn review(&mut self, witness: Witness) -> Review {
        self.witness = witness;
        Review { region: self.region, kind: self.kind, at: self.at, witness }
    }
}

impl Recent {
    pub(super) fn new(crossing: &Crossing, before: RegionState) -> Self {
        Self {
            region: crossing.region,
            kind: crossing.kind,
            at: crossing.at,
            decided_at: crossing.decided_at,
            witness: crossing.witness,
            before,
        }
    }
}
