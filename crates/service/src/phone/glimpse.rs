//! Where the clients of the broker see friends now who do not show them everything, and whom they see no more.

use super::veil::{position, seal};
use crate::{
    DeviceAccount, Service,
    board::{OnBoard, Reporter},
    sight::Sight,
};
use domain::{FriendId, Showing, Shown, Spot, Stint, Timestamp};
use std::{collections::HashSet, sync::Arc};
use tokio::sync::watch;

/// A look at everybody.
#[derive(Clone, Copy, Debug)]
pub struct Gaze {
    /// Which change of the board was the last before.
    change: u64,
    /// When.
    at: Timestamp,
}

/// Where a viewer sees a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Glimpse {
    /// The device's base topic.
    pub topic: Arc<str>,
    /// What a phone is told; empty when there is nothing to see, by which apps forget who was there.
    pub payload: Vec<u8>,
    /// How the friend is shown.
    pub shown: Shown,
    /// What is seen. That this changes a phone hears from the friend's own messages, but for those who are shown late.
    pub spot: Option<Spot>,
}

impl Glimpse {
    /// Whether a phone that was told `before` has to be told this.
    pub fn is_news(&self, before: &Self) -> bool {
        let is_late = matches!(self.shown, Shown::Delayed(_));
        self.shown != before.shown
            || self.spot.is_some() != before.spot.is_some()
            || (is_late && self.spot != before.spot)
    }
}

impl Service {
    /// Who may be seen otherwise than at another look, and this one to ask with the next time. `None` for everybody.
    pub fn changed_since(&self, gaze: Option<Gaze>) -> (Option<HashSet<FriendId>>, Gaze) {
        let board = self.shared.board();
        let changed = gaze.and_then(|gaze| board.changed_since(gaze.change, gaze.at));
        (changed, Gaze { change: board.last_change(), at: self.shared.now() })
    }

    /// Where a device sees those others of its group who do not show it everything, or did not before; of `some` of them, or all.
    pub fn glimpses(
        &self,
        account: &DeviceAccount,
        some: Option<&HashSet<FriendId>>,
        before: impl Fn(&str) -> bool,
    ) -> Vec<Glimpse> {
        let (board, now) = (self.shared.board(), self.shared.now());
        let viewer = board.viewer_of(account);
        let sight = Sight::new(&board, &viewer);
        let known = |some: &HashSet<FriendId>| {
            some.iter().filter_map(|friend| board.friends.get(friend)).collect::<Vec<_>>()
        };
        let others = some.map_or_else(|| board.friends.values().collect(), known).into_iter();
        let others = others.filter(|owner| owner.friend.id != account.friend);
        let others = others.filter(|owner| viewer.may_see(&owner.friend));
        let others = others.filter(|owner| {
            let is_open = owner.friend.memberships.len() == 1 && owner.sharing.is_open_to(owner.friend.group);
            !is_open || board.devices_of(owner).any(|known| before(&known.topic))
        });
        others
            .flat_map(|owner| {
                let showing = sight.showing(owner, now);
                let whole = showing.is_everything();
                let devices = board.devices_of(owner).filter(|known| !whole || before(&known.topic));
                let devices: Vec<_> = devices.map(|known| glimpse(&sight, owner, &showing, known)).collect();
                devices
            })
            .collect()
    }

    /// The base topics of the devices of those whom a device knew by a group since a moment, and knows no more.
    pub fn topics_parted(&self, account: &DeviceAccount, since: Timestamp) -> HashSet<Arc<str>> {
        let board = self.shared.board();
        let viewer = board.viewer_of(account);
        let Some(own) = board.friends.get(&account.friend) else { return HashSet::new() };
        let until = |stint: &Stint| stint.until.unwrap_or(Timestamp::MAX);
        let met = |other: &OnBoard| {
            own.stints.iter().any(|mine| {
                other.stints.iter().filter(|theirs| theirs.group == mine.group).any(|theirs| {
                    let (from, to) = (mine.since.max(theirs.since), until(mine).min(until(theirs)));
                    from < to && since <= to
                })
            })
        };
        let parted = board.friends.values().filter(|other| !viewer.may_see(&other.friend) && met(other));
        parted.flat_map(|other| board.devices_of(other).map(|known| known.topic.clone())).collect()
    }

    /// The base topics of the devices of others that a device may know of now.
    pub fn topics_known(&self, account: &DeviceAccount) -> HashSet<Arc<str>> {
        let board = self.shared.board();
        let viewer = board.viewer_of(account);
        let others = board.friends.values().filter(|owner| owner.friend.id != account.friend);
        let others = others.filter(|owner| viewer.may_see(&owner.friend));
        others.flat_map(|owner| board.devices_of(owner).map(|known| known.topic.clone())).collect()
    }

    /// Changes whenever a friend may be seen otherwise than before: to wait for that.
    pub fn sharing_news(&self) -> watch::Receiver<u64> {
        self.shared.hub.sharing()
    }
}

fn glimpse(sight: &Sight<'_>, owner: &OnBoard, showing: &Showing, known: &Reporter) -> Glimpse {
    let spot = sight.spot_of(showing, known);
    let message = spot.as_ref().map(|spot| position(spot, owner.tid.clone()));
    let message = message
        .and_then(|message| if known.secret.is_some() { seal(known, &message) } else { Some(message) });
    Glimpse {
        topic: known.topic.clone(),
        payload: message.map(|message| owntracks::encode(&message)).unwrap_or_default(),
        shown: showing.shown(),
        spot,
    }
}
