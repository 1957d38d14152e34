//! Fixes of days past in, visits out.

use super::*;
use geodesy::Point;
use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;
const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

fn home() -> Point {
    Point::new(47.3667, 8.55).expect("on the Earth")
}

fn circle(radius_m: f64) -> Area {
    Area::Circle(Circle::new(home(), radius_m).expect("a circle"))
}

fn friend(number: u128) -> FriendId {
    FriendId::new(Uuid::from_u128(number))
}

/// A fix so many minutes after the beginning, so far from home.
fn fix(minute: i64, metres: f64, accuracy_m: f64) -> Sample {
    let at = NOW.plus_millis(-20 * 86_400_000 + minute * MINUTE_MS);
    Sample { at, point: home().destination(90.0, metres), accuracy_m: Some(accuracy_m) }
}

fn trace(fixes: impl IntoIterator<Item = Sample>) -> Trace {
    Trace { friend: friend(1), fixes: fixes.into_iter().collect() }
}

/// Every day from home, for nine hours, to somewhere 5 km away.
fn commuter(days: i64) -> Trace {
    let day = |day: i64| {
        (0..144).map(move |slot| {
            let away = (48..102).contains(&slot);
            fix(day * 1440 + slot * 10, if away { 5_000.0 } else { 10.0 }, 15.0)
        })
    };
    trace((0..days).flat_map(day))
}

fn look(traces: &[Trace], area: &Area, pace: Pace) -> Hindsight {
    let mut look = Look::new(area, pace, Span::days(30, NOW)).with_advice();
    for trace in traces {
        look.take(trace);
    }
    look.hindsight()
}

#[test]
fn who_goes_to_work_each_day_visits_home_once_more_than_that() {
    let told = look(&[commuter(10)], &circle(150.0), Pace::Balanced);
    assert_eq!((told.visits(), told.doubtful(), told.better, told.cut_off), (11, 0, None, false));
    let visits = told.rows.first().map(|row| row.visits.clone()).unwrap_or_default();
    assert!(visits.iter().all(|(from, to)| 0.3 < *from && from < to && *to <= 1.0), "{visits:?}");
    let mut backwards = commuter(10);
    backwards.fixes.reverse();
    assert_eq!(look(&[backwards], &circle(150.0), Pace::Balanced), told);
}

#[test]
fn where_nobody_was_nobody_was() {
    let elsewhere = Area::Circle(Circle::new(home().destination(0.0, 2_000.0), 100.0).expect("a circle"));
    assert_eq!(look(&[commuter(10)], &elsewhere, Pace::Balanced), Hindsight::default());
    assert_eq!(look(&[], &circle(150.0), Pace::Balanced), Hindsight::default());
}

#[test]
fn of_two_devices_the_one_that_was_there_counts_and_of_two_friends_both() {
    let other = trace([fix(0, 9_000.0, 15.0), fix(10, 9_000.0, 15.0)]);
    let told = look(&[commuter(3), other], &circle(150.0), Pace::Balanced);
    assert_eq!((told.rows.len(), told.visits()), (1, 4));
    let eve = Trace { friend: friend(2), ..commuter(5) };
    let told = look(&[commuter(3), eve], &circle(150.0), Pace::Balanced);
    let rows: Vec<_> = told.rows.iter().map(|row| (row.friend, row.visits.len())).collect();
    assert_eq!(rows, [(friend(2), 6), (friend(1), 4)]);
}

#[test]
fn how_exact_phones_are_is_the_middle_of_what_those_in_and_around_say_if_there_are_enough() {
    let usual_m =
        |fixes: Vec<Sample>, radius_m| look(&[trace(fixes)], &circle(radius_m), Pace::Balanced).usual_m;
    let accuracies = [90.0, 10.0, 30.0, 20.0, 500.0];
    let near = |metres: f64| (0..).zip(accuracies).map(move |(slot, a)| fix(slot * 10, metres, a)).collect();
    assert_eq!(usual_m(near(5.0), 12.0), Some(30.0));
    assert_eq!(usual_m(near(110.0), 12.0), Some(30.0), "98 m from the edge");
    assert_eq!(usual_m(near(114.0), 12.0), None, "102 m from it");
    assert_eq!(usual_m(vec![fix(0, 5.0, 10.0); 4], 12.0), None);
}

/// Rests at home; every two hours, for two fixes, `out_m` away: so far that the machine, asked to be fast, believes it at a small radius.
fn garden(out_m: f64) -> Trace {
    let at = move |slot: i64| fix(slot * 2, if slot % 60 == 59 { out_m } else { 5.0 }, 8.0);
    trace((0..1200).map(at))
}

#[test]
fn the_better_radius_is_the_first_that_reaches_over_what_is_doubtful() {
    // Steps of 100 m: 130, 150, 200, 250, 300. A fix is out when it is 8 m, its accuracy, or 15 m, and 25 m beyond the edge.
    for (out_m, expected) in [(155.0, 130.0), (175.0, 150.0), (195.0, 200.0), (280.0, 250.0), (320.0, 300.0)]
    {
        let told = look(&[garden(out_m)], &circle(100.0), Pace::Fast);
        assert!(told.doubtful() > 0, "{out_m} m: {told:?}");
        assert_eq!(told.better, Some(Better { radius_m: expected, doubtful: 0 }), "{out_m} m");
    }
}

#[test]
fn of_radii_that_leave_as_much_to_doubt_the_smallest_is_best_and_none_that_leaves_no_less() {
    let other = |radius_m, doubtful| Better { radius_m, doubtful };
    let others = [other(130.0, 4), other(150.0, 2), other(200.0, 1), other(250.0, 1), other(300.0, 3)];
    assert_eq!(best(4, others.into_iter()), Some(other(200.0, 1)));
    assert_eq!(best(1, others.into_iter()), None);
    assert_eq!(best(2, std::iter::empty()), None);
    let radii = |radius_m| {
        let Area::Circle(circle) = circle(radius_m) else { unreachable!("a circle") };
        others_of(&circle)
    };
    assert_eq!(radii(100.0), [130.0, 150.0, 200.0, 250.0, 300.0]);
    assert_eq!(radii(62.0), [80.0, 100.0, 130.0, 160.0, 190.0]);
}

fn others_of(circle: &Circle) -> Vec<f64> {
    super::others(circle).map(|circle| circle.radius_m()).collect()
}

#[test]
fn what_is_near_comes_with_how_one_got_there_and_away() {
    // Ten minutes apart: a dozen fixes are two hours. Every minute: three quarters of an hour are 45.
    let away_and_back = |every: i64| -> Vec<Sample> {
        (0..300).map(|slot| fix(slot * every, if slot == 100 { 0.0 } else { 9_000.0 }, 15.0)).collect()
    };
    let kept = |every| -> Vec<i64> {
        near(&away_and_back(every), home(), 1000.0)
            .iter()
            .map(|kept| kept.at.millis_since(fix(0, 0.0, 0.0).at) / MINUTE_MS / every)
            .collect()
    };
    assert_eq!(kept(10), (88..=112).collect::<Vec<_>>());
    assert_eq!(kept(1), (55..=145).collect::<Vec<_>>());
    assert_eq!(near(&away_and_back(10), home().destination(0.0, 50_000.0), 1000.0), []);
}
