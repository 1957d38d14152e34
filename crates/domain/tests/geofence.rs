//! The geofence machine: every row of its table, and what must hold whatever the evidence.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use domain::geofence::{
    Atlas, Claim, Crossing, DeviceState, Evidence, Policy, RegionState, Review, Start, Step, Verdict, order,
    step,
};
use domain::{DeviceId, Fix, GroupId, Kind, Name, Region, RegionId, Source, Stay, Timestamp, Witness};
use geodesy::{Circle, Point, Polygon};
use proptest::prelude::*;
use rstest::rstest;
use std::collections::BTreeMap;
use uuid::Uuid;

use Witness::{Both, Conflict, Phone, Server};

/// The middle of the first region. Its radius is 100 m, so that 300 m east of here is 200 m from its edge.
const HOME: (f64, f64) = (48.2, 16.37);
const RADIUS_M: f64 = 100.0;
const EAST: f64 = 90.0;

fn home() -> Point {
    Point::new(HOME.0, HOME.1).unwrap()
}

/// Metres east of home.
fn east(metres: f64) -> Point {
    home().destination(EAST, metres)
}

fn id(number: u128) -> RegionId {
    RegionId::new(Uuid::from_u128(number))
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000 + seconds * 1000)
}

fn region(number: u128, centre: Point, radius_m: f64) -> Region {
    Region {
        id: id(number),
        group: GroupId::new(Uuid::from_u128(1)),
        name: Name::new("Home").unwrap(),
        area: Circle::new(centre, radius_m).unwrap().into(),
        demo: false,
        changed_at: moment(-1_000_000),
        details: domain::Details::default(),
    }
}

fn fix(seconds: i64, point: Point, accuracy_m: Option<f64>) -> Fix {
    Fix {
        received_at: moment(seconds + 1),
        accuracy_m,
        ..Fix::bare(DeviceId::new(Uuid::from_u128(2)), moment(seconds), point)
    }
}

fn claim(seconds: i64, kind: Kind, place: Option<(Point, Option<f64>)>) -> Claim {
    Claim { kind, region: id(1), at: moment(seconds), received_at: moment(seconds + 1), fix: place }
}

/// One device and its regions, and everything that was said about it.
struct Scene {
    state: DeviceState,
    regions: Vec<Region>,
    policy: Policy,
    /// What holds of all that was said.
    crossings: Vec<Crossing>,
    retracted: Vec<Crossing>,
    reviews: Vec<Review>,
}

impl Scene {
    fn new() -> Self {
        Self::with(vec![region(1, home(), RADIUS_M)])
    }

    fn with(regions: Vec<Region>) -> Self {
        Self {
            state: DeviceState::default(),
            regions,
            policy: Policy::default(),
            crossings: Vec::new(),
            retracted: Vec::new(),
            reviews: Vec::new(),
        }
    }

    /// First seen outside, 2 km away, long ago.
    fn outside() -> Self {
        let mut scene = Self::new();
        scene.at(-1000, 2000.0, 10.0);
        assert!(scene.said().is_empty() && scene.state.region(id(1)).is_none());
        scene
    }

    /// Entered at −900.
    fn inside() -> Self {
        let mut scene = Self::outside();
        scene.at(-900, 0.0, 10.0);
        assert_eq!(scene.said(), [(Kind::Enter, -900, Server)]);
        scene.crossings.clear();
        scene
    }

    /// Entered at −900, and lying still since.
    fn resting() -> Self {
        let mut scene = Self::inside();
        for (minute, metres) in (-14..=0).zip([3.0, 7.0, 0.0, 5.0, 2.0].into_iter().cycle()) {
            scene.at(minute * 60, metres, 12.0);
        }
        assert!(scene.said().is_empty() && scene.is_inside());
        scene
    }

    fn take(&mut self, evidence: &Evidence<'_>) -> Verdict {
        let Step { state, crossings, retractions, reviews, verdict } =
            step(self.state.clone(), evidence, &Atlas::new(self.regions.clone()), &self.policy);
        let json = serde_json::to_string(&state).unwrap();
        self.state = serde_json::from_str(&json).unwrap();
        for taken in retractions {
            let same = |c: &Crossing| (c.region, c.kind, c.at) == (taken.region, taken.kind, taken.at);
            let place = self.crossings.iter().position(same);
            self.retracted.push(self.crossings.remove(place.expect("only what was said is taken back")));
        }
        self.crossings.extend(crossings);
        self.reviews.extend(reviews);
        verdict
    }

    fn take_fix(&mut self, fix: &Fix) -> Verdict {
        self.take(&Evidence::Fix { fix, listed: None })
    }

    /// A fix so many metres east of home.
    fn at(&mut self, seconds: i64, metres: f64, accuracy_m: f64) -> Verdict {
        self.take_fix(&fix(seconds, east(metres), Some(accuracy_m)))
    }

    fn listed(&mut self, seconds: i64, metres: f64, accuracy_m: f64) -> Verdict {
        let fix = fix(seconds, east(metres), Some(accuracy_m));
        self.take(&Evidence::Fix { fix: &fix, listed: Some(&[id(1)]) })
    }

    /// The phone's word, given so many metres east of home.
    fn claims(&mut self, seconds: i64, kind: Kind, metres: f64, accuracy_m: f64) -> Verdict {
        self.take(&Evidence::Claim(claim(seconds, kind, Some((east(metres), Some(accuracy_m))))))
    }

    fn said(&self) -> Vec<(Kind, i64, Witness)> {
        let seconds = |at: Timestamp| at.millis_since(moment(0)) / 1000;
        self.crossings.iter().map(|c| (c.kind, seconds(c.at), c.witness)).collect()
    }

    fn stays(&self) -> Vec<Stay> {
        self.state.stays().collect()
    }

    fn is_inside(&self) -> bool {
        self.state.stays().any(|stay| stay.region == id(1))
    }
}

const ENTER: Kind = Kind::Enter;
const LEAVE: Kind = Kind::Leave;

// The table, row by row.

#[test]
fn outside_a_fix_surely_inside_enters_at_its_time() {
    let mut scene = Scene::outside();
    scene.at(0, 50.0, 20.0);
    assert_eq!(scene.said(), [(ENTER, 0, Server)]);
    assert_eq!(scene.stays(), [Stay::new(id(1), moment(0))]);
}

#[rstest]
#[case::in_the_middle(0.0, 10.0)]
#[case::perhaps_inside(90.0, 50.0)]
#[case::perhaps_outside(120.0, 50.0)]
fn outside_a_phone_that_says_enter_and_is_not_out_enters(#[case] metres: f64, #[case] accuracy_m: f64) {
    let mut scene = Scene::outside();
    scene.claims(0, ENTER, metres, accuracy_m);
    assert_eq!(scene.said(), [(ENTER, 0, Phone)]);
    assert!(scene.is_inside());
}

#[test]
fn outside_a_phone_that_says_enter_without_a_place_enters() {
    let mut scene = Scene::outside();
    scene.take(&Evidence::Claim(claim(0, ENTER, None)));
    assert_eq!(scene.said(), [(ENTER, 0, Phone)]);
    assert_eq!(scene.crossings[0].evidence[0].edge_distance_m, None);
}

#[test]
fn outside_a_phone_that_says_enter_from_outside_does_not_enter() {
    let mut scene = Scene::outside();
    assert_eq!(scene.claims(0, ENTER, 400.0, 20.0), Verdict::Plausible);
    assert!(scene.said().is_empty() && !scene.is_inside());
}

#[test]
fn outside_a_fix_perhaps_inside_is_only_entering() {
    let mut scene = Scene::outside();
    scene.at(0, 90.0, 50.0);
    assert!(scene.said().is_empty() && scene.stays().is_empty());
    assert!(matches!(scene.state.region(id(1)), Some(RegionState::Entering { .. })));
}

#[test]
fn outside_a_region_listed_near_the_edge_is_only_entering() {
    let mut scene = Scene::outside();
    scene.listed(0, 120.0, 50.0);
    assert!(scene.said().is_empty());
    assert!(matches!(scene.state.region(id(1)), Some(RegionState::Entering { .. })));
}

#[test]
fn a_list_against_a_fix_that_is_out_counts_for_nothing() {
    let mut scene = Scene::outside();
    scene.listed(0, 400.0, 20.0);
    scene.listed(60, 410.0, 20.0);
    assert!(scene.said().is_empty() && scene.state.region(id(1)).is_none());
}

#[test]
fn entering_a_fix_surely_inside_enters_at_the_first_sign() {
    let mut scene = Scene::outside();
    scene.at(0, 90.0, 50.0);
    scene.at(30, 0.0, 10.0);
    assert_eq!(scene.said(), [(ENTER, 0, Server)]);
    let crossing = &scene.crossings[0];
    assert_eq!(crossing.decided_at, moment(30));
    assert_eq!(crossing.evidence.iter().map(|note| note.at).collect::<Vec<_>>(), [moment(0), moment(30)]);
    assert!((crossing.evidence[0].edge_distance_m.unwrap() + 10.0).abs() < 0.1);
    assert_eq!(crossing.evidence[0].accuracy_m, Some(50.0));
}

#[rstest]
#[case::too_soon(9, &[])]
#[case::just_in_time(10, &[(ENTER, 0, Server)])]
#[case::hours_later(7200, &[(ENTER, 0, Server)])]
fn entering_a_second_sign_enters_at_the_first_if_it_is_late_enough(
    #[case] seconds: i64,
    #[case] said: &[(Kind, i64, Witness)],
) {
    let mut scene = Scene::outside();
    scene.at(0, 90.0, 50.0);
    scene.at(seconds, 80.0, 50.0);
    assert_eq!(scene.said(), said);
}

#[test]
fn entering_a_second_list_enters_and_is_quoted() {
    let mut scene = Scene::outside();
    scene.listed(0, 120.0, 50.0);
    scene.listed(30, 115.0, 50.0);
    assert_eq!(scene.said(), [(ENTER, 0, Server)]);
    assert!(scene.crossings[0].evidence.iter().all(|note| note.source == Source::Listing));
}

#[test]
fn entering_a_fix_outside_says_nothing() {
    let mut scene = Scene::outside();
    scene.at(0, 90.0, 50.0);
    scene.at(30, 300.0, 20.0);
    assert!(scene.said().is_empty());
    scene.at(60, 300.0, 20.0);
    assert!(scene.said().is_empty() && scene.state.region(id(1)).is_none());
}

#[test]
fn entering_a_phone_that_says_enter_agrees_with_the_fix() {
    let mut scene = Scene::outside();
    scene.at(0, 90.0, 50.0);
    scene.claims(2, ENTER, 90.0, 50.0);
    assert_eq!(scene.said(), [(ENTER, 0, Both)]);
}

#[test]
fn entering_a_phone_that_says_leave_says_nothing() {
    let mut scene = Scene::outside();
    scene.at(0, 90.0, 50.0);
    scene.claims(2, LEAVE, 90.0, 50.0);
    assert!(scene.said().is_empty() && scene.state.region(id(1)).is_none());
}

#[test]
fn at_rest_one_fix_elsewhere_is_only_a_doubt() {
    for metres in [300.0, 900.0, 5000.0] {
        let mut scene = Scene::resting();
        scene.at(60, metres, 10.0);
        assert!(scene.said().is_empty() && scene.is_inside(), "still there until it is sure");
        scene.at(120, 3.0, 12.0);
        assert!(scene.said().is_empty());
        assert_eq!(scene.stays(), [Stay::new(id(1), moment(-900))]);
    }
}

#[rstest]
#[case::far_away(900.0, 905.0)]
#[case::farther_along(200.0, 300.0)]
fn a_second_fix_elsewhere_leaves_at_the_first(#[case] first: f64, #[case] second: f64) {
    let mut scene = Scene::resting();
    scene.at(60, first, 10.0);
    scene.at(120, second, 10.0);
    assert_eq!(scene.said(), [(LEAVE, 60, Server)]);
    let crossing = &scene.crossings[0];
    assert_eq!((crossing.decided_at, crossing.stay_ms), (moment(120), Some(960_000)));
    assert_eq!(crossing.evidence.iter().map(|note| note.at).collect::<Vec<_>>(), [moment(60), moment(120)]);
}

#[test]
fn a_phone_that_is_sure_to_be_near_by_again_and_again_needs_some_minutes() {
    // As seen in the field: a phone lies still and is shown 200 m away, exact to 1.7 m, twice within three minutes.
    let mut scene = Scene::resting();
    for second in [60_u32, 120, 240, 300] {
        scene.at(second.into(), 300.0 + f64::from(second % 7), 1.7);
        assert!(scene.said().is_empty());
    }
    let mut other = Scene::resting();
    for second in (60_u32..600).step_by(60) {
        other.at(second.into(), 300.0 + f64::from(second % 7), 1.7);
    }
    assert_eq!(other.said(), [(LEAVE, 60, Server)]);
    scene.at(360, 5.0, 15.0);
    assert!(scene.said().is_empty() && scene.is_inside());
}

#[test]
fn one_and_the_same_fix_again_and_again_needs_half_an_hour() {
    let mut scene = Scene::resting();
    for second in (60..1800).step_by(60) {
        scene.at(second, 300.0, 1.7);
    }
    assert!(scene.said().is_empty());
    scene.at(1900, 300.0, 1.7);
    assert_eq!(scene.said(), [(LEAVE, 60, Server)]);
}

#[test]
fn who_is_back_soon_and_was_at_one_place_only_was_never_away() {
    let mut scene = Scene::resting();
    scene.at(60, 900.0, 10.0);
    scene.at(120, 905.0, 10.0);
    assert_eq!(scene.said(), [(LEAVE, 60, Server)]);
    scene.at(240, 4.0, 10.0);
    assert!(scene.said().is_empty());
    assert_eq!(scene.retracted.len(), 1);
    assert_eq!(scene.stays(), [Stay::new(id(1), moment(-900))]);
}

#[test]
fn a_walk_round_the_block_is_a_leave_and_an_enter_however_short() {
    let mut scene = Scene::resting();
    for (second, metres) in
        [(60, 120.0), (120, 220.0), (180, 320.0), (240, 420.0), (300, 320.0), (360, 220.0)]
    {
        scene.at(second, metres, 10.0);
    }
    for (second, metres) in [(420, 120.0), (480, 10.0), (540, 5.0), (600, 0.0)] {
        scene.at(second, metres, 10.0);
    }
    assert_eq!(scene.said().iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(), [LEAVE, ENTER]);
}

#[test]
fn a_claim_against_fixes_that_lie_still_inside_waits_for_the_next() {
    for (metres, said) in [(4.0, &[][..]), (190.0, &[(LEAVE, 60, Both)][..])] {
        let mut scene = Scene::resting();
        scene.claims(60, LEAVE, 130.0, 40.0);
        assert!(scene.said().is_empty());
        scene.at(120, metres, 10.0);
        assert_eq!(scene.said(), said);
    }
}

#[test]
fn inside_far_out_is_measured_from_the_near_end_of_the_disc() {
    let mut scene = Scene::inside();
    scene.at(0, 700.0, 150.0);
    assert!(scene.said().is_empty() && scene.is_inside());
}

#[rstest]
#[case::perhaps_inside(90.0, 50.0)]
#[case::perhaps_outside(120.0, 50.0)]
#[case::surely_outside(400.0, 50.0)]
fn inside_a_phone_that_says_leave_and_is_not_in_leaves(#[case] metres: f64, #[case] accuracy_m: f64) {
    let mut scene = Scene::inside();
    scene.claims(0, LEAVE, metres, accuracy_m);
    assert_eq!(scene.said(), [(LEAVE, 0, Phone)]);
}

#[test]
fn inside_a_phone_that_says_leave_from_within_does_not_leave() {
    let mut scene = Scene::inside();
    scene.claims(0, LEAVE, 0.0, 10.0);
    assert!(scene.said().is_empty() && scene.is_inside());
}

#[test]
fn leaving_a_phone_that_says_leave_agrees_with_the_fix() {
    let mut scene = Scene::inside();
    scene.at(0, 300.0, 20.0);
    scene.claims(5, LEAVE, 300.0, 20.0);
    assert_eq!(scene.said(), [(LEAVE, 0, Both)]);
}

#[test]
fn leaving_a_phone_that_says_enter_says_nothing() {
    let mut scene = Scene::inside();
    scene.at(0, 300.0, 20.0);
    scene.claims(20, ENTER, 110.0, 20.0);
    assert!(scene.said().is_empty());
    assert!(matches!(scene.state.region(id(1)), Some(RegionState::Inside { .. })));
}

#[test]
fn a_fix_that_only_touches_the_edge_steps_nothing() {
    for (mut scene, seconds) in [(Scene::outside(), 0), (Scene::inside(), 0)] {
        let before = scene.state.region(id(1)).cloned();
        for second in seconds..20 {
            scene.at(second * 60, 130.0, 20.0);
        }
        assert!(scene.said().is_empty());
        assert_eq!(scene.state.region(id(1)).cloned(), before);
    }
}

#[test]
fn an_enter_while_inside_says_nothing() {
    let mut scene = Scene::inside();
    scene.claims(0, ENTER, 0.0, 10.0);
    assert!(scene.said().is_empty() && scene.reviews.is_empty());
}

#[test]
fn a_leave_while_outside_says_nothing() {
    let mut scene = Scene::outside();
    scene.claims(0, LEAVE, 300.0, 10.0);
    assert!(scene.said().is_empty());
}

// The first verdict.

#[test]
fn first_seen_inside_says_nothing_and_is_there_since_that_fix() {
    let mut scene = Scene::new();
    scene.at(0, 0.0, 10.0);
    scene.at(600, 0.0, 10.0);
    assert!(scene.said().is_empty());
    assert_eq!(scene.stays(), [Stay::new(id(1), moment(0))]);
    scene.at(900, 3000.0, 10.0);
    scene.at(960, 3000.0, 10.0);
    assert_eq!(scene.said(), [(LEAVE, 900, Server)]);
    assert_eq!(scene.crossings[0].stay_ms, None, "nobody knows when that began");
}

#[test]
fn first_seen_perhaps_inside_waits_for_a_second_sign_and_says_nothing() {
    let mut scene = Scene::new();
    scene.at(0, 90.0, 50.0);
    assert!(scene.stays().is_empty());
    scene.at(60, 90.0, 50.0);
    assert!(scene.said().is_empty());
    assert_eq!(scene.stays(), [Stay::new(id(1), moment(0))]);
}

#[test]
fn first_seen_on_the_edge_gives_no_verdict_yet() {
    let mut scene = Scene::new();
    scene.at(0, 120.0, 50.0);
    scene.at(60, 0.0, 10.0);
    assert!(scene.said().is_empty() && scene.is_inside());
}

#[test]
fn first_seen_outside_then_inside_enters() {
    let mut scene = Scene::new();
    scene.at(0, 200.0, 10.0);
    scene.at(60, 0.0, 10.0);
    assert_eq!(scene.said(), [(ENTER, 60, Server)]);
}

#[test]
fn a_phones_first_word_about_a_region_says_nothing() {
    let mut scene = Scene::new();
    scene.claims(0, ENTER, 0.0, 10.0);
    assert!(scene.said().is_empty() && scene.is_inside());
    let start = Start::Found;
    assert_eq!(scene.state.region(id(1)), Some(&RegionState::Inside { since: moment(0), start }));
}

#[test]
fn a_phone_that_left_before_its_first_fix_is_outside() {
    let mut scene = Scene::new();
    scene.claims(0, LEAVE, 300.0, 10.0);
    scene.claims(60, ENTER, 0.0, 10.0);
    assert_eq!(scene.said(), [(ENTER, 60, Phone)]);
}

// Regions come, move and go.

#[test]
fn a_region_drawn_around_somebody_is_entered_silently() {
    let mut scene = Scene::with(Vec::new());
    scene.at(0, 0.0, 10.0);
    scene.regions.push(Region { changed_at: moment(30), ..region(1, home(), RADIUS_M) });
    scene.at(60, 0.0, 10.0);
    assert!(scene.said().is_empty());
    assert_eq!(scene.stays(), [Stay::new(id(1), moment(0))]);
}

#[test]
fn a_region_drawn_elsewhere_can_be_entered_with_the_next_fix() {
    let mut scene = Scene::with(Vec::new());
    scene.at(0, 2000.0, 10.0);
    scene.regions.push(Region { changed_at: moment(30), ..region(1, home(), RADIUS_M) });
    scene.at(600, 0.0, 10.0);
    assert_eq!(scene.said(), [(ENTER, 600, Server)]);
}

#[test]
fn a_survey_shows_a_new_region_before_the_next_fix() {
    let mut scene = Scene::with(Vec::new());
    scene.at(0, 0.0, 10.0);
    let new = Region { changed_at: moment(30), ..region(1, home(), RADIUS_M) };
    let atlas = Atlas::new([new.clone()]);
    let shown = |state: &DeviceState, now| state.clone().as_of(moment(now), &atlas, &scene.policy);
    assert_eq!(shown(&scene.state, 29).stays().count(), 0, "it is not drawn yet");
    let once = shown(&scene.state, 30);
    assert_eq!(once.stays().collect::<Vec<_>>(), [Stay::new(id(1), moment(0))]);
    assert_eq!(shown(&once, 40).stays().collect::<Vec<_>>(), once.stays().collect::<Vec<_>>());
    assert_eq!(shown(&DeviceState::default(), 40).stays().count(), 0);
    scene.regions.push(new);
    scene.at(60, 0.0, 10.0);
    assert!(scene.said().is_empty() && scene.is_inside());
}

#[test]
fn a_region_moved_away_is_left_silently() {
    let mut scene = Scene::inside();
    scene.regions = vec![Region { changed_at: moment(0), ..region(1, east(5000.0), RADIUS_M) }];
    scene.at(60, 0.0, 10.0);
    assert!(scene.said().is_empty() && !scene.is_inside());
    scene.at(900, 5000.0, 10.0);
    scene.at(960, 5000.0, 10.0);
    assert_eq!(scene.said(), [(ENTER, 900, Server)]);
}

#[test]
fn a_region_renamed_changes_nothing() {
    let mut scene = Scene::inside();
    let renamed = |seconds| Region { changed_at: moment(seconds), ..region(1, home(), RADIUS_M) };
    scene.regions = vec![renamed(0)];
    scene.at(60, 2000.0, 10.0);
    assert_eq!(scene.said(), [(LEAVE, 60, Server)], "a rename does not swallow a leave");
    scene.regions = vec![renamed(70)];
    scene.at(900, 0.0, 10.0);
    scene.at(960, 0.0, 10.0);
    assert_eq!(scene.said().last(), Some(&(ENTER, 900, Server)), "nor an enter");
}

#[test]
fn a_region_that_no_longer_exists_is_forgotten() {
    let mut scene = Scene::inside();
    let other = region(2, east(5000.0), RADIUS_M);
    scene.regions = vec![other.clone()];
    scene.at(0, 0.0, 10.0);
    assert_eq!(scene.state.region(id(1)), None);
    let mut scene = Scene::inside();
    scene.regions = vec![other];
    scene.claims(0, LEAVE, 0.0, 10.0);
    assert_eq!(scene.state.region(id(1)), None, "a claim forgets likewise");
}

// What is not believed.

#[test]
fn a_fix_that_needs_an_impossible_speed_steps_nothing() {
    let mut scene = Scene::inside();
    assert_eq!(scene.at(-890, 50_000.0, 10.0), Verdict::Implausible);
    assert!(scene.said().is_empty() && scene.is_inside());
    assert_eq!(scene.at(-880, 0.0, 10.0), Verdict::Plausible);
    assert_eq!(scene.at(-870, 50_000.0, 10.0), Verdict::Implausible, "the first one is no witness any more");
}

#[test]
fn two_fixes_that_agree_overrule_the_one_before() {
    let mut scene = Scene::inside();
    assert_eq!(scene.at(-890, 50_000.0, 10.0), Verdict::Implausible);
    assert_eq!(scene.at(-880, 50_010.0, 10.0), Verdict::Plausible);
    assert_eq!(scene.at(-820, 50_020.0, 10.0), Verdict::Plausible);
    assert_eq!(scene.said(), [(LEAVE, -890, Server)]);
}

#[test]
fn two_fixes_that_do_not_agree_overrule_nothing() {
    let mut scene = Scene::inside();
    for (second, metres) in [(-890, 50_000.0), (-880, 150_000.0), (-870, 300_000.0), (-860, 90_000.0)] {
        assert_eq!(scene.at(second, metres, 10.0), Verdict::Implausible);
    }
    assert!(scene.said().is_empty());
}

#[test]
fn a_jump_within_both_accuracies_is_no_speed() {
    let mut scene = Scene::inside();
    assert_eq!(scene.at(-899, 5_000.0, 6_000.0), Verdict::Plausible);
}

#[test]
fn a_claim_from_an_impossible_place_steps_nothing() {
    let mut scene = Scene::inside();
    assert_eq!(scene.claims(-890, LEAVE, 50_000.0, 10.0), Verdict::Implausible);
    assert!(scene.said().is_empty());
    assert_eq!(
        scene.at(-880, 50_000.0, 10.0),
        Verdict::Implausible,
        "a claim and a fix from one wrong place are no two witnesses"
    );
}

#[test]
fn null_island_counts_only_with_a_neighbour() {
    let zero = Point::new(0.0, 0.0).unwrap();
    let mut scene = Scene::with(vec![region(1, zero, RADIUS_M)]);
    assert_eq!(scene.take_fix(&fix(0, zero, Some(10.0))), Verdict::Implausible);
    assert_eq!(scene.take_fix(&fix(100_000, zero, Some(10.0))), Verdict::Implausible, "not even twice");
    assert_eq!(scene.state.stays().count(), 0);
    let near = Point::new(0.0, 0.05).unwrap();
    assert_eq!(scene.take_fix(&fix(200_000, near, Some(10.0))), Verdict::Plausible);
    assert_eq!(scene.take_fix(&fix(201_000, zero, Some(10.0))), Verdict::Plausible);
    assert_eq!(scene.said(), [(ENTER, 201_000, Server)]);
}

#[test]
fn null_island_a_day_later_is_still_not_believed() {
    let mut scene = Scene::inside();
    let zero = Point::new(0.0, 0.0).unwrap();
    assert_eq!(scene.take_fix(&fix(90_000, zero, Some(10.0))), Verdict::Implausible);
    assert!(scene.said().is_empty());
}

#[test]
fn a_claim_at_null_island_is_a_claim_without_a_place() {
    let mut scene = Scene::outside();
    let zero = Point::new(0.0, 0.0).unwrap();
    scene.take(&Evidence::Claim(claim(0, ENTER, Some((zero, Some(10.0))))));
    assert_eq!(scene.said(), [(ENTER, 0, Phone)]);
}

#[test]
fn a_clock_in_the_future_freezes_nothing() {
    let mut scene = Scene::inside();
    let before = scene.state.clone();
    let ahead = Fix { received_at: moment(0), ..fix(90_000, east(2000.0), Some(10.0)) };
    assert_eq!(scene.take_fix(&ahead), Verdict::Implausible);
    let ahead = Claim { received_at: moment(0), ..claim(90_000, LEAVE, None) };
    assert_eq!(scene.take(&Evidence::Claim(ahead)), Verdict::Implausible);
    assert_eq!(scene.state, before);
}

#[rstest]
#[case::missing(None)]
#[case::zero(Some(0.0))]
#[case::negative(Some(-1.0))]
#[case::no_number(Some(f64::NAN))]
fn an_unknown_accuracy_is_not_a_perfect_one(#[case] accuracy_m: Option<f64>) {
    let mut scene = Scene::outside();
    scene.take_fix(&fix(0, east(50.0), accuracy_m));
    assert!(scene.said().is_empty(), "50 m inside is not sure when the fix may be 100 m off");
    scene.take_fix(&fix(30, east(50.0), accuracy_m));
    assert_eq!(scene.said(), [(ENTER, 0, Server)]);
    scene.take_fix(&fix(60, east(210.0), accuracy_m));
    scene.take_fix(&fix(120, east(210.0), accuracy_m));
    assert_eq!(scene.said().len(), 1, "110 m outside is not sure either");
}

#[test]
fn a_late_fix_changes_nothing() {
    let mut scene = Scene::inside();
    let before = scene.state.clone();
    assert_eq!(scene.at(-950, 5000.0, 10.0), Verdict::Late);
    assert_eq!(scene.state, before);
    assert!(scene.said().is_empty());
}

#[test]
fn the_same_fix_twice_does_not_confirm_itself() {
    let mut scene = Scene::inside();
    scene.at(-890, 50_000.0, 10.0);
    let before = scene.state.clone();
    assert_eq!(scene.at(-890, 50_000.0, 10.0), Verdict::Duplicate);
    assert_eq!(scene.state, before);
}

// Two witnesses.

#[test]
fn a_claim_after_the_servers_verdict_agrees_and_is_no_second_crossing() {
    let mut scene = Scene::outside();
    scene.at(0, 0.0, 10.0);
    scene.claims(120, ENTER, 0.0, 10.0);
    scene.claims(130, ENTER, 0.0, 10.0);
    assert_eq!(scene.said(), [(ENTER, 0, Server)]);
    assert_eq!(scene.reviews, [Review { region: id(1), kind: ENTER, at: moment(0), witness: Both }]);
}

#[test]
fn a_claim_long_after_the_servers_verdict_is_about_nothing() {
    let mut scene = Scene::outside();
    scene.at(0, 0.0, 10.0);
    scene.claims(301, ENTER, 0.0, 10.0);
    assert_eq!(scene.said().len(), 1);
    assert!(scene.reviews.is_empty());
}

#[test]
fn a_fix_after_the_phones_claim_agrees_and_is_no_second_crossing() {
    let mut scene = Scene::outside();
    scene.claims(0, ENTER, 90.0, 50.0);
    scene.at(0, 90.0, 50.0);
    assert!(scene.reviews.is_empty(), "the same doubtful place again is no second opinion");
    scene.at(60, 0.0, 10.0);
    scene.at(90, 0.0, 10.0);
    assert_eq!(scene.said(), [(ENTER, 0, Phone)]);
    assert_eq!(scene.reviews, [Review { region: id(1), kind: ENTER, at: moment(0), witness: Both }]);
}

#[test]
fn a_fix_after_the_phones_leave_agrees_even_from_far_away() {
    let mut scene = Scene::inside();
    scene.claims(0, LEAVE, 130.0, 20.0);
    scene.at(200, 2000.0, 10.0);
    assert_eq!(scene.said(), [(LEAVE, 0, Phone)]);
    assert_eq!(scene.reviews, [Review { region: id(1), kind: LEAVE, at: moment(0), witness: Both }]);
}

#[test]
fn fixes_that_take_back_the_phones_word_mark_it() {
    let mut scene = Scene::outside();
    scene.claims(0, ENTER, 120.0, 50.0);
    assert_eq!(scene.said(), [(ENTER, 0, Phone)]);
    scene.at(20, 300.0, 20.0);
    scene.at(40, 300.0, 20.0);
    assert!(scene.said().is_empty() && !scene.is_inside());
    assert_eq!(scene.retracted.len(), 1, "what was believed is taken back");
    assert_eq!(scene.reviews, [Review { region: id(1), kind: ENTER, at: moment(0), witness: Conflict }]);
}

#[test]
fn the_two_messages_of_one_crossing_are_one_crossing() {
    let mut scene = Scene::outside();
    scene.listed(0, 0.0, 10.0);
    assert_eq!(scene.claims(0, ENTER, 0.0, 10.0), Verdict::Plausible);
    assert_eq!(scene.said(), [(ENTER, 0, Server)]);
    assert_eq!(scene.reviews, [Review { region: id(1), kind: ENTER, at: moment(0), witness: Both }]);
    assert_eq!(scene.listed(0, 0.0, 10.0), Verdict::Late, "of one moment positions come first");
}

// Whole walks.

#[test]
fn a_walk_through_gives_one_enter_and_one_leave() {
    let mut scene = Scene::outside();
    for second in 0..600 {
        // Five kilometres an hour from 400 m west to 400 m east, wavering by up to 12 m.
        let waver = f64::from(second % 7) * 4.0 - 12.0;
        scene.at(i64::from(second), f64::from(second) * 1.39 - 400.0 + waver, 15.0);
    }
    assert_eq!(scene.said().iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(), [ENTER, LEAVE]);
    assert_eq!(scene.crossings[1].stay_ms, Some(scene.crossings[1].at.millis_since(scene.crossings[0].at)));
}

#[test]
fn nobody_bounces_between_two_regions_seventy_metres_apart() {
    let mut scene = Scene::with(vec![region(1, home(), 50.0), region(2, east(170.0), 50.0)]);
    scene.at(-100, -500.0, 10.0);
    for minute in 0..200 {
        // At home, with the noise of a street between houses.
        let noise = f64::from(minute * 37 % 60);
        scene.at(i64::from(minute) * 60, noise, 30.0);
    }
    assert_eq!(scene.said().len(), 1);
    assert_eq!(scene.stays().iter().map(|stay| stay.region).collect::<Vec<_>>(), [id(1)]);
    for second in (20_000..20_600).step_by(60) {
        scene.at(second, 170.0 + f64::from(i32::try_from(second % 7).unwrap()), 20.0);
    }
    let said: Vec<_> = scene.crossings.iter().map(|c| (c.region, c.kind)).collect();
    assert_eq!(said, [(id(1), ENTER), (id(1), LEAVE), (id(2), ENTER)]);
}

#[test]
fn a_polygon_over_the_antimeridian_is_a_region_like_any_other() {
    let at = |lat, lon| Point::new(lat, lon).unwrap();
    let corners = vec![at(-17.0, 179.9), at(-17.0, -179.9), at(-17.2, -179.9), at(-17.2, 179.9)];
    let area = Polygon::new(corners).unwrap().into();
    let mut scene = Scene::with(vec![Region { area, ..region(1, home(), RADIUS_M) }]);
    scene.take_fix(&fix(0, at(-17.1, 179.5), Some(10.0)));
    scene.take_fix(&fix(3600, at(-17.1, 179.95), Some(10.0)));
    scene.take_fix(&fix(7200, at(-17.1, -179.95), Some(10.0)));
    scene.take_fix(&fix(10_800, at(-17.1, -179.5), Some(10.0)));
    assert_eq!(scene.said(), [(ENTER, 3600, Server), (LEAVE, 10_800, Server)]);
}

#[test]
fn crossings_of_one_step_come_by_time_then_region_whatever_the_order_of_the_regions() {
    let regions = || vec![region(2, home(), 150.0), region(1, home(), RADIUS_M), region(3, home(), 90.0)];
    let mut reversed = regions();
    reversed.reverse();
    for regions in [regions(), reversed] {
        let mut scene = Scene::with(regions);
        scene.at(0, 2000.0, 10.0);
        scene.at(300, 0.0, 10.0);
        assert_eq!(scene.crossings.iter().map(|c| c.region).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
    }
}

#[test]
fn being_outside_takes_no_room() {
    let regions = (0..2000).map(|n: u32| {
        let away = 10_000.0 + 1000.0 * f64::from(n);
        region(u128::from(n), east(away), RADIUS_M)
    });
    let mut scene = Scene::with(regions.collect());
    scene.at(0, 0.0, 10.0);
    scene.at(60, 0.0, 10.0);
    assert!(serde_json::to_string(&scene.state).unwrap().len() < 600);
    scene.at(3600, 15_000.0, 10.0);
    scene.at(3660, 15_000.0, 10.0);
    assert_eq!(scene.said(), [(ENTER, 3600, Server)]);
}

#[test]
fn a_state_from_before_a_new_member_still_reads() {
    assert_eq!(serde_json::from_str::<DeviceState>("{}").unwrap(), DeviceState::default());
    assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), Policy::default());
}

/// Evidence as a strategy makes it, near two regions 70 m apart.
#[derive(Clone, Debug)]
enum Made {
    Fix { fix: Fix, listed: Vec<RegionId> },
    Claim(Claim),
}

impl Made {
    fn evidence(&self) -> Evidence<'_> {
        match self {
            Self::Fix { fix, listed } => Evidence::Fix { fix, listed: Some(listed) },
            Self::Claim(claim) => Evidence::Claim(*claim),
        }
    }
}

fn made() -> impl Strategy<Value = Made> {
    let place = (0.0..360.0, prop_oneof![0.0..150.0, 0.0..600.0, Just(80_000.0)])
        .prop_map(|(bearing, metres)| home().destination(bearing, metres));
    let accuracy = prop_oneof![Just(None), (1.0..150.0).prop_map(Some)];
    let seconds = 0..2000_i64;
    let which = (1..3_u128).prop_map(id);
    let fixes =
        (seconds.clone(), place.clone(), accuracy.clone(), prop::collection::vec(which.clone(), 0..2))
            .prop_map(|(at, point, accuracy_m, listed)| Made::Fix {
                fix: fix(at, point, accuracy_m),
                listed,
            });
    let kind = prop_oneof![Just(ENTER), Just(LEAVE)];
    let claims = (seconds, kind, which, prop::option::of((place, accuracy)))
        .prop_map(|(at, kind, region, place)| Made::Claim(Claim { region, ..claim(at, kind, place) }));
    prop_oneof![4 => fixes, 1 => claims]
}

/// A day of evidence: mostly in order, the odd one late.
fn days() -> impl Strategy<Value = Vec<Made>> {
    let late = prop::collection::vec(made(), 0..5);
    (prop::collection::vec(made(), 0..60), late).prop_map(|(mut day, late)| {
        day.sort_by_key(|made| made.evidence().at());
        day.extend(late);
        day
    })
}

fn neighbours() -> Scene {
    Scene::with(vec![region(1, home(), 50.0), region(2, east(170.0), 50.0)])
}

proptest! {
    #[test]
    fn the_same_evidence_twice_changes_nothing(day in days()) {
        let mut scene = neighbours();
        for made in day {
            scene.take(&made.evidence());
            let (before, said) = (scene.state.clone(), scene.crossings.len());
            let again = scene.take(&made.evidence());
            prop_assert!(again != Verdict::Plausible);
            prop_assert_eq!(&scene.state, &before);
            prop_assert_eq!(scene.crossings.len(), said);
        }
    }

    #[test]
    fn late_evidence_changes_nothing(day in days()) {
        let mut scene = neighbours();
        let mut newest: Option<Made> = None;
        for made in day {
            let (before, said) = (scene.state.clone(), scene.crossings.len());
            let verdict = scene.take(&made.evidence());
            let is_late = newest.as_ref().is_some_and(|newest| order(&made.evidence(), &newest.evidence()).is_lt());
            prop_assert!(verdict == Verdict::Duplicate || (verdict == Verdict::Late) == is_late);
            if is_late {
                prop_assert_eq!(&scene.state, &before);
                prop_assert_eq!(scene.crossings.len(), said);
            } else {
                newest = Some(made);
            }
        }
    }

    #[test]
    fn enters_and_leaves_take_turns_in_time_and_the_last_one_is_where_one_is(day in days()) {
        let mut scene = neighbours();
        for made in &day {
            scene.take(&made.evidence());
        }
        let mut last = BTreeMap::new();
        for crossing in &scene.crossings {
            if let Some((kind, at)) = last.insert(crossing.region, (crossing.kind, crossing.at)) {
                prop_assert_ne!(kind, crossing.kind);
                prop_assert!(at <= crossing.at);
            }
            prop_assert!(crossing.at <= crossing.decided_at);
            prop_assert!((1..=2).contains(&crossing.evidence.len()));
            prop_assert_eq!(crossing.evidence[0].at, crossing.at);
        }
        for (region, (kind, at)) in last {
            let stay = scene.state.stays().find(|stay| stay.region == region);
            prop_assert_eq!(stay.map(|stay| stay.since), (kind == ENTER).then_some(at));
        }
    }

    #[test]
    fn every_review_is_of_a_crossing(day in days()) {
        let mut scene = neighbours();
        for made in &day {
            scene.take(&made.evidence());
            for review in &scene.reviews {
                let same = |c: &Crossing| (c.region, c.kind, c.at) == (review.region, review.kind, review.at);
                prop_assert!(scene.crossings.iter().chain(&scene.retracted).any(same));
            }
        }
    }

    #[test]
    fn the_order_and_the_number_of_regions_make_no_difference(day in days(), others in 0..20_u32) {
        let (mut few, mut many) = (neighbours(), neighbours());
        let far = (0..others).map(|n| region(100 + u128::from(n), east(1e6 + 1e4 * f64::from(n)), 300.0));
        many.regions.extend(far);
        many.regions.reverse();
        for made in &day {
            few.take(&made.evidence());
            many.take(&made.evidence());
        }
        prop_assert_eq!(few.crossings, many.crossings);
        prop_assert_eq!(few.state, many.state);
    }

    #[test]
    fn noise_smaller_than_the_accuracy_says_nothing_at_home(
        noise in prop::collection::vec((0.0..360.0, 0.0..40.0_f64), 1..200)
    ) {
        let mut scene = Scene::inside();
        for (minute, (bearing, metres)) in (0..).zip(noise) {
            let point = east(60.0).destination(bearing, metres);
            scene.take_fix(&fix(minute * 60, point, Some(40.0)));
        }
        prop_assert!(scene.said().is_empty() && scene.is_inside());
    }

    #[test]
    fn a_walk_through_with_noise_gives_one_enter_and_one_leave(
        noise in prop::collection::vec((0.0..360.0, 0.0..15.0_f64), 120)
    ) {
        let mut scene = Scene::outside();
        for (i, (bearing, metres)) in (0..).zip(noise) {
            // A fix every 10 s, 14 m further each time, from 840 m west to 840 m east.
            let point = east(f64::from(i) * 14.0 - 840.0).destination(bearing, metres);
            scene.take_fix(&fix(i64::from(i) * 10, point, Some(20.0)));
        }
        prop_assert_eq!(scene.said().iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(), [ENTER, LEAVE]);
    }
}
