//! A phone that speaks MQTT 5: a client that shows the reason codes and properties it is answered with.

use super::{Credentials, DEADLINE};
use rumqttc::Outgoing;
use rumqttc::v5::{
    AsyncClient, ConnectionError, Event, MqttOptions,
    mqttbytes::{
        QoS,
        v5::{ConnAck, Packet, PubAckReason, PubRecReason, Publish, PublishProperties},
    },
};
use std::{collections::VecDeque, net::SocketAddr};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};

/// A connected client. Dropping it cuts the connection without a goodbye.
pub(crate) struct Phone5 {
    /// What it was greeted with.
    pub(crate) greeting: ConnAck,
    client: AsyncClient,
    packets: UnboundedReceiver<Packet>,
    received: VecDeque<Publish>,
    line: JoinHandle<()>,
}

impl Phone5 {
    /// Settings for a device, with a client identifier of its own.
    pub(crate) fn options(broker: SocketAddr, credentials: &Credentials) -> MqttOptions {
        let id = credentials.topic.replace('/', "-");
        let mut options = MqttOptions::new(id, broker.ip().to_string(), broker.port());
        options
            .set_credentials(&credentials.username, &credentials.password)
            .set_max_packet_size(Some(1 << 20));
        options
    }

    /// Connects a device, which must be let in.
    pub(crate) async fn connect(broker: SocketAddr, credentials: &Credentials) -> Self {
        Self::connect_with(Self::options(broker, credentials)).await.expect("the device is let in")
    }

    /// Connects, or says why not.
    pub(crate) async fn connect_with(options: MqttOptions) -> Result<Self, ConnectionError> {
        let (client, mut events) = AsyncClient::new(options, 1000);
        let connecting = async {
            loop {
                if let Event::Incoming(Packet::ConnAck(greeting)) = events.poll().await? {
                    return Ok::<_, ConnectionError>(greeting);
                }
            }
        };
        let greeting =
            tokio::time::timeout(DEADLINE, connecting).await.expect("the broker answers in time")?;
        let (sender, packets) = unbounded_channel();
        let line = tokio::spawn(async move {
            // The first error ends it; whatever came before it is still shown.
            while let Ok(event) = events.poll().await {
                let goes_on = match event {
                    Event::Incoming(packet) => sender.send(packet).is_ok(),
                    Event::Outgoing(outgoing) => outgoing != Outgoing::Disconnect,
                };
                if !goes_on {
                    return;
                }
            }
            while let Some(Event::Incoming(packet)) = events.state.events.pop_front() {
                let _test_is_over = sender.send(packet);
            }
        });
        Ok(Self { greeting, client, packets, received: VecDeque::new(), line })
    }

    /// The next packet that is not a message; messages wait for [`Self::receive`]. `None` when the connection has ended.
    pub(crate) async fn answer(&mut self) -> Option<Packet> {
        loop {
            match tokio::time::timeout(DEADLINE, self.packets.recv()).await.expect("something comes in time")
            {
                Some(Packet::Publish(publish)) => self.received.push_back(publish),
                other => return other,
            }
        }
    }

    /// Sends a message and does not wait.
    pub(crate) async fn send(
        &self,
        topic: &str,
        qos: QoS,
        retain: bool,
        payload: &str,
        properties: PublishProperties,
    ) {
        let payload = payload.as_bytes().to_vec();
        let sent = self.client.publish_with_properties(topic, qos, retain, payload, properties).await;
        sent.expect("is connected");
    }

    /// Publishes with `QoS` 1; how it was acknowledged.
    pub(crate) async fn publish_with(
        &mut self,
        topic: &str,
        retain: bool,
        payload: &str,
        properties: PublishProperties,
    ) -> PubAckReason {
        self.send(topic, QoS::AtLeastOnce, retain, payload, properties).await;
        loop {
            if let Packet::PubAck(ack) = self.answer().await.expect("the connection stays") {
                return ack.reason;
            }
        }
    }

    /// Publishes with `QoS` 1 and without properties; how it was acknowledged.
    pub(crate) async fn publish(&mut self, topic: &str, payload: &str) -> PubAckReason {
        self.publish_with(topic, false, payload, PublishProperties::default()).await
    }

    /// Publishes with `QoS` 2 up to the PUBREC; how that was answered.
    pub(crate) async fn hand_over(&mut self, topic: &str, payload: &str) -> PubRecReason {
        self.send(topic, QoS::ExactlyOnce, false, payload, PublishProperties::default()).await;
        loop {
            if let Packet::PubRec(received) = self.answer().await.expect("the connection stays") {
                return received.reason;
            }
        }
    }

    /// Subscribes with `QoS` 1 and waits for the acknowledgement.
    pub(crate) async fn subscribe(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.expect("is connected");
        while !matches!(self.answer().await.expect("the connection stays"), Packet::SubAck(_)) {}
    }

    /// The next message that was sent to it.
    pub(crate) async fn receive(&mut self) -> Publish {
        loop {
            if let Some(publish) = self.received.pop_front() {
                return publish;
            }
            let packet = tokio::time::timeout(DEADLINE, self.packets.recv()).await;
            let packet = packet.expect("something comes in time").expect("the connection stays");
            if let Packet::Publish(publish) = packet {
                self.received.push_back(publish);
            }
        }
    }

    /// Says goodbye.
    pub(crate) async fn leave(mut self) {
        self.client.disconnect().await.expect("is connected");
        while self.answer().await.is_some() {}
    }
}

impl Drop for Phone5 {
    fn drop(&mut self) {
        self.line.abort();
    }
}
