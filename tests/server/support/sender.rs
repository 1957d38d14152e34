//! A phone that publishes without end: it remembers how much was acknowledged, and sends again what was not.
//!
//! What it says follows from its number and the number of the message, so that whoever finds a message can tell whether it is whole.
//! It sends in order and takes acknowledgements in order, so that everything before the first that is not acknowledged must be stored.
//! It stops when its door closes, once everything it has under way is acknowledged; or at once when its connection ends.

use super::{Credentials, DEADLINE, Phone, eventually, location, now_s};
use axum::body::{Body, to_bytes};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use rumqttc::{AsyncClient, Event, Packet, QoS};
use sqlx::{Connection, Row, SqliteConnection};
use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};

/// When the first message was taken, seconds since 1970; each later one a second later. So lately that it is not yet time to delete it.
static FIRST_S: LazyLock<i64> = LazyLock::new(|| now_s() - 10 * 86_400);
/// Messages that may wait for their acknowledgement at one time.
const WINDOW: i64 = 8;
/// The longest filling of a message, bytes.
const FILLING: i64 = 3000;
/// A message that is not a sender's, for whoever wants to post something beside them.
pub(crate) const BESIDES: &[u8] = b"{}";
/// Longer than anybody sends something, if it could.
const A_WHILE: Duration = Duration::from_millis(300);
/// The pause before a connection that failed is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// Where a sender finds its server; `None` while there is none.
pub(crate) type Door = watch::Receiver<Option<SocketAddr>>;

/// By which transport.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    Mqtt(QoS),
    Http,
}

/// One that is at work. Dropping it ends it.
struct Sender {
    acknowledged: Arc<AtomicI64>,
    task: JoinHandle<()>,
}

/// All senders of a test, and how many acknowledgements they have together.
pub(crate) struct Choir {
    senders: Vec<Sender>,
    total: watch::Sender<i64>,
    seen: Seen,
}

/// What was found in the raw log so far.
#[derive(Default)]
struct Seen {
    /// The last row, and how many there are up to it.
    last: i64,
    rows: i64,
    /// Which messages of whom.
    told: HashSet<(i64, i64)>,
}

impl Choir {
    /// Starts one sender for each of those who may publish.
    pub(crate) fn start(voices: &[(Credentials, Transport)], door: &Door) -> Self {
        Self::of(voices.iter().cloned().map(|voice| (voice, door.clone())))
    }

    /// The same, each with a door of its own.
    pub(crate) fn of(voices: impl IntoIterator<Item = ((Credentials, Transport), Door)>) -> Self {
        let total = watch::Sender::new(0);
        let senders = (0..).zip(voices).map(|(number, ((credentials, transport), door))| {
            let acknowledged = Arc::new(AtomicI64::new(0));
            let voice =
                Voice { number, credentials, acknowledged: acknowledged.clone(), total: total.clone() };
            let task = tokio::spawn(voice.sing(transport, door));
            Sender { acknowledged, task }
        });
        Self { senders: senders.collect(), total, seen: Seen::default() }
    }

    /// Acknowledgements so far.
    pub(crate) fn total(&self) -> i64 {
        *self.total.borrow()
    }

    /// Waits until there are so many acknowledgements.
    pub(crate) async fn reaches(&self, total: i64) {
        let mut watching = self.total.subscribe();
        let waiting = watching.wait_for(|now| *now >= total);
        let reached = tokio::time::timeout(DEADLINE, waiting).await;
        reached.expect("the senders get on").expect("is watched");
    }

    /// Asserts that the file is sound, that what is in the raw log is whole and stays there, and that each position is there once.
    /// Returns how many of the acknowledged messages are missing.
    pub(crate) async fn look(&mut self, mut connection: SqliteConnection, when: &str) -> usize {
        let acknowledged: Vec<_> =
            self.senders.iter().map(|sender| sender.acknowledged.load(SeqCst)).collect();
        // Everything as of one moment after that: a server may be at work.
        let mut database = connection.begin().await.expect("is read");
        for check in ["PRAGMA integrity_check", "SELECT count(*) || ' broken' FROM pragma_foreign_key_check"]
        {
            let said: String = sqlx::query(check).fetch_one(&mut *database).await.expect("is checked").get(0);
            assert!(said == "ok" || said == "0 broken", "{when}: {said}");
        }
        let seen = &mut self.seen;
        let kept = sqlx::query("SELECT count(*) FROM messages WHERE id <= ?1").bind(seen.last);
        let kept: i64 = kept.fetch_one(&mut *database).await.expect("is counted").get(0);
        assert_eq!(kept, seen.rows, "{when}: what was there stays there");
        let newer = sqlx::query("SELECT id, payload FROM messages WHERE id > ?1 ORDER BY id").bind(seen.last);
        for row in newer.fetch_all(&mut *database).await.expect("is read") {
            (seen.last, seen.rows) = (row.get(0), seen.rows + 1);
            let payload: Vec<u8> = row.get(1);
            if payload != BESIDES {
                let told = tell(&payload).filter(|(who, number)| payload == said(*who, *number).as_bytes());
                seen.told.insert(told.unwrap_or_else(|| unreachable!("{when}: a message is torn")));
            }
        }
        let row = sqlx::query("SELECT count(*), count(DISTINCT lat || ' ' || at) FROM fixes");
        let row = row.fetch_one(&mut *database).await.expect("is counted");
        let (all, different): (i64, i64) = (row.get(0), row.get(1));
        assert_eq!(all, different, "{when}: a position is stored twice");
        assert_eq!(usize::try_from(all), Ok(seen.told.len()), "{when}: for each message its position");
        database.rollback().await.expect("only looked");
        connection.close().await.expect("is closed");
        let known =
            (0..).zip(acknowledged).flat_map(|(who, known)| (0..known).map(move |number| (who, number)));
        known.filter(|message| !self.seen.told.contains(message)).count()
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits until nobody is acknowledged any more.
pub(crate) async fn silence(choir: &Choir) {
    eventually("nothing is acknowledged", async || {
        let before = choir.total();
        tokio::time::sleep(A_WHILE).await;
        (choir.total() == before).then_some(())
    })
    .await;
}

/// What sender `who` says at its `number`th time.
fn said(who: i64, number: i64) -> String {
    let mut text =
        location(*FIRST_S + number, 10.0 + f64::from(i32::try_from(who).expect("is small")), 16.37);
    text.truncate(text.len() - 1);
    let filling = usize::try_from((who + 1) * number * 131 % FILLING).expect("is small");
    format!(r#"{text},"who":{who},"number":{number},"filling":"{}"}}"#, "x".repeat(filling))
}

/// Who said it, and at which time.
fn tell(payload: &[u8]) -> Option<(i64, i64)> {
    let value: serde_json::Value = serde_json::from_slice(payload).ok()?;
    Some((value["who"].as_i64()?, value["number"].as_i64()?))
}

/// The connection ended, or was not made.
struct Gone;

struct Voice {
    number: i64,
    credentials: Credentials,
    acknowledged: Arc<AtomicI64>,
    total: watch::Sender<i64>,
}

impl Voice {
    async fn sing(self, transport: Transport, mut door: Door) {
        loop {
            let Ok(open) = door.wait_for(Option::is_some).await.map(|open| *open) else { return };
            let Some(address) = open else { return };
            let _gone = match transport {
                Transport::Mqtt(qos) => self.publish(address, qos, &door).await,
                Transport::Http => self.post(address, &door).await,
            };
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn next(&self) -> i64 {
        self.acknowledged.load(SeqCst)
    }

    fn count(&self) {
        self.acknowledged.fetch_add(1, SeqCst);
        self.total.send_modify(|total| *total += 1);
    }

    /// Publishes until the connection ends.
    async fn publish(&self, broker: SocketAddr, qos: QoS, door: &Door) -> Result<(), Gone> {
        let mut options = Phone::options(broker, &self.credentials);
        options.set_clean_session(false);
        let (client, mut events) = AsyncClient::new(options, 100);
        let mut sent = self.next();
        let mut connected = false;
        loop {
            let open = door.borrow().is_some();
            if !open && sent == self.next() {
                return Ok(());
            }
            while connected && open && sent - self.next() < WINDOW {
                let payload = said(self.number, sent);
                client.try_publish(&self.credentials.topic, qos, true, payload).map_err(|_full| Gone)?;
                sent += 1;
            }
            match events.poll().await.map_err(|_ended| Gone)? {
                Event::Incoming(Packet::ConnAck(_)) => connected = true,
                // With quality 2 it is PUBREC that takes a message over.
                Event::Incoming(Packet::PubAck(_) | Packet::PubRec(_)) => self.count(),
                Event::Incoming(_) | Event::Outgoing(_) => {}
            }
        }
    }

    /// Posts until the connection ends, or the server says that it cannot.
    async fn post(&self, server: SocketAddr, door: &Door) -> Result<(), Gone> {
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let Credentials { username, password, .. } = &self.credentials;
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{password}")));
        while door.borrow().is_some() {
            let request = http::Request::post(format!("http://{server}/pub"))
                .header(http::header::AUTHORIZATION, &basic)
                .body(Body::from(said(self.number, self.next())))
                .expect("the request is well formed");
            let (parts, body) = client.request(request).await.map_err(|_ended| Gone)?.into_parts();
            let _body = to_bytes(Body::new(body), usize::MAX).await.map_err(|_ended| Gone)?;
            match parts.status.as_u16() {
                200 => self.count(),
                503 => return Err(Gone),
                other => unreachable!("a phone would discard what is answered {other}"),
            }
        }
        Ok(())
    }
}
