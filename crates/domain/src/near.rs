//! Who is near whom: for certain or perhaps, by where each is seen and how exactly.
//!
//! A position is a disc: somebody is within its accuracy, metres (about 68 % confidence), of its middle. Two discs tell the least and the
//! most that two people can be apart, and a [`Range`] is what one of them calls near. It is asked with positions as one viewer sees them,
//! so whoever shows themselves coarsely is at best perhaps near.

mod crowd;

pub use crowd::Crowd;

use geodesy::Point;
use serde::{Deserialize, Serialize};

/// How far away from them somebody calls near, whole metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Range(u32);

/// A number of metres that is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {} to {} metres", Range::LEAST_M, Range::MOST_M)]
pub struct RangeError;

/// Where somebody is, as a viewer sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standpoint {
    /// The middle.
    pub point: Point,
    /// How far they may be from there, metres; `None` where that is not known.
    pub accuracy_m: Option<f64>,
    /// Nothing has been heard for longer than their phone is usually silent: they may have gone.
    pub silent: bool,
}

/// How near somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nearness {
    /// Within the range, even if both are as far apart as their accuracies allow.
    Surely,
    /// Within the range, if they are nearer to one another than their positions are; or they were there when they were last heard of.
    Maybe,
}

impl Range {
    /// The shortest: phones are seldom more exact.
    pub const LEAST_M: u32 = 10;
    /// The longest.
    pub const MOST_M: u32 = 50_000;

    /// So many metres.
    ///
    /// # Errors
    /// [`RangeError`] below [`Self::LEAST_M`] and above [`Self::MOST_M`].
    pub fn new(metres: u32) -> Result<Self, RangeError> {
        let fits = (Self::LEAST_M..=Self::MOST_M).contains(&metres);
        fits.then_some(Self(metres)).ok_or(RangeError)
    }

    /// How many metres.
    pub const fn metres(self) -> u32 {
        self.0
    }
}

impl Default for Range {
    /// What one walks in some minutes: 500 m.
    fn default() -> Self {
        Self(500)
    }
}

impl TryFrom<u32> for Range {
    type Error = RangeError;

    fn try_from(metres: u32) -> Result<Self, RangeError> {
        Self::new(metres)
    }
}

impl From<Range> for u32 {
    fn from(range: Range) -> Self {
        range.0
    }
}

impl Nearness {
    /// The word for it on the page and in the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Surely => "surely",
            Self::Maybe => "maybe",
        }
    }
}

impl Standpoint {
    /// What is taken for the accuracy of who does not tell it, metres.
    pub const UNKNOWN_M: f64 = 100.0;

    /// How near the other is, and how far it is between the middles, metres; `None` when they are not within the range.
    pub fn nearness(&self, other: &Self, range: Range) -> Option<(Nearness, f64)> {
        let distance_m = self.point.distance_m(other.point);
        let doubt_m = self.doubt_m() + other.doubt_m();
        let range_m = f64::from(range.0);
        let is_told = self.accuracy_m.is_some() && other.accuracy_m.is_some();
        let is_sure = is_told && !self.silent && !other.silent && distance_m + doubt_m <= range_m;
        let nearness = if is_sure { Nearness::Surely } else { Nearness::Maybe };
        (distance_m - doubt_m <= range_m).then_some((nearness, distance_m))
    }

    /// How far they may be from the middle, metres; where that is not told, [`Self::UNKNOWN_M`].
    pub fn doubt_m(&self) -> f64 {
        self.accuracy_m.unwrap_or(Self::UNKNOWN_M)
    }
}

#[cfg(test)]
mod tests {
    use super::{Nearness, Range, Standpoint};
    use geodesy::Point;
    use proptest::prelude::*;

    fn at(metres_east: f64, accuracy_m: Option<f64>) -> Standpoint {
        let here = Point::new(46.0, 8.95).expect("is a point");
        Standpoint { point: here.destination(90.0, metres_east), accuracy_m, silent: false }
    }

    fn said(distance_m: f64, mine_m: Option<f64>, theirs_m: Option<f64>, range: u32) -> Option<Nearness> {
        let range = Range::new(range).expect("is a range");
        at(0.0, mine_m).nearness(&at(distance_m, theirs_m), range).map(|(nearness, _)| nearness)
    }

    #[test]
    fn both_accuracies_count() {
        for (distance_m, mine_m, theirs_m, expected) in [
            (400.0, Some(10.0), Some(10.0), Some(Nearness::Surely)),
            (485.0, Some(10.0), Some(10.0), Some(Nearness::Maybe)),
            (515.0, Some(10.0), Some(10.0), Some(Nearness::Maybe)),
            (525.0, Some(10.0), Some(10.0), None),
            (525.0, Some(10.0), Some(200.0), Some(Nearness::Maybe)),
            (100.0, None, Some(10.0), Some(Nearness::Maybe)),
            (590.0, Some(10.0), None, Some(Nearness::Maybe)),
            (0.0, Some(2_000.0), Some(10.0), Some(Nearness::Maybe)),
        ] {
            let met = said(distance_m, mine_m, theirs_m, 500);
            assert_eq!(met, expected, "{distance_m} m, ±{mine_m:?}, ±{theirs_m:?}");
        }
    }

    #[test]
    fn who_is_silent_is_perhaps_gone() {
        let silent = Standpoint { silent: true, ..at(10.0, Some(5.0)) };
        let met = at(0.0, Some(5.0)).nearness(&silent, Range::default());
        assert_eq!(met.map(|(nearness, _)| nearness), Some(Nearness::Maybe));
    }

    #[test]
    fn a_range_has_bounds() {
        assert_eq!(
            [9, 10, 50_000, 50_001].map(|metres| Range::new(metres).is_ok()),
            [false, true, true, false]
        );
        assert!(serde_json::from_str::<Range>("0").is_err());
    }

    proptest! {
        /// Wherever in their discs two people are: who is surely near is near, and who is near is not left out.
        #[test]
        fn what_is_said_holds_wherever_they_are_in_their_discs(
            apart_m in 0.0..3_000.0_f64, (mine_m, theirs_m) in (0.0..800.0_f64, 0.0..800.0_f64), range in 10..2_000_u32,
            (mine, theirs) in ((0.0..360.0_f64, 0.0..1.0_f64), (0.0..360.0_f64, 0.0..1.0_f64)),
        ) {
            let (me, them) = (at(0.0, Some(mine_m)), at(apart_m, Some(theirs_m)));
            let range = Range::new(range).expect("is a range");
            let truly_m = me.point.destination(mine.0, mine.1 * mine_m)
                .distance_m(them.point.destination(theirs.0, theirs.1 * theirs_m));
            let truly_near = truly_m <= f64::from(range.metres());
            match me.nearness(&them, range) {
                Some((Nearness::Surely, _)) => prop_assert!(truly_m <= f64::from(range.metres()) + 1e-6),
                Some((Nearness::Maybe, _)) => {}
                None => prop_assert!(!truly_near || truly_m > f64::from(range.metres()) - 1e-6),
            }
        }
    }
}
