//! The raw log, and what the broker is to remember.

use crate::{Error, Reader, Retained, Writer, rows};
use domain::{DeviceId, Door, LoggedMessage, Timestamp};
use futures::TryStreamExt;
use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

/// Which part of the message log.
pub struct MessageQuery {
    /// Only what was refused or could not be read.
    pub only_trouble: bool,
    /// Only lines before this one.
    pub before: Option<i64>,
    /// Only what came from these; `None` for all there is, also from nobody known.
    pub of: Option<Vec<DeviceId>>,
    /// How many at the most.
    pub limit: u32,
}

/// A message as it lies in the raw log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its place in the log; never given twice.
    pub id: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// How.
    pub door: Door,
    /// Whose, where that is known.
    pub device: Option<DeviceId>,
    /// Its topic.
    pub topic: String,
    /// Whether it was sent to be retained.
    pub retained: bool,
    /// As sent.
    pub payload: Vec<u8>,
    /// What became of it.
    pub verdict: String,
}

/// When so much of the log is read at once, it is enough: payloads, bytes.
const READ_AT_ONCE: usize = 8 << 20;
/// How many lines of the log one step of an erasure looks at: some tens of milliseconds.
const ERASED_AT_ONCE: i64 = 50_000;

impl Writer {
    /// Goes one step further back through the log, erasing the messages of devices that were removed. Whether something is left to
    /// do; a restart changes nothing.
    ///
    /// # Errors
    /// When the database fails; the step is done again then.
    pub async fn erase_some(&mut self) -> Result<bool, Error> {
        // Outside the transaction: nearly always there is nothing to do, and nobody should wait for a lock to learn that.
        let Some(before) = sqlx::query_scalar!(r#"SELECT max(before) AS "before: i64" FROM erasures"#)
            .fetch_one(&mut self.connection)
            .await?
        else {
            return Ok(false);
        };
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let from = before - ERASED_AT_ONCE;
        sqlx::query!(
            "DELETE FROM messages
             WHERE id >= ?1 AND id < ?2 AND device_id IN (SELECT device_id FROM erasures WHERE before = ?2)",
            from,
            before
        )
        .execute(&mut *transaction)
        .await?;
        if from > 0 {
            sqlx::query!("UPDATE erasures SET before = ?2 WHERE before = ?1", before, from)
                .execute(&mut *transaction)
                .await?;
        } else {
            sqlx::query!("DELETE FROM erasures WHERE before = ?1", before).execute(&mut *transaction).await?;
        }
        let left = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT 1 FROM erasures) AS "left!: bool""#)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(left)
    }
}

/// Forgets what the broker was to remember of a device, by its base topic.
pub(crate) async fn forget_retained(connection: &mut SqliteConnection, base: &str) -> Result<(), Error> {
    let (from, to) = (format!("{base}/"), format!("{base}0"));
    sqlx::query!("DELETE FROM retained WHERE topic = ?1 OR (topic >= ?2 AND topic < ?3)", base, from, to)
        .execute(connection)
        .await?;
    Ok(())
}

impl Reader {
    /// The raw log after a message, oldest first: at most `limit` of them, and fewer when they are long.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn log_after(&self, id: i64, limit: u32) -> Result<Vec<Logged>, Error> {
        let mut stream = sqlx::query!(
            r#"SELECT id AS "id!", received_at, door, device_id AS "device_id: Uuid", topic, retained AS "retained: bool", payload,
                      verdict
               FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2"#,
            id,
            limit
        )
        .fetch(&self.pool);
        let (mut log, mut bytes) = (Vec::new(), 0);
        while let Some(row) = stream.try_next().await? {
            bytes += row.payload.len();
            log.push(Logged {
                id: row.id,
                received_at: Timestamp::from_millis(row.received_at),
                door: rows::word("messages", &row.door)?,
                device: row.device_id.map(DeviceId::new),
                topic: row.topic,
                retained: row.retained,
                payload: row.payload,
                verdict: row.verdict,
            });
            if bytes >= READ_AT_ONCE {
                break;
            }
        }
        Ok(log)
    }

    /// The message log, newest first, with payloads cut to what is shown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages(&self, query: &MessageQuery) -> Result<Vec<LoggedMessage>, Error> {
        let shown = i64::try_from(LoggedMessage::SHOWN_BYTES).unwrap_or(i64::MAX);
        let lines = rows::to_json(&self.lines(query).await?);
        let rows = sqlx::query!(
            r#"SELECT id AS "id!", received_at, door, device_id AS "device_id: Uuid", topic, retained AS "retained: bool",
                      length(payload) AS "bytes!: u32", substr(payload, 1, ?2) AS "payload!: Vec<u8>", verdict, trouble AS "trouble: bool"
               FROM messages WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id DESC"#,
            lines, shown
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| LoggedMessage {
                id: row.id.to_string(),
                received_at: Timestamp::from_millis(row.received_at),
                door: row.door,
                topic: row.topic,
                device: row.device_id.map(DeviceId::new),
                retained: row.retained,
                bytes: row.bytes,
                payload: String::from_utf8_lossy(&row.payload).into_owned(),
                verdict: row.verdict,
                trouble: row.trouble,
            })
            .collect())
    }

    /// Which lines these are, newest first. Of some devices they are found by the index: nothing of what came between them is read.
    async fn lines(&self, query: &MessageQuery) -> Result<Vec<i64>, Error> {
        let before = query.before.unwrap_or(i64::MAX);
        let (only_trouble, limit) = (query.only_trouble, query.limit);
        let Some(of) = &query.of else {
            let lines = sqlx::query_scalar!(
                r#"SELECT id AS "id!" FROM messages WHERE id < ?1 AND (NOT ?2 OR trouble = 1) ORDER BY id DESC LIMIT ?3"#,
                before,
                only_trouble,
                limit
            );
            return Ok(lines.fetch_all(&self.pool).await?);
        };
        let of = rows::to_hex(of.iter().map(|device| device.uuid()));
        let lines = sqlx::query_scalar!(
            r#"SELECT id AS "id!" FROM messages
               WHERE device_id IN (SELECT unhex(value) FROM json_each(?4)) AND id < ?1 AND (NOT ?2 OR trouble = 1)
               ORDER BY id DESC LIMIT ?3"#,
            before,
            only_trouble,
            limit,
            of
        );
        Ok(lines.fetch_all(&self.pool).await?)
    }

    /// What the broker remembers for those who subscribe later.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retained(&self) -> Result<Vec<Retained>, Error> {
        let rows = sqlx::query!(r#"SELECT topic, payload, qos AS "qos: u8" FROM retained ORDER BY topic"#)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| Retained { topic: row.topic, payload: row.payload, qos: row.qos })
            .collect())
    }
}
