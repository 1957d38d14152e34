//! Orders for phones behind somebody else's broker: published there, never retained.
//!
//! The other broker confirms that it took an order, not that the phone got it; so an order is given again, at the most three times, when
//! the phone is heard of and has not done it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::OrderId;
use futures::StreamExt;
use rumqttc::{AsyncClient, QoS};
use service::{Door, Service};
use tokio_util::sync::CancellationToken;

/// What is on its way to the other broker.
#[derive(Default)]
pub(super) struct Errands(Mutex<UnderWay>);

#[derive(Default)]
struct UnderWay {
    /// Handed to the client, in this order, and without a packet id yet.
    waiting: VecDeque<OrderId>,
    /// Sent, by packet id, and not confirmed yet.
    sent: HashMap<u16, OrderId>,
}

impl Errands {
    /// Publishes orders as they are given, until `stop`.
    pub(super) async fn run(&self, client: &AsyncClient, service: &Service, stop: &CancellationToken) {
        let mut news = service.order_news();
        while let Some(Some(device)) = stop.run_until_cancelled(news.next()).await {
            if service.door_of(device) != Some(Door::Bridge) {
                continue;
            }
            for order in service.due_orders(device) {
                let mut under_way = self.lock();
                if under_way.knows(order.order) {
                    continue;
                }
                match client.try_publish(order.topic, QoS::AtLeastOnce, false, order.payload) {
                    Ok(()) => under_way.waiting.push_back(order.order),
                    Err(error) => tracing::warn!(%error, "an order was not handed to the MQTT broker"),
                }
            }
        }
    }

    /// The client has sent a message with this packet id. A message that is sent again on a new connection keeps its id.
    pub(super) fn sent(&self, packet: u16) {
        let mut under_way = self.lock();
        if !under_way.sent.contains_key(&packet)
            && let Some(order) = under_way.waiting.pop_front()
        {
            under_way.sent.insert(packet, order);
        }
    }

    /// The other broker has confirmed it.
    pub(super) fn confirmed(&self, packet: u16) -> Option<OrderId> {
        self.lock().sent.remove(&packet)
    }

    // Nothing that panics happens under the lock.
    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnderWay {
    fn knows(&self, order: OrderId) -> bool {
        self.waiting.contains(&order) || self.sent.values().any(|sent| *sent == order)
    }
}
