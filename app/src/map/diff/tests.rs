//! Two scenes in, what to do out.

use super::*;
use crate::{
    map::{
        scene::scene,
        sketch::{Gesture, Sketch},
    },
    state::{
        View, World,
        fixture::{NOW, device_id, friend_id, moved, region, region_id, snapshot},
        world::apply,
    },
};
use domain::{
    Colour, Seq, Timestamp,
    live::{Change, Delta, LiveMessage},
};
use geodesy::Point;
use rstest::rstest;

fn world() -> World {
    let mut world = World::default();
    apply(&mut world, LiveMessage::Snapshot(snapshot(1)));
    world
}

fn after(change: Change) -> Scene {
    let mut world = world();
    apply(&mut world, LiveMessage::Delta(Delta { seq: Seq(2), changes: vec![change] }));
    drawn(&world, NOW)
}

fn drawn(world: &World, now: Timestamp) -> Scene {
    scene(world, &View::default(), now)
}

#[test]
fn nothing_changed_means_nothing_to_do() {
    let scene = drawn(&world(), NOW);
    assert_eq!(diff(&scene, &scene), []);
    assert_eq!(diff(&scene, &drawn(&world(), NOW.plus_millis(59_000))), [], "seconds are not shown");
}

#[test]
fn the_first_scene_is_put_piece_by_piece_with_faces_on_top() {
    let ops = diff(&Scene::default(), &drawn(&world(), NOW));
    let kinds: Vec<bool> = ops.iter().map(|op| matches!(op, MapOp::PutMarker(_, Travel::Stay))).collect();
    assert_eq!(kinds, [false, true, true]);
}

#[rstest]
#[case::a_street_on(47.001, Travel::Glide)]
#[case::another_town(47.1, Travel::Jump)]
fn who_moved_is_one_thing_to_do(#[case] lat: f64, #[case] how: Travel) {
    let ops = diff(&drawn(&world(), NOW), &after(moved(1, lat, 8.0)));
    let [MapOp::PutMarker(marker, travel)] = ops.as_slice() else {
        unreachable!("one marker moved, but {ops:?}")
    };
    assert_eq!((marker.friend, *travel), (friend_id(1), how));
}

#[test]
fn a_lost_connection_changes_the_face_where_it_is() {
    let ops = diff(&drawn(&world(), NOW), &after(Change::Lost(device_id(2), NOW)));
    assert!(
        matches!(ops.as_slice(), [MapOp::PutMarker(marker, Travel::Stay)] if marker.friend == friend_id(2)),
        "{ops:?}"
    );
}

#[test]
fn regions_come_and_go_one_by_one() {
    let before = drawn(&world(), NOW);
    let ops = diff(&before, &after(Change::Region(region(9, "School"))));
    assert!(matches!(ops.as_slice(), [MapOp::PutRegion(shape)] if shape.id == region_id(9)), "{ops:?}");
    assert_eq!(diff(&before, &after(Change::RegionGone(region_id(1)))), [MapOp::RemoveRegion(region_id(1))]);
}

fn drafted(gestures: &[Gesture]) -> Scene {
    let sketch = gestures.iter().cloned().fold(Sketch::default(), Sketch::take);
    drawn(&world(), NOW).with_draft(sketch.draft(None, Colour::Teal))
}

#[test]
fn a_handle_that_was_pulled_redraws_the_outline_and_what_moves_with_it() {
    let middle = Point::new(47.0, 8.0).expect("on the Earth");
    let clicked = drafted(&[Gesture::Click(middle)]);
    let ops = diff(&drawn(&world(), NOW), &clicked);
    assert!(
        matches!(
            ops.as_slice(),
            [
                MapOp::PutForm(_),
                MapOp::PutGrip(Grip { handle: Handle::Middle, .. }),
                MapOp::PutGrip(Grip { handle: Handle::Edge, .. }),
                MapOp::FocusGrip(Handle::Middle),
            ]
        ),
        "{ops:?}"
    );
    let pull = Gesture::Drag(Handle::Edge, middle.destination(90.0, 300.0));
    let ops = diff(&clicked, &drafted(&[Gesture::Click(middle), pull]));
    assert!(
        matches!(ops.as_slice(), [MapOp::PutForm(_), MapOp::PutGrip(Grip { handle: Handle::Edge, .. })]),
        "{ops:?}"
    );
    let ops = diff(&clicked, &drawn(&world(), NOW));
    let all = [MapOp::RemoveGrip(Handle::Middle), MapOp::RemoveGrip(Handle::Edge), MapOp::RemoveForm];
    assert_eq!(ops, all);
}

#[test]
fn the_region_that_is_changed_is_drawn_as_what_was() {
    let draft = Sketch::default()
        .take(Gesture::Click(Point::new(47.0, 8.0).expect("on the Earth")))
        .draft(Some(region_id(1)), Colour::Blue);
    let ops = diff(&drawn(&world(), NOW), &drawn(&world(), NOW).with_draft(draft));
    assert!(matches!(ops.first(), Some(MapOp::PutRegion(shape)) if shape.changing), "{ops:?}");
}

#[test]
fn an_empty_world_takes_everything_away() {
    let scene = drawn(&world(), NOW);
    assert_eq!(
        diff(&scene, &Scene::default()),
        [
            MapOp::RemoveRegion(region_id(1)),
            MapOp::RemoveMarker(friend_id(1)),
            MapOp::RemoveMarker(friend_id(2))
        ]
    );
}
