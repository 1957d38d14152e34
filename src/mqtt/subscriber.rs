//! The subscriber to somebody else's broker.
//!
//! It keeps a persistent session there, hands every message to the pipeline and acknowledges it after the commit, in
//! the order of receipt. What is not committed is not acknowledged, so the other broker keeps it and we are sent it
//! again: nothing is lost when this process, the network or the database stops. It publishes
//! nothing but orders to phones.
//!
//! Two halves run side by side in one task: the *line* drives the connection, the *desk* waits for commits. They must
//! not be one loop, because abandoning a half-done poll of the connection could lose a packet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Outgoing, Packet, Publish, QoS, SubscribeFilter,
    SubscribeReasonCode,
};
use service::{Door, Inbound, Principal, Service};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{errands::Errands, upstream::Upstream};

/// Messages waiting for their commit at one time. Full: received messages wait in the hand-over.
const MAX_IN_COMMIT: usize = 2_048;
/// Messages between line and desk. Full: the line stops reading, and the other broker notices.
const HAND_OVER: usize = 4_096;
/// Acknowledgements and subscriptions waiting to be sent. There are at most 65,535 packet ids to acknowledge, so this
/// is never full.
const REQUESTS: usize = 70_000;
/// The wait before a message that could not be committed is tried again: doubled each time, from the first to the last.
const RETRY_COMMIT: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));
/// How long the commits under way are waited for at the end, and the goodbye.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs until `stop`: connects, subscribes, receives, reconnects.
pub async fn run(upstream: Upstream, service: Service, stop: CancellationToken) {
    let name = upstream.to_string();
    let (client, events) = AsyncClient::new(upstream.options, REQUESTS);
    let (sender, receiver) = mpsc::channel(HAND_OVER);
    let connection = AtomicU64::new(0);
    service.note_bridge(&name, false, None);
    let errands = Errands::default();
    let line = Line {
        name: &name,
        client: &client,
        topics: &upstream.topics,
        connection: &connection,
        stop: &stop,
        errands: &errands,
        service: &service,
    };
    let desk = Desk { client: &client, service: &service, connection: &connection, stop: &stop };

    let line = line.run(events, sender);
    tokio::pin!(line);
    let orders = async {
        errands.run(&client, &service, &stop).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = orders => {}
        () = &mut line => {}
        () = desk.run(receiver) => {
            // Lets the last acknowledgements and the goodbye out.
            if tokio::time::timeout(GOODBYE_TIMEOUT, line).await.is_err() {
                tracing::debug!(broker = name, "left the MQTT broker without a goodbye");
            }
        }
    }
    tracing::info!(broker = name, "the MQTT subscription has ended");
}

/// A message and the connection it came by.
type Received = (u64, Publish);

/// The half that owns the connection.
struct Line<'a> {
    name: &'a str,
    client: &'a AsyncClient,
    topics: &'a [String],
    /// Counts connections. An acknowledgement is worth something only on the connection its message came by: on the
    /// next one the same packet id may mean another message.
    connection: &'a AtomicU64,
    stop: &'a CancellationToken,
    errands: &'a Errands,
    service: &'a Service,
}

impl Line<'_> {
    async fn run(self, mut events: EventLoop, desk: mpsc::Sender<Received>) {
        let mut backoff = Backoff::default();
        let mut subscribed = false;
        loop {
            // Between connections nothing is lost by giving up a poll; within one, the desk says goodbye first.
            let polled = if events.network.is_none() {
                let Some(polled) = self.stop.run_until_cancelled(events.poll()).await else { return };
                polled
            } else {
                events.poll().await
            };
            match polled {
                Ok(Event::Incoming(Packet::ConnAck(ack))) => {
                    self.service.note_bridge(self.name, true, None);
                    tracing::info!(
                        broker = self.name,
                        session_present = ack.session_present,
                        "connected to the MQTT broker"
                    );
                    if !ack.session_present || !subscribed {
                        subscribed = self.subscribe();
                    }
                }
                Ok(Event::Incoming(Packet::SubAck(ack)))
                    if ack.return_codes.contains(&SubscribeReasonCode::Failure) =>
                {
                    self.service.note_bridge(self.name, true, Some("it refuses a subscription".to_owned()));
                    tracing::error!(broker = self.name, "the MQTT broker refuses a subscription");
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    backoff.reset();
                    // While stopping there is nobody at the desk: not acknowledged, so it comes again next time.
                    desk.send((self.connection.load(Ordering::Relaxed), publish)).await.ok();
                }
                Ok(Event::Outgoing(Outgoing::Publish(packet))) => self.errands.sent(packet),
                Ok(Event::Incoming(Packet::PubAck(ack))) => self.delivered(ack.pkid).await,
                Ok(Event::Incoming(Packet::PingResp)) => backoff.reset(),
                Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
                Ok(_) => {}
                Err(error) => {
                    self.connection.fetch_add(1, Ordering::Relaxed);
                    if self.stop.is_cancelled() {
                        return;
                    }
                    self.service.note_bridge(self.name, false, Some(error.to_string()));
                    let wait = backoff.next(&error);
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    if backoff.failures == 1 || wait > Duration::from_millis(Backoff::QUICK_WAIT_MS) {
                        tracing::warn!(broker = self.name, %error, wait_ms, "no connection to the MQTT broker");
                    }
                    if self.stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                        return;
                    }
                }
            }
        }
    }

    async fn delivered(&self, packet: u16) {
        let Some(order) = self.errands.confirmed(packet) else { return };
        if let Err(error) = self.service.order_delivered(order, false).await {
            tracing::warn!(%order, %error, "the delivery of an order is not remembered");
        }
    }

    fn subscribe(&self) -> bool {
        let filters = self.topics.iter().map(|topic| SubscribeFilter::new(topic.clone(), QoS::AtLeastOnce));
        let asked = self.client.try_subscribe_many(filters);
        if let Err(error) = &asked {
            tracing::error!(broker = self.name, %error, "cannot subscribe at the MQTT broker");
        }
        asked.is_ok()
    }
}

/// The half that waits for commits.
struct Desk<'a> {
    client: &'a AsyncClient,
    service: &'a Service,
    connection: &'a AtomicU64,
    stop: &'a CancellationToken,
}

impl Desk<'_> {
    async fn run(self, mut inbox: mpsc::Receiver<Received>) {
        let mut commits = FuturesOrdered::new();
        loop {
            tokio::select! {
                Some(done) = commits.next() => self.acknowledge(&done),
                received = inbox.recv(), if commits.len() < MAX_IN_COMMIT => match received {
                    Some(received) => commits.push_back(self.commit(received)),
                    None => break,
                },
                () = self.stop.cancelled() => break,
            }
        }
        inbox.close();
        let rest = async {
            while let Some(done) = commits.next().await {
                self.acknowledge(&done);
            }
        };
        if tokio::time::timeout(STOP_TIMEOUT, rest).await.is_err() {
            tracing::warn!(uncommitted = commits.len(), "messages left to the MQTT broker, uncommitted");
        }
        self.client.try_disconnect().ok();
    }

    /// Hands the message in until it is committed; a message is never given up.
    async fn commit(&self, received: Received) -> Received {
        let received_at = crate::clock::now();
        let publish = &received.1;
        let mut wait = RETRY_COMMIT.0;
        loop {
            let inbound = Inbound {
                door: Door::Bridge,
                principal: Principal::Bridge,
                topic: publish.topic.clone(),
                payload: publish.payload.to_vec(),
                retained: publish.retain,
                qos: publish.qos as u8,
                received_at,
            };
            let Err(error) = self.service.submit(inbound).await else { return received };
            tracing::warn!(%error, "a message from the MQTT broker could not be committed, trying again");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_COMMIT.1);
        }
    }

    fn acknowledge(&self, (connection, publish): &Received) {
        if publish.qos != QoS::AtMostOnce
            && *connection == self.connection.load(Ordering::Relaxed)
            && let Err(error) = self.client.try_ack(publish)
        {
            tracing::error!(%error, "an acknowledgement to the MQTT broker was not sent");
        }
    }
}

/// How long to wait before the next attempt.
#[derive(Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How often a closed port is tried in quick succession: it costs neither side anything, and a broker that
    /// restarts is found again at once.
    const QUICK: u32 = 300;
    const QUICK_WAIT_MS: u64 = 300;
    const FIRST_MS: u64 = 1_000;
    const LAST_MS: u64 = 30_000;

    fn reset(&mut self) {
        self.failures = 0;
    }

    fn next(&mut self, error: &ConnectionError) -> Duration {
        let refused = matches!(error, ConnectionError::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused);
        self.failures = self.failures.saturating_add(1);
        let quick = self.failures == 1 || (refused && self.failures <= Self::QUICK);
        let full = if quick {
            Self::QUICK_WAIT_MS
        } else {
            (Self::FIRST_MS << (self.failures - 2).min(5)).min(Self::LAST_MS)
        };
        // Half fixed, half by chance, so that many servers do not come back in step.
        let chance = u64::from(getrandom::u32().unwrap_or(u32::MAX));
        Duration::from_millis(full / 2 + (full / 2) * chance / u64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, ConnectionError};

    #[test]
    fn the_waits_grow_to_half_a_minute() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> =
            (0..10).map(|_| backoff.next(&ConnectionError::NetworkTimeout).as_millis()).collect();
        assert!(waits[0] <= 300, "{waits:?}");
        assert!((500..=1_000).contains(&waits[1]), "{waits:?}");
        assert!((15_000..=30_000).contains(&waits[9]), "{waits:?}");
    }

    #[test]
    fn a_closed_port_is_tried_quickly() {
        let mut backoff = Backoff::default();
        for _ in 0..100 {
            let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            assert!(backoff.next(&ConnectionError::Io(refused)).as_millis() <= 300);
        }
    }
}
