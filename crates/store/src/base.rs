//! Where a rebuild begins with a device of which older messages or evidence are gone: with what the live database knows of it, and nothing is judged
//! that is older. What was concluded until some time later is taken as it was judged.
//!
//! A base is the first checkpoint with no gap in the messages after it. It is the sum of all evidence until then, also of what came late; so
//! what comes late in the rebuild and is older is passed over.

use crate::{Error, LeftKnown, Rebuild, compare, rows};
use domain::{DeviceId, FriendId, Timestamp, geofence::DeviceState};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use uuid::Uuid;

/// For how long after a base what was said may still depend on what came late and is older.
const UNSURE_MS: i64 = 2 * 24 * 3600 * 1000;

/// Where a rebuild begins with a device.
#[derive(Clone, Debug)]
pub struct Base {
    /// Whose.
    pub friend: FriendId,
    /// Up to and with this message the log is passed over.
    pub line: i64,
    /// When that came.
    pub at: Timestamp,
    /// What is known then.
    pub known: LeftKnown,
    /// Up to when all is taken as it was judged.
    pub sure: Timestamp,
}

impl Rebuild {
    /// Where to begin with those devices of which something is gone, in the order of the log.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn bases(&self) -> Result<Vec<Base>, Error> {
        let first = Timestamp::MIN.as_millis();
        // Of a device that came later nothing is gone by its friend's messages.
        let devices = sqlx::query!(
            r#"SELECT d.id AS "id!: Uuid", d.friend_id AS "friend_id!: Uuid", max(r.line, ifnull(h.line, 0)) AS "line!: i64",
                      max(ifnull(r.line_at, ?1), ifnull(h.line_at, ?1)) AS "line_at!: i64"
               FROM devices d, retention r LEFT JOIN horizons h ON h.friend_id = d.friend_id
               WHERE (r.line > 0 OR h.friend_id IS NOT NULL)
                 AND NOT (EXISTS (SELECT 1 FROM checkpoints c WHERE c.device_id = d.id AND c.at = ?1)
                          AND d.added_at > max(ifnull(r.line_at, ?1), ifnull(h.line_at, ?1)))
               ORDER BY d.id"#,
            first
        )
        .fetch_all(&self.found.pool)
        .await?;
        let mut bases = Vec::with_capacity(devices.len());
        for row in devices {
            let gone = (row.line, row.line_at);
            bases.push(self.base((DeviceId::new(row.id), FriendId::new(row.friend_id)), gone).await?);
        }
        bases.sort_by_key(|base| (base.line, base.known.device));
        Ok(bases)
    }

    /// Of a device, when the messages up to this line and time are gone.
    async fn base(
        &self,
        (device, friend): (DeviceId, FriendId),
        (line, line_at): (i64, i64),
    ) -> Result<Base, Error> {
        let (id, first) = (device.uuid(), Timestamp::MIN.as_millis());
        let known = |judged: &str| {
            let judged = rows::json("checkpoints", judged)?;
            Ok::<_, Error>(LeftKnown { device, judged, spot: None, lost_at: None, blank: false })
        };
        let checkpoint = sqlx::query!(
            "SELECT at, judged FROM checkpoints WHERE device_id = ?1 AND at > ?2 AND at >= ?3 ORDER BY at LIMIT 1",
            id,
            first,
            line_at
        )
        .fetch_optional(&self.found.pool)
        .await?;
        if let Some(row) = checkpoint {
            let line = sqlx::query_scalar!(
                r#"SELECT ifnull(max(id), ?1) AS "line!: i64" FROM messages WHERE received_at <= ?2"#,
                line,
                row.at
            )
            .fetch_one(&self.found.pool)
            .await?;
            let at = Timestamp::from_millis(row.at);
            let (known, sure) = (known(&row.judged)?, at.plus_millis(UNSURE_MS));
            return Ok(Base { friend, line, at, known, sure });
        }
        // It has been silent since.
        let judged = sqlx::query_scalar!("SELECT judged FROM device_states WHERE device_id = ?1", id)
            .fetch_optional(&self.found.pool)
            .await?;
        let known = match judged {
            Some(judged) => known(&judged)?,
            None => known(&rows::to_json(&DeviceState::default()))?,
        };
        let at = known.judged.judged_at().unwrap_or(Timestamp::MIN).max(Timestamp::from_millis(line_at));
        Ok(Base { friend, line, at, known, sure: Timestamp::MAX })
    }

    /// Takes what is from before a base is sure as the live database has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_as_judged(&mut self, bases: &[Base]) -> Result<(), Error> {
        let mut transaction = self.writer.connection.begin_with("BEGIN IMMEDIATE").await?;
        for base in bases {
            take(&mut transaction, base).await?;
        }
        // What sensors observed is nobody's.
        let columns = compare::columns(&mut transaction, "observations").await?.join(", ");
        let gone = "(received_at <= (SELECT line_at FROM found.retention) OR at < (SELECT observed_at FROM found.retention))";
        run(&mut transaction, format!("DELETE FROM main.observations WHERE {gone}"), None).await?;
        let taken = format!(
            "INSERT OR IGNORE INTO main.observations ({columns}) SELECT {columns} FROM found.observations WHERE {gone}"
        );
        run(&mut transaction, taken, None).await?;
        Ok(transaction.commit().await?)
    }
}

async fn take(connection: &mut SqliteConnection, base: &Base) -> Result<(), Error> {
    let of = Some((base.known.device.uuid(), base.sure.as_millis()));
    for (table, is_older) in [
        ("fixes", "(at <= ?2 OR received_at <= ?2)"),
        ("claims", "at <= ?2"),
        ("crossings", "decided_at <= ?2"),
        ("checkpoints", "at <= ?2"),
        ("transitions", "decided_at <= ?2"),
        ("superseded", "decided_at <= ?2"),
        ("waypoints", "seen_at <= ?2"),
        ("waypoint_lists", "at <= ?2"),
    ] {
        let columns = compare::columns(connection, table).await?.join(", ");
        let theirs = format!("device_id = ?1 AND {is_older}");
        run(connection, format!("DELETE FROM main.{table} WHERE {theirs}"), of).await?;
        let taken = format!(
            "INSERT OR IGNORE INTO main.{table} ({columns}) SELECT {columns} FROM found.{table} WHERE {theirs}"
        );
        run(connection, taken, of).await?;
    }
    let verdicts = "UPDATE main.messages SET verdict = f.verdict, trouble = f.trouble
        FROM found.messages f WHERE f.id = messages.id AND f.device_id = ?1 AND messages.received_at <= ?2";
    run(connection, verdicts.to_owned(), of).await?;
    // When it is expected next follows from more messages than there are.
    let spots = "UPDATE main.device_states SET spot = f.spot FROM found.device_states f
        WHERE f.device_id = ?1 AND device_states.device_id = ?1 AND ?2 IS NOT NULL
          AND (device_states.spot IS NULL
               OR json_remove(device_states.spot, '$.expected') = json_remove(f.spot, '$.expected'))";
    run(connection, spots.to_owned(), of).await?;
    if base.sure == Timestamp::MAX {
        run(
            connection,
            "DELETE FROM main.device_states WHERE device_id = ?1 AND ?2 IS NOT NULL".to_owned(),
            of,
        )
        .await?;
        let columns = compare::columns(connection, "device_states").await?.join(", ");
        let whole = format!(
            "INSERT INTO main.device_states ({columns}) SELECT {columns} FROM found.device_states
             WHERE device_id = ?1 AND ?2 IS NOT NULL"
        );
        run(connection, whole, of).await?;
    }
    Ok(())
}

async fn run(connection: &mut SqliteConnection, sql: String, of: Option<(Uuid, i64)>) -> Result<(), Error> {
    let query = sqlx::query(AssertSqlSafe(sql));
    let query = match of {
        Some((device, sure)) => query.bind(device).bind(sure),
        None => query,
    };
    query.execute(connection).await?;
    Ok(())
}
