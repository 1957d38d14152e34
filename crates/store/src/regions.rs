//! Regions. They change together with the journal; see `journal.rs`.

use crate::{Error, Reader, rows};
use domain::{GroupId, Region, RegionId, Timestamp};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// Keeps a region, new or changed.
pub(crate) async fn put(connection: &mut SqliteConnection, region: &Region) -> Result<(), Error> {
    let (id, group, name) = (region.id.uuid(), region.group.uuid(), region.name.as_str());
    let (area, changed_at) = (rows::to_json(&region.area), region.changed_at.as_millis());
    let details = rows::to_json(&region.details);
    sqlx::query!(
        "INSERT INTO regions (id, group_id, name, area, demo, changed_at, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE
             SET name = excluded.name, area = excluded.area, changed_at = excluded.changed_at, details = excluded.details",
        id, group, name, area, region.demo, changed_at, details
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a region; its history stays.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: RegionId) -> Result<(), Error> {
    let id = id.uuid();
    sqlx::query!("DELETE FROM regions WHERE id = ?1", id).execute(connection).await?;
    Ok(())
}

impl Reader {
    /// Every region, by name.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn regions(&self) -> Result<Vec<Region>, Error> {
        sqlx::query!(
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, area, demo AS "demo: bool", changed_at, details
               FROM regions ORDER BY name COLLATE NOCASE, id"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Region {
                id: RegionId::new(row.id),
                group: GroupId::new(row.group_id),
                name: rows::name("regions", &row.name)?,
                area: rows::json("regions", &row.area)?,
                demo: row.demo,
                changed_at: Timestamp::from_millis(row.changed_at),
                details: rows::json("regions", &row.details)?,
            })
        })
        .collect()
    }
}
