//! What a region would have said, as the page asks for it and says it: of the last days by everybody, judged in the browser with each
//! pull at a handle; or of a year of one friend, which the server judges. Pure.

use crate::ui::metres_words;
use domain::{
    FriendId, Timestamp,
    geofence::Sample,
    hindsight::{Better, Hindsight},
};
use geodesy::{Area, Point};

/// How far back one looks on everybody, days.
pub const DAYS: u32 = 30;
/// How far back on one friend.
pub const YEAR_DAYS: u32 = 365;
/// What is farther from a region than this hardly matters to it, metres.
const BEYOND_M: f64 = 1_500.0;

/// What is looked back on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Past {
    /// The last days of everybody.
    #[default]
    Days,
    /// A year of one friend.
    Year(FriendId),
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

/// Numbers of one fix in a packed track.
const WORDS: usize = 4;
/// A degree in parts of which each is a hand's breadth: nobody drags more finely.
const PARTS: f64 = 1e6;

/// A track in a third of the room: for each fix how many milliseconds, and how many millionths of a degree north and east, it is from
/// the one before, and how exact it is in tenths of a metre, or -1.
#[expect(clippy::cast_possible_truncation, reason = "rounded, and no place or accuracy is near 2^63")]
pub fn pack(fixes: &[Sample]) -> Vec<i64> {
    let mut packed = Vec::with_capacity(fixes.len() * WORDS);
    let mut before = (0, 0, 0);
    for fix in fixes {
        let parts = |degrees: f64| (degrees * PARTS).round() as i64;
        let here = (fix.at.as_millis(), parts(fix.point.lat()), parts(fix.point.lon()));
        let accuracy = fix.accuracy_m.map_or(-1, |accuracy_m| (accuracy_m * 10.0).round() as i64);
        packed.extend([here.0 - before.0, here.1 - before.1, here.2 - before.2, accuracy]);
        before = here;
    }
    packed
}

/// The same unpacked. What is nowhere is left out.
#[expect(clippy::cast_precision_loss, reason = "whole numbers far below 2^52")]
pub fn unpack(packed: &[i64]) -> Vec<Sample> {
    let mut here = (0_i64, 0_i64, 0_i64);
    let fixes = packed.chunks_exact(WORDS).filter_map(|words| {
        let [later, north, east, accuracy] = *words else { return None };
        here = (here.0.checked_add(later)?, here.1.checked_add(north)?, here.2.checked_add(east)?);
        let point = Point::new(here.1 as f64 / PARTS, here.2 as f64 / PARTS).ok()?;
        let accuracy_m = (accuracy >= 0).then_some(accuracy as f64 / 10.0);
        Some(Sample { at: Timestamp::from_millis(here.0), point, accuracy_m })
    });
    fixes.collect()
}

/// "Last 30 days: 41 visits, 3 doubtful. A radius of 120 m would give none." Of a year: "A year of Ann: …".
pub fn words(told: &Hindsight, whose_year: Option<&str>) -> String {
    let visits = match told.visits() {
        0 => "nobody was here".to_owned(),
        1 => "1 visit".to_owned(),
        count => format!("{count} visits"),
    };
    let doubtful = match (told.visits(), told.doubtful()) {
        (0, 0) => String::new(),
        (_, 0) => ", none doubtful".to_owned(),
        (_, count) => format!(", {count} doubtful"),
    };
    let hint = told.better.map_or_else(String::new, |Better { radius_m, doubtful }| {
        let then = if doubtful == 0 { "none".to_owned() } else { doubtful.to_string() };
        format!(" A radius of {} would give {then}.", metres_words(radius_m))
    });
    let span = whose_year.map_or_else(|| format!("Last {DAYS} days"), |friend| format!("A year of {friend}"));
    let cut = if told.cut_off { " There was more than is looked at: the first part is missing." } else { "" };
    format!("{span}: {visits}{doubtful}.{hint}{cut}")
}

#[cfg(test)]
mod tests;
