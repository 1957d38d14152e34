//! Groups that are called otherwise, and that are no more.

use crate::{Error, Reader, Writer, chat};
use domain::{GroupId, Name, Timestamp};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// How a group ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Only if nothing ever was in it.
    Unused,
    /// What was in it stays where it is, for nobody to see.
    Closed(Timestamp),
}

impl Writer {
    /// Calls a group otherwise; false when another is called so, or is in topics. In topics it stays what it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rename_group(&mut self, group: GroupId, name: &Name) -> Result<bool, Error> {
        let (id, key, name) = (group.uuid(), name.key(), name.as_str());
        let mut transaction = self.begin().await?;
        let renamed = sqlx::query!(
            "UPDATE groups SET level = ifnull(level, name), level_key = ifnull(level_key, name_key), name = ?2, name_key = ?3
             WHERE id = ?1 AND closed_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM groups WHERE id <> ?1 AND closed_at IS NULL AND (name_key = ?3 OR level_key = ?3))",
            id,
            name,
            key
        );
        if renamed.execute(&mut *transaction).await?.rows_affected() == 0 {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// A group is to be removed with everything in it; that it is goes on after a start, too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_closing(&mut self, group: GroupId, at: Timestamp) -> Result<(), Error> {
        let (id, at) = (group.uuid(), at.as_millis());
        let mut transaction = self.begin().await?;
        sqlx::query!("UPDATE groups SET closing_at = ?2 WHERE id = ?1 AND closed_at IS NULL", id, at)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// A group stays after all, with what is still in it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_up_closing(&mut self, group: GroupId) -> Result<(), Error> {
        let id = group.uuid();
        sqlx::query!("UPDATE groups SET closing_at = NULL WHERE id = ?1", id)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Removes a group of which nobody is; false when it has something that the ending does not allow.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_group(&mut self, group: GroupId, ending: Ending) -> Result<bool, Error> {
        let mut transaction = self.begin().await?;
        let done = match ending {
            Ending::Unused => remove(&mut transaction, group).await?,
            Ending::Closed(at) => close(&mut transaction, group, at).await?,
        };
        if done {
            transaction.commit().await?;
        }
        Ok(done)
    }
}

impl Reader {
    /// The groups that are to be removed with everything in them, and are not yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn closing_groups(&self) -> Result<Vec<GroupId>, Error> {
        let found = sqlx::query_scalar!(
            r#"SELECT id AS "id: Uuid" FROM groups WHERE closing_at IS NOT NULL AND closed_at IS NULL ORDER BY closing_at"#
        );
        Ok(found.fetch_all(&self.pool).await?.into_iter().map(GroupId::new).collect())
    }
}

/// The journal tells of what was in a group, and refers to it by a word alone.
async fn remove(connection: &mut SqliteConnection, group: GroupId) -> Result<bool, Error> {
    let (id, word) = (group.uuid(), group.uuid().to_string());
    sqlx::query!("DELETE FROM memberships WHERE group_id = ?1 AND until IS NOT NULL", id)
        .execute(&mut *connection)
        .await?;
    let removed = sqlx::query!(
        "DELETE FROM groups WHERE id = ?1
         AND NOT EXISTS (SELECT 1 FROM journal WHERE what IN ('region', 'sensor')
                           AND (instr(body, ?2) > 0 OR instr(body, replace(?2, '-', '')) > 0))",
        id,
        word
    );
    match removed.execute(connection).await {
        Ok(removed) => Ok(removed.rows_affected() > 0),
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn close(connection: &mut SqliteConnection, group: GroupId, at: Timestamp) -> Result<bool, Error> {
    let (id, word, at) = (group.uuid(), group.uuid().to_string(), at.as_millis());
    let closed = sqlx::query!(
        "UPDATE groups SET closed_at = ?2, level = ifnull(level, name), level_key = NULL, name = ?3, name_key = ?3
         WHERE id = ?1 AND closed_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM memberships WHERE group_id = ?1 AND until IS NULL)
           AND NOT EXISTS (SELECT 1 FROM regions WHERE group_id = ?1) AND NOT EXISTS (SELECT 1 FROM sensors WHERE group_id = ?1)
           AND NOT EXISTS (SELECT 1 FROM outlets WHERE group_id = ?1) AND NOT EXISTS (SELECT 1 FROM bots WHERE group_id = ?1)",
        id,
        at,
        word
    );
    let closed = closed.execute(&mut *connection).await?.rows_affected() > 0;
    sqlx::query!("DELETE FROM group_invitations WHERE group_id = ?1", id).execute(&mut *connection).await?;
    chat::drop_group(connection, id).await?;
    sqlx::query!(
        "UPDATE invitations SET revoked_at = ?2 WHERE group_id = ?1 AND used_at IS NULL AND revoked_at IS NULL",
        id,
        at
    )
    .execute(connection)
    .await?;
    Ok(closed)
}
