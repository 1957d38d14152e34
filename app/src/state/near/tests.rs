//! Worlds in, surroundings out.

use super::*;
use crate::state::fixture::{NOW, device_id, friend, friend_id, name, region, region_id};
use domain::{Apart, Shown, Stay, near::Range};

const ME: u64 = 1;

/// A friend so many metres east of where all fixtures are.
fn at(n: u64, called: &str, metres_east: f64, accuracy_m: Option<f64>) -> LiveFriend {
    let mut friend = friend(n, called);
    for spot in friend.devices.iter_mut().filter_map(|device| device.spot.as_mut()) {
        spot.point = spot.point.destination(90.0, metres_east);
        spot.accuracy_m = accuracy_m;
    }
    friend
}

fn world(friends: Vec<LiveFriend>) -> World {
    World { friends, regions: vec![region(1, "Home")], known: true, ..World::default() }
}

fn around(world: &World, now: Timestamp) -> Vec<(FriendId, Nearness)> {
    let found = surroundings(world, friend_id(ME), now).expect("is on the map");
    found.around.into_iter().map(|near| (near.friend, near.nearness)).collect()
}

#[test]
fn those_who_surely_are_come_first_then_it_goes_by_distance() {
    let mut world = world(vec![
        at(ME, "Jane", 0.0, Some(10.0)),
        at(2, "Ben", 400.0, Some(10.0)),
        at(3, "Cleo", 90.0, None),
        at(4, "Dan", 30.0, Some(10.0)),
        at(5, "Eve", 490.0, Some(10.0)),
        at(6, "Finn", 3_000.0, Some(10.0)),
    ]);
    let [surely, maybe] = [Nearness::Surely, Nearness::Maybe];
    let expected = [(4, surely), (2, surely), (3, maybe), (5, maybe)].map(|(n, how)| (friend_id(n), how));
    assert_eq!(around(&world, NOW), expected);
    world.range = Range::new(60).expect("is a range");
    assert_eq!(around(&world, NOW), [(friend_id(4), surely), (friend_id(3), maybe)]);
}

#[test]
fn who_is_silent_or_sees_nobody_exactly_is_told_maybe() {
    let jane = at(ME, "Jane", 0.0, Some(10.0));
    let mut late = at(2, "Ben", 50.0, Some(10.0));
    let world_now = world(vec![jane.clone(), late.clone()]);
    assert_eq!(around(&world_now, NOW), [(friend_id(2), Nearness::Surely)]);
    let later = NOW.plus_millis(6 * 3_600_000);
    assert_eq!(around(&world_now, later), [(friend_id(2), Nearness::Maybe)]);
    // Who is shown late is not silent for that; whoever looks, heard of as long ago, is.
    late.shown = Shown::Delayed(360);
    let mut fresh = jane;
    for spot in fresh.devices.iter_mut().filter_map(|device| device.spot.as_mut()) {
        spot.at = later;
    }
    assert_eq!(around(&world(vec![fresh, late]), later), [(friend_id(2), Nearness::Surely)]);
}

#[test]
fn who_is_not_on_the_map_has_nothing_around_and_who_shows_nothing_is_not_around() {
    let mut jane = at(ME, "Jane", 0.0, Some(10.0));
    let mut hidden = at(2, "Ben", 50.0, Some(10.0));
    hidden.devices.clear();
    assert_eq!(around(&world(vec![jane.clone(), hidden]), NOW), []);
    for device in &mut jane.devices {
        device.spot = None;
    }
    let world = world(vec![jane, at(2, "Ben", 50.0, Some(10.0))]);
    assert_eq!(surroundings(&world, friend_id(ME), NOW), None);
    assert_eq!(surroundings(&world, friend_id(9), NOW), None);
}

#[test]
fn the_newest_of_the_devices_that_count_is_where_somebody_is() {
    let mut ben = at(2, "Ben", 50.0, Some(10.0));
    let mut tablet = ben.devices[0].clone();
    tablet.device.id = device_id(9);
    if let Some(spot) = &mut tablet.spot {
        (spot.at, spot.point) = (NOW.plus_millis(1_000), spot.point.destination(90.0, 2_000.0));
    }
    ben.devices.push(tablet);
    let jane = at(ME, "Jane", 0.0, Some(10.0));
    assert_eq!(around(&world(vec![jane.clone(), ben.clone()]), NOW), []);
    ben.counts = Some(device_id(2));
    assert_eq!(around(&world(vec![jane, ben]), NOW), [(friend_id(2), Nearness::Surely)]);
}

#[test]
fn here_is_who_else_is_in_the_regions_of_whoever_looks() {
    let stay = |region| Stay::new(region_id(region), NOW);
    let mut jane = at(ME, "Jane", 0.0, Some(10.0));
    jane.stays = vec![stay(2), stay(1)];
    let mut ben = at(2, "Ben", 0.0, Some(10.0));
    ben.stays = vec![stay(1), stay(3)];
    let mut world = world(vec![jane, ben, at(3, "Cleo", 0.0, Some(10.0))]);
    world.regions = vec![region(1, "County"), region(2, "Home"), region(3, "Work")];
    let found = surroundings(&world, friend_id(ME), NOW).expect("is on the map");
    let told: Vec<_> = found.here.iter().map(|here| (here.name.as_str(), here.others.len())).collect();
    assert_eq!(told, [("Home", 0), ("County", 1)]);
    let other = Other { friend: friend_id(2), hold: Hold::Firm, devices: String::new() };
    assert_eq!(found.here[1].others, [other]);
}

#[test]
fn what_was_left_behind_is_doubtful_what_is_over_does_not_count_and_who_left_something_is_not_there() {
    let mut jane = at(ME, "Jane", 0.0, Some(10.0));
    jane.stays = vec![Stay::new(region_id(1), NOW)];
    let mut ben = at(2, "Ben", 0.0, Some(10.0));
    let mut tablet = ben.devices[0].clone();
    (tablet.device.id, tablet.device.name) = (device_id(9), name("tablet"));
    ben.devices.push(tablet);
    let apart = |elsewhere, moved_since| Apart { there: vec![device_id(9)], elsewhere, moved_since };
    let stay = |apart| vec![Stay { apart: Some(apart), ..Stay::new(region_id(1), NOW) }];
    ben.stays = stay(apart(Some(device_id(2)), true));
    let holds = |friends: Vec<LiveFriend>, now| {
        let found = surroundings(&world(friends), friend_id(ME), now).expect("is on the map");
        let others = found.here.into_iter().flat_map(|here| here.others);
        others.map(|other| (other.hold, other.devices)).collect::<Vec<_>>()
    };
    assert_eq!(holds(vec![jane.clone(), ben.clone()], NOW), [(Hold::LeftBehind, "tablet".to_owned())]);

    // The tablet is silent, the phone is heard elsewhere.
    let later = NOW.plus_millis(6 * 3_600_000);
    for spot in ben.devices[0].spot.iter_mut().chain(jane.devices[0].spot.iter_mut()) {
        spot.at = later;
    }
    assert_eq!(holds(vec![jane.clone(), ben.clone()], later), []);
    ben.stays = vec![Stay::new(region_id(1), NOW)];
    if let Some(spot) = &mut ben.devices[0].spot {
        spot.at = NOW;
    }
    assert_eq!(holds(vec![jane.clone(), ben.clone()], later), [(Hold::Silent(NOW), String::new())]);

    // The other way round: whoever looks left the tablet there and went on.
    let mut gone = ben;
    (gone.friend.id, jane.friend.id) = (friend_id(ME), friend_id(2));
    gone.stays = stay(apart(Some(device_id(2)), true));
    gone.devices[0].spot.iter_mut().for_each(|spot| spot.at = later);
    gone.devices[1].spot.iter_mut().for_each(|spot| spot.at = later);
    assert_eq!(holds(vec![gone, jane], later), []);
}
