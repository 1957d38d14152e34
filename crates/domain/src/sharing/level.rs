//! How exactly somebody shows where they are, and what a position looks like then.

use crate::RegionId;
use geodesy::Point;
use serde::{Deserialize, Serialize};

/// Mean radius of the earth, metres, as far as a grid needs it.
const EARTH_M: f64 = 6_371_008.8;

/// How exactly somebody shows where they are. From [`Level::Street`] on nothing finer leaves the server, whatever the phone says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As the phone reports it.
    Precise,
    /// To the street: the middle of a cell of 250 m.
    Street,
    /// To the part of town: the middle of a cell of 2 km.
    District,
    /// To the town: the middle of a cell of 15 km.
    City,
    /// No position at all, only the names of the regions they are in.
    Names,
    /// As the phone reports it while they are inside one of these regions; "away" everywhere else.
    Inside(Vec<RegionId>),
    /// As the phone reports it, so many minutes later.
    Delayed(u32),
    /// Nothing.
    #[default]
    Off,
}

impl Level {
    /// The longest delay, minutes: a day.
    pub const MOST_MINUTES: u32 = 24 * 60;
    /// How many regions [`Level::Inside`] may name.
    pub const MOST_REGIONS: usize = 50;

    /// The word for it in forms and in the interface.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Precise => "precise",
            Self::Street => "street",
            Self::District => "district",
            Self::City => "city",
            Self::Names => "names",
            Self::Inside(_) => "inside",
            Self::Delayed(_) => "delayed",
            Self::Off => "off",
        }
    }

    /// The level that a word alone says; `inside` and `delayed` need more.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Precise, Self::Street, Self::District, Self::City, Self::Names, Self::Off]
            .into_iter()
            .find(|level| level.as_str() == word)
    }

    /// How large a cell is in which positions become one, metres along a side; `None` where positions are shown as they are, or not.
    pub const fn grain_m(&self) -> Option<f64> {
        match self {
            Self::Street => Some(250.0),
            Self::District => Some(2_000.0),
            Self::City => Some(15_000.0),
            Self::Precise | Self::Names | Self::Inside(_) | Self::Delayed(_) | Self::Off => None,
        }
    }

    /// How late this is shown, milliseconds.
    pub fn delay_ms(&self) -> i64 {
        if let Self::Delayed(minutes) = self { i64::from(*minutes) * 60_000 } else { 0 }
    }

    /// Whether everything that one sees by this level is seen by `other` too, and as exactly. For some pairs neither holds.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inside(some), Self::Inside(more)) => some.iter().all(|region| more.contains(region)),
            (Self::Delayed(late), Self::Delayed(sooner)) => late >= sooner,
            (Self::Off, _)
            | (_, Self::Precise)
            | (Self::City, Self::District | Self::Street)
            | (Self::District, Self::Street) => true,
            _ => self == other,
        }
    }

    /// How much is seen by this level: more than by each that [`is within`](Self::is_within) it. Where neither of two is, an order that
    /// is as good as another.
    pub(crate) fn width(&self) -> (u8, usize) {
        match self {
            Self::Off => (0, 0),
            Self::Names => (1, 0),
            Self::City => (2, 0),
            Self::District => (3, 0),
            Self::Inside(regions) => (4, regions.len()),
            Self::Street => (5, 0),
            Self::Delayed(minutes) => (6, usize::MAX - usize::try_from(*minutes).unwrap_or(usize::MAX)),
            Self::Precise => (7, 0),
        }
    }
}

/// The cell of a fixed grid over the whole earth that a point lies in: its middle, and how far its farthest corner is from there, metres.
/// The same point is always in the same cell, so that many looks tell no more than one.
pub(super) fn cell(point: Point, side_m: f64) -> (Point, f64) {
    let rows = (std::f64::consts::PI * EARTH_M / side_m).ceil();
    let height = 180.0 / rows;
    let row = ((point.lat() + 90.0) / height).floor().clamp(0.0, rows - 1.0);
    let lat = -90.0 + (row + 0.5) * height;
    let columns = (std::f64::consts::TAU * EARTH_M * lat.to_radians().cos() / side_m).round().max(1.0);
    let width = 360.0 / columns;
    let column = ((point.lon() + 180.0) / width).floor().clamp(0.0, columns - 1.0);
    let lon = -180.0 + (column + 0.5) * width;
    let at = |lat: f64, lon: f64| Point::new(lat.clamp(-90.0, 90.0), lon.clamp(-180.0, 180.0));
    let Ok(middle) = at(lat, lon) else { return (point, side_m) };
    let corners = [(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)];
    let reach = corners
        .iter()
        .filter_map(|(up, right)| at(lat + up * height, lon + right * width).ok())
        .map(|corner| middle.distance_m(corner))
        .fold(0.0, f64::max);
    (middle, reach.ceil())
}

#[cfg(test)]
mod tests {
    use super::{Level, cell};
    use geodesy::Point;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cell_holds_its_points_and_is_its_own_cell(lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64) {
            let point = Point::new(lat, lon).expect("is a point");
            for level in [Level::Street, Level::District, Level::City] {
                let side = level.grain_m().expect("has a grain");
                let (middle, reach) = cell(point, side);
                prop_assert!(middle.distance_m(point) <= reach * 1.01, "{point:?} is {} m from {middle:?}", middle.distance_m(point));
                prop_assert!(reach < side * 1.2, "{reach}");
                prop_assert_eq!(cell(middle, side), (middle, reach));
            }
        }
    }

    #[test]
    fn who_walks_within_a_cell_stands_still_for_others() {
        let home = Point::new(47.3769, 8.5417).expect("is a point");
        let (middle, _) = cell(home, 15_000.0);
        for bearing in [0.0, 90.0, 180.0, 270.0] {
            assert_eq!(cell(middle.destination(bearing, 5_000.0), 15_000.0).0, middle);
        }
        assert_ne!(cell(middle.destination(0.0, 9_000.0), 15_000.0).0, middle);
    }

    #[test]
    fn a_level_is_found_by_its_word_where_that_says_all_of_it() {
        for level in [Level::Precise, Level::Street, Level::District, Level::City, Level::Names, Level::Off] {
            assert_eq!(Level::named(level.as_str()), Some(level));
        }
        assert_eq!((Level::named("inside"), Level::named("delayed"), Level::named("")), (None, None, None));
    }

    #[test]
    fn levels_are_compared_by_what_they_show() {
        use Level::{City, Delayed, Names, Off, Precise, Street};
        assert!(Off.is_within(&City) && City.is_within(&Street) && Street.is_within(&Precise));
        assert!(!Street.is_within(&City) && !Names.is_within(&City) && !City.is_within(&Names));
        assert!(Delayed(60).is_within(&Delayed(15)) && !Delayed(15).is_within(&Delayed(60)));
    }
}
