//! What friends wrote to a bot, as long as it may answer: for a program that did not listen then.

use crate::{
    Error, Page, Service,
    query::{page, readable},
};
use domain::{Bot, ChatId, Name, Timestamp, Viewer, chat::ChatText};

/// What a friend wrote to a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Which message.
    pub id: ChatId,
    /// Who wrote it, as they are called.
    pub friend: Name,
    /// What they wrote.
    pub text: ChatText,
    /// When.
    pub sent_at: Timestamp,
}

impl Service {
    /// What friends wrote to the bot that asks, as long as it may answer, newest first; at most so many, drawn into 1 to 200.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a bot that asks; [`Error::Invalid`] for `cursor`; when the database fails.
    pub async fn letters(
        &self,
        by: &Viewer,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<Letter>, Error> {
        let Viewer::Bot { bot, .. } = by else { return Err(Error::Forbidden) };
        let limit = limit.clamp(1, 200);
        let after = readable(cursor.map(|cursor| {
            let (at, id) = cursor.split_once('-')?;
            Some((Timestamp::from_millis(at.parse().ok()?), id.parse().ok()?))
        }))?;
        let since = self.shared.now().plus_millis(-Bot::ANSWER_MS);
        let found = self.shared.reader.bot_letters(*bot, since, after, limit.saturating_add(1)).await?;
        let cursor = |_: &[_], last: &store::BotLetter| format!("{}-{}", last.sent_at.as_millis(), last.id);
        let Page { items, next } = page(found, limit, cursor);
        let board = self.shared.board();
        // Who is of the group no more is unknown to it.
        let items = items.into_iter().filter_map(|letter| {
            let owner = board.friends.get(&letter.from).filter(|owner| by.may_see(&owner.friend))?;
            let store::BotLetter { id, text, sent_at, .. } = letter;
            Some(Letter { id, friend: owner.friend.name.clone(), text, sent_at })
        });
        Ok(Page { items: items.collect(), next })
    }
}
