//! What admins ask of the embedded broker: its sessions, the end of a connection, and to publish something for them.
//!
//! Who may ask is decided in `service` before it gets here.

use std::time::Duration;

use domain::{BrokerSession, SeenPacket, Subscription, Timestamp};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use rmqtt::{
    codec::v5,
    context::ServerContext,
    session::{Session, SessionState},
    types::{ConnectInfo, Disconnect, Message, QoS, Reason},
};
use service::{BrokerRequest, Error, Inbound, Principal, Receipt, Service};
use tokio::sync::mpsc;
use tokio_util::{bytes::Bytes, sync::CancellationToken};

use super::{
    access::{COMMIT_PATIENCE, is_persistent},
    accounts::{Accounts, Packets},
    doors::TLS_LISTENER,
    limits::Limits,
    orders,
};

/// Requests at work at one time.
const AT_ONCE: usize = 8;
/// How long the end of a connection is waited for: so often, so long.
const END_ATTEMPTS: u32 = 100;
const END_PAUSE: Duration = Duration::from_millis(20);

/// Answers what is asked.
pub(super) struct Asked {
    context: ServerContext,
    service: Service,
    accounts: Accounts,
    limits: Limits,
}

impl Asked {
    pub(super) fn new(context: ServerContext, service: Service, accounts: Accounts, limits: Limits) -> Self {
        Self { context, service, accounts, limits }
    }

    /// Works until `stop`.
    pub(super) async fn run(self, mut requests: mpsc::Receiver<BrokerRequest>, stop: CancellationToken) {
        let mut at_work = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(request) = requests.recv(), if at_work.len() < AT_ONCE => at_work.push(self.answer(request)),
                Some(()) = at_work.next() => {}
                () = stop.cancelled() => return,
                else => return,
            }
        }
    }

    /// That nobody waits for the answer any more is fine.
    async fn answer(&self, request: BrokerRequest) {
        match request {
            BrokerRequest::Sessions(reply) => {
                let mut told = Vec::new();
                for session in self.sessions().await {
                    told.extend(self.tell(&session).await);
                }
                reply.send(told).ok();
            }
            BrokerRequest::End(session, reply) => {
                reply.send(self.end(&session).await).ok();
            }
            BrokerRequest::Publish(inbound, reply) => {
                reply.send(self.publish(*inbound).await).ok();
            }
        }
    }

    async fn sessions(&self) -> Vec<Session> {
        self.context.extends.shared().await.iter().filter_map(|entry| entry.session()).collect()
    }

    /// What an admin sees of a session; nothing of one whose account is gone, for it ends at this moment.
    async fn tell(&self, session: &Session) -> Option<BrokerSession> {
        let account = self.accounts.of(&session.id)?;
        let Packets { came, went } = self.accounts.packets(&session.id);
        let connect = session.connect_info().await.ok()?;
        let connected = session.connected().await.unwrap_or(false);
        let since_ms = if connected { session.connected_at().await } else { session.disconnected_at().await };
        let subscribed = session.subscriptions().await.ok()?;
        let mut subscriptions: Vec<_> = subscribed
            .read()
            .await
            .iter()
            .map(|(filter, options)| Subscription { filter: filter.to_string(), qos: options.qos().value() })
            .collect();
        subscriptions.sort();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let seen = |(kind, at): (&str, Timestamp)| SeenPacket { kind: kind.to_owned(), at };
        Some(BrokerSession {
            username: session.id.username.as_ref().map(ToString::to_string).unwrap_or_default(),
            client_id: session.id.client_id.to_string(),
            device: account.device(),
            device_name: None,
            address: session.id.remote_addr.map(|address| address.to_string()),
            version: version(&connect).to_owned(),
            tls: session.id.lid == TLS_LISTENER,
            keep_alive_s: connect.keep_alive(),
            persistent: is_persistent(session).await,
            connected,
            since: Timestamp::from_millis(since_ms.unwrap_or_default()),
            subscriptions,
            last_in: came.map(seen),
            last_out: went.map(seen),
            in_flight: count(session.out_inflight().read().await.len()),
            queued: count(session.deliver_queue().len()),
        })
    }

    /// Ends the connection and leaves the session, so that nothing is lost to a phone that comes back; where there is no connection,
    /// ends the session.
    async fn end(&self, wanted: &BrokerSession) -> bool {
        let is_wanted = |session: &Session| {
            let username = session.id.username.as_ref().map(ToString::to_string).unwrap_or_default();
            session.id.client_id == *wanted.client_id && username == wanted.username
        };
        let Some(session) = self.sessions().await.into_iter().find(is_wanted) else { return false };
        let mut entry = self.context.extends.shared().await.entry(session.id.clone());
        if !session.connected().await.unwrap_or(false) {
            return entry.kick(true, true, true).await.is_ok();
        }
        let farewell = v5::Disconnect {
            reason_code: v5::DisconnectReasonCode::AdministrativeAction,
            ..v5::Disconnect::default()
        };
        let reason = Reason::ConnectDisconnect(Some(Disconnect::V5(farewell)));
        let told = entry.tx().is_some_and(|tx| tx.unbounded_send(Message::Closed(reason)).is_ok());
        tracing::info!("an admin ends a connection to the broker");
        for _ in 0..END_ATTEMPTS {
            if !session.connected().await.unwrap_or(false) {
                break;
            }
            tokio::time::sleep(END_PAUSE).await;
        }
        told
    }

    async fn publish(&self, inbound: Inbound) -> Result<Receipt, Error> {
        let refuse = |field, why: &str| Error::Invalid { field, why: why.to_owned() };
        if !self.limits.allow_topic(&inbound.topic) {
            return Err(refuse("topic", "is longer, or has more levels, than is allowed here"));
        }
        if inbound.payload.len() > usize::try_from(self.limits.payload_bytes).unwrap_or(usize::MAX) {
            return Err(refuse("payload", "is larger than is allowed here"));
        }
        let forwards = !matches!(&inbound.principal, Principal::Admin(author) if author.is_refused());
        let qos = QoS::try_from(inbound.qos).unwrap_or(QoS::AtLeastOnce);
        let payload = Bytes::from(inbound.payload.clone());
        let publish = orders::message(&inbound.topic, payload, qos, inbound.retained);
        let receipt = self.service.submit_within(COMMIT_PATIENCE, inbound).await?;
        if forwards && !receipt.came_back {
            let from = orders::server(&self.context);
            if let Err(error) = SessionState::forwards(&self.context, from, publish, false, None).await {
                tracing::warn!(%error, "what an admin published was not sent to those who are connected");
            }
        }
        Ok(receipt)
    }
}

fn version(connect: &ConnectInfo) -> &'static str {
    match connect.proto_ver() {
        3 => "3.1",
        4 => "3.1.1",
        _ => "5",
    }
}
