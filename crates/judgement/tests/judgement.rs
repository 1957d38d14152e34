//! The machine against the other rules, on made-up days: generous bounds, so that chance does not decide.

use domain::geofence::Policy;
use judgement::{Days, Life, Trial, rules};

const TRIAL: Trial = Trial { seed: 7, friends: 6, days: Days::Hard, length: 7 };

#[test]
fn ours_says_far_less_that_is_false_and_misses_nothing_it_was_told_of_twice() {
    let scores = TRIAL.run();
    let [bare, biased, table, ours] = &scores[..] else { unreachable!("there are four rules") };
    for other in [bare, biased, table] {
        assert!(other.per_thousand(other.false_in_the_end) > 1000.0, "the days are easy: {other}");
    }
    assert!(ours.per_thousand(ours.false_in_the_end) < 20.0, "{ours}");
    assert!(ours.per_thousand(ours.false_at_first) < 50.0, "{ours}");
    assert!(ours.missed_though_told * 100 <= ours.visits, "{ours}");
    assert!(ours.delay(0.5) <= 1, "{ours}");
}

#[test]
fn on_ordinary_days_ours_says_hardly_anything_that_is_false() {
    let scores = Trial { days: Days::Ordinary, ..TRIAL }.run();
    let [bare, _, table, ours] = &scores[..] else { unreachable!("there are four rules") };
    assert!(bare.per_thousand(bare.false_in_the_end) > 800.0, "the days are easy: {bare}");
    assert!(table.per_thousand(table.false_in_the_end) > 50.0, "the days are easy: {table}");
    assert!(ours.per_thousand(ours.false_in_the_end) < 8.0, "{ours}");
    assert!(ours.per_thousand(ours.false_at_first) < 20.0, "{ours}");
    assert!(ours.missed * 200 <= ours.visits, "{ours}");
}

#[test]
fn whatever_the_order_of_arrival_the_log_is_the_same() {
    for number in 0..3 {
        let life = Life::new(TRIAL, number);
        assert_eq!(rules::ours(&life, &Policy::default()).log, rules::folded(&life, &Policy::default()));
    }
}
