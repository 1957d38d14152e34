//! The smallest circle round a polygon.

use geodesy::{Circle, Point, Polygon};

fn point(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).expect("is a point")
}

/// The same polygon round different places: corners by bearing and distance.
fn polygon(middle: Point, corners: &[(f64, f64)]) -> Polygon {
    let points = corners.iter().map(|(bearing, distance_m)| middle.destination(*bearing, *distance_m));
    Polygon::new(points.collect()).expect("is a polygon")
}

fn round(middle: Point, corners: &[(f64, f64)]) -> Circle {
    let polygon = polygon(middle, corners);
    let circle = polygon.enclosing_circle().expect("there is one");
    let far_m = |at: &Point| circle.centre().distance_m(*at);
    let farthest_m = polygon.points().iter().map(far_m).fold(0.0, f64::max);
    assert!((farthest_m - circle.radius_m()).abs() < 0.001, "{farthest_m} {}", circle.radius_m());
    // No smaller one: wherever else its middle were, a corner would be farther away.
    for bearing in [0.0, 60.0, 120.0, 180.0, 240.0, 300.0] {
        let beside = circle.centre().destination(bearing, circle.radius_m() / 50.0);
        assert!(polygon.points().iter().any(|corner| beside.distance_m(*corner) > circle.radius_m()));
    }
    circle
}

#[test]
fn the_circle_round_a_polygon_is_the_smallest_wherever_it_lies() {
    let square = [(45.0, 240.0), (135.0, 240.0), (225.0, 240.0), (315.0, 240.0)];
    let sliver = [(0.0, 5.0), (90.0, 3000.0), (180.0, 5.0), (270.0, 1000.0)];
    let many: Vec<_> = (0..720_u16).map(|turn| (f64::from(turn) / 2.0, 400.0)).collect();
    let places = [
        point(48.2, 16.37),
        point(-17.0, 179.9999),
        point(0.0, -180.0),
        point(89.9999, 20.0),
        point(-89.9999, 0.0),
    ];
    for middle in places {
        let circle = round(middle, &square);
        assert!((circle.radius_m() - 240.0).abs() < 0.01, "{middle:?}: {}", circle.radius_m());
        assert!(circle.centre().distance_m(middle) < 0.01);
        assert!((round(middle, &sliver).radius_m() - 2000.0).abs() < 0.1);
        assert!((round(middle, &many).radius_m() - 400.0).abs() < 0.01);
    }
}

#[test]
fn a_wide_triangle_has_its_circle_too() {
    let circle = round(point(60.0, 179.0), &[(0.0, 900_000.0), (120.0, 900_000.0), (240.0, 900_000.0)]);
    assert!((circle.radius_m() - 900_000.0).abs() < 1.0, "{}", circle.radius_m());
}
