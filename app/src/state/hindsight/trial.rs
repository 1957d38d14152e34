//! One device's fixes judged by one area, with the machine of `domain::geofence`: what it would have said of them.

use domain::{
    Details, DeviceId, Fix, GroupId, Kind, Name, Pace, Region, RegionId, Timestamp,
    geofence::{Atlas, DeviceState, Evidence, Policy, step},
};
use geodesy::{Area, Point};
use std::str::FromStr;

/// A fix of the past, as far as judging goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Past {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub point: Point,
    /// How exact, metres.
    pub accuracy_m: Option<f64>,
}

/// From when to when somebody was there; without an end they still are.
pub type Visit = (Timestamp, Option<Timestamp>);

/// What would have been said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// The visits, in order.
    pub visits: Vec<Visit>,
    /// How many comings and goings there are to doubt: taken back later, a visit too short to be one, or back before
    /// one can have been away.
    pub doubtful: usize,
}

/// A shorter visit is doubtful, milliseconds.
const SHORT_VISIT_MS: i64 = 3 * 60_000;
/// Who is back sooner has perhaps not been away, milliseconds.
const SHORT_WAY_MS: i64 = 10 * 60_000;

/// Judges fixes, oldest first.
pub fn trial(fixes: &[Past], area: &Area, pace: Pace) -> Trial {
    let (Some(first), Ok(name), Some(region), Some(group), Some(device)) =
        (fixes.first(), Name::new("trial"), nobody::<RegionId>(), nobody::<GroupId>(), nobody::<DeviceId>())
    else {
        return Trial::default();
    };
    let atlas = Atlas::new([Region {
        id: region,
        group,
        name,
        area: area.clone(),
        demo: false,
        changed_at: first.at.plus_millis(-1),
        details: Details { pace, ..Details::default() },
    }]);
    let policy = Policy::default();
    let mut state = DeviceState::default();
    let mut crossings: Vec<(Timestamp, Kind)> = Vec::new();
    let mut taken_back = 0;
    for past in fixes {
        let fix = Fix {
            device,
            at: past.at,
            sent_at: None,
            received_at: past.at,
            point: past.point,
            accuracy_m: past.accuracy_m,
            altitude_m: None,
            velocity_kmh: None,
            course_deg: None,
            battery_pct: None,
            trigger: None,
            connection: None,
        };
        let judged = step(state, &Evidence::Fix { fix: &fix, listed: None }, &atlas, &policy);
        state = judged.state;
        for gone in &judged.retractions {
            crossings.retain(|crossing| *crossing != (gone.at, gone.kind));
            taken_back += 1;
        }
        crossings.extend(judged.crossings.iter().map(|crossing| (crossing.at, crossing.kind)));
    }
    crossings.sort_by_key(|(at, _)| *at);
    let still = state.stays().find(|stay| stay.region == region).map(|stay| stay.since);
    let visits = visits(&crossings, first.at, still);
    Trial { doubtful: taken_back + doubts(&visits), visits }
}

/// An id for what exists only here.
fn nobody<T: FromStr>() -> Option<T> {
    "00000000-0000-0000-0000-000000000000".parse().ok()
}

/// Pairs of comings and goings. Who was there first of all was so since the first fix.
fn visits(crossings: &[(Timestamp, Kind)], first: Timestamp, still: Option<Timestamp>) -> Vec<Visit> {
    let mut visits = Vec::new();
    let mut since = None;
    for (at, kind) in crossings {
        match kind {
            Kind::Enter => since = Some(*at),
            Kind::Leave => visits.push((since.take().unwrap_or(first), Some(*at))),
        }
    }
    visits.extend(since.or(still).map(|since| (since, None)));
    visits
}

fn doubts(visits: &[Visit]) -> usize {
    let short = |(from, to): &&Visit| to.is_some_and(|to| to.millis_since(*from) < SHORT_VISIT_MS);
    let next = visits.iter().skip(1);
    let back = visits
        .iter()
        .zip(next)
        .filter(|((_, gone), (back, _))| gone.is_some_and(|gone| back.millis_since(gone) < SHORT_WAY_MS));
    visits.iter().filter(short).count() + back.count()
}
