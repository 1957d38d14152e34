//! A table of DynamoDB, by the crate of that name. Here messages get its words, and a table that will not do is told as a setting.

use super::line::about;
use crate::config::Mistake;
use ::dynamodb::{Error, Message, Table};
use service::ArchivedMessage;

/// An archive in a table.
pub struct DynamoDb {
    name: String,
    table: Table,
}

impl DynamoDb {
    /// Finds the table and looks at it. That it cannot be reached now is no reason not to start: the archive catches up later.
    ///
    /// # Errors
    /// When there is no region, no such table, or one with other keys.
    pub async fn open(table: &str, endpoint: Option<&str>) -> Result<Self, Mistake> {
        let wrong = |why: Error| Mistake::new("archive-dynamodb-table", table, why);
        let table = Table::find(table, endpoint).await.map_err(wrong)?;
        let name = format!("dynamodb {}", table.name());
        match table.check().await {
            Err(why) if why.is_definite() => return Err(wrong(why)),
            Err(error) => tracing::warn!(archive = name, %error, "the archive could not be looked at"),
            Ok(()) => {}
        }
        Ok(Self { name, table })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn ship(&self, messages: Vec<ArchivedMessage>) -> anyhow::Result<()> {
        let messages: Vec<_> = messages.into_iter().map(message).collect();
        Ok(self.table.write(&messages).await?)
    }
}

fn message(archived: ArchivedMessage) -> Message {
    Message {
        about: about(&archived),
        device_id: archived.device_id.map(|id| id.to_string()),
        received_at: archived.received_at.to_string(),
        id: archived.id,
        payload: archived.payload,
    }
}
