//! Phones → Mosquitto → our subscriber → committed, beside phones → Mosquitto → a subscriber that only counts.

use crate::{
    Bench, crowd,
    ingest::{PHONES, WINDOW},
    mqtt::{self, Account, Habit, Line, Until},
    process::{self, Server},
    report, runtime,
    table::Row,
};
use anyhow::{Context, Result, ensure};
use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

const EACH: u32 = 100;
const TOTAL: u32 = PHONES * EACH;
/// What Mosquitto lets wait for its acknowledgement: much, so that it is not Mosquitto that is measured; and what it does unasked.
const IN_FLIGHT: [(u32, &str); 2] = [(2000, ""), (20, ", Mosquitto's own window of 20")];
const PATIENCE: Duration = Duration::from_mins(1);
const GLANCE: Duration = Duration::from_millis(20);

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let seed = bench.directory("bridge-seed")?;
    runtime()?.block_on(crowd::settle(&seed, PHONES))?;
    let mut rows = Vec::new();
    for (in_flight, kind) in IN_FLIGHT {
        let directory = bench.directory(&format!("bridge-{in_flight}"))?;
        process::copy(&seed, &directory)?;
        let limit = null(bench, in_flight)?;
        let (rate, cpu_us) = ours(bench, &directory, in_flight)?;
        let row = Row::told(format!("committed messages/s through Mosquitto{kind}"), format!("{rate:.0}/s"))
            .beside(format!("null subscriber {limit:.0}/s"), rate / limit);
        let is_met = rate / limit >= 0.6;
        rows.push(if kind.is_empty() { row.goal("2", "≥ 0.60", is_met) } else { row });
        let cpu = Row::told(format!("CPU of the server for such a message{kind}"), format!("{cpu_us:.0} µs"));
        rows.push(cpu.goal("4", "≤ 50 µs", cpu_us <= 50.0));
    }
    Ok(rows)
}

/// Messages a second that arrive at nobody.
fn null(bench: &Bench, in_flight: u32) -> Result<f64> {
    let directory = bench.directory(&format!("null-{in_flight}"))?;
    let (_mosquitto, broker) = process::mosquitto(&directory, in_flight)?;
    let (ready, is_ready) = mpsc::channel();
    let subscriber = std::thread::spawn(move || {
        runtime()?.block_on(async {
            let account = Account { username: "null".into(), password: String::new(), topic: String::new() };
            let line = Line::open(broker, &account).await?;
            line.swallow("owntracks/#", TOTAL, move || ready.send(()).unwrap_or_default()).await
        })
    });
    is_ready.recv_timeout(PATIENCE).context("the subscriber is not ready")?;
    let started = runtime()?.block_on(publish(broker))?;
    match subscriber.join() {
        Ok(counted) => counted?,
        Err(_panic) => anyhow::bail!("the subscriber failed"),
    }
    Ok(f64::from(TOTAL) / started.elapsed().as_secs_f64())
}

/// Messages a second that are committed, and the microseconds of CPU that one takes.
fn ours(bench: &Bench, data: &std::path::Path, in_flight: u32) -> Result<(f64, f64)> {
    let (_mosquitto, broker) = process::mosquitto(data, in_flight)?;
    let server = Server::start(bench, data, &["--mqtt-url", &format!("mqtt://{broker}")])?;
    // Subscribed once a first message comes through.
    let probe = crowd::account(PHONES - 1);
    let deadline = Instant::now() + PATIENCE;
    while server.committed()? == 0 {
        ensure!(Instant::now() < deadline, "the bridge does not come up");
        runtime()?.block_on(async {
            Line::open(broker, &probe).await?.publish(&probe.topic, r#"{"_type":"status"}"#).await
        })?;
        std::thread::sleep(GLANCE);
    }
    std::thread::sleep(GLANCE * 10);
    let (before, busy_before_s) = (server.committed()?, server.process.cpu_s()?);
    let started = runtime()?.block_on(publish(broker))?;
    let deadline = Instant::now() + PATIENCE;
    while server.committed()? < before + TOTAL {
        ensure!(Instant::now() < deadline, "not everything arrives");
        std::thread::sleep(GLANCE);
    }
    let rate = f64::from(TOTAL) / started.elapsed().as_secs_f64();
    let cpu_us = (server.process.cpu_s()? - busy_before_s) / f64::from(TOTAL) * 1e6;
    server.stop()?;
    Ok((rate, cpu_us))
}

/// Every phone publishes its share. Returns when they began.
async fn publish(broker: std::net::SocketAddr) -> Result<Instant> {
    let accounts: Vec<Account> = (0..PHONES).map(crowd::account).collect();
    let lines = mqtt::open_all(broker, &accounts).await?;
    let habit = Habit { window: WINDOW, retained: false, first_tst: report::now_ms() / 1000 - 24 * 3600 };
    let started = Instant::now();
    mqtt::walk_all(lines, &accounts, habit, Until::Count(EACH)).await?;
    Ok(started)
}
