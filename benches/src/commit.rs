//! The store alone, without broker, decoder and judge; and SQLite alone, with the same rows in the same tables.

use crate::{Bench, crowd, disk, ingest::PHONES, report, runtime, table::Row};
use anyhow::Result;
use domain::{
    Door, Fix, Seq, Spot, Timestamp,
    geofence::{self, Atlas, Evidence, Policy},
};
use geodesy::Point;
use sqlx::{Connection, SqliteConnection};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use store::{Batch, DeviceState, NewFix, NewMessage};

/// One message of every phone is a batch: as many as there are rows in most of the server's commits under that load.
const BATCHES: u32 = 60;
/// Commits of one message each.
const SINGLES: u32 = 2000;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let limit = runtime.block_on(limit(&bench.directory("commit-limit")?))?;
    let store = runtime.block_on(store(&bench.directory("commit")?, PHONES, BATCHES))?;
    let single = bench.directory("commit-single")?;
    let syncs = disk::syncs(&single)?;
    let single = runtime.block_on(self::store(&single, 1, SINGLES))?;
    Ok(vec![
        Row::told(format!("SQLite alone, the server's rows, batches of {PHONES}"), format!("{limit:.0}/s")),
        Row::told(format!("store alone, batches of {PHONES}"), format!("{store:.0}/s"))
            .beside(format!("SQLite alone {limit:.0}/s"), store / limit),
        Row::told("store alone, one message a commit", format!("{single:.0}/s"))
            .beside(format!("fdatasync {syncs:.0}/s"), single / syncs),
    ])
}

/// Messages a second that `store::Writer` commits, when so many phones report in each batch.
pub(crate) async fn store(directory: &Path, phones: u32, batches: u32) -> Result<f64> {
    crowd::settle(directory, phones.max(PHONES)).await?;
    let (mut writer, reader) = store::open(&directory.join("whereabouts.db")).await?;
    let mut took = Duration::ZERO;
    for step in 0..batches {
        let mut batch = batch(step, phones)?;
        let started = Instant::now();
        writer.commit(&mut batch).await?;
        took += started.elapsed();
    }
    drop(reader);
    writer.close().await?;
    Ok(f64::from(phones * batches) / took.as_secs_f64())
}

fn batch(step: u32, phones: u32) -> Result<Batch> {
    let mut batch = Batch { seqs: vec![(crowd::group(), Seq(u64::from(step) + 1))], ..Batch::default() };
    let received_at = Timestamp::from_millis(report::now_ms());
    let tst = received_at.as_millis() / 1000 - 24 * 3600 + i64::from(step) * report::EVERY_S;
    for number in 0..phones {
        let (lat, lon) = report::place(number, step);
        let mut payload = String::new();
        report::location(&mut payload, number, (lat, lon), tst);
        let fix = Fix {
            device: crowd::device(number),
            at: Timestamp::from_millis(tst * 1000),
            sent_at: Some(Timestamp::from_millis(tst * 1000)),
            received_at,
            point: Point::new(lat, lon)?,
            accuracy_m: Some(12.0),
            altitude_m: Some(510.0),
            velocity_kmh: Some(14.0),
            course_deg: Some(120.0),
            battery_pct: Some(80),
            trigger: Some("u".into()),
            connection: Some("m".into()),
        };
        let evidence = Evidence::Fix { fix: &fix, listed: None };
        let judged = geofence::step(
            geofence::DeviceState::default(),
            &evidence,
            &Atlas::default(),
            &Policy::default(),
        )
        .state;
        let (device, spot) = (fix.device, Some(Spot::from(&fix)));
        batch.states.push(DeviceState {
            device,
            judged,
            spot,
            lost_at: None,
            rhythm: domain::Rhythm::default(),
        });
        batch.fixes.push(NewFix { fix, listed: Vec::new(), message: batch.messages.len() });
        batch.messages.push(NewMessage {
            received_at,
            door: Door::Broker,
            device: Some(device),
            topic: crowd::account(number).topic,
            retained: false,
            payload: payload.into_bytes(),
            verdict: "location".into(),
            trouble: false,
        });
    }
    Ok(batch)
}

/// Messages a second that SQLite commits when the rows lie ready in memory: the same tables, indexes and durability, and nothing of
/// ours in between.
pub(crate) async fn limit(directory: &Path) -> Result<f64> {
    crowd::settle(directory, PHONES).await?;
    let path = directory.join("whereabouts.db");
    let (mut writer, reader) = store::open(&path).await?;
    writer.commit(&mut batch(0, PHONES)?).await?;
    drop(reader);
    writer.close().await?;
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .foreign_keys(true)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "memory");
    let mut connection = <SqliteConnection as Connection>::connect_with(&options).await?;
    for table in ["fixes", "messages", "device_states"] {
        let copy = format!("CREATE TEMP TABLE ready_{table} AS SELECT * FROM {table}");
        sqlx::query(sqlx::AssertSqlSafe(copy)).execute(&mut connection).await?;
    }
    let started = Instant::now();
    for step in 1..=BATCHES {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        for statement in [
            "INSERT INTO fixes (device_id, at, received_at, lat, lon, accuracy_m, altitude_m, velocity_kmh, course_deg,
                                battery_pct, trigger_code, connection)
             SELECT device_id, at + ?1, received_at + ?1, lat, lon, accuracy_m, altitude_m, velocity_kmh, course_deg,
                    battery_pct, trigger_code, connection
             FROM temp.ready_fixes WHERE true ON CONFLICT DO NOTHING",
            "INSERT INTO messages (received_at, door, device_id, topic, retained, payload, verdict, trouble)
             SELECT received_at + ?1, door, device_id, topic, retained, payload, verdict, trouble FROM temp.ready_messages",
            "INSERT INTO device_states (device_id, judged, spot, lost_at)
             SELECT device_id, judged, spot, ?1 FROM temp.ready_device_states WHERE true
             ON CONFLICT (device_id) DO UPDATE SET judged = excluded.judged, spot = excluded.spot, lost_at = excluded.lost_at",
            "UPDATE groups SET seq = ?1",
        ] {
            sqlx::query(statement).bind(step * 1000).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    let took = started.elapsed();
    connection.close().await?;
    Ok(f64::from(PHONES * BATCHES) / took.as_secs_f64())
}
