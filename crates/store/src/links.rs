//! Links by which devices are set up, and what the log says of a device that was set up a moment ago. Only hashes of tokens are kept.

use crate::{Error, NewDevice, Reader, SecretHash, Writer, devices, rows};
use domain::{DeviceId, DeviceLink, FriendId, LinkId, Timestamp};
use uuid::Uuid;

/// How long a link is remembered after it was made, milliseconds: thirty days.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// How far back the log is looked at, in messages: it has no index by device.
const LOOKED_AT: i64 = 5_000;
/// How much of a payload is read: positions are shorter.
const READ_BYTES: i64 = 4_096;

/// A message of a device, as far as it tells how the device is set up.
pub struct HeardMessage {
    /// Whose.
    pub device: DeviceId,
    /// When it came.
    pub received_at: Timestamp,
    /// As sent, if it is short.
    pub payload: Vec<u8>,
    /// What became of it.
    pub verdict: String,
}

impl Writer {
    /// Keeps a new link. Those for the same device that nobody has used are worth nothing any more, and old ones are forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_link(&mut self, link: &DeviceLink, hash: &SecretHash) -> Result<(), Error> {
        let (id, friend, made_by) = (link.id.uuid(), link.friend.uuid(), link.made_by.map(FriendId::uuid));
        let (name, key) = (link.device_name.as_str(), link.device_name.key());
        let (made_at, expires_at) = (link.made_at.as_millis(), link.once.ends_at.as_millis());
        let hash = hash.as_bytes();
        let forgotten = made_at - KEPT_MS;
        let mut transaction = self.begin().await?;
        sqlx::query!("DELETE FROM device_links WHERE made_at < ?1", forgotten)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!(
            "UPDATE device_links SET revoked_at = ?3
             WHERE friend_id = ?1 AND name_key = ?2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?3",
            friend,
            key,
            made_at
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "INSERT INTO device_links (id, hash, friend_id, device_name, name_key, made_by, made_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            id,
            hash,
            friend,
            name,
            key,
            made_by,
            made_at,
            expires_at
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Notes that the page of a link was looked at for the first time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_link(&mut self, link: LinkId, at: Timestamp) -> Result<(), Error> {
        let (link, at) = (link.uuid(), at.as_millis());
        sqlx::query!("UPDATE device_links SET opened_at = ?2 WHERE id = ?1 AND opened_at IS NULL", link, at)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Takes a link back that nobody has used. Whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_link(&mut self, link: LinkId, at: Timestamp) -> Result<bool, Error> {
        let (link, at) = (link.uuid(), at.as_millis());
        let mut transaction = self.begin().await?;
        let done = sqlx::query!(
            "UPDATE device_links SET revoked_at = ?2 WHERE id = ?1 AND used_at IS NULL AND revoked_at IS NULL",
            link,
            at
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Uses a link up and puts its device in the same transaction; nothing when it is worth nothing any more. Whether it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_link(&mut self, link: LinkId, new: NewDevice<'_>) -> Result<bool, Error> {
        let (link, device, at) = (link.uuid(), new.device.id.uuid(), new.added_at.as_millis());
        let mut transaction = self.begin().await?;
        devices::put(&mut transaction, new).await?;
        let done = sqlx::query!(
            "UPDATE device_links SET used_at = ?2, opened_at = ifnull(opened_at, ?2), device_id = ?3
             WHERE id = ?1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?2",
            link,
            at,
            device
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }
}

impl Reader {
    /// The link whose token has this hash.
    ///
    /// # Errors
    /// When the database fails or the row is inconsistent.
    pub async fn link(&self, hash: &SecretHash) -> Result<Option<DeviceLink>, Error> {
        let hash = hash.as_bytes();
        let found = sqlx::query_scalar!(r#"SELECT id AS "id: Uuid" FROM device_links WHERE hash = ?1"#, hash)
            .fetch_optional(&self.pool)
            .await?;
        let Some(id) = found.map(LinkId::new) else { return Ok(None) };
        Ok(self.links().await?.into_iter().find(|link| link.id == id))
    }

    /// All links, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn links(&self) -> Result<Vec<DeviceLink>, Error> {
        sqlx::query!(
            r#"SELECT id AS "id: Uuid", friend_id AS "friend_id: Uuid", device_name, made_by AS "made_by: Uuid", made_at, expires_at,
                      opened_at, used_at, revoked_at, device_id AS "device_id: Uuid"
               FROM device_links ORDER BY made_at DESC, id DESC"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(DeviceLink {
                id: LinkId::new(row.id),
                friend: FriendId::new(row.friend_id),
                device_name: rows::name("device_links", &row.device_name)?,
                made_by: row.made_by.map(FriendId::new),
                made_at: Timestamp::from_millis(row.made_at),
                once: rows::once(row.expires_at, row.used_at, row.revoked_at),
                opened_at: row.opened_at.map(Timestamp::from_millis),
                device: row.device_id.map(DeviceId::new),
            })
        })
        .collect()
    }

    /// What devices said since a moment, oldest first, as far as the newest part of the log has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heard_since(&self, since: Timestamp) -> Result<Vec<HeardMessage>, Error> {
        let since = since.as_millis();
        let rows = sqlx::query!(
            r#"SELECT device_id AS "device_id!: Uuid", received_at,
                      CASE WHEN length(payload) <= ?3 THEN payload ELSE x'' END AS "payload!: Vec<u8>", verdict
               FROM messages
               WHERE id > (SELECT ifnull(max(id), 0) FROM messages) - ?2 AND received_at >= ?1 AND device_id IS NOT NULL
               ORDER BY id"#,
            since,
            LOOKED_AT,
            READ_BYTES
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| HeardMessage {
                device: DeviceId::new(row.device_id),
                received_at: Timestamp::from_millis(row.received_at),
                payload: row.payload,
                verdict: row.verdict,
            })
            .collect())
    }
}
