//! Deleting what is stored of a friend, wholly or of a time, so that nothing of it is left in the file.
//!
//! Everything but the raw log goes in one transaction; the raw log has no index by device, and is gone through in steps. SQLite overwrites
//! what it deletes (`secure_delete`, see `open`); what older copies of pages lie in the write-ahead log goes with [`Writer::scrub`].

use crate::{
    ChatGone, Entry, Error, Reader, Writer, chat,
    classes::{DEVICES, FRIENDS},
    journal, rows,
};
use domain::{DeviceId, Forgotten, FriendId, Holding, Span, Spot, Timestamp, geofence};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is known of a device after something was deleted. A rebuild goes on from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftKnown {
    /// Which.
    pub device: DeviceId,
    /// What the geofence machine knows.
    pub judged: geofence::DeviceState,
    /// Where it was last seen.
    pub spot: Option<Spot>,
    /// Since when its connection is lost.
    pub lost_at: Option<Timestamp>,
    /// Whether the machine knew of the deleted time, and knows nothing any more.
    #[serde(skip)]
    pub blank: bool,
}

/// What is to be deleted, and what is known then.
#[derive(Clone, Debug)]
pub struct Forget {
    /// Of whom.
    pub friend: FriendId,
    /// Which time.
    pub span: Span,
    /// All of it, what has no time of its own too.
    pub everything: bool,
    /// All their deleted times.
    pub forgotten: Forgotten,
    /// When that is.
    pub at: Timestamp,
    /// All their devices.
    pub devices: Vec<LeftKnown>,
    /// What the broker is to forget: topics.
    pub retained: Vec<String>,
}

/// How many rows were deleted, by what they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed(BTreeMap<Holding, u64>);

impl Removed {
    /// Counts what was deleted, too.
    pub fn add(&mut self, what: Holding, rows: u64) {
        *self.0.entry(what).or_default() += rows;
    }

    /// The same by kinds, without those of which there was nothing.
    pub fn by_kinds(&self) -> Vec<(Holding, u64)> {
        self.0.iter().map(|(what, rows)| (*what, *rows)).filter(|(_, rows)| *rows > 0).collect()
    }
}

/// A part of the raw log that is still to be gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgetting {
    /// Whose messages.
    pub friend: FriendId,
    /// Of which time.
    pub span: Span,
    /// Those before this one.
    pub before: i64,
}

/// A message that may have to be deleted.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// Its place in the log.
    pub id: i64,
    /// Whose, where that is known.
    pub device: Option<DeviceId>,
    /// When it came.
    pub received_at: Timestamp,
    /// As sent.
    pub payload: Vec<u8>,
}

/// How many lines of the log one step looks at: some tens of milliseconds.
const LINES_AT_ONCE: i64 = 20_000;
/// How many pages are given back at once.
const PAGES_AT_ONCE: &str = "PRAGMA incremental_vacuum(2000)";

impl Writer {
    /// Deletes everything but the raw messages, and notes that these are to follow. With the messages between friends that are gone.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn forget(&mut self, forget: &Forget) -> Result<(Removed, Vec<ChatGone>), Error> {
        let mut transaction = self.begin().await?;
        let mut removed = Removed::default();
        removed.add(Holding::Outgoing, waiting(&mut transaction, forget).await?);
        let gone = chat::forget(&mut transaction, forget).await?;
        removed.add(Holding::Chat, gone.len() as u64);
        for class in &FRIENDS {
            class.forget(&mut transaction, forget.friend.uuid(), forget, &mut removed).await?;
        }
        for known in &forget.devices {
            for class in &DEVICES {
                class.forget(&mut transaction, known.device.uuid(), forget, &mut removed).await?;
            }
            settle(&mut transaction, forget, known).await?;
            put_known(&mut transaction, known).await?;
        }
        for topic in &forget.retained {
            let done = sqlx::query!("DELETE FROM retained WHERE topic = ?1", topic)
                .execute(&mut *transaction)
                .await?;
            removed.add(Holding::Retained, done.rows_affected());
        }
        note(&mut transaction, forget).await?;
        transaction.commit().await?;
        Ok((removed, gone))
    }

    /// What of the raw log is next to be gone through; one before line 0 has been gone through, and is to be scrubbed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgetting(&mut self) -> Result<Option<Forgetting>, Error> {
        let next = sqlx::query!(
            r#"SELECT friend_id AS "friend_id: Uuid", from_at, to_at, before FROM forgetting ORDER BY before DESC LIMIT 1"#
        )
        .fetch_optional(&mut self.connection)
        .await?;
        Ok(next.map(|row| Forgetting {
            friend: FriendId::new(row.friend_id),
            span: Span { from: Timestamp::from_millis(row.from_at), to: Timestamp::from_millis(row.to_at) },
            before: row.before,
        }))
    }

    /// Deletes these messages of the next part of the raw log; those before `next` are to be looked at then, with 0 none.
    ///
    /// # Errors
    /// When the database fails; the step is done again then.
    pub async fn forget_messages(&mut self, part: &Forgetting, ids: &[i64], next: i64) -> Result<u64, Error> {
        let ids = rows::to_json(&ids);
        let (friend, from, to) = (part.friend.uuid(), part.span.from.as_millis(), part.span.to.as_millis());
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query!("DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?1))", ids)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!(
            "UPDATE forgetting SET before = ?4 WHERE friend_id = ?1 AND from_at = ?2 AND to_at = ?3",
            friend,
            from,
            to,
            next
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    /// Sees to it that nothing of what was deleted is left in the files: the write-ahead log is written back and cut to nothing, and free pages
    /// are given back. A database from before there was this is written anew, once. Whether that is done; if somebody reads right now it is not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scrub(&mut self) -> Result<bool, Error> {
        let connection = &mut self.connection;
        let vacuums: i64 = sqlx::query_scalar("PRAGMA auto_vacuum").fetch_one(&mut *connection).await?;
        if vacuums == 0 {
            sqlx::query("PRAGMA auto_vacuum = INCREMENTAL").execute(&mut *connection).await?;
            sqlx::query("VACUUM").execute(&mut *connection).await?;
        }
        // Free pages are overwritten already, so the rest may be given back another time.
        sqlx::query(PAGES_AT_ONCE).fetch_all(&mut *connection).await?;
        let is_cut = self.cut_log().await?;
        if is_cut {
            sqlx::query!("DELETE FROM forgetting WHERE before = 0").execute(&mut self.connection).await?;
        }
        Ok(is_cut)
    }

    /// Writes the write-ahead log back and cuts it to nothing, with the older copies of pages in it. Whether that is done; if somebody reads
    /// right now it is not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cut_log(&mut self) -> Result<bool, Error> {
        let connection = &mut self.connection;
        // Whoever reads at the moment is waited for only a little: everybody else waits for us.
        sqlx::query("PRAGMA busy_timeout = 100").execute(&mut *connection).await?;
        let cut = sqlx::query_as::<_, (i64, i64, i64)>("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *connection)
            .await;
        sqlx::query("PRAGMA busy_timeout = 5000").execute(connection).await?;
        let (busy, _, _) = cut?;
        Ok(busy == 0)
    }
}

/// How many comings and goings wait for outlets that are deleted: they go with the history.
async fn waiting(connection: &mut SqliteConnection, forget: &Forget) -> Result<u64, Error> {
    let (friend, from, to) = (forget.friend.uuid(), forget.span.from.as_millis(), forget.span.to.as_millis());
    let waiting = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count: i64" FROM outlet_events WHERE transition_id IN (SELECT id FROM transitions
           WHERE friend_id = ?1 AND (?4 OR (at >= ?2 AND at < ?3) OR (decided_at >= ?2 AND decided_at < ?3)))"#,
        friend,
        from,
        to,
        forget.everything
    )
    .fetch_one(connection)
    .await?;
    Ok(waiting.unsigned_abs())
}

/// What is still said of a device when a time is gone.
async fn settle(connection: &mut SqliteConnection, forget: &Forget, known: &LeftKnown) -> Result<(), Error> {
    let (device, from, to) = (known.device.uuid(), forget.span.from.as_millis(), forget.span.to.as_millis());
    sqlx::query!(
        "UPDATE crossings SET reviewed = NULL, reviewed_at = NULL
         WHERE device_id = ?1 AND at >= ?2 - 86400000 AND reviewed_at >= ?2 AND reviewed_at < ?3",
        device,
        from,
        to
    )
    .execute(&mut *connection)
    .await?;
    let everything = forget.everything;
    sqlx::query!(
        "UPDATE lines SET status = NULL, status_at = NULL
         WHERE device_id = ?1 AND (?4 OR (status_at >= ?2 AND status_at < ?3))",
        device,
        from,
        to,
        everything
    )
    .execute(&mut *connection)
    .await?;
    if known.blank {
        // Of whom nothing is known any more nobody may believe for ever that they are still there.
        let mark = known.judged.judged_at().unwrap_or(Timestamp::MIN).as_millis();
        sqlx::query!(
            "INSERT INTO crossings (device_id, region_id, kind, at, decided_at, silent, witness, evidence)
             SELECT c.device_id, c.region_id, 'leave', max(c.at, ?2), ?3, 1, 'server', '[]' FROM crossings c
             WHERE c.device_id = ?1 AND c.kind = 'enter' AND c.retracted_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM crossings l
                               WHERE l.device_id = c.device_id AND l.region_id = c.region_id AND l.retracted_at IS NULL
                                 AND (l.at, l.decided_at) > (c.at, c.decided_at))
             ON CONFLICT DO NOTHING",
            device,
            from,
            mark
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Writes down what is known of a device now; it begins a new past.
async fn put_known(connection: &mut SqliteConnection, known: &LeftKnown) -> Result<(), Error> {
    let device = known.device.uuid();
    let (judged, spot) = (rows::to_json(&known.judged), known.spot.as_ref().map(rows::to_json));
    let lost_at = known.lost_at.map(Timestamp::as_millis);
    let blank = known.blank;
    sqlx::query!(
        "UPDATE device_states SET judged = ?2, spot = ?3, lost_at = ?4, rhythm = iif(?5, NULL, rhythm) WHERE device_id = ?1",
        device,
        judged,
        spot,
        lost_at,
        blank
    )
    .execute(&mut *connection)
    .await?;
    if let Some(at) = known.judged.judged_at() {
        let at = at.as_millis();
        sqlx::query!(
            "INSERT INTO checkpoints (device_id, at, judged) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET judged = excluded.judged",
            device,
            at,
            judged
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Notes which times are deleted, for what comes again, for the raw log and for a rebuild.
async fn note(connection: &mut SqliteConnection, forget: &Forget) -> Result<(), Error> {
    let (friend, from, to) = (forget.friend.uuid(), forget.span.from.as_millis(), forget.span.to.as_millis());
    let spans = rows::to_json(&forget.forgotten);
    sqlx::query!(
        "INSERT INTO forgotten (friend_id, spans) VALUES (?1, ?2)
         ON CONFLICT (friend_id) DO UPDATE SET spans = excluded.spans",
        friend,
        spans
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO forgetting (friend_id, from_at, to_at, before)
         VALUES (?1, ?2, ?3, (SELECT ifnull(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'messages'))
         ON CONFLICT DO UPDATE SET before = excluded.before",
        friend,
        from,
        to
    )
    .execute(&mut *connection)
    .await?;
    // What was known after an earlier one is not needed any more, and may tell of what is deleted now.
    sqlx::query!("DELETE FROM journal WHERE friend_id = ?1 AND what = 'erased'", friend)
        .execute(&mut *connection)
        .await?;
    let entry = Entry::Erased(forget.friend, forget.devices.clone());
    journal::write(connection, &[(forget.at, entry)]).await
}

impl Reader {
    /// The deleted times of everybody who has some.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn forgotten(&self) -> Result<Vec<(FriendId, Forgotten)>, Error> {
        sqlx::query!(r#"SELECT friend_id AS "friend_id: Uuid", spans FROM forgotten"#)
            .fetch_all(&self.pool)
            .await?
            .into_iter()
            .map(|row| Ok((FriendId::new(row.friend_id), rows::json("forgotten", &row.spans)?)))
            .collect()
    }

    /// The next messages of a friend in a part of the raw log that is to be gone through: those of their devices, and those of nobody on the
    /// devices' topics. With the first line that was looked at, and when that came; `None` at the beginning of the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspects(
        &self,
        part: &Forgetting,
        topics: &[String],
    ) -> Result<(Vec<Suspect>, Option<(i64, Timestamp)>), Error> {
        let (friend, before, topics) = (part.friend.uuid(), part.before, rows::to_json(&topics));
        let from = before - LINES_AT_ONCE;
        let found = sqlx::query!(
            r#"SELECT id AS "id!: i64", received_at, device_id AS "device_id: Uuid", payload FROM messages
               WHERE id >= ?2 AND id < ?3
                 AND (device_id IN (SELECT id FROM devices WHERE friend_id = ?1)
                      OR (device_id IS NULL AND EXISTS (SELECT 1 FROM json_each(?4) t
                          WHERE topic = t.value OR (topic > t.value || '/' AND topic < t.value || '0'))))"#,
            friend,
            from,
            before,
            topics
        )
        .fetch_all(&self.pool)
        .await?;
        let first = sqlx::query!(
            r#"SELECT id AS "id!: i64", received_at FROM messages WHERE id >= ?1 ORDER BY id LIMIT 1"#,
            from
        )
        .fetch_optional(&self.pool)
        .await?;
        let first = first.filter(|_| from > 1).map(|row| (from, Timestamp::from_millis(row.received_at)));
        let suspects = found.into_iter().map(|row| Suspect {
            id: row.id,
            device: row.device_id.map(DeviceId::new),
            received_at: Timestamp::from_millis(row.received_at),
            payload: row.payload,
        });
        Ok((suspects.collect(), first))
    }

    /// What is retained on a topic and below.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retained_below(&self, base: &str) -> Result<Vec<crate::Retained>, Error> {
        let (from, to) = (format!("{base}/"), format!("{base}0"));
        let found = sqlx::query!(
            r#"SELECT topic, payload, qos AS "qos: u8" FROM retained WHERE topic = ?1 OR (topic >= ?2 AND topic < ?3)"#,
            base,
            from,
            to
        )
        .fetch_all(&self.pool)
        .await?;
        let retained = found.into_iter().map(|row| crate::Retained {
            topic: row.topic,
            payload: row.payload,
            qos: row.qos,
        });
        Ok(retained.collect())
    }
}
