//! Messages between friends: to one of them, to a group, to who is here or around, or left at a region for who comes; and between a friend and a bot.
//!
//! What is said here is pure: what a text may be, how long a message lives, and to which thread it belongs for who reads it. Who may read one is
//! decided in [`crate::sharing`], as everything is.

use crate::{BotId, ChatId, FriendId, GroupId, Name, RegionId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a sender calls a message, of their own making: the same again is the same message.
pub type ClientId = Uuid;

/// To whom a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// To one friend.
    Person(FriendId),
    /// To everybody of a group.
    Group(GroupId),
    /// To who is in a region with the sender, when it is sent.
    Here,
    /// To who is in the sender's range, when it is sent.
    Around,
    /// Left at a region.
    Left {
        /// Where.
        region: RegionId,
        /// For whom; `None`: for whoever comes next.
        to: Option<FriendId>,
    },
    /// To a bot.
    Bot(BotId),
}

/// What belongs together, to one reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Thread {
    /// What they and another friend write to each other.
    Person(FriendId),
    /// What is written to a group.
    Group(GroupId),
    /// What is written by where people are: to here, to around, and left at regions.
    Places,
    /// What they and a bot write to each other.
    Bot(BotId),
}

/// What somebody wrote: 1 to 2,000 characters, trimmed; line breaks and tabs, and no other control characters. It is text, whatever it looks like.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChatText(String);

/// Why a text is no message. Reads as the end of a sentence: "text must not be empty".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChatTextError {
    /// Nothing but blanks.
    #[error("must not be empty")]
    Empty,
    /// More than [`ChatText::MOST_CHARS`] characters.
    #[error("must be at most {} characters long", ChatText::MOST_CHARS)]
    TooLong,
    /// A control character.
    #[error("must not contain control characters other than line breaks and tabs")]
    Control,
}

/// Why a message cannot live so long. Reads as the end of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeError {
    /// Too short, or too long.
    #[error("must be {} to {} seconds", Audience::LEAST_LIFE_S, Audience::MOST_LIFE_S)]
    Range,
    /// Others do not end by themselves, or not when their sender says.
    #[error("is only for messages to here and to around")]
    NotFleeting,
}

/// A message as one friend has it: its sender, or somebody who got it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Which.
    pub id: ChatId,
    /// What its sender called it; to its sender alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Who sent it; of what a bot wrote, the friend who got it.
    pub from: FriendId,
    /// The bot that wrote it; `None`: a friend did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_bot: Option<ByBot>,
    /// To whom it is.
    pub to: Audience,
    /// Where it belongs to this reader.
    pub thread: Thread,
    /// What it says.
    pub text: ChatText,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When this reader had it: by this it has its place in the thread. One that was left somewhere is of when its reader came.
    pub at: Timestamp,
    /// When it is gone; `None`: as long as messages are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// When a device of this reader had it; of who sent it, `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// When this reader had read it; of who sent it, `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// What became of it; to its sender alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<ChatDelivery>,
}

/// The bot that wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByBot {
    /// Which.
    pub id: BotId,
    /// What it is called.
    pub name: Name,
}

/// What became of a message for one friend, as its sender is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatDelivery {
    /// Who.
    pub friend: FriendId,
    /// When a device of theirs had it; `None`: not yet.
    pub delivered_at: Option<Timestamp>,
    /// When they had read it; `None`: not yet.
    pub read_at: Option<Timestamp>,
}

/// What a reader says of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// A device of theirs has them.
    Delivered,
    /// They have read them.
    Read,
}

impl Audience {
    /// The shortest that a message to here or around lives, seconds.
    pub const LEAST_LIFE_S: u32 = 5 * 60;
    /// The longest.
    pub const MOST_LIFE_S: u32 = 24 * 3600;
    /// How long one lives of which nobody said anything.
    pub const LIFE_S: u32 = 3600;
    /// How long one that was left at a region lives, milliseconds: 30 days.
    pub const LEFT_MS: i64 = 30 * 24 * 3_600_000;

    /// Whether such a message is for a moment alone.
    pub const fn is_fleeting(&self) -> bool {
        matches!(self, Self::Here | Self::Around)
    }

    /// The one friend who is named.
    pub const fn named(&self) -> Option<FriendId> {
        match self {
            Self::Person(friend) => Some(*friend),
            Self::Left { to, .. } => *to,
            Self::Group(_) | Self::Here | Self::Around | Self::Bot(_) => None,
        }
    }

    /// When such a message is gone; `None`: not by itself.
    ///
    /// # Errors
    /// [`LifeError`] where `lives_s` is out of range, or is not the sender's to say.
    pub fn ends_at(&self, sent_at: Timestamp, lives_s: Option<u32>) -> Result<Option<Timestamp>, LifeError> {
        match (self, lives_s) {
            (Self::Here | Self::Around, lives_s) => {
                let lives_s = lives_s.unwrap_or(Self::LIFE_S);
                let fits = (Self::LEAST_LIFE_S..=Self::MOST_LIFE_S).contains(&lives_s);
                let ends_at = sent_at.plus_millis(i64::from(lives_s) * 1000);
                fits.then_some(Some(ends_at)).ok_or(LifeError::Range)
            }
            (Self::Person(_) | Self::Group(_) | Self::Left { .. } | Self::Bot(_), Some(_)) => {
                Err(LifeError::NotFleeting)
            }
            (Self::Left { .. }, None) => Ok(Some(sent_at.plus_millis(Self::LEFT_MS))),
            (Self::Person(_) | Self::Group(_) | Self::Bot(_), None) => Ok(None),
        }
    }

    /// Where a message of somebody belongs to a reader of it.
    pub fn thread(&self, from: FriendId, reader: FriendId) -> Thread {
        match self {
            Self::Person(to) => Thread::Person(if reader == from { *to } else { from }),
            Self::Group(group) => Thread::Group(*group),
            Self::Here | Self::Around | Self::Left { .. } => Thread::Places,
            Self::Bot(bot) => Thread::Bot(*bot),
        }
    }
}

impl ChatText {
    /// The longest a message may be, in characters.
    pub const MOST_CHARS: usize = 2000;

    /// Checks what somebody wrote. Any line break is one character.
    ///
    /// # Errors
    /// [`ChatTextError`] when it is empty, too long, or holds control characters.
    pub fn new(text: &str) -> Result<Self, ChatTextError> {
        let text = text.trim().replace("\r\n", "\n").replace('\r', "\n");
        if text.is_empty() {
            return Err(ChatTextError::Empty);
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(ChatTextError::Control);
        }
        if text.chars().count() > Self::MOST_CHARS {
            return Err(ChatTextError::TooLong);
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ChatText {
    type Error = ChatTextError;

    fn try_from(text: String) -> Result<Self, ChatTextError> {
        Self::new(&text)
    }
}

impl From<ChatText> for String {
    fn from(text: ChatText) -> Self {
        text.0
    }
}

impl ChatMessage {
    /// Whether it is its reader's own.
    pub const fn is_own(&self) -> bool {
        self.client_id.is_some()
    }

    /// Whether its reader has it, and has not read it.
    pub const fn is_unread(&self) -> bool {
        !self.is_own() && self.read_at.is_none()
    }

    /// Whether it is gone.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|ends_at| ends_at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn friend(number: u128) -> FriendId {
        FriendId::new(Uuid::from_u128(number))
    }

    fn left(to: Option<FriendId>) -> Audience {
        Audience::Left { region: RegionId::new(Uuid::from_u128(9)), to }
    }

    #[rstest]
    #[case("", ChatTextError::Empty)]
    #[case(" \r\n\t ", ChatTextError::Empty)]
    #[case("a\u{0}b", ChatTextError::Control)]
    #[case("a\u{1b}[1m", ChatTextError::Control)]
    #[case("a\u{85}b", ChatTextError::Control)]
    #[case(&"ü".repeat(2001), ChatTextError::TooLong)]
    fn what_is_no_message_is_refused_with_its_reason(#[case] text: &str, #[case] why: ChatTextError) {
        assert_eq!(ChatText::new(text), Err(why));
        assert!(serde_json::from_value::<ChatText>(text.into()).is_err());
    }

    #[rstest]
    #[case(" bread! ", "bread!")]
    #[case("one\r\ntwo\rthree\n\tfour", "one\ntwo\nthree\n\tfour")]
    #[case("<b>no</b> https://example.org/?a=1&b=2", "<b>no</b> https://example.org/?a=1&b=2")]
    #[case(&"ü".repeat(2000), &"ü".repeat(2000))]
    fn a_text_stays_as_it_was_written(#[case] text: &str, #[case] kept: &str) {
        assert_eq!(ChatText::new(text).map(String::from), Ok(kept.to_owned()));
    }

    #[test]
    fn only_what_is_for_a_moment_ends_when_its_sender_says() {
        let after_s = |audience: Audience, lives_s: Option<u32>| {
            let ends_at = audience.ends_at(NOW, lives_s)?;
            Ok(ends_at.map(|ends_at| ends_at.millis_since(NOW) / 1000))
        };
        for fleeting in [Audience::Here, Audience::Around] {
            assert_eq!(after_s(fleeting, None), Ok(Some(3600)));
            assert_eq!(after_s(fleeting, Some(300)), Ok(Some(300)));
            assert_eq!(after_s(fleeting, Some(86_400)), Ok(Some(86_400)));
            for wrong in [0, 299, 86_401, u32::MAX] {
                assert_eq!(after_s(fleeting, Some(wrong)), Err(LifeError::Range), "{wrong}");
            }
        }
        assert_eq!(after_s(left(None), None), Ok(Some(30 * 86_400)));
        let (group, bot) = (GroupId::new(Uuid::from_u128(1)), BotId::new(Uuid::from_u128(1)));
        for lasting in [Audience::Person(friend(1)), Audience::Group(group), Audience::Bot(bot)] {
            assert_eq!(after_s(lasting, None), Ok(None));
            assert_eq!(after_s(lasting, Some(600)), Err(LifeError::NotFleeting));
        }
        assert_eq!(after_s(left(Some(friend(1))), Some(600)), Err(LifeError::NotFleeting));
    }

    #[test]
    fn two_who_write_to_each_other_have_the_same_messages_in_the_thread_of_the_other() {
        let (ann, ben) = (friend(1), friend(2));
        let to_ben = Audience::Person(ben);
        assert_eq!(to_ben.thread(ann, ann), Thread::Person(ben));
        assert_eq!(to_ben.thread(ann, ben), Thread::Person(ann));
        let bot = BotId::new(Uuid::from_u128(7));
        assert_eq!(Audience::Bot(bot).thread(ann, ann), Thread::Bot(bot));
        for by_place in [Audience::Here, Audience::Around, left(Some(ben))] {
            assert_eq!([ann, ben].map(|reader| by_place.thread(ann, reader)), [Thread::Places; 2]);
        }
        assert_eq!(
            (to_ben.named(), left(Some(ann)).named(), left(None).named()),
            (Some(ben), Some(ann), None)
        );
    }
}
