//! Archives: the raw log goes elsewhere too, in batches, at least once.
//!
//! Each archive is a task of its own. It reads what comes next, ships it, and only when that is confirmed notes how far it has come; a crash in
//! between ships the same again. Whatever fails is tried again later, with longer and longer pauses. Payloads are shipped, never logged.

#[cfg(feature = "dynamodb")]
mod dynamodb;
mod files;
mod line;

#[cfg(feature = "dynamodb")]
pub use dynamodb::DynamoDb;
pub use files::Files;

use anyhow::Context;
use service::{ArchivedMessage, Service};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How many messages are shipped together: a file may be large; of what a table with little throughput has, little is to be written again.
const TOGETHER_IN_A_FILE: u32 = 5000;
#[cfg(feature = "dynamodb")]
const TOGETHER_IN_A_TABLE: u32 = 500;
/// The first pause after a failure, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Where the raw log goes.
pub enum Archive {
    /// Compressed files in a directory.
    Files(Files),
    /// A table of DynamoDB.
    #[cfg(feature = "dynamodb")]
    DynamoDb(DynamoDb),
}

impl Archive {
    /// What it is and where; by this name the database remembers how far it has come.
    pub fn name(&self) -> &str {
        match self {
            Self::Files(files) => files.name(),
            #[cfg(feature = "dynamodb")]
            Self::DynamoDb(table) => table.name(),
        }
    }

    /// How many messages are shipped together.
    fn together(&self) -> u32 {
        match self {
            Self::Files(_) => TOGETHER_IN_A_FILE,
            #[cfg(feature = "dynamodb")]
            Self::DynamoDb(_) => TOGETHER_IN_A_TABLE,
        }
    }

    /// Ships messages; when this returns, they are kept there.
    async fn ship(&self, messages: Vec<ArchivedMessage>) -> anyhow::Result<()> {
        match self {
            Self::Files(files) => files.ship(messages).await,
            #[cfg(feature = "dynamodb")]
            Self::DynamoDb(table) => table.ship(messages).await,
        }
    }

    /// Ships what there is, every so often, until `stop`.
    pub(crate) async fn run(self, service: Service, every: Duration, stop: CancellationToken) {
        let mut pause = PAUSE;
        let mut failing = false;
        loop {
            let wait = match stop.run_until_cancelled(self.catch_up(&service)).await {
                None => return,
                Some(Ok(())) => {
                    if std::mem::take(&mut failing) {
                        tracing::info!(archive = self.name(), "the archive goes on");
                    }
                    pause = PAUSE;
                    every
                }
                Some(Err(error)) => {
                    failing = true;
                    let (archive, error) = (self.name(), format!("{error:#}"));
                    tracing::warn!(archive, error, pause_s = pause.as_secs(), "the archive is behind");
                    let now = pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    now
                }
            };
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
        }
    }

    /// Ships everything that waits.
    async fn catch_up(&self, service: &Service) -> anyhow::Result<()> {
        loop {
            let messages = service.to_archive(self.name(), self.together()).await;
            let messages = messages.context("the log cannot be read")?;
            let Some(last) = messages.last().map(|message| message.id) else { return Ok(()) };
            let count = messages.len();
            self.ship(messages).await?;
            service.archived(self.name(), last).await.context("how far it is cannot be noted")?;
            tracing::debug!(archive = self.name(), count, "shipped");
        }
    }
}
