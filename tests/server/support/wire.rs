//! MQTT byte by byte, for what a well-behaved client would never send. Speaks 3.1.1 (level 4) and 5.

use super::{Credentials, DEADLINE};
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection without a client behind it; after a sign-in with its level, and a topic of its own.
pub(crate) struct Wire(TcpStream, Option<(u8, String)>);

/// What a CONNECT says.
#[derive(Clone)]
pub(crate) struct Connect<'a> {
    /// 4 is MQTT 3.1.1.
    pub(crate) level: u8,
    pub(crate) credentials: &'a Credentials,
    pub(crate) client: &'a str,
    pub(crate) clean: bool,
    pub(crate) keep_alive_s: u16,
    /// Topic and payload; `QoS` 1.
    pub(crate) will: Option<(&'a str, &'a str)>,
    /// Level 5 only, without their length.
    pub(crate) properties: &'a [u8],
}

/// A packet: its first byte, and what follows the remaining length.
pub(crate) type Packet = (u8, Vec<u8>);

/// A string with its length in front.
pub(crate) fn text(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [&u16::try_from(text.len()).expect("is short").to_be_bytes(), text].concat()
}

/// A packet with its length.
pub(crate) fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let (mut bytes, mut rest) = (vec![first], body.len());
    loop {
        let low = u8::try_from(rest % 128).expect("is below 128");
        rest /= 128;
        bytes.push(if rest > 0 { low | 128 } else { low });
        if rest == 0 {
            break;
        }
    }
    [bytes, body].concat()
}

/// A PUBLISH without properties; `id` where the `QoS` needs one.
pub(crate) fn publish(level: u8, flags: u8, topic: &str, id: Option<u16>, payload: &str) -> Vec<u8> {
    let id = id.map(|id| id.to_be_bytes().to_vec()).unwrap_or_default();
    packet(0x30 | flags, &[&text(topic), &id, nothing(level), payload.as_bytes()])
}

/// A SUBSCRIBE with packet id 1 and one filter.
pub(crate) fn subscribe(level: u8, filter: &str, options: u8) -> Vec<u8> {
    packet(0x82, &[&[0, 1], nothing(level), &text(filter), &[options]])
}

/// No properties, as each level says it.
pub(crate) fn nothing(level: u8) -> &'static [u8] {
    if level == 5 { &[0] } else { &[] }
}

impl<'a> Connect<'a> {
    pub(crate) fn new(level: u8, credentials: &'a Credentials, client: &'a str) -> Self {
        Self { level, credentials, client, clean: true, keep_alive_s: 60, will: None, properties: &[] }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let will = if self.will.is_some() { 0b0000_1100 } else { 0 };
        let flags = 0b1100_0000 | will | (u8::from(self.clean) << 1);
        let properties = match self.level {
            5 => [&[u8::try_from(self.properties.len()).expect("are few")], self.properties].concat(),
            _ => Vec::new(),
        };
        let will =
            self.will.map(|(topic, payload)| [nothing(self.level), &text(topic), &text(payload)].concat());
        let parts: [&[u8]; 7] = [
            &[&text("MQTT")[..], &[self.level, flags]].concat(),
            &self.keep_alive_s.to_be_bytes(),
            &properties,
            &text(self.client),
            &will.unwrap_or_default(),
            &text(&self.credentials.username),
            &text(&self.credentials.password),
        ];
        packet(0x10, &parts)
    }
}

impl Wire {
    pub(crate) async fn open(broker: SocketAddr) -> Self {
        Self(TcpStream::connect(broker).await.expect("the door is open"), None)
    }

    /// Connects and reads the CONNACK, which must say yes; returns whether there was a session.
    pub(crate) async fn sign_in(broker: SocketAddr, connect: &Connect<'_>) -> (Self, bool) {
        let mut wire = Self::open(broker).await;
        wire.send(&connect.bytes()).await;
        let (first, body) = wire.next().await.expect("a CONNACK comes");
        assert_eq!((first, body[1]), (0x20, 0), "{body:?}");
        wire.1 = Some((connect.level, format!("{}/mark", connect.credentials.topic)));
        (wire, body[0] == 1)
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // The other side may have closed already; the next read tells.
        let _closed = self.0.write_all(bytes).await;
    }

    /// The next packet; `None` when the connection has ended.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        let reading = async {
            let first = self.0.read_u8().await.ok()?;
            let (mut length, mut shift) = (0_usize, 0);
            loop {
                let byte = self.0.read_u8().await.ok()?;
                length |= usize::from(byte & 127) << shift;
                shift += 7;
                if byte < 128 {
                    break;
                }
            }
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.ok()?;
            Some((first, body))
        };
        tokio::time::timeout(DEADLINE, reading).await.expect("something comes in time")
    }

    /// Sends something and returns the next packet.
    pub(crate) async fn ask(&mut self, bytes: &[u8]) -> Option<Packet> {
        self.send(bytes).await;
        self.next().await
    }

    /// Everything that was meant for it until now, on a connection that stays.
    pub(crate) async fn rest(&mut self) -> Vec<Packet> {
        let (found, stays) = self.heard().await;
        assert!(stays, "the connection stays: {found:?}");
        found
    }

    /// Everything that was meant for it until now, and whether the connection stays. A message of its own says when that was all: it waits in
    /// the same queue, which the answer to a ping may overtake.
    pub(crate) async fn heard(&mut self) -> (Vec<Packet>, bool) {
        static MARKS: AtomicU32 = AtomicU32::new(0);
        let (level, topic) = self.1.clone().expect("it has signed in");
        let mark = format!("mark {}.", MARKS.fetch_add(1, Ordering::Relaxed));
        self.send(&subscribe(level, &topic, 0)).await;
        self.send(&publish(level, 0, &topic, None, &mark)).await;
        let mut found = Vec::new();
        while let Some((first, body)) = self.next().await {
            match first & 0xF0 {
                0x30 if body.ends_with(mark.as_bytes()) => return (found, true),
                // Another mark, or the answer to the subscription.
                0x30 if body.starts_with(&text(&topic)) => {}
                0x90 => {}
                _ => found.push((first, body)),
            }
        }
        (found, false)
    }
}
