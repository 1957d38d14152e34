//! Areas: what is inside, how far the edge is, at ordinary places, on the antimeridian and at the poles.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use geodesy::{Area, Circle, CircleError, Point, Polygon, PolygonError};
use proptest::prelude::*;
use rstest::rstest;

fn at(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap()
}

fn circle(lat: f64, lon: f64, radius_m: f64) -> Area {
    Circle::new(at(lat, lon), radius_m).unwrap().into()
}

fn polygon(corners: &[(f64, f64)]) -> Result<Polygon, PolygonError> {
    Polygon::new(corners.iter().map(|&(lat, lon)| at(lat, lon)).collect())
}

fn area(corners: &[(f64, f64)]) -> Area {
    polygon(corners).unwrap().into()
}

/// East by `degrees`, over the antimeridian if need be.
fn turned(point: Point, degrees: f64) -> Point {
    at(point.lat(), (point.lon() + degrees + 540.0).rem_euclid(360.0) - 180.0)
}

fn points() -> impl Strategy<Value = Point> {
    (-90.0..=90.0, -180.0..180.0).prop_map(|(lat, lon)| at(lat, lon))
}

/// The corners of star-shaped polygons, which never cross themselves: bearings in order, distances at random.
fn stars() -> impl Strategy<Value = (Point, Vec<Point>)> {
    let reach = prop_oneof![Just(100.0), Just(5_000.0), Just(1_000_000.0)];
    (points(), reach, prop::collection::vec(0.3..1.0, 3..20)).prop_map(|(middle, reach, shares)| {
        let count = f64::from(u32::try_from(shares.len()).unwrap());
        let corner = |(share, number): (&f64, u32)| {
            middle.destination(360.0 * f64::from(number) / count, share * reach)
        };
        (middle, shares.iter().zip(0..).map(corner).collect())
    })
}

fn areas() -> impl Strategy<Value = Area> {
    let circles = (points(), 1.0..3_000_000.0_f64)
        .prop_map(|(centre, radius_m)| Circle::new(centre, radius_m).unwrap().into());
    let polygons = stars().prop_map(|(_, corners)| Polygon::new(corners).unwrap().into());
    prop_oneof![circles, polygons]
}

/// A point from nearly inside to far away.
fn around(centre: Point) -> impl Strategy<Value = Point> {
    (0.0..360.0, 1.0..7.0_f64)
        .prop_map(move |(bearing, magnitude)| centre.destination(bearing, 10.0_f64.powf(magnitude)))
}

#[rstest]
#[case(0.5)]
#[case(-1.0)]
#[case(20_015_088.0)]
#[case(f64::NAN)]
fn a_circle_of_impossible_size_is_refused(#[case] radius_m: f64) {
    let error = Circle::new(at(0.0, 0.0), radius_m).unwrap_err();
    assert!(matches!(error, CircleError::Radius(_)));
    assert_eq!(error.field(), "radius_m");
}

#[rstest]
#[case::nothing(&[], PolygonError::TooFew(0))]
#[case::two(&[(0.0, 0.0), (1.0, 1.0)], PolygonError::TooFew(2))]
#[case::two_and_the_first_again(&[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0)], PolygonError::TooFew(2))]
#[case::one_place_three_times(&[(5.0, 5.0), (5.0, 5.0), (5.0, 5.0)], PolygonError::TooFew(1))]
#[case::on_a_meridian(&[(0.0, 7.0), (1.0, 7.0), (2.0, 7.0)], PolygonError::Flat)]
#[case::on_the_equator(&[(0.0, 7.0), (0.0, 70.0), (0.0, 30.0)], PolygonError::Flat)]
#[case::figure_of_eight(&[(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (2.0, 0.0)], PolygonError::Crossing)]
#[case::through_a_corner(&[(0.0, 0.0), (0.0, 2.0), (1.0, 1.0), (2.0, 2.0), (2.0, 0.0), (1.0, 1.0)], PolygonError::Crossing)]
#[case::round_the_equator(&[(0.0, 0.0), (0.0, 90.0), (0.0, 180.0), (0.0, -90.0)], PolygonError::TooWide)]
fn a_polygon_that_encloses_nothing_clear_is_refused(
    #[case] corners: &[(f64, f64)],
    #[case] why: PolygonError,
) {
    assert_eq!(polygon(corners).unwrap_err(), why);
}

#[test]
fn a_polygon_has_at_most_a_thousand_corners() {
    let ring = |count: u32| {
        let corner = |i| at(50.0, 10.0).destination(360.0 * f64::from(i) / f64::from(count), 1000.0);
        Polygon::new((0..count).map(corner).collect())
    };
    assert!(ring(1000).is_ok());
    assert_eq!(ring(1001).unwrap_err(), PolygonError::TooMany(1001));
    assert_eq!(ring(5000).unwrap_err(), PolygonError::TooMany(5000));
}

#[test]
fn closing_the_ring_makes_no_difference() {
    let open = polygon(&[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]).unwrap();
    let closed = polygon(&[(0.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)]).unwrap();
    assert_eq!(open, closed);
    assert_eq!(closed.points().len(), 3);
}

#[rstest]
#[case(circle(48.5, 16.25, 150.0), r#"{"type":"circle","lat":48.5,"lon":16.25,"radius_m":150.0}"#)]
#[case(area(&[(0.0, 0.0), (0.0, 1.5), (1.0, 1.0)]), r#"{"type":"polygon","points":[[0.0,0.0],[0.0,1.5],[1.0,1.0]]}"#)]
fn json_of_an_area_is(#[case] area: Area, #[case] json: &str) {
    assert_eq!(serde_json::to_string(&area).unwrap(), json);
    assert_eq!(serde_json::from_str::<Area>(json).unwrap(), area);
}

#[rstest]
#[case(r#"{"type":"circle","lat":48,"lon":16,"radius_m":0}"#, "radius_m must be")]
#[case(r#"{"type":"circle","lat":98,"lon":16,"radius_m":10}"#, "lat must be")]
#[case(r#"{"type":"polygon","points":[[0,0],[0,1],[99,1]]}"#, "points: number 3: lat must be")]
#[case(r#"{"type":"polygon","points":[[0,0],[0,1]]}"#, "at least 3")]
#[case(r#"{"type":"square","points":[]}"#, "unknown variant")]
fn reading_an_area_checks_it(#[case] json: &str, #[case] why: &str) {
    let error = serde_json::from_str::<Area>(json).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

const FIJI: &[(f64, f64)] = &[(-17.0, 179.0), (-17.0, -179.0), (-18.0, -179.0), (-18.0, 179.0)];
const ARCTIC: &[(f64, f64)] = &[(70.0, 0.0), (75.0, 90.0), (70.0, 180.0), (75.0, -90.0)];
const ANTARCTIC: &[(f64, f64)] = &[(-70.0, 10.0), (-70.0, 130.0), (-70.0, -110.0)];
const BEND: &[(f64, f64)] = &[(0.0, 0.0), (0.0, 3.0), (1.0, 3.0), (1.0, 1.0), (3.0, 1.0), (3.0, 0.0)];

#[rstest]
#[case::circle_over_the_antimeridian(circle(-17.0, 179.99, 5_000.0), at(-17.0, -179.99), true)]
#[case::circle_round_the_pole(circle(89.99, 0.0, 5_000.0), at(89.99, 180.0), true)]
#[case::the_pole_in_a_circle(circle(89.99, 0.0, 5_000.0), at(90.0, 123.0), true)]
#[case::half_the_globe_but_a_bit(circle(0.0, 0.0, 20_000_000.0), at(0.0, 179.0), true)]
#[case::the_other_end_of_the_globe(circle(0.0, 0.0, 20_000_000.0), at(0.0, 180.0), false)]
#[case::polygon_east_of_the_antimeridian(area(FIJI), at(-17.5, -179.5), true)]
#[case::polygon_west_of_the_antimeridian(area(FIJI), at(-17.5, 179.5), true)]
#[case::polygon_on_the_antimeridian(area(FIJI), at(-17.5, 180.0), true)]
#[case::polygon_not_the_long_way_round(area(FIJI), at(-17.5, 0.0), false)]
#[case::pole_in_a_polygon(area(ARCTIC), at(90.0, 77.0), true)]
#[case::near_the_pole(area(ARCTIC), at(88.0, -33.0), true)]
#[case::south_of_the_ring(area(ARCTIC), at(60.0, -33.0), false)]
#[case::the_other_pole(area(ARCTIC), at(-90.0, 0.0), false)]
#[case::south_pole_in_a_polygon(area(ANTARCTIC), at(-90.0, 0.0), true)]
#[case::the_antipode_is_not_inside(area(FIJI), at(17.5, 0.0), false)]
#[case::in_the_arm_of_a_bend(area(BEND), at(2.0, 0.5), true)]
#[case::in_the_corner_of_a_bend(area(BEND), at(2.0, 2.0), false)]
#[case::a_corner(area(BEND), at(1.0, 1.0), true)]
#[case::great_circle_edges_bulge_to_the_pole(area(&[(50.0, 0.0), (50.0, 60.0), (40.0, 30.0)]), at(53.0, 30.0), true)]
fn inside_is(#[case] area: Area, #[case] point: Point, #[case] inside: bool) {
    assert_eq!(area.contains(point), inside);
    assert_eq!(area.signed_distance_m(point) <= 0.0, inside);
    assert!(!inside || area.bounding_box().contains(point));
}

#[rstest]
#[case::in_a_circle(circle(0.0, 0.0, 1000.0), at(0.0, 0.0), -1000.0)]
#[case::a_degree_north_of_a_square(area(&[(0.0, 0.0), (0.0, 2.0), (-2.0, 2.0), (-2.0, 0.0)]), at(1.0, 1.0), 111_195.08)]
#[case::a_degree_inside_the_equator(area(&[(0.0, -9.0), (0.0, 9.0), (-9.0, 9.0), (-9.0, -9.0)]), at(-1.0, 0.0), -111_195.08)]
#[case::beyond_a_corner(area(&[(0.0, 0.0), (0.0, -2.0), (-2.0, 0.0)]), at(1.0, 0.0), 111_195.08)]
#[case::the_pole_in_a_ring(area(&[(80.0, 0.0), (80.0, 90.0), (80.0, 180.0), (80.0, -90.0)]), at(90.0, 5.0), -790_271.9)]
fn signed_distance_is(#[case] area: Area, #[case] point: Point, #[case] metres: f64) {
    let d = area.signed_distance_m(point);
    assert!((d - metres).abs() < 1.0, "{d}");
}

#[rstest]
#[case::a_small_circle(circle(50.0, 7.0, 100.0), 31_415.9)]
#[case::half_the_globe(circle(50.0, 7.0, 10_007_557.2), 2.5503e14)]
#[case::an_eighth_of_the_globe(area(&[(0.0, 0.0), (0.0, 90.0), (90.0, 0.0)]), 6.3758e13)]
#[case::an_eighth_the_other_way_round(area(&[(90.0, 0.0), (0.0, 90.0), (0.0, 0.0)]), 6.3758e13)]
#[case::a_hundredth_of_a_degree_squared(area(&[(0.0, 0.0), (0.0, 0.01), (0.01, 0.01), (0.01, 0.0)]), 1_236_434.6)]
fn size_is(#[case] area: Area, #[case] size_m2: f64) {
    let size = area.size_m2();
    assert!((size / size_m2 - 1.0).abs() < 1e-4, "{size}");
}

#[test]
fn a_garden_keeps_its_shape_to_the_millimetre() {
    let middle = at(52.3, 4.9);
    let corners: Vec<Point> = (0..4).map(|i| middle.destination(45.0 + 90.0 * f64::from(i), 10.0)).collect();
    let garden = Area::from(Polygon::new(corners).unwrap());
    let half_side = 10.0 / 2.0_f64.sqrt();
    assert!((garden.signed_distance_m(middle) + half_side).abs() < 1e-3);
    assert!((garden.size_m2() - 200.0).abs() < 0.01);
    assert!(garden.centre().distance_m(middle) < 1e-3);
}

proptest! {
    #[test]
    fn a_circle_holds_exactly_what_is_nearer_than_its_radius(
        centre in points(), radius_m in 1.0..20_015_087.0, p in points()
    ) {
        let circle = Circle::new(centre, radius_m).unwrap();
        prop_assert_eq!(circle.contains(p), centre.distance_m(p) <= radius_m);
    }

    #[test]
    fn turning_the_globe_changes_nothing(
        (middle, corners) in stars(), degrees in -180.0..180.0, share in 0.0..3.0_f64, bearing in 0.0..360.0
    ) {
        let p = middle.destination(bearing, share * middle.distance_m(corners[0]));
        let here = Area::from(Polygon::new(corners.clone()).unwrap());
        let there: Vec<Point> = corners.iter().map(|&c| turned(c, degrees)).collect();
        let there = Area::from(Polygon::new(there).unwrap());
        let (a, b) = (here.signed_distance_m(p), there.signed_distance_m(turned(p, degrees)));
        prop_assert!((a - b).abs() < 1e-3, "{a} and {b}");
        prop_assert!((here.size_m2() / there.size_m2() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_way_round_and_the_first_corner_do_not_matter((middle, corners) in stars(), share in 0.0..3.0_f64) {
        let p = middle.destination(33.0, share * middle.distance_m(corners[0]));
        let mut other = corners.clone();
        other.reverse();
        other.rotate_left(1);
        let (a, b) = (Polygon::new(corners).unwrap(), Polygon::new(other).unwrap());
        prop_assert!((a.signed_distance_m(p) - b.signed_distance_m(p)).abs() < 1e-3);
    }

    #[test]
    fn a_star_holds_its_middle((middle, corners) in stars()) {
        prop_assert!(Polygon::new(corners).unwrap().contains(middle));
    }

    #[test]
    fn corners_are_on_the_edge((_, corners) in stars()) {
        let area = Polygon::new(corners.clone()).unwrap();
        for corner in corners {
            prop_assert!(area.signed_distance_m(corner).abs() < 1e-3);
        }
    }

    #[test]
    fn a_step_changes_the_distance_to_the_edge_by_at_most_its_length(
        (area, p) in areas().prop_flat_map(|area| {
            let p = around(area.centre());
            (Just(area), p)
        }),
        bearing in 0.0..360.0, step_m in 0.0..2_000.0
    ) {
        let q = p.destination(bearing, step_m);
        let change = (area.signed_distance_m(p) - area.signed_distance_m(q)).abs();
        prop_assert!(change <= p.distance_m(q) + 0.01, "{change} m in a step of {step_m} m");
    }

    #[test]
    fn what_is_inside_is_in_the_box((area, p) in areas().prop_flat_map(|area| {
        let p = around(area.centre());
        (Just(area), p)
    })) {
        prop_assert!(!area.contains(p) || area.bounding_box().contains(p));
    }

    #[test]
    fn what_the_box_calls_beyond_is_beyond(
        (area, p) in areas().prop_flat_map(|area| {
            let p = around(area.centre());
            (Just(area), p)
        }),
        margin_m in 0.0..100_000.0
    ) {
        let beyond = area.bounding_box().is_beyond(p, margin_m);
        prop_assert!(!beyond || area.signed_distance_m(p) > margin_m - 0.01);
    }

    #[test]
    fn json_there_and_back_is_the_same(area in areas()) {
        let json = serde_json::to_string(&area).unwrap();
        let back: Area = serde_json::from_str(&json).unwrap();
        let edge = area.centre();
        prop_assert!((area.signed_distance_m(edge) - back.signed_distance_m(edge)).abs() < 1e-3);
    }
}
