//! What is asked for, and what is said.

use super::*;
use crate::state::fixture::{NOW, friend_id};
use domain::hindsight::Row;
use geodesy::Circle;

fn home() -> Point {
    Point::new(47.3667, 8.55).expect("on the Earth")
}

fn told(visits: usize, doubtful: usize) -> Hindsight {
    let row = Row { friend: friend_id(1), visits: vec![(0.0, 0.1); visits], doubtful };
    Hindsight { rows: vec![row], ..Hindsight::default() }
}

#[test]
fn how_often_and_how_doubtful_is_said_in_a_sentence() {
    let cases = [
        (told(11, 0), "Last 30 days: 11 visits, none doubtful."),
        (told(1, 2), "Last 30 days: 1 visit, 2 doubtful."),
        (told(0, 1), "Last 30 days: nobody was here, 1 doubtful."),
        (Hindsight::default(), "Last 30 days: nobody was here."),
    ];
    for (told, expected) in cases {
        assert_eq!(words(&told, None), expected);
    }
}

#[test]
fn what_would_be_better_and_what_is_missing_is_said() {
    let better = |doubtful| Some(Better { radius_m: 120.0, doubtful });
    let said = |told: &Hindsight, whose| words(told, whose).replace('\u{202f}', " ");
    let told = Hindsight { better: better(0), ..told(41, 3) };
    assert_eq!(said(&told, None), "Last 30 days: 41 visits, 3 doubtful. A radius of 120 m would give none.");
    let told = Hindsight { better: better(1), cut_off: true, ..told };
    assert_eq!(
        said(&told, Some("Ann")),
        "A year of Ann: 41 visits, 3 doubtful. A radius of 120 m would give 1. There was more than is looked at: the first part is missing."
    );
}

#[test]
fn ground_is_wide_enough_to_move_a_region_a_little() {
    let circle = |at: Point| Area::Circle(Circle::new(at, 150.0).expect("a circle"));
    let ground = Ground::around(&circle(home()));
    let moved = |metres| circle(home().destination(45.0, metres));
    assert!(ground.holds(&moved(0.0)) && ground.holds(&moved(1_000.0)));
    assert!(!ground.holds(&moved(3_000.0)));
}

#[test]
fn a_track_unpacks_to_a_hands_breadth_and_takes_little_room() {
    let at = |number: i64, lat, lon, accuracy_m| Sample {
        at: NOW.plus_millis(number * 90_123),
        point: Point::new(lat, lon).expect("on the Earth"),
        accuracy_m,
    };
    // Across the antimeridian, south, without an accuracy.
    let fixes = [
        at(0, 47.366_712_3, 8.550_123_4, Some(12.345)),
        at(1, -16.5, 179.999_999_9, None),
        at(2, -16.500_01, -179.999_98, Some(0.0)),
        at(3, 90.0, 0.0, Some(65.0)),
    ];
    let packed = pack(&fixes);
    let back = unpack(&packed);
    assert_eq!(back.len(), fixes.len());
    for (fix, back) in fixes.iter().zip(&back) {
        assert_eq!(fix.at, back.at);
        assert!(fix.point.distance_m(back.point) < 0.1, "{fix:?} {back:?}");
        let (a, b) = (fix.accuracy_m.unwrap_or(-1.0), back.accuracy_m.unwrap_or(-1.0));
        assert!((a - b).abs() <= 0.05 + 1e-9, "{fix:?} {back:?}");
    }
    let resting: Vec<Sample> = (0..1000).map(|number| at(number, 47.3667, 8.55, Some(15.0))).collect();
    let bytes = serde_json::to_string(&pack(&resting)).expect("numbers").len();
    assert!(bytes < 16 * 1000, "{bytes}");
    assert_eq!(unpack(&[1, 2, 3]), []);
    assert_eq!(unpack(&[0, 0, 400_000_000, 1]), [], "nowhere");
}
