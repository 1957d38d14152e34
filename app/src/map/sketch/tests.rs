//! Gestures in, fields out.

use super::*;
use proptest::prelude::*;
use rstest::rstest;

fn at(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).expect("on the Earth")
}

fn circle() -> Sketch {
    Sketch::of(Typed {
        lat: "47.366700".to_owned(),
        lon: "8.550000".to_owned(),
        radius_m: "150".to_owned(),
        ..Typed::default()
    })
}

fn polygon(points: &str) -> Sketch {
    Sketch::of(Typed { figure: Figure::Polygon, points: points.to_owned(), ..Typed::default() })
}

fn square() -> Sketch {
    polygon("47.000000, 8.000000\n47.000000, 8.010000\n47.010000, 8.010000\n47.010000, 8.000000")
}

fn after(sketch: Sketch, gestures: impl IntoIterator<Item = Gesture>) -> Sketch {
    gestures.into_iter().fold(sketch, Sketch::take)
}

fn fields(sketch: &Sketch) -> (&str, &str, &str) {
    let Typed { lat, lon, radius_m, .. } = sketch.typed();
    (lat, lon, radius_m)
}

#[test]
fn a_click_sets_the_middle_and_gives_a_circle_without_radius_a_usual_one() {
    let sketch = after(Sketch::default(), [Gesture::Click(at(47.0, -8.5))]);
    assert_eq!(fields(&sketch), ("47.000000", "-8.500000", "150"));
    assert_eq!(sketch.chosen(), Some(Handle::Middle));
    let sketch = after(circle(), [Gesture::Click(at(46.0, 8.0))]);
    assert_eq!(fields(&sketch), ("46.000000", "8.000000", "150"));
}

#[test]
fn the_edge_handle_goes_where_it_is_pulled_and_the_radius_with_it() {
    let middle = at(47.3667, 8.55);
    let sketch = after(circle(), [Gesture::Drag(Handle::Edge, middle.destination(30.0, 212.4))]);
    assert_eq!(fields(&sketch), ("47.366700", "8.550000", "212"));
    assert!((sketch.bearing_deg() - 30.0).abs() < 0.01);
    let tiny = after(sketch, [Gesture::Drag(Handle::Edge, middle)]);
    assert_eq!(tiny.typed().radius_m, "1", "never less than a region can be");
}

#[rstest]
#[case(Way::North, 1.0, "151")]
#[case(Way::East, 10.0, "160")]
#[case(Way::South, 1.0, "149")]
#[case(Way::West, 10.0, "140")]
#[case(Way::South, 1_000.0, "1")]
fn arrows_widen_and_narrow_a_circle(#[case] way: Way, #[case] metres: f64, #[case] radius_m: &str) {
    let sketch = after(circle(), [Gesture::Nudge(Handle::Edge, way, metres)]);
    assert_eq!(fields(&sketch), ("47.366700", "8.550000", radius_m));
}

#[rstest]
#[case(Way::North, ("47.366709", "8.550000"))]
#[case(Way::West, ("47.366700", "8.549987"))]
fn arrows_push_the_middle_by_metres(#[case] way: Way, #[case] middle: (&str, &str)) {
    let sketch = after(circle(), [Gesture::Nudge(Handle::Middle, way, 1.0)]);
    assert_eq!((fields(&sketch).0, fields(&sketch).1), middle);
}

#[test]
fn clicks_make_corners_one_after_the_other_and_go_on_where_one_was_taken_up() {
    let clicks = [at(47.0, 8.0), at(47.0, 8.1), at(47.1, 8.1)].map(Gesture::Click);
    let sketch = after(polygon(""), clicks);
    assert_eq!(sketch.typed().points, "47.000000, 8.000000\n47.000000, 8.100000\n47.100000, 8.100000");
    let sketch = after(sketch, [Gesture::Choose(Handle::Corner(0)), Gesture::Click(at(46.9, 8.05))]);
    assert_eq!(sketch.typed().points.lines().nth(1), Some("46.900000, 8.050000"));
    assert_eq!(sketch.chosen(), Some(Handle::Corner(1)));
}

#[test]
fn a_double_click_makes_one_corner() {
    let click = Gesture::Click(at(47.0, 8.0));
    assert_eq!(after(polygon(""), [click.clone(), click]).typed().points.lines().count(), 1);
}

#[test]
fn a_handle_between_corners_makes_one_that_is_in_hand_until_it_is_let_go() {
    let pull = |lat| Gesture::Drag(Handle::Between(3), at(lat, 7.99));
    let held = after(square(), [pull(47.004), pull(47.005)]);
    assert_eq!(held.typed().points.lines().count(), 5, "one corner, however often the hand moves");
    assert_eq!(held.typed().points.lines().last(), Some("47.005000, 7.990000"));
    assert_eq!(held.held(), Some(Handle::Between(3)));
    let free = after(held, [Gesture::Release]);
    assert_eq!((free.held(), free.chosen()), (None, Some(Handle::Corner(4))));
    assert_eq!(after(free, [Gesture::Undo]).typed(), square().typed());
}

#[test]
fn a_corner_is_made_and_taken_away_by_the_keyboard() {
    let split = after(square(), [Gesture::Split(0)]);
    assert_eq!(split.chosen(), Some(Handle::Corner(1)));
    assert_eq!(split.typed().points.lines().count(), 5);
    let removed = after(split, [Gesture::Remove(1)]);
    assert_eq!(removed.chosen(), Some(Handle::Corner(0)));
    assert_eq!(removed.typed(), square().typed());
}

#[test]
fn the_middle_handle_moves_a_polygon_as_it_is() {
    let Some(Area::Polygon(before)) = square().area() else { unreachable!("a square is a polygon") };
    // Across the antimeridian, in many small pulls: nothing adds up, nothing wraps.
    let pulls = (0..=20).map(|step| {
        let lon = 179.9 + 0.01 * f64::from(step);
        Gesture::Drag(Handle::Middle, at(47.005, if lon > 180.0 { lon - 360.0 } else { lon }))
    });
    let Some(Area::Polygon(after)) = after(square(), pulls).area() else { unreachable!("it still is one") };
    assert!((before.size_m2() - after.size_m2()).abs() / before.size_m2() < 1e-3);
    assert!(after.centre().distance_m(at(47.005, -179.9)) < 20.0);
}

#[test]
fn a_pull_a_run_of_arrows_and_a_word_are_one_step_each() {
    let typed = |text: &str| Gesture::Type(Typed { radius_m: text.to_owned(), ..circle().typed().clone() });
    let pull = |metres| Gesture::Drag(Handle::Edge, at(47.3667, 8.55).destination(90.0, metres));
    let push = || Gesture::Nudge(Handle::Edge, Way::North, 1.0);
    let steps =
        [typed("1"), typed("18"), typed("180"), pull(190.0), pull(200.0), Gesture::Release, push(), push()];
    let mut sketch = after(circle(), steps);
    let mut seen = vec![sketch.typed().radius_m.clone()];
    while sketch.can_undo() {
        sketch = sketch.take(Gesture::Undo);
        seen.push(sketch.typed().radius_m.clone());
    }
    assert_eq!(seen, ["202", "200", "180", "150"]);
    let mut again = Vec::new();
    while sketch.can_redo() {
        sketch = sketch.take(Gesture::Redo);
        again.push(sketch.typed().radius_m.clone());
    }
    assert_eq!(again, ["180", "200", "202"]);
    let other = after(sketch, [Gesture::Undo, Gesture::Radius(99.0)]);
    assert!(!other.can_redo(), "what was taken back is gone once something else is done");
}

#[test]
fn half_typed_numbers_stay_as_they_are_and_draw_nothing() {
    let typed = Typed { lat: "47.".to_owned(), lon: "-".to_owned(), ..circle().typed().clone() };
    let sketch = after(circle(), [Gesture::Type(typed.clone()), Gesture::Choose(Handle::Edge)]);
    assert_eq!((sketch.typed(), sketch.outline(), sketch.chosen()), (&typed, None, None));
}

#[test]
fn a_gesture_that_means_nothing_here_changes_nothing() {
    let nothing = [
        Gesture::Split(9),
        Gesture::Remove(9),
        Gesture::Drag(Handle::Edge, at(1.0, 1.0)),
        Gesture::Nudge(Handle::Between(0), Way::North, 1.0),
        Gesture::Undo,
        Gesture::Redo,
        Gesture::Release,
    ];
    let sketch = after(square(), nothing);
    assert_eq!((sketch.typed(), sketch.can_undo()), (square().typed(), false));
}

fn gesture() -> impl Strategy<Value = Gesture> {
    let point = (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lon)| at(lat, lon));
    let handle = prop_oneof![
        Just(Handle::Middle),
        Just(Handle::Edge),
        (0..6_usize).prop_map(Handle::Corner),
        (0..6_usize).prop_map(Handle::Between),
    ];
    let way = prop_oneof![Just(Way::North), Just(Way::East), Just(Way::South), Just(Way::West)];
    prop_oneof![
        point.clone().prop_map(Gesture::Click),
        (handle.clone(), point).prop_map(|(handle, at)| Gesture::Drag(handle, at)),
        (handle.clone(), way, 0.0..1e6).prop_map(|(handle, way, metres)| Gesture::Nudge(handle, way, metres)),
        (0..6_usize).prop_map(Gesture::Split),
        (0..6_usize).prop_map(Gesture::Remove),
        handle.prop_map(Gesture::Choose),
        Just(Gesture::Release),
        (0.0..1e8).prop_map(Gesture::Radius),
    ]
}

proptest! {
    #[test]
    fn whatever_was_done_can_be_taken_back_and_done_again(
        round in any::<bool>(),
        gestures in prop::collection::vec(gesture(), 0..30),
    ) {
        let start = if round { circle() } else { square() };
        let done = after(start.clone(), gestures);
        let mut sketch = done.clone();
        while sketch.can_undo() {
            sketch = sketch.take(Gesture::Undo);
        }
        prop_assert_eq!(sketch.typed(), start.typed());
        while sketch.can_redo() {
            sketch = sketch.take(Gesture::Redo);
        }
        prop_assert_eq!(sketch.typed(), done.typed());
    }

    #[test]
    fn what_hands_do_always_leaves_fields_that_can_be_read(
        round in any::<bool>(),
        gestures in prop::collection::vec(gesture(), 0..30),
    ) {
        let sketch = after(if round { circle() } else { square() }, gestures);
        prop_assert!(sketch.outline().is_some() || sketch.typed().points.is_empty());
        let draft = sketch.draft(None, domain::Colour::Blue);
        let chosen = sketch.chosen();
        let there = draft.is_some_and(|draft| draft.grips.iter().any(|grip| Some(grip.handle) == chosen));
        // Between few corners there are fewer handles than edges.
        prop_assert!(chosen.is_none() || there || matches!(chosen, Some(Handle::Between(_))));
    }
}
