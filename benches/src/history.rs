//! A long history: ten thousand phones, and a million or ten million fixes of theirs in the database, raw log included. How soon the
//! server is ready, also after it was killed under load; its memory; and whether it stores as fast as with an empty database.

use crate::{
    Bench, commit, crowd,
    ingest::WINDOW,
    mqtt::{self, Account, Habit, Until},
    process::Server,
    report, runtime,
    table::Row,
};
use anyhow::{Context, Result, bail};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const PHONES: u32 = 10_000;
/// How many of them are connected for the load.
const CONNECTED: u32 = 1000;
/// Reports of each phone.
const LENGTHS: [u32; 2] = [100, 1000];
const LONG: Duration = Duration::from_secs(8);
/// The middle of so many starts.
const STARTS: usize = 5;
/// Seconds before now at which the load's clocks begin: the history begins a day ago and ends well before that.
const BACK_S: i64 = 20 * 3600;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let empty = bench.directory("history-empty")?;
    runtime.block_on(crowd::settle(&empty, PHONES))?;
    let alone = runtime.block_on(rate(bench, &empty))?;
    let mut rows = vec![];
    for reports in LENGTHS {
        let data = bench.directory(&format!("history-{reports}"))?;
        runtime.block_on(commit::store(&data, PHONES, reports))?;
        let millions = f64::from(PHONES * reports) / 1e6;
        let longest = reports == LENGTHS[1];
        let goal =
            |row: Row, number, wanted, is_met| if longest { row.goal(number, wanted, is_met) } else { row };
        let fixes = format!("with {millions:.0} million fixes");
        let (ready, memory_mb) = starts(bench, &data)?;
        let rate = runtime.block_on(rate(bench, &data))?;
        let killed = runtime.block_on(killed(bench, &data))?;
        let ms = |took: Duration| took.as_secs_f64() * 1e3;
        rows.extend([
            goal(
                Row::told(
                    format!("start to ready, {fixes}, middle of {STARTS}"),
                    format!("{:.0} ms", ms(ready)),
                ),
                "18",
                "≤ 300 ms",
                ready <= Duration::from_millis(300),
            ),
            goal(
                Row::told(
                    format!("the same after `kill -9` under load, middle of {STARTS}"),
                    format!("{:.0} ms", ms(killed)),
                ),
                "18",
                "≤ 1 s",
                killed <= Duration::from_secs(1),
            ),
            goal(
                Row::told(format!("memory, {fixes}, nobody there"), format!("{memory_mb:.0} MB")),
                "14",
                "≤ 80 MB",
                memory_mb <= 80.0,
            ),
            goal(
                Row::told(
                    format!("committed messages/s, {fixes} of {PHONES} phones"),
                    format!("{rate:.0}/s"),
                )
                .beside(format!("without any {alone:.0}/s"), rate / alone),
                "5",
                "≥ 0.90",
                rate / alone >= 0.9,
            ),
        ]);
        // Ten million take gigabytes: before the next, or the machine's disk may be too small.
        std::fs::remove_dir_all(&data)?;
    }
    Ok(rows)
}

/// How long the server takes to be ready, and what it needs then.
fn starts(bench: &Bench, data: &Path) -> Result<(Duration, f64)> {
    let (mut took, mut memory_mb) = (vec![], 0.0);
    for _ in 0..STARTS {
        let started = Instant::now();
        let server = Server::start(bench, data, &[])?;
        took.push(started.elapsed());
        (memory_mb, _) = server.process.memory_mb()?;
        server.stop()?;
    }
    Ok((middle(took)?, memory_mb))
}

/// The phones of the load, at work from so many hours after the history on; each round has an hour of its own, for nothing is told twice.
async fn walks(server: &Server, hour: i64, long: Duration) -> Result<f64> {
    let accounts: Vec<Account> = (0..CONNECTED).map(crowd::account).collect();
    let lines = mqtt::open_all(server.mqtt, &accounts).await?;
    let first_tst = report::now_ms() / 1000 - BACK_S + hour * 3600;
    let habit = Habit { window: WINDOW, retained: false, first_tst };
    let until = Until::Moment(Instant::now() + long);
    let (_lines, count, took) = mqtt::walk_all(lines, &accounts, habit, until).await?;
    Ok(f64::from(count) / took.as_secs_f64())
}

/// Committed messages a second.
async fn rate(bench: &Bench, data: &Path) -> Result<f64> {
    let server = Server::start(bench, data, &[])?;
    let rate = walks(&server, 0, LONG).await?;
    server.stop()?;
    Ok(rate)
}

/// Kills the server in the midst of load, and starts it again; how long that takes.
async fn killed(bench: &Bench, data: &Path) -> Result<Duration> {
    let mut took = vec![];
    for hour in 1..=i64::try_from(STARTS)? {
        let server = Server::start(bench, data, &[])?;
        tokio::select! {
            early = walks(&server, hour, LONG) => bail!("the load ended before the kill: {early:?}"),
            () = tokio::time::sleep(LONG / 4) => {}
        }
        // Dropped is killed.
        drop(server);
        let started = Instant::now();
        let server = Server::start(bench, data, &[])?;
        took.push(started.elapsed());
        server.stop()?;
    }
    middle(took)
}

fn middle(mut took: Vec<Duration>) -> Result<Duration> {
    took.sort_unstable();
    took.get(took.len() / 2).copied().context("there were starts")
}
