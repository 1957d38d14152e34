//! What a device tells, and on which side of an edge it puts the device.

use super::{Policy, atlas::When};
use crate::{Fix, Kind, RegionId, Timestamp};
use geodesy::{Area, Point};
use std::cmp::Ordering;

/// One piece of evidence about one device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence<'a> {
    /// A position, with the regions the phone says it is in.
    Fix {
        /// The position.
        fix: &'a Fix,
        /// The regions listed beside it; `None` when the phone sent no list. `None` and an empty list have the same effect.
        listed: Option<&'a [RegionId]>,
    },
    /// The phone's own word that it has crossed an edge.
    Claim(Claim),
}

/// The phone's own word that it has crossed the edge of a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// In or out.
    pub kind: Kind,
    /// Which region.
    pub region: RegionId,
    /// When, by the phone's clock.
    pub at: Timestamp,
    /// When the server got it.
    pub received_at: Timestamp,
    /// Where the phone was when it said so, and how exact that is in metres; `None` when it did not tell. 0° 0° counts as
    /// not told.
    pub fix: Option<(Point, Option<f64>)>,
}

impl Evidence<'_> {
    /// When it was taken, by the phone's clock. The machine goes by this time.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Fix { fix, .. } => fix.at,
            Self::Claim(claim) => claim.at,
        }
    }

    /// By when the server had it, and it had been taken.
    pub(super) fn when(&self) -> When {
        let received_at = match self {
            Self::Fix { fix, .. } => fix.received_at,
            Self::Claim(claim) => claim.received_at,
        };
        When { at: self.at(), known_at: received_at.max(self.at()) }
    }

    /// Whether its time can be true; see [`Fix::has_plausible_time`], which holds for claims likewise.
    pub fn has_plausible_time(&self) -> bool {
        match self {
            Self::Fix { fix, .. } => fix.has_plausible_time(),
            Self::Claim(Claim { at, received_at, .. }) => Fix::is_plausible(*at, *received_at),
        }
    }
}

/// The order in which evidence is judged: by the time it was taken; of one moment positions before claims; then by what it
/// says, so that the same pieces of evidence always come in the same order. Only what is equal in every respect is `Equal`.
pub fn order(a: &Evidence<'_>, b: &Evidence<'_>) -> Ordering {
    // An accuracy before none.
    let accuracies = |a: Option<f64>, b: Option<f64>| a.unwrap_or(f64::MAX).total_cmp(&b.unwrap_or(f64::MAX));
    a.at().cmp(&b.at()).then_with(|| match (a, b) {
        (Evidence::Fix { .. }, Evidence::Claim(_)) => Ordering::Less,
        (Evidence::Claim(_), Evidence::Fix { .. }) => Ordering::Greater,
        (Evidence::Fix { fix: a, listed: a_listed }, Evidence::Fix { fix: b, listed: b_listed }) => {
            by_place(a.point, b.point)
                .then_with(|| accuracies(a.accuracy_m, b.accuracy_m))
                // What lists regions before what does not.
                .then_with(|| b_listed.unwrap_or_default().cmp(a_listed.unwrap_or_default()))
                .then_with(|| a.received_at.cmp(&b.received_at))
        }
        (Evidence::Claim(a), Evidence::Claim(b)) => a
            .region
            .cmp(&b.region)
            .then_with(|| a.kind.cmp(&b.kind))
            .then_with(|| match (a.fix, b.fix) {
                (Some((a, a_m)), Some((b, b_m))) => by_place(a, b).then_with(|| accuracies(a_m, b_m)),
                (a, b) => b.is_some().cmp(&a.is_some()),
            })
            .then_with(|| a.received_at.cmp(&b.received_at)),
    })
}

/// South before north, west before east.
pub(super) fn by_place(a: Point, b: Point) -> Ordering {
    a.lat().total_cmp(&b.lat()).then(a.lon().total_cmp(&b.lon()))
}

impl Claim {
    /// Where the phone was, if it told anything usable.
    pub(super) fn place(&self) -> Option<(Point, Option<f64>)> {
        self.fix.filter(|(point, _)| point.lat().abs() >= 1e-9 || point.lon().abs() >= 1e-9)
    }
}

/// On which side of a region's edge a position puts a device, from surely inside to surely far away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The whole disc is inside.
    In,
    /// The centre is inside, part of the disc is not.
    MaybeIn,
    /// The centre is outside, but the disc and the buffer round it touch.
    MaybeOut,
    /// Disc and buffer are outside.
    Out,
    /// The whole disc is far outside.
    FarOut,
}

impl Side {
    /// The side of an area on which a position is, and its signed distance to the edge in metres, negative inside. The
    /// accuracy is the reported one.
    pub fn of(area: &Area, point: Point, accuracy_m: Option<f64>, policy: &Policy) -> (Self, f64) {
        let edge_m = area.signed_distance_m(point);
        let radius_m = policy.judged_accuracy_m(accuracy_m);
        let side = if edge_m <= -radius_m {
            Self::In
        } else if edge_m <= 0.0 {
            Self::MaybeIn
        } else if edge_m <= radius_m + policy.buffer_m {
            Self::MaybeOut
        } else if edge_m - radius_m <= policy.far_m {
            Self::Out
        } else {
            Self::FarOut
        };
        (side, edge_m)
    }

    /// Whether it is [`Self::Out`] or [`Self::FarOut`].
    pub fn is_out(self) -> bool {
        self >= Self::Out
    }

    /// Whether the centre is inside.
    pub(super) fn is_inside(self) -> bool {
        self <= Self::MaybeIn
    }

    /// Whether it leaves no doubt that a crossing of this kind has happened, if one has.
    pub(super) fn agrees_with(self, kind: Kind) -> bool {
        match kind {
            Kind::Enter => self == Self::In,
            Kind::Leave => self.is_out(),
        }
    }

    /// Whether it leaves no doubt that a crossing of this kind has *not* happened.
    pub(super) fn contradicts(self, kind: Kind) -> bool {
        match kind {
            Kind::Enter => self.is_out(),
            Kind::Leave => self == Self::In,
        }
    }
}
