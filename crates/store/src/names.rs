//! Keys for names that were stored before names had keys.
//!
//! Two names of one key could be stored then. The older one keeps its name; the other gets a number behind it.

use crate::Error;
use domain::{Name, fold};
use sqlx::{Connection, Row, SqliteConnection};
use uuid::Uuid;

struct Table {
    name: &'static str,
    /// Identifier and name of those without a key, oldest first.
    without: &'static str,
    /// Sets name and key of one.
    put: &'static str,
}

const TABLES: [Table; 3] = [
    Table {
        name: "groups",
        without: "SELECT id, name FROM groups WHERE name_key IS NULL ORDER BY id",
        put: "UPDATE groups SET name = ?2, name_key = ?3 WHERE id = ?1",
    },
    Table {
        name: "friends",
        without: "SELECT id, name FROM friends WHERE name_key IS NULL ORDER BY added_at, id",
        put: "UPDATE friends SET name = ?2, name_key = ?3 WHERE id = ?1",
    },
    Table {
        name: "devices",
        without: "SELECT id, name FROM devices WHERE name_key IS NULL ORDER BY added_at, id",
        put: "UPDATE devices SET name = ?2, name_key = ?3 WHERE id = ?1",
    },
];

/// Gives every name a key that has none.
pub(crate) async fn give_keys(connection: &mut SqliteConnection) -> Result<(), Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for table in TABLES {
        for row in sqlx::query(table.without).fetch_all(&mut *transaction).await? {
            let (id, name): (Uuid, String) = (row.try_get(0)?, row.try_get(1)?);
            let mut number = 1;
            while !put(&mut transaction, &table, id, &numbered(&name, number)).await? {
                number += 1;
            }
            if number > 1 {
                let table = table.name;
                tracing::warn!(table, id = %id.as_simple(), number, "a name was taken when written otherwise; it has a number now");
            }
        }
    }
    Ok(transaction.commit().await?)
}

/// Whether that name was free.
async fn put(connection: &mut SqliteConnection, table: &Table, id: Uuid, name: &str) -> Result<bool, Error> {
    let done = sqlx::query(table.put).bind(id).bind(name).bind(fold(name)).execute(connection).await;
    match done.map_err(Error::unique(table.name)) {
        Ok(_) => Ok(true),
        Err(Error::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    let number = format!(" {number}");
    let room = Name::MAX_CHARS.saturating_sub(number.chars().count());
    name.chars().take(room).chain(number.chars()).collect()
}
