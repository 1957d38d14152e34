//! Shows out whoever connects to the broker and does not sign in.
//!
//! `rmqtt` waits without a limit for the first bytes of a connection, before it has told us anything of it, and takes no accepted
//! sockets from us. A few thousand connections that say nothing would use up the descriptors of the whole server. So this task looks at
//! the process's own sockets now and then: one of the broker's that belongs to no session after [`PATIENCE`] is shut down, which ends
//! the wait. Where the system does not list the descriptors (`/dev/fd`), nothing is done.

use std::collections::{HashMap, HashSet};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{BorrowedFd, RawFd};
use std::time::Duration;

use rmqtt::context::ServerContext;
use socket2::{SockRef, Type};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How long a connection may take to sign in. Longer than the limits of TLS and of CONNECT itself, which come first.
const PATIENCE: Duration = Duration::from_secs(17);
/// How often the sockets are looked at.
const EVERY: Duration = Duration::from_secs(2);
/// Where a process finds its own descriptors: Linux, macOS, the BSDs.
const DESCRIPTORS: &str = "/dev/fd";

/// Looks, until `stop`, at the connections to these ports.
pub(super) async fn watch(context: ServerContext, ports: Vec<u16>, stop: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut strangers: HashMap<SocketAddr, Instant> = HashMap::new();
    while let Some(now) = stop.run_until_cancelled(ticks.tick()).await {
        let known: HashSet<SocketAddr> = context
            .extends
            .shared()
            .await
            .iter()
            .filter_map(|entry| entry.session()?.id.remote_addr)
            .collect();
        let connected = connections(&ports);
        strangers.retain(|peer, _| connected.contains_key(peer) && !known.contains(peer));
        for (peer, descriptor) in connected.into_iter().filter(|(peer, _)| !known.contains(peer)) {
            let since = *strangers.entry(peer).or_insert(now);
            if now.duration_since(since) >= PATIENCE && shut(descriptor, peer) {
                tracing::info!("a connection to the broker was closed: nobody signed in on it");
            }
        }
    }
}

/// The process's own connections to these ports, by the other side's address.
fn connections(ports: &[u16]) -> HashMap<SocketAddr, RawFd> {
    let Ok(listed) = std::fs::read_dir(DESCRIPTORS) else { return HashMap::new() };
    let descriptors = listed.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    descriptors.filter_map(|descriptor| Some((peer_of(descriptor, ports)?, descriptor))).collect()
}

/// Who is at the other end, if this is a connection to one of these ports.
fn peer_of(descriptor: RawFd, ports: &[u16]) -> Option<SocketAddr> {
    with_socket(descriptor, |socket| {
        let own = socket.local_addr().ok()?.as_socket()?;
        let is_ours = ports.contains(&own.port()) && socket.r#type().ok()? == Type::STREAM;
        socket.peer_addr().ok()?.as_socket().filter(|_| is_ours)
    })
}

/// Ends a connection for whoever reads from it, if the descriptor is still that connection.
fn shut(descriptor: RawFd, peer: SocketAddr) -> bool {
    with_socket(descriptor, |socket| {
        let same = socket.peer_addr().ok()?.as_socket() == Some(peer);
        (same && socket.shutdown(Shutdown::Both).is_ok()).then_some(())
    })
    .is_some()
}

#[expect(unsafe_code, reason = "a descriptor of another owner can be borrowed in no other way; see below")]
fn with_socket<T>(descriptor: RawFd, look: impl FnOnce(SockRef<'_>) -> Option<T>) -> Option<T> {
    // SAFETY: the descriptor was open a moment ago. Should its owner have closed it since, the calls made here answer with an error;
    // should another file have taken its number, they only ask what it is, and `shut` asks for the same peer before it acts.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    look(SockRef::from(&borrowed))
}
