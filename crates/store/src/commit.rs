//! Committing a batch.
//!
//! The four tables that grow with every message get their rows many at a time: the cost of a statement (two thread switches) would
//! otherwise be larger than that of the row. Their text depends on how many rows there are, so the macro cannot check it; the
//! columns are checked by every test that stores anything.

use crate::{
    Error, Writer, alerts,
    batch::{Batch, Claim, DeviceState, NewFix, NewMessage, NewObservation, Retained},
    cards, chat, crossings, journal, lines, orders, outlets, rows, turns, waypoints,
};
use domain::{DeviceId, RegionId, Timestamp, TopicFilter, geofence};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection, sqlite::SqliteArguments};
use std::collections::HashMap;
use uuid::Uuid;

impl Writer {
    /// Commits a batch: all of it, or nothing. When this returns, it survives loss of power.
    ///
    /// # Errors
    /// When the database fails; nothing of the batch is stored then.
    pub async fn commit(&mut self, batch: &mut Batch) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        journal::write(&mut transaction, &batch.journal).await?;
        insert_fixes(&mut transaction, batch).await?;
        if batch.again.is_empty() {
            batch.first_line = insert_messages(&mut transaction, &batch.messages).await?;
        } else {
            judge_again(&mut transaction, batch).await?;
        }
        insert_conclusions(&mut transaction, batch).await?;
        outlets::queue(&mut transaction, &batch.turns).await?;
        alerts::queue(&mut transaction, &batch.turns).await?;
        chat::arrive(&mut transaction, batch).await?;
        clear_retained(&mut transaction, &batch.cleared).await?;
        put_retained(&mut transaction, &batch.retained).await?;
        for (device, status, at) in &batch.statuses {
            lines::put_status(&mut transaction, *device, status, *at).await?;
        }
        for card in &batch.cards {
            cards::put(&mut transaction, card).await?;
        }
        waypoints::confirm(&mut transaction, &batch.confirmed).await?;
        for (order, outcome, at) in &batch.settled {
            orders::settle(&mut transaction, *order, *outcome, *at).await?;
        }
        for (group, seq) in &batch.seqs {
            let (group, seq) = (group.uuid(), i64::try_from(seq.0).unwrap_or(i64::MAX));
            sqlx::query!("UPDATE groups SET seq = ?2 WHERE id = ?1", group, seq)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }
}

/// Stores what was concluded from the messages, the fixes aside.
pub(crate) async fn insert_conclusions(
    connection: &mut SqliteConnection,
    batch: &mut Batch,
) -> Result<(), Error> {
    put_states(connection, &batch.states).await?;
    turns::carry_out(connection, &mut batch.turns).await?;
    crossings::carry_out(connection, &batch.log).await?;
    put_checkpoints(connection, &batch.checkpoints).await?;
    amend_fixes(connection, &batch.amended).await?;
    insert_claims(connection, &batch.claims).await?;
    put_observations(connection, &batch.observations).await?;
    waypoints::put(connection, &batch.waypoints, &batch.lists).await
}

/// How many rows one statement inserts, largest first: few different statements, so that all of them stay prepared.
const ROWS: [usize; 4] = [256, 32, 4, 1];

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// Where rows go: `INSERT INTO head VALUES … tail`.
struct Into {
    head: &'static str,
    columns: usize,
    tail: &'static str,
}

/// Inserts rows with as few statements as there can be; says how many rows were new, and the number of the last.
async fn insert<R>(
    connection: &mut SqliteConnection,
    Into { head, columns, tail }: Into,
    mut rows: &[R],
    bind: impl for<'q> Fn(Query<'q>, &'q R) -> Query<'q>,
) -> Result<(u64, i64), Error> {
    let row = format!("({})", vec!["?"; columns].join(","));
    let (mut stored, mut last) = (0, 0);
    for size in ROWS {
        while let Some((chunk, rest)) = rows.split_at_checked(size) {
            let sql = format!("INSERT INTO {head} VALUES {} {tail}", vec![row.as_str(); size].join(","));
            let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), &bind);
            let done = query.execute(&mut *connection).await?;
            stored += done.rows_affected();
            last = done.last_insert_rowid();
            rows = rest;
        }
    }
    Ok((stored, last))
}

/// Stores what is new, and tells messages apart that brought nothing new: their verdict becomes `duplicate`.
pub(crate) async fn insert_fixes(connection: &mut SqliteConnection, batch: &mut Batch) -> Result<(), Error> {
    let table = Into {
        head: "fixes (device_id, at, lat, lon, received_at, sent_at, accuracy_m, altitude_m, velocity_kmh, course_deg,
                      battery_pct, trigger_code, connection, listed)",
        columns: 14,
        tail: "ON CONFLICT (device_id, at, lat, lon) DO NOTHING",
    };
    let (stored, _) = insert(connection, table, &batch.fixes, |query, NewFix { fix, listed, .. }| {
        query
            .bind(fix.device.uuid())
            .bind(fix.at.as_millis())
            .bind(fix.point.lat())
            .bind(fix.point.lon())
            .bind(fix.received_at.as_millis())
            .bind(fix.sent_at.map(Timestamp::as_millis))
            .bind(fix.accuracy_m)
            .bind(fix.altitude_m)
            .bind(fix.velocity_kmh)
            .bind(fix.course_deg)
            .bind(fix.battery_pct)
            .bind(fix.trigger.as_deref())
            .bind(fix.connection.as_deref())
            .bind(as_bytes(listed))
    })
    .await?;
    if usize::try_from(stored).is_ok_and(|stored| stored == batch.fixes.len()) {
        return Ok(());
    }
    let hex = |id: Uuid| id.simple().to_string();
    let rows = batch.fixes.iter().map(|NewFix { fix, message, .. }| {
        json!([hex(fix.device.uuid()), fix.at, fix.received_at, fix.point.lat(), fix.point.lon(), message])
    });
    let rows = Value::Array(rows.collect()).to_string();
    // Rare: find out which were known. A fix that is stored with another time of receipt was there before.
    let known = sqlx::query_scalar!(
        r#"SELECT value ->> 5 AS "message!: i64" FROM json_each(?1)
           JOIN fixes f ON f.device_id = unhex(value ->> 0) AND f.at = value ->> 1 AND f.lat = value ->> 3 AND f.lon = value ->> 4
           WHERE f.received_at <> value ->> 2"#,
        rows
    )
    .fetch_all(&mut *connection)
    .await?;
    // A message may bring several fixes: it is a duplicate when all of them were known.
    let mut news: HashMap<usize, usize> = HashMap::new();
    for fix in &batch.fixes {
        *news.entry(fix.message).or_default() += 1;
    }
    for message in known.into_iter().filter_map(|message| usize::try_from(message).ok()) {
        let Some(left) = news.get_mut(&message) else { continue };
        *left = left.saturating_sub(1);
        if let (0, Some(message)) = (*left, batch.messages.get_mut(message)) {
            "duplicate".clone_into(&mut message.verdict);
        }
    }
    Ok(())
}

/// Says where in the log the first of them is; the others follow it, for nobody else writes meanwhile.
async fn insert_messages(connection: &mut SqliteConnection, messages: &[NewMessage]) -> Result<i64, Error> {
    let table = Into {
        head: "messages (received_at, door, device_id, topic, retained, payload, verdict, trouble)",
        columns: 8,
        tail: "",
    };
    let (_, last) = insert(connection, table, messages, |query, message| {
        query
            .bind(message.received_at.as_millis())
            .bind(message.door.as_str())
            .bind(message.device.map(DeviceId::uuid))
            .bind(message.topic.as_str())
            .bind(message.retained)
            .bind(message.payload.as_slice())
            .bind(message.verdict.as_str())
            .bind(message.trouble)
    })
    .await?;
    Ok(last + 1 - i64::try_from(messages.len()).unwrap_or(i64::MAX))
}

async fn put_observations(
    connection: &mut SqliteConnection,
    observations: &[NewObservation],
) -> Result<(), Error> {
    let table = Into {
        head: "observations (sensor_id, at, received_at, readings)",
        columns: 4,
        tail: "ON CONFLICT (sensor_id, at) DO UPDATE SET received_at = excluded.received_at, readings = excluded.readings",
    };
    insert(connection, table, observations, |query, NewObservation { sensor, observation }| {
        query
            .bind(sensor.uuid())
            .bind(observation.at.as_millis())
            .bind(observation.received_at.as_millis())
            .bind(rows::to_json(&observation.values))
    })
    .await?;
    Ok(())
}

/// Writes what became of messages that are in the log already.
pub(crate) async fn judge_again(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), Error> {
    for (line, message) in batch.again.iter().zip(&batch.messages) {
        sqlx::query!(
            "UPDATE messages SET verdict = ?2, trouble = ?3 WHERE id = ?1",
            line,
            message.verdict,
            message.trouble
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn put_states(connection: &mut SqliteConnection, states: &[DeviceState]) -> Result<(), Error> {
    let table = Into {
        head: "device_states (device_id, judged, spot, lost_at, rhythm)",
        columns: 5,
        tail: "ON CONFLICT (device_id) DO UPDATE
               SET judged = excluded.judged, spot = excluded.spot, lost_at = excluded.lost_at, rhythm = excluded.rhythm",
    };
    insert(connection, table, states, |query, state| {
        query
            .bind(state.device.uuid())
            .bind(rows::to_json(&state.judged))
            .bind(state.spot.as_ref().map(rows::to_json))
            .bind(state.lost_at.map(Timestamp::as_millis))
            .bind(rows::to_json(&state.rhythm))
    })
    .await?;
    Ok(())
}

async fn put_checkpoints(
    connection: &mut SqliteConnection,
    checkpoints: &[(DeviceId, Timestamp, Option<geofence::DeviceState>)],
) -> Result<(), Error> {
    for (device, at, state) in checkpoints {
        let (device, at) = (device.uuid(), at.as_millis());
        if let Some(state) = state {
            let state = rows::to_json(state);
            sqlx::query!(
                "INSERT INTO checkpoints (device_id, at, judged) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET judged = excluded.judged",
                device,
                at,
                state
            )
            .execute(&mut *connection)
            .await?;
        } else {
            sqlx::query!("DELETE FROM checkpoints WHERE device_id = ?1 AND at = ?2", device, at)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// With a fix that comes again other regions may be listed.
async fn amend_fixes(connection: &mut SqliteConnection, amended: &[NewFix]) -> Result<(), Error> {
    for NewFix { fix, listed, .. } in amended {
        let (device, at) = (fix.device.uuid(), fix.at.as_millis());
        let (lat, lon, listed) = (fix.point.lat(), fix.point.lon(), as_bytes(listed));
        sqlx::query!(
            "UPDATE fixes SET listed = ?5 WHERE device_id = ?1 AND at = ?2 AND lat = ?3 AND lon = ?4",
            device,
            at,
            lat,
            lon,
            listed
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Regions as they are kept beside a fix.
fn as_bytes(listed: &[RegionId]) -> Option<Vec<u8>> {
    (!listed.is_empty()).then(|| listed.iter().flat_map(|region| region.uuid().into_bytes()).collect())
}

async fn insert_claims(connection: &mut SqliteConnection, claims: &[Claim]) -> Result<(), Error> {
    for claim in claims {
        let (device, region, at) =
            (claim.device.uuid(), claim.region.map(RegionId::uuid), claim.at.as_millis());
        let (kind, waypoint_at) = (rows::as_word(&claim.kind), claim.waypoint_at.map(Timestamp::as_millis));
        let (lat, lon) = claim.position.unzip();
        let received_at = claim.received_at.as_millis();
        sqlx::query!(
            "INSERT INTO claims (device_id, at, kind, description, rid, waypoint_at, region_id, lat, lon, accuracy_m, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
            device, at, kind, claim.description, claim.rid, waypoint_at, region, lat, lon, claim.accuracy_m, received_at
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Rare: only when somebody gives topics to a sensor, or takes them away.
async fn clear_retained(connection: &mut SqliteConnection, cleared: &[TopicFilter]) -> Result<(), Error> {
    if cleared.is_empty() {
        return Ok(());
    }
    let topics = sqlx::query_scalar!("SELECT topic FROM retained").fetch_all(&mut *connection).await?;
    for topic in topics.iter().filter(|topic| cleared.iter().any(|filter| filter.matches(topic))) {
        sqlx::query!("DELETE FROM retained WHERE topic = ?1", topic).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Phones send every position to be retained, so this is as busy as the fixes. Of one topic only the last counts.
async fn put_retained(connection: &mut SqliteConnection, retained: &[Retained]) -> Result<(), Error> {
    let last: HashMap<&str, &Retained> =
        retained.iter().map(|retained| (retained.topic.as_str(), retained)).collect();
    let (gone, kept): (Vec<_>, Vec<_>) = last.into_values().partition(|retained| retained.payload.is_empty());
    for Retained { topic, .. } in gone {
        sqlx::query!("DELETE FROM retained WHERE topic = ?1", topic).execute(&mut *connection).await?;
    }
    let table = Into {
        head: "retained (topic, payload, qos)",
        columns: 3,
        tail: "ON CONFLICT (topic) DO UPDATE SET payload = excluded.payload, qos = excluded.qos",
    };
    insert(connection, table, &kept, |query, Retained { topic, payload, qos }| {
        query.bind(topic.as_str()).bind(payload.as_slice()).bind(*qos)
    })
    .await?;
    Ok(())
}
