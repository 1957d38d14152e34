//! What to tell somebody who draws a region that will not work as they expect. Pure: the same while it is typed and after it is saved.

use crate::{Name, Region, RegionId};
use geodesy::{Area, Circle, Point, Polygon};
use serde::{Deserialize, Serialize};

/// A reason why a region will tell less, or more often wrongly, than its maker expects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Caution {
    /// It is smaller than phones are exact.
    Small,
    /// It is smaller than positions there were exact, metres.
    Blurred {
        /// How exact they usually were.
        accuracy_m: f64,
    },
    /// It and this one share ground, and neither lies within the other: whoever is there may seem to go to and fro.
    Overlaps(Name),
}

impl Caution {
    /// Below this radius phones are not exact enough, metres.
    pub const EXACT_ENOUGH_M: f64 = 100.0;

    /// What to know of an area, before it becomes the region with this identifier, among the others; with how exact positions there
    /// usually are, if that is known.
    pub fn of<'r>(
        area: &Area,
        own: Option<RegionId>,
        regions: impl IntoIterator<Item = &'r Region>,
        accuracy_m: Option<f64>,
    ) -> Vec<Self> {
        let radius_m = radius_m(area);
        let small = (radius_m < Self::EXACT_ENOUGH_M).then_some(Self::Small);
        let blurred = accuracy_m
            .filter(|accuracy_m| radius_m < *accuracy_m)
            .map(|accuracy_m| Self::Blurred { accuracy_m });
        let others = regions.into_iter().filter(|region| Some(region.id) != own);
        let overlapping = others.filter(|region| overlap(area, &region.area));
        let overlapping = overlapping.map(|region| Self::Overlaps(region.name.clone()));
        small.into_iter().chain(blurred).chain(overlapping).collect()
    }
}

/// The radius of a circle of the same size.
fn radius_m(area: &Area) -> f64 {
    match area {
        Area::Circle(circle) => circle.radius_m(),
        Area::Polygon(polygon) => (polygon.size_m2() / std::f64::consts::PI).sqrt(),
    }
}

/// Whether two areas share ground and neither lies within the other.
fn overlap(a: &Area, b: &Area) -> bool {
    if !a.bounding_box().intersects(&b.bounding_box()) {
        return false;
    }
    match (a, b) {
        (Area::Circle(a), Area::Circle(b)) => {
            let (apart, reach) = (a.centre().distance_m(b.centre()), a.radius_m() + b.radius_m());
            apart < reach && apart > (a.radius_m() - b.radius_m()).abs()
        }
        (Area::Circle(circle), Area::Polygon(polygon)) | (Area::Polygon(polygon), Area::Circle(circle)) => {
            edge_meets(circle, polygon)
        }
        (Area::Polygon(a), Area::Polygon(b)) => crosses(a, b) || crosses(b, a),
    }
}

fn edge_meets(circle: &Circle, polygon: &Polygon) -> bool {
    let from_edge_m = polygon.signed_distance_m(circle.centre());
    let holds_polygon = || polygon.points().iter().all(|corner| circle.contains(*corner));
    from_edge_m.abs() < circle.radius_m() && !holds_polygon()
}

/// Whether the edge of one polygon, looked at here and there, is partly within the other.
fn crosses(a: &Polygon, b: &Polygon) -> bool {
    let next = a.points().iter().cycle().skip(1);
    let edges = a.points().iter().zip(next);
    let mut within = edges.flat_map(|(from, to)| along(*from, *to)).map(|point| b.contains(point));
    let first = within.next();
    within.any(|within| Some(within) != first)
}

/// Points along an edge, its beginning first.
fn along(from: Point, to: Point) -> impl Iterator<Item = Point> {
    const STEPS: u32 = 16;
    let (bearing_deg, length_m) = (from.bearing_deg(to), from.distance_m(to));
    (0..STEPS).map(move |step| from.destination(bearing_deg, length_m * f64::from(step) / f64::from(STEPS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Details, GroupId, Timestamp};
    use uuid::Uuid;

    fn circle(lat: f64, lon: f64, radius_m: f64) -> Area {
        Circle::new(Point::new(lat, lon).expect("is a point"), radius_m).expect("is a circle").into()
    }

    fn square(lat: f64, lon: f64, half_deg: f64) -> Area {
        let corners = [(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)];
        let corner = |(north, east): (f64, f64)| {
            Point::new(lat + north * half_deg, lon + east * half_deg).expect("is a point")
        };
        Polygon::new(corners.map(corner).to_vec()).expect("is a polygon").into()
    }

    fn region(number: u128, name: &str, area: Area) -> Region {
        Region {
            id: RegionId::new(Uuid::from_u128(number)),
            group: GroupId::new(Uuid::nil()),
            name: Name::new(name).expect("is a name"),
            area,
            demo: false,
            changed_at: Timestamp::from_millis(0),
            details: Details::default(),
        }
    }

    #[test]
    fn areas_that_share_ground_overlap_unless_one_lies_within_the_other() {
        // 0.001 degrees are 111 metres.
        let cases = [
            (circle(0.0, 0.0, 100.0), circle(0.0, 0.0015, 100.0), true),
            (circle(0.0, 0.0, 100.0), circle(0.0, 0.002, 100.0), false),
            (circle(0.0, 0.0, 500.0), circle(0.0, 0.001, 100.0), false),
            (circle(0.0, 180.0, 200.0), circle(0.0, -179.998, 100.0), true),
            (circle(0.0, 0.0, 100.0), square(0.0, 0.0015, 0.001), true),
            (circle(0.0, 0.0, 30.0), square(0.0, 0.0, 0.001), false),
            (circle(0.0, 0.0, 500.0), square(0.0, 0.0, 0.001), false),
            (circle(0.0, 0.0, 100.0), square(0.0, 0.005, 0.001), false),
            (square(0.0, 0.0, 0.001), square(0.0, 0.0015, 0.001), true),
            (square(0.0, 0.0, 0.001), square(0.0015, 0.0015, 0.001), true),
            (square(0.0, 0.0, 0.001), square(0.0, 0.0, 0.005), false),
            (square(0.0, 0.0, 0.001), square(0.0, 0.01, 0.001), false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(overlap(&a, &b), expected, "{a:?} {b:?}");
            assert_eq!(overlap(&b, &a), expected, "{b:?} {a:?}");
        }
        // Like a cross: no corner of either is in the other.
        let bar = |height: f64, width: f64| {
            let corners = [(-height, -width), (-height, width), (height, width), (height, -width)];
            let corners = corners.map(|(lat, lon)| Point::new(lat, lon).expect("is a point"));
            Area::from(Polygon::new(corners.to_vec()).expect("is a polygon"))
        };
        assert!(overlap(&bar(0.001, 0.01), &bar(0.01, 0.001)));
    }

    #[test]
    fn whoever_draws_is_told_what_to_expect() {
        let (home, near) =
            (region(1, "Home", circle(48.2, 16.37, 80.0)), region(2, "Shop", circle(48.2, 16.371, 80.0)));
        let regions = [home.clone(), near];
        let told = Caution::of(&home.area, Some(home.id), &regions, Some(120.0));
        let shop = Name::new("Shop").expect("is a name");
        assert_eq!(told, [Caution::Small, Caution::Blurred { accuracy_m: 120.0 }, Caution::Overlaps(shop)]);
        assert!(Caution::of(&circle(48.3, 16.37, 100.0), None, &regions, Some(20.0)).is_empty());
        assert_eq!(Caution::of(&square(10.0, 10.0, 0.0005), None, &[], None), [Caution::Small]);
    }
}
