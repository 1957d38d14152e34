//! What regions would have said of fixes that are there already: the same machine, on paper.

use super::{Atlas, DeviceState, Evidence, Policy, Retraction, Verdict, order, step};
use crate::{Details, DeviceId, Fix, GroupId, Kind, Name, Pace, Region, RegionId, Timestamp};
use geodesy::{Area, Point};
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

/// What a region would have said of one device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backtest {
    /// The stays, in order.
    pub visits: Vec<PastVisit>,
    /// How often it was wrong or may have been: a stay or a way out too short to be one, and whatever was said and taken back.
    pub doubtful: usize,
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

/// What regions of these shapes and that pace would each have said of one device's fixes, in whatever order they are. The machine
/// goes over the fixes once, however many shapes there are, and none of them has a say about another.
#[must_use]
pub fn backtest(samples: &[Sample], areas: &[Area], pace: Pace, policy: &Policy) -> Vec<Backtest> {
    let regions: Vec<Region> =
        areas.iter().zip(1..).filter_map(|(area, number)| region(number, area, pace)).collect();
    let mut logs: Vec<Log> = regions.iter().map(|region| Log::of(region.id)).collect();
    let atlas = Atlas::new(regions);
    let mut state = DeviceState::default();
    for sample in in_order(samples) {
        let next = step(state, &Evidence::Fix { fix: &fix(&sample), listed: None }, &atlas, policy);
        debug_assert!(next.verdict != Verdict::Late, "they are in order");
        state = next.state;
        let taken_back = next.retractions;
        for log in logs.iter_mut().filter(|_| !taken_back.is_empty()) {
            log.take_back(&taken_back);
        }
        for crossing in next.crossings {
            if let Some(log) = logs.iter_mut().find(|log| log.region == crossing.region) {
                log.turns.insert(crossing.at, crossing.kind);
            }
        }
    }
    let told = |log: Log| {
        let is_in = state.stays().any(|stay| stay.region == log.region);
        log.told(if is_in { Now::In } else { Now::Out })
    };
    logs.into_iter().map(told).collect()
}

/// What was said of one region so far.
struct Log {
    region: RegionId,
    turns: BTreeMap<Timestamp, Kind>,
    taken_back: usize,
}

/// Where somebody is in the end.
#[derive(Clone, Copy, PartialEq)]
enum Now {
    In,
    Out,
}

impl Log {
    fn of(region: RegionId) -> Self {
        Self { region, turns: BTreeMap::new(), taken_back: 0 }
    }

    /// What is taken back at once is one error, a visit or a way out.
    fn take_back(&mut self, all: &[Retraction]) {
        let mine = all.iter().filter(|retraction| retraction.region == self.region);
        let before = self.turns.len();
        mine.for_each(|retraction| {
            self.turns.remove(&retraction.at);
        });
        self.taken_back += usize::from(self.turns.len() < before);
    }

    fn told(self, now: Now) -> Backtest {
        let mut visits: Vec<PastVisit> = Vec::new();
        for (at, kind) in self.turns {
            match (kind, visits.last_mut()) {
                (Kind::Enter, _) => visits.push(PastVisit { from: Some(at), to: None }),
                (Kind::Leave, Some(visit)) => visit.to = Some(at),
                (Kind::Leave, None) => visits.push(PastVisit { from: None, to: Some(at) }),
            }
        }
        if visits.is_empty() && now == Now::In {
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
        let doubtful = short + gaps.filter(is_gap).count() + self.taken_back;
        Backtest { visits, doubtful }
    }
}

/// Such as the machine takes them: what is stored is in order already, but for clocks that were ahead.
fn in_order(samples: &[Sample]) -> Vec<Sample> {
    let mut samples = samples.to_vec();
    samples.sort_by(|a, b| {
        a.at.cmp(&b.at).then_with(|| {
            order(
                &Evidence::Fix { fix: &fix(a), listed: None },
                &Evidence::Fix { fix: &fix(b), listed: None },
            )
        })
    });
    samples
}

fn fix(sample: &Sample) -> Fix {
    Fix { accuracy_m: sample.accuracy_m, ..Fix::bare(DeviceId::new(Uuid::nil()), sample.at, sample.point) }
}

fn region(number: u128, area: &Area, pace: Pace) -> Option<Region> {
    Some(Region {
        id: RegionId::new(Uuid::from_u128(number)),
        group: GroupId::new(Uuid::nil()),
        name: Name::new("Draft").ok()?,
        area: area.clone(),
        demo: false,
        changed_at: Timestamp::MIN,
        details: Details { pace, ..Details::default() },
    })
}
