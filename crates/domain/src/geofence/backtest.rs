//! What a region would have said of fixes that are there already: the same machine, on paper.

use super::{Atlas, DeviceState, Evidence, Policy, Retraction, Verdict, order, step};
use crate::{Details, DeviceId, Fix, GroupId, Kind, Name, Pace, Region, RegionId, Timestamp};
use geodesy::{Area, Circle, Point};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A fix as far as a back-test needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was taken.
    pub at: Timestamp,
    /// Where.
    pub point: Point,
    /// How exact it is, metres.
    pub accuracy_m: Option<f64>,
}

/// What a region would have said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backtest {
    /// The stays, in order.
    pub visits: Vec<PastVisit>,
    /// How many of them, and of those that were said and taken back, are doubtful: too short to be one, or an error of the phone.
    pub doubtful: usize,
    /// For a circle with doubtful visits: the smallest larger radius tried that has none, metres.
    pub suggested_radius_m: Option<f64>,
    /// How exact the middle one of the fixes in and near the area is, metres.
    pub usual_accuracy_m: Option<f64>,
}

/// A stay that would have been said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PastVisit {
    /// Since when; `None` when it had begun before the first fix.
    pub from: Option<Timestamp>,
    /// Until when; `None` when it goes on.
    pub to: Option<Timestamp>,
}

/// A stay shorter than this is doubtful.
const SHORT_MS: i64 = 180_000;
/// How many times larger the radii are that are tried, and the largest of them.
const LARGER: [f64; 6] = [1.2, 1.4, 1.7, 2.0, 2.5, 3.0];
const LARGEST_M: f64 = 1000.0;
/// Up to how far from the edge fixes count for the usual accuracy.
const NEAR_M: f64 = 200.0;

/// What a region of that shape and pace would have said of one device's fixes, in whatever order they are.
#[must_use]
pub fn backtest(samples: &[Sample], area: &Area, pace: Pace, policy: &Policy) -> Backtest {
    let fixes = in_order(samples);
    let (visits, doubtful) = judge(&fixes, area, pace, policy);
    let usual_accuracy_m = usual_accuracy_m(&fixes, area);
    let suggested_radius_m = match area {
        Area::Circle(circle) if doubtful > 0 => LARGER
            .iter()
            .map(|times| (circle.radius_m() * times).round())
            .filter(|radius_m| *radius_m <= LARGEST_M)
            .find(|radius_m| {
                let larger = Circle::new(circle.centre(), *radius_m);
                larger.is_ok_and(|larger| judge(&fixes, &larger.into(), pace, policy).1 == 0)
            }),
        Area::Circle(_) | Area::Polygon(_) => None,
    };
    Backtest { visits, doubtful, suggested_radius_m, usual_accuracy_m }
}

/// The same without advice, which costs up to six times as much: the visits, and how many are doubtful.
#[must_use]
pub fn visits_on_paper(
    samples: &[Sample],
    area: &Area,
    pace: Pace,
    policy: &Policy,
) -> (Vec<PastVisit>, usize) {
    judge(&in_order(samples), area, pace, policy)
}

fn in_order(samples: &[Sample]) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = samples.iter().map(fix).collect();
    fixes.sort_by(|a, b| {
        order(&Evidence::Fix { fix: a, listed: None }, &Evidence::Fix { fix: b, listed: None })
    });
    fixes
}

fn judge(fixes: &[Fix], area: &Area, pace: Pace, policy: &Policy) -> (Vec<PastVisit>, usize) {
    let Some(region) = region(area, pace) else { return (Vec::new(), 0) };
    let (id, atlas) = (region.id, Atlas::new([region]));
    let mut state = DeviceState::default();
    let mut log: BTreeMap<Timestamp, Kind> = BTreeMap::new();
    let mut taken_back = 0;
    for fix in fixes {
        let next = step(state, &Evidence::Fix { fix, listed: None }, &atlas, policy);
        debug_assert!(next.verdict != Verdict::Late, "they are in order");
        state = next.state;
        for Retraction { kind, at, .. } in next.retractions {
            taken_back += usize::from(kind == Kind::Enter);
            log.remove(&at);
        }
        log.extend(next.crossings.into_iter().map(|crossing| (crossing.at, crossing.kind)));
    }
    let mut visits: Vec<PastVisit> = Vec::new();
    for (at, kind) in log {
        match (kind, visits.last_mut()) {
            (Kind::Enter, _) => visits.push(PastVisit { from: Some(at), to: None }),
            (Kind::Leave, Some(visit)) => visit.to = Some(at),
            (Kind::Leave, None) => visits.push(PastVisit { from: None, to: Some(at) }),
        }
    }
    if visits.is_empty() && state.stays().any(|stay| stay.region == id) {
        visits.push(PastVisit { from: None, to: None });
    }
    let is_short = |visit: &&PastVisit| {
        visit.from.zip(visit.to).is_some_and(|(from, to)| to.millis_since(from) < SHORT_MS)
    };
    let short = visits.iter().filter(is_short).count();
    // Out and in again within so short a time is as doubtful.
    let gaps = visits.iter().zip(visits.iter().skip(1));
    let is_gap = |(before, after): &(&PastVisit, &PastVisit)| {
        before.to.zip(after.from).is_some_and(|(to, from)| from.millis_since(to) < SHORT_MS)
    };
    let doubtful = short + gaps.filter(is_gap).count() + taken_back;
    (visits, doubtful)
}

fn usual_accuracy_m(fixes: &[Fix], area: &Area) -> Option<f64> {
    let bounds = area.bounding_box().expanded(NEAR_M);
    let known = |fix: &&Fix| bounds.contains(fix.point) && area.signed_distance_m(fix.point) <= NEAR_M;
    let mut accuracies: Vec<f64> = fixes
        .iter()
        .filter(known)
        .filter_map(|fix| fix.accuracy_m)
        .filter(|a| a.is_finite() && *a > 0.0)
        .collect();
    accuracies.sort_by(f64::total_cmp);
    accuracies.get(accuracies.len() / 2).copied()
}

fn fix(sample: &Sample) -> Fix {
    Fix {
        device: DeviceId::new(Uuid::nil()),
        at: sample.at,
        sent_at: None,
        received_at: sample.at,
        point: sample.point,
        accuracy_m: sample.accuracy_m,
        altitude_m: None,
        velocity_kmh: None,
        course_deg: None,
        battery_pct: None,
        trigger: None,
        connection: None,
    }
}

fn region(area: &Area, pace: Pace) -> Option<Region> {
    Some(Region {
        id: RegionId::new(Uuid::nil()),
        group: GroupId::new(Uuid::nil()),
        name: Name::new("Draft").ok()?,
        area: area.clone(),
        demo: false,
        changed_at: Timestamp::MIN,
        details: Details { pace, ..Details::default() },
    })
}
