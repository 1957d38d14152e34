//! A place as a phone says that it keeps it, and whether two places are the same.

use super::{rid, tst_s};
use crate::{Name, Region, RegionId, Timestamp, fold};
use geodesy::{Area, Circle, Point};

/// A place as a phone says that it keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Waypoint {
    /// The key on iOS.
    pub rid: Option<String>,
    /// When it was made on the phone; the key on Android.
    pub made_at: Option<Timestamp>,
    /// What the phone calls it.
    pub name: String,
    /// Latitude, longitude in degrees.
    pub position: Option<(f64, f64)>,
    /// Metres; zero or negative for beacons.
    pub radius_m: Option<f64>,
    /// When the phone last told of it.
    pub seen_at: Timestamp,
    /// When the phone told of all its places, and this was not among them any more.
    pub gone_at: Option<Timestamp>,
}

/// How far the middle of a region may be from where a phone keeps it: apps round to six decimals.
const MOVED_M: f64 = 2.0;
/// How much the radius may differ: apps round to metres.
const RESIZED_M: f64 = 1.0;
/// Places are not told apart by less than this, metres: nobody draws a place twice so exactly.
const BLUR_M: f64 = 50.0;
/// By how much one radius may be larger than the other.
const STRETCH: f64 = 2.0;
/// The same for places of one name.
const STRETCH_BY_NAME: f64 = 4.0;

impl Waypoint {
    /// The second in which it was made.
    pub fn tst_s(&self) -> Option<i64> {
        Some(self.made_at?.as_millis().div_euclid(1000))
    }

    /// The circle it is; `None` for beacons, and for places that are not watched.
    pub fn circle(&self) -> Option<Circle> {
        let ((lat, lon), radius_m) = (self.position?, self.radius_m?);
        Circle::new(Point::new(lat, lon).ok()?, radius_m).ok()
    }

    /// Whether the phone still has it, as far as it told.
    pub fn is_there(&self) -> bool {
        self.gone_at.is_none()
    }

    /// Whether it is a region that was given to the phone.
    pub fn is_of(&self, region: RegionId) -> bool {
        let by_rid = || self.rid.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(&rid(region)));
        self.tst_s() == Some(tst_s(region)) || by_rid()
    }

    /// Whether it is this circle under this name, as exactly as apps write it.
    pub fn is_like(&self, name: &str, circle: &Circle) -> bool {
        self.name == name
            && self.circle().is_some_and(|own| {
                own.centre().distance_m(circle.centre()) <= MOVED_M
                    && (own.radius_m() - circle.radius_m()).abs() <= RESIZED_M
            })
    }

    /// Whether somebody drew on the phone what a region is here. See [`same_place`].
    pub fn is_at(&self, region: &Region) -> bool {
        let same_name = Name::new(&self.name).is_ok_and(|name| name.key() == region.name.key());
        self.circle().is_some_and(|circle| same_place(&region.area, &circle, same_name))
    }

    /// Whether two phones, or one phone twice, mean the same.
    pub fn is_same(&self, other: &Self) -> bool {
        let same_name = fold(&self.name) == fold(&other.name);
        self.circle()
            .zip(other.circle())
            .is_some_and(|(own, other)| same_place(&Area::Circle(other), &own, same_name))
    }
}

/// Whether a circle is the same place as an area.
///
/// Their middles are at most half the smaller radius apart (at least 50 m), and neither is more than twice as wide as the other, where
/// everything below 50 m counts as 50 m. With the same name it is enough that the middle of the smaller one lies within the other and
/// that neither is more than four times as wide. A polygon is as wide as the circle of its size round its middle.
pub fn same_place(area: &Area, circle: &Circle, same_name: bool) -> bool {
    let (centre, radius_m) = match area {
        Area::Circle(known) => (known.centre(), known.radius_m()),
        Area::Polygon(known) => (known.centre(), (known.size_m2() / std::f64::consts::PI).sqrt()),
    };
    let apart_m = centre.distance_m(circle.centre());
    let (one, other) = (radius_m.max(BLUR_M), circle.radius_m().max(BLUR_M));
    let (small, large) = (one.min(other), one.max(other));
    let by_place = apart_m <= (small / 2.0).max(BLUR_M) && large <= small * STRETCH;
    by_place || (same_name && apart_m <= large && large <= small * STRETCH_BY_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(north_m: f64, radius_m: f64) -> Circle {
        let home = Point::new(48.2, 16.37).expect("is a point");
        Circle::new(home.destination(0.0, north_m), radius_m).expect("is a circle")
    }

    #[test]
    fn a_place_drawn_twice_is_the_same_and_its_neighbour_is_not() {
        let same = |radius_m, north_m, other_m, named| {
            same_place(&Area::Circle(circle(0.0, radius_m)), &circle(north_m, other_m), named)
        };
        assert!(same(150.0, 20.0, 100.0, false));
        assert!(same(30.0, 45.0, 10.0, false), "nobody draws more exactly");
        assert!(!same(100.0, 70.0, 100.0, false), "a neighbour 70 m away is another place");
        assert!(!same(500.0, 10.0, 60.0, false), "a shop in a quarter is not the quarter");
        assert!(same(500.0, 10.0, 130.0, true));
        assert!(!same(150.0, 200.0, 150.0, true), "two homes of one name");
    }

    #[test]
    fn a_polygon_is_as_wide_as_the_circle_of_its_size() {
        let home = Point::new(48.2, 16.37).expect("is a point");
        let corners = [45.0, 135.0, 225.0, 315.0].map(|bearing| home.destination(bearing, 140.0)).to_vec();
        let area = Area::Polygon(geodesy::Polygon::new(corners).expect("is a polygon"));
        assert!(same_place(&area, &circle(30.0, 100.0), false));
        assert!(!same_place(&area, &circle(90.0, 100.0), false));
    }
}
