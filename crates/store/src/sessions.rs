//! Who is signed in. Only hashes are kept.

use crate::{Error, Reader, SecretHash, Writer};
use domain::{FriendId, SessionId, Timestamp, TokenId};
use sqlx::Connection;
use uuid::Uuid;

/// A session to begin.
pub struct NewSession<'a> {
    /// Of the cookie.
    pub hash: SecretHash,
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
    /// Of the cookie.
    pub hash: SecretHash,
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
    AllBut(SecretHash),
    /// All.
    All,
}

impl Writer {
    /// Begins a session, and forgets those that are over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&mut self, new: NewSession<'_>) -> Result<(), Error> {
        let (friend, started_at, ends_at) =
            (new.friend.uuid(), new.started_at.as_millis(), new.ends_at.as_millis());
        let (id, hash) = (new.id.uuid(), new.hash.as_bytes());
        sqlx::query!("DELETE FROM sessions WHERE ends_at <= ?1", started_at)
            .execute(&mut self.connection)
            .await?;
        sqlx::query!(
            "INSERT INTO sessions (hash, friend_id, started_at, ends_at, id, used_at, place, browser)
             VALUES (?1, ?2, ?3, ?4, ?5, ?3, ?6, ?7)",
            hash,
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
    pub async fn remove_session(&mut self, hash: &SecretHash) -> Result<(), Error> {
        let hash = hash.as_bytes();
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
            SessionsEnded::AllBut(hash) => (None, Some(hash.as_bytes())),
            SessionsEnded::All => (None, None),
        };
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "DELETE FROM sessions WHERE friend_id = ?1 AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR hash <> ?3)",
            friend,
            one,
            but
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Keeps when sessions and tokens were last used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_used(
        &mut self,
        sessions: &[(SecretHash, Timestamp)],
        tokens: &[(TokenId, Timestamp)],
    ) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        for (hash, at) in sessions {
            let (hash, at) = (hash.as_bytes(), at.as_millis());
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
}

impl Reader {
    /// The session with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, hash: &SecretHash) -> Result<Option<SessionRow>, Error> {
        let hash = hash.as_bytes();
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
    /// When the database fails or a row is inconsistent.
    pub async fn sessions(&self, friend: FriendId, now: Timestamp) -> Result<Vec<Session>, Error> {
        let (friend, now) = (friend.uuid(), now.as_millis());
        let rows = sqlx::query_as!(
            SessionOfFriend,
            r#"SELECT id AS "id: Uuid", hash, started_at, used_at, ends_at, place, browser FROM sessions
               WHERE friend_id = ?1 AND ends_at > ?2 ORDER BY used_at DESC, started_at DESC"#,
            friend,
            now
        );
        let session = |row: SessionOfFriend| {
            Ok(Session {
                id: SessionId::new(row.id),
                hash: SecretHash::read("sessions", &row.hash)?,
                started_at: Timestamp::from_millis(row.started_at),
                used_at: Timestamp::from_millis(row.used_at),
                ends_at: Timestamp::from_millis(row.ends_at),
                place: row.place,
                browser: row.browser,
            })
        };
        rows.fetch_all(&self.pool).await?.into_iter().map(session).collect()
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
