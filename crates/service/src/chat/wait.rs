//! Waiting for messages, for programs that keep no line open: what came after a place, in order, or as soon as something comes.
//!
//! The place is the friend's own count: it tells nothing of others. Whoever comes with one gets what follows; without one they get what no device of
//! theirs has. To wait changes nothing: that they have what came before they say by [`Service::had_chat`].

use super::{MOST_IDS, view};
use crate::{Error, Page, Service, hub::News};
use domain::{
    ChatId, FriendId, Viewer,
    chat::{ChatMessage, Confirm},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep_until},
};

/// How many messages are told at once.
const AT_ONCE: u32 = 100;
/// How often one friend may wait at once.
const MOST_WAITING: usize = 8;
/// When it is worth to ask again for who waits too often, seconds.
const ASK_AGAIN_S: u32 = 10;

/// How often each friend waits right now; clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Waiters(Arc<Mutex<HashMap<FriendId, usize>>>);

/// Somebody who waits; dropped, they do no more.
struct Waiter {
    waiters: Waiters,
    friend: FriendId,
}

impl Waiters {
    /// Counts somebody who waits.
    fn admit(&self, friend: FriendId) -> Result<Waiter, Error> {
        let mut waiting = self.waiting();
        let count = waiting.entry(friend).or_default();
        if *count >= MOST_WAITING {
            return Err(Error::Busy { retry_after_s: ASK_AGAIN_S });
        }
        *count += 1;
        drop(waiting);
        Ok(Waiter { waiters: self.clone(), friend })
    }

    // Nothing that panics happens under the lock.
    fn waiting(&self) -> MutexGuard<'_, HashMap<FriendId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut waiting = self.waiters.waiting();
        if let Some(count) = waiting.get_mut(&self.friend) {
            *count = count.saturating_sub(1);
        }
        waiting.retain(|_, count| *count > 0);
    }
}

impl Service {
    /// What a friend got after a place, oldest first, with where to go on; waits for something if there is nothing. `after` is what was answered
    /// before.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is a friend who can sign in; [`Error::Invalid`] for `after`; [`Error::Busy`] when they wait too often at once; when
    /// the database fails.
    pub async fn wait_chat(
        &self,
        by: &Viewer,
        after: Option<&str>,
        patience: Duration,
    ) -> Result<Page<ChatMessage>, Error> {
        let friend = self.writes_chat(by)?;
        let after = after.map(place).transpose()?;
        let waiter = (!patience.is_zero()).then(|| self.shared.waiters.admit(friend));
        let _waiter = waiter.transpose()?;
        let (deadline, mut news) = (Instant::now() + patience, self.shared.hub.subscribe());
        let last = self.shared.reader.chat_place(friend).await?;
        // One that is further on is of a database that was put back since: nothing is left out for that.
        let mut after = after.filter(|place| *place <= last);
        loop {
            let (items, next) = self.came(by, friend, after).await?;
            let is_news = items.is_empty() && self.something_came(&mut news, friend, deadline).await?;
            if !is_news {
                return Ok(Page { items, next: Some(next.to_string()) });
            }
            // What came meanwhile and is not for their eyes is behind them.
            after = after.map(|_| next);
        }
    }

    /// Takes down that a device of a friend has what they got up to a place, which is what was answered before. What they may not see now they were not
    /// given: that does not count.
    ///
    /// # Errors
    /// As [`Self::wait_chat`].
    pub async fn had_chat(&self, by: &Viewer, after: &str) -> Result<(), Error> {
        let (friend, place) = (self.writes_chat(by)?, place(after)?);
        let reader = &self.shared.reader;
        if place > reader.chat_place(friend).await? {
            return Ok(());
        }
        let found = reader.undelivered_chats(friend, place, MOST_IDS).await?;
        if found.is_empty() {
            return Ok(());
        }
        let rows = reader.chats(&found).await?;
        let had: Vec<ChatId> = {
            let (board, now) = (self.shared.board(), self.shared.now());
            let viewer = board.renewed(by);
            let seen = rows.iter().filter(|row| view(&board, &viewer, row, now).is_some());
            seen.map(|row| row.id).collect()
        };
        self.confirm(by, had, Confirm::Delivered).await
    }

    /// What a friend got after a place and may see, and the place to go on from.
    async fn came(
        &self,
        by: &Viewer,
        friend: FriendId,
        after: Option<i64>,
    ) -> Result<(Vec<ChatMessage>, i64), Error> {
        let reader = &self.shared.reader;
        let last = reader.chat_place(friend).await?;
        let found = reader.chats_after(friend, after, AT_ONCE).await?;
        let end = found.last().map_or(0, |(place, _)| *place);
        let is_all = u32::try_from(found.len()).is_ok_and(|count| count < AT_ONCE);
        let next = if is_all { end.max(last) } else { end };
        let ids: Vec<ChatId> = found.into_iter().map(|(_, id)| id).collect();
        let rows = reader.chats(&ids).await?;
        let (board, now) = (self.shared.board(), self.shared.now());
        let viewer = board.renewed(by);
        Ok((rows.iter().filter_map(|row| view(&board, &viewer, row, now)).collect(), next))
    }

    /// Waits for something that may be a message for a friend. False when the time is over, everything is to end, or sessions have: whoever asks again is
    /// looked at again.
    async fn something_came(
        &self,
        news: &mut Receiver<News>,
        friend: FriendId,
        deadline: Instant,
    ) -> Result<bool, Error> {
        loop {
            let told = tokio::select! {
                told = news.recv() => told,
                () = sleep_until(deadline) => return Ok(false),
                () = self.shared.leaving.cancelled() => return Ok(false),
            };
            match told {
                Ok(News::Chat(news)) if news.iter().any(|one| one.to.contains(&friend)) => return Ok(true),
                Ok(News::Everything) | Err(RecvError::Lagged(_)) => return Ok(true),
                Ok(News::Sessions) => return Ok(false),
                Ok(
                    News::Alert(..)
                    | News::Bot(_)
                    | News::Chat(_)
                    | News::Changes(_)
                    | News::Sharing(_)
                    | News::Range(_)
                    | News::Online(_),
                ) => {}
                Err(RecvError::Closed) => return Err(Error::Stopping),
            }
        }
    }
}

/// A place, as it was given.
fn place(text: &str) -> Result<i64, Error> {
    let place = text.parse::<i64>().ok().filter(|place| *place >= 0);
    place.ok_or_else(|| Error::invalid("after", "is not one that this server gave"))
}
