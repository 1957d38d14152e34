//! Worlds in, scenes out.

use super::*;
use crate::state::fixture::{NOW, friend, friend_id, region, region_id, snapshot};
use domain::Stay;
use rstest::rstest;

fn world() -> World {
    let snapshot = snapshot(1);
    World { friends: snapshot.friends, regions: snapshot.regions, known: true, ..World::default() }
}

/// The scene of Jane alone, after something happened to her phone's last position.
fn jane(change: impl FnOnce(&mut Spot)) -> Scene {
    let mut jane = friend(1, "Jane");
    if let Some(spot) = jane.devices.first_mut().and_then(|device| device.spot.as_mut()) {
        change(spot);
    }
    let world = World { friends: vec![jane], regions: vec![region(1, "Home")], ..World::default() };
    scene(&world, &View::default(), NOW)
}

#[test]
fn a_label_says_who_where_when_and_how_charged() {
    let mut world = world();
    if let Some(jane) = world.friends.first_mut() {
        jane.stays = vec![Stay::new(region_id(1), NOW)];
        if let Some(spot) = jane.devices.first_mut().and_then(|device| device.spot.as_mut()) {
            spot.battery_pct = Some(80);
        }
    }
    let scene = scene(&world, &View::default(), NOW.plus_millis(200_000));
    let labels: Vec<&str> = scene.markers.iter().map(|marker| marker.label.as_str()).collect();
    assert_eq!(labels, ["Jane, Home, 3 minutes ago, 80 percent", "Tom, 3 minutes ago"]);
    assert_eq!(
        scene.regions.first().map(|shape| (shape.label.as_str(), shape.occupied)),
        Some(("Home · 1", true))
    );
}

#[test]
fn a_region_wears_its_colour_and_its_sign_unless_it_is_just_any_place() {
    let mut school = region(1, "School");
    school.details.icon = domain::Icon::School;
    school.details.colour = Colour::Amber;
    let world = World { regions: vec![school, region(2, "Spot")], ..World::default() };
    let scene = scene(&world, &View::default(), NOW);
    let looks: Vec<_> = scene.regions.iter().map(|shape| (colour_class(shape.colour), shape.sign)).collect();
    assert_eq!(looks, [("region-amber", Some(Sign::School)), ("region-blue", None)]);
}

#[rstest]
#[case::moves(Some(5.0), Some(359.7), Some(0))]
#[case::stands(Some(0.0), Some(90.0), None)]
#[case::speed_unknown(None, Some(90.0), None)]
#[case::course_unknown(Some(5.0), None, None)]
fn only_who_moves_has_a_chevron(
    #[case] velocity_kmh: Option<f64>,
    #[case] course_deg: Option<f64>,
    #[case] shown: Option<u16>,
) {
    let scene = jane(|spot| *spot = Spot { velocity_kmh, course_deg, ..spot.clone() });
    assert_eq!(scene.marker(friend_id(1)).map(|marker| marker.course_deg), Some(shown));
}

#[rstest]
#[case(30, None)]
#[case(29, Some(29))]
fn only_a_low_battery_is_shown(#[case] charge: u8, #[case] shown: Option<u8>) {
    let scene = jane(|spot| spot.battery_pct = Some(charge));
    assert_eq!(scene.marker(friend_id(1)).map(|marker| marker.battery_pct), Some(shown));
}

#[test]
fn an_old_position_carries_its_age_and_a_fresh_one_does_not() {
    let old = jane(|spot| spot.at = NOW.plus_millis(-7_300_000));
    let age = |scene: &Scene| scene.marker(friend_id(1)).map(|marker| (marker.staleness, marker.age.clone()));
    assert_eq!(age(&old), Some((Staleness::Stale, Some("2 h".to_owned()))));
    assert_eq!(age(&jane(|_| ())), Some((Staleness::Now, None)));
}

#[test]
fn what_comes_from_a_browser_says_so() {
    let mut jane = friend(1, "Jane");
    for device in &mut jane.devices {
        device.device.kind = DeviceKind::Browser;
    }
    let world = World { friends: vec![jane, friend(2, "Tom")], ..World::default() };
    let scene = scene(&world, &View::default(), NOW);
    let told: Vec<_> = scene.markers.iter().map(|marker| (marker.source, marker.label.as_str())).collect();
    let [browser, phone] = [DeviceKind::Browser, DeviceKind::Phone];
    assert_eq!(told, [(browser, "Jane, just now, by browser"), (phone, "Tom, just now")]);
}

#[test]
fn an_age_by_a_wrong_clock_is_not_told() {
    let scene = jane(|spot| spot.clock_wrong = true);
    let told = scene.marker(friend_id(1)).map(|marker| (marker.age.as_deref(), marker.label.as_str()));
    assert_eq!(told, Some((Some("clock?"), "Jane, the phone's clock is wrong")));
}

#[test]
fn who_has_a_card_is_shown_by_it_and_keeps_their_own_name_as_a_key() {
    let mut jane = friend(1, "Jane");
    jane.card = Some(domain::Card { name: Some("Aunt Jo".to_owned()), has_face: true, changed_at: NOW });
    let world = World { friends: vec![jane], ..World::default() };
    let scene = scene(&world, &View::default(), NOW);
    let marker = scene.marker(friend_id(1)).expect("she was seen");
    assert_eq!((marker.name.as_str(), marker.label.as_str()), ("Jane", "Aunt Jo, just now"));
    assert!(marker.looks.picture.is_some());
}

#[test]
fn unknown_accuracy_has_no_disc() {
    assert!(jane(|_| ()).discs.is_empty());
    assert_eq!(jane(|spot| spot.accuracy_m = Some(12.0)).discs.len(), 1);
}

#[test]
fn a_friend_who_was_never_seen_is_not_on_the_map() {
    let mut world = world();
    for device in world.friends.iter_mut().flat_map(|friend| &mut friend.devices) {
        device.spot = None;
    }
    let scene = scene(&world, &View::default(), NOW);
    assert!(scene.markers.is_empty());
    assert_eq!(scene.corners().len(), 2, "the region is all there is to look at");
    assert!(Scene::default().corners().is_empty());
}

#[test]
fn a_ring_across_the_antimeridian_stays_in_one_piece() {
    let points: Vec<Point> =
        [179.0, -179.0, -178.0, 178.0].into_iter().filter_map(|lon| Point::new(1.0, lon).ok()).collect();
    let lons: Vec<String> = ring(&points).into_iter().map(|(_, lon)| lon.to_string()).collect();
    assert_eq!(lons, ["179", "181", "182", "178"]);
}

#[test]
fn the_picture_holds_friends_and_only_the_regions_they_are_in() {
    let mut world = world();
    assert_eq!(scene(&world, &View::default(), NOW).corners().len(), 2);
    for friend in &mut world.friends {
        friend.stays = vec![Stay::new(region_id(1), NOW)];
    }
    assert_eq!(scene(&world, &View::default(), NOW).corners().len(), 4);
}
