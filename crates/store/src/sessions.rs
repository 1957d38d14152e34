//! Who is signed in, and the tokens of the JSON interface. Only hashes are kept.

use crate::{Error, Reader, Writer, audit};
use domain::{FriendId, SessionId, Timestamp, TokenId};
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
    /// A handle that is no secret.
    pub id: SessionId,
    /// From which range of addresses.
    pub place: &'a str,
    /// With which browser, in words.
    pub browser: &'a str,
}

/// A session that is known.
pub struct SessionRow {
    /// Whose.
    pub friend: FriendId,
    /// To when.
    pub ends_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Timestamp,
    /// From which range of addresses it began.
    pub place: String,
    /// With which browser it began, in words.
    pub browser: String,
}

/// A session of a friend, as it is listed.
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// SHA-256 of the cookie.
    pub hash: Vec<u8>,
    /// From.
    pub started_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Timestamp,
    /// To.
    pub ends_at: Timestamp,
    /// From which range of addresses it began.
    pub place: String,
    /// With which browser it began, in words.
    pub browser: String,
}

/// Which of a friend's sessions are to end.
#[derive(Clone, Debug)]
pub enum SessionsEnded {
    /// This one.
    One(SessionId),
    /// All but the one with this hash.
    AllBut([u8; 32]),
    /// All.
    All,
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
    /// Begins a session, and forgets those that are over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&mut self, new: NewSession<'_>) -> Result<(), Error> {
        let (friend, started_at, ends_at) =
            (new.friend.uuid(), new.started_at.as_millis(), new.ends_at.as_millis());
        let id = new.id.uuid();
        sqlx::query!("DELETE FROM sessions WHERE ends_at <= ?1", started_at)
            .execute(&mut self.connection)
            .await?;
        sqlx::query!(
            "INSERT INTO sessions (hash, friend_id, started_at, ends_at, id, used_at, place, browser)
             VALUES (?1, ?2, ?3, ?4, ?5, ?3, ?6, ?7)",
            new.hash,
            friend,
            started_at,
            ends_at,
            id,
            new.place,
            new.browser
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

    /// Ends sessions of a friend.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions(&mut self, friend: FriendId, which: &SessionsEnded) -> Result<(), Error> {
        let friend = friend.uuid();
        let (one, but) = match which {
            SessionsEnded::One(id) => (Some(id.uuid()), None),
            SessionsEnded::AllBut(hash) => (None, Some(hash.as_slice())),
            SessionsEnded::All => (None, None),
        };
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query!(
            "DELETE FROM sessions WHERE friend_id = ?1 AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR hash <> ?3)",
            friend,
            one,
            but
        )
        .execute(&mut *transaction)
        .await?;
        audit::write(&mut transaction, &self.staged).await?;
        transaction.commit().await?;
        self.staged.clear();
        Ok(())
    }

    /// Keeps when sessions and tokens were last used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_used(
        &mut self,
        sessions: &[([u8; 32], Timestamp)],
        tokens: &[(TokenId, Timestamp)],
    ) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        for (hash, at) in sessions {
            let (hash, at) = (hash.as_slice(), at.as_millis());
            sqlx::query!("UPDATE sessions SET used_at = max(used_at, ?2) WHERE hash = ?1", hash, at)
                .execute(&mut *transaction)
                .await?;
        }
        for (id, at) in tokens {
            let (id, at) = (id.uuid(), at.as_millis());
            sqlx::query!("UPDATE tokens SET used_at = ?2 WHERE id = ?1", id, at)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
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
            r#"SELECT friend_id AS "friend_id: Uuid", ends_at, used_at, place, browser FROM sessions WHERE hash = ?1"#,
            hash
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| SessionRow {
            friend: FriendId::new(row.friend_id),
            ends_at: Timestamp::from_millis(row.ends_at),
            used_at: Timestamp::from_millis(row.used_at),
            place: row.place,
            browser: row.browser,
        }))
    }

    /// The sessions of a friend that hold, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, friend: FriendId, now: Timestamp) -> Result<Vec<Session>, Error> {
        let (friend, now) = (friend.uuid(), now.as_millis());
        let rows = sqlx::query_as!(
            SessionOfFriend,
            r#"SELECT id AS "id: Uuid", hash, started_at, used_at, ends_at, place, browser FROM sessions
               WHERE friend_id = ?1 AND ends_at > ?2 ORDER BY used_at DESC, started_at DESC"#,
            friend,
            now
        );
        let session = |row: SessionOfFriend| Session {
            id: SessionId::new(row.id),
            hash: row.hash,
            started_at: Timestamp::from_millis(row.started_at),
            used_at: Timestamp::from_millis(row.used_at),
            ends_at: Timestamp::from_millis(row.ends_at),
            place: row.place,
            browser: row.browser,
        };
        Ok(rows.fetch_all(&self.pool).await?.into_iter().map(session).collect())
    }

    /// The token with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token(&self, hash: &[u8]) -> Result<Option<TokenRow>, Error> {
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

struct SessionOfFriend {
    id: Uuid,
    hash: Vec<u8>,
    started_at: i64,
    used_at: i64,
    ends_at: i64,
    place: String,
    browser: String,
}
