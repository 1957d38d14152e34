//! Phone → frame on a websocket, with many looking; and what a viewer costs the server.

use crate::{
    Bench, crowd,
    latency::Latencies,
    mqtt::{Account, Line},
    process::Server,
    report, runtime,
    table::Row,
};
use anyhow::{Context, Result, ensure};
use futures::StreamExt as _;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet, time::interval};
use tokio_tungstenite::tungstenite::{Bytes, client::IntoClientRequest, http::HeaderValue};

const VIEWERS: u32 = 500;
const PHONES: u32 = 10;
const MESSAGES: u32 = 100;
const EVERY: Duration = Duration::from_millis(200);
/// How long after the last message frames may still come.
const PATIENCE: Duration = Duration::from_secs(2);
/// p50 and p99 of the OwnTracks Recorder with as many sockets, in milliseconds (`docs/performance.md`).
const RECORDER: (f64, f64) = (58.0, 86.0);

/// What the viewers saw: when each was published, and how long until each saw it.
#[derive(Default)]
struct Seen {
    published: Vec<Instant>,
    took: Vec<Duration>,
    bytes: usize,
}

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let data = bench.directory("viewers")?;
    runtime()?.block_on(crowd::settle(&data, PHONES))?;
    let server = Server::start(bench, &data, &[])?;
    let rows = runtime()?.block_on(watch(&server));
    server.stop()?;
    rows
}

async fn watch(server: &Server) -> Result<Vec<Row>> {
    let first_tst = report::now_ms() / 1000 - 3600;
    let seen = Arc::new(Mutex::new(Seen::default()));
    // One viewer first, so that what comes with the first is not counted for each.
    let mut viewers = JoinSet::new();
    let mut sockets = vec![connect(server.http, crowd::SESSION).await?];
    let (before_mb, _) = server.process.memory_mb()?;
    while sockets.len() <= usize::try_from(VIEWERS)? {
        sockets.push(connect(server.http, crowd::SESSION).await?);
    }
    tokio::time::sleep(PATIENCE).await;
    let (after_mb, _) = server.process.memory_mb()?;
    for socket in sockets {
        let seen = Arc::clone(&seen);
        viewers.spawn(look(socket, first_tst, seen));
    }
    let accounts: Vec<Account> = (0..PHONES).map(crowd::account).collect();
    let mut lines = Vec::new();
    for account in &accounts {
        lines.push(Line::open(server.mqtt, account).await?);
    }
    let (mut beat, mut text) = (interval(EVERY), String::new());
    let cpu_s = server.process.cpu_s()?;
    for number in 0..MESSAGES {
        beat.tick().await;
        let phone = number % PHONES;
        let tst = first_tst + i64::from(number);
        report::location(&mut text, phone, report::place(phone, number), tst);
        seen.lock().unwrap_or_else(PoisonError::into_inner).published.push(Instant::now());
        let (line, account) =
            usize::try_from(phone).map(|phone| (lines.get_mut(phone), accounts.get(phone)))?;
        let (Some(line), Some(account)) = (line, account) else { continue };
        line.publish(&account.topic, &text).await?;
    }
    tokio::time::sleep(PATIENCE).await;
    let cpu_share = (server.process.cpu_s()? - cpu_s) / (EVERY * MESSAGES + PATIENCE).as_secs_f64();
    viewers.abort_all();
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let bytes = seen.bytes / seen.took.len().max(1);
    let took = Latencies::new(seen.took);
    let expected = usize::try_from(MESSAGES * VIEWERS)?;
    ensure!(took.count() >= expected, "of {expected} frames only {} came", took.count());
    let (p50, p99) = (took.percentile_ms(50), took.percentile_ms(99));
    let each_kb = (after_mb - before_mb) * 1024.0 / f64::from(VIEWERS);
    Ok(vec![
        Row::told(format!("phone → frame at {VIEWERS} sockets, 5/s, p50 / p95 / p99"), took.to_string())
            .beside(format!("Recorder {} / {} ms, elsewhere", RECORDER.0, RECORDER.1), p99 / RECORDER.1)
            .goal("9", "≤ 3 / ≤ 8 ms", p50 <= 3.0 && p99 <= 8.0),
        Row::told("bytes of such a frame", format!("{bytes}")).goal("12", "≤ 50", bytes <= 50),
        Row::told("memory for a viewer", format!("{each_kb:.1} kB")).goal("11", "≤ 10 kB", each_kb <= 10.0),
        Row::told("memory with them", format!("{after_mb:.0} MB")),
        Row::told("CPU of the server, all that time", format!("{:.0} %", cpu_share * 100.0)),
    ])
}

pub(crate) type Socket = tokio_tungstenite::WebSocketStream<TcpStream>;

/// Opens the live link as the page of who has that session does, and takes the snapshot.
pub(crate) async fn connect(http: SocketAddr, session: &str) -> Result<Socket> {
    let mut request = format!("ws://{http}/api/live").into_client_request()?;
    let cookie = format!("whereabouts_session={session}");
    request.headers_mut().insert("cookie", HeaderValue::from_str(&cookie)?);
    let stream = TcpStream::connect(http).await?;
    stream.set_nodelay(true)?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    next(&mut socket).await?;
    Ok(socket)
}

async fn look(mut socket: Socket, first_tst: i64, seen: Arc<Mutex<Seen>>) -> Result<()> {
    loop {
        let frame = next(&mut socket).await?;
        let now = Instant::now();
        for number in numbers(&frame, first_tst) {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(published) = seen.published.get(number).copied() {
                seen.took.push(now.duration_since(published));
                seen.bytes += frame.len();
            }
        }
    }
}

/// The next frame with something in it.
pub(crate) async fn next(socket: &mut Socket) -> Result<Bytes> {
    loop {
        let message = socket.next().await.context("the server closed the socket")??;
        if message.is_text() || message.is_binary() {
            return Ok(message.into_data());
        }
    }
}

/// Which messages a frame tells of: they are numbered by the times at which they say they were taken.
fn numbers(frame: &[u8], first_tst: i64) -> impl Iterator<Item = usize> {
    const TIME: &[u8] = br#""t":"#;
    let times = frame.windows(TIME.len()).enumerate().filter(|(_, window)| *window == TIME);
    times.filter_map(move |(at, _)| {
        let digits = frame.get(at + TIME.len()..at + TIME.len() + 10)?;
        let tst: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        usize::try_from(tst - first_tst).ok()
    })
}
