//! What sensors measured. Written by [`crate::Writer::commit`], with the messages it was said in.

use crate::{Error, Reader, rows};
use domain::{Observation, SensorId, Timestamp};

/// Which observations of one sensor.
pub struct ObservationQuery {
    /// Of this sensor.
    pub sensor: SensorId,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// How many at the most.
    pub limit: u32,
}

impl Reader {
    /// Observations of a sensor, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn observations(&self, query: &ObservationQuery) -> Result<Vec<Observation>, Error> {
        let sensor = query.sensor.uuid();
        let from = query.from.map_or(i64::MIN, Timestamp::as_millis);
        let to = query.to.map_or(i64::MAX, Timestamp::as_millis);
        sqlx::query!(
            "SELECT at, received_at, readings FROM observations
             WHERE sensor_id = ?1 AND at >= ?2 AND at < ?3 ORDER BY at DESC LIMIT ?4",
            sensor,
            from,
            to,
            query.limit
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Observation {
                at: Timestamp::from_millis(row.at),
                received_at: Timestamp::from_millis(row.received_at),
                values: rows::json("observations", &row.readings)?,
            })
        })
        .collect()
    }
}
