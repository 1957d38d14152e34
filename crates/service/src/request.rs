//! The way to the pipeline: one channel for messages and commands, so one task writes everything, in one order.

use crate::{
    Error, Service,
    audit::Deed,
    board::Board,
    command::{Command, Reply},
    inbound::{Inbound, Receipt},
};
use domain::{Act, Friend, GroupId, Viewer};
use std::{
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

/// How many bytes of messages may wait for the pipeline, whatever their number: phones may send a megabyte each.
pub(crate) const ROOM_BYTES: u32 = 64 << 20;

/// How often it is looked whether another process wrote, at the most: each look ends a batch, and strangers with wrong passwords make
/// us look.
const REFRESH_EVERY: Duration = Duration::from_millis(250);

/// What waits for the pipeline.
pub(crate) enum Request {
    /// A message, and where its receipt goes.
    Inbound(Inbound, Reply<Receipt>),
    /// A change, and whether somebody waits for it.
    Command(Command, Weak<()>),
}

/// Lets only admins of a group pass.
pub(crate) fn admin_of(by: &Viewer, group: GroupId) -> Result<(), Error> {
    if by.administers(group) { Ok(()) } else { Err(Error::Forbidden) }
}

/// Lets only those pass who are an admin of some group.
pub(crate) fn some_admin(by: &Viewer) -> Result<(), Error> {
    if by.administers_any() { Ok(()) } else { Err(Error::Forbidden) }
}

/// Lets only admins of the server pass.
pub(crate) fn server_admin(by: &Viewer) -> Result<(), Error> {
    if by.is_server_admin() { Ok(()) } else { Err(Error::Forbidden) }
}

/// Lets a friend pass about themself, and those who decide for them.
pub(crate) fn self_or_carer(by: &Viewer, friend: &Friend) -> Result<(), Error> {
    if by.is(friend.id) || by.looks_after(friend) { Ok(()) } else { Err(Error::Forbidden) }
}

impl Service {
    /// Hands a message in. Returns once it is committed; waits while the pipeline is full, and while the database does not write.
    /// Whoever drops this takes the message back, unless it is being committed right then.
    ///
    /// # Errors
    /// When it is not committed: do not acknowledge it.
    pub async fn submit(&self, inbound: Inbound) -> Result<Receipt, Error> {
        if self.comes_back(&inbound) {
            return Ok(Receipt { verdict: "from an outlet".into(), came_back: true });
        }
        let size = inbound.topic.len() + inbound.payload.len();
        let room = u32::try_from(size).unwrap_or(u32::MAX).clamp(1, ROOM_BYTES);
        let _room = self.shared.room.acquire_many(room).await.map_err(|_closed| Error::Stopping)?;
        let (reply, receipt) = oneshot::channel();
        let request = Request::Inbound(inbound, reply);
        self.shared.inbox.send(request).await.map_err(|_closed| Error::Stopping)?;
        receipt.await.unwrap_or(Err(Error::Stopping))
    }

    /// The same for a door that must answer: gives up after `patience`.
    ///
    /// # Errors
    /// As [`Self::submit`]; [`Error::NotWriting`] when it took too long.
    pub async fn submit_within(&self, patience: Duration, inbound: Inbound) -> Result<Receipt, Error> {
        timeout(patience, self.submit(inbound)).await.unwrap_or(Err(Error::NotWriting))
    }

    /// Whether the database did write when it was last asked to.
    pub fn writes(&self) -> bool {
        *self.shared.writes.borrow()
    }

    /// Everything is to end soon: from now on nobody waits for a database that does not write.
    pub fn leave(&self) {
        self.shared.leaving.cancel();
    }

    /// Sends a command and waits for its answer, unless the database does not write.
    pub(crate) async fn command<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let here = Arc::new(());
        let request = Request::Command(command(reply), Arc::downgrade(&here));
        let asking = async {
            self.shared.inbox.send(request).await.map_err(|_closed| Error::Stopping)?;
            answer.await.unwrap_or(Err(Error::Stopping))
        };
        let mut writes = self.shared.writes.subscribe();
        tokio::select! {
            biased;
            _ = writes.wait_for(|writes| !writes) => Err(Error::NotWriting),
            answer = asking => answer,
        }
    }

    /// Sends a command that is carried out only if what it was made for is still so then: of two who looked at the same thing at once, the
    /// second is told what is so now.
    pub(crate) async fn command_if<T>(
        &self,
        premise: impl FnOnce(&Board) -> Result<(), Error> + Send + 'static,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Error> {
        let (refused, mut why) = oneshot::channel();
        let premise = Box::new(premise);
        let done =
            self.command(|reply| Command::If { premise, refused, command: Box::new(command(reply)) }).await;
        why.try_recv().map_or(done, Err)
    }

    /// Takes up what another process (a command at the terminal) may have written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh(&self) -> Result<(), Error> {
        let asked_at = Instant::now();
        let mut last = self.shared.refreshed.lock().await;
        // Whoever waited while another asked afresh has got what they wanted.
        if last.is_some_and(|begun| begun > asked_at) {
            return Ok(());
        }
        if let Some(begun) = *last {
            tokio::time::sleep_until(begun + REFRESH_EVERY).await;
        }
        let begun = Instant::now();
        self.command(|reply| Command::Refresh { reply }).await?;
        *last = Some(begun);
        Ok(())
    }

    /// Writes a consistent copy of everything to a new file.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server; when the file is there already or cannot be written.
    pub async fn back_up(&self, by: &Viewer, to: PathBuf) -> Result<(), Error> {
        server_admin(by)?;
        self.command(|reply| Command::BackUp { to, reply }).await?;
        self.tell(by, Deed::new(Act::BackedUp, "everything")).await
    }
}
