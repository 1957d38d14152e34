//! What the server itself says on the embedded broker: orders to phones, and cards that were made on the page.
//!
//! An order goes to the sessions of its own device alone, with a quality of service that makes the phone confirm it, and is never
//! retained. It is handed to a session once; what the session still owes after a restart is handed out afresh when the phone
//! subscribes again, because the store knows that it was not confirmed.

use async_trait::async_trait;
use domain::DeviceId;
use domain::topic::matches;
use futures::StreamExt;
use rmqtt::{
    context::ServerContext,
    hook::{Handler, HookResult, Parameter, ReturnType, Type},
    session::{Session, SessionState},
    types::{ClientId, CodecPublish, DashMap, From, Id, Publish, QoS, TopicName},
};
use service::{Outgoing, Retained, Service};
use std::{collections::VecDeque, sync::Arc};
use tokio_util::{bytes::Bytes, sync::CancellationToken};

use super::{
    accounts::{Account, Accounts},
    retained::Shelf,
};

/// The server as a publisher.
pub(super) struct Orders {
    context: ServerContext,
    service: Service,
    accounts: Accounts,
    shelf: Shelf,
    /// Handed to a session and not confirmed yet, in order: two orders may be the same words.
    under_way: DashMap<ClientId, VecDeque<(domain::OrderId, Bytes)>>,
}

impl Orders {
    pub(super) fn new(
        context: ServerContext,
        service: Service,
        accounts: Accounts,
        shelf: Shelf,
    ) -> Arc<Self> {
        Arc::new(Self { context, service, accounts, shelf, under_way: DashMap::default() })
    }

    /// Puts the hooks in place.
    pub(super) async fn register(self: &Arc<Self>) {
        let register = self.context.extends.hook_mgr().register();
        register.add(Type::SessionSubscribed, Box::new(Subscribed(self.clone()))).await;
        register.add(Type::MessageAcked, Box::new(Confirmed(self.clone()))).await;
        register.add(Type::SessionTerminated, Box::new(Ended(self.clone()))).await;
        register.start().await;
    }

    /// Hands out what is new, until `stop`.
    pub(super) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let (mut orders, mut cards) = (self.service.order_news(), self.service.publications());
        loop {
            tokio::select! {
                Some(device) = orders.next() => self.call(device).await,
                Some(message) = cards.next() => self.publish(&message).await,
                () = stop.cancelled() => return,
                else => return,
            }
        }
    }

    /// Hands a device's orders to each of its sessions, connected or waiting for it; where it has none, to the brokers that are joined
    /// to this one, behind one of which it must be.
    async fn call(&self, device: DeviceId) {
        let due = self.service.due_orders(device);
        if due.is_empty() {
            return;
        }
        let (mut own, mut joined) = (Vec::new(), Vec::new());
        for entry in self.context.extends.shared().await.iter() {
            let Some(session) = entry.session() else { continue };
            match self.accounts.of(&session.id) {
                Some(Account::Device(account)) if account.device == device => own.push(session),
                Some(Account::Bridge) => joined.push(session),
                Some(Account::Device(_)) | None => {}
            }
        }
        for session in if own.is_empty() { joined } else { own } {
            self.hand_over(&session, &due).await;
        }
    }

    /// Hands orders to a session that listens for them.
    async fn hand_over(&self, session: &Session, due: &[Outgoing]) {
        let Ok(subscriptions) = session.subscriptions().await else { return };
        for order in due {
            let granted = subscriptions
                .read()
                .await
                .iter()
                .filter(|(filter, _)| matches(filter, &order.topic))
                .map(|(_, options)| options.qos())
                .max_by_key(QoS::value);
            let Some(granted) = granted else { continue };
            let payload = Bytes::from(order.payload.clone());
            let qos = QoS::AtLeastOnce.less_value(granted);
            if qos != QoS::AtMostOnce && !self.sets_out(&session.id.client_id, order.order, &payload) {
                continue;
            }
            let entry = self.context.extends.shared().await.entry(session.id.clone());
            let publish = message(&order.topic, payload, qos, false);
            if entry.publish(self.server(), publish).await.is_err() {
                self.arrives(&session.id.client_id, |under_way| under_way.0 == order.order);
            } else if qos == QoS::AtMostOnce {
                // Nobody will confirm it; it is given again until the phone answers.
                self.delivered(order.order, false).await;
            }
        }
    }

    /// Remembers that an order is under way to a session; no when it was already.
    fn sets_out(&self, client: &ClientId, order: domain::OrderId, payload: &Bytes) -> bool {
        let mut under_way = self.under_way.entry(client.clone()).or_default();
        if under_way.iter().any(|(known, _)| *known == order) {
            return false;
        }
        under_way.push_back((order, payload.clone()));
        true
    }

    /// Takes the first that is under way like this to a session.
    fn arrives(
        &self,
        client: &ClientId,
        is_it: impl Fn(&(domain::OrderId, Bytes)) -> bool,
    ) -> Option<domain::OrderId> {
        let mut under_way = self.under_way.get_mut(client)?;
        let place = under_way.iter().position(is_it)?;
        Some(under_way.remove(place)?.0)
    }

    async fn delivered(&self, order: domain::OrderId, confirmed: bool) {
        if let Err(error) = self.service.order_delivered(order, confirmed).await {
            tracing::warn!(%order, %error, "the delivery of an order is not remembered");
        }
    }

    /// Publishes and retains something for everybody who may have it.
    async fn publish(&self, said: &Retained) {
        self.shelf.place(self.context.node.id(), said);
        let qos = QoS::try_from(said.qos).unwrap_or(QoS::AtLeastOnce);
        let publish = message(&said.topic, Bytes::from(said.payload.clone()), qos, false);
        if let Err(error) = SessionState::forwards(&self.context, self.server(), publish, false, None).await {
            tracing::warn!(%error, "a card was not sent to the phones that are connected");
        }
    }

    fn server(&self) -> From {
        server(&self.context)
    }
}

/// The server as the one who publishes.
pub(super) fn server(context: &ServerContext) -> From {
    From::from_system(Id::new(context.node.id(), 0, None, None, TopicName::default(), None))
}

/// A message of the server.
pub(super) fn message(topic: &str, payload: Bytes, qos: QoS, retain: bool) -> Publish {
    let inner = CodecPublish {
        dup: false,
        retain,
        qos,
        topic: topic.into(),
        packet_id: None,
        payload,
        properties: None,
    };
    Publish::new(Box::new(inner), None, None, None)
}

/// SUBSCRIBE: what waits for a phone that has just come.
struct Subscribed(Arc<Orders>);

#[async_trait]
impl Handler for Subscribed {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        if let Parameter::SessionSubscribed(session, _) = param
            && let Some(Account::Device(account)) = self.0.accounts.of(&session.id)
        {
            let due = self.0.service.due_orders(account.device);
            self.0.hand_over(session, &due).await;
        }
        (true, acc)
    }
}

/// The phone has it.
struct Confirmed(Arc<Orders>);

#[async_trait]
impl Handler for Confirmed {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        if let Parameter::MessageAcked(session, _, publish) = param {
            let order = self.0.arrives(&session.id.client_id, |(_, payload)| *payload == publish.payload);
            if let Some(order) = order {
                // Another broker confirms for itself, not for the phone behind it.
                let by_phone = matches!(self.0.accounts.of(&session.id), Some(Account::Device(_)));
                self.0.delivered(order, by_phone).await;
            }
        }
        (true, acc)
    }
}

/// What a session that has ended still owed, the next one gets.
struct Ended(Arc<Orders>);

#[async_trait]
impl Handler for Ended {
    async fn hook(&self, param: &Parameter, acc: Option<HookResult>) -> ReturnType {
        if let Parameter::SessionTerminated(session, _) = param {
            self.0.under_way.remove(&session.id.client_id);
        }
        (true, acc)
    }
}
