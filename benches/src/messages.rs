//! A message sent → on the live lines of those it is for, with many looking: to one friend, to everybody of a group, and in a real Chromium. The
//! browser's half is `messages.mjs`, beside `Cargo.toml`.

use crate::{
    Bench, crowd,
    latency::Latencies,
    process::Server,
    runtime,
    script::Script,
    table::Row,
    viewers::{Socket, connect, next},
};
use anyhow::{Result, ensure};
use reqwest::{Client, header::COOKIE};
use serde_json::json;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{task::JoinSet, time::interval};

/// All are signed in, and each has five pages open.
const FRIENDS: usize = 100;
const SOCKETS: usize = 500;
const MESSAGES: usize = 100;
const TO_GROUP: usize = 20;
/// What one friend may send at once.
const TO_PAGE: usize = 25;
/// Whose page a real browser has open, with the thread of who writes there.
const READER: usize = 1;
const WRITER: usize = 0;
const EVERY: Duration = Duration::from_millis(100);
/// How long after the last message it may still come.
const PATIENCE: Duration = Duration::from_secs(2);
/// What each message begins with; its number follows, in four digits.
const MARK: &[u8] = b"message-";

/// When each was sent, to whom, and how long until each socket of theirs had it.
#[derive(Default)]
struct Seen {
    sent: Vec<(Instant, To)>,
    took: Vec<Duration>,
}

#[derive(Clone, Copy)]
enum To {
    Friend(usize),
    /// All but who wrote it.
    Group(usize),
}

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let data = bench.directory("messages")?;
    let count = u32::try_from(FRIENDS)?;
    runtime()?.block_on(crowd::settle_with(&data, count, count))?;
    let server = Server::start(bench, &data, &[])?;
    let rows = runtime()?.block_on(write(&server));
    server.stop()?;
    rows
}

async fn write(server: &Server) -> Result<Vec<Row>> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut lines = JoinSet::new();
    for number in 0..SOCKETS {
        let whose = number % FRIENDS;
        let socket = connect(server.http, &crowd::session(u32::try_from(whose)?)).await?;
        lines.spawn(look(socket, whose, Arc::clone(&seen)));
    }
    let each = SOCKETS / FRIENDS;
    let to_friends = (0..MESSAGES).map(|number| (number % FRIENDS, To::Friend((number + 1) % FRIENDS)));
    let alone = round(server, &seen, to_friends, MESSAGES * each).await?;
    let to_group = (0..TO_GROUP).map(|number| (number, To::Group(number)));
    let together = round(server, &seen, to_group, TO_GROUP * (FRIENDS - 1) * each).await?;
    let on_page = page(server, &seen).await?;
    lines.abort_all();
    Ok(vec![
        Row::told(
            format!("message → the {each} pages of a friend, at {SOCKETS} sockets, p50 / p95 / p99"),
            alone.to_string(),
        ),
        Row::told(
            format!("message to a group → {} pages, p50 / p95 / p99", (FRIENDS - 1) * each),
            together.to_string(),
        ),
        Row::told(
            format!("message → shown in Chromium beside them, {} times, p50 / p95 / p99", on_page.count()),
            on_page.to_string(),
        ),
    ])
}

/// Sends to a friend who has the thread open in a browser, while all others look.
async fn page(server: &Server, seen: &Mutex<Seen>) -> Result<Latencies> {
    let first = seen.lock().unwrap_or_else(PoisonError::into_inner).sent.len();
    let (url, path) = (format!("http://{}/", server.http), format!("messages?with={}", crowd::friend(0)));
    let mut script = Script::start("messages.mjs", &[&url, &crowd::session(u32::try_from(READER)?), &path])?;
    script.read()?;
    let (mut beat, client, mut sent) = (interval(EVERY), Client::new(), Vec::new());
    for number in first..first + TO_PAGE {
        beat.tick().await;
        sent.push(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3);
        say(&client, server, number, (WRITER, To::Friend(READER))).await?;
    }
    tokio::time::sleep(PATIENCE).await;
    script.enough()?;
    let told = script.read()?;
    let times = sent.iter().zip(first..).filter_map(|(sent_ms, number)| {
        let shown_ms = told["shown"][format!("{number:04}")].as_f64()?;
        Duration::try_from_secs_f64((shown_ms - sent_ms) / 1e3).ok()
    });
    let took = Latencies::new(times.collect());
    ensure!(took.count() == TO_PAGE, "of {TO_PAGE} messages the page showed {}", took.count());
    Ok(took)
}

/// Sends one after the other, and waits until as many came as should.
async fn round(
    server: &Server,
    seen: &Mutex<Seen>,
    messages: impl Iterator<Item = (usize, To)>,
    expected: usize,
) -> Result<Latencies> {
    let (client, mut beat) = (Client::new(), interval(EVERY));
    for (from, to) in messages {
        beat.tick().await;
        let number = {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.sent.push((Instant::now(), to));
            seen.sent.len() - 1
        };
        say(&client, server, number, (from, to)).await?;
    }
    tokio::time::sleep(PATIENCE).await;
    let took = std::mem::take(&mut seen.lock().unwrap_or_else(PoisonError::into_inner).took);
    ensure!(took.len() == expected, "of {expected} frames {} came", took.len());
    Ok(Latencies::new(took))
}

/// Sends the message of that number.
async fn say(client: &Client, server: &Server, number: usize, (from, to): (usize, To)) -> Result<()> {
    let to = match to {
        To::Friend(number) => json!({"friend": crowd::account(u32::try_from(number)?).username}),
        To::Group(_) => json!({"group": "Walkers"}),
    };
    let id = uuid::Uuid::from_u128(1 + u128::try_from(number)?);
    let message = json!({"client_id": id, "to": to, "text": format!("message-{number:04}")});
    let cookie = format!("whereabouts_session={}", crowd::session(u32::try_from(from)?));
    let asked = client.post(format!("http://{}/api/v1/messages", server.http)).header(COOKIE, cookie);
    asked.json(&message).send().await?.error_for_status()?;
    Ok(())
}

/// One page: notes when each message that is for its friend came first.
async fn look(mut socket: Socket, whose: usize, seen: Arc<Mutex<Seen>>) -> Result<()> {
    let mut known = HashSet::new();
    loop {
        let frame = next(&mut socket).await?;
        let now = Instant::now();
        for number in numbers(&frame) {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            let Some((sent, to)) = seen.sent.get(number).copied() else { continue };
            let is_for = match to {
                To::Friend(friend) => friend == whose,
                To::Group(from) => from != whose,
            };
            if is_for && known.insert(number) {
                seen.took.push(now.duration_since(sent));
            }
        }
    }
}

/// Which messages a frame tells of.
fn numbers(frame: &[u8]) -> impl Iterator<Item = usize> {
    let marks = frame.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    marks.filter_map(|(at, _)| {
        let digits = frame.get(at + MARK.len()..at + MARK.len() + 4)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    })
}
