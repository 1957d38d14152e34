//! Positions.

use crate::{Error, Reader};
use domain::{DeviceId, Fix, Timestamp};
use geodesy::Point;
use std::collections::HashMap;
use uuid::Uuid;

/// Which fixes of one device.
pub struct FixQuery {
    /// Of this device.
    pub device: DeviceId,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Only what comes after this one, going back in time: its time and how many of that very time were had.
    pub after: Option<(Timestamp, u32)>,
    /// How many at the most.
    pub limit: u32,
}

/// A fix with nothing but what judging takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bare {
    /// When it was taken, by the phone's clock.
    pub at: Timestamp,
    /// When the server got it.
    pub received_at: Timestamp,
    /// Where.
    pub point: Point,
    /// How exact, metres.
    pub accuracy_m: Option<f64>,
}

impl Reader {
    /// The fixes of one device since a moment, oldest first; of more than `limit` the newest.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn bare_fixes(
        &self,
        device: DeviceId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Bare>, Error> {
        let (device, since) = (device.uuid(), since.as_millis());
        let mut rows = sqlx::query!(
            "SELECT at, received_at, lat, lon, accuracy_m FROM fixes WHERE device_id = ?1 AND at >= ?2
             ORDER BY at DESC, lat DESC, lon DESC LIMIT ?3",
            device,
            since,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.reverse();
        let bare = rows.into_iter().map(|row| {
            Ok(Bare {
                at: Timestamp::from_millis(row.at),
                received_at: Timestamp::from_millis(row.received_at),
                point: Point::new(row.lat, row.lon)
                    .map_err(|why| Error::Inconsistent { table: "fixes", why: why.to_string() })?,
                accuracy_m: row.accuracy_m,
            })
        });
        bare.collect()
    }

    /// When each device took its first fix. Devices without one are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_fixes(&self) -> Result<HashMap<DeviceId, Timestamp>, Error> {
        let rows = sqlx::query!(
            r#"SELECT id AS "id: Uuid", (SELECT min(at) FROM fixes WHERE device_id = devices.id) AS "at: i64" FROM devices"#
        )
        .fetch_all(&self.pool)
        .await?;
        let first = |at: i64| Timestamp::from_millis(at);
        Ok(rows.into_iter().filter_map(|row| Some((DeviceId::new(row.id), first(row.at?)))).collect())
    }

    /// Fixes of one device, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn fixes(&self, query: &FixQuery) -> Result<Vec<Fix>, Error> {
        let device = query.device.uuid();
        let from = query.from.map_or(i64::MIN, Timestamp::as_millis);
        let to = query.to.map_or(i64::MAX, Timestamp::as_millis);
        let (last, skip) = query.after.map_or((i64::MAX, 0), |(at, had)| (at.as_millis(), had));
        sqlx::query!(
            r#"SELECT device_id AS "device_id: Uuid", at, received_at, sent_at, lat, lon, accuracy_m, altitude_m, velocity_kmh, course_deg,
                      battery_pct AS "battery_pct: u8", trigger_code, connection
               FROM fixes WHERE device_id = ?1 AND at >= ?2 AND at < ?3 AND at <= ?4
               ORDER BY at DESC, lat DESC, lon DESC LIMIT ?5 OFFSET ?6"#,
            device, from, to, last, query.limit, skip
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Fix {
                device: DeviceId::new(row.device_id),
                at: Timestamp::from_millis(row.at),
                sent_at: row.sent_at.map(Timestamp::from_millis),
                received_at: Timestamp::from_millis(row.received_at),
                point: Point::new(row.lat, row.lon)
                    .map_err(|why| Error::Inconsistent { table: "fixes", why: why.to_string() })?,
                accuracy_m: row.accuracy_m,
                altitude_m: row.altitude_m,
                velocity_kmh: row.velocity_kmh,
                course_deg: row.course_deg,
                battery_pct: row.battery_pct,
                trigger: row.trigger_code,
                connection: row.connection,
            })
        })
        .collect()
    }
}
