//! Whole traces of the odd kinds that phones send, and what the machine says besides crossings: paces, standings, back-tests.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use domain::geofence::{
    Atlas, Backtest, Certainty, DeviceState, Evidence, Policy, Sample, backtest, order, step,
};
use domain::{Details, DeviceId, Fix, GroupId, Kind, Name, Pace, Region, RegionId, Timestamp};
use geodesy::{Circle, Point};
use rstest::rstest;
use uuid::Uuid;

use Kind::{Enter, Leave};

const HOME: (f64, f64) = (48.2, 16.37);

fn home() -> Point {
    Point::new(HOME.0, HOME.1).unwrap()
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000 + seconds * 1000)
}

fn region(centre: Point, radius_m: f64, pace: Pace) -> Region {
    Region {
        id: RegionId::new(Uuid::from_u128(1)),
        group: GroupId::new(Uuid::from_u128(1)),
        name: Name::new("Home").unwrap(),
        area: Circle::new(centre, radius_m).unwrap().into(),
        demo: false,
        changed_at: moment(-1_000_000),
        details: Details { pace, ..Details::default() },
    }
}

fn fix(seconds: i64, point: Point, accuracy_m: f64) -> Fix {
    Fix {
        received_at: moment(seconds + 1),
        accuracy_m: Some(accuracy_m),
        ..Fix::bare(DeviceId::new(Uuid::from_u128(2)), moment(seconds), point)
    }
}

/// Seconds, metres east of home, accuracy: an hour in which somebody comes from 3 km away and sits at home, wavering a little.
fn evening() -> Vec<(i64, f64, f64)> {
    let mut trace = vec![(0, 3000.0, 10.0), (120, 2000.0, 10.0), (240, 1000.0, 10.0), (360, 3.0, 10.0)];
    trace.extend((1..50).map(|minute: i32| {
        let waver = f64::from(minute * 7 % 23) - 11.0;
        (360 + i64::from(minute) * 60, waver, 15.0)
    }));
    trace
}

fn fixes(trace: &[(i64, f64, f64)]) -> Vec<Fix> {
    trace.iter().map(|(at, east_m, a)| fix(*at, home().destination(90.0, *east_m), *a)).collect()
}

/// What is said in the end, in seconds; and the state.
fn judge(fixes: &[Fix], region: &Region) -> (Vec<(Kind, i64)>, DeviceState) {
    let atlas = Atlas::new([region.clone()]);
    let mut evidence: Vec<Evidence<'_>> =
        fixes.iter().map(|fix| Evidence::Fix { fix, listed: None }).collect();
    evidence.sort_by(order);
    let (mut state, mut log) = (DeviceState::default(), Vec::new());
    for evidence in &evidence {
        let next = step(state, evidence, &atlas, &Policy::default());
        state = next.state;
        log.retain(|said| !next.retractions.iter().any(|taken| *said == (taken.kind, taken.at)));
        log.extend(next.crossings.iter().map(|crossing| (crossing.kind, crossing.at)));
    }
    (log.into_iter().map(|(kind, at)| (kind, at.millis_since(moment(0)) / 1000)).collect(), state)
}

fn balanced() -> Region {
    region(home(), 100.0, Pace::Balanced)
}

#[rstest]
#[case::none(&[])]
#[case::one_jump(&[(2000, 7000.0, 5.0)])]
#[case::two_jumps_to_different_places(&[(2000, 7000.0, 5.0), (2010, -4000.0, 5.0)])]
#[case::sure_to_be_next_door(&[(2000, 260.0, 1.7), (2090, 262.0, 1.7), (2170, 259.0, 1.7)])]
#[case::a_mast(&[(2000, 900.0, 1200.0), (2100, -700.0, 800.0)])]
#[case::a_cached_place_from_before(&[(2000, 2000.0, 10.0), (2015, 2000.0, 10.0)])]
#[case::a_slow_drift(&[(2000, 60.0, 25.0), (2030, 90.0, 25.0), (2060, 70.0, 25.0)])]
fn an_evening_at_home_is_one_enter_whatever_errs(#[case] errors: &[(i64, f64, f64)]) {
    let mut trace = evening();
    trace.retain(|(at, ..)| errors.iter().all(|(error, ..)| (at - error).abs() > 40));
    trace.extend(errors);
    assert_eq!(judge(&fixes(&trace), &balanced()).0, [(Enter, 360)]);
}

#[test]
fn a_phone_that_froze_at_home_leaves_when_it_thaws() {
    let mut trace = evening();
    trace.extend((0..20).map(|minute| (3400 + minute * 60, 4.0, 12.0)));
    trace.extend([(4700, 5000.0, 10.0), (4760, 6000.0, 10.0)]);
    assert_eq!(judge(&fixes(&trace), &balanced()).0, [(Enter, 360), (Leave, 4700)]);
}

/// By car past 1000 and 500 m, then only what the phone tells each five minutes: once inside, its disc across the edge, and off again.
#[test]
fn a_visit_seen_once_by_a_phone_that_reports_seldom_is_told() {
    let trace =
        [(0, 1500.0), (50, 1000.0), (100, 500.0), (400, 80.0), (700, -500.0), (750, -1000.0), (800, -1500.0)];
    let trace = trace.map(|(at, east_m)| (at, east_m, 30.0));
    assert_eq!(judge(&fixes(&trace), &balanced()).0, [(Enter, 400), (Leave, 700)]);
}

#[test]
fn who_keeps_the_pace_through_the_edge_was_not_seen_to_arrive() {
    let trace = [(0, 1290.0), (300, 890.0), (600, 490.0), (900, 90.0), (1200, 490.0), (1500, 890.0)];
    let trace = trace.map(|(at, east_m)| (at, east_m, 30.0));
    assert_eq!(judge(&fixes(&trace), &balanced()).0, []);
}

#[test]
fn two_other_places_outweigh_one_that_was_shown_again_and_again() {
    let mut trace = vec![(0, 1500.0, 10.0), (60, 900.0, 10.0), (120, 300.0, 10.0)];
    trace.extend((1..30).map(|number| (120 + number * 60, 300.0, 10.0)));
    trace.extend([(2000, 4.0, 12.0), (2060, -5.0, 12.0), (2120, 400.0, 12.0), (2180, 800.0, 12.0)]);
    assert_eq!(judge(&fixes(&trace), &balanced()).0, [(Enter, 2000), (Leave, 2120)]);
}

#[test]
fn who_just_came_and_is_seen_next_door_for_some_minutes_never_left() {
    let mut trace = vec![(0, 1500.0, 10.0), (60, 900.0, 10.0), (120, 300.0, 10.0), (420, 4.0, 12.0)];
    trace.extend([(720, -300.0, 20.0), (1020, -304.0, 20.0)]);
    trace.extend((0..6_i32).map(|number| (1320 + i64::from(number) * 300, 3.0 + f64::from(number), 12.0)));
    assert_eq!(judge(&fixes(&trace), &balanced()).0, [(Enter, 420)]);
}

#[test]
fn who_comes_out_of_a_tunnel_has_left() {
    let mut trace = evening();
    trace.extend([(5000, 15_000.0, 20.0), (5060, 15_400.0, 10.0)]);
    assert_eq!(judge(&fixes(&trace), &balanced()).0, [(Enter, 360), (Leave, 5000)]);
}

#[test]
fn a_flight_across_the_date_line_comes_to_where_it_goes() {
    let nadi = Point::new(-17.755, 177.443).unwrap();
    let apia = Point::new(-13.83, -172.01).unwrap();
    let region = region(apia, 2000.0, Pace::Balanced);
    let mut trace: Vec<Fix> = (0..30).map(|minute| fix(minute * 60, nadi, 15.0)).collect();
    // No report in the air; an hour and a half later it is there.
    trace.extend((0..10_i32).map(|minute| {
        let point = apia.destination(f64::from(minute) * 36.0, 20.0);
        fix(1800 + 5400 + i64::from(minute) * 60, point, 15.0)
    }));
    assert_eq!(judge(&trace, &region).0, [(Enter, 7200)]);
}

#[test]
fn fast_says_at_once_and_takes_back_and_calm_says_it_late() {
    let mut error = evening();
    error.extend([(3400, 900.0, 10.0), (3460, 1.0, 12.0)]);
    let fast = region(home(), 100.0, Pace::Fast);
    assert_eq!(judge(&fixes(&error[..error.len() - 1]), &fast).0, [(Enter, 360), (Leave, 3400)]);
    assert_eq!(judge(&fixes(&error), &fast).0, [(Enter, 360)]);
    let calm = region(home(), 100.0, Pace::Calm);
    assert_eq!(judge(&fixes(&evening()[..8]), &calm).0, []);
    assert_eq!(judge(&fixes(&evening()), &calm).0, [(Enter, 360)]);
}

#[test]
fn a_state_tells_how_it_stands_and_why() {
    let mut trace = evening();
    let (_, state) = judge(&fixes(&trace), &balanced());
    let standing = state.standing(&balanced(), &Policy::default()).unwrap();
    assert_eq!((standing.inside, standing.certainty), (true, Certainty::Sure));
    assert_eq!((standing.since, standing.seen_at), (Some(moment(360)), moment(3300)));
    assert_eq!(standing.why.len(), 1);
    trace.push((3400, 900.0, 10.0));
    let (_, state) = judge(&fixes(&trace), &balanced());
    let standing = state.standing(&balanced(), &Policy::default()).unwrap();
    assert_eq!((standing.inside, standing.certainty), (true, Certainty::Doubtful));
    assert_eq!((standing.seen_at, standing.why.len()), (moment(3300), 2));
    let elsewhere = region(home().destination(0.0, 9000.0), 100.0, Pace::Balanced);
    assert_eq!(judge(&fixes(&trace), &elsewhere).1.standing(&elsewhere, &Policy::default()), None);
}

#[test]
fn a_backtest_says_what_a_region_would_have_said_whatever_others_are_asked_beside_it() {
    let mut trace = evening();
    trace.extend([(3400, 500.0, 10.0), (3460, 1000.0, 10.0), (3520, 1500.0, 10.0)]);
    let mut samples: Vec<Sample> = fixes(&trace)
        .iter()
        .map(|fix| Sample { at: fix.at, point: fix.point, accuracy_m: fix.accuracy_m })
        .collect();
    let areas = [balanced().area, Circle::new(home(), 2500.0).unwrap().into()];
    let of = |samples: &[Sample], areas: &[geodesy::Area]| {
        backtest(samples, areas, Pace::Balanced, &Policy::default())
    };
    let told = of(&samples, &areas);
    let visits: Vec<_> = told[0].visits.iter().map(|visit| (visit.from, visit.to)).collect();
    assert_eq!((visits, told[0].doubtful), (vec![(Some(moment(360)), Some(moment(3400)))], 0));
    for (area, told) in areas.iter().zip(&told) {
        assert_eq!(of(&samples, std::slice::from_ref(area)), std::slice::from_ref(told));
    }
    samples.reverse();
    assert_eq!(of(&samples, &areas), told);
    assert_eq!(of(&[], &areas), [Backtest::default(), Backtest::default()]);
}
