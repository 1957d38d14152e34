//! What friends let others see.

use crate::{Error, Reader, Writer, rows};
use domain::{FriendId, Sharing};
use sqlx::SqliteConnection;
use uuid::Uuid;

impl Writer {
    /// Keeps what a friend lets others see, in place of what was before.
    ///
    /// # Errors
    /// When there is no such friend or the database fails.
    pub async fn put_sharing(&mut self, friend: FriendId, sharing: &Sharing) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        put(&mut transaction, friend, sharing).await?;
        transaction.commit().await
    }
}

pub(crate) async fn put(
    connection: &mut SqliteConnection,
    friend: FriendId,
    sharing: &Sharing,
) -> Result<(), Error> {
    let (friend, terms) = (friend.uuid(), rows::to_json(sharing));
    sqlx::query!(
        "INSERT INTO sharing (friend_id, terms) VALUES (?1, ?2)
         ON CONFLICT (friend_id) DO UPDATE SET terms = excluded.terms",
        friend,
        terms
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl Reader {
    /// What everybody lets others see. Whoever is missing shows nothing.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn sharings(&self) -> Result<Vec<(FriendId, Sharing)>, Error> {
        let found = sqlx::query!(r#"SELECT friend_id AS "friend_id: Uuid", terms FROM sharing"#)
            .fetch_all(&self.pool)
            .await?;
        let sharing = |terms: &str| rows::json("sharing", terms);
        found.into_iter().map(|row| Ok((FriendId::new(row.friend_id), sharing(&row.terms)?))).collect()
    }
}
