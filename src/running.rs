//! Which server works on a data directory: there may be one, and commands at the terminal want to know by which doors it is reached.
//!
//! The lock ends with the process, however that ends. What the file says counts only while it is locked.

use crate::{config::Mistake, opening};
use app::ssr::Site;
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, Write},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

/// Keeps other servers away from the data directory for as long as it lives.
pub(crate) struct Running(File);

/// Where a running server's doors really are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Open {
    /// The page.
    pub(crate) http: SocketAddr,
    /// Whether the page's door itself speaks TLS.
    pub(crate) https: bool,
    /// The broker.
    pub(crate) mqtt: Option<SocketAddr>,
    /// The broker with TLS.
    pub(crate) mqtts: Option<SocketAddr>,
    /// What it answers at `/self-test`.
    pub(crate) marker: String,
}

/// What a running server says of itself.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Doors {
    pid: u32,
    /// How browsers and phones reach it.
    pub(crate) public_url: Option<String>,
    /// `host:port` where phones reach its broker.
    pub(crate) mqtt: Option<String>,
    /// Whether phones must speak TLS there.
    pub(crate) mqtt_tls: bool,
    /// Where all of that is on this machine.
    pub(crate) open: Option<Open>,
}

/// A command looks at the lock for an instant: tried so often, this far apart, before somebody else is a server.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

impl Running {
    /// Makes sure that this is the only server on that directory.
    ///
    /// # Errors
    /// When another one works on it, or the directory cannot be used.
    pub(crate) async fn alone(data: &Path) -> anyhow::Result<Self> {
        opening::directory(data)?;
        let wrong = |why: std::io::Error| Mistake::new("data", data.display(), why);
        let mut file = open(data).map_err(wrong)?;
        for _ in 0..ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::Error(why)) => return Err(wrong(why).into()),
            }
        }
        let pid = read(&mut file).pid;
        let right = format!(
            "the server with process id {pid} works on it; stop that one, or choose another directory"
        );
        Err(Mistake::new("data", data.display(), right).into())
    }

    /// Says by which doors the server is reached.
    pub(crate) fn tell(&mut self, site: &Site, open: &Open) -> anyhow::Result<()> {
        let doors = Doors {
            pid: std::process::id(),
            public_url: Some(site.public_url.clone()),
            mqtt: site.mqtt.clone(),
            mqtt_tls: site.mqtt_tls,
            open: Some(open.clone()),
        };
        self.0.set_len(0)?;
        self.0.rewind()?;
        self.0.write_all(&serde_json::to_vec(&doors)?)?;
        Ok(())
    }
}

/// The doors of the server that works on that directory; `None` when there is none.
pub(crate) fn doors(data: &Path) -> Option<Doors> {
    let mut file = open(data).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(read(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn open(data: &Path) -> std::io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(data.join("serve.lock"))
}

fn read(file: &mut File) -> Doors {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default()
}
