//! What happened to one friend.

use crate::{Timestamp, Transition, chat::ChatMessage};
use serde::{Deserialize, Serialize};

/// Something that happened to a friend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiaryEntry {
    /// They came or went.
    Crossed(Transition),
    /// They sent or got a message.
    Chat(ChatMessage),
    /// The same, to who may not read it.
    Letter {
        /// When.
        at: Timestamp,
        /// Whether they sent it; else they got it.
        is_own: bool,
    },
}

impl DiaryEntry {
    /// When it happened.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Crossed(transition) => transition.at,
            Self::Chat(message) => message.at,
            Self::Letter { at, .. } => *at,
        }
    }
}
