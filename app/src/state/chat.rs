//! The part of a thread that a page shows, and how news change it. Pure.

use super::ChatNews;
use crate::api::Page;
use domain::{
    ChatId, Timestamp,
    chat::{Audience, ChatMessage, Thread},
};

/// Messages of one thread, as many as were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShownThread {
    /// These, oldest first.
    pub messages: Vec<ChatMessage>,
    /// Where earlier ones start; `None`: there are none.
    pub earlier: Option<String>,
}

/// A message in its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Which.
    pub id: ChatId,
    /// The day that begins with it.
    pub day: Option<String>,
    /// Whether it is to be said who sent it: the one before is of somebody else, or of another day.
    pub is_headed: bool,
}

/// What became of a message that somebody sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits at a region, as far as they may know.
    Waits,
    /// It is stored, and no device of theirs has it.
    Sent,
    /// Devices of so many, of so many, have it.
    Delivered(usize, usize),
    /// So many, of so many, have read it.
    Read(usize, usize),
}

fn place(message: &ChatMessage) -> (Timestamp, ChatId) {
    (message.at, message.id)
}

impl ShownThread {
    /// What a question was answered with, newest first.
    pub fn of(page: Page<ChatMessage>) -> Self {
        let mut messages = page.items;
        messages.reverse();
        Self { messages, earlier: page.next }
    }

    /// Puts earlier messages before these.
    pub fn put_earlier(&mut self, page: Page<ChatMessage>) {
        let Self { mut messages, earlier } = Self::of(page);
        messages.retain(|message| self.get(message.id).is_none());
        messages.append(&mut self.messages);
        *self = Self { messages, earlier };
    }

    /// Takes the newest messages, asked for again. What was put before them stays, unless there may be others between.
    pub fn refresh(&mut self, page: Page<ChatMessage>) {
        let mut fresh = Self::of(page);
        let first = fresh.messages.first().filter(|_| fresh.earlier.is_some());
        let first = first.and_then(|first| self.get(first.id)).map(place);
        if let Some(first) = first {
            let mut messages = std::mem::take(&mut self.messages);
            messages.retain(|message| place(message) < first);
            if !messages.is_empty() {
                fresh.earlier = self.earlier.take();
            }
            messages.append(&mut fresh.messages);
            fresh.messages = messages;
        }
        *self = fresh;
    }

    /// Takes in news of a message. New ones only where `takes_new`: on a page that ends with the newest. True when something changed.
    pub fn hear(&mut self, thread: Thread, news: ChatNews, takes_new: bool) -> bool {
        match news {
            ChatNews::Gone(id) => {
                let before = self.messages.len();
                self.messages.retain(|message| message.id != id);
                self.messages.len() != before
            }
            ChatNews::Told(message) if message.thread != thread => false,
            ChatNews::Told(message) => {
                if let Some(known) = self.messages.iter_mut().find(|known| known.id == message.id) {
                    let differs = *known != *message;
                    *known = *message;
                    return differs;
                }
                let is_before = |first: &ChatMessage| place(&message) < place(first);
                // It comes with those before, when they are asked for.
                let is_earlier = self.earlier.is_some() && self.messages.first().is_none_or(is_before);
                if is_earlier || !takes_new {
                    return false;
                }
                let index = self.messages.partition_point(|known| place(known) < place(&message));
                self.messages.insert(index, *message);
                true
            }
        }
    }

    /// One of them.
    pub fn get(&self, id: ChatId) -> Option<&ChatMessage> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// Those that their reader has not read.
    pub fn unread(&self) -> Vec<ChatId> {
        self.messages.iter().filter(|message| message.is_unread()).map(|message| message.id).collect()
    }

    /// What is to be drawn, with the days as whoever looks counts them. What is over is left out.
    pub fn entries(&self, now: Timestamp, day: impl Fn(Timestamp) -> String) -> Vec<Entry> {
        let mut last = None;
        let shown = self.messages.iter().filter(|message| !message.is_over(now));
        let entries = shown.map(|message| {
            let day = day(message.at);
            let is_new_day = last.as_ref().is_none_or(|(known, _)| *known != day);
            let sender = (message.from, message.by_bot.as_ref().map(|bot| bot.id));
            let is_headed = is_new_day || last.as_ref().is_none_or(|(_, last)| *last != sender);
            last = Some((day.clone(), sender));
            Entry { id: message.id, day: is_new_day.then_some(day), is_headed }
        });
        entries.collect()
    }
}

impl Fate {
    /// What became of a message, as its sender is told.
    pub fn of(message: &ChatMessage) -> Self {
        let all = message.deliveries.len();
        let delivered = message.deliveries.iter().filter(|one| one.delivered_at.is_some()).count();
        let read = message.deliveries.iter().filter(|one| one.read_at.is_some()).count();
        match (&message.to, all, delivered, read) {
            (Audience::Left { .. }, 0, ..) => Self::Waits,
            (_, _, 0, 0) => Self::Sent,
            (_, _, _, 0) => Self::Delivered(delivered, all),
            _ => Self::Read(read, all),
        }
    }

    /// The same in words. Of one alone there is nothing to count.
    pub fn words(self) -> String {
        let counted = |word: &str, some: usize, all: usize, between: &str| {
            if some == all { word.to_owned() } else { format!("{word} {between} {some} of {all}") }
        };
        match self {
            Self::Waits => "Waits there".to_owned(),
            Self::Sent => "Sent".to_owned(),
            Self::Delivered(some, all) => counted("Delivered", some, all, "to"),
            Self::Read(some, all) => counted("Read", some, all, "by"),
        }
    }
}

#[cfg(test)]
mod tests;
