//! Messages between friends: stored, given to who comes to where they were left, confirmed, deleted, and gone when they are over.

use super::Pipeline;
use crate::{
    Error,
    board::{Board, WaitingChat},
    chat::{gone, same, takes_part, tells_sender},
    command::ChatCommand,
    hub::{Changes, ChatNews, ChatTold, News},
};
use domain::{
    ChatId, FriendId, GroupId, Kind, RegionId, RetentionClass, Timestamp,
    chat::{Audience, Confirm},
    live::Change,
};
use std::collections::HashMap;
use store::{Batch, ChatArrival, ChatGone, ChatRow, NewChat, Swept, Turn};

/// When it is tried again to delete what is over, milliseconds.
const LATER_MS: i64 = 60_000;
/// How many messages of one friend may wait at regions: whoever comes may get all that waits at once.
const MOST_LEFT: usize = 50;

impl Pipeline {
    /// Carries out one command. Answers whether somebody still waited for that.
    pub(super) async fn obey_about_chat(&mut self, command: ChatCommand) -> bool {
        match command {
            ChatCommand::Send { new, reply } => reply.send(self.send_chat(*new).await).is_ok(),
            ChatCommand::Confirm { friend, ids, what, reply } => {
                reply.send(self.confirm_chats(friend, &ids, what).await).is_ok()
            }
            ChatCommand::Remove { friend, chat, reply } => {
                reply.send(self.remove_chat(friend, chat).await).is_ok()
            }
            ChatCommand::Block { friend, other, reply } => {
                reply.send(self.block(friend, other).await).is_ok()
            }
            ChatCommand::Unblock { friend, other, reply } => {
                let done = self.writer.remove_block(friend, other).await.map_err(Error::from);
                if done.is_ok() {
                    self.shared.board_mut().chats.unblock(friend, other);
                }
                reply.send(done).is_ok()
            }
        }
    }

    /// Stores a message once: of two at the same moment that their sender calls alike, one.
    async fn send_chat(&mut self, mut new: NewChat) -> Result<(ChatRow, bool), Error> {
        if let Some(known) = self.shared.reader.chat_called(new.from, new.client_id).await? {
            same(&known, &new.to, &new.text)?;
            return Ok((known, false));
        }
        if self.shared.reader.is_spent(new.from, new.client_id).await? {
            return Err(gone());
        }
        {
            let board = self.shared.board();
            if let Audience::Left { to, .. } = new.to {
                if board.chats.count_waiting_of(new.from) >= MOST_LEFT {
                    let why = format!("cannot be a region: {MOST_LEFT} messages of yours wait already");
                    return Err(Error::invalid("to", why));
                }
                let unwilling = board.chats.blockers_of(new.from);
                new.withheld = unwilling.filter(|friend| to.is_none_or(|to| to == *friend)).collect();
            } else {
                let wanted = |friend: &FriendId| !board.chats.is_blocked(*friend, new.from);
                (new.reaches, new.withheld) = new.reaches.iter().partition(|friend| wanted(friend));
            }
        }
        self.writer.add_chat(&new).await?;
        let row = self.stored_chat(new.id).await?;
        let to = new.reaches.iter().copied().chain([new.from]).collect();
        self.tell_chats(vec![(row.clone(), to)]);
        Ok((row, true))
    }

    async fn confirm_chats(&mut self, friend: FriendId, ids: &[ChatId], what: Confirm) -> Result<(), Error> {
        let changed = self.writer.confirm_chats(friend, ids, what, self.shared.now()).await?;
        // In each of their sessions, and to who sent them, as far as these may know.
        let rows = self.shared.reader.chats(&changed).await?.into_iter();
        let told = rows.map(|row| {
            let to = self.concerned(&row, friend);
            (row, to)
        });
        self.tell_chats(told.collect());
        Ok(())
    }

    async fn remove_chat(&mut self, friend: FriendId, chat: ChatId) -> Result<(), Error> {
        let known = self.shared.reader.chats(&[chat]).await?.pop();
        let known = known.ok_or(Error::NotFound("message"))?;
        if known.from == friend {
            let gone = self.writer.remove_chat(chat, self.shared.now()).await?;
            self.sweep.soil();
            self.tell_gone(gone);
        } else if self.writer.hide_chat(chat, friend).await? {
            self.tell_gone(vec![ChatGone { id: chat, friends: vec![friend] }]);
        } else {
            return Err(Error::NotFound("message"));
        }
        Ok(())
    }

    async fn block(&mut self, friend: FriendId, other: FriendId) -> Result<(), Error> {
        self.writer.put_block(friend, other, self.shared.now()).await?;
        self.shared.board_mut().chats.block(friend, other);
        Ok(())
    }

    /// What somebody gets who comes to a region by these turns of the history, and is there by what holds after them.
    pub(super) fn arrivals(&self, turns: &[Turn], changes: &HashMap<GroupId, Changes>) -> Vec<ChatArrival> {
        let board = self.shared.board();
        if !board.chats.is_anything_waiting() {
            return Vec::new();
        }
        let at = self.shared.now();
        let mut arrivals = Vec::new();
        for turn in turns {
            let Turn::Learn(new) = turn else { continue };
            let came = &new.transition;
            // Evidence that is late may tell of a stay that is over.
            if came.kind != Kind::Enter || !is_in(&board, changes, came.friend, came.region) {
                continue;
            }
            // Of who was there already it may become known that they came at another time: they do not come by that to what was left since.
            let owner = board.friends.get(&came.friend);
            let was_there =
                owner.is_some_and(|owner| owner.stays.iter().any(|stay| stay.region == came.region));
            let left = board.chats.waiting_at(came.region).iter();
            let left = left.filter(|left| came.at >= left.sent_at || !was_there);
            let left = left.filter(|left| is_for(&board, left, came.friend, came.region, at));
            arrivals.extend(left.map(|left| ChatArrival {
                chat: left.id,
                friend: came.friend,
                by: came.id,
                came_at: came.at,
                at,
            }));
        }
        arrivals
    }

    /// Tells who has come what they were given, and who had left it, as far as these may know.
    pub(super) async fn tell_arrivals(&self, batch: &Batch) {
        let ids: Vec<ChatId> = batch.arrivals.iter().map(|arrival| arrival.chat).collect();
        if ids.is_empty() {
            return;
        }
        match self.shared.reader.chats(&ids).await {
            Ok(rows) => {
                let arrivals = batch.arrivals.iter();
                let came: HashMap<_, _> = arrivals.map(|arrival| (arrival.chat, arrival.friend)).collect();
                let told = rows.into_iter().filter_map(|row| {
                    let friend = *came.get(&row.id)?;
                    let to = self.concerned(&row, friend);
                    Some((row, to))
                });
                self.tell_chats(told.collect());
            }
            Err(error) => {
                // It is committed: pages find it when they look afresh.
                tracing::warn!(%error, "what was left somewhere is given and not told");
                self.shared.hub.publish(News::Everything);
            }
        }
    }

    /// Deletes what is over.
    pub(super) async fn end_chats(&mut self) {
        let now = self.shared.now();
        if !self.shared.board().chats.is_due(now) {
            return;
        }
        let next = match self.end_some(now).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "messages that are over are not deleted yet");
                Some(now.plus_millis(LATER_MS))
            }
        };
        self.shared.board_mut().chats.set_next_end(next);
    }

    async fn end_some(&mut self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let gone = self.writer.end_chats(now).await?;
        self.sweep.soil();
        self.tell_gone(gone);
        Ok(self.shared.reader.next_chat_end().await?)
    }

    /// Deletes messages that are older than they are kept, some at a time.
    pub(super) async fn sweep_chats(&mut self, before: Timestamp) -> Result<Swept, Error> {
        let (gone, more) = self.writer.sweep_chats(before, self.shared.now()).await?;
        let count = u64::try_from(gone.len()).unwrap_or(u64::MAX);
        self.tell_gone(gone);
        let rows = if count > 0 { vec![(RetentionClass::Chat, count)] } else { Vec::new() };
        Ok(Swept { rows, more })
    }

    async fn stored_chat(&self, chat: ChatId) -> Result<ChatRow, Error> {
        self.shared.reader.chats(&[chat]).await?.pop().ok_or(Error::NotFound("message"))
    }

    /// To whom it is told that something became of a message for a friend: to them, and to who sent it, if these may know.
    fn concerned(&self, row: &ChatRow, friend: FriendId) -> Vec<FriendId> {
        let board = self.shared.board();
        let sender = board.friends.get(&row.from).filter(|sender| {
            let one = row.of(friend);
            one.is_some_and(|one| tells_sender(&board, &sender.viewer(), row, one, self.shared.now()))
        });
        [friend].into_iter().chain(sender.map(|sender| sender.friend.id)).collect()
    }

    /// Takes messages up, and tells them; under one lock, so that whoever looks finds what they are told.
    pub(super) fn tell_chats(&self, rows: Vec<(ChatRow, Vec<FriendId>)>) {
        let mut board = self.shared.board_mut();
        for (row, _) in &rows {
            board.chats.take_up(row);
        }
        self.tell(rows.into_iter().map(|(row, to)| ChatNews { to, what: ChatTold::Is(row) }).collect());
    }

    /// The same of messages that are gone.
    pub(super) fn tell_gone(&self, gone: Vec<ChatGone>) {
        let mut board = self.shared.board_mut();
        for gone in &gone {
            board.chats.drop(gone);
        }
        let told = |gone: ChatGone| ChatNews { to: gone.friends, what: ChatTold::Gone(gone.id) };
        self.tell(gone.into_iter().map(told).collect());
    }

    fn tell(&self, news: Vec<ChatNews>) {
        if !news.is_empty() {
            self.shared.hub.publish(News::Chat(news.into()));
        }
    }
}

/// Whether a friend is in a region after changes that are not on the board yet.
fn is_in(board: &Board, changes: &HashMap<GroupId, Changes>, friend: FriendId, region: RegionId) -> bool {
    let news = changes.values().flat_map(|changes| &changes.news);
    let then = news.filter_map(|(_, change)| {
        let Change::Stays(of, stays) = change else { return None };
        Some(stays.as_slice()).filter(|_| *of == friend)
    });
    let then = then.last();
    let known = || board.friends.get(&friend).map(|owner| owner.stays.as_slice());
    then.or_else(known).is_some_and(|stays| stays.iter().any(|stay| stay.region == region))
}

/// Whether what waits at a region is for a friend who comes there.
fn is_for(board: &Board, left: &WaitingChat, friend: FriendId, region: RegionId, now: Timestamp) -> bool {
    let (Some(comes), Some(sender)) = (board.friends.get(&friend), board.friends.get(&left.from)) else {
        return false;
    };
    let viewer = comes.viewer();
    let may_know = viewer.may_see(&sender.friend)
        && board.region(region).is_some_and(|region| viewer.may_see_region(region));
    let is_over = left.ends_at.is_some_and(|ends_at| ends_at <= now);
    friend != left.from
        && left.to.is_none_or(|to| to == friend)
        && takes_part(&comes.friend)
        && may_know
        && !is_over
        && !board.chats.is_blocked(friend, left.from)
        && !left.withheld.contains(&friend)
}
