//! What changes about messages between friends.

use super::Reply;
use domain::{ChatId, FriendId, chat::Confirm};
use store::{ChatRow, NewChat};

/// What changes about messages between friends.
pub(crate) enum ChatCommand {
    /// Answers with the message as it is stored, and whether it is new: what its sender calls it is taken by one message alone.
    Send { new: Box<NewChat>, reply: Reply<(ChatRow, bool)> },
    /// A friend says something of messages that are theirs.
    Confirm { friend: FriendId, ids: Vec<ChatId>, what: Confirm, reply: Reply<()> },
    /// By its sender for everybody, by who got it for themself.
    Remove { friend: FriendId, chat: ChatId, reply: Reply<()> },
    /// A friend wants nothing of another one.
    Block { friend: FriendId, other: FriendId, reply: Reply<()> },
    /// A friend wants something of another one again.
    Unblock { friend: FriendId, other: FriendId, reply: Reply<()> },
}

impl From<ChatCommand> for super::Command {
    fn from(command: ChatCommand) -> Self {
        Self::Chat(command)
    }
}
