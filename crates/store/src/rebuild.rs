//! A fresh database beside a copy of the live one: what people configured is taken over, what follows from messages is not.
//!
//! The copy is attached as `found`, so these statements name tables that the macros cannot know of; every column is taken by name
//! from the schema itself, so a new one is taken over or compared without a line here.

use crate::{
    Batch, Error, JournalEntry, LeftKnown, Logged, Reader, SealedMessage, Writer, commit,
    compare::{self, Compared},
    journal, lines, open, rows,
};
use domain::{DeviceId, FriendId, Timestamp};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::path::Path;

/// What of a message follows from judging it.
const JUDGED: [&str; 3] = ["device_id", "verdict", "trouble"];

/// A rebuild at work.
pub struct Rebuild {
    pub(crate) writer: Writer,
    pub(crate) found: Reader,
    /// The columns of a message that came with it.
    told: Vec<String>,
}

impl Rebuild {
    /// Makes a fresh database at `fresh` from a copy of the live one at `found`, with nothing in it that follows from messages.
    ///
    /// # Errors
    /// When either cannot be read or written.
    pub async fn begin(found: &Path, fresh: &Path) -> Result<Self, Error> {
        let (mut copy, reader) = open(found).await?;
        // Messages of removed devices that are not erased yet are nobody's any more.
        sqlx::query!("DELETE FROM messages WHERE device_id NOT IN (SELECT id FROM devices)")
            .execute(&mut copy.connection)
            .await?;
        copy.close().await?;
        let (mut writer, nobody) = open(fresh).await?;
        nobody.pool.close().await;
        let connection = &mut writer.connection;
        sqlx::query("ATTACH DATABASE ?1 AS found")
            .bind(found.to_string_lossy().into_owned())
            .execute(&mut *connection)
            .await?;
        sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut *connection).await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        for table in compare::tables(&mut transaction).await? {
            if compare::is_derived(&table) {
                continue;
            }
            let columns = compare::columns(&mut transaction, &table).await?.join(", ");
            run(&mut transaction, format!("DELETE FROM main.{table}")).await?;
            let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM found.{table}");
            run(&mut transaction, copy).await?;
        }
        let columns = compare::columns(&mut transaction, "messages").await?;
        transaction.commit().await?;
        sqlx::query("PRAGMA foreign_keys = ON").execute(&mut *connection).await?;
        let told = columns.into_iter().filter(|column| !JUDGED.contains(&column.as_str())).collect();
        Ok(Self { writer, found: reader, told })
    }

    /// The raw log after a message.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn log_after(&self, id: i64, limit: u32) -> Result<Vec<Logged>, Error> {
        self.found.log_after(id, limit).await
    }

    /// The journal.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn journal(&self) -> Result<Vec<JournalEntry>, Error> {
        self.found.journal().await
    }

    /// The live database as it was found.
    pub fn found(&self) -> &Reader {
        &self.found
    }

    /// A device's messages that stayed closed so far, oldest first, after a line of the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sealed(
        &mut self,
        device: DeviceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<SealedMessage>, Error> {
        lines::sealed(&mut self.writer.connection, device, after, limit).await
    }

    /// Stores what follows from a batch, as [`Writer::commit`] does; `ids` are those of its messages, unless they are read again.
    ///
    /// # Errors
    /// When the database fails; nothing of the batch is stored then.
    pub async fn commit(&mut self, batch: &mut Batch, ids: &[i64]) -> Result<(), Error> {
        let mut transaction = self.writer.connection.begin_with("BEGIN IMMEDIATE").await?;
        for (_, entry) in &batch.journal {
            journal::take_up(&mut transaction, entry).await?;
        }
        commit::insert_fixes(&mut transaction, batch).await?;
        if batch.again.is_empty() {
            insert_messages(&mut transaction, &self.told, batch, ids).await?;
        } else {
            commit::judge_again(&mut transaction, batch).await?;
        }
        commit::insert_conclusions(&mut transaction, batch).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes over what was said of a friend as it stood at a time in the live database: one of their devices is gone since, and what
    /// it witnessed with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_over_history(&mut self, friend: FriendId, at: Timestamp) -> Result<(), Error> {
        const COLUMNS: &str = "id, group_id, friend_id, device_id, region_id, region_name, kind, at, decided_at, learnt_at, witness,
                               evidence, stay_ms, demo";
        let mut transaction = self.writer.connection.begin_with("BEGIN IMMEDIATE").await?;
        for sql in [
            "DELETE FROM main.transitions WHERE friend_id = ?1 AND ?2 IS NOT NULL".to_owned(),
            "DELETE FROM main.superseded WHERE friend_id = ?1 AND ?2 IS NOT NULL".to_owned(),
            format!(
                "INSERT INTO main.transitions ({COLUMNS})
                 SELECT {COLUMNS} FROM found.transitions WHERE friend_id = ?1 AND learnt_at <= ?2
                 UNION ALL
                 SELECT {COLUMNS} FROM found.superseded WHERE friend_id = ?1 AND learnt_at <= ?2 AND superseded_at > ?2"
            ),
            format!(
                "INSERT INTO main.superseded ({COLUMNS}, superseded_at)
                 SELECT {COLUMNS}, superseded_at FROM found.superseded WHERE friend_id = ?1 AND superseded_at <= ?2"
            ),
        ] {
            sqlx::query(AssertSqlSafe(sql))
                .bind(friend.uuid())
                .bind(at.as_millis())
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Takes over what was known of a friend as it stood at a time in the live database: something of theirs was deleted then, and what is left
    /// cannot be judged from the raw log any more. Nothing older than what the devices know is judged since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_over_known(
        &mut self,
        friend: FriendId,
        known: &[LeftKnown],
        line: i64,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut transaction = self.writer.connection.begin_with("BEGIN IMMEDIATE").await?;
        for known in known {
            for (table, is_older) in [
                ("fixes", "received_at <= ?2"),
                ("claims", "received_at <= ?2"),
                ("waypoints", "seen_at <= ?2"),
                ("waypoint_lists", "at <= ?2"),
                ("crossings", "decided_at <= ?3"),
                ("checkpoints", "at = ?3"),
                ("device_states", "1"),
            ] {
                let columns = compare::columns(&mut transaction, table).await?.join(", ");
                for sql in [
                    format!(
                        "DELETE FROM main.{table} WHERE device_id = ?1 AND ?2 IS NOT NULL AND ?3 IS NOT NULL"
                    ),
                    format!(
                        "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM found.{table}
                         WHERE device_id = ?1 AND ?2 IS NOT NULL AND ?3 IS NOT NULL AND {is_older}"
                    ),
                ] {
                    let mark = known.judged.judged_at().unwrap_or(Timestamp::MIN);
                    let query = sqlx::query(AssertSqlSafe(sql)).bind(known.device.uuid());
                    query.bind(at.as_millis()).bind(mark.as_millis()).execute(&mut *transaction).await?;
                }
            }
            // What became of them later is told by the messages that follow.
            let later = "UPDATE main.crossings
                SET retracted_at = iif(retracted_at > ?2, NULL, retracted_at),
                    reviewed = iif(reviewed_at > ?2, NULL, reviewed), reviewed_at = iif(reviewed_at > ?2, NULL, reviewed_at)
                WHERE device_id = ?1";
            let mark = known.judged.judged_at().unwrap_or(Timestamp::MIN);
            sqlx::query(later)
                .bind(known.device.uuid())
                .bind(mark.as_millis())
                .execute(&mut *transaction)
                .await?;
            let places = "UPDATE main.waypoints SET gone_at = NULL WHERE device_id = ?1 AND gone_at > ?2";
            sqlx::query(places)
                .bind(known.device.uuid())
                .bind(at.as_millis())
                .execute(&mut *transaction)
                .await?;
            let verdicts = "UPDATE main.messages
                SET verdict = f.verdict, trouble = f.trouble, device_id = f.device_id
                FROM found.messages f WHERE f.id = messages.id AND messages.id <= ?2 AND f.device_id = ?1";
            sqlx::query(verdicts).bind(known.device.uuid()).bind(line).execute(&mut *transaction).await?;
            put_state(&mut transaction, known).await?;
        }
        transaction.commit().await?;
        self.take_over_history(friend, at).await
    }

    /// Compares every table that follows from messages, row by row.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compare(&mut self) -> Result<Vec<Compared>, Error> {
        compare::all(&mut self.writer.connection).await
    }

    /// Ends. The fresh database can be used in place of the live one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(mut self) -> Result<(), Error> {
        let connection = &mut self.writer.connection;
        // A transition has another identifier by now; what waits for an outlet goes on waiting.
        let same = "n.friend_id = o.friend_id AND n.device_id = o.device_id AND n.region_id = o.region_id AND n.kind = o.kind AND n.at = o.at";
        let moved = format!(
            "SELECT n.id FROM found.transitions o JOIN main.transitions n ON {same} WHERE o.id = outlet_events.transition_id"
        );
        run(connection, format!("DELETE FROM main.outlet_events WHERE NOT EXISTS ({moved})")).await?;
        run(connection, format!("UPDATE main.outlet_events SET transition_id = ({moved})")).await?;
        let sequences = "UPDATE main.sqlite_sequence SET seq = (SELECT max(f.seq, sqlite_sequence.seq)
            FROM found.sqlite_sequence f WHERE f.name = sqlite_sequence.name)
            WHERE name IN (SELECT name FROM found.sqlite_sequence)";
        run(connection, sequences.to_owned()).await?;
        run(connection, "DETACH DATABASE found".to_owned()).await?;
        self.found.pool.close().await;
        self.writer.close().await
    }
}

/// A device that had no state then has none yet.
async fn put_state(connection: &mut SqliteConnection, known: &LeftKnown) -> Result<(), Error> {
    let known_then =
        "UPDATE main.device_states SET judged = ?2, spot = ?3, lost_at = ?4 WHERE device_id = ?1";
    sqlx::query(known_then)
        .bind(known.device.uuid())
        .bind(rows::to_json(&known.judged))
        .bind(known.spot.as_ref().map(rows::to_json))
        .bind(known.lost_at.map(Timestamp::as_millis))
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes messages over from the live database as they came, with what became of them now.
async fn insert_messages(
    connection: &mut SqliteConnection,
    told: &[String],
    batch: &Batch,
    ids: &[i64],
) -> Result<(), Error> {
    let hex = |device: DeviceId| device.uuid().simple().to_string();
    let judged = batch.messages.iter().zip(ids).map(|(message, id)| {
        json!([id, message.device.map(hex), message.verdict, u8::from(message.trouble)])
    });
    // By their full names: `json_each` has a column `id`, too.
    let columns: Vec<_> = told.iter().map(|column| format!("messages.{column}")).collect();
    let sql = format!(
        "INSERT INTO main.messages ({}, {}) SELECT {}, unhex(value ->> 1), value ->> 2, value ->> 3
         FROM json_each(?1) JOIN found.messages ON messages.id = value ->> 0",
        told.join(", "),
        JUDGED.join(", "),
        columns.join(", ")
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(Value::Array(judged.collect()).to_string())
        .execute(connection)
        .await?;
    Ok(())
}

async fn run(connection: &mut SqliteConnection, sql: String) -> Result<(), Error> {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}
