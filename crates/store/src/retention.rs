//! For how long what is stored is kept: by the server, and by friends who keep less of their own.

use crate::{Error, Reader, Writer};
use domain::{FriendId, Keep, OwnRetention, Retention, Timestamp};
use uuid::Uuid;

/// What holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionRow {
    /// Of the server.
    pub server: Retention,
    /// Until when nothing goes by that; `None`: it has begun.
    pub begins_at: Option<Timestamp>,
    /// Of those friends who chose something.
    pub own: Vec<(FriendId, OwnRetention)>,
}

impl Writer {
    /// Says for how long everything is kept, and that this has begun.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_retention(&mut self, retention: &Retention) -> Result<(), Error> {
        let Retention { raw, fixes, transitions, observations, audit, chat } = retention;
        let [raw, fixes, transitions, observed, told, chat] =
            [raw, fixes, transitions, observations, audit, chat].map(|keep| keep.as_days());
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "UPDATE retention SET raw = ?1, fixes = ?2, transitions = ?3, observations = ?4, audit = ?5, chat = ?6, begins_at = NULL",
            raw,
            fixes,
            transitions,
            observed,
            told,
            chat
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Says for how long a friend keeps what is their own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_own_retention(&mut self, friend: FriendId, own: &OwnRetention) -> Result<(), Error> {
        let (id, OwnRetention { raw, fixes, transitions }) = (friend.uuid(), own);
        let mut transaction = self.begin().await?;
        sqlx::query!("DELETE FROM own_retention WHERE friend_id = ?1", id).execute(&mut *transaction).await?;
        if !own.is_empty() {
            sqlx::query!(
                "INSERT INTO own_retention (friend_id, raw, fixes, transitions) SELECT id, ?2, ?3, ?4 FROM friends WHERE id = ?1",
                id,
                raw,
                fixes,
                transitions
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }
}

impl Reader {
    /// For how long everything is kept.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn retention(&self) -> Result<RetentionRow, Error> {
        let wrong = |why: domain::KeepError| Error::Inconsistent { table: "retention", why: why.to_string() };
        let keep = |days: Option<i64>| days.map_or(Ok(Keep::Forever), Keep::days).map_err(wrong);
        let row = sqlx::query!(
            "SELECT raw, fixes, transitions, observations, audit, chat, begins_at FROM retention"
        )
        .fetch_one(&self.pool)
        .await?;
        let (raw, fixes) = (keep(row.raw)?, keep(row.fixes)?);
        let (transitions, observations, audit) =
            (keep(row.transitions)?, keep(row.observations)?, keep(row.audit)?);
        let chat = keep(row.chat)?;
        let own = sqlx::query!(
            r#"SELECT friend_id AS "friend_id: Uuid", raw AS "raw: u16", fixes AS "fixes: u16", transitions AS "transitions: u16"
               FROM own_retention"#
        )
        .fetch_all(&self.pool)
        .await?;
        let own = own.into_iter().map(|row| {
            let own = OwnRetention { raw: row.raw, fixes: row.fixes, transitions: row.transitions };
            (FriendId::new(row.friend_id), own)
        });
        Ok(RetentionRow {
            server: Retention { raw, fixes, transitions, observations, audit, chat },
            begins_at: row.begins_at.map(Timestamp::from_millis),
            own: own.collect(),
        })
    }
}
