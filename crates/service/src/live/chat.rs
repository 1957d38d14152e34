//! Messages between friends on the live line: told to each session of who sent one and of who got it, and to nobody else; to a bot, what is to it.

use super::{Watch, told::Told};
use crate::{
    board::Board,
    chat,
    hub::{ChatNews, ChatTold},
};
use domain::{
    Timestamp, Viewer,
    chat::Audience,
    live::{Change, Delta},
};

impl Told {
    /// How many messages a viewer has not read, if that is another number than they know of.
    pub(super) fn unread(&mut self, board: &Board, viewer: &Viewer, now: Timestamp) -> Option<Change> {
        let unread = board.unread_count(viewer, now);
        let known = std::mem::replace(&mut self.unread, unread);
        (known != unread).then_some(Change::Unread(unread))
    }
}

impl Watch {
    /// Messages are new, or something became of them.
    pub(super) fn chat(&mut self, news: &[ChatNews]) -> Option<Delta> {
        let is_for_us = |one: &&ChatNews| match (&self.viewer, &one.what) {
            (Viewer::Bot { bot, .. }, ChatTold::Is(row)) => row.to == Audience::Bot(*bot),
            // Whose it was is known no more. It is not passed on to a bot: what it was told is found by it.
            (Viewer::Bot { .. }, ChatTold::Gone(_)) => true,
            _ => one.to.iter().any(|friend| self.viewer.is(*friend)),
        };
        let news: Vec<&ChatNews> = news.iter().filter(is_for_us).collect();
        if news.is_empty() {
            return None;
        }
        let now = self.now();
        let changes = {
            let board = self.service.shared.board();
            let told = news.into_iter().filter_map(|one| match &one.what {
                ChatTold::Is(row) => {
                    chat::view(&board, &self.viewer, row, now).map(|message| Change::Chat(Box::new(message)))
                }
                ChatTold::Gone(id) => Some(Change::ChatGone(*id)),
            });
            let told: Vec<Change> = told.collect();
            told.into_iter().chain(self.shown.unread(&board, &self.viewer, now)).collect::<Vec<_>>()
        };
        if changes.is_empty() {
            return None;
        }
        self.told = self.told.next();
        Some(Delta { seq: self.told, changes })
    }
}
