//! Other ways to sign in: which friend an OIDC provider means.

use crate::{Error, Identity, Reader, Writer};
use domain::{FriendId, Timestamp};
use sqlx::SqliteConnection;
use uuid::Uuid;

impl Writer {
    /// Links what is staged; in place of another identity of that provider.
    ///
    /// # Errors
    /// When it is another friend's, or the database fails.
    pub async fn link_identity(&mut self) -> Result<(), Error> {
        self.begin().await?.commit().await
    }

    /// Forgets who a friend is for a provider.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unlink_identity(&mut self, friend: FriendId, issuer: &str) -> Result<(), Error> {
        let friend = friend.uuid();
        let mut transaction = self.begin().await?;
        sqlx::query!("DELETE FROM identities WHERE friend_id = ?1 AND issuer = ?2", friend, issuer)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}

/// Links an identity in the transaction of what it comes with.
pub(crate) async fn link(connection: &mut SqliteConnection, new: &Identity) -> Result<(), Error> {
    let (friend, linked_at) = (new.friend.uuid(), new.linked_at.as_millis());
    sqlx::query!("DELETE FROM identities WHERE friend_id = ?1 AND issuer = ?2", friend, new.issuer)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "INSERT INTO identities (issuer, subject, friend_id, linked_at) VALUES (?1, ?2, ?3, ?4)",
        new.issuer,
        new.subject,
        friend,
        linked_at
    )
    .execute(connection)
    .await
    .map_err(Error::unique("identity"))?;
    Ok(())
}

impl Reader {
    /// Which friend a provider means.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn friend_of(&self, issuer: &str, subject: &str) -> Result<Option<FriendId>, Error> {
        let found = sqlx::query_scalar!(
            r#"SELECT friend_id AS "friend_id: Uuid" FROM identities WHERE issuer = ?1 AND subject = ?2"#,
            issuer,
            subject
        );
        Ok(found.fetch_optional(&self.pool).await?.map(FriendId::new))
    }

    /// Since when a friend has an identity of that provider; `None` without one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn linked_at(&self, friend: FriendId, issuer: &str) -> Result<Option<Timestamp>, Error> {
        let friend = friend.uuid();
        let found = sqlx::query_scalar!(
            "SELECT linked_at FROM identities WHERE friend_id = ?1 AND issuer = ?2",
            friend,
            issuer
        );
        Ok(found.fetch_optional(&self.pool).await?.map(Timestamp::from_millis))
    }
}
