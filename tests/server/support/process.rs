//! The program as a process, with a directory of its own.

use super::{DEADLINE, Mosquitto, eventually};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs::File,
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tempfile::TempDir;

/// A directory in which a server lives; it outlives the processes.
pub(crate) struct Home(TempDir);

/// What a command said before it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// What `device add` printed.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) topic: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory can be made"))
    }

    /// A path in this home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same as text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("temporary paths are UTF-8").to_owned()
    }

    /// Starts the program; its output goes to files named after `name`.
    fn spawn(&self, name: &str, arguments: &[&str]) -> Child {
        self.start(Command::new(env!("CARGO_BIN_EXE_whereabouts")), name, arguments)
    }

    /// The same by another program, which is told its name.
    pub(crate) fn spawn_by(&self, mut command: Command, name: &str, arguments: &[&str]) -> Child {
        command.arg(env!("CARGO_BIN_EXE_whereabouts"));
        self.start(command, name, arguments)
    }

    fn start(&self, mut command: Command, name: &str, arguments: &[&str]) -> Child {
        let file = |end: &str| File::create(self.path(&format!("{name}.{end}"))).expect("can be written");
        command
            .env_clear()
            .current_dir(self.0.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(file("out"))
            .stderr(file("err"));
        command.spawn().expect("the program starts")
    }

    fn said(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("was written")
    }

    /// Runs a command to its end, with the arguments as given.
    pub(crate) async fn run(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.spawn("command", arguments);
        let mut stdin = child.stdin.take().expect("is piped");
        // A command that has failed already does not read.
        let _not_read = stdin.write_all(input.as_bytes());
        drop(stdin);
        let mut child = Guarded(child);
        let code = child.ended(&format!("the end of {arguments:?}")).await.code();
        Ran { code, out: self.said("command.out"), err: self.said("command.err") }
    }

    /// Runs a command on this home's data, which must succeed.
    pub(crate) async fn command_ok(&self, arguments: &[&str], input: &str) -> String {
        let arguments = [&["--data", "data"], arguments].concat();
        let ran = self.run(&arguments, input).await;
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        ran.out
    }

    /// Adds somebody who may sign in.
    pub(crate) async fn user(&self, name: &str, options: &[&str]) {
        let arguments = [&["user", "add", name, "--password-stdin"], options].concat();
        self.command_ok(&arguments, super::PASSWORD).await;
    }

    /// Adds a device, and the friend when there is none.
    pub(crate) async fn device(&self, friend: &str, device: &str, options: &[&str]) -> Credentials {
        let arguments = [&["device", "add", friend, device], options].concat();
        Credentials::read(&self.command_ok(&arguments, "").await)
    }

    /// Makes a bearer token.
    pub(crate) async fn token(&self, scope: &str, options: &[&str]) -> String {
        let arguments = [&["token", "create", "test", "--scope", scope], options].concat();
        let out = self.command_ok(&arguments, "").await;
        out.lines().last().expect("the token is on the last line").to_owned()
    }

    /// Starts a server on free ports.
    pub(crate) async fn serve(&self) -> Server {
        self.serve_with(&[]).await
    }

    /// Starts a server on free ports, with more arguments.
    pub(crate) async fn serve_with(&self, more: &[&str]) -> Server {
        let child = self.spawn("server", &Self::arguments(more));
        self.ready(Guarded(child)).await
    }

    /// Starts a server and kills it so long after, whether or not it is ready.
    pub(crate) async fn start_and_kill(&self, more: &[&str], after: Duration) {
        let mut child = Guarded(self.spawn("server", &Self::arguments(more)));
        tokio::time::sleep(after).await;
        child.kill();
    }

    pub(crate) fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
        let fixed = [["--data", "data"], ["--listen", "127.0.0.1:0"], ["--mqtt-listen", "127.0.0.1:0"]];
        let fixed = fixed.into_iter().filter(|[flag, _]| !more.contains(flag)).flatten();
        fixed.chain(more.iter().copied()).collect()
    }

    pub(crate) async fn ready(&self, mut child: Guarded) -> Server {
        let ready = eventually("the ready line", async || {
            let ended = child.0.try_wait().expect("it is our child");
            assert!(ended.is_none(), "the server ended: {}", self.said("server.err"));
            self.said("server.out").split_once('\n').map(|(line, _)| line.to_owned())
        })
        .await;
        let door = |name: &str| {
            let found = ready.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.expect("every door is named").parse().ok()
        };
        Server {
            http: door("http").expect("the web door is open"),
            mqtt: door("mqtt"),
            mqtts: door("mqtts"),
            ready,
            out: self.path("server.out"),
            err: self.path("server.err"),
            child,
        }
    }

    /// Starts a server that subscribes to an outside broker.
    pub(crate) async fn serve_behind(&self, broker: &Mosquitto) -> Server {
        self.serve_with(&["--mqtt-url", &broker.url()]).await
    }

    /// The database, to look into.
    pub(crate) async fn database(&self) -> SqliteConnection {
        connect(&self.path("data/whereabouts.db")).await
    }

    /// A copy of a database that nobody changes right now, to look into without changing it. Whoever has one closes it before the next.
    pub(crate) async fn copied_database(&self, data: &Path) -> SqliteConnection {
        let copy = self.path("copy");
        std::fs::create_dir_all(&copy).expect("can be made");
        for end in ["", "-wal", "-shm"] {
            let (from, to) = (data.join(format!("whereabouts.db{end}")), copy.join(format!("copy.db{end}")));
            let _not_there = std::fs::remove_file(&to);
            // The index of the log is made anew from the log, as it is after a loss of power.
            if from.exists() && end != "-shm" {
                std::fs::copy(from, to).expect("can be copied");
            }
        }
        connect(&copy.join("copy.db")).await
    }

    /// One number from the database.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let mut database = self.database().await;
        sqlx::query(query).fetch_one(&mut database).await.expect("the query is right").get(0)
    }

    /// One column of text from the database.
    pub(crate) async fn texts(&self, query: &'static str) -> Vec<String> {
        let mut database = self.database().await;
        let rows = sqlx::query(query).fetch_all(&mut database).await.expect("the query is right");
        rows.iter().map(|row| row.get(0)).collect()
    }
}

impl Credentials {
    /// Reads what `device add` printed.
    pub(crate) fn read(out: &str) -> Self {
        let value = |name: &str| {
            let found = out.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            found.expect("the line is there").to_owned()
        };
        Self { username: value("username"), password: value("password"), topic: value("topic") }
    }
}

/// A server that is ready. Dropping it kills it.
pub(crate) struct Server {
    pub(crate) http: SocketAddr,
    pub(crate) mqtt: Option<SocketAddr>,
    pub(crate) mqtts: Option<SocketAddr>,
    pub(crate) ready: String,
    out: PathBuf,
    err: PathBuf,
    child: Guarded,
}

impl Server {
    /// Where phones connect.
    pub(crate) fn broker(&self) -> SocketAddr {
        self.mqtt.expect("the broker's door is open")
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) -> ExitStatus {
        signal(&self.child.0, "TERM");
        self.child.ended("the server stops").await
    }

    /// The same; it waits for nobody who looks or is connected, and gives none of its tasks up.
    pub(crate) async fn stop_at_once(self) {
        let err = self.err.clone();
        assert_eq!(self.stop().await.code(), Some(0));
        let log = std::fs::read_to_string(err).expect("was written");
        assert!(!log.contains("did not end"), "{log}");
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Ends it as a loss of power would.
    pub(crate) fn kill(mut self) {
        self.child.kill();
    }

    /// What it has printed on standard output.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.out).expect("was written")
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.err).expect("was written")
    }
}

/// A database file, to look into.
pub(crate) async fn connect(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    SqliteConnection::connect_with(&options).await.expect("the database opens")
}

/// Sends a signal to a child of ours.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
    assert!(sent.expect("there is kill").success());
}

/// A child that does not outlive its test.
pub(crate) struct Guarded(pub(crate) Child);

impl Guarded {
    /// Waits until it ends by itself.
    pub(crate) async fn ended(&mut self, what: &str) -> ExitStatus {
        eventually(what, async || self.0.try_wait().expect("it is our child")).await
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        // Fails only when it has ended already.
        let _ended = self.0.kill();
        self.0.wait().expect("it is our child");
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that is free, for programs that cannot choose one themselves. It is below those that systems give away, so that nobody gets it
/// meanwhile who asks for any, and each is given once.
pub(crate) fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id() * 64 + GIVEN.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + u16::try_from(number % 20_000).expect("is small");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Whether somebody listens there.
pub(crate) async fn listens(port: u16) -> bool {
    let connecting = tokio::net::TcpStream::connect(("127.0.0.1", port));
    tokio::time::timeout(DEADLINE, connecting).await.is_ok_and(|connected| connected.is_ok())
}
