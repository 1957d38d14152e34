//! What a script or a bot is told while it listens: one thing that happened, as its viewer may know it.

use crate::{
    ChatId, Name, RegionId, Shown, Spot, Timestamp,
    chat::{Audience, ChatText},
};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it was so: of a movement, when the position was taken; of a crossing, when it happened.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// How things are has to be asked for afresh; what comes after this is newer.
    Reset,
    /// A device of a friend was seen somewhere newer.
    Moved {
        /// Whose.
        friend: Name,
        /// Which of theirs.
        device: Name,
        /// Where, as the friend shows it.
        spot: Box<Spot>,
        /// How the friend is shown.
        shown: Shown,
    },
    /// A friend has a page open in a browser, as far as they show it.
    Online(Name),
    /// A friend has none open any more, or shows it no more.
    Offline(Name),
    /// A friend came into a region.
    Arrived(Crossing),
    /// A friend went out of a region.
    Departed(Crossing),
    /// A friend or a bot wrote a message, and who listens got it.
    Wrote(Box<Note>),
}

/// What a friend or a bot wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which message.
    pub id: ChatId,
    /// Who.
    pub from: Name,
    /// Whether that is a bot.
    pub by_bot: bool,
    /// To whom.
    pub to: Audience,
    /// What.
    pub text: ChatText,
}

/// Who came or went where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Who.
    pub friend: Name,
    /// Which region.
    pub region: RegionId,
    /// What it was called then.
    pub region_name: String,
}
