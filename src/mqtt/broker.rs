//! The embedded broker: `rmqtt` as a library, with our limits, our hooks and nothing else.
//!
//! MQTT 3.1, 3.1.1 and 5 share each port. Sessions live in memory for the life of the process; retained messages are
//! seeded at the start. No plugins, no HTTP interface, no files. This room opens and closes the doors; the rules are in
//! `access`.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rmqtt::codec::v5;
use rmqtt::context::ServerContext;
use rmqtt::net::{Builder, Listener};
use rmqtt::router::DefaultRouter;
use rmqtt::server::MqttServer;
use rmqtt::types::{Disconnect, Message, Reason, Tx};
use service::{Retained, Service};
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::retained::Shelf;
use super::routing::Routing;
use super::silence;
use super::{
    access::Access, accounts::Accounts, asked::Asked, fitting::Fitting, following::Follower, limits::Limits,
    orders::Orders, showing::Showing,
};

/// Sign-ins at work at one time; more wait their turn.
const MAX_HANDSHAKES: usize = 2_000;
/// Connections the kernel holds for us before we accept them.
const BACKLOG: i32 = 1_024;
/// Unacknowledged `QoS` 1 and 2 messages per session and direction. Full: we send no more until one is acknowledged; a
/// client that exceeds it is disconnected (`OwnTracks` for Android may have 500 under way).
const MAX_IN_FLIGHT: NonZeroU16 = NonZeroU16::new(1_024).expect("is not zero");
/// Messages queued per session. Full: `QoS` 0 is dropped, else the oldest gives way.
const MAX_QUEUED: usize = 10_000;
/// Longest client id, in bytes.
const MAX_CLIENT_ID: usize = 1_024;
/// Topic aliases a client may use at one time (MQTT 5; `OwnTracks` for iOS uses eight).
const MAX_ALIASES: u16 = 32;
/// A connection must be established within this time.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that takes longer than this to take one packet is disconnected.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a persistent session waits for its client, whatever the client asked for.
const SESSION_EXPIRY: Duration = Duration::from_hours(7 * 24);
/// The numbers of the listeners.
const PLAIN_LISTENER: u16 = 1;
pub(super) const TLS_LISTENER: u16 = 2;
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
    let plain = doors.plain.map(|address| bind(door("mqtt", address, &limits))).transpose()?;
    let tls = doors.tls.map(|tls| bind_tls(tls, &limits)).transpose()?;

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

    let mut server = MqttServer::new(context.clone());
    let mut addresses = [None, None];
    // The listener ids are given by hand: the library would use the port, which may be 0 twice.
    for ((id, listener), address) in
        [(PLAIN_LISTENER, plain), (TLS_LISTENER, tls)].into_iter().zip(&mut addresses)
    {
        if let Some((listener, bound)) = listener {
            *address = Some(bound);
            server = server.listener_by_id(listener, id);
        }
    }
    let [plain, tls] = addresses;
    let server = server.build();
    let ports = [plain, tls].into_iter().flatten().map(|address| address.port()).collect();
    let stop = CancellationToken::new();
    tracker.spawn(follower.run(stop.clone()));
    let stopped = stop.clone();
    tracker.spawn(orders.run(stop.clone()));
    tracker.spawn(showing.run(stop.clone()));
    tracker.spawn(asked.run(requests, stop.clone()));
    tracker.spawn(silence::watch(context.clone(), ports, stop.clone()));
    let task = tracker.spawn(async move {
        // `run` never returns by itself; dropping it closes the listeners.
        stopped.run_until_cancelled_owned(server.run()).await;
    });
    tracing::info!(?plain, ?tls, retained = shelf.len(), "the MQTT broker is open");
    Ok(Broker { plain, tls, context, access, shelf, stop, task })
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

/// A listener with all its limits.
fn door(name: &str, address: SocketAddr, limits: &Limits) -> Builder {
    Builder::new()
        .name(name)
        .laddr(address)
        .backlog(BACKLOG)
        .nodelay(true)
        // Lets a restarted server have its port back at once; a port in use stays an error.
        .reuseaddr(Some(true))
        .allow_anonymous(false)
        .allow_zero_keepalive(true)
        .max_connections(usize::try_from(limits.sessions).unwrap_or(usize::MAX))
        .max_handshaking_limit(MAX_HANDSHAKES)
        .handshake_timeout(HANDSHAKE_TIMEOUT)
        .send_timeout(SEND_TIMEOUT)
        .max_packet_size(limits.packet_bytes())
        .max_inflight(MAX_IN_FLIGHT)
        .max_mqueue_len(MAX_QUEUED)
        .max_clientid_len(MAX_CLIENT_ID)
        // How many, and how deep, is asked in `asking`, which notes whom it refuses.
        .max_subscriptions(0)
        .max_topic_levels(0)
        .max_topic_aliases(MAX_ALIASES)
        .session_expiry_interval(SESSION_EXPIRY)
        .max_session_expiry_interval(SESSION_EXPIRY)
        // Zero: a message waits as long as its session, and is sent again on reconnection only.
        .message_expiry_interval(Duration::ZERO)
        .message_retry_interval(Duration::ZERO)
}

fn bind(door: Builder) -> Result<(Listener, SocketAddr), StartError> {
    let address = door.laddr;
    let failed = |error: rmqtt::Error| StartError::Bind { address, reason: bind_reason(&error) };
    let listener = door.bind().map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn bind_tls(tls: TlsDoor, limits: &Limits) -> Result<(Listener, SocketAddr), StartError> {
    let TlsDoor { address, certificate, key } = tls;
    let text = |path: &PathBuf| path.to_str().map(str::to_owned);
    let unusable =
        |reason: String| StartError::Tls { certificate: certificate.clone(), key: key.clone(), reason };
    let (Some(certificate_text), Some(key_text)) = (text(&certificate), text(&key)) else {
        return Err(unusable("the name of the file is not UTF-8".to_owned()));
    };
    let door = door("mqtts", address, limits).tls_cert(Some(certificate_text)).tls_key(Some(key_text));
    let (listener, bound) = bind(door)?;
    let listener = listener.tls().map_err(|error| unusable(format!("{error:#}")))?;
    Ok((listener, bound))
}

fn bind_reason(error: &rmqtt::Error) -> String {
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::AddrInUse) => "another program uses this port".to_owned(),
        Some(io::ErrorKind::AddrNotAvailable) => "this machine does not have the address".to_owned(),
        Some(io::ErrorKind::PermissionDenied) => "not allowed (ports below 1024 need a privilege)".to_owned(),
        _ => format!("{error:#}"),
    }
}
