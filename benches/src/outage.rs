//! What others do to the server: a broker that restarts, and phones that send more than the disk takes.

use crate::{
    Bench, crowd,
    ingest::PHONES,
    mqtt::{self, Account, Habit, Line, Until},
    process::{self, Server},
    report, runtime,
    table::Row,
};
use anyhow::{Context, Result, ensure};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const RESTARTS: u32 = 20;
/// How long Mosquitto is away: longer each time, so that it does not come back at the same point of our wait.
const AWAY: (Duration, Duration) = (Duration::from_millis(400), Duration::from_millis(37));
/// Messages that one phone sends without waiting for an acknowledgement.
const TOO_MANY: u32 = 300;
const LONG: Duration = Duration::from_secs(8);
/// When the disk stands still, and for how long.
const STILL: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(3));
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(1);

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let seed = bench.directory("outage-seed")?;
    runtime.block_on(crowd::settle(&seed, PHONES))?;
    let mut rows = restarts(bench, &seed)?;
    rows.extend(runtime.block_on(overload(bench, &seed))?);
    Ok(rows)
}

/// The outside broker restarts; a phone publishes as soon as its port is open.
fn restarts(bench: &Bench, seed: &Path) -> Result<Vec<Row>> {
    let data = bench.directory("outage-restarts")?;
    process::copy(seed, &data)?;
    let (mut mosquitto, broker) = process::mosquitto_that_remembers(&data)?;
    let server = Server::start(bench, &data, &["--mqtt-url", &format!("mqtt://{broker}")])?;
    let account = crowd::account(0);
    let mut tst = report::now_ms() / 1000 - 24 * 3600;
    let mut publish = || {
        tst += report::EVERY_S;
        let mut text = String::new();
        report::location(&mut text, 0, report::place(0, 0), tst);
        runtime()?
            .block_on(async { Line::open(broker, &account).await?.publish(&account.topic, &text).await })
    };
    let deadline = Instant::now() + PATIENCE;
    while server.committed()? == 0 {
        ensure!(Instant::now() < deadline, "the bridge does not come up");
        publish()?;
        std::thread::sleep(GLANCE * 50);
    }
    let mut took_ms = Vec::new();
    for restart in 0..RESTARTS {
        let before = server.committed()?;
        mosquitto.end()?;
        std::thread::sleep(AWAY.0 + AWAY.1 * restart);
        mosquitto = process::mosquitto_again(&data, broker)?;
        let opened = Instant::now();
        publish()?;
        while server.committed()? == before {
            ensure!(opened.elapsed() < PATIENCE, "nothing arrives after a restart of Mosquitto");
            std::thread::sleep(GLANCE);
        }
        took_ms.push(opened.elapsed().as_secs_f64() * 1000.0);
    }
    server.stop()?;
    took_ms.sort_by(f64::total_cmp);
    let (median, worst) = (took_ms[took_ms.len() / 2], took_ms.last().context("there were some")?);
    let what =
        format!("Mosquitto restarts {RESTARTS} times: its port opens → first point stored, p50 / worst");
    let row = Row::told(what, format!("{median:.0} / {worst:.0} ms"));
    Ok(vec![row.goal("8", "≤ 500 ms", *worst <= 500.0)])
}

/// Every phone has more under way than the disk takes, which for a while takes nothing at all.
async fn overload(bench: &Bench, seed: &Path) -> Result<Vec<Row>> {
    let data = bench.directory("outage-overload")?;
    process::copy(seed, &data)?;
    let server = Server::start(bench, &data, &[])?;
    let accounts: Vec<Account> = (0..PHONES).map(crowd::account).collect();
    let lines = mqtt::open_all(server.mqtt, &accounts).await?;
    let habit = Habit { window: TOO_MANY, retained: false, first_tst: report::now_ms() / 1000 - 24 * 3600 };
    let walking = mqtt::walk_all(lines, &accounts, habit, Until::Moment(Instant::now() + LONG));
    let (walked, stood) = tokio::join!(walking, stand_still(&data));
    stood?;
    let (_lines, count, took) = walked?;
    let (now_mb, most_mb) = server.process.memory_mb()?;
    server.stop()?;
    let sent = format!(
        "{PHONES} phones with {TOO_MANY} messages each under way, the disk still for {} s",
        STILL.1.as_secs()
    );
    let rate = f64::from(count) / took.as_secs_f64();
    Ok(vec![
        Row::told(format!("memory after that / at most: {sent}"), format!("{now_mb:.0} / {most_mb:.0} MB")),
        Row::told("committed messages/s, that pause included", format!("{rate:.0}/s")),
    ])
}

/// Nobody can write meanwhile, as with a disk that takes long.
async fn stand_still(data: &Path) -> Result<()> {
    tokio::time::sleep(STILL.0).await;
    let options = SqliteConnectOptions::new().filename(data.join("whereabouts.db")).busy_timeout(PATIENCE);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let lock = connection.begin_with("BEGIN IMMEDIATE").await?;
    tokio::time::sleep(STILL.1).await;
    lock.rollback().await?;
    Ok(connection.close().await?)
}
