//! Comparing what follows from messages in two databases, row by row and column by column.

use crate::Error;
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

/// How many differences of a table are told one by one; all are counted.
const TOLD: usize = 50;

/// A table that follows from messages.
struct Derived {
    table: &'static str,
    /// By which columns rows are the same one.
    key: &'static [&'static str],
    /// How a row is named to people. Never by where it is.
    named: &'static [&'static str],
    /// What is made up anew each time, so it is not compared.
    aside: &'static [&'static str],
}

const DERIVED: [Derived; 13] = [
    Derived { table: "messages", key: &["id"], named: &["id"], aside: &[] },
    Derived {
        table: "fixes",
        key: &["device_id", "at", "lat", "lon"],
        named: &["device_id", "at"],
        aside: &[],
    },
    Derived {
        table: "claims",
        key: &["device_id", "at", "kind", "description"],
        named: &["device_id", "at", "kind"],
        aside: &[],
    },
    Derived { table: "waypoints", key: &["device_id", "key"], named: &["device_id", "key"], aside: &[] },
    Derived { table: "waypoint_lists", key: &["device_id"], named: &["device_id"], aside: &[] },
    // A rhythm is learnt only since there are such, and says nothing of where anybody was.
    Derived { table: "device_states", key: &["device_id"], named: &["device_id"], aside: &["rhythm"] },
    Derived {
        table: "transitions",
        key: &["friend_id", "device_id", "region_id", "kind", "at"],
        named: &["device_id", "region_id", "kind", "at"],
        aside: &["id"],
    },
    Derived {
        table: "superseded",
        // The same may have been believed and given up more than once.
        key: &[
            "friend_id",
            "device_id",
            "region_id",
            "kind",
            "at",
            "learnt_at",
            "superseded_at",
            "decided_at",
            "witness",
            "evidence",
        ],
        named: &["device_id", "region_id", "kind", "at", "superseded_at"],
        aside: &["id"],
    },
    Derived {
        table: "crossings",
        key: &["device_id", "region_id", "at", "kind", "decided_at"],
        named: &["device_id", "region_id", "kind", "at", "decided_at"],
        aside: &[],
    },
    Derived { table: "checkpoints", key: &["device_id", "at"], named: &["device_id", "at"], aside: &[] },
    Derived { table: "regions", key: &["id"], named: &["id"], aside: &[] },
    Derived { table: "sensors", key: &["id"], named: &["id"], aside: &[] },
    Derived { table: "observations", key: &["sensor_id", "at"], named: &["sensor_id", "at"], aside: &[] },
];

/// What comparing a table found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Which.
    pub table: &'static str,
    /// Rows of the live database.
    pub rows: u64,
    /// How many rows differ, are missing or are too many.
    pub differences: u64,
    /// The first of them.
    pub told: Vec<Difference>,
}

/// A row that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which: identifiers and times, no coordinates.
    pub key: String,
    /// `only in the live database`, `only in the rebuilt one`, or which columns differ.
    pub how: String,
}

pub(crate) fn is_derived(table: &str) -> bool {
    DERIVED.iter().any(|derived| derived.table == table)
}

/// Our tables, those of libraries aside.
pub(crate) async fn tables(connection: &mut SqliteConnection) -> Result<Vec<String>, Error> {
    let tables =
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                  AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    Ok(sqlx::query_scalar(tables).fetch_all(connection).await?)
}

/// The columns of a table.
pub(crate) async fn columns(connection: &mut SqliteConnection, table: &str) -> Result<Vec<String>, Error> {
    let columns = sqlx::query_scalar("SELECT name FROM pragma_table_info(?1, 'main') ORDER BY cid");
    Ok(columns.bind(table).fetch_all(connection).await?)
}

/// Compares `main` with the attached `found`.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<Compared>, Error> {
    let mut all = Vec::new();
    for derived in &DERIVED {
        all.push(derived.compare(connection).await?);
    }
    Ok(all)
}

impl Derived {
    async fn compare(&self, connection: &mut SqliteConnection) -> Result<Compared, Error> {
        let Self { table, key, aside, .. } = self;
        let columns = columns(connection, table).await?;
        let compared: Vec<&str> = columns
            .iter()
            .map(String::as_str)
            .filter(|column| !key.contains(column) && !aside.contains(column))
            .collect();
        let count = AssertSqlSafe(format!("SELECT count(*) FROM found.{table}"));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut *connection).await?;
        let same: Vec<_> = key.iter().map(|column| format!("f.{column} = m.{column}")).collect();
        let same = same.join(" AND ");
        let mut sql = format!(
            "SELECT {}, 'only in the live database' FROM found.{table} f
             WHERE NOT EXISTS (SELECT 1 FROM main.{table} m WHERE {same})
             UNION ALL SELECT {}, 'only in the rebuilt one' FROM main.{table} m
             WHERE NOT EXISTS (SELECT 1 FROM found.{table} f WHERE {same})",
            self.name_of("f"),
            self.name_of("m")
        );
        if !compared.is_empty() {
            let which: Vec<_> = compared.iter().map(|c| format!("iif(f.{c} IS m.{c}, '', ' {c}')")).collect();
            let differs: Vec<_> = compared.iter().map(|c| format!("f.{c} IS NOT m.{c}")).collect();
            let differing = format!(
                " UNION ALL SELECT {}, 'another' || {} FROM found.{table} f JOIN main.{table} m ON {same} WHERE {}",
                self.name_of("f"),
                which.join(" || "),
                differs.join(" OR ")
            );
            sql.push_str(&differing);
        }
        let (mut differences, mut told) = (0, Vec::new());
        let mut found = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
        while let Some(row) = found.try_next().await? {
            differences += 1;
            if told.len() < TOLD {
                told.push(Difference { key: row.try_get(0)?, how: row.try_get(1)? });
            }
        }
        Ok(Compared { table, rows: rows.unsigned_abs(), differences, told })
    }

    /// An expression that names a row.
    fn name_of(&self, row: &str) -> String {
        let readable = |column: &&str| {
            let column = format!("{row}.{column}");
            format!("CASE typeof({column}) WHEN 'blob' THEN lower(hex({column})) ELSE {column} END")
        };
        self.named.iter().map(readable).collect::<Vec<_>>().join(" || ' ' || ")
    }
}
