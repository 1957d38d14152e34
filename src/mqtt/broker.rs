//! The embedded broker: `rmqtt` as a library, with our limits, our hooks and nothing else.
//!
//! MQTT 3.1, 3.1.1 and 5 share each port. Sessions live in memory for the life of the process; retained messages are
//! seeded at the start. No plugins, no HTTP interface, no files. This room starts and stops the broker; the listeners are in
//! `doors`, the rules in `access`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rmqtt::codec::v5;
use rmqtt::context::ServerContext;
use rmqtt::router::DefaultRouter;
use rmqtt::types::{Disconnect, Message, Reason, Tx};
use service::{Retained, Service};
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::doors::{Listeners, Reopen};
use super::retained::Shelf;
use super::routing::Routing;
use super::silence;
use super::{
    access::Access, accounts::Accounts, asked::Asked, fitting::Fitting, following::Follower, limits::Limits,
    orders::Orders, showing::Showing,
};

/// How long [`Broker::stop`] waits for commits under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// What to open.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    /// The plain listener; port 0 lets the system choose.
    pub plain: Option<SocketAddr>,
    /// The listener with TLS.
    pub tls: Option<TlsDoor>,
    /// How much is taken from anybody.
    pub limits: Limits,
}

/// A listener with TLS 1.2 and 1.3.
#[derive(Debug, Clone)]
pub struct TlsDoor {
    /// Where to listen; port 0 lets the system choose.
    pub address: SocketAddr,
    /// PEM file with the certificate chain, own certificate first.
    pub certificate: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

/// Why the broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, not ours, or not allowed: choose another.
    #[error("cannot listen for MQTT on {address}: {reason}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        reason: String,
    },
    /// The certificate or key cannot be used: correct the files.
    #[error("cannot use certificate {certificate} with key {key} for MQTT: {reason}")]
    Tls {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong with them.
        reason: String,
    },
}

/// The running broker.
pub struct Broker {
    plain: Option<SocketAddr>,
    tls: Option<SocketAddr>,
    reopen: Option<Reopen>,
    context: ServerContext,
    access: Arc<Access>,
    shelf: Shelf,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Opens the doors and starts the broker on `tracker`.
///
/// `retained` is what was retained when the server stopped. Must be called inside the Tokio runtime.
///
/// # Errors
///
/// When an address cannot be bound or the certificate cannot be used; nothing is left open then.
pub async fn start(
    doors: Doors,
    service: Service,
    retained: Vec<Retained>,
    tracker: &TaskTracker,
) -> Result<Broker, StartError> {
    let limits = doors.limits;
    let listeners = Listeners::open(doors.plain, doors.tls, &limits)?;

    // The check for a busy CPU would refuse connections under load; queues and the commit are our back-pressure.
    let sessions = isize::try_from(limits.sessions).unwrap_or(isize::MAX);
    let context = ServerContext::new().busy_check_enable(false).mqtt_max_sessions(sessions).build().await;
    let (accounts, shelf) = (Accounts::default(), Shelf::default());
    shelf.restore(context.node.id(), retained);
    *context.extends.retain_mut().await = Box::new(shelf.clone());
    *context.extends.fitter_mgr_mut().await = Box::new(Fitting);
    *context.extends.router_mut().await =
        Box::new(Routing::new(DefaultRouter::new(Some(context.clone())), accounts.clone(), service.clone()));
    let follower = Follower::new(context.clone(), service.clone(), accounts.clone(), shelf.clone());
    let orders = Orders::new(context.clone(), service.clone(), accounts.clone(), shelf.clone());
    let showing = Showing::new(context.clone(), service.clone(), accounts.clone());
    let requests = service.attend_broker();
    let asked = Asked::new(context.clone(), service.clone(), accounts.clone(), limits.clone());
    let access = Access::new(context.clone(), service, accounts, shelf.clone(), limits);
    access.register().await;
    orders.register().await;

    let (plain, tls, reopen) = (listeners.plain(), listeners.tls(), listeners.reopen());
    let ports = [plain, tls].into_iter().flatten().map(|address| address.port()).collect();
    let stop = CancellationToken::new();
    tracker.spawn(follower.run(stop.clone()));
    let (stopped, served) = (stop.clone(), context.clone());
    tracker.spawn(orders.run(stop.clone()));
    tracker.spawn(showing.run(stop.clone()));
    tracker.spawn(asked.run(requests, stop.clone()));
    tracker.spawn(silence::watch(context.clone(), ports, stop.clone()));
    let task = tracker.spawn(async move {
        // They never end by themselves; dropping them closes them.
        stopped.run_until_cancelled_owned(listeners.serve(served)).await;
    });
    tracing::info!(?plain, ?tls, retained = shelf.len(), "the MQTT broker is open");
    Ok(Broker { plain, tls, reopen, context, access, shelf, stop, task })
}

/// How the broker is doing, whenever it is asked.
pub struct Glance {
    context: ServerContext,
    task: AbortHandle,
}

impl Glance {
    /// How many clients are connected.
    pub fn connections(&self) -> usize {
        usize::try_from(self.context.connections.count()).unwrap_or(0)
    }

    /// Whether it still takes connections.
    pub fn is_open(&self) -> bool {
        !self.task.is_finished()
    }
}

impl Broker {
    /// Where the plain listener really listens.
    pub fn plain(&self) -> Option<SocketAddr> {
        self.plain
    }

    /// Where the TLS listener really listens.
    pub fn tls(&self) -> Option<SocketAddr> {
        self.tls
    }

    /// Opens the TLS listener again when its certificate has changed; `None` when there is no such listener.
    pub fn reopen(&self) -> Option<Reopen> {
        self.reopen.clone()
    }

    /// For whoever looks at the broker without holding it.
    pub fn glance(&self) -> Glance {
        Glance { context: self.context.clone(), task: self.task.abort_handle() }
    }

    /// Sessions, connected or waiting for their client.
    pub fn sessions(&self) -> usize {
        usize::try_from(self.context.sessions.count()).unwrap_or(0)
    }

    /// Topics with a retained message.
    pub fn retained(&self) -> usize {
        self.shelf.len()
    }

    /// Closes the listeners, then every connection, after the messages they had handed in are committed and
    /// acknowledged. Last wills are not published: it is the server that leaves, not the phones.
    pub async fn stop(self) {
        self.access.close();
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the MQTT listeners failed");
        }
        let farewell = v5::Disconnect {
            reason_code: v5::DisconnectReasonCode::ServerShuttingDown,
            ..v5::Disconnect::default()
        };
        let sessions: Vec<Tx> =
            self.context.extends.shared().await.iter().filter_map(|entry| entry.tx()).collect();
        for session in sessions {
            let reason = Reason::ConnectDisconnect(Some(Disconnect::V5(farewell.clone())));
            // Fails when the session has just ended, which is what we want.
            session.unbounded_send(Message::Closed(reason)).ok();
        }
        let closed = async {
            while self.context.connections.count() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(STOP_TIMEOUT, closed).await.is_err() {
            tracing::warn!(
                connections = self.context.connections.count(),
                "MQTT connections still open at the end"
            );
        }
    }
}
