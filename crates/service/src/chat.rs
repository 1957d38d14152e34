//! Messages between friends, and from friends to bots: sending them, who gets them, reading, finding and deleting them, and whom one wants nothing of.
//!
//! Who gets a message is settled when it is sent; what was left at a region is given by the pipeline to who comes. Whoever reads one may read it by
//! what is so now (`chat/view`).

mod reach;
mod view;
mod wait;

pub(crate) use view::{tells_sender, view};
pub(crate) use wait::Waiters;

use crate::{
    Error, Page, Service,
    board::Board,
    command::{ChatCommand, Command},
    id,
    near::themself,
    query::{page, readable},
};
use domain::{
    BotId, ChatId, Friend, FriendId, GroupId, Timestamp, Viewer,
    chat::{Audience, ChatMessage, ChatText, ClientId, Confirm, Thread},
};
use std::collections::HashMap;
use store::{ChatRow, NewChat};

/// With whom somebody may have messages.
struct Known {
    seen: Vec<FriendId>,
    groups: Vec<GroupId>,
    bots: Vec<BotId>,
}

/// How many messages somebody may say something of at once.
const MOST_IDS: u32 = 500;
/// The longest that can be looked for, characters.
const MOST_SEARCH: usize = 100;

/// What somebody wants to send.
#[derive(Clone, Debug)]
pub struct ChatDraft {
    /// What they call it: the same again is the same message.
    pub client_id: ClientId,
    /// To whom.
    pub to: Audience,
    /// What it says.
    pub text: String,
    /// How long it lives, seconds: of what is to here or around alone; `None`: an hour.
    pub lives_s: Option<u32>,
}

/// A message that is stored.
#[derive(Clone, Debug)]
pub struct Sent {
    /// As its sender has it.
    pub message: ChatMessage,
    /// Whether it is new; else it was sent before.
    pub is_new: bool,
}

/// A thread, and how it stands.
#[derive(Clone, Debug)]
pub struct ThreadReport {
    /// Which.
    pub thread: Thread,
    /// Its newest message.
    pub newest: ChatMessage,
    /// How many of it are unread.
    pub unread: u32,
}

/// Which messages.
#[derive(Clone, Debug, Default)]
pub struct ChatQuery {
    /// Only of this thread.
    pub thread: Option<Thread>,
    /// Only those with this in them, however it is written; at most 100 characters.
    pub search: Option<String>,
    /// At most so many; drawn into 1 to 200.
    pub limit: u32,
    /// Where to go on.
    pub cursor: Option<String>,
}

impl Service {
    /// Sends a message. Returns once it is committed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless a friend sends it who can sign in; [`Error::Invalid`] for `text`, `lives_s`, `friend`, and `to` where nobody would
    /// get it or too many of theirs wait at regions; [`Error::NotFound`] for whom they may not know; [`Error::Conflict`] for `client_id` where another message is called so; [`Error::Busy`]
    /// when they send too often.
    pub async fn send(&self, by: &Viewer, draft: ChatDraft) -> Result<Sent, Error> {
        let from = self.writes_chat(by)?;
        let ChatDraft { client_id, to, text, lives_s } = draft;
        let text = ChatText::new(&text).map_err(|why| Error::invalid("text", why.to_string()))?;
        let sent_at = self.shared.now();
        let ends_at =
            to.ends_at(sent_at, lives_s).map_err(|why| Error::invalid("lives_s", why.to_string()))?;
        self.shared.guard.admit_chat(from)?;
        if let Some(known) = self.shared.reader.chat_called(from, client_id).await? {
            same(&known, &to, &text)?;
            return self.sent(by, &known, false);
        }
        let found: Vec<FriendId> = self.reach(by, &to)?.iter().map(|friend| friend.id).collect();
        let is_left = matches!(to, Audience::Left { .. });
        if found.is_empty() && !is_left && !matches!(to, Audience::Bot(_)) {
            return Err(Error::invalid("to", "reaches nobody at the moment"));
        }
        let reaches = if is_left { Vec::new() } else { found };
        let needed: Vec<FriendId> = reaches.iter().copied().chain(to.named()).chain([from]).collect();
        let (id, withheld) = (ChatId::new(id::new(sent_at)), Vec::new());
        let new = NewChat { id, client_id, from, to, text, sent_at, ends_at, reaches, withheld };
        let send = |reply| Command::Chat(ChatCommand::Send { new: Box::new(new), reply });
        let (row, is_new) = self.command_if(move |board| are_there(board, &needed, &to), send).await?;
        self.sent(by, &row, is_new)
    }

    fn sent(&self, by: &Viewer, row: &ChatRow, is_new: bool) -> Result<Sent, Error> {
        let now = self.shared.now();
        let message = view(&self.shared.board(), by, row, now).ok_or_else(gone)?;
        Ok(Sent { message, is_new })
    }

    /// Who would get a message now: of one that is left for whoever comes next, who could. It counts as a look at who is here or around.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn audience(&self, by: &Viewer, to: &Audience) -> Result<Vec<Friend>, Error> {
        self.writes_chat(by)?;
        self.reach(by, to)
    }

    /// The threads of a friend, the one with the newest message first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who can sign in; when the database fails.
    pub async fn threads(&self, by: &Viewer) -> Result<Vec<ThreadReport>, Error> {
        let (reader, now) = (self.writes_chat(by)?, self.shared.now());
        let Known { seen, groups, bots } = self.known_to(by);
        let ids = self.shared.reader.newest_chats(reader, &seen, &groups, &bots, now).await?;
        let rows = self.shared.reader.chats(&ids).await?;
        let board = self.shared.board();
        let unread: HashMap<Thread, u32> = board.unread(by, now);
        let report = |newest: ChatMessage| {
            let unread = unread.get(&newest.thread).copied().unwrap_or_default();
            ThreadReport { thread: newest.thread, newest, unread }
        };
        Ok(rows.iter().filter_map(|row| view(&board, by, row, now)).map(report).collect())
    }

    /// Messages that a friend sent or got, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a thread with whom they may not know; [`Error::Invalid`] for `search` and `cursor`; as [`Self::threads`].
    pub async fn chat(&self, by: &Viewer, query: &ChatQuery) -> Result<Page<ChatMessage>, Error> {
        let (reader, now) = (self.writes_chat(by)?, self.shared.now());
        self.knows_thread(by, query.thread)?;
        let words = query.search.as_deref().map(domain::fold).filter(|words| !words.is_empty());
        if words.as_ref().is_some_and(|words| words.chars().count() > MOST_SEARCH) {
            return Err(Error::invalid("search", format!("must be at most {MOST_SEARCH} characters long")));
        }
        let after = readable(query.cursor.as_deref().map(|cursor| {
            let (at, id) = cursor.split_once('-')?;
            Some((Timestamp::from_millis(at.parse().ok()?), id.parse::<ChatId>().ok()?))
        }))?;
        let Known { seen, groups, bots } = self.known_to(by);
        let limit = query.limit.clamp(1, 200);
        let asked = store::ChatQuery {
            reader,
            seen,
            groups,
            bots,
            thread: query.thread,
            words,
            after,
            now,
            limit: limit + 1,
        };
        let found = self.shared.reader.chat_ids(&asked).await?;
        let cursor = |_: &[_], last: &(ChatId, Timestamp)| format!("{}-{}", last.1.as_millis(), last.0);
        let Page { items, next } = page(found, limit, cursor);
        let ids: Vec<ChatId> = items.into_iter().map(|(id, _)| id).collect();
        let rows = self.shared.reader.chats(&ids).await?;
        let board = self.shared.board();
        let items = rows.iter().filter_map(|row| view(&board, by, row, now)).collect();
        Ok(Page { items, next })
    }

    /// All that a friend sent and got after one, going back in time, as far as they may see it.
    pub(crate) async fn own_chats(
        &self,
        by: &Viewer,
        reader: FriendId,
        after: Option<(Timestamp, ChatId)>,
        limit: u32,
    ) -> Result<(Vec<(ChatId, Timestamp)>, Vec<ChatMessage>), Error> {
        let Known { seen, groups, bots } = self.known_to(by);
        let (thread, words, now) = (None, None, self.shared.now());
        let asked = store::ChatQuery { reader, seen, groups, bots, thread, words, after, now, limit };
        let found = self.shared.reader.chat_ids(&asked).await?;
        let ids: Vec<ChatId> = found.iter().map(|(id, _)| *id).collect();
        let rows = self.shared.reader.chats(&ids).await?;
        let board = self.shared.board();
        Ok((found, rows.iter().filter_map(|row| view(&board, by, row, now)).collect()))
    }

    /// Takes down that a device of a friend has messages, or that they have read them. What is not theirs is left out.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `ids` when they are more than 500; as [`Self::threads`].
    pub async fn confirm(&self, by: &Viewer, ids: Vec<ChatId>, what: Confirm) -> Result<(), Error> {
        let friend = self.writes_chat(by)?;
        if u32::try_from(ids.len()).unwrap_or(u32::MAX) > MOST_IDS {
            return Err(Error::invalid("ids", format!("must be at most {MOST_IDS}")));
        }
        if ids.is_empty() {
            return Ok(());
        }
        self.command(|reply| ChatCommand::Confirm { friend, ids, what, reply }.into()).await
    }

    /// Deletes a message: who sent it for everybody, who got it for themself.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that is not theirs; as [`Self::threads`].
    pub async fn remove_chat(&self, by: &Viewer, chat: ChatId) -> Result<(), Error> {
        let friend = self.writes_chat(by)?;
        self.command(|reply| ChatCommand::Remove { friend, chat, reply }.into()).await
    }

    /// Of whom a friend wants no messages, by name.
    ///
    /// # Errors
    /// As [`Self::threads`].
    pub fn blocks(&self, by: &Viewer) -> Result<Vec<Friend>, Error> {
        let friend = self.writes_chat(by)?;
        let board = self.shared.board();
        let blocked = board.chats.blocked_by(friend).filter_map(|other| board.friends.get(&other));
        let seen = blocked.filter(|other| by.may_see(&other.friend));
        let mut seen: Vec<Friend> = seen.map(|other| other.friend.seen_by(by)).collect();
        seen.sort_by_cached_key(|friend| friend.name.key());
        Ok(seen)
    }

    /// Wants no messages of another friend from now on. They cannot tell: what they send counts as not delivered yet.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for oneself; as [`Self::threads`].
    pub async fn block(&self, by: &Viewer, other: FriendId) -> Result<(), Error> {
        let friend = self.writes_chat(by)?;
        self.knows_thread(by, Some(Thread::Person(other)))?;
        if friend == other {
            return Err(Error::invalid("friend", "must be somebody else"));
        }
        self.command(|reply| ChatCommand::Block { friend, other, reply }.into()).await
    }

    /// Wants messages of them again. What they sent meanwhile does not come.
    ///
    /// # Errors
    /// As [`Self::block`].
    pub async fn unblock(&self, by: &Viewer, other: FriendId) -> Result<(), Error> {
        let friend = self.writes_chat(by)?;
        self.knows_thread(by, Some(Thread::Person(other)))?;
        self.command(|reply| ChatCommand::Unblock { friend, other, reply }.into()).await
    }

    /// A friend who takes part: who can sign in, and is not made up.
    pub(crate) fn writes_chat(&self, by: &Viewer) -> Result<FriendId, Error> {
        let friend = themself(by)?;
        let board = self.shared.board();
        let owner = board.friends.get(&friend).filter(|owner| takes_part(&owner.friend));
        owner.map(|owner| owner.friend.id).ok_or(Error::Forbidden)
    }

    /// Whom a viewer sees, the groups that they are of, and the bots of these.
    fn known_to(&self, by: &Viewer) -> Known {
        let board = self.shared.board();
        let seen = board.friends.values().filter(|owner| by.may_see(&owner.friend));
        let groups = board.groups.keys().copied().filter(|group| by.is_of(*group));
        let bots = board.bots.iter().filter(|bot| by.may_see_bots(bot.group)).map(|bot| bot.id);
        let seen = seen.map(|owner| owner.friend.id).collect();
        Known { seen, groups: groups.collect(), bots: bots.collect() }
    }

    /// Whom one may not know has no thread.
    fn knows_thread(&self, by: &Viewer, thread: Option<Thread>) -> Result<(), Error> {
        match thread {
            None | Some(Thread::Places) => Ok(()),
            Some(Thread::Group(group)) if by.is_of(group) => Ok(()),
            Some(Thread::Group(_)) => Err(Error::NotFound("group")),
            Some(Thread::Bot(bot)) if self.shared.board().knows_bot(by, bot) => Ok(()),
            Some(Thread::Bot(_)) => Err(Error::NotFound("bot")),
            Some(Thread::Person(other)) => {
                let board = self.shared.board();
                let known = board.friends.get(&other).filter(|other| by.may_see(&other.friend));
                known.map(|_| ()).ok_or(Error::NotFound("friend"))
            }
        }
    }
}

/// Whether a friend sends and gets messages.
pub(crate) fn takes_part(friend: &Friend) -> bool {
    friend.role.is_some() && !friend.demo
}

/// Whether a message that somebody calls like one of theirs is that one.
pub(crate) fn same(known: &ChatRow, to: &Audience, text: &ChatText) -> Result<(), Error> {
    let is_same = known.to == *to && known.text == *text;
    is_same
        .then_some(())
        .ok_or_else(|| Error::Conflict { field: "client_id", why: "is that of another message".into() })
}

/// What somebody calls a message is spent with it.
pub(crate) fn gone() -> Error {
    Error::Conflict { field: "client_id", why: "is that of a message that is gone".into() }
}

/// Whether everybody is there yet whom a message has to do with.
fn are_there(board: &Board, friends: &[FriendId], to: &Audience) -> Result<(), Error> {
    if !friends.iter().all(|friend| board.friends.contains_key(friend)) {
        return Err(Error::NotFound("friend"));
    }
    match to {
        Audience::Group(group) if !board.groups.contains_key(group) => Err(Error::NotFound("group")),
        Audience::Bot(bot) if !board.bots.iter().any(|known| known.id == *bot) => Err(Error::NotFound("bot")),
        Audience::Group(_)
        | Audience::Bot(_)
        | Audience::Person(_)
        | Audience::Here
        | Audience::Around
        | Audience::Left { .. } => Ok(()),
    }
}
