//! Somebody else's broker: a real Mosquitto, as many have one at home.

use super::{
    Credentials, Home, Phone, eventually,
    process::{Guarded, free_port, listens, signal},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Command, Stdio},
};

/// A broker that keeps its port and its sessions over restarts.
pub(crate) struct Mosquitto {
    pub(crate) port: u16,
    configuration: PathBuf,
    child: Option<Guarded>,
}

impl Mosquitto {
    /// Starts one in a home, with more lines of configuration.
    pub(crate) async fn start(home: &Home, more: &str) -> Self {
        let port = free_port();
        let folder = home.path("mosquitto");
        std::fs::create_dir(&folder).expect("can be made");
        let lines = [
            format!("listener {port} 127.0.0.1"),
            "allow_anonymous true\npersistence true".to_owned(),
            format!("persistence_location {}/", folder.display()),
            "max_queued_messages 0".to_owned(),
            // Started by root it would give up its rights, and its files with them.
            "user root".to_owned(),
            more.to_owned(),
        ];
        let configuration = folder.join("mosquitto.conf");
        std::fs::write(&configuration, lines.join("\n")).expect("can be written");
        let mut broker = Self { port, configuration, child: None };
        broker.start_again().await;
        broker
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Somebody who publishes there and need not sign in.
    pub(crate) fn anybody(topic: &str) -> Credentials {
        Credentials { username: "x".into(), password: "x".into(), topic: topic.into() }
    }

    /// Whether we have subscribed there; it must have been started with `log_type subscribe`.
    pub(crate) fn has_subscriber(&self) -> bool {
        let log = std::fs::read_to_string(self.configuration.with_extension("log")).expect("was written");
        log.contains(": whereabouts 1 owntracks/#")
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Starts it on the port it had.
    pub(crate) async fn start_again(&mut self) {
        let log = std::fs::File::create(self.configuration.with_extension("log")).expect("can be written");
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(&self.configuration).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // Debian puts it where only root's path leads.
        command.env("PATH", "/usr/local/sbin:/usr/sbin:/opt/homebrew/sbin:/usr/local/bin:/usr/bin:/bin");
        let child = command.spawn().expect("these tests need Mosquitto: install the package `mosquitto`");
        let child = self.child.insert(Guarded(child));
        eventually("Mosquitto listens", async || {
            let listens = listens(self.port).await;
            let ended = child.0.try_wait().expect("it is our child");
            assert!(ended.is_none(), "Mosquitto ended: {ended:?}");
            listens.then_some(())
        })
        .await;
    }

    /// Stops it in an orderly way: it writes down what it has acknowledged.
    pub(crate) async fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        signal(&child.0, "TERM");
        child.ended("Mosquitto stops").await;
    }

    /// A client of it that need not sign in.
    pub(crate) async fn connect(&self, topic: &str) -> Phone {
        let options = Phone::options(self.address(), &Self::anybody(topic));
        Phone::connect_with(options, topic).await.expect("Mosquitto lets anybody in")
    }
}
