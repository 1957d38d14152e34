//! Up to where friends have looked at the history.

use crate::{Error, Reader, Writer};
use domain::{FriendId, Timestamp};

impl Writer {
    /// Keeps that a friend has seen what was learnt up to then. Never goes back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_look(&mut self, friend: FriendId, learnt_at: Timestamp) -> Result<(), Error> {
        let (friend, learnt_at) = (friend.uuid(), learnt_at.as_millis());
        sqlx::query!(
            "INSERT INTO looks (friend_id, learnt_at) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET learnt_at = max(learnt_at, excluded.learnt_at)",
            friend,
            learnt_at
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}

impl Reader {
    /// Up to when a friend has seen what was learnt; `None` when they never looked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&self, friend: FriendId) -> Result<Option<Timestamp>, Error> {
        let friend = friend.uuid();
        let learnt_at = sqlx::query_scalar!("SELECT learnt_at FROM looks WHERE friend_id = ?1", friend);
        Ok(learnt_at.fetch_optional(&self.pool).await?.map(Timestamp::from_millis))
    }
}
