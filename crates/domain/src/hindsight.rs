//! What a region would have said of days past, by everybody who was near: the machine that judges, over stored fixes, while the
//! region is being drawn. In the browser over the last month, on the server over a year. Pure.

mod near;

pub use near::near;

use crate::{
    FriendId, Pace, Timestamp,
    geofence::{Backtest, Policy, Sample, backtest},
};
use geodesy::{Area, Circle};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Radii to try instead, as multiples.
const OTHER_RADII: [f64; 5] = [1.25, 1.5, 2.0, 2.5, 3.0];
/// So many fixes tell how exact phones usually are.
const ENOUGH_FIXES: usize = 5;
/// Up to how far from the edge fixes count for that, metres: a region that is too small sees nobody.
const AROUND_M: f64 = 100.0;

/// Where one device of a friend was.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Whose.
    pub friend: FriendId,
    /// Where and when.
    pub fixes: Vec<Sample>,
}

/// The time that is looked back on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From here.
    pub from: Timestamp,
    /// To here.
    pub to: Timestamp,
}

impl Span {
    /// So many days until a moment.
    pub const fn days(days: u32, until: Timestamp) -> Self {
        Self { from: until.plus_millis(-(days as i64) * 86_400_000), to: until }
    }

    /// How much of it is over at a moment: 0 is its beginning, 1 its end.
    fn share(self, at: Timestamp) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a year is far below 2^52 milliseconds")]
        let share = at.millis_since(self.from) as f64 / self.to.millis_since(self.from).max(1) as f64;
        // A bar of days is no wider than ten thousand pixels.
        (share.clamp(0.0, 1.0) * 1e5).round() / 1e5
    }
}

/// What a region would have said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hindsight {
    /// One for each friend who was there, who was there most often first; of several devices the one that was there most often.
    pub rows: Vec<Row>,
    /// How exact phones usually are in it and around, metres, if enough of them were.
    pub usual_m: Option<f64>,
    /// A radius that would have been better, if that was asked for.
    pub better: Option<Better>,
    /// Whether there were more fixes than are looked at, so that the first part of the time is missing.
    pub cut_off: bool,
}

/// One friend's visits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Whose.
    pub friend: FriendId,
    /// From when to when, as shares of the time looked back on: 0 is its beginning, 1 its end.
    pub visits: Vec<(f64, f64)>,
    /// How many of their comings and goings are doubtful.
    pub doubtful: usize,
}

/// A radius that would have been better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Better {
    /// The radius, metres.
    pub radius_m: f64,
    /// How much would be doubtful with it.
    pub doubtful: usize,
}

/// Looks back on one region, trace by trace.
#[derive(Clone, Debug)]
pub struct Look {
    /// The region, and what might be better.
    areas: Vec<Area>,
    pace: Pace,
    span: Span,
    /// For each friend, and each of the areas, by the device that was there most often.
    told: BTreeMap<FriendId, Vec<Backtest>>,
    accuracies: Vec<f64>,
    cut_off: bool,
}

impl Look {
    /// At that region.
    pub fn new(area: &Area, pace: Pace, span: Span) -> Self {
        let areas = vec![area.clone()];
        Self { areas, pace, span, told: BTreeMap::new(), accuracies: Vec::new(), cut_off: false }
    }

    /// And at circles of other radii, for advice.
    #[must_use]
    pub fn with_advice(mut self) -> Self {
        if let Some(Area::Circle(circle)) = self.areas.first().cloned() {
            self.areas.extend(others(&circle).map(Area::Circle));
        }
        self
    }

    /// With what one device saw.
    pub fn take(&mut self, trace: &Trace) {
        let Some(area) = self.areas.first() else { return };
        let mut found = backtest(&trace.fixes, &self.areas, self.pace, &Policy::default());
        // Who was there first of all was so since the first fix, as far as one knows.
        let first = trace.fixes.iter().map(|fix| fix.at).min();
        for visit in found.iter_mut().flat_map(|found| &mut found.visits) {
            visit.from = visit.from.or(first);
        }
        self.accuracies.extend(accuracies(&trace.fixes, area));
        match self.told.get_mut(&trace.friend) {
            None => {
                self.told.insert(trace.friend, found);
            }
            Some(best) => {
                let better = |(best, found): (&mut Backtest, Backtest)| {
                    if found.visits.len() > best.visits.len() {
                        *best = found;
                    }
                };
                best.iter_mut().zip(found).for_each(better);
            }
        }
    }

    /// Notes that a trace is not whole.
    pub fn is_cut_off(&mut self) {
        self.cut_off = true;
    }

    /// What it would have said.
    pub fn hindsight(self) -> Hindsight {
        let doubts = |number| -> usize {
            self.told.values().filter_map(|told| told.get(number)).map(|told: &Backtest| told.doubtful).sum()
        };
        let others = self.areas.iter().enumerate().skip(1).filter_map(|(number, area)| match area {
            Area::Circle(circle) => Some(Better { radius_m: circle.radius_m(), doubtful: doubts(number) }),
            Area::Polygon(_) => None,
        });
        let better = best(doubts(0), others);
        let usual_m = usual_m(self.accuracies);
        let share = |at: Timestamp| self.span.share(at);
        let row = |(friend, told): (FriendId, Vec<Backtest>)| {
            let Backtest { visits, doubtful } = told.into_iter().next()?;
            let visits: Vec<(f64, f64)> = visits
                .iter()
                .map(|visit| (visit.from.map_or(0.0, share), visit.to.map_or(1.0, share)))
                .collect();
            (!visits.is_empty() || doubtful > 0).then_some(Row { friend, visits, doubtful })
        };
        let mut rows: Vec<Row> = self.told.into_iter().filter_map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.visits.len()));
        Hindsight { rows, usual_m, better, cut_off: self.cut_off }
    }
}

/// Around the same middle, from small to large.
fn others(circle: &Circle) -> impl Iterator<Item = Circle> {
    let larger = |factor: f64| (circle.radius_m() * factor / 10.0).ceil() * 10.0;
    OTHER_RADII.into_iter().map_while(move |factor| Circle::new(circle.centre(), larger(factor)).ok())
}

/// The smallest radius of those that leave least to doubt, if that is less than there is.
fn best(doubtful: usize, others: impl Iterator<Item = Better>) -> Option<Better> {
    let best = others.min_by_key(|other| other.doubtful)?;
    (best.doubtful < doubtful).then_some(best)
}

/// How exact fixes in an area and around it say they are, metres.
pub fn accuracies<'f>(fixes: &'f [Sample], area: &'f Area) -> impl Iterator<Item = f64> + 'f {
    let bounds = area.bounding_box().expanded(AROUND_M);
    let near = fixes.iter().filter(move |fix| bounds.contains(fix.point));
    let told = near.filter_map(|fix| Some((fix.point, fix.accuracy_m?)));
    told.filter(|(point, accuracy_m)| *accuracy_m > 0.0 && area.signed_distance_m(*point) <= AROUND_M)
        .map(|(_, accuracy_m)| accuracy_m)
}

/// The middle one of them, if there are enough.
pub fn usual_m(mut accuracies: Vec<f64>) -> Option<f64> {
    accuracies.sort_by(f64::total_cmp);
    accuracies.get(accuracies.len() / 2).filter(|_| accuracies.len() >= ENOUGH_FIXES).copied()
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
}

#[cfg(test)]
mod tests;
