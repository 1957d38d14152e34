//! The tokens of the JSON interface. Only hashes are kept.

use crate::{Error, Reader, SecretHash, Writer};
use domain::{FriendId, Timestamp, TokenId};
use uuid::Uuid;

/// A token to make.
pub struct NewToken<'a> {
    /// Which.
    pub id: TokenId,
    /// What for, in the maker's words.
    pub name: &'a str,
    /// Of it.
    pub hash: SecretHash,
    /// `read`, `write` or `admin`.
    pub scope: &'a str,
    /// Whose rights it has; `None` for the whole server.
    pub friend: Option<FriendId>,
    /// When.
    pub made_at: Timestamp,
}

/// A token that is known.
pub struct TokenRow {
    /// Which.
    pub id: TokenId,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
    /// What for, in the maker's words.
    pub name: String,
    /// `read`, `write` or `admin`.
    pub scope: String,
    /// Whose rights it has; `None` for the whole server.
    pub friend: Option<FriendId>,
}

/// A token that was made, without what it is itself.
pub struct MadeToken {
    /// Which.
    pub id: TokenId,
    /// What for, in the maker's words.
    pub name: String,
    /// `read`, `write` or `admin`.
    pub scope: String,
    /// Whose rights it has; `None` for the whole server.
    pub friend: Option<FriendId>,
    /// When.
    pub made_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

impl Writer {
    /// Keeps a token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_token(&mut self, new: NewToken<'_>) -> Result<(), Error> {
        let (id, friend, made_at) = (new.id.uuid(), new.friend.map(FriendId::uuid), new.made_at.as_millis());
        let hash = new.hash.as_bytes();
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO tokens (id, name, hash, scope, friend_id, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            id,
            new.name,
            hash,
            new.scope,
            friend,
            made_at
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Forgets tokens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_tokens(&mut self, tokens: &[TokenId]) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        for id in tokens.iter().map(|id| id.uuid()) {
            sqlx::query!("DELETE FROM tokens WHERE id = ?1", id).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}

impl Reader {
    /// The token with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token(&self, hash: &SecretHash) -> Result<Option<TokenRow>, Error> {
        let hash = hash.as_bytes();
        let row = sqlx::query!(
            r#"SELECT id AS "id: Uuid", name, scope, friend_id AS "friend_id: Uuid", used_at FROM tokens WHERE hash = ?1"#,
            hash
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| TokenRow {
            id: TokenId::new(row.id),
            used_at: row.used_at.map(Timestamp::from_millis),
            name: row.name,
            scope: row.scope,
            friend: row.friend_id.map(FriendId::new),
        }))
    }

    /// Every token that was made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self) -> Result<Vec<MadeToken>, Error> {
        let rows = sqlx::query!(
            r#"SELECT id AS "id: Uuid", name, scope, friend_id AS "friend_id: Uuid", made_at, used_at FROM tokens"#
        );
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        Ok(rows
            .map(|row| MadeToken {
                id: TokenId::new(row.id),
                name: row.name,
                scope: row.scope,
                friend: row.friend_id.map(FriendId::new),
                made_at: Timestamp::from_millis(row.made_at),
                used_at: row.used_at.map(Timestamp::from_millis),
            })
            .collect())
    }
}
