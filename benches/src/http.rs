//! Phones in HTTP mode → committed. A household's worth of them, each with a connection that it keeps; each answer tells it where the
//! others are.

use crate::{
    Bench, crowd,
    mqtt::Account,
    process::{Server, copy},
    report, runtime,
    table::Row,
};
use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinSet,
};

/// Phones, each with one message under way: the apps wait for the answer.
const PHONES: u32 = 20;
const LONG: Duration = Duration::from_secs(6);
const BACK_S: i64 = 24 * 3600;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let runtime = runtime()?;
    let (seed, data) = (bench.directory("http-seed")?, bench.directory("http")?);
    runtime.block_on(crowd::settle(&seed, PHONES))?;
    copy(&seed, &data)?;
    let server = Server::start(bench, &data, &[])?;
    let before_s = server.process.cpu_s()?;
    let started = Instant::now();
    let count = runtime.block_on(all(server.http, started + LONG))?;
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    let cpu_us = (server.process.cpu_s()? - before_s) / f64::from(count) * 1e6;
    server.stop()?;
    Ok(vec![
        Row::told(
            format!("committed messages/s by HTTP, {PHONES} phones, one under way each"),
            format!("{rate:.0}/s"),
        ),
        Row::told("CPU of the server for a message by HTTP, the answer included", format!("{cpu_us:.0} µs"))
            .goal("4", "≤ 50 µs", cpu_us <= 50.0),
    ])
}

async fn all(door: SocketAddr, until: Instant) -> Result<u32> {
    let mut phones = JoinSet::new();
    for number in 0..PHONES {
        phones.spawn(posts(door, number, crowd::account(number), until));
    }
    let mut count = 0;
    while let Some(posted) = phones.join_next().await {
        count += posted??;
    }
    Ok(count)
}

/// One phone: posts, waits for the answer, posts. Returns how many were answered.
async fn posts(door: SocketAddr, number: u32, account: Account, until: Instant) -> Result<u32> {
    let stream = TcpStream::connect(door).await?;
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let authorization = BASE64_STANDARD.encode(format!("{}:{}", account.username, account.password));
    let first_tst = report::now_ms() / 1000 - BACK_S;
    let (mut text, mut body, mut count) = (String::new(), Vec::new(), 0);
    while Instant::now() < until {
        report::location(
            &mut text,
            number,
            report::place(number, count),
            first_tst + i64::from(count) * report::EVERY_S,
        );
        let request = format!(
            "POST /pub HTTP/1.1\r\nHost: {door}\r\nAuthorization: Basic {authorization}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        stream.get_mut().write_all(request.as_bytes()).await?;
        let (mut line, mut length) = (String::new(), None);
        stream.read_line(&mut line).await?;
        ensure!(line.starts_with("HTTP/1.1 200 "), "the server answers {line:?}");
        loop {
            line.clear();
            stream.read_line(&mut line).await?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some(("content-length", value)) = header.split_once(": ") {
                length = Some(value.parse()?);
            }
        }
        body.resize(length.context("the answer has a length")?, 0);
        stream.read_exact(&mut body).await?;
        count += 1;
    }
    Ok(count)
}
