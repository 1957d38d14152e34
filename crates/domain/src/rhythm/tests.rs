use super::*;
use geodesy::Point;
use proptest::prelude::*;
use rstest::rstest;

const SIGNIFICANT: Option<Monitoring> = Some(Monitoring::Significant);
const MOVE: Option<Monitoring> = Some(Monitoring::Move);
/// Before and after each of the three borders.
const FOUR_STEPS: [Staleness; 6] = [
    Staleness::Now,
    Staleness::Recent,
    Staleness::Recent,
    Staleness::Stale,
    Staleness::Stale,
    Staleness::Lost,
];

/// A phone with a life: what it reports, one after the other.
struct Phone {
    rhythm: Rhythm,
    last: Spot,
}

impl Phone {
    fn new() -> Self {
        let point = Point::new(48.2, 16.37).expect("is a point");
        let at = Timestamp::parse("2026-05-18T06:00:00Z").expect("is a time");
        let last = Spot {
            at,
            point,
            accuracy_m: Some(10.0),
            velocity_kmh: Some(0.0),
            course_deg: None,
            battery_pct: None,
            clock_wrong: false,
            expected: None,
        };
        let mut rhythm = Rhythm::default();
        rhythm.hear(None, &last, None);
        Self { rhythm, last }
    }

    /// Reports again and again, after that many seconds each.
    fn report(mut self, times: u32, gap_s: i64, mode: Option<Monitoring>, velocity_kmh: f64) -> Self {
        for _ in 0..times {
            let at = self.last.at.plus_millis(gap_s * SECOND_MS);
            let mut spot = Spot { at, velocity_kmh: Some(velocity_kmh), ..self.last.clone() };
            spot.expected = self.rhythm.hear(Some(&self.last), &spot, mode);
            self.last = spot;
        }
        self
    }

    /// Minutes after the last report, and a connection that stands.
    fn after(&self, minutes: i64) -> Staleness {
        Staleness::of(&self.last, None, self.last.at.plus_millis(minutes * MINUTE_MS))
    }

    fn steps(&self) -> [i64; 3] {
        let Steps { now_ms, recent_ms, stale_ms, silent_ms } = Steps::of(self.last.expected);
        assert_eq!(stale_ms, silent_ms);
        [now_ms, recent_ms, stale_ms].map(|ms| ms / MINUTE_MS)
    }
}

#[test]
fn a_phone_that_reports_twice_an_hour_is_lost_after_three_reports_that_did_not_come() {
    let phone = Phone::new().report(20, 1800, SIGNIFICANT, 0.0);
    assert_eq!(phone.last.expected, Some(Expected { next_s: 1800, rest_s: 1800 }));
    let steps = [59, 61, 74, 76, 89, 91].map(|minutes| phone.after(minutes));
    assert_eq!(steps, FOUR_STEPS);
}

#[test]
fn a_lost_connection_outweighs_a_fresh_position() {
    let phone = Phone::new().report(20, 1800, SIGNIFICANT, 0.0);
    assert_eq!(Staleness::of(&phone.last, Some(phone.last.at), phone.last.at), Staleness::Lost);
}

#[test]
fn a_phone_of_which_little_is_known_has_the_steps_of_any() {
    let phone = Phone::new().report(4, 10, MOVE, 0.0);
    assert_eq!(phone.last.expected, None);
    let steps = [5, 6, 60, 61, 24 * 60, 24 * 60 + 1].map(|minutes| phone.after(minutes));
    assert_eq!(steps, FOUR_STEPS);
}

#[test]
fn whoever_drove_and_came_to_rest_is_not_lost_after_minutes() {
    let phone = Phone::new().report(200, 10, MOVE, 80.0);
    assert_eq!(phone.last.expected, Some(Expected { next_s: 10, rest_s: 10 }));
    assert_eq!(phone.steps(), [5, 32, 60]);
}

#[test]
fn on_the_move_the_rhythm_of_rest_says_when_a_phone_is_lost() {
    let phone = Phone::new().report(40, 1800, SIGNIFICANT, 0.0).report(40, 240, SIGNIFICANT, 60.0);
    assert_eq!(phone.last.expected, Some(Expected { next_s: 240, rest_s: 1800 }));
    assert_eq!(phone.steps(), [8, 49, 90]);
}

#[test]
fn each_mode_has_its_rhythm() {
    let phone = Phone::new().report(40, 1800, SIGNIFICANT, 0.0).report(40, 30, MOVE, 0.0);
    assert_eq!(phone.last.expected, Some(Expected { next_s: 30, rest_s: 30 }));
    let phone = phone.report(1, 30, SIGNIFICANT, 0.0);
    assert_eq!(phone.last.expected, Some(Expected { next_s: 1800, rest_s: 1800 }));
}

#[test]
fn a_phone_that_is_silent_every_night_is_not_lost_at_night() {
    let day = |phone: Phone| phone.report(32, 1800, SIGNIFICANT, 0.0).report(1, 8 * 3600, SIGNIFICANT, 0.0);
    let once = day(Phone::new()).report(1, 1800, SIGNIFICANT, 0.0);
    assert_eq!(once.last.expected.map(|expected| expected.next_s), Some(1800), "once is no rhythm");
    let twice = day(day(Phone::new())).report(1, 1800, SIGNIFICANT, 0.0);
    assert_eq!(twice.steps(), [120, 13 * 60, 24 * 60]);
}

#[test]
fn an_outage_is_no_rhythm() {
    let phone = Phone::new().report(300, 1800, SIGNIFICANT, 0.0);
    let out = phone.report(1, 9 * 3600, SIGNIFICANT, 0.0).report(20, 1800, SIGNIFICANT, 0.0);
    let out = out.report(1, 12 * 3600, SIGNIFICANT, 0.0).report(20, 1800, SIGNIFICANT, 0.0);
    assert_eq!(out.last.expected, Some(Expected { next_s: 1800, rest_s: 1800 }));
    let known = out.rhythm.modes.clone();
    let off = out.report(1, 20 * 3600, SIGNIFICANT, 0.0);
    assert_eq!(off.rhythm.modes, known, "nor is that it was off");
}

#[test]
fn what_a_phone_did_two_weeks_ago_is_forgotten() {
    let phone = Phone::new().report(700, 1800, SIGNIFICANT, 0.0).report(7 * 24 * 12, 300, SIGNIFICANT, 0.0);
    let phone = phone.report(7 * 24 * 12, 300, SIGNIFICANT, 0.0);
    assert_eq!(phone.last.expected, Some(Expected { next_s: 300, rest_s: 300 }));
}

#[rstest]
#[case(None, 0.0, false)]
#[case(None, 0.01, true)]
#[case(Some(3.0), 0.01, false)]
#[case(Some(40.0), 0.0, true)]
fn a_phone_that_tells_no_speed_moves_when_it_has_come_far(
    #[case] velocity_kmh: Option<f64>,
    #[case] north: f64,
    #[case] moves: bool,
) {
    let phone = Phone::new();
    let point = Point::new(48.2 + north, 16.37).expect("is a point");
    let at = phone.last.at.plus_millis(5 * MINUTE_MS);
    let new = Spot { at, point, velocity_kmh, ..phone.last.clone() };
    assert_eq!(is_moving(Some(&phone.last), &new), moves);
    assert!(velocity_kmh.is_some() || !is_moving(None, &new));
}

#[rstest]
#[case(1, 0)]
#[case(15, 0)]
#[case(16, 1)]
#[case(1800, 7)]
#[case(8 * 3600, 11)]
#[case(LONGEST_GAP_S, 12)]
fn lengths_double(#[case] gap_s: i64, #[case] expected: u8) {
    assert_eq!(length(gap_s), expected);
}

proptest! {
    #[test]
    fn steps_are_in_order_and_within_reason(next_s: u32, rest_s: u32) {
        let Steps { now_ms, recent_ms, stale_ms, silent_ms } = Steps::of(Some(Expected { next_s, rest_s }));
        prop_assert!(5 * MINUTE_MS <= now_ms && now_ms <= recent_ms && recent_ms <= stale_ms);
        prop_assert!((HOUR_MS..=DAY_MS).contains(&silent_ms));
    }

    #[test]
    fn whatever_is_reported_what_is_remembered_is_small_and_reads_as_the_same(
        reports in proptest::collection::vec((-50_i64..100_000, -2_i64..4, 0.0..200.0_f64), 0..400)
    ) {
        let mut phone = Phone::new();
        for (gap_s, mode, speed) in reports {
            phone = phone.report(1, gap_s, Monitoring::of(mode), speed);
        }
        let text = serde_json::to_string(&phone.rhythm).expect("can be written");
        prop_assert!(text.len() < 6000, "{}", text.len());
        let read: Rhythm = serde_json::from_str(&text).expect("can be read");
        prop_assert_eq!(read.expected(), phone.rhythm.expected());
        prop_assert_eq!(read, phone.rhythm);
        if let Some(Expected { next_s, rest_s }) = phone.last.expected {
            prop_assert!(1 <= next_s && next_s <= rest_s && i64::from(rest_s) <= LONGEST_GAP_S);
        }
    }
}
