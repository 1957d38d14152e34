//! The fix that shows that somebody came → at the webhook of who wants to know.

use crate::{Bench, crowd, latency::Latencies, mqtt::Line, process::Server, report, runtime, table::Row};
use anyhow::{Result, ensure};
use axum::{Json, Router, extract::State};
use reqwest::{Client, Method, header::COOKIE};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

const PHONES: u32 = 100;
/// Between two fixes: an alert is of the last one before it.
const BETWEEN: Duration = Duration::from_millis(20);
/// How long after the last fix they may still come.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much farther north they come from, degrees.
const AWAY: f64 = 0.2;

/// When each phone spoke last, and how long until the webhook heard of its friend.
#[derive(Default)]
struct Seen {
    said: Vec<Option<Instant>>,
    took: Vec<Duration>,
}

type Shared = Arc<Mutex<Seen>>;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let data = bench.directory("alerts")?;
    runtime()?.block_on(crowd::settle(&data, PHONES + 1))?;
    let server = Server::start(bench, &data, &["--alert-networks", "127.0.0.0/8"])?;
    let rows = runtime()?.block_on(come(&server));
    server.stop()?;
    rows
}

async fn come(server: &Server) -> Result<Vec<Row>> {
    let seen = Shared::default();
    seen.lock().unwrap_or_else(PoisonError::into_inner).said.resize(usize::try_from(PHONES + 1)?, None);
    let door = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let hook = format!("http://{}/", door.local_addr()?);
    let router = Router::new().fallback(hear).with_state(Arc::clone(&seen));
    let hearing = tokio::spawn(async move { axum::serve(door, router).await });
    ask(server, Method::PUT, "alert-channels/webhook", &json!({"url": hook})).await?;
    let rule = json!({"friends": "all", "regions": "all", "direction": "enter", "channels": ["webhook"]});
    ask(server, Method::POST, "alert-rules", &rule).await?;

    let mut lines = Vec::new();
    for number in 1..=PHONES {
        lines.push(Line::open(server.mqtt, &crowd::account(number)).await?);
    }
    // The middle of a region: everybody comes there, from far away.
    let (lat, lon) = report::place(0, 0);
    let now = report::now_ms() / 1000;
    for (ago, north) in [(800, AWAY), (600, AWAY), (300, 0.0), (200, 0.0), (100, 0.0)] {
        for (number, line) in (1..=PHONES).zip(&mut lines) {
            let mut text = String::new();
            report::location(&mut text, number, (lat + north, lon), now - ago);
            {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(said) = seen.said.get_mut(usize::try_from(number)?) {
                    *said = Some(Instant::now());
                }
            }
            line.publish(&crowd::account(number).topic, &text).await?;
            tokio::time::sleep(BETWEEN).await;
        }
    }
    tokio::time::sleep(PATIENCE).await;
    hearing.abort();
    let took = std::mem::take(&mut seen.lock().unwrap_or_else(PoisonError::into_inner).took);
    let expected = usize::try_from(PHONES)?;
    ensure!(took.len() == expected, "of {expected} alerts {} came", took.len());
    let took = Latencies::new(took);
    Ok(vec![Row::told(format!("the fix → a webhook, {PHONES} times, p50 / p95 / p99"), took.to_string())])
}

/// The webhook: the title begins with the name of who came.
async fn hear(State(seen): State<Shared>, Json(alert): Json<Value>) {
    let now = Instant::now();
    let name = alert.get("title").and_then(Value::as_str).unwrap_or_default();
    let number = name.strip_prefix("walker").and_then(|rest| rest.get(..4)?.parse::<usize>().ok());
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(said) = number.and_then(|number| seen.said.get(number).copied().flatten()) {
        seen.took.push(now.duration_since(said));
    }
}

async fn ask(server: &Server, method: Method, path: &str, body: &Value) -> Result<()> {
    let url = format!("http://{}/api/v1/{path}", server.http);
    let cookie = format!("whereabouts_session={}", crowd::SESSION);
    let asked = Client::new().request(method, url).header(COOKIE, cookie);
    asked.json(body).send().await?.error_for_status()?;
    Ok(())
}
