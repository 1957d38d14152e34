//! Phone → moved on the page, in a real Chromium; and what the page weighs. The browser's half is `browser.mjs`, beside `Cargo.toml`.

use crate::{
    Bench, crowd, latency::Latencies, mqtt::Line, process::Server, report, runtime, script::Script,
    table::Row,
};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::interval;

const PHONES: u32 = 10;
const MESSAGES: u32 = 200;
const EVERY: Duration = Duration::from_millis(200);
/// The phone that is looked at.
const PHONE: u32 = 3;
/// JavaScript and CSS of the OwnTracks Frontend, and its markers with ten friends (`docs/performance.md`).
const FRONTEND: (f64, f64) = (151.0, 1600.0);

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let data = bench.directory("browser")?;
    runtime()?.block_on(crowd::settle(&data, PHONES))?;
    let server = Server::start(bench, &data, &[])?;
    // Everybody has been somewhere, so there are markers.
    let walked = runtime()?.block_on(async {
        for number in 0..PHONES {
            publish(&server, number, report::place(number, 0), report::now_ms() / 1000 - 7200).await?;
        }
        anyhow::Ok(())
    });
    walked?;
    let address = format!("http://{}/", server.http);
    let mut script =
        Script::start("browser.mjs", &[&address, crowd::SESSION, &crowd::account(PHONE).username])?;
    let first = script.read()?;
    let sent = runtime()?.block_on(walk(&server))?;
    script.enough()?;
    let last = script.read()?;
    drop(script);
    server.stop()?;
    rows(&first, &last, &sent)
}

/// Walks north, a pace each time. Returns when each latitude, as the page writes it, was published.
async fn walk(server: &Server) -> Result<HashMap<String, f64>> {
    let account = crowd::account(PHONE);
    let mut line = Line::open(server.mqtt, &account).await?;
    let (lat, lon) = report::home(PHONE);
    let first_tst = report::now_ms() / 1000 - 3600;
    let (mut beat, mut text, mut sent) = (interval(EVERY), String::new(), HashMap::new());
    for number in 0..MESSAGES {
        beat.tick().await;
        let lat = lat + f64::from(number) * 0.000_05;
        report::location(&mut text, PHONE, (lat, lon), first_tst + i64::from(number));
        sent.insert(format!("{lat:.5}"), SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3);
        line.publish(&account.topic, &text).await?;
    }
    tokio::time::sleep(EVERY * 5).await;
    Ok(sent)
}

async fn publish(server: &Server, number: u32, place: (f64, f64), tst: i64) -> Result<()> {
    let account = crowd::account(number);
    let mut text = String::new();
    report::location(&mut text, number, place, tst);
    Line::open(server.mqtt, &account).await?.publish(&account.topic, &text).await
}

fn rows(first: &Value, last: &Value, sent: &HashMap<String, f64>) -> Result<Vec<Row>> {
    let moves = last["moves"].as_array().context("the browser tells of no moves")?;
    let times = moves.iter().filter_map(|moved| {
        let took_ms = moved["at"].as_f64()? - sent.get(moved["lat"].as_str()?)?;
        Duration::try_from_secs_f64(took_ms / 1e3).ok()
    });
    let took = Latencies::new(times.collect());
    ensure!(took.count() > sent.len() / 2, "of {} moves the browser saw {}", sent.len(), took.count());
    let p99 = took.percentile_ms(99);
    let number = |name: &str| first[name].as_f64().with_context(|| format!("the browser tells no {name}"));
    let (kb, requests) = (number("bytes")? / 1000.0, number("requests")?);
    let again_kb = last["bytes"].as_f64().context("the browser tells nothing of its second visit")? / 1000.0;
    let marker_ms = number("marker_ms")?;
    Ok(vec![
        Row::told(
            format!("phone → moved on the page, {} times, p50 / p95 / p99", took.count()),
            took.to_string(),
        )
        .goal("13", "p99 ≤ 50 ms", p99 <= 50.0),
        Row::told("the live page, all of it, brotli", format!("{kb:.0} kB"))
            .beside(format!("Frontend, JS + CSS {:.0} kB", FRONTEND.0), kb / FRONTEND.0)
            .goal("19", "≤ 300 kB", kb <= 300.0),
        Row::told("of that, the largest files", largest(first)),
        Row::told("requests for it", format!("{requests:.0}")).goal("19", "≤ 10", requests <= 10.0),
        Row::told("second visit", format!("{again_kb:.1} kB")).goal("19", "≤ 5 kB", again_kb <= 5.0),
        Row::told("first paint, cold", format!("{:.0} ms", number("paint_ms")?)),
        Row::told(format!("{PHONES} markers on the map, cold"), format!("{marker_ms:.0} ms"))
            .beside(format!("Frontend {:.0} ms, elsewhere", FRONTEND.1), marker_ms / FRONTEND.1),
        Row::told("memory of the page's JavaScript", format!("{:.1} MB", number("heap")? / 1e6)),
    ])
}

fn largest(visit: &Value) -> String {
    let files = visit["files"].as_array().into_iter().flatten();
    let mut files: Vec<_> = files.filter_map(|file| Some((file[1].as_f64()?, file[0].as_str()?))).collect();
    files.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let told = files.iter().take(3).map(|(bytes, path)| format!("{} {:.0}", name(path), bytes / 1000.0));
    told.collect::<Vec<_>>().join(", ") + " kB"
}
