//! Sensors. They change together with the journal; see `journal.rs`.

use crate::{Error, Reader, rows};
use domain::{GroupId, Sensor, SensorId, Timestamp, TopicFilter};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// Keeps a sensor, new or changed; [`Error::Conflict`] when another one has its name.
pub(crate) async fn put(connection: &mut SqliteConnection, sensor: &Sensor) -> Result<(), Error> {
    let (id, group) = (sensor.id.uuid(), sensor.group.uuid());
    let (name, key) = (sensor.name.as_str(), sensor.name.key());
    let (topic, form) = (sensor.topic.as_str(), rows::to_json(&sensor.form));
    let changed_at = sensor.changed_at.as_millis();
    sqlx::query!(
        "INSERT INTO sensors (id, group_id, name, name_key, topic, form, public, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, topic = excluded.topic,
                                            form = excluded.form, public = excluded.public, changed_at = excluded.changed_at",
        id, group, name, key, topic, form, sensor.public, changed_at
    )
    .execute(connection)
    .await
    .map_err(Error::unique("sensor"))?;
    Ok(())
}

/// Removes a sensor with all its observations.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: SensorId) -> Result<(), Error> {
    let id = id.uuid();
    sqlx::query!("DELETE FROM sensors WHERE id = ?1", id).execute(connection).await?;
    Ok(())
}

impl Reader {
    /// Every sensor.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn sensors(&self) -> Result<Vec<Sensor>, Error> {
        sqlx::query!(
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, topic, form, public AS "public: bool", changed_at
               FROM sensors ORDER BY name_key"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Sensor {
                id: SensorId::new(row.id),
                group: GroupId::new(row.group_id),
                name: rows::name("sensors", &row.name)?,
                topic: TopicFilter::new(&row.topic)
                    .map_err(|why| Error::Inconsistent { table: "sensors", why: format!("topic {why}") })?,
                form: rows::json("sensors", &row.form)?,
                public: row.public,
                changed_at: Timestamp::from_millis(row.changed_at),
            })
        })
        .collect()
    }
}
