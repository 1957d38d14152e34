//! Bounding boxes: over the antimeridian, round the poles.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use geodesy::{BoundingBox, Point};
use proptest::prelude::*;
use rstest::rstest;

fn at(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap()
}

const fn bounds(south: f64, west: f64, north: f64, east: f64) -> BoundingBox {
    BoundingBox { south, west, north, east }
}

const EUROPE: BoundingBox = bounds(35.0, -10.0, 70.0, 40.0);
const PACIFIC: BoundingBox = bounds(-20.0, 150.0, 20.0, -120.0);
const ARCTIC: BoundingBox = bounds(80.0, -10.0, 90.0, 10.0);

fn boxes() -> impl Strategy<Value = BoundingBox> {
    (-90.0..90.0, -180.0..180.0, 0.0..60.0_f64, -180.0..180.0)
        .prop_map(|(south, west, height, east)| bounds(south, west, (south + height).min(90.0), east))
}

fn points() -> impl Strategy<Value = Point> {
    (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lon)| at(lat, lon))
}

#[rstest]
#[case(EUROPE, at(48.0, 16.0), true)]
#[case(EUROPE, at(48.0, 41.0), false)]
#[case(EUROPE, at(34.0, 16.0), false)]
#[case(EUROPE, at(35.0, -10.0), true)]
#[case(PACIFIC, at(0.0, 180.0), true)]
#[case(PACIFIC, at(0.0, -180.0), true)]
#[case(PACIFIC, at(0.0, -130.0), true)]
#[case(PACIFIC, at(0.0, 0.0), false)]
#[case(bounds(0.0, 170.0, 1.0, 180.0), at(0.5, -180.0), true)]
#[case(ARCTIC, at(90.0, 100.0), true)]
#[case(ARCTIC, at(89.0, 100.0), false)]
#[case(BoundingBox::WORLD, at(-90.0, 180.0), true)]
fn a_box_holds(#[case] bounds: BoundingBox, #[case] point: Point, #[case] held: bool) {
    assert_eq!(bounds.contains(point), held);
}

#[rstest]
#[case(EUROPE, bounds(60.0, 30.0, 80.0, 50.0), true)]
#[case(EUROPE, PACIFIC, false)]
#[case(PACIFIC, bounds(0.0, -175.0, 1.0, -170.0), true)]
#[case(PACIFIC, bounds(0.0, 140.0, 1.0, 160.0), true)]
#[case(PACIFIC, bounds(0.0, -100.0, 1.0, 140.0), false)]
#[case(PACIFIC, bounds(-5.0, 170.0, 5.0, -170.0), true)]
#[case(ARCTIC, bounds(85.0, 100.0, 90.0, 120.0), true)]
#[case(ARCTIC, bounds(85.0, 100.0, 89.0, 120.0), false)]
#[case(bounds(0.0, 170.0, 1.0, 180.0), bounds(0.0, -180.0, 1.0, -170.0), true)]
fn boxes_meet(#[case] a: BoundingBox, #[case] b: BoundingBox, #[case] meet: bool) {
    assert_eq!(a.intersects(&b), meet);
    assert_eq!(b.intersects(&a), meet);
}

#[rstest]
#[case(EUROPE, 50.0)]
#[case(PACIFIC, 90.0)]
#[case(BoundingBox::WORLD, 360.0)]
fn width_is(#[case] bounds: BoundingBox, #[case] degrees: f64) {
    assert!((bounds.width_deg() - degrees).abs() < 1e-9);
}

#[test]
fn a_circle_with_a_pole_inside_has_all_longitudes() {
    let around = BoundingBox::around(at(89.0, 50.0), 200_000.0);
    assert!((around.width_deg() - 360.0).abs() < 1e-9 && around.north >= 90.0 && around.south > 87.0);
}

#[test]
fn a_circle_on_the_antimeridian_has_a_narrow_box() {
    let around = BoundingBox::around(at(0.0, 180.0), 111_195.0);
    assert!(around.crosses_antimeridian() && (around.width_deg() - 2.0).abs() < 1e-3);
}

proptest! {
    #[test]
    fn two_boxes_with_a_common_point_meet(a in boxes(), b in boxes(), p in points()) {
        prop_assert!(!(a.contains(p) && b.contains(p)) || a.intersects(&b));
    }

    #[test]
    fn an_expanded_box_holds_everything_near_it(
        a in boxes(), p in points(), bearing in 0.0..360.0, metres in 0.0..2_000_000.0
    ) {
        let near = p.destination(bearing, metres);
        prop_assert!(!a.contains(p) || a.expanded(metres + 1.0).contains(near));
    }

    #[test]
    fn what_is_within_reach_is_not_beyond(
        a in boxes(), p in points(), bearing in 0.0..360.0, metres in 0.0..2_000_000.0
    ) {
        let near = p.destination(bearing, metres);
        prop_assert!(!a.contains(p) || !a.is_beyond(near, metres + 1.0));
    }
}
