//! How devices are spoken to: their secrets, and how far they were told of their friends.

use crate::{Entry, Error, Reader, Writer, journal};
use domain::{DeviceId, Timestamp};
use sqlx::{SqliteConnection, SqliteExecutor};
use uuid::Uuid;

/// A message that could not be read when it came, because it is encrypted.
pub struct SealedMessage {
    /// Its line of the log.
    pub line: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// `broker`, `bridge` or `http`.
    pub door: String,
    /// Its topic.
    pub topic: String,
    /// Whether it was sent to be retained.
    pub retained: bool,
    /// As sent.
    pub payload: Vec<u8>,
}

impl Writer {
    /// Keeps what a device's payloads are encrypted with; `None` forgets it. The journal says so in the same transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_secret(
        &mut self,
        device: DeviceId,
        secret: Option<&str>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let entry = if secret.is_some() { Entry::Key(device) } else { Entry::KeyGone(device) };
        let device = device.uuid();
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO lines (device_id, secret) VALUES (?1, ?2)
             ON CONFLICT (device_id) DO UPDATE SET secret = excluded.secret",
            device,
            secret
        )
        .execute(&mut *transaction)
        .await?;
        journal::write(&mut transaction, &[(at, entry)]).await?;
        transaction.commit().await
    }

    /// Remembers up to which transition of its friends a device was told, by when that was learnt.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_told(&mut self, device: DeviceId, told_at: Timestamp) -> Result<(), Error> {
        let (device, told_at) = (device.uuid(), told_at.as_millis());
        sqlx::query!(
            "INSERT INTO lines (device_id, told_at) VALUES (?1, ?2)
             ON CONFLICT (device_id) DO UPDATE SET told_at = excluded.told_at",
            device,
            told_at
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}

pub(crate) async fn put_status(
    connection: &mut SqliteConnection,
    device: DeviceId,
    status: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let (device, at) = (device.uuid(), at.as_millis());
    sqlx::query!(
        "INSERT INTO lines (device_id, status, status_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (device_id) DO UPDATE SET status = excluded.status, status_at = excluded.status_at",
        device,
        status,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl Reader {
    /// A device's messages that stayed closed, oldest first, after a line of the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sealed(
        &self,
        device: DeviceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<SealedMessage>, Error> {
        sealed(&self.pool, device, after, limit).await
    }
}

pub(crate) async fn sealed(
    database: impl SqliteExecutor<'_>,
    device: DeviceId,
    after: i64,
    limit: u32,
) -> Result<Vec<SealedMessage>, Error> {
    let device = device.uuid();
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", received_at, door, topic, retained AS "retained: bool", payload FROM messages
               WHERE trouble = 1 AND id > ?2 AND device_id = ?1 AND verdict LIKE 'sealed:%' ORDER BY id LIMIT ?3"#,
        device,
        after,
        limit
    )
    .fetch_all(database)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SealedMessage {
            line: row.id,
            received_at: Timestamp::from_millis(row.received_at),
            door: row.door,
            topic: row.topic,
            retained: row.retained,
            payload: row.payload,
        })
        .collect())
}

impl Reader {
    /// How many of a device's messages stayed closed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_sealed(&self, device: DeviceId) -> Result<u32, Error> {
        let device = device.uuid();
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count: u32" FROM messages
               WHERE trouble = 1 AND device_id = ?1 AND verdict LIKE 'sealed:%'"#,
            device
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// What the app on each device last said of itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn statuses(&self) -> Result<Vec<(DeviceId, String)>, Error> {
        let rows = sqlx::query!(
            r#"SELECT device_id AS "device_id: Uuid", status AS "status!" FROM lines WHERE status IS NOT NULL"#
        );
        let rows = rows.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|row| (DeviceId::new(row.device_id), row.status)).collect())
    }

    /// What the app on a device last said of itself, and when.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_status(&self, device: DeviceId) -> Result<Option<(String, Timestamp)>, Error> {
        let device = device.uuid();
        let row = sqlx::query!("SELECT status, status_at FROM lines WHERE device_id = ?1", device)
            .fetch_optional(&self.pool);
        Ok(row.await?.and_then(|row| row.status.zip(row.status_at.map(Timestamp::from_millis))))
    }
}
