//! Fields in, handles out.

use super::*;
use crate::map::sketch::Typed;
use rstest::rstest;

fn sketch(figure: Figure, points: &str) -> Sketch {
    Sketch::of(Typed {
        figure,
        lat: "47.3667".to_owned(),
        lon: "8.55".to_owned(),
        radius_m: "150".to_owned(),
        points: points.to_owned(),
    })
}

fn grips(sketch: &Sketch) -> Vec<(Handle, String)> {
    let draft = sketch.draft(None, Colour::Blue);
    draft.into_iter().flat_map(|draft| draft.grips).map(|grip| (grip.handle, grip.label)).collect()
}

#[test]
fn a_circle_has_a_middle_and_an_edge_that_tells_its_radius_in_metres_and_on_foot() {
    let draft = sketch(Figure::Circle, "").draft(None, Colour::Blue).expect("all fields are there");
    let [middle, edge] = draft.grips.as_slice() else { unreachable!("two handles, not {:?}", draft.grips) };
    assert_eq!((middle.handle, middle.label.as_str()), (Handle::Middle, "Middle, 47.36670, 8.55000"));
    let value = edge.value.clone().map(|(radius_m, words)| (radius_m, words.replace('\u{202f}', " ")));
    assert_eq!(value, Some((150.0, "150 m, 2 minutes' walk".to_owned())));
    assert!((edge.at.distance_m(middle.at) - 150.0).abs() < 0.01);
}

#[test]
fn a_polygon_has_its_corners_with_handles_between_in_the_order_of_the_edge() {
    use Handle::{Between, Corner, Middle};

    let handles: Vec<Handle> = grips(&sketch(Figure::Polygon, "47, 8\n47, 8.1\n47.1, 8.1"))
        .into_iter()
        .map(|(handle, _)| handle)
        .collect();
    assert_eq!(handles, [Middle, Corner(0), Between(0), Corner(1), Between(1), Corner(2), Between(2)]);
}

#[test]
fn two_corners_have_one_edge_and_one_has_none() {
    let count = |points: &str| grips(&sketch(Figure::Polygon, points)).len();
    assert_eq!((count("47, 8"), count("47, 8\n47, 9")), (1, 3));
}

#[test]
fn a_corner_in_the_making_is_held_by_its_handle() {
    let hand = Point::new(47.02, 8.05).expect("on the Earth");
    let sketch =
        sketch(Figure::Polygon, "47, 8\n47, 8.1\n47.1, 8.1").take(Gesture::Drag(Handle::Between(0), hand));
    let draft = sketch.draft(None, Colour::Blue).expect("a polygon");
    let at = |handle| draft.grips.iter().find(|grip| grip.handle == handle).map(|grip| grip.at);
    assert_eq!((at(Handle::Between(0)), at(Handle::Corner(1))), (Some(hand), Some(hand)));
}

#[rstest]
#[case("ArrowUp", Shift::Free, Handle::Edge, Some(Gesture::Nudge(Handle::Edge, Way::North, 1.0)))]
#[case("ArrowLeft", Shift::Held, Handle::Middle, Some(Gesture::Nudge(Handle::Middle, Way::West, 10.0)))]
#[case("PageDown", Shift::Free, Handle::Edge, Some(Gesture::Nudge(Handle::Edge, Way::South, 100.0)))]
#[case("PageDown", Shift::Free, Handle::Middle, None)]
#[case("Enter", Shift::Free, Handle::Between(2), Some(Gesture::Split(2)))]
#[case("ArrowUp", Shift::Free, Handle::Between(2), None)]
#[case("Delete", Shift::Free, Handle::Corner(1), Some(Gesture::Remove(1)))]
#[case("Delete", Shift::Free, Handle::Middle, None)]
#[case("Tab", Shift::Held, Handle::Middle, None)]
fn keys_mean_metres_and_corners(
    #[case] key: &str,
    #[case] shift: Shift,
    #[case] handle: Handle,
    #[case] gesture: Option<Gesture>,
) {
    assert_eq!(handle.key(key, shift), gesture);
}

#[rstest]
#[case("", "Click where the corners are, one after the other.")]
#[case("47, 8", "2 more corners are needed.")]
#[case("47, 8\n47, 8.1", "One more corner is needed.")]
#[case("47, 8\n47.1, 8\n47.2, 8", "These corners enclose nothing.")]
#[case("47, 8\n47.1, 8.1\n47, 8.1\n47.2, 8", "The edge crosses itself.")]
#[case("47, 8\n47, 8.001\n47.001, 8.001\n47.001, 8", "4 corners, 8432 m², 374 m around")]
fn what_there_is_and_what_is_missing_is_told(#[case] points: &str, #[case] words: &str) {
    assert_eq!(sketch(Figure::Polygon, points).words().replace('\u{202f}', " "), words);
}
