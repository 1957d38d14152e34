//! A line that can fall silent, and be cut: what tunnels and routers do to a connection. It stands between a client and its server in
//! this process, because taking a network interface down would need rights.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// How the line is; a new number cuts what was connected before.
#[derive(Clone, Copy, Default)]
struct State {
    silent: bool,
    cuts: u64,
}

/// A line to a server. Dropping it cuts it for good.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Opens one.
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("is bound");
        let state = watch::Sender::new(State::default());
        let watching = state.subscribe();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else { continue };
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(pump(from_client, to_server, watching.clone()));
                tokio::spawn(pump(from_server, to_client, watching.clone()));
            }
        });
        Self { address, state, task }
    }

    /// From now on nothing gets through, and nobody is told.
    pub(crate) fn fall_silent(&self) {
        self.state.send_modify(|state| state.silent = true);
    }

    /// Ends every connection, with all that was held back; new ones are as good as ever.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| *state = State { silent: false, cuts: state.cuts + 1 });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut watching: watch::Receiver<State>) {
    let mine = watching.borrow().cuts;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            biased;
            _ = watching.wait_for(|state| state.cuts != mine) => return,
            read = from.read(&mut buffer) => read,
        };
        let Ok(count @ 1..) = read else { return };
        let open =
            watching.wait_for(|state| !state.silent || state.cuts != mine).await.map(|state| state.cuts);
        if open.is_err()
            || open.is_ok_and(|cuts| cuts != mine)
            || to.write_all(&buffer[..count]).await.is_err()
        {
            return;
        }
    }
}
