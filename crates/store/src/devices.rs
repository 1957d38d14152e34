//! Devices, how they sign in, and what is known of each now.

use crate::{Entry, Error, Reader, Writer, journal, rows};
use domain::{Device, DeviceId, DeviceKind, FriendId, Rhythm, Spot, Timestamp, geofence};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// A device to add.
pub struct NewDevice<'a> {
    /// Which.
    pub device: &'a Device,
    /// SHA-256 of its password.
    pub credential_hash: &'a [u8],
    /// When.
    pub added_at: Timestamp,
}

/// A device with what is known of it now.
pub struct KnownDevice {
    /// Which.
    pub device: Device,
    /// SHA-256 of its password.
    pub credential_hash: Vec<u8>,
    /// The geofence machine's state.
    pub judged: geofence::DeviceState,
    /// Where it was last seen.
    pub spot: Option<Spot>,
    /// Since when its connection is lost.
    pub lost_at: Option<Timestamp>,
    /// How often it reports.
    pub rhythm: Rhythm,
    /// What its payloads are encrypted with.
    pub secret: Option<String>,
    /// Up to which transition of its friends it was told.
    pub told_at: Option<Timestamp>,
    /// Whether somebody else set it up before its friend could sign in, and its password is that one still.
    pub by_others: bool,
}

impl Writer {
    /// Adds a device, or gives the one of that name a new password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_device(&mut self, new: NewDevice<'_>) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        put(&mut transaction, new).await?;
        transaction.commit().await
    }

    /// Removes a device and everything it reported; of its messages the newest, the others by [`Writer::erase_some`]. If it was the
    /// one that counted for its friend, any of theirs does from `any_from` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_device(
        &mut self,
        id: DeviceId,
        removed_at: Timestamp,
        any_from: Option<Timestamp>,
    ) -> Result<(), Error> {
        let id = id.uuid();
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO erasures (device_id, before)
             SELECT id, (SELECT ifnull(max(id), 0) + 1 FROM messages) FROM devices WHERE id = ?1",
            id
        )
        .execute(&mut *transaction)
        .await?;
        let owner =
            sqlx::query_scalar!(r#"SELECT friend_id AS "friend_id: Uuid" FROM devices WHERE id = ?1"#, id)
                .fetch_optional(&mut *transaction)
                .await?;
        sqlx::query!("DELETE FROM devices WHERE id = ?1", id).execute(&mut *transaction).await?;
        if let Some(owner) = owner {
            let owner = FriendId::new(owner);
            let mut told = vec![(removed_at, Entry::DeviceGone(owner))];
            if let Some(at) = any_from {
                told.insert(0, (at, Entry::Counting(owner, None)));
            }
            journal::write(&mut transaction, &told).await?;
        }
        transaction.commit().await?;
        self.erase_some().await?;
        Ok(())
    }
}

pub(crate) async fn put(connection: &mut SqliteConnection, new: NewDevice<'_>) -> Result<(), Error> {
    let Device { id, friend, name, kind } = new.device;
    let (id, friend, key, name, added_at) =
        (id.uuid(), friend.uuid(), name.key(), name.as_str(), new.added_at.as_millis());
    let kind = kind.as_str();
    sqlx::query!(
        "INSERT INTO devices (id, friend_id, name, credential_hash, added_at, name_key, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET credential_hash = excluded.credential_hash, kind = excluded.kind, by_others = 0",
        id,
        friend,
        name,
        new.credential_hash,
        added_at,
        key,
        kind
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl Reader {
    /// What the geofence machine knows of a device; `None` before its first report.
    ///
    /// # Errors
    /// When the database fails or the row is inconsistent.
    pub async fn device_state(&self, device: DeviceId) -> Result<Option<geofence::DeviceState>, Error> {
        let device = device.uuid();
        let judged = sqlx::query_scalar!("SELECT judged FROM device_states WHERE device_id = ?1", device)
            .fetch_optional(&self.pool)
            .await?;
        judged.map(|text| rows::json("device_states", &text)).transpose()
    }

    /// Every device, by name.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn devices(&self) -> Result<Vec<KnownDevice>, Error> {
        sqlx::query!(
            r#"SELECT d.id AS "id: Uuid", d.friend_id AS "friend_id: Uuid", d.name, d.credential_hash, d.kind, d.by_others AS "by_others: bool",
                      s.judged AS "judged?", s.spot AS "spot?", s.lost_at AS "lost_at?", s.rhythm AS "rhythm?",
                      l.secret AS "secret?", l.told_at AS "told_at?"
               FROM devices d LEFT JOIN device_states s ON s.device_id = d.id LEFT JOIN lines l ON l.device_id = d.id
               ORDER BY d.name"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(KnownDevice {
                device: Device {
                    id: DeviceId::new(row.id),
                    friend: FriendId::new(row.friend_id),
                    name: rows::name("devices", &row.name)?,
                    kind: DeviceKind::of(&row.kind),
                },
                credential_hash: row.credential_hash,
                judged: row
                    .judged
                    .map(|text| rows::json("device_states", &text))
                    .transpose()?
                    .unwrap_or_default(),
                spot: row.spot.map(|text| rows::json("device_states", &text)).transpose()?,
                lost_at: row.lost_at.map(Timestamp::from_millis),
                rhythm: row.rhythm.map(|text| rows::json("device_states", &text)).transpose()?.unwrap_or_default(),
                secret: row.secret,
                told_at: row.told_at.map(Timestamp::from_millis),
                by_others: row.by_others,
            })
        })
        .collect()
    }
}
