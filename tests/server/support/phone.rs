//! A phone: an MQTT client that waits for its acknowledgements.

use super::{Credentials, DEADLINE, eventually, in_time};
use rumqttc::{
    AsyncClient, ConnectionError, Event, MqttOptions, Outgoing, Packet, Publish, QoS, SubscribeReasonCode,
};
use std::{collections::VecDeque, net::SocketAddr, time::Duration};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};

/// A connected client. Dropping it cuts the connection without a goodbye, as a tunnel would.
pub(crate) struct Phone {
    pub(crate) topic: String,
    client: AsyncClient,
    packets: UnboundedReceiver<Packet>,
    received: VecDeque<Publish>,
    line: JoinHandle<()>,
}

/// The connection ended.
#[derive(Debug)]
pub(crate) struct Gone;

impl Phone {
    /// Settings for a device, with a client identifier of its own.
    pub(crate) fn options(broker: SocketAddr, credentials: &Credentials) -> MqttOptions {
        let id = credentials.topic.replace('/', "-");
        let mut options = MqttOptions::new(id, broker.ip().to_string(), broker.port());
        options
            .set_credentials(&credentials.username, &credentials.password)
            .set_keep_alive(Duration::from_secs(30))
            .set_max_packet_size(4 << 20, 4 << 20);
        options
    }

    /// Connects a device, which must be let in.
    pub(crate) async fn connect(broker: SocketAddr, credentials: &Credentials) -> Self {
        let connected = Self::connect_with(Self::options(broker, credentials), &credentials.topic).await;
        connected.expect("the device is let in")
    }

    /// Connects, or says why not.
    pub(crate) async fn connect_with(options: MqttOptions, topic: &str) -> Result<Self, ConnectionError> {
        let (client, mut events) = AsyncClient::new(options, 1000);
        let connecting = async {
            loop {
                if let Event::Incoming(Packet::ConnAck(_)) = events.poll().await? {
                    return Ok::<_, ConnectionError>(());
                }
            }
        };
        tokio::time::timeout(DEADLINE, connecting).await.expect("the broker answers in time")?;
        let (sender, packets) = unbounded_channel();
        let line = tokio::spawn(async move {
            // The first error ends it: a test that wants a new connection makes one.
            while let Ok(event) = events.poll().await {
                let goes_on = match event {
                    Event::Incoming(packet) => sender.send(packet).is_ok(),
                    Event::Outgoing(outgoing) => outgoing != Outgoing::Disconnect,
                };
                if !goes_on {
                    return;
                }
            }
        });
        Ok(Self { topic: topic.to_owned(), client, packets, received: VecDeque::new(), line })
    }

    /// The next packet; [`Gone`] when the connection has ended.
    async fn packet(&mut self) -> Result<Packet, Gone> {
        tokio::time::timeout(DEADLINE, self.packets.recv())
            .await
            .expect("something comes in time")
            .ok_or(Gone)
    }

    /// Publishes with `QoS` 1 and waits for the acknowledgement.
    pub(crate) async fn try_publish(
        &mut self,
        topic: &str,
        payload: &[u8],
        retain: bool,
    ) -> Result<(), Gone> {
        let sent = self.client.publish(topic, QoS::AtLeastOnce, retain, payload.to_vec()).await;
        sent.map_err(|_closed| Gone)?;
        loop {
            let packet = self.packet().await?;
            if let Packet::PubAck(_) = packet {
                return Ok(());
            }
            if let Packet::Publish(publish) = packet {
                self.received.push_back(publish);
            }
        }
    }

    /// Publishes below its own topic (`""` is the topic itself), and is acknowledged.
    pub(crate) async fn publish(&mut self, below: &str, payload: impl AsRef<[u8]>) {
        let topic = format!("{}{below}", self.topic);
        self.try_publish(&topic, payload.as_ref(), false).await.expect("the message is acknowledged");
    }

    /// The same, to be retained.
    pub(crate) async fn retain(&mut self, below: &str, payload: impl AsRef<[u8]>) {
        let topic = format!("{}{below}", self.topic);
        self.try_publish(&topic, payload.as_ref(), true).await.expect("the message is acknowledged");
    }

    /// Publishes with `QoS` 2 and waits for the end of the exchange.
    pub(crate) async fn publish_exactly_once(&mut self, payload: &str) {
        let sent = self.client.publish(self.topic.clone(), QoS::ExactlyOnce, false, payload.as_bytes());
        sent.await.expect("is connected");
        while !matches!(self.packet().await.expect("the connection stays"), Packet::PubComp(_)) {}
    }

    /// Subscribes and waits for the acknowledgement.
    pub(crate) async fn subscribe(&mut self, filter: &str) -> Vec<SubscribeReasonCode> {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.expect("is connected");
        loop {
            let packet = self.packet().await.expect("the connection stays");
            if let Packet::SubAck(acknowledged) = packet {
                return acknowledged.return_codes;
            }
            if let Packet::Publish(publish) = packet {
                self.received.push_back(publish);
            }
        }
    }

    /// The next message that was sent to it.
    pub(crate) async fn receive(&mut self) -> Publish {
        if let Some(publish) = self.received.pop_front() {
            return publish;
        }
        let publish = async {
            loop {
                if let Packet::Publish(publish) = self.packet().await.expect("the connection stays") {
                    return publish;
                }
            }
        };
        in_time("a message", publish).await
    }

    /// Waits until the connection has been ended by the other side.
    pub(crate) async fn cut_off(&mut self) {
        eventually("the connection is cut", async || {
            self.try_publish("owntracks/nobody/x", b"are you there?", false).await.err()
        })
        .await;
    }

    /// Says goodbye.
    pub(crate) async fn leave(self) {
        self.client.disconnect().await.expect("is connected");
        let mut this = self;
        while this.packet().await.is_ok() {}
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.line.abort();
    }
}
