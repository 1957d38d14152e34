//! Whom a change is meant for, of those who look: it is told to a group, and each hears it once.

use crate::board::Board;
use domain::{FriendId, GroupId, SensorId, Viewer, live::Change};

/// Whether a viewer is one of those to whom a change is told with the news of a group.
pub(super) fn is_for(board: &Board, viewer: &Viewer, group: GroupId, demo: bool, change: &Change) -> bool {
    let hears_of = |friend: Option<FriendId>| {
        let owner = friend.and_then(|friend| board.friends.get(&friend));
        owner.is_some_and(|owner| viewer.hears_of(&owner.friend, group))
    };
    match change {
        Change::Sensor(id) => may_see_sensor(board, viewer, *id, group),
        Change::Moved(device, _) | Change::Lost(device, _) => {
            hears_of(board.devices.get(device).map(|reporter| reporter.device.friend))
        }
        Change::Stays(friend, _) | Change::Card(friend, _) => hears_of(Some(*friend)),
        // Made for each friend alone, and never told to a group.
        Change::Range(_) | Change::Alert(_) | Change::Chat(_) | Change::ChatGone(_) | Change::Unread(_) => {
            false
        }
        Change::Friend(_)
        | Change::Online(..)
        | Change::BotConnected(..)
        | Change::Crossed(_)
        | Change::Superseded { .. }
        | Change::Region(_)
        | Change::RegionGone(_) => viewer.covers(group, demo),
    }
}

/// A sensor may be public, and then is seen beyond its group; one that is gone is its group's news.
fn may_see_sensor(board: &Board, viewer: &Viewer, id: SensorId, group: GroupId) -> bool {
    let sensor = board.sensor(id);
    sensor.map_or_else(|| viewer.is_of(group), |sensor| viewer.may_see_sensor(sensor))
}
