//! Messages in, worlds out.

use super::*;
use crate::state::fixture::{
    NOW, crossing, device_id, friend, friend_id, moved, name, region, region_id, sensor_id, snapshot, spot,
};
use domain::{Apart, Spot};

fn delta(seq: u64, changes: Vec<Change>) -> LiveMessage {
    LiveMessage::Delta(Delta { seq: Seq(seq), changes })
}

fn world() -> World {
    let mut world = World::default();
    assert!(apply(&mut world, LiveMessage::Snapshot(snapshot(10))));
    world
}

#[test]
fn a_snapshot_replaces_everything_but_the_recent_comings_and_goings() {
    let mut world = world();
    apply(&mut world, delta(11, vec![Change::Crossed(crossing(1, 1, 100))]));
    let mut other = snapshot(20);
    other.friends = vec![friend(7, "Zoë")];
    other.regions.clear();
    assert!(apply(&mut world, LiveMessage::Snapshot(other)));
    assert_eq!(world.friends.len(), 1);
    assert!(world.regions.is_empty());
    assert_eq!(world.recent.len(), 1);
    assert_eq!(world.seq, Seq(20));
}

#[test]
fn the_same_snapshot_again_changes_nothing_that_can_be_seen() {
    let mut world = world();
    let mut again = snapshot(10);
    again.now = again.now.plus_millis(5000);
    assert!(!apply(&mut world, LiveMessage::Snapshot(again.clone())));
    assert_eq!((world.seq, world.as_of), (Seq(10), again.now));
}

#[test]
fn a_bot_is_connected_as_long_as_that_is_said() {
    let mut world = world();
    let known = friend(1, "Jane").friend;
    let mut with_bot = snapshot(11);
    let bot = LiveBot {
        id: domain::BotId::new(known.id.uuid()),
        group: known.group,
        name: name("Greeter"),
        regions: vec![region_id(1)],
        connected: false,
    };
    with_bot.bots.push(bot.clone());
    assert!(apply(&mut world, LiveMessage::Snapshot(with_bot)));
    assert!(apply(&mut world, delta(12, vec![Change::BotConnected(bot.id, true)])));
    assert!(!apply(&mut world, delta(13, vec![Change::BotConnected(bot.id, true)])), "that is known");
    assert!(world.bots[0].connected);
    assert!(apply(&mut world, LiveMessage::Snapshot(snapshot(20))));
    assert!(world.bots.is_empty());
}

#[test]
fn a_range_is_what_it_was_last_said_to_be() {
    let mut world = world();
    assert_eq!(world.range.metres(), 500);
    let range = domain::near::Range::new(80).expect("is a range");
    assert!(apply(&mut world, delta(11, vec![Change::Range(range)])));
    assert!(!apply(&mut world, delta(12, vec![Change::Range(range)])));
    assert_eq!(world.range, range);
    assert!(apply(&mut world, LiveMessage::Snapshot(snapshot(20))));
    assert_eq!(world.range.metres(), 500);
}

#[test]
fn what_is_unread_is_counted_by_the_server() {
    let mut world = world();
    assert!(apply(&mut world, delta(11, vec![Change::Unread(3)])));
    assert!(!apply(&mut world, delta(12, vec![Change::Unread(3)])));
    assert_eq!(world.unread, 3);
    assert!(apply(&mut world, LiveMessage::Snapshot(snapshot(20))));
    assert_eq!(world.unread, 0);
}

#[test]
fn news_of_messages_are_kept_until_the_next_snapshot_for_a_page_that_shows_them() {
    let mut world = world();
    assert_eq!((world.chats.len(), world.news_of_chats()), (0, Seq(10)));
    let gone: domain::ChatId = "00000000-0000-0000-0000-000000000009".parse().expect("is an id");
    assert!(apply(&mut world, delta(12, vec![Change::ChatGone(gone)])));
    assert_eq!(world.chats, [(Seq(12), ChatNews::Gone(gone))]);
    assert_eq!(world.news_of_chats(), Seq(12));
    for seq in 13..300 {
        apply(&mut world, delta(seq, vec![Change::ChatGone(gone)]));
    }
    assert_eq!(world.chats.len(), World::MOST_CHATS);
    assert!(apply(&mut world, LiveMessage::Snapshot(snapshot(400))));
    assert_eq!((world.chats.len(), world.news_of_chats()), (0, Seq(400)));
}

#[test]
fn news_of_a_sensor_is_heard_and_whoever_was_behind_asks_for_all_of_them() {
    let mut world = world();
    let (wind, rain) = (sensor_id(1), sensor_id(2));
    assert_eq!((world.news_of_sensor(wind), world.news_of_sensors()), (Seq(10), Seq(10)));
    assert!(apply(&mut world, delta(12, vec![Change::Sensor(wind)])));
    assert_eq!((world.news_of_sensor(wind), world.news_of_sensor(rain)), (Seq(12), Seq(10)));
    assert_eq!(world.news_of_sensors(), Seq(12));
    assert!(apply(&mut world, LiveMessage::Snapshot(snapshot(20))));
    assert_eq!((world.news_of_sensor(wind), world.news_of_sensor(rain)), (Seq(20), Seq(20)));
}

#[test]
fn what_is_already_known_is_dropped() {
    let mut world = world();
    let before = world.clone();
    assert!(!apply(&mut world, delta(10, vec![moved(1, 48.0, 9.0)])));
    assert!(!apply(&mut world, delta(3, vec![moved(1, 48.0, 9.0)])));
    assert_eq!(world, before);
}

#[test]
fn a_move_places_the_device_and_ends_its_loss() {
    let mut world = world();
    assert!(apply(&mut world, delta(11, vec![Change::Lost(device_id(1), Timestamp::from_millis(5))])));
    assert!(apply(&mut world, delta(12, vec![moved(1, 48.0, 9.0)])));
    let found = world
        .friend(friend_id(1))
        .and_then(LiveFriend::newest)
        .map(|(device, spot)| (device.lost_at, spot.point));
    assert_eq!(found, Some((None, spot(48.0, 9.0).point)));
}

#[test]
fn what_speaks_of_somebody_unknown_is_ignored_and_still_counted() {
    let mut world = world();
    let changes = vec![
        moved(99, 48.0, 9.0),
        Change::Lost(device_id(99), Timestamp::from_millis(5)),
        Change::Stays(friend_id(99), Vec::new()),
        Change::Crossed(crossing(9, 99, 100)),
        Change::RegionGone(region_id(99)),
    ];
    let before = world.clone();
    assert!(!apply(&mut world, delta(11, changes)));
    assert_eq!(world, World { seq: Seq(11), ..before });
}

#[test]
fn comings_and_goings_stand_by_their_own_time_once_and_not_for_ever() {
    let mut world = world();
    for n in 0..250 {
        apply(
            &mut world,
            delta(11 + n, vec![Change::Crossed(crossing(n, 1, i64::try_from(n).unwrap_or(0)))]),
        );
    }
    assert_eq!(world.recent.len(), World::MOST_RECENT);
    apply(&mut world, delta(300, vec![Change::Crossed(crossing(249, 1, 150))]));
    assert_eq!(world.recent.len(), World::MOST_RECENT);
    assert!(world.recent.is_sorted_by(|newer, older| newer.at >= older.at));
}

#[test]
fn a_region_finds_its_place_by_name_and_takes_its_stays_along_when_it_goes() {
    let mut world = world();
    assert!(apply(&mut world, delta(11, vec![Change::Region(region(5, "Allotment"))])));
    assert!(apply(&mut world, delta(12, vec![Change::Region(region(6, "Work"))])));
    assert!(!apply(&mut world, delta(13, vec![Change::Region(region(6, "Work"))])));
    let names: Vec<&str> = world.regions.iter().map(|region| region.name.as_str()).collect();
    assert_eq!(names, ["Allotment", "Home", "Work"]);

    let stay = Stay::new(region_id(6), Timestamp::from_millis(1));
    apply(&mut world, delta(14, vec![Change::Stays(friend_id(1), vec![stay])]));
    assert_eq!(world.inside(region_id(6)).count(), 1);
    apply(&mut world, delta(15, vec![Change::RegionGone(region_id(6))]));
    assert_eq!(world.inside(region_id(6)).count(), 0);
}

#[test]
fn what_was_left_behind_is_not_where_its_friend_is() {
    let mut friend = friend(1, "Ann");
    let mut tablet = friend.devices[0].clone();
    tablet.device.id = device_id(9);
    tablet.device.name = name("tablet");
    friend.devices.push(tablet);
    let elsewhere = Some(friend.devices[0].device.id);
    let apart = Apart { there: vec![device_id(9)], elsewhere, moved_since: true };
    friend.stays = vec![Stay { apart: Some(apart), ..Stay::new(region_id(6), NOW) }];
    let world = World { friends: vec![friend], regions: vec![region(6, "Work")], ..World::default() };
    let ann = &world.friends[0];
    assert_eq!((world.place(ann, NOW), world.present(region_id(6), NOW).count()), (None, 0));
    let left = world.left_behind(ann, NOW).map(|(devices, region)| (devices, region.name.to_string()));
    assert_eq!(left, Some(("tablet".to_owned(), "Work".to_owned())));
    assert_eq!(ann.carried(NOW).map(|(device, _)| device.device.id), elsewhere);
    // Once nothing is heard any more of either, she is there probably.
    let later = NOW.plus_millis(domain::Steps::of(None).silent_ms + 1);
    assert_eq!(world.place(ann, later).map(|(_, _, hold)| hold), Some(Hold::Silent(NOW)));
}

#[test]
fn a_heartbeat_moves_nothing_but_the_time() {
    let mut world = world();
    let later = world.as_of.plus_millis(5000);
    assert!(!apply(&mut world, LiveMessage::Heartbeat(later)));
    assert_eq!(world.as_of, later);
}

#[test]
fn the_newest_position_stands_for_a_friend_with_several_devices() {
    let mut jane = friend(1, "Jane");
    let mut tablet = jane.devices.first().cloned();
    if let Some(tablet) = &mut tablet {
        tablet.device.id = device_id(2);
        tablet.spot = Some(Spot { at: Timestamp::from_millis(i64::MAX), ..spot(1.0, 2.0) });
    }
    jane.devices.extend(tablet);
    assert_eq!(jane.newest().map(|(device, _)| device.device.id), Some(device_id(2)));
}

#[test]
fn who_comes_online_and_goes_is_seen_to_and_nothing_else_of_them_changes() {
    let mut world = world();
    let online = |world: &World| world.friend(friend_id(1)).map(|jane| jane.online);
    assert_eq!(online(&world), Some(false));
    let before = world.clone();
    assert!(apply(&mut world, delta(11, vec![Change::Online(friend_id(1), true)])));
    assert_eq!(online(&world), Some(true));
    assert!(!apply(&mut world, delta(12, vec![Change::Online(friend_id(1), true)])), "that is known");
    assert!(!apply(&mut world, delta(13, vec![Change::Online(friend_id(99), true)])), "nobody");
    assert!(apply(&mut world, delta(14, vec![Change::Online(friend_id(1), false)])));
    assert_eq!(world, World { seq: Seq(14), ..before });
    // Who is shown otherwise is online, or not, as that says.
    let seen = LiveFriend { online: true, ..friend(1, "Jane") };
    assert!(apply(&mut world, delta(15, vec![Change::Friend(Box::new(seen))])));
    assert_eq!(online(&world), Some(true));
    assert!(apply(&mut world, delta(16, vec![Change::Friend(Box::new(friend(1, "Jane")))])));
    assert_eq!(online(&world), Some(false));
}
