//! Who is around whoever looks, and who else is where they are. Pure: it follows from what this viewer may see of the others, and from
//! nothing else.

use super::World;
use domain::{
    FriendId, RegionId, Timestamp,
    live::{Hold, LiveFriend},
    near::Nearness,
};
use std::cmp::Ordering;

/// What is around somebody who is on the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    /// The regions that they are in, smallest first, with the others there.
    pub here: Vec<Here>,
    /// The others within their range: those who surely are first, then by distance.
    pub around: Vec<Near>,
}

/// A region that the viewer is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Here {
    /// Which.
    pub region: RegionId,
    /// What it is called.
    pub name: String,
    /// Who else is there, in order of the names.
    pub others: Vec<Other>,
}

/// Somebody else in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// Who.
    pub friend: FriendId,
    /// How sure that is; never [`Hold::Over`].
    pub hold: Hold,
    /// The names of their devices that are there, where not all are.
    pub devices: String,
}

/// Somebody within the viewer's range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Who.
    pub friend: FriendId,
    /// How sure that is.
    pub nearness: Nearness,
    /// How far it is between the middles of both positions, metres.
    pub distance_m: f64,
    /// Since when nothing was heard of them, if that is long.
    pub silent_since: Option<Timestamp>,
}

/// What is around a friend who looks; `None` while they are not on the map themselves.
pub fn surroundings(world: &World, me: FriendId, now: Timestamp) -> Option<Surroundings> {
    let viewer = world.friend(me)?;
    let mine = viewer.standpoint(now)?;
    let others = || world.friends.iter().filter(|friend| friend.friend.id != me);
    let mut around: Vec<Near> = others()
        .filter_map(|friend| {
            let (nearness, distance_m) = mine.nearness(&friend.standpoint(now)?, world.range)?;
            let silent_since = friend.silent_since(now);
            Some(Near { friend: friend.friend.id, nearness, distance_m, silent_since })
        })
        .collect();
    around.sort_by(nearer);
    Some(Surroundings { here: here(world, viewer, now), around })
}

fn nearer(a: &Near, b: &Near) -> Ordering {
    a.nearness.cmp(&b.nearness).then(a.distance_m.total_cmp(&b.distance_m)).then(a.friend.cmp(&b.friend))
}

/// Where they left something behind they are not themselves.
fn here(world: &World, viewer: &LiveFriend, now: Timestamp) -> Vec<Here> {
    let is_there = |hold: Hold| matches!(hold, Hold::Firm | Hold::Silent(_));
    let stays = viewer.stays.iter().filter(|stay| is_there(viewer.hold(stay, now)));
    stays
        .filter_map(|stay| {
            let region = world.region(stay.region)?;
            let others = world.inside(region.id).filter(|(friend, _)| friend.friend.id != viewer.friend.id);
            let others = others.map(|(friend, stay)| Other {
                friend: friend.friend.id,
                hold: friend.hold(stay, now),
                devices: friend.devices_in(stay).join(" and "),
            });
            let others = others.filter(|other| other.hold != Hold::Over).collect();
            Some(Here { region: region.id, name: region.name.to_string(), others })
        })
        .collect()
}

#[cfg(test)]
mod tests;
