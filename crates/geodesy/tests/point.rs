//! Points: ranges, JSON, distance, bearing, destination.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use geodesy::{EARTH_RADIUS_M, Point, PointError};
use proptest::prelude::*;
use rstest::rstest;

fn at(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap()
}

fn points() -> impl Strategy<Value = Point> {
    (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lon)| at(lat, lon))
}

#[rstest]
#[case(90.1, 0.0, "lat")]
#[case(-90.000_001, 0.0, "lat")]
#[case(f64::NAN, 0.0, "lat")]
#[case(f64::INFINITY, 0.0, "lat")]
#[case(0.0, 180.1, "lon")]
#[case(0.0, -181.0, "lon")]
#[case(0.0, f64::NAN, "lon")]
fn a_point_off_the_map_is_refused_by_name(#[case] lat: f64, #[case] lon: f64, #[case] field: &str) {
    let error = Point::new(lat, lon).unwrap_err();
    assert_eq!(error.field(), field);
    assert!(error.to_string().starts_with(field), "{error}");
}

#[test]
fn json_is_lat_and_lon_and_is_checked_when_read() {
    let point = at(48.2, -16.5);
    let json = serde_json::to_string(&point).unwrap();
    assert_eq!(json, r#"{"lat":48.2,"lon":-16.5}"#);
    assert_eq!(serde_json::from_str::<Point>(&json).unwrap(), point);
    let error = serde_json::from_str::<Point>(r#"{"lat":95,"lon":0}"#).unwrap_err();
    assert!(error.to_string().contains(&PointError::Latitude(95.0).to_string()));
}

#[rstest]
#[case::a_degree_of_latitude(at(0.0, 0.0), at(1.0, 0.0), 111_195.08)]
#[case::a_degree_of_longitude_at_sixty_north(at(60.0, 10.0), at(60.0, 11.0), 55_597.0)]
#[case::over_the_antimeridian(at(0.0, 179.5), at(0.0, -179.5), 111_195.08)]
#[case::over_the_pole(at(89.5, 0.0), at(89.5, 180.0), 111_195.08)]
#[case::the_pole_has_every_longitude(at(90.0, 12.0), at(90.0, -77.0), 0.0)]
#[case::the_antimeridian_has_two_names(at(10.0, 180.0), at(10.0, -180.0), 0.0)]
#[case::pole_to_pole(at(90.0, 5.0), at(-90.0, 60.0), 20_015_114.4)]
#[case::antipodes(at(37.3, 21.7), at(-37.3, -158.3), 20_015_114.4)]
fn distance_is(#[case] a: Point, #[case] b: Point, #[case] metres: f64) {
    let d = a.distance_m(b);
    assert!((d - metres).abs() < 0.5, "{d}");
}

#[rstest]
#[case(at(0.0, 0.0), at(1.0, 0.0), 0.0)]
#[case(at(0.0, 0.0), at(0.0, 1.0), 90.0)]
#[case(at(0.0, 0.0), at(-1.0, 0.0), 180.0)]
#[case(at(0.0, 179.5), at(0.0, -179.5), 90.0)]
#[case(at(0.0, -179.5), at(0.0, 179.5), 270.0)]
fn bearing_is(#[case] a: Point, #[case] b: Point, #[case] degrees: f64) {
    assert!((a.bearing_deg(b) - degrees).abs() < 1e-9);
}

#[test]
fn a_destination_without_numbers_is_where_one_stands() {
    let here = at(10.0, 20.0);
    assert_eq!(here.destination(f64::NAN, 10.0), here);
    assert_eq!(here.destination(0.0, f64::INFINITY), here);
}

proptest! {
    #[test]
    fn distance_is_the_same_both_ways(a in points(), b in points()) {
        prop_assert!((a.distance_m(b) - b.distance_m(a)).abs() < 1e-6);
    }

    #[test]
    fn distance_is_between_nothing_and_half_the_globe(a in points(), b in points()) {
        let d = a.distance_m(b);
        prop_assert!((0.0..=EARTH_RADIUS_M * std::f64::consts::PI + 1e-3).contains(&d));
        prop_assert!(a.distance_m(a) < 1e-9);
    }

    #[test]
    fn a_detour_is_never_shorter(a in points(), b in points(), c in points()) {
        prop_assert!(a.distance_m(c) <= a.distance_m(b) + b.distance_m(c) + 1.0);
    }

    #[test]
    fn antipodes_are_half_the_globe_apart(a in points()) {
        let lon = if a.lon() > 0.0 { a.lon() - 180.0 } else { a.lon() + 180.0 };
        let d = a.distance_m(at(-a.lat(), lon));
        prop_assert!((d - EARTH_RADIUS_M * std::f64::consts::PI).abs() < 1.0);
    }

    #[test]
    fn a_destination_is_as_far_as_asked(
        a in points(), bearing in -720.0..720.0, metres in 0.0..20_000_000.0
    ) {
        let end = a.destination(bearing, metres);
        prop_assert!((a.distance_m(end) - metres).abs() < 1.0, "{} m", a.distance_m(end));
    }

    #[test]
    fn the_bearing_leads_to_the_other_point(a in points(), b in points()) {
        prop_assume!(a.lat().abs() < 89.9 && b.lat().abs() < 89.9);
        let end = a.destination(a.bearing_deg(b), a.distance_m(b));
        prop_assert!(end.distance_m(b) < 1.0);
    }
}
