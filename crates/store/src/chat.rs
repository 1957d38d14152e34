//! Messages between friends.
//!
//! Whom a message went to is a row of `chat_deliveries` each. A row with a place is theirs; one without is for the sender's eyes alone: who has
//! blocked them, or has deleted the message for themself. What a bot wrote is a message to one friend, and belongs to them.

mod bots;
mod read;
mod write;

pub use bots::{BotLetter, BotPost, NewPost};
pub use read::{ChatQuery, UnreadChat};
pub(crate) use write::{arrive, drop_group, forget};

use crate::{Error, rows};
use domain::{
    BotId, ChatId, FriendId, GroupId, RegionId, Timestamp, TransitionId,
    chat::{Audience, ChatText, ClientId, Thread},
};
use uuid::Uuid;

/// A message that is to be stored.
#[derive(Clone, Debug)]
pub struct NewChat {
    /// Which.
    pub id: ChatId,
    /// What its sender calls it.
    pub client_id: ClientId,
    /// Who sends it.
    pub from: FriendId,
    /// To whom.
    pub to: Audience,
    /// What it says.
    pub text: ChatText,
    /// When.
    pub sent_at: Timestamp,
    /// When it is gone.
    pub ends_at: Option<Timestamp>,
    /// Who gets it.
    pub reaches: Vec<FriendId>,
    /// Who would, and wants nothing of the sender.
    pub withheld: Vec<FriendId>,
}

/// A message with all that became of it. For nobody's eyes as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRow {
    /// Which.
    pub id: ChatId,
    /// What its sender calls it; of what a bot wrote, its own identifier.
    pub client_id: ClientId,
    /// Who sent it; of what a bot wrote, the friend who got it.
    pub from: FriendId,
    /// The bot that wrote it; `None`: a friend did.
    pub by_bot: Option<BotId>,
    /// To whom.
    pub to: Audience,
    /// What it says.
    pub text: ChatText,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it is gone.
    pub ends_at: Option<Timestamp>,
    /// Whom it went to.
    pub deliveries: Vec<ChatDeliveryRow>,
}

/// What became of a message for one friend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatDeliveryRow {
    /// Who.
    pub friend: FriendId,
    /// Its place among all that they get; `None`: it is not theirs, or no more.
    pub place: Option<i64>,
    /// When it became theirs.
    pub at: Timestamp,
    /// When they came to where it was left.
    pub came_at: Option<Timestamp>,
    /// When a device of theirs had it.
    pub delivered_at: Option<Timestamp>,
    /// When they had read it.
    pub read_at: Option<Timestamp>,
}

/// Somebody comes to where a message was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatArrival {
    /// Which message.
    pub chat: ChatId,
    /// Who.
    pub friend: FriendId,
    /// By this entry of the history, which is committed with it.
    pub by: TransitionId,
    /// When they came.
    pub came_at: Timestamp,
    /// When that was learnt.
    pub at: Timestamp,
}

/// A message that is gone, and whose it was: its sender's first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatGone {
    /// Which.
    pub id: ChatId,
    /// Whose.
    pub friends: Vec<FriendId>,
}

impl ChatRow {
    /// What became of it for a friend whose it is.
    pub fn of(&self, friend: FriendId) -> Option<&ChatDeliveryRow> {
        self.deliveries.iter().find(|one| one.friend == friend && one.place.is_some())
    }

    /// Where it belongs to a reader of it.
    pub fn thread(&self, reader: FriendId) -> Thread {
        self.by_bot.map_or_else(|| self.to.thread(self.from, reader), Thread::Bot)
    }

    /// The bot that has to do with it.
    pub fn bot(&self) -> Option<BotId> {
        if let Audience::Bot(bot) = self.to { Some(bot) } else { self.by_bot }
    }
}

/// An audience as the columns have it.
struct Columns {
    word: &'static str,
    to: Option<Uuid>,
    group: Option<Uuid>,
    region: Option<Uuid>,
    bot: Option<Uuid>,
}

impl Columns {
    /// Of a message that a friend sends.
    fn of(to: &Audience, from: FriendId) -> Self {
        let named = to.named().map(FriendId::uuid);
        let bare = |word| Self { word, to: named, group: None, region: None, bot: None };
        match to {
            Audience::Person(_) => bare("person"),
            Audience::Group(group) => Self { group: Some(group.uuid()), ..bare("group") },
            Audience::Here => bare("here"),
            Audience::Around => bare("around"),
            Audience::Left { region, .. } => Self { region: Some(region.uuid()), ..bare("left") },
            Audience::Bot(bot) => Self { to: Some(from.uuid()), bot: Some(bot.uuid()), ..bare("person") },
        }
    }
}

/// The same, read. `bot` is the one to which a friend wrote.
fn audience(
    word: &str,
    to: Option<Uuid>,
    group: Option<Uuid>,
    region: Option<Uuid>,
    bot: Option<Uuid>,
) -> Result<Audience, Error> {
    let to = to.map(FriendId::new);
    match (word, to, group, region, bot) {
        ("person", _, _, _, Some(bot)) => Ok(Audience::Bot(BotId::new(bot))),
        ("person", Some(to), ..) => Ok(Audience::Person(to)),
        ("group", _, Some(group), ..) => Ok(Audience::Group(GroupId::new(group))),
        ("here", ..) => Ok(Audience::Here),
        ("around", ..) => Ok(Audience::Around),
        ("left", to, _, Some(region), _) => Ok(Audience::Left { region: RegionId::new(region), to }),
        _ => Err(Error::Inconsistent { table: "chats", why: format!("audience {word}") }),
    }
}

/// Identifiers as a query takes many of them.
fn simple(ids: impl Iterator<Item = Uuid>) -> String {
    rows::to_json(&ids.map(|id| id.simple().to_string()).collect::<Vec<_>>())
}
