//! What the judge knew besides the messages, and from which message on. Only ever added to; a rebuild replays it.

use crate::{Error, LeftKnown, Reader, Writer, regions, rows, sensors};
use domain::{DeviceId, FriendId, GroupId, Region, RegionId, Sensor, SensorId, Stint, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

/// Something the judge is told besides messages.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Judge by these settings; JSON that the store does not look into.
    Settings(String),
    /// This device reports.
    Device(DeviceId),
    /// From now on there is a key for what this device seals; what was sealed before is read again.
    Key(DeviceId),
    /// The key of this device is no more.
    KeyGone(DeviceId),
    /// A device of this friend was removed, with everything it reported.
    DeviceGone(FriendId),
    /// For where this friend is, from now on this device alone counts; `None`: any of theirs does.
    Counting(FriendId, Option<DeviceId>),
    /// This friend is of these groups, and was of those.
    Groups(FriendId, Groups),
    /// This region is drawn like this.
    Region(Box<Region>),
    /// This region is no more.
    RegionGone(RegionId),
    /// This sensor reports, and is read like this.
    Sensor(Box<Sensor>),
    /// This sensor is no more, nor what it observed.
    SensorGone(SensorId),
    /// Something of this friend was deleted; this is known of their devices since.
    Erased(FriendId, Vec<LeftKnown>),
}

/// The groups of a friend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    /// The home group.
    pub home: GroupId,
    /// Every time in a group, in the order in which they began.
    pub stints: Vec<Stint>,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// It holds for the messages that come after this one.
    pub after_message: i64,
    /// When it was told.
    pub at: Timestamp,
    /// What is told.
    pub entry: Entry,
}

/// A region was drawn, drawn anew or removed.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionChange {
    /// Which.
    pub id: RegionId,
    /// When.
    pub at: Timestamp,
    /// How it is from then on; `None` when it is no more.
    pub drawn: Option<Region>,
}

impl Entry {
    fn what(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::Device(_) => "device",
            Self::Key(_) => "key",
            Self::KeyGone(_) => "key gone",
            Self::DeviceGone(_) => "device gone",
            Self::Counting(..) => "counting",
            Self::Groups(..) => "groups",
            Self::Region(_) => "region",
            Self::RegionGone(_) => "region gone",
            Self::Sensor(_) => "sensor",
            Self::SensorGone(_) => "sensor gone",
            Self::Erased(..) => "erased",
        }
    }
}

/// Writes entries behind the newest message; what they say of regions and sensors becomes true with them.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    entries: &[(Timestamp, Entry)],
) -> Result<(), Error> {
    for (at, entry) in entries {
        take_up(connection, entry).await?;
        let (at, what) = (at.as_millis(), entry.what());
        let (mut device, mut friend, mut region, mut sensor, mut body) = (None, None, None, None, None);
        match entry {
            Entry::Settings(settings) => body = Some(settings.clone()),
            Entry::Device(id) | Entry::Key(id) | Entry::KeyGone(id) => device = Some(id.uuid()),
            // In the body: the choice stays in the journal when the device goes.
            Entry::Counting(id, chosen) => {
                (friend, body) = (Some(id.uuid()), Some(rows::to_json(chosen)));
            }
            Entry::Groups(id, groups) => {
                (friend, body) = (Some(id.uuid()), Some(rows::to_json(groups)));
            }
            Entry::DeviceGone(id) => friend = Some(id.uuid()),
            Entry::Region(drawn) => {
                (region, body) = (Some(drawn.id.uuid()), Some(rows::to_json(drawn.as_ref())));
            }
            Entry::RegionGone(id) => region = Some(id.uuid()),
            Entry::Sensor(told) => {
                (sensor, body) = (Some(told.id.uuid()), Some(rows::to_json(told.as_ref())));
            }
            Entry::SensorGone(id) => sensor = Some(id.uuid()),
            Entry::Erased(id, known) => (friend, body) = (Some(id.uuid()), Some(rows::to_json(known))),
        }
        // A device or a friend may have been removed at the terminal a moment ago.
        sqlx::query!(
            "INSERT INTO journal (after_message, at, what, device_id, friend_id, region_id, body, sensor_id)
             SELECT (SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages'), ?1, ?2, ?3, ?4, ?5, ?6, ?7
             WHERE (?3 IS NULL OR EXISTS (SELECT 1 FROM devices WHERE id = ?3))
               AND (?4 IS NULL OR EXISTS (SELECT 1 FROM friends WHERE id = ?4))",
            at,
            what,
            device,
            friend,
            region,
            body,
            sensor
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Makes true what an entry says of regions and sensors.
pub(crate) async fn take_up(connection: &mut SqliteConnection, entry: &Entry) -> Result<(), Error> {
    match entry {
        Entry::Region(region) => regions::put(connection, region).await,
        Entry::RegionGone(id) => regions::remove(connection, *id).await,
        Entry::Sensor(sensor) => sensors::put(connection, sensor).await,
        Entry::SensorGone(id) => sensors::remove(connection, *id).await,
        Entry::Settings(_)
        | Entry::Device(_)
        | Entry::Key(_)
        | Entry::KeyGone(_)
        | Entry::DeviceGone(_)
        | Entry::Counting(..)
        | Entry::Groups(..)
        | Entry::Erased(..) => Ok(()),
    }
}

impl Writer {
    /// Keeps a region, new or changed, without judging anybody by it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_region(&mut self, region: &Region) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        write(&mut transaction, &[(region.changed_at, Entry::Region(Box::new(region.clone())))]).await?;
        Ok(transaction.commit().await?)
    }
}

impl Reader {
    /// How one region was drawn, each time from when on, oldest first; `None` from when on it was no more.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn region_story(&self, region: RegionId) -> Result<Vec<(Timestamp, Option<Region>)>, Error> {
        let region = region.uuid();
        sqlx::query!("SELECT at, body FROM journal WHERE region_id = ?1 ORDER BY after_message, id", region)
            .fetch_all(&self.pool)
            .await?
            .into_iter()
            .map(|row| {
                let region = row.body.map(|body| rows::json("journal", &body)).transpose()?;
                Ok((Timestamp::from_millis(row.at), region))
            })
            .collect()
    }

    /// The regions that are no more, as they were last drawn.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn gone_regions(&self) -> Result<Vec<Region>, Error> {
        sqlx::query!(
            r#"SELECT max(id) AS "id: i64", body FROM journal
               WHERE what = 'region' AND region_id NOT IN (SELECT id FROM regions) GROUP BY region_id"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .filter_map(|row| row.body)
        .map(|body| rows::json("journal", &body))
        .collect()
    }

    /// Every version of a region, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn region_versions(&self, region: RegionId) -> Result<Vec<Region>, Error> {
        let region = region.uuid();
        sqlx::query_scalar!(
            r#"SELECT body AS "body!" FROM journal WHERE region_id = ?1 AND what = 'region' ORDER BY after_message, id"#,
            region
        )
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|body| rows::json("journal", body))
        .collect()
    }

    /// What became of every region, oldest first: drawn like this from then on, or no more.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn region_changes(&self) -> Result<Vec<RegionChange>, Error> {
        sqlx::query!(
            r#"SELECT region_id AS "region_id!: Uuid", at, body FROM journal
               WHERE what IN ('region', 'region gone') AND region_id IS NOT NULL ORDER BY at, id"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let drawn = row.body.as_deref().map(|body| rows::json("journal", body)).transpose()?;
            Ok(RegionChange { id: RegionId::new(row.region_id), at: Timestamp::from_millis(row.at), drawn })
        })
        .collect()
    }

    /// The whole journal, in order.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn journal(&self) -> Result<Vec<JournalEntry>, Error> {
        sqlx::query!(
            r#"SELECT after_message, at, what, device_id AS "device_id: Uuid", friend_id AS "friend_id: Uuid",
                      region_id AS "region_id: Uuid", sensor_id AS "sensor_id: Uuid", body
               FROM journal ORDER BY after_message, id"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let wrong =
                || Error::Inconsistent { table: "journal", why: format!("{} without its own", row.what) };
            let body = row.body.as_deref().ok_or_else(wrong);
            let entry = match row.what.as_str() {
                "settings" => Entry::Settings(body?.to_owned()),
                "device" => Entry::Device(DeviceId::new(row.device_id.ok_or_else(wrong)?)),
                "key" => Entry::Key(DeviceId::new(row.device_id.ok_or_else(wrong)?)),
                "key gone" => Entry::KeyGone(DeviceId::new(row.device_id.ok_or_else(wrong)?)),
                "device gone" => Entry::DeviceGone(FriendId::new(row.friend_id.ok_or_else(wrong)?)),
                "counting" => {
                    let friend = FriendId::new(row.friend_id.ok_or_else(wrong)?);
                    Entry::Counting(friend, rows::json("journal", body?)?)
                }
                "groups" => {
                    let friend = FriendId::new(row.friend_id.ok_or_else(wrong)?);
                    Entry::Groups(friend, rows::json("journal", body?)?)
                }
                "region" => Entry::Region(Box::new(rows::json("journal", body?)?)),
                "region gone" => Entry::RegionGone(RegionId::new(row.region_id.ok_or_else(wrong)?)),
                "sensor" => Entry::Sensor(Box::new(rows::json("journal", body?)?)),
                "sensor gone" => Entry::SensorGone(SensorId::new(row.sensor_id.ok_or_else(wrong)?)),
                "erased" => {
                    let friend = FriendId::new(row.friend_id.ok_or_else(wrong)?);
                    Entry::Erased(friend, rows::json("journal", body?)?)
                }
                other => {
                    return Err(Error::Inconsistent { table: "journal", why: format!("{other} is unknown") });
                }
            };
            Ok(JournalEntry { after_message: row.after_message, at: Timestamp::from_millis(row.at), entry })
        })
        .collect()
    }
}
