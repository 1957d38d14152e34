//! What a device's whereabouts were judged by, and what came of it: for judging once more what something that came late can change.

use crate::{Claim, Error, Reader, Rebuild, crossings, rows, transitions};
use domain::{DeviceId, Fix, FriendId, RegionId, Timestamp, Transition, geofence};
use geodesy::Point;
use sqlx::{Acquire, SqliteConnection};
use uuid::Uuid;

/// Which part of a device's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastQuery {
    /// Whose.
    pub device: DeviceId,
    /// From the last checkpoint before this time, or the first there is.
    pub from: Timestamp,
    /// To this time.
    pub to: Timestamp,
    /// And on to the so many-th checkpoint from there.
    pub checkpoints: u32,
}

/// What the machine knew of a device after all evidence up to and with a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Of which device.
    pub device: DeviceId,
    /// The time of the newest evidence in it; [`Timestamp::MIN`] before the first.
    pub at: Timestamp,
    /// What was known.
    pub state: geofence::DeviceState,
}

/// A part of a device's past.
#[derive(Clone, Debug)]
pub struct Past {
    /// Where it begins.
    pub base: Checkpoint,
    /// Up to and with which time it is complete; `None`: up to now.
    pub until: Option<Timestamp>,
    /// Later checkpoints, oldest first.
    pub checkpoints: Vec<Checkpoint>,
    /// Positions after the base, with the regions listed beside them; in no order.
    pub fixes: Vec<(Fix, Vec<RegionId>)>,
    /// What the phone said after the base of regions of ours; in no order.
    pub claims: Vec<Claim>,
    /// The device's log, from before the base.
    pub log: Vec<crossings::LogEntry>,
}

/// Which part of what a friend's devices made of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KinQuery {
    /// Whose devices.
    pub friend: FriendId,
    /// All of them.
    pub devices: Vec<DeviceId>,
    /// Which region.
    pub region: RegionId,
    /// Not before.
    pub from: Timestamp,
}

/// What a friend's devices made of a region from some time on, and what was said of it.
#[derive(Clone, Debug)]
pub struct Kin {
    /// Which devices were inside before.
    pub inside: Vec<DeviceId>,
    /// Since when the friend was, by what was said; `None` if they were not or nothing was said.
    pub since: Option<Timestamp>,
    /// The devices' entries that hold, in no order.
    pub log: Vec<crossings::LogEntry>,
    /// What is in the history.
    pub said: Vec<Transition>,
}

impl Reader {
    /// A part of a device's past, from the first checkpoint when there is none before it; `None` when there is none at all.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn past(&self, query: &PastQuery) -> Result<Option<Past>, Error> {
        past(self.pool.acquire().await?.acquire().await?, query).await
    }

    /// What a friend's devices made of a region.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn kin(&self, query: &KinQuery) -> Result<Kin, Error> {
        kin(self.pool.acquire().await?.acquire().await?, query).await
    }
}

impl Rebuild {
    /// A part of a device's past, as it was rebuilt so far.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn past(&mut self, query: &PastQuery) -> Result<Option<Past>, Error> {
        past(&mut self.writer.connection, query).await
    }

    /// What a friend's devices made of a region, as it was rebuilt so far.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn kin(&mut self, query: &KinQuery) -> Result<Kin, Error> {
        kin(&mut self.writer.connection, query).await
    }
}

struct Base {
    at: i64,
    judged: String,
}

async fn past(connection: &mut SqliteConnection, query: &PastQuery) -> Result<Option<Past>, Error> {
    let (device, from) = (query.device.uuid(), query.from.as_millis());
    let base = sqlx::query_as!(
        Base,
        "SELECT at, judged FROM checkpoints WHERE device_id = ?1 AND at < ?2 ORDER BY at DESC LIMIT 1",
        device,
        from
    )
    .fetch_optional(&mut *connection)
    .await?;
    let base = if base.is_some() {
        base
    } else {
        sqlx::query_as!(
            Base,
            "SELECT at, judged FROM checkpoints WHERE device_id = ?1 ORDER BY at LIMIT 1",
            device
        )
        .fetch_optional(&mut *connection)
        .await?
    };
    let Some(base) = base else { return Ok(None) };
    let checkpoint = |at, judged: &str| {
        let state = rows::json("checkpoints", judged)?;
        Ok::<_, Error>(Checkpoint { device: query.device, at: Timestamp::from_millis(at), state })
    };
    let (base_at, base) = (base.at, checkpoint(base.at, &base.judged)?);
    let (to, skip) = (query.to.as_millis(), query.checkpoints.saturating_sub(1));
    let until = sqlx::query_scalar!(
        "SELECT at FROM checkpoints WHERE device_id = ?1 AND at >= ?2 ORDER BY at LIMIT 1 OFFSET ?3",
        device,
        to,
        skip
    )
    .fetch_optional(&mut *connection)
    .await?;
    let end = until.unwrap_or(i64::MAX);
    let checkpoints = sqlx::query!(
        "SELECT at, judged FROM checkpoints WHERE device_id = ?1 AND at > ?2 AND at <= ?3 ORDER BY at",
        device,
        base_at,
        end
    )
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(|row| checkpoint(row.at, &row.judged))
    .collect::<Result<_, _>>()?;
    let log =
        crossings::of_device(connection, query.device, base.at, until.map(Timestamp::from_millis)).await?;
    Ok(Some(Past {
        until: until.map(Timestamp::from_millis),
        checkpoints,
        fixes: fixes(connection, query.device, base_at, end).await?,
        claims: claims(connection, query.device, base_at, end).await?,
        log,
        base,
    }))
}

/// Positions by the time at which they are believed to have been taken.
async fn fixes(
    connection: &mut SqliteConnection,
    device: DeviceId,
    after: i64,
    until: i64,
) -> Result<Vec<(Fix, Vec<RegionId>)>, Error> {
    let (id, last) = (device.uuid(), until.saturating_add(Fix::MOST_AHEAD_MS));
    let inconsistent = |why: String| Error::Inconsistent { table: "fixes", why };
    let rows = sqlx::query!(
        r#"SELECT at, received_at, lat, lon, accuracy_m, listed FROM fixes WHERE device_id = ?1 AND at > ?2 AND at <= ?3"#,
        id,
        after,
        last
    )
    .fetch_all(connection)
    .await?;
    let mut fixes = Vec::with_capacity(rows.len());
    for row in rows {
        let point = Point::new(row.lat, row.lon).map_err(|why| inconsistent(why.to_string()))?;
        let fix = Fix {
            received_at: Timestamp::from_millis(row.received_at),
            accuracy_m: row.accuracy_m,
            ..Fix::bare(device, Timestamp::from_millis(row.at), point)
        };
        let believed_at = fix.believed_at().as_millis();
        if fix.is_null_island() || !fix.has_plausible_time() || believed_at <= after || believed_at > until {
            continue;
        }
        let listed = row.listed.unwrap_or_default();
        let listed = listed.chunks(16).map(|id| Uuid::from_slice(id).map(RegionId::new));
        fixes.push((fix, listed.collect::<Result<_, _>>().map_err(|why| inconsistent(why.to_string()))?));
    }
    Ok(fixes)
}

async fn claims(
    connection: &mut SqliteConnection,
    device: DeviceId,
    after: i64,
    until: i64,
) -> Result<Vec<Claim>, Error> {
    let id = device.uuid();
    sqlx::query!(
        r#"SELECT at, kind, description, rid, waypoint_at, region_id AS "region_id: Uuid", lat, lon, accuracy_m, received_at
           FROM claims WHERE device_id = ?1 AND at > ?2 AND at <= ?3 AND region_id IS NOT NULL"#,
        id,
        after,
        until
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Claim {
            device,
            at: Timestamp::from_millis(row.at),
            kind: rows::word("claims", &row.kind)?,
            description: row.description,
            rid: row.rid,
            waypoint_at: row.waypoint_at.map(Timestamp::from_millis),
            region: row.region_id.map(RegionId::new),
            position: row.lat.zip(row.lon),
            accuracy_m: row.accuracy_m,
            received_at: Timestamp::from_millis(row.received_at),
        })
    })
    .collect()
}

async fn kin(connection: &mut SqliteConnection, query: &KinQuery) -> Result<Kin, Error> {
    let KinQuery { friend, devices, region, from } = query;
    let (mut inside, mut log) = (Vec::new(), Vec::new());
    for device in devices {
        if crossings::was_inside(connection, *device, *region, *from).await? {
            inside.push(*device);
        }
        log.extend(crossings::of_region(connection, *device, *region, *from).await?);
    }
    let said = transitions::of_region(connection, *friend, *region, *from).await?;
    let since = transitions::inside_since(connection, *friend, *region, *from).await?;
    Ok(Kin { inside, since, log, said })
}
