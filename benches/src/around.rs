//! Who is around, among ten thousand: the question of the interface, and what is under it.

use crate::{Bench, crowd, latency::Latencies, mqtt::Line, process::Server, report, runtime, table::Row};
use anyhow::{Context, Result, ensure};
use reqwest::{Client, header::COOKIE};
use std::time::{Duration, Instant};

const FRIENDS: u32 = 10_000;
const QUESTIONS: u32 = 200;
/// How many phones are connected at once while they say where they are.
const AT_ONCE: u32 = 200;
/// All that this may take to be stored.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let data = bench.directory("around")?;
    runtime()?.block_on(crowd::settle_with(&data, FRIENDS, 1))?;
    let server = Server::start(bench, &data, &[])?;
    let rows = runtime()?.block_on(ask(&server));
    server.stop()?;
    rows
}

async fn ask(server: &Server) -> Result<Vec<Row>> {
    let tst = report::now_ms() / 1000 - 60;
    for first in (0..FRIENDS).step_by(usize::try_from(AT_ONCE)?) {
        let said = (first..first + AT_ONCE).map(|number| say(server, number, tst));
        futures::future::try_join_all(said).await?;
    }
    let client = Client::new();
    let url = |path: &str| format!("http://{}/api/v1/{path}", server.http);
    let cookie = format!("whereabouts_session={}", crowd::SESSION);
    let mut rows = Vec::new();
    for range_m in [1_000, 50_000] {
        let range = serde_json::json!({ "metres": range_m });
        let set = client.put(url("friends/me/range")).header(COOKIE, &cookie).json(&range);
        set.send().await?.error_for_status()?;
        let (mut took, mut found, since) = (Vec::new(), 0, Instant::now());
        for _ in 0..QUESTIONS {
            ensure!(since.elapsed() < PATIENCE, "{QUESTIONS} questions take too long");
            let asked = Instant::now();
            let answer = client.get(url("around")).header(COOKIE, &cookie).send().await?;
            let answer = answer.error_for_status()?.bytes().await?;
            took.push(asked.elapsed());
            let answer: serde_json::Value = serde_json::from_slice(&answer)?;
            found = answer.get("items").and_then(|items| items.as_array()).context("there is a list")?.len();
        }
        ensure!(found > 0, "nobody is around");
        let what = format!("who is within {range_m} m, of {FRIENDS} friends ({found} told), p50 / p95 / p99");
        rows.push(Row::told(what, Latencies::new(took).to_string()));
    }
    Ok(rows)
}

/// A phone says where it is, is answered, and goes.
async fn say(server: &Server, number: u32, tst: i64) -> Result<()> {
    let account = crowd::account(number);
    let mut line = Line::open(server.mqtt, &account).await?;
    let mut text = String::new();
    report::location(&mut text, number, report::place(number, 0), tst);
    line.publish(&account.topic, &text).await
}
