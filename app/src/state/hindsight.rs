//! What a region would have said: the machine that judges, run in the browser over the fixes of the last days while the
//! region is being drawn. Pure.

use crate::ui::metres_words;
use domain::{
    FriendId, Pace, Timestamp,
    geofence::{PastVisit, Policy, Sample, visits_on_paper},
};
use geodesy::{Area, Circle, Point};
use std::collections::BTreeMap;

/// How far back one looks, days.
pub const DAYS: u32 = 30;
/// The same, milliseconds.
const SPAN_MS: i64 = DAYS as i64 * 86_400_000;
/// What is farther from a region than this hardly matters to it, metres.
const BEYOND_M: f64 = 1_500.0;
/// Radii to try instead, as multiples.
const OTHER_RADII: [f64; 5] = [1.25, 1.5, 2.0, 2.5, 3.0];
/// So many fixes tell how exact phones usually are.
const ENOUGH_FIXES: usize = 5;

/// Where one device of a friend was.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Whose.
    pub friend: FriendId,
    /// In order of time.
    pub fixes: Vec<Sample>,
}

impl Trace {
    /// As the server tells it: milliseconds since 1970, degrees north and east, accuracy in metres. What is nowhere is left out.
    pub fn new(friend: FriendId, fixes: Vec<(i64, f64, f64, Option<f64>)>) -> Self {
        let fixes = fixes.into_iter().filter_map(|(at, lat, lon, accuracy_m)| {
            let point = Point::new(lat, lon).ok()?;
            Some(Sample { at: Timestamp::from_millis(at), point, accuracy_m })
        });
        Self { friend, fixes: fixes.collect() }
    }
}

/// What a region would have said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hindsight {
    /// One for each friend who was there; of several devices the one that was there most often.
    pub rows: Vec<Row>,
    /// How exact phones usually are there, metres, if the region is smaller than that.
    pub blurred_m: Option<f64>,
}

/// One friend's visits.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose.
    pub friend: FriendId,
    /// From when to when, as shares of the time looked back on: 0 is its beginning, 1 is now.
    pub visits: Vec<(f64, f64)>,
    /// How many of their comings and goings are doubtful.
    pub doubtful: usize,
}

/// A radius that would have been better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Better {
    /// The radius, metres.
    pub radius_m: f64,
    /// How much would be doubtful with it.
    pub doubtful: usize,
}

/// What fixes are asked for: those around a place, so far around that the region can still be moved a little.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    /// The middle.
    pub at: Point,
    /// How far around, metres.
    pub reach_m: f64,
}

impl Ground {
    /// The ground around an area.
    pub fn around(area: &Area) -> Self {
        Self { at: area.centre(), reach_m: 2.0 * (extent_m(area) + BEYOND_M) }
    }

    /// Whether everything that matters to an area is on it.
    pub fn holds(&self, area: &Area) -> bool {
        self.at.distance_m(area.centre()) + extent_m(area) + BEYOND_M <= self.reach_m
    }
}

/// How far an area's edge is from its middle at most, metres.
fn extent_m(area: &Area) -> f64 {
    match area {
        Area::Circle(circle) => circle.radius_m(),
        Area::Polygon(polygon) => {
            let middle = polygon.centre();
            polygon.points().iter().map(|corner| middle.distance_m(*corner)).fold(0.0, f64::max)
        }
    }
}

/// Judges what was by a region as it is drawn now.
pub fn look_back(traces: &[Trace], area: &Area, pace: Pace, now: Timestamp) -> Hindsight {
    let start = now.plus_millis(-SPAN_MS);
    let share = |at: Timestamp| {
        #[expect(clippy::cast_precision_loss, reason = "30 days are far below 2^52 milliseconds")]
        let share = at.millis_since(start) as f64 / SPAN_MS as f64;
        share.clamp(0.0, 1.0)
    };
    let mut rows: Vec<Row> = judge(traces, area, pace)
        .into_iter()
        .filter(|(_, (visits, _))| !visits.is_empty())
        .map(|(friend, (visits, doubtful))| Row {
            friend,
            visits: visits
                .iter()
                .map(|visit| (visit.from.map_or(0.0, share), visit.to.map_or(1.0, share)))
                .collect(),
            doubtful,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.visits.len()));
    let usual_m = usual_accuracy_m(traces, area);
    Hindsight { rows, blurred_m: usual_m.filter(|usual_m| *usual_m > extent_m(area)) }
}

/// Each friend's visits, by the device that was there most often, and how many of them are doubtful.
fn judge(traces: &[Trace], area: &Area, pace: Pace) -> BTreeMap<FriendId, (Vec<PastVisit>, usize)> {
    let mut told: BTreeMap<FriendId, (Vec<PastVisit>, usize)> = BTreeMap::new();
    for trace in traces {
        let mut found = visits_on_paper(&trace.fixes, area, pace, &Policy::default());
        // Who was there first of all was so since the first fix, as far as one knows.
        for visit in &mut found.0 {
            visit.from = visit.from.or(trace.fixes.first().map(|fix| fix.at));
        }
        let best = told.entry(trace.friend).or_default();
        if found.0.len() > best.0.len() {
            *best = found;
        }
    }
    told
}

/// The smallest radius around the same middle that leaves less to doubt than there is, of those that leave least.
pub fn better(traces: &[Trace], circle: &Circle, pace: Pace, doubtful: usize) -> Option<Better> {
    let mut best = None;
    for factor in OTHER_RADII {
        let left = best.map_or(doubtful, |best: Better| best.doubtful);
        if left == 0 {
            break;
        }
        let radius_m = (circle.radius_m() * factor / 10.0).ceil() * 10.0;
        let Ok(other) = Circle::new(circle.centre(), radius_m) else { break };
        let then = judge(traces, &Area::Circle(other), pace).values().map(|(_, doubtful)| doubtful).sum();
        if then < left {
            best = Some(Better { radius_m, doubtful: then });
        }
    }
    best
}

/// The middle one of how exact the fixes inside say they are.
fn usual_accuracy_m(traces: &[Trace], area: &Area) -> Option<f64> {
    let inside = traces.iter().flat_map(|trace| &trace.fixes).filter(|fix| area.contains(fix.point));
    let mut told: Vec<f64> = inside.filter_map(|fix| fix.accuracy_m).collect();
    told.sort_by(f64::total_cmp);
    (told.len() >= ENOUGH_FIXES).then(|| told.get(told.len() / 2).copied()).flatten()
}

impl Hindsight {
    /// Of all friends together.
    pub fn visits(&self) -> usize {
        self.rows.iter().map(|row| row.visits.len()).sum()
    }

    /// Of all friends together.
    pub fn doubtful(&self) -> usize {
        self.rows.iter().map(|row| row.doubtful).sum()
    }

    /// "Last 30 days: 41 visits, 3 doubtful. A radius of 120 m would give none."
    pub fn words(&self, better: Option<Better>) -> String {
        let visits = match self.visits() {
            0 => "nobody was here".to_owned(),
            1 => "1 visit".to_owned(),
            count => format!("{count} visits"),
        };
        let doubtful = match (self.visits(), self.doubtful()) {
            (0, _) => String::new(),
            (_, 0) => ", none doubtful".to_owned(),
            (_, count) => format!(", {count} doubtful"),
        };
        let hint = match (better, self.blurred_m) {
            (Some(Better { radius_m, doubtful }), _) => {
                let then = if doubtful == 0 { "none".to_owned() } else { doubtful.to_string() };
                format!(" A radius of {} would give {then}.", metres_words(radius_m))
            }
            (None, Some(usual_m)) => {
                format!(" Phones here are usually exact to {} only.", metres_words(usual_m))
            }
            (None, None) => String::new(),
        };
        format!("Last {DAYS} days: {visits}{doubtful}.{hint}")
    }
}

#[cfg(test)]
mod tests;
