//! Who was shown something of a friend, counted by day.

use crate::{Error, Reader, Writer, rows};
use domain::{FriendId, Seen, Timestamp};
use sqlx::Connection;

impl Writer {
    /// Adds what was counted.
    ///
    /// # Errors
    /// When the database fails; nothing is added then.
    pub async fn add_seen(&mut self, counted: &[(FriendId, Seen)]) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        for (friend, Seen { day, eyes, surface, count, last_at }) in counted {
            let (friend, eyes, surface) = (friend.uuid(), rows::to_json(eyes), rows::as_word(surface));
            let (count, last_at) = (i64::try_from(*count).unwrap_or(i64::MAX), last_at.as_millis());
            // The friend may be gone by now.
            sqlx::query!(
                "INSERT INTO seen (friend_id, day, eyes, surface, count, last_at)
                 SELECT id, ?2, ?3, ?4, ?5, ?6 FROM friends WHERE id = ?1
                 ON CONFLICT (friend_id, day, eyes, surface)
                 DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)",
                friend,
                day,
                eyes,
                surface,
                count,
                last_at
            )
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Forgets what is from before a day. How many rows that were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep_seen(&mut self, before: i64) -> Result<u64, Error> {
        let done =
            sqlx::query!("DELETE FROM seen WHERE day < ?1", before).execute(&mut self.connection).await?;
        Ok(done.rows_affected())
    }
}

impl Reader {
    /// Who was shown something of a friend since a day, newest day first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn seen(&self, friend: FriendId, since: i64) -> Result<Vec<Seen>, Error> {
        let friend = friend.uuid();
        sqlx::query!(
            "SELECT day, eyes, surface, count, last_at FROM seen WHERE friend_id = ?1 AND day >= ?2 ORDER BY day DESC, last_at DESC",
            friend,
            since
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Seen {
                day: row.day,
                eyes: rows::json("seen", &row.eyes)?,
                surface: rows::word("seen", &row.surface)?,
                count: row.count.unsigned_abs(),
                last_at: Timestamp::from_millis(row.last_at),
            })
        })
        .collect()
    }
}
