//! How much is stored, by class and friend, and how much room that takes.

use crate::{Error, Reader, classes};
use domain::{FriendId, Held, RetentionClass, Timestamp};
use sqlx::{Row, sqlite::SqliteRow};
use std::collections::HashMap;
use uuid::Uuid;

const DAY_MS: i64 = 86_400_000;

/// How much there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// By class and friend.
    pub held: Vec<Held>,
    /// The database's file, bytes.
    pub file: u64,
    /// What of it is empty.
    pub free: u64,
}

/// The tables of each class; their indexes go with them.
const TABLES: [(RetentionClass, &[&str]); 5] = [
    (RetentionClass::Raw, &["messages"]),
    (RetentionClass::Fixes, &["fixes", "claims", "checkpoints"]),
    (RetentionClass::Transitions, &["transitions", "superseded", "crossings"]),
    (RetentionClass::Observations, &["observations"]),
    (RetentionClass::Audit, &["audit", "seen"]),
];

/// Whose, how many, a weight by which the room is shared out, the oldest, and how many are of the last week and month. What the server made of the
/// evidence takes room and is not counted.
const RAW: &str = "SELECT d.friend_id, count(*), sum(length(payload) + length(topic) + length(verdict) + 40), min(received_at),
        sum(received_at >= ?1), sum(received_at >= ?2)
    FROM messages m LEFT JOIN devices d ON d.id = m.device_id GROUP BY 1";
const FIXES: &str = "SELECT d.friend_id, sum(n), sum(weight), min(oldest), sum(week), sum(month) FROM (
        SELECT device_id, count(*) AS n, count(*) * 110 AS weight, min(iif(at >= ?3, at, NULL)) AS oldest,
            sum(received_at >= ?1) AS week, sum(received_at >= ?2) AS month FROM fixes GROUP BY 1
        UNION ALL SELECT device_id, count(*), count(*) * 130, min(iif(at >= ?3, at, NULL)), sum(received_at >= ?1), sum(received_at >= ?2)
            FROM claims GROUP BY 1
        UNION ALL SELECT device_id, 0, sum(length(judged) + 30), NULL, 0, 0 FROM checkpoints GROUP BY 1) e
    JOIN devices d ON d.id = e.device_id GROUP BY 1";
const TRANSITIONS: &str = "SELECT friend_id, sum(n), sum(weight), min(oldest), sum(week), sum(month) FROM (
        SELECT friend_id, count(*) AS n, sum(length(evidence) + 200) AS weight, min(at) AS oldest,
            sum(learnt_at >= ?1) AS week, sum(learnt_at >= ?2) AS month FROM transitions GROUP BY 1
        UNION ALL SELECT friend_id, count(*), sum(length(evidence) + 200), min(at), sum(learnt_at >= ?1), sum(learnt_at >= ?2)
            FROM superseded GROUP BY 1
        UNION ALL SELECT d.friend_id, 0, sum(length(evidence) + 120), NULL, 0, 0
            FROM crossings c JOIN devices d ON d.id = c.device_id GROUP BY 1) GROUP BY 1";
/// The condition that an observation `t` is too old at a moment `?2`: the newest of a sensor stays, and what came late is as old as when it came.
const OLD_OBSERVATION: &str =
    "at < min(?2, (SELECT max(at) FROM observations o WHERE o.sensor_id = t.sensor_id)) AND received_at < ?2";
const OBSERVATIONS: &str = "SELECT NULL, count(*), count(*), min(at), sum(received_at >= ?1), sum(received_at >= ?2) FROM observations";
const AUDIT: &str = "SELECT NULL, sum(n), sum(weight), min(oldest), sum(week), sum(month) FROM (
        SELECT count(*) AS n, count(*) * 250 AS weight, min(at) AS oldest, sum(at >= ?1) AS week, sum(at >= ?2) AS month FROM audit
        UNION ALL SELECT count(*), count(*) * 120, min(last_at), sum(last_at >= ?1), sum(last_at >= ?2) FROM seen)";

impl Reader {
    /// How much is stored. Reads the whole database: some seconds where there is much.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sizes(&self, now: Timestamp) -> Result<Sizes, Error> {
        let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&self.pool).await?;
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&self.pool).await?;
        let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&self.pool).await?;
        let room = self.room().await?;
        let mut held = Vec::new();
        for ((class, tables), sql) in TABLES.into_iter().zip([RAW, FIXES, TRANSITIONS, OBSERVATIONS, AUDIT]) {
            let bytes = tables.iter().filter_map(|table| room.get(*table)).sum();
            held.extend(self.held_of(class, sql, bytes, now).await?);
        }
        Ok(Sizes { held, file: (size * pages).unsigned_abs(), free: (size * free).unsigned_abs() })
    }

    /// How many rows are older than is kept, of a class: to be told before anything goes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn older(&self, class: RetentionClass, before: Timestamp) -> Result<u64, Error> {
        let is_old = |condition: &str| condition.to_owned();
        let tables: Vec<(&str, String)> = match class {
            RetentionClass::Raw => vec![("messages", is_old("received_at < ?2"))],
            RetentionClass::Observations => vec![("observations", is_old(OLD_OBSERVATION))],
            RetentionClass::Audit => vec![("audit", is_old("last_at < ?2"))],
            RetentionClass::Fixes | RetentionClass::Transitions => classes::too_old(class).collect(),
        };
        let mut count = 0;
        for (table, is_old) in tables {
            let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table} t WHERE {is_old}"));
            // The conditions are those of a sweep, whose `?1` says whose rows.
            let query = sqlx::query_scalar(sql).bind(None::<i64>).bind(before.as_millis());
            let rows: i64 = query.fetch_one(&self.pool).await?;
            count += rows.unsigned_abs();
        }
        Ok(count)
    }

    async fn held_of(
        &self,
        class: RetentionClass,
        sql: &'static str,
        bytes: u64,
        now: Timestamp,
    ) -> Result<Vec<Held>, Error> {
        let since = |days: i64| now.plus_millis(-days * DAY_MS).as_millis();
        let query = sqlx::query(sql).bind(since(7)).bind(since(30)).bind(domain::Fix::EARLIEST.as_millis());
        let found = query.fetch_all(&self.pool).await?;
        let number = |row: &SqliteRow, column: usize| {
            Ok::<_, Error>(row.try_get::<Option<i64>, _>(column)?.unwrap_or_default().max(0).unsigned_abs())
        };
        let mut weights = 0;
        for row in &found {
            weights += number(row, 2)?;
        }
        let share = |weight: u64| {
            let share = u128::from(bytes) * u128::from(weight) / u128::from(weights.max(1));
            u64::try_from(share).unwrap_or(u64::MAX)
        };
        let held = found.iter().map(|row| {
            Ok(Held {
                class,
                friend: row.try_get::<Option<Uuid>, _>(0)?.map(FriendId::new),
                rows: number(row, 1)?,
                bytes: share(number(row, 2)?),
                oldest: row.try_get::<Option<i64>, _>(3)?.map(Timestamp::from_millis),
                week: number(row, 4)?,
                month: number(row, 5)?,
            })
        });
        held.filter(|held| held.as_ref().map_or(true, |held| held.rows > 0)).collect()
    }

    /// How many bytes the pages of each table and its indexes take.
    async fn room(&self) -> Result<HashMap<String, u64>, Error> {
        let found = sqlx::query(
            "SELECT s.tbl_name, sum(b.pgsize) FROM dbstat b JOIN sqlite_schema s ON s.name = b.name WHERE b.aggregate = TRUE GROUP BY 1",
        )
        .fetch_all(&self.pool)
        .await?;
        found.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs()))).collect()
    }
}
