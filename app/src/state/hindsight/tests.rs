//! Fixes of days past in, visits out.

use super::*;
use crate::state::fixture::{NOW, friend_id};

const MINUTE_MS: i64 = 60_000;

fn home() -> Point {
    Point::new(47.3667, 8.55).expect("on the Earth")
}

fn circle(radius_m: f64) -> Area {
    Area::Circle(Circle::new(home(), radius_m).expect("a circle"))
}

/// A fix so many minutes after the beginning, so far from home.
fn fix(minute: i64, metres: f64, accuracy_m: f64) -> Sample {
    let at = NOW.plus_millis(-20 * 86_400_000 + minute * MINUTE_MS);
    Sample { at, point: home().destination(90.0, metres), accuracy_m: Some(accuracy_m) }
}

/// Every day from home, for nine hours, to somewhere 5 km away.
fn commuter(days: i64) -> Trace {
    let day = |day: i64| {
        (0..144).map(move |slot| {
            let away = (48..102).contains(&slot);
            fix(day * 1440 + slot * 10, if away { 5_000.0 } else { 10.0 }, 15.0)
        })
    };
    Trace { friend: friend_id(1), fixes: (0..days).flat_map(day).collect() }
}

#[test]
fn who_goes_to_work_each_day_visits_home_once_more_than_that() {
    let told = look_back(&[commuter(10)], &circle(150.0), Pace::Balanced, NOW);
    assert_eq!((told.visits(), told.doubtful()), (11, 0));
    assert_eq!(told.words(None), "Last 30 days: 11 visits, none doubtful.");
    let visits = told.rows.first().map(|row| row.visits.clone()).unwrap_or_default();
    assert!(visits.iter().all(|(from, to)| 0.3 < *from && from < to && *to <= 1.0), "{visits:?}");
}

#[test]
fn where_nobody_was_nobody_was() {
    let elsewhere = Area::Circle(Circle::new(home().destination(0.0, 2_000.0), 100.0).expect("a circle"));
    let told = look_back(&[commuter(10)], &elsewhere, Pace::Balanced, NOW);
    assert_eq!(told.words(None), "Last 30 days: nobody was here.");
    assert_eq!(look_back(&[], &circle(150.0), Pace::Balanced, NOW), Hindsight::default());
}

#[test]
fn of_two_devices_the_one_that_was_there_counts() {
    let other = Trace { friend: friend_id(1), fixes: vec![fix(0, 9_000.0, 15.0), fix(10, 9_000.0, 15.0)] };
    let told = look_back(&[commuter(3), other], &circle(150.0), Pace::Balanced, NOW);
    assert_eq!((told.rows.len(), told.visits()), (1, 4));
}

#[test]
fn a_region_smaller_than_phones_are_exact_there_says_so() {
    let told = look_back(&[commuter(3)], &circle(12.0), Pace::Balanced, NOW);
    assert_eq!(told.blurred_m, Some(15.0));
}

#[test]
fn a_better_radius_is_one_that_leaves_less_to_doubt() {
    // Sits in the garden, 190 m from the middle, for a few minutes now and then.
    let garden = (0..600).map(|slot| fix(slot * 5, if slot % 20 == 19 { 190.0 } else { 5.0 }, 8.0));
    let trace = Trace { friend: friend_id(1), fixes: garden.collect() };
    let traces = [trace];
    let Area::Circle(small) = circle(100.0) else { unreachable!("a circle") };
    // The judging itself may well see through it; then there is nothing to better.
    let doubtful = look_back(&traces, &circle(100.0), Pace::Fast, NOW).doubtful();
    match better(&traces, &small, Pace::Fast, doubtful) {
        Some(better) => assert!(better.doubtful < doubtful && better.radius_m > 100.0, "{better:?}"),
        None => assert_eq!(doubtful, 0),
    }
    assert_eq!(better(&traces, &small, Pace::Fast, 0), None);
}

#[test]
fn what_would_be_better_is_said() {
    let told = look_back(&[commuter(1)], &circle(150.0), Pace::Balanced, NOW);
    let words = told.words(Some(Better { radius_m: 120.0, doubtful: 0 })).replace('\u{202f}', " ");
    assert_eq!(words, "Last 30 days: 2 visits, none doubtful. A radius of 120 m would give none.");
}

#[test]
fn ground_is_wide_enough_to_move_a_region_a_little() {
    let ground = Ground::around(&circle(150.0));
    let moved =
        |metres| Area::Circle(Circle::new(home().destination(45.0, metres), 150.0).expect("a circle"));
    assert!(ground.holds(&moved(0.0)) && ground.holds(&moved(1_000.0)));
    assert!(!ground.holds(&moved(3_000.0)));
}
