//! The way to the pipeline: one channel for messages and commands, so one task writes everything, in one order.

use crate::{
    Error, Service,
    command::{Command, Reply},
    inbound::{Inbound, Receipt},
};
use domain::Viewer;
use std::path::PathBuf;
use tokio::sync::oneshot;

/// What waits for the pipeline.
pub(crate) enum Request {
    /// A message, and where its receipt goes.
    Inbound(Inbound, Reply<Receipt>),
    /// A change.
    Command(Command),
}

/// Lets only admins pass.
pub(crate) fn admin(by: &Viewer) -> Result<(), Error> {
    if by.is_admin() { Ok(()) } else { Err(Error::Forbidden) }
}

impl Service {
    /// Hands a message in. Returns once it is committed; waits while the pipeline is full.
    ///
    /// # Errors
    /// When it is not committed: do not acknowledge it.
    pub async fn submit(&self, inbound: Inbound) -> Result<Receipt, Error> {
        let (reply, receipt) = oneshot::channel();
        let request = Request::Inbound(inbound, reply);
        self.shared.inbox.send(request).await.map_err(|_closed| Error::Stopping)?;
        receipt.await.unwrap_or(Err(Error::Stopping))
    }

    /// Sends a command and waits for its answer.
    pub(crate) async fn command<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.shared.inbox.send(Request::Command(command(reply))).await.map_err(|_closed| Error::Stopping)?;
        answer.await.unwrap_or(Err(Error::Stopping))
    }

    /// Takes up what another process (a command at the terminal) may have written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.command(|reply| Command::Refresh { reply }).await
    }

    /// Writes a consistent copy of everything to a new file.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; when the file is there already or cannot be written.
    pub async fn back_up(&self, by: &Viewer, to: PathBuf) -> Result<(), Error> {
        admin(by)?;
        self.command(|reply| Command::BackUp { to, reply }).await
    }
}
