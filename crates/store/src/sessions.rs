//! Who is signed in, and the tokens of the JSON interface. Only hashes are kept.

use crate::{Error, Reader, Writer, audit};
use domain::{FriendId, Timestamp, TokenId};
use sqlx::Connection;
use uuid::Uuid;

/// A session to begin.
pub struct NewSession<'a> {
    /// SHA-256 of the cookie.
    pub hash: &'a [u8],
    /// Whose.
    pub friend: FriendId,
    /// From.
    pub started_at: Timestamp,
    /// To.
    pub ends_at: Timestamp,
}

/// A session that is known.
pub struct SessionRow {
    /// Whose.
    pub friend: FriendId,
    /// To when.
    pub ends_at: Timestamp,
}

/// A token to make.
pub struct NewToken<'a> {
    /// Which.
    pub id: TokenId,
    /// What for, in the maker's words.
    pub name: &'a str,
    /// SHA-256 of it.
    pub hash: &'a [u8],
    /// `read`, `write` or `admin`.
    pub scope: &'a str,
    /// Whose rights it has; `None` for the whole server.
    pub friend: Option<FriendId>,
    /// When.
    pub made_at: Timestamp,
}

/// A token that is known.
pub struct TokenRow {
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
}

impl Writer {
    /// Begins a session, and forgets those that are over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&mut self, new: NewSession<'_>) -> Result<(), Error> {
        let (friend, started_at, ends_at) =
            (new.friend.uuid(), new.started_at.as_millis(), new.ends_at.as_millis());
        sqlx::query!("DELETE FROM sessions WHERE ends_at <= ?1", started_at)
            .execute(&mut self.connection)
            .await?;
        sqlx::query!(
            "INSERT INTO sessions (hash, friend_id, started_at, ends_at) VALUES (?1, ?2, ?3, ?4)",
            new.hash,
            friend,
            started_at,
            ends_at
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_session(&mut self, hash: &[u8]) -> Result<(), Error> {
        sqlx::query!("DELETE FROM sessions WHERE hash = ?1", hash).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Keeps a token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_token(&mut self, new: NewToken<'_>) -> Result<(), Error> {
        let (id, friend, made_at) = (new.id.uuid(), new.friend.map(FriendId::uuid), new.made_at.as_millis());
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query!(
            "INSERT INTO tokens (id, name, hash, scope, friend_id, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            id,
            new.name,
            new.hash,
            new.scope,
            friend,
            made_at
        )
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &self.staged).await?;
        transaction.commit().await?;
        self.staged.clear();
        Ok(())
    }

    /// Forgets tokens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_tokens(&mut self, tokens: &[TokenId]) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        for id in tokens.iter().map(|id| id.uuid()) {
            sqlx::query!("DELETE FROM tokens WHERE id = ?1", id).execute(&mut *transaction).await?;
        }
        audit::write(&mut transaction, &self.staged).await?;
        transaction.commit().await?;
        self.staged.clear();
        Ok(())
    }
}

impl Reader {
    /// The session with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, hash: &[u8]) -> Result<Option<SessionRow>, Error> {
        let row = sqlx::query!(
            r#"SELECT friend_id AS "friend_id: Uuid", ends_at FROM sessions WHERE hash = ?1"#,
            hash
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| SessionRow {
            friend: FriendId::new(row.friend_id),
            ends_at: Timestamp::from_millis(row.ends_at),
        }))
    }

    /// The token with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token(&self, hash: &[u8]) -> Result<Option<TokenRow>, Error> {
        let row = sqlx::query!(
            r#"SELECT name, scope, friend_id AS "friend_id: Uuid" FROM tokens WHERE hash = ?1"#,
            hash
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| TokenRow {
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
            r#"SELECT id AS "id: Uuid", name, scope, friend_id AS "friend_id: Uuid", made_at FROM tokens"#
        );
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        Ok(rows
            .map(|row| MadeToken {
                id: TokenId::new(row.id),
                name: row.name,
                scope: row.scope,
                friend: row.friend_id.map(FriendId::new),
                made_at: Timestamp::from_millis(row.made_at),
            })
            .collect())
    }
}
