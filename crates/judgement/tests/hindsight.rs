//! What a back-test leaves out of a long track makes no difference to what it says: on made-up days of phones as bad as phones are.

use domain::{
    Pace,
    geofence::{Policy, Sample, backtest},
    hindsight::near,
};
use geodesy::{Area, Point};
use judgement::{Days, Life, Trial, phone::Said};

/// How far beyond its edge the machine needs to see all for a region, metres: as the page asks for.
const BEYOND_M: f64 = 1_500.0;

fn fixes(life: &Life) -> Vec<Sample> {
    let fix = |told: &judgement::phone::Told| match &told.what {
        Said::Fix(fix) => Some(Sample { at: fix.at, point: fix.point, accuracy_m: fix.accuracy_m }),
        Said::Claim(_) => None,
    };
    let mut fixes: Vec<Sample> = life.told.iter().filter_map(fix).collect();
    fixes.sort_by_key(|fix| fix.at);
    fixes
}

fn extent_m(area: &Area) -> f64 {
    let middle = area.centre();
    match area {
        Area::Circle(circle) => circle.radius_m(),
        Area::Polygon(polygon) => {
            polygon.points().iter().map(|corner| middle.distance_m(*corner)).fold(0.0, f64::max)
        }
    }
}

/// Whatever lies well within what was asked for, in its middle or at its very edge, is judged by the part as by the whole.
#[test]
fn what_is_left_out_of_a_track_makes_no_difference_to_a_backtest() {
    let trial = Trial { seed: 11, friends: 5, length: 10, days: Days::Hard };
    let (mut judged, mut visits, mut left, mut all) = (0_u32, 0, 0, 0);
    for number in 0..trial.friends {
        let life = Life::new(trial, number);
        let fixes = fixes(&life);
        for (turn, region) in life.city.regions.iter().enumerate() {
            let area = &region.area;
            let needed_m = extent_m(area) + BEYOND_M;
            let bearing = f64::from(u32::try_from(turn).unwrap_or_default()) * 40.0;
            let places: [(Point, f64); 2] =
                [(area.centre(), needed_m), (area.centre().destination(bearing, needed_m), 2.0 * needed_m)];
            for (place, reach_m) in places {
                let part = near(&fixes, place, reach_m);
                (left, all) = (left + part.len(), all + fixes.len());
                for pace in [Pace::Fast, Pace::Balanced, Pace::Calm] {
                    let says = |fixes: &[Sample]| {
                        backtest(fixes, std::slice::from_ref(area), pace, &Policy::default())
                    };
                    let (of_part, of_whole) = (says(&part), says(&fixes));
                    assert_eq!(of_part, of_whole, "friend {number}, region {turn}, {pace:?}, {reach_m} m");
                    judged += 1;
                    visits += of_whole.iter().map(|told| told.visits.len()).sum::<usize>();
                }
            }
        }
    }
    assert!(judged > 300 && visits > 1_000, "{judged} judged, {visits} visits");
    assert!(left * 2 < all, "little was left out: {left} of {all}");
}
