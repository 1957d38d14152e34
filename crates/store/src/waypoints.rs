//! Places that phones know, and regions that phones were given.

use crate::{Error, PhoneWaypoint, Reader, Writer, rows};
use domain::{
    DeviceId, OrderId, RegionId, Timestamp,
    waypoint::{Sent, Waypoint},
};
use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

/// Keeps what phones said that they know.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    waypoints: &[PhoneWaypoint],
    lists: &[(DeviceId, Timestamp)],
) -> Result<(), Error> {
    for PhoneWaypoint { device, key, waypoint } in waypoints {
        let Waypoint { rid, made_at, name, position, radius_m, seen_at, gone_at } = waypoint;
        let (device, made_at) = (device.uuid(), made_at.map(Timestamp::as_millis));
        let (lat, lon) = position.unzip();
        let (seen_at, gone_at) = (seen_at.as_millis(), gone_at.map(Timestamp::as_millis));
        sqlx::query!(
            "INSERT INTO waypoints (device_id, key, rid, tst, description, lat, lon, radius_m, seen_at, gone_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (device_id, key) DO UPDATE SET rid = excluded.rid, tst = excluded.tst, description = excluded.description,
                 lat = excluded.lat, lon = excluded.lon, radius_m = excluded.radius_m, seen_at = excluded.seen_at,
                 gone_at = excluded.gone_at",
            device, key, rid, made_at, name, lat, lon, radius_m, seen_at, gone_at
        )
        .execute(&mut *connection)
        .await?;
    }
    for (device, at) in lists {
        let (device, at) = (device.uuid(), at.as_millis());
        sqlx::query!(
            "INSERT INTO waypoint_lists (device_id, at) VALUES (?1, ?2)
             ON CONFLICT (device_id) DO UPDATE SET at = excluded.at",
            device,
            at
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Keeps that phones have what they were given.
pub(crate) async fn confirm(
    connection: &mut SqliteConnection,
    confirmed: &[(DeviceId, RegionId, Timestamp)],
) -> Result<(), Error> {
    for (device, region, at) in confirmed {
        let (device, region, at) = (device.uuid(), region.uuid(), at.as_millis());
        sqlx::query!(
            "UPDATE phone_regions SET confirmed_at = ?3
             WHERE device_id = ?1 AND region_id = ?2 AND given IS NOT NULL AND confirmed_at IS NULL",
            device,
            region,
            at
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Writer {
    /// Remembers that a phone was given an order, `times` in all, and what it was told of regions by that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_delivery(
        &mut self,
        order: OrderId,
        at: Timestamp,
        times: u32,
        device: DeviceId,
        told: &[(RegionId, Sent)],
    ) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let (order, at) = (order.uuid(), at.as_millis());
        sqlx::query!("UPDATE orders SET delivered_at = ?2, deliveries = ?3 WHERE id = ?1", order, at, times)
            .execute(&mut *transaction)
            .await?;
        put_sent(&mut transaction, device, told).await?;
        Ok(transaction.commit().await?)
    }

    /// Remembers what a phone was told of regions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_sent(&mut self, device: DeviceId, told: &[(RegionId, Sent)]) -> Result<(), Error> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        put_sent(&mut transaction, device, told).await?;
        Ok(transaction.commit().await?)
    }
}

async fn put_sent(
    connection: &mut SqliteConnection,
    device: DeviceId,
    told: &[(RegionId, Sent)],
) -> Result<(), Error> {
    let device = device.uuid();
    for (region, Sent { given, at, since, times, arrived, before, confirmed_at }) in told {
        let (region, given, at) = (region.uuid(), given.as_ref().map(rows::to_json), at.as_millis());
        let (since, before) = (since.as_millis(), before.as_ref().map(rows::to_json));
        let confirmed_at = confirmed_at.map(Timestamp::as_millis);
        // A device may have been removed at the terminal a moment ago.
        sqlx::query!(
            "INSERT INTO phone_regions (device_id, region_id, given, sent_at, since, times, arrived, before, confirmed_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM devices WHERE id = ?1)
             ON CONFLICT (device_id, region_id) DO UPDATE SET given = excluded.given, sent_at = excluded.sent_at,
                 since = excluded.since, times = excluded.times, arrived = excluded.arrived, before = excluded.before,
                 confirmed_at = excluded.confirmed_at",
            device,
            region,
            given,
            at,
            since,
            times,
            arrived,
            before,
            confirmed_at
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Reader {
    /// The places that phones know, each under its phone's key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waypoints(&self) -> Result<Vec<PhoneWaypoint>, Error> {
        let rows = sqlx::query!(
            r#"SELECT device_id AS "device_id: Uuid", key, rid, tst, description, lat, lon, radius_m, seen_at, gone_at FROM waypoints"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| PhoneWaypoint {
                device: DeviceId::new(row.device_id),
                key: row.key,
                waypoint: Waypoint {
                    rid: row.rid,
                    made_at: row.tst.map(Timestamp::from_millis),
                    name: row.description,
                    position: row.lat.zip(row.lon),
                    radius_m: row.radius_m,
                    seen_at: Timestamp::from_millis(row.seen_at),
                    gone_at: row.gone_at.map(Timestamp::from_millis),
                },
            })
            .collect())
    }

    /// When each phone last told of all places that it knows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waypoint_lists(&self) -> Result<Vec<(DeviceId, Timestamp)>, Error> {
        let rows = sqlx::query!(r#"SELECT device_id AS "device_id: Uuid", at FROM waypoint_lists"#);
        let rows = rows.fetch_all(&self.pool).await?;
        Ok(rows
            .into_iter()
            .map(|row| (DeviceId::new(row.device_id), Timestamp::from_millis(row.at)))
            .collect())
    }

    /// What phones were told of regions.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn sent(&self) -> Result<Vec<(DeviceId, RegionId, Sent)>, Error> {
        let rows = sqlx::query!(
            r#"SELECT device_id AS "device_id: Uuid", region_id AS "region_id: Uuid", given, sent_at, since, times AS "times: u32",
                      arrived AS "arrived: bool", before, confirmed_at
               FROM phone_regions"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let read = |given: Option<String>| {
                    given.map(|given| rows::json("phone_regions", &given)).transpose()
                };
                let sent = Sent {
                    given: read(row.given)?,
                    at: Timestamp::from_millis(row.sent_at),
                    since: Timestamp::from_millis(row.since),
                    times: row.times,
                    arrived: row.arrived,
                    before: read(row.before)?,
                    confirmed_at: row.confirmed_at.map(Timestamp::from_millis),
                };
                Ok((DeviceId::new(row.device_id), RegionId::new(row.region_id), sent))
            })
            .collect()
    }

    /// When each phone last left the question undone which places it knows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn silences(&self) -> Result<Vec<(DeviceId, Timestamp)>, Error> {
        let rows = sqlx::query!(
            r#"SELECT device_id AS "device_id!: Uuid", max(delivered_at) AS "at: i64" FROM orders
               WHERE outcome = 'refused' AND what = '"waypoints"' GROUP BY device_id"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((DeviceId::new(row.device_id), Timestamp::from_millis(row.at?))))
            .collect())
    }
}
