//! Phones → embedded broker → committed. A thousand phones on a thousand connections, then one; what it costs the server.

use crate::{
    Bench, commit, crowd, disk,
    mqtt::{self, Account, Habit, Line, Until},
    process::{Server, copy, size},
    report, runtime,
    table::Row,
};
use anyhow::Result;
use std::{path::Path, time::Instant};

pub(crate) const PHONES: u32 = 1000;
pub(crate) const WINDOW: u32 = 20;
const LONG_S: u32 = 12;
const LONG_ALONE_S: u32 = 4;
/// Stored messages a second of the OwnTracks Recorder with a thousand devices, at its best (`docs/performance.md`).
const RECORDER: f64 = 56.0;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let seed = bench.directory("ingest-seed")?;
    runtime.block_on(crowd::settle(&seed, PHONES))?;
    let limit = runtime.block_on(commit::limit(&bench.directory("ingest-limit")?))?;
    let mut rows = idle(bench)?;
    rows.extend(runtime.block_on(crowded(bench, &seed, limit, false))?);
    rows.extend(runtime.block_on(crowded(bench, &seed, limit, true))?);
    rows.extend(runtime.block_on(alone(bench, &seed))?);
    Ok(rows)
}

fn idle(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::start(bench, &bench.directory("ingest-idle")?, &[])?;
    server.committed()?;
    let (memory_mb, _) = server.process.memory_mb()?;
    let idle = Row::told("memory, nobody there", format!("{memory_mb:.0} MB"));
    Ok(vec![idle.goal("14", "≤ 40 MB", memory_mb <= 40.0)])
}

/// All phones at once.
async fn crowded(bench: &Bench, start: &Path, limit: f64, retained: bool) -> Result<Vec<Row>> {
    let data = bench.directory(if retained { "ingest-retained" } else { "ingest" })?;
    copy(start, &data)?;
    let before = size(&data).await?;
    let server = Server::start(bench, &data, &[])?;
    let accounts: Vec<Account> = (0..PHONES).map(crowd::account).collect();
    let lines = mqtt::open_all(server.mqtt, &accounts).await?;
    let (connected_mb, _) = server.process.memory_mb()?;
    let busy_before_s = server.process.cpu_s()?;
    let habit = Habit { window: WINDOW, retained, first_tst: report::now_ms() / 1000 - 24 * 3600 };
    let until = Until::Moment(Instant::now() + std::time::Duration::from_secs(LONG_S.into()));
    let (lines, count, took) = mqtt::walk_all(lines, &accounts, habit, until).await?;
    let cpu_us = (server.process.cpu_s()? - busy_before_s) / f64::from(count) * 1e6;
    let (memory_mb, most_mb) = server.process.memory_mb()?;
    drop(lines);
    let rate = f64::from(count) / took.as_secs_f64();
    let kind = if retained { ", retained as the apps do" } else { "" };
    let what = format!("committed messages/s, {PHONES} phones and connections{kind}");
    let speed =
        Row::told(what, format!("{rate:.0}/s")).beside(format!("SQLite alone {limit:.0}/s"), rate / limit);
    let cpu = Row::told(format!("CPU of the server for a message{kind}"), format!("{cpu_us:.0} µs"));
    let mut rows = vec![
        speed.goal("1", "≥ 20,000/s, ≥ 0.60", rate >= 20_000.0 && rate / limit >= 0.6),
        cpu.goal("4", "≤ 50 µs", cpu_us <= 50.0),
    ];
    server.stop()?;
    let bytes = f64::from(u32::try_from(size(&data).await?.saturating_sub(before))?) / f64::from(count);
    if !retained {
        let peer = format!("Recorder {RECORDER:.0}/s, elsewhere");
        rows.push(Row::told("the same", format!("{rate:.0}/s")).beside(peer, rate / RECORDER).goal(
            "1",
            "≥ 400",
            rate / RECORDER >= 400.0,
        ));
        rows.extend([
            Row::told(format!("memory, {PHONES} phones connected"), format!("{connected_mb:.0} MB")).goal(
                "14",
                "≤ 60 MB",
                connected_mb <= 60.0,
            ),
            Row::told("memory after that load / at most", format!("{memory_mb:.0} / {most_mb:.0} MB")),
            Row::told("disk for a message, raw log and indexes", format!("{bytes:.0} bytes")).goal(
                "6",
                "≤ 400 bytes",
                bytes <= 400.0,
            ),
        ]);
    }
    Ok(rows)
}

/// One phone on one connection, in the same run as the rate of the disk.
async fn alone(bench: &Bench, start: &Path) -> Result<Vec<Row>> {
    let data = bench.directory("ingest-alone")?;
    copy(start, &data)?;
    let server = Server::start(bench, &data, &[])?;
    let account = crowd::account(7);
    let before = disk::syncs(&data)?;
    let mut line = Line::open(server.mqtt, &account).await?;
    let habit = Habit { window: WINDOW, retained: false, first_tst: report::now_ms() / 1000 - 24 * 3600 };
    let started = Instant::now();
    let until = Until::Moment(started + std::time::Duration::from_secs(LONG_ALONE_S.into()));
    let count = line.walk(&account.topic, 7, habit, until).await?;
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    // The better of before and after: what else disturbs the disk must not make the limit easier.
    let limit = disk::syncs(&data)?.max(before);
    server.stop()?;
    let row = Row::told("committed messages/s, one phone", format!("{rate:.0}/s"));
    let row = row.beside(format!("fdatasync {limit:.0}/s"), rate / limit);
    Ok(vec![row.goal("3", "≥ 0.80", rate / limit >= 0.8)])
}
