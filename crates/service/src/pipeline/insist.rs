//! When a commit fails. A message is acknowledged after it is committed and not before, so there are two ways on:
//!
//! * The disk is full or slow, the database is locked or cannot be written: the same batch is tried again until it succeeds. Meanwhile
//!   the inbox fills, and the doors wait; those that cannot wait for ever go, and their message is dropped here: it comes again.
//! * The database refuses one of the rows: each message is tried alone, so that it does not fail its neighbours. The one that is
//!   refused is kept in the raw log with a verdict; otherwise its phone would send it for ever, and nothing behind it.
//!
//! When everything is to end, the first way is not gone for long: what is not committed then is not acknowledged.

use super::{Pipeline, Waiting};
use crate::{Error, Inbound, Receipt, command::Reply, hub::News, judge};
use std::{error::Error as _, time::Duration};

/// The pause before a commit is tried again: doubled each time, from the first to the last.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

impl Pipeline {
    /// Commits what waits, as many together as may be.
    pub(super) async fn take_in(&mut self, mut waiting: Waiting) {
        while !waiting.is_empty() {
            let later = waiting.split_off(self.without_surprise(&waiting));
            self.take_in_together(std::mem::replace(&mut waiting, later)).await;
        }
    }

    /// Commits messages in one transaction, however long it takes, and answers their doors.
    async fn take_in_together(&mut self, waiting: Waiting) {
        let (mut messages, mut replies) = still_there(waiting);
        if messages.is_empty() {
            return;
        }
        let mut pause = PAUSE.0;
        while !self.gave_up {
            match self.attempt(&messages).await {
                Ok(receipts) => {
                    if self.shared.writes.send_replace(true) {
                        tracing::debug!(messages = messages.len(), "committed");
                    } else {
                        tracing::info!("the database writes again");
                    }
                    for (reply, receipt) in replies.into_iter().zip(receipts) {
                        // A door that has gone away in the meantime finds the message committed when its phone sends it again.
                        let _gone = reply.send(Ok(receipt));
                    }
                    return;
                }
                Err(error) if is_about_data(&error) => return self.one_by_one(messages, replies).await,
                Err(error) => self.hold_on(&error, &mut pause).await,
            }
            (messages, replies) = still_there(messages.into_iter().zip(replies));
        }
        for reply in replies {
            let _gone = reply.send(Err(Error::Stopping));
        }
    }

    /// One attempt; without messages it only finds out whether the database writes.
    async fn attempt(&mut self, messages: &[Inbound]) -> Result<Vec<Receipt>, Error> {
        if messages.is_empty() {
            self.writer.try_out().await?;
            return Ok(vec![]);
        }
        self.commit(messages).await
    }

    /// Waits a little after a failure, unless everything is to end.
    async fn hold_on(&mut self, error: &Error, pause: &mut Duration) {
        if self.shared.writes.send_replace(false) {
            tracing::error!(%error, cause = ?error.source(), "the database does not write; nothing is acknowledged until it does");
        } else {
            tracing::debug!(%error, cause = ?error.source(), "the database still does not write");
        }
        let leaving = self.shared.leaving.run_until_cancelled(tokio::time::sleep(*pause)).await.is_none();
        *pause = (*pause * 2).min(PAUSE.1);
        if leaving {
            tracing::error!("ending while the database does not write; what waits is not acknowledged");
            self.gave_up = true;
        } else if let Err(error) = self.writer.reopen().await {
            tracing::debug!(%error, "the database cannot be opened anew");
        }
    }

    /// Commits each message alone, for the database refuses one of them.
    async fn one_by_one(&mut self, messages: Vec<Inbound>, replies: Vec<Reply<Receipt>>) {
        // The usual reason is that another process has removed what the board still shows.
        match self.load().await {
            Ok(()) => self.shared.hub.publish(News::Everything),
            Err(error) => tracing::debug!(%error, "what is known cannot be read afresh"),
        }
        for (inbound, reply) in messages.into_iter().zip(replies) {
            let done = match self.attempt(std::slice::from_ref(&inbound)).await {
                Err(error) if is_about_data(&error) => self.set_aside(&inbound, &error).await,
                done => done,
            };
            let _heard = match done {
                Ok(mut receipts) => reply.send(receipts.pop().ok_or(Error::Stopping)).is_ok(),
                Err(error) if is_about_data(&error) => reply.send(Err(error)).is_ok(),
                // The disk, now: it waits as any other.
                Err(_) => {
                    Box::pin(self.take_in_together(vec![(inbound, reply)])).await;
                    continue;
                }
            };
        }
    }

    /// Keeps a message in the raw log alone.
    async fn set_aside(&mut self, inbound: &Inbound, why: &Error) -> Result<Vec<Receipt>, Error> {
        tracing::error!(%why, cause = ?why.source(), "a message is kept in the raw log alone");
        let mut batch = judge::set_aside(&self.shared.board(), inbound);
        self.store(&mut batch).await?;
        Ok(self.receipts(batch))
    }
}

/// Those whose door still waits. The others come again, so they are not stored twice.
fn still_there(
    waiting: impl IntoIterator<Item = (Inbound, Reply<Receipt>)>,
) -> (Vec<Inbound>, Vec<Reply<Receipt>>) {
    waiting.into_iter().filter(|(_, reply)| !reply.is_closed()).unzip()
}

/// Whether trying again would be in vain.
fn is_about_data(error: &Error) -> bool {
    matches!(error, Error::Store(error) if error.is_about_data())
}
