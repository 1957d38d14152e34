//! Who is around somebody, and who is in the same regions as they are: by what they may see of the others, and by nothing else.

use crate::{Error, Presence, Service, command::Command, sight::Sight};
use domain::{
    Friend, FriendId, Shown, Spot, Viewer,
    live::LiveFriend,
    near::{Nearness, Range},
};
use std::collections::HashSet;

/// Who is around somebody.
#[derive(Clone, Debug)]
pub struct Around {
    /// What they call near.
    pub range: Range,
    /// Where they are themselves; `None`: that is not known, and then nobody is around them.
    pub own: Option<Spot>,
    /// Who is within the range, or perhaps: those who surely are first, then by distance.
    pub friends: Vec<Near>,
}

/// Somebody who is near.
#[derive(Clone, Debug)]
pub struct Near {
    /// Who.
    pub friend: Friend,
    /// Whether they surely are.
    pub nearness: Nearness,
    /// How far it is between where the two are seen, metres.
    pub distance_m: f64,
    /// Where they are seen.
    pub spot: Spot,
    /// How they are shown to who asks.
    pub shown: Shown,
}

impl Service {
    /// How far away from them a friend calls near; to who is no friend, what a new one would have.
    pub fn range(&self, by: &Viewer) -> Range {
        self.shared.board().range(by)
    }

    /// Says how far away from them a friend calls near from now on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks.
    pub async fn set_range(&self, by: &Viewer, range: Range) -> Result<(), Error> {
        let friend = themself(by)?;
        self.command(|reply| Command::PutRange { friend, range, reply }).await
    }

    /// Who is around a friend now. It counts as a look at each who is told.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks.
    pub fn around(&self, by: &Viewer) -> Result<Around, Error> {
        let around = self.around_of(by, themself(by)?);
        self.count_looks(by, "around", around.friends.iter().map(|near| near.friend.id));
        Ok(around)
    }

    fn around_of(&self, by: &Viewer, own: FriendId) -> Around {
        let now = self.shared.now();
        let board = self.shared.board();
        let (range, sight) = (board.range(by), Sight::new(&board, by));
        let own_live = board.friends.get(&own).map(|own| sight.friend(own, now));
        let own_spot = own_live.as_ref().and_then(|live| live.carried(now)).map(|(_, spot)| spot.clone());
        let standpoint = own_live.as_ref().and_then(|live| live.standpoint(now));
        let Some(standpoint) = standpoint else { return Around { range, own: None, friends: Vec::new() } };
        let reach_m = f64::from(range.metres()) + standpoint.doubt_m();
        let devices = board.crowd.within(standpoint.point, reach_m);
        let close: HashSet<FriendId> =
            devices.filter_map(|device| Some(board.devices.get(&device)?.device.friend)).collect();
        let others = board.friends.values().filter(|other| {
            other.friend.id != own
                && by.may_see(&other.friend)
                // Who is not seen where they are may be seen here all the same.
                && (close.contains(&other.friend.id) || !sight.showing(other, now).is_precise())
        });
        let near = |live: LiveFriend| {
            let (nearness, distance_m) = standpoint.nearness(&live.standpoint(now)?, range)?;
            let spot = live.carried(now)?.1.clone();
            Some(Near { nearness, distance_m, spot, shown: live.shown, friend: live.friend })
        };
        let mut friends: Vec<Near> = others.map(|other| sight.friend(other, now)).filter_map(near).collect();
        friends.sort_by(|a, b| {
            a.nearness
                .cmp(&b.nearness)
                .then(a.distance_m.total_cmp(&b.distance_m))
                .then(a.friend.id.cmp(&b.friend.id))
        });
        Around { range, own: own_spot, friends }
    }

    /// Who is in the regions in which a friend is now, smallest region first. Those are there too in which they are alone.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who asks.
    pub fn here(&self, by: &Viewer) -> Result<Vec<Presence>, Error> {
        let own = themself(by)?;
        let mut here = self.presence(by);
        here.retain_mut(|presence| {
            let known = presence.friends.len();
            presence.friends.retain(|present| present.friend.id != own || !present.left_behind.is_empty());
            let is_here = presence.friends.len() < known;
            presence.friends.retain(|present| present.friend.id != own);
            is_here
        });
        here.sort_by(|a, b| a.region.area.size_m2().total_cmp(&b.region.area.size_m2()));
        let told = here.iter().flat_map(|presence| &presence.friends).map(|present| present.friend.id);
        self.count_looks(by, "here", told.collect::<HashSet<_>>());
        Ok(here)
    }
}

/// The friend who asks.
pub(crate) fn themself(by: &Viewer) -> Result<FriendId, Error> {
    match by {
        Viewer::Friend { friend, .. } => Ok(*friend),
        Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. } | Viewer::Server { .. } => {
            Err(Error::Forbidden)
        }
    }
}
