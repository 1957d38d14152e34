//! What somebody who looks was told already.

use crate::{
    board::{Board, OnBoard},
    sight::Sight,
};
use domain::{
    BotId, FriendId, RegionId, Stay, Timestamp, Viewer,
    live::{Change, LiveFriend},
};
use std::collections::{HashMap, HashSet};

/// What a viewer was told: they are told nothing by which they could guess at what they may not know.
#[derive(Default)]
pub(super) struct Told {
    pub(super) regions: HashSet<RegionId>,
    /// The presence of those who show themselves as they are.
    pub(super) stays: HashMap<FriendId, Vec<Stay>>,
    /// All the others, whole.
    pub(super) friends: HashMap<FriendId, LiveFriend>,
    /// Who is online.
    pub(super) online: HashSet<FriendId>,
    /// Which bots are connected.
    pub(super) connected: HashSet<BotId>,
    /// How many messages they have not read.
    pub(super) unread: u32,
}

impl Told {
    /// Whether that is another friend than they know of.
    pub(super) fn is_news(&mut self, live: &LiveFriend) -> bool {
        self.stays.insert(live.friend.id, live.stays.clone());
        let is_news = self.friends.insert(live.friend.id, live.clone()).as_ref() != Some(live);
        self.is_other_line(live.friend.id, live.online) || is_news
    }

    /// Whether that is another presence than they know of.
    pub(super) fn differs(&mut self, friend: FriendId, stays: &[Stay]) -> bool {
        let known = self.stays.entry(friend).or_default();
        let differs = known != stays;
        if differs {
            *known = stays.to_vec();
        }
        differs
    }

    /// Whether they know otherwise of somebody's being online. From now on they know this.
    fn is_other_line(&mut self, friend: FriendId, online: bool) -> bool {
        if let Some(known) = self.friends.get_mut(&friend) {
            known.online = online;
        }
        if online { self.online.insert(friend) } else { self.online.remove(&friend) }
    }

    /// Whether a friend is online, if they know otherwise: because a page was opened or left, or because what the friend shows is another.
    pub(super) fn line(
        &mut self,
        board: &Board,
        viewer: &Viewer,
        friend: FriendId,
        now: Timestamp,
    ) -> Option<Change> {
        let owner = board.friends.get(&friend).filter(|owner| viewer.may_see(&owner.friend))?;
        let online = Sight::new(board, viewer).online(owner, now);
        self.is_other_line(friend, online).then_some(Change::Online(friend, online))
    }

    /// The same of everybody who is online, or was.
    pub(super) fn lines(&mut self, board: &Board, viewer: &Viewer, now: Timestamp) -> Vec<Change> {
        let mut concerned = board.online.all(now);
        concerned.extend(&self.online);
        concerned.into_iter().filter_map(|friend| self.line(board, viewer, friend, now)).collect()
    }

    /// Whether a bot is connected, if they know otherwise.
    pub(super) fn bot(
        &mut self,
        board: &Board,
        viewer: &Viewer,
        bot: BotId,
        now: Timestamp,
    ) -> Option<Change> {
        let known = board.bots.iter().find(|known| known.id == bot)?;
        let connected = Sight::new(board, viewer).bot(known, now)?.connected;
        let differs = if connected { self.connected.insert(bot) } else { self.connected.remove(&bot) };
        differs.then_some(Change::BotConnected(bot, connected))
    }

    /// The same of every bot that is connected, or was.
    pub(super) fn bots(&mut self, board: &Board, viewer: &Viewer, now: Timestamp) -> Vec<Change> {
        let mut concerned = board.connected.all(now);
        concerned.extend(&self.connected);
        concerned.into_iter().filter_map(|bot| self.bot(board, viewer, bot, now)).collect()
    }

    /// Who of some is another one than they know of, because they may see other regions than before, or the hour is another.
    pub(super) fn catch_up(
        &mut self,
        board: &Board,
        viewer: &Viewer,
        now: Timestamp,
        may_differ: impl Fn(&OnBoard) -> bool,
    ) -> Vec<Change> {
        let sight = Sight::new(board, viewer);
        let friends = board.friends.values().filter(|on_board| may_differ(on_board));
        friends
            .filter(|on_board| viewer.may_see(&on_board.friend))
            .filter_map(|on_board| {
                let (friend, showing) = (on_board.friend.id, sight.showing(on_board, now));
                if showing.is_everything() {
                    let stays = sight.stays(&showing, &on_board.stays, now);
                    self.differs(friend, &stays).then_some(Change::Stays(friend, stays))
                } else {
                    let live = sight.friend(on_board, now);
                    self.is_news(&live).then(|| Change::Friend(Box::new(live)))
                }
            })
            .collect()
    }

    /// A friend who said something about who sees what.
    pub(super) fn see_anew(
        &mut self,
        board: &Board,
        viewer: &Viewer,
        friend: FriendId,
        now: Timestamp,
    ) -> Option<Change> {
        let on_board = board.friends.get(&friend).filter(|on_board| viewer.may_see(&on_board.friend))?;
        let sight = Sight::new(board, viewer);
        let live = sight.friend(on_board, now);
        let is_whole = sight.showing(on_board, now).is_everything();
        if is_whole && !self.friends.contains_key(&friend) {
            return None;
        }
        let is_news = self.is_news(&live);
        if is_whole {
            self.friends.remove(&friend);
        }
        is_news.then(|| Change::Friend(Box::new(live)))
    }
}
