//! A lean MQTT 3.1.1 client: the packets by hand, so that the load costs little of the machine that it shares with the server.

use crate::report;
use anyhow::{Context, Result, bail, ensure};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// Nothing may take longer to be answered.
const PATIENCE: Duration = Duration::from_secs(20);
const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const PUBACK: u8 = 0x40;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;
const QOS_1: u8 = 2;
const RETAIN: u8 = 1;

/// How a phone signs in, and where it publishes.
pub(crate) struct Account {
    pub(crate) topic: String,
    pub(crate) username: String,
    pub(crate) password: String,
}

/// A connection.
pub(crate) struct Line {
    stream: TcpStream,
    inbox: Vec<u8>,
    next_id: u16,
}

/// How a phone publishes.
#[derive(Clone, Copy)]
pub(crate) struct Habit {
    /// Messages that may wait for their acknowledgement.
    pub(crate) window: u32,
    /// Whether the broker is to remember the last one, as the apps ask for.
    pub(crate) retained: bool,
    /// By its own clock, the time of the first.
    pub(crate) first_tst: i64,
}

/// How long phones go on publishing.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// As many each.
    Count(u32),
    /// Until then; what is under way then is waited for.
    Moment(Instant),
}

impl Line {
    /// Connects and signs in.
    pub(crate) async fn open(broker: SocketAddr, account: &Account) -> Result<Self> {
        let stream = TcpStream::connect(broker).await?;
        stream.set_nodelay(true)?;
        let mut line = Self { stream, inbox: Vec::with_capacity(4096), next_id: 0 };
        let mut body = b"\0\x04MQTT\x04\xc2\0\0".to_vec();
        for text in [&account.username, &account.username, &account.password] {
            push_text(&mut body, text)?;
        }
        line.send(CONNECT, &body).await?;
        let (kind, answer) = line.packet().await?;
        ensure!(
            kind == CONNACK && answer.get(1) == Some(&0),
            "the broker refuses the connection: {answer:?}"
        );
        Ok(line)
    }

    /// Subscribes at quality 1 and then only counts, until `count` messages came.
    pub(crate) async fn swallow(mut self, filter: &str, count: u32, ready: impl FnOnce()) -> Result<()> {
        let mut body = vec![0, 1];
        push_text(&mut body, filter)?;
        body.push(1);
        self.send(SUBSCRIBE, &body).await?;
        let (kind, _) = self.packet().await?;
        ensure!(kind == SUBACK, "the broker refuses the subscription");
        ready();
        let (mut got, mut out) = (0, Vec::new());
        while got < count {
            self.read().await?;
            out.clear();
            self.take_packets(|kind, body| {
                if kind & 0xf0 == PUBLISH {
                    got += 1;
                    let topic = usize::from(u16::from_be_bytes([body[0], body[1]]));
                    out.extend_from_slice(&[PUBACK, 2, body[2 + topic], body[3 + topic]]);
                }
            });
            self.stream.write_all(&out).await?;
        }
        Ok(())
    }

    /// Publishes the walk of phone `number` and waits for every acknowledgement. Returns how many there were.
    pub(crate) async fn walk(&mut self, topic: &str, number: u32, habit: Habit, until: Until) -> Result<u32> {
        let (mut sent, mut acknowledged) = (0, 0);
        let (mut out, mut text) = (Vec::new(), String::new());
        loop {
            let going_on = match until {
                Until::Count(count) => sent < count,
                Until::Moment(moment) => Instant::now() < moment,
            };
            out.clear();
            while going_on && sent - acknowledged < habit.window && until.allows(sent) {
                let tst = habit.first_tst + i64::from(sent) * report::EVERY_S;
                report::location(&mut text, number, report::place(number, sent), tst);
                self.push_publish(&mut out, topic, text.as_bytes(), habit.retained)?;
                sent += 1;
            }
            if !out.is_empty() {
                self.stream.write_all(&out).await?;
            }
            if acknowledged == sent {
                return Ok(sent);
            }
            self.read().await?;
            self.take_packets(|kind, _| acknowledged += u32::from(kind == PUBACK));
        }
    }

    /// Publishes one message and waits for its acknowledgement.
    pub(crate) async fn publish(&mut self, topic: &str, payload: &str) -> Result<()> {
        let mut out = Vec::new();
        self.push_publish(&mut out, topic, payload.as_bytes(), false)?;
        self.stream.write_all(&out).await?;
        let (kind, _) = self.packet().await?;
        ensure!(kind == PUBACK, "the broker does not acknowledge");
        Ok(())
    }

    fn push_publish(&mut self, out: &mut Vec<u8>, topic: &str, payload: &[u8], retained: bool) -> Result<()> {
        self.next_id = self.next_id.checked_add(1).unwrap_or(1);
        out.push(PUBLISH | QOS_1 | if retained { RETAIN } else { 0 });
        push_length(out, 2 + topic.len() + 2 + payload.len());
        push_text(out, topic)?;
        out.extend_from_slice(&self.next_id.to_be_bytes());
        out.extend_from_slice(payload);
        Ok(())
    }

    async fn send(&mut self, kind: u8, body: &[u8]) -> Result<()> {
        let mut out = vec![kind];
        push_length(&mut out, body.len());
        out.extend_from_slice(body);
        Ok(self.stream.write_all(&out).await?)
    }

    /// The next packet, while there is only one.
    async fn packet(&mut self) -> Result<(u8, Vec<u8>)> {
        let mut found = None;
        while found.is_none() {
            self.read().await?;
            self.take_packets(|kind, body| found = Some((kind, body.to_vec())));
        }
        found.context("the loop ended with one")
    }

    async fn read(&mut self) -> Result<()> {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.inbox));
        match read.await.context("the broker does not answer")?? {
            0 => bail!("the broker closed the connection"),
            _ => Ok(()),
        }
    }

    /// Hands over the packets that are complete: first byte, and what follows the length.
    fn take_packets(&mut self, mut take: impl FnMut(u8, &[u8])) {
        let mut taken = 0;
        while let Some((kind, header, length)) = parse_header(&self.inbox[taken..]) {
            let (from, to) = (taken + header, taken + header + length);
            let Some(body) = self.inbox.get(from..to) else { break };
            take(kind, body);
            taken = to;
        }
        self.inbox.drain(..taken);
    }
}

impl Until {
    fn allows(self, sent: u32) -> bool {
        match self {
            Self::Count(count) => sent < count,
            Self::Moment(_) => true,
        }
    }
}

/// Connects the first so many phones.
pub(crate) async fn open_all(broker: SocketAddr, accounts: &[Account]) -> Result<Vec<Line>> {
    let mut lines = Vec::with_capacity(accounts.len());
    for account in accounts {
        lines.push(Line::open(broker, account).await?);
    }
    Ok(lines)
}

/// Has them all walk at the same time. Returns the connections, how many messages were acknowledged, and how long it took.
pub(crate) async fn walk_all(
    lines: Vec<Line>,
    accounts: &[Account],
    habit: Habit,
    until: Until,
) -> Result<(Vec<Line>, u32, Duration)> {
    let started = Instant::now();
    let mut walks = JoinSet::new();
    for ((number, mut line), account) in (0..).zip(lines).zip(accounts) {
        let topic = account.topic.clone();
        walks.spawn(async move { line.walk(&topic, number, habit, until).await.map(|count| (line, count)) });
    }
    let (mut lines, mut total) = (Vec::new(), 0);
    while let Some(walked) = walks.join_next().await {
        let (line, count) = walked??;
        lines.push(line);
        total += count;
    }
    Ok((lines, total, started.elapsed()))
}

fn push_text(to: &mut Vec<u8>, text: &str) -> Result<()> {
    to.extend_from_slice(&u16::try_from(text.len())?.to_be_bytes());
    to.extend_from_slice(text.as_bytes());
    Ok(())
}

fn push_length(to: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = u8::try_from(length & 127).unwrap_or(127);
        length >>= 7;
        to.push(if length > 0 { low | 128 } else { low });
        if length == 0 {
            return;
        }
    }
}

/// First byte, length of the header, length of the rest.
fn parse_header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (kind, mut length) = (*bytes.first()?, 0);
    for (place, byte) in bytes.iter().skip(1).take(4).enumerate() {
        length |= usize::from(byte & 127) << (7 * place);
        if byte & 128 == 0 {
            return Some((kind, place + 2, length));
        }
    }
    None
}
