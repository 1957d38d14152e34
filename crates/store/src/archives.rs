//! How far each archive has the raw log.

use crate::{Error, Reader, Writer};
use domain::Timestamp;

/// An archive and what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveRow {
    /// What it is and where.
    pub name: String,
    /// It has every message up to and with this one.
    pub shipped: i64,
    /// When it last got some.
    pub shipped_at: Option<Timestamp>,
    /// How many messages it has not got yet; some of them may have been erased.
    pub waiting: u64,
}

impl Writer {
    /// Notes that an archive has confirmed every message up to and with this one. It never goes back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shipped(&mut self, name: &str, up_to: i64, at: Timestamp) -> Result<(), Error> {
        let at = at.as_millis();
        sqlx::query!(
            "INSERT INTO archives (name, shipped, shipped_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET shipped = max(shipped, excluded.shipped), shipped_at = excluded.shipped_at",
            name,
            up_to,
            at
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}

impl Reader {
    /// The names of the archives that got any message.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn archives(&self) -> Result<Vec<String>, Error> {
        let names = sqlx::query_scalar!("SELECT name FROM archives WHERE shipped > 0 ORDER BY name");
        Ok(names.fetch_all(&self.pool).await?)
    }

    /// How far an archive is. One that never got anything is at the beginning.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn archive(&self, name: &str) -> Result<ArchiveRow, Error> {
        let newest = sqlx::query_scalar!(r#"SELECT ifnull(max(id), 0) AS "newest!: i64" FROM messages"#)
            .fetch_one(&self.pool)
            .await?;
        let row = sqlx::query!("SELECT shipped, shipped_at FROM archives WHERE name = ?1", name)
            .fetch_optional(&self.pool)
            .await?;
        let (shipped, shipped_at) = row.map_or((0, None), |row| (row.shipped, row.shipped_at));
        Ok(ArchiveRow {
            name: name.to_owned(),
            shipped,
            shipped_at: shipped_at.map(Timestamp::from_millis),
            waiting: newest.saturating_sub(shipped).max(0).unsigned_abs(),
        })
    }
}
