//! The broker's listeners: their limits, how they are opened, and how the one with TLS is opened again for a new certificate.
//!
//! `rmqtt` reads certificates from files when a listener is opened, and takes neither a configuration nor accepted sockets from us. So a
//! new listener is opened on the same port beside the old one, which is closed only then: the port is never shut, and what cannot be
//! used changes nothing. Connections do not belong to their listener: they stay.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use rmqtt::context::ServerContext;
use rmqtt::net::{Builder, Listener};
use rmqtt::server::MqttServer;
use tokio::sync::{mpsc, oneshot};

use super::broker::{StartError, TlsDoor};
use super::limits::Limits;

/// The numbers of the listeners.
const PLAIN_LISTENER: u16 = 1;
pub(super) const TLS_LISTENER: u16 = 2;
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

/// A listener that is open, and where.
type Open = (Listener, SocketAddr);

/// The wish that the listener with TLS be opened again; told back what became of it.
type Wish = oneshot::Sender<Result<(), StartError>>;

/// What the broker listens on.
pub(super) struct Listeners {
    plain: Option<Open>,
    tls: Option<(TlsDoor, Open)>,
    limits: Limits,
    reopen: Reopen,
    wishes: mpsc::Receiver<Wish>,
}

/// Opens the listener with TLS again, with what is in its files now.
#[derive(Clone, Debug)]
pub struct Reopen(mpsc::Sender<Wish>);

impl Reopen {
    /// Returns when those who connect from now on see the new certificate.
    ///
    /// # Errors
    /// When the files cannot be used, or the port cannot be opened again; then everything is as it was.
    pub async fn reopen(&self) -> Result<(), StartError> {
        let (wish, answer) = oneshot::channel();
        // A broker that has ended has no door to open.
        if self.0.send(wish).await.is_err() {
            return Ok(());
        }
        answer.await.unwrap_or(Ok(()))
    }
}

impl Listeners {
    /// Opens them; nobody is served yet.
    pub(super) fn open(
        plain: Option<SocketAddr>,
        tls: Option<TlsDoor>,
        limits: &Limits,
    ) -> Result<Self, StartError> {
        let plain = plain.map(|address| bind(door("mqtt", address, limits))).transpose()?;
        // It will share its port with its successor. Nobody else may be there, who would share as well.
        if let Some(door) = tls.as_ref().filter(|door| door.address.port() != 0) {
            TcpListener::bind(door.address).map_err(|error| taken(door.address, &error.into()))?;
        }
        let tls = tls.map(|door| bind_tls(&door, limits).map(|open| (door, open))).transpose()?;
        let (sender, wishes) = mpsc::channel(1);
        Ok(Self { plain, tls, limits: limits.clone(), reopen: Reopen(sender), wishes })
    }

    /// Where the plain one really listens.
    pub(super) fn plain(&self) -> Option<SocketAddr> {
        self.plain.as_ref().map(|(_, bound)| *bound)
    }

    /// Where the one with TLS really listens.
    pub(super) fn tls(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(|(_, (_, bound))| *bound)
    }

    /// A way to have the one with TLS opened again.
    pub(super) fn reopen(&self) -> Option<Reopen> {
        self.tls.is_some().then(|| self.reopen.clone())
    }

    /// Serves them for ever; dropping this closes them.
    pub(super) async fn serve(self, context: ServerContext) {
        let Self { plain, tls, limits, wishes, .. } = self;
        let plain = async {
            match plain {
                Some((listener, _)) => serve(context.clone(), listener, PLAIN_LISTENER).await,
                None => std::future::pending().await,
            }
        };
        let tls = async {
            match tls {
                Some((door, open)) => serve_tls(context.clone(), door, open, &limits, wishes).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = plain => {}
            () = tls => {}
        }
    }
}

async fn serve(context: ServerContext, listener: Listener, id: u16) {
    // The library refuses a number that it knows, also of a listener that is gone.
    context.listen_cfgs.remove(&id);
    if let Err(error) = MqttServer::new(context).listener_by_id(listener, id).build().run().await {
        tracing::error!(%error, "an MQTT listener failed");
    }
}

/// Serves the listener with TLS, and each that comes after it.
async fn serve_tls(
    context: ServerContext,
    door: TlsDoor,
    (listener, address): Open,
    limits: &Limits,
    mut wishes: mpsc::Receiver<Wish>,
) {
    let door = TlsDoor { address, ..door };
    let mut serving = Box::pin(serve(context.clone(), listener, TLS_LISTENER));
    loop {
        let wish = tokio::select! {
            () = &mut serving => return,
            wish = wishes.recv() => wish,
        };
        let Some(wish) = wish else { return serving.await };
        let opened = bind_tls(&door, limits);
        let told = opened.map(|(listener, _)| {
            serving = Box::pin(serve(context.clone(), listener, TLS_LISTENER));
        });
        // Whoever asked may have been stopped meanwhile.
        wish.send(told).ok();
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

fn bind(door: Builder) -> Result<Open, StartError> {
    let address = door.laddr;
    let listener = door.bind().map_err(|error| taken(address, &error))?;
    let bound = listener.local_addr().map_err(|error| taken(address, &error))?;
    Ok((listener, bound))
}

fn bind_tls(tls: &TlsDoor, limits: &Limits) -> Result<Open, StartError> {
    let TlsDoor { address, certificate, key } = tls;
    let text = |path: &PathBuf| path.to_str().map(str::to_owned);
    let unusable =
        |reason: String| StartError::Tls { certificate: certificate.clone(), key: key.clone(), reason };
    let (Some(certificate_text), Some(key_text)) = (text(certificate), text(key)) else {
        return Err(unusable("the name of the file is not UTF-8".to_owned()));
    };
    let door = door("mqtts", *address, limits).reuseport(Some(true));
    let (listener, bound) = bind(door.tls_cert(Some(certificate_text)).tls_key(Some(key_text)))?;
    let listener = listener.tls().map_err(|error| unusable(format!("{error:#}")))?;
    Ok((listener, bound))
}

fn taken(address: SocketAddr, error: &rmqtt::Error) -> StartError {
    let reason = match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::AddrInUse) => "another program uses this port".to_owned(),
        Some(io::ErrorKind::AddrNotAvailable) => "this machine does not have the address".to_owned(),
        Some(io::ErrorKind::PermissionDenied) => "not allowed (ports below 1024 need a privilege)".to_owned(),
        _ => format!("{error:#}"),
    };
    StartError::Bind { address, reason }
}
