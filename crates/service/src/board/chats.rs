//! What of messages between friends has to be at hand: what is unread, what waits at regions, who wants nothing of whom, and when the next is over.

use super::Board;
use domain::{
    BotId, ChatId, FriendId, RegionId, Timestamp, Viewer,
    chat::{Audience, Thread},
};
use std::collections::{HashMap, HashSet, hash_map::Entry};
use store::{ChatGone, ChatRow, UnreadChat};

/// See above.
#[derive(Clone, Default)]
pub(crate) struct Chats {
    unread: HashMap<FriendId, HashMap<ChatId, Unread>>,
    waiting: HashMap<RegionId, Vec<WaitingChat>>,
    /// Where each of those waits.
    waits_at: HashMap<ChatId, RegionId>,
    /// Who wants nothing, and of whom.
    blocks: HashSet<(FriendId, FriendId)>,
    /// The same of bots.
    bot_blocks: HashSet<(FriendId, BotId)>,
    /// Nothing is over before.
    next_end: Option<Timestamp>,
}

/// A message that somebody has not read.
#[derive(Clone, Copy)]
struct Unread {
    from: FriendId,
    thread: Thread,
    ends_at: Option<Timestamp>,
}

/// A message that waits at a region.
#[derive(Clone, Debug)]
pub(crate) struct WaitingChat {
    pub(crate) id: ChatId,
    pub(crate) from: FriendId,
    /// For whom; `None`: for whoever comes next.
    pub(crate) to: Option<FriendId>,
    /// Who wanted nothing of its sender when it was left: for them it never is.
    pub(crate) withheld: Vec<FriendId>,
    pub(crate) sent_at: Timestamp,
    pub(crate) ends_at: Option<Timestamp>,
}

impl Chats {
    /// As the store has it.
    pub(crate) fn new(
        unread: Vec<UnreadChat>,
        waiting: &[ChatRow],
        blocks: Vec<(FriendId, FriendId)>,
        bot_blocks: Vec<(FriendId, BotId)>,
        next_end: Option<Timestamp>,
    ) -> Self {
        let (blocks, bot_blocks) = (blocks.into_iter().collect(), bot_blocks.into_iter().collect());
        let mut chats = Self { blocks, bot_blocks, next_end, ..Self::default() };
        for UnreadChat { id, friend, from, thread, ends_at } in unread {
            chats.unread.entry(friend).or_default().insert(id, Unread { from, thread, ends_at });
        }
        for row in waiting {
            chats.await_friend(row);
        }
        chats
    }

    /// A message is new, or something became of it.
    pub(crate) fn take_up(&mut self, row: &ChatRow) {
        for one in &row.deliveries {
            let unread = self.unread.entry(one.friend).or_default();
            if one.place.is_some() && one.read_at.is_none() {
                let thread = row.thread(one.friend);
                unread.insert(row.id, Unread { from: row.from, thread, ends_at: row.ends_at });
            } else {
                unread.remove(&row.id);
            }
        }
        self.await_nobody(row.id);
        if row.deliveries.iter().all(|one| one.place.is_none() && one.came_at.is_none()) {
            self.await_friend(row);
        }
        self.next_end = self.next_end.into_iter().chain(row.ends_at).min();
    }

    /// A message is gone.
    pub(crate) fn drop(&mut self, gone: &ChatGone) {
        for friend in &gone.friends {
            self.hide(gone.id, *friend);
        }
        self.await_nobody(gone.id);
    }

    /// A message is not a friend's any more.
    pub(crate) fn hide(&mut self, chat: ChatId, friend: FriendId) {
        if let Some(unread) = self.unread.get_mut(&friend) {
            unread.remove(&chat);
        }
    }

    fn await_friend(&mut self, row: &ChatRow) {
        if let Audience::Left { region, to } = row.to {
            let withheld = row.deliveries.iter().map(|one| one.friend).collect();
            let ChatRow { id, from, sent_at, ends_at, .. } = *row;
            let waiting = WaitingChat { id, from, to, withheld, sent_at, ends_at };
            self.waiting.entry(region).or_default().push(waiting);
            self.waits_at.insert(row.id, region);
        }
    }

    fn await_nobody(&mut self, chat: ChatId) {
        let Some(region) = self.waits_at.remove(&chat) else { return };
        if let Entry::Occupied(mut waiting) = self.waiting.entry(region) {
            waiting.get_mut().retain(|one| one.id != chat);
            if waiting.get().is_empty() {
                waiting.remove();
            }
        }
    }

    /// What waits at a region, in the order in which it was left.
    pub(crate) fn waiting_at(&self, region: RegionId) -> &[WaitingChat] {
        self.waiting.get(&region).map_or(&[], Vec::as_slice)
    }

    /// How many messages of a friend wait, wherever that is.
    pub(crate) fn count_waiting_of(&self, from: FriendId) -> usize {
        self.waiting.values().flatten().filter(|one| one.from == from).count()
    }

    /// Whether anything waits anywhere.
    pub(crate) fn is_anything_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether a friend wants nothing of another one.
    pub(crate) fn is_blocked(&self, friend: FriendId, other: FriendId) -> bool {
        self.blocks.contains(&(friend, other))
    }

    /// Of whom a friend wants nothing.
    pub(crate) fn blocked_by(&self, friend: FriendId) -> impl Iterator<Item = FriendId> {
        self.blocks.iter().filter(move |(by, _)| *by == friend).map(|(_, other)| *other)
    }

    /// Who wants nothing of a friend.
    pub(crate) fn blockers_of(&self, other: FriendId) -> impl Iterator<Item = FriendId> {
        self.blocks.iter().filter(move |(_, of)| *of == other).map(|(by, _)| *by)
    }

    pub(crate) fn block(&mut self, friend: FriendId, other: FriendId) {
        self.blocks.insert((friend, other));
    }

    pub(crate) fn unblock(&mut self, friend: FriendId, other: FriendId) {
        self.blocks.remove(&(friend, other));
    }

    /// Whether a friend wants nothing of a bot.
    pub(crate) fn is_bot_blocked(&self, friend: FriendId, bot: BotId) -> bool {
        self.bot_blocks.contains(&(friend, bot))
    }

    pub(crate) fn block_bot(&mut self, friend: FriendId, bot: BotId) {
        self.bot_blocks.insert((friend, bot));
    }

    pub(crate) fn unblock_bot(&mut self, friend: FriendId, bot: BotId) {
        self.bot_blocks.remove(&(friend, bot));
    }

    /// Whether something may be over.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.next_end.is_some_and(|next_end| next_end <= now)
    }

    /// Nothing is over before this.
    pub(crate) fn set_next_end(&mut self, next_end: Option<Timestamp>) {
        self.next_end = next_end;
    }
}

impl Board {
    /// How many messages a viewer has not read, by thread; of those that they may see now.
    pub(crate) fn unread(&self, viewer: &Viewer, now: Timestamp) -> HashMap<Thread, u32> {
        let mut counts = HashMap::new();
        let Viewer::Friend { friend, .. } = viewer else { return counts };
        let sees = |id: FriendId| self.friends.get(&id).is_some_and(|owner| viewer.may_see(&owner.friend));
        let is_open = |thread: Thread| match thread {
            Thread::Group(group) => viewer.is_of(group),
            Thread::Person(_) | Thread::Places => true,
            Thread::Bot(bot) => self.knows_bot(viewer, bot),
        };
        for unread in self.chats.unread.get(friend).into_iter().flat_map(HashMap::values) {
            let is_over = unread.ends_at.is_some_and(|ends_at| ends_at <= now);
            if !is_over && sees(unread.from) && is_open(unread.thread) {
                *counts.entry(unread.thread).or_default() += 1;
            }
        }
        counts
    }

    /// Whether there is such a bot, and a viewer may know of it.
    pub(crate) fn knows_bot(&self, viewer: &Viewer, bot: BotId) -> bool {
        self.bots.iter().any(|known| known.id == bot && viewer.may_see_bots(known.group))
    }

    /// How many that are.
    pub(crate) fn unread_count(&self, viewer: &Viewer, now: Timestamp) -> u32 {
        self.unread(viewer, now).values().sum()
    }
}
