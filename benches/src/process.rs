//! The programs that are measured, each on free ports and in a directory of its own, and what the kernel says of them.

use crate::Bench;
use anyhow::{Context, Result, bail, ensure};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a program may take to open its doors, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(5);
/// Clock ticks of `/proc`, each second; the same on every Linux.
const TICKS: f64 = 100.0;

/// A program that runs; it is ended when this is dropped.
pub(crate) struct Process(Child);

/// The server that was built.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) http: SocketAddr,
    pub(crate) mqtt: SocketAddr,
}

impl Server {
    /// Starts it on a data directory; `further` arguments come last. Returns once all doors are open.
    pub(crate) fn start(bench: &Bench, data: &Path, further: &[&str]) -> Result<Self> {
        let mut command = Command::new(&bench.server);
        command.args(["--listen", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--data"]).arg(data);
        command.args(further).current_dir(data);
        let log = File::create(data.join("log"))?;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        let process = Process(child);
        let mut ready = String::new();
        BufReader::new(stdout).read_line(&mut ready)?;
        let door = |name: &str| {
            let found = ready.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            let address = found.and_then(|address| address.parse().ok());
            address
                .with_context(|| format!("the server did not say that it is ready, see its log: {ready:?}"))
        };
        Ok(Self { http: door("http")?, mqtt: door("mqtt")?, process })
    }

    /// Messages committed since the start.
    pub(crate) fn committed(&self) -> Result<u32> {
        let mut stream = TcpStream::connect(self.http)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET /metrics HTTP/1.0\r\nHost: {}\r\n\r\n", self.http)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let line = answer.lines().find_map(|line| line.strip_prefix("whereabouts_messages_committed_total "));
        line.and_then(|count| count.trim().parse().ok()).context("the metrics do not count messages")
    }

    /// Ends it in good order.
    pub(crate) fn stop(self) -> Result<()> {
        self.process.end()
    }
}

/// The bytes of a database that nobody is using, once its log is taken up.
pub(crate) async fn size(data: &Path) -> Result<u64> {
    let path = data.join("whereabouts.db");
    let options = SqliteConnectOptions::new().filename(&path);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await?;
    Ok(std::fs::metadata(path)?.len())
}

/// Copies a data directory that nobody is using.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Starts Mosquitto, without limits to what it queues; `in_flight` messages may wait for their acknowledgement.
pub(crate) fn mosquitto(directory: &Path, in_flight: u32) -> Result<(Process, SocketAddr)> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    configure(directory, address, &format!("persistence false\nmax_inflight_messages {in_flight}"))?;
    Ok((mosquitto_again(directory, address)?, address))
}

/// The same, but what it knows of its clients survives its end.
pub(crate) fn mosquitto_that_remembers(directory: &Path) -> Result<(Process, SocketAddr)> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    // Started by root it would give up its rights, and its files with them.
    let more = format!("persistence true\npersistence_location {}/\nuser root", directory.display());
    configure(directory, address, &more)?;
    Ok((mosquitto_again(directory, address)?, address))
}

fn configure(directory: &Path, address: SocketAddr, more: &str) -> Result<()> {
    let port = address.port();
    let settings = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\nlog_dest none\n{more}\n"
    );
    Ok(std::fs::write(directory.join("mosquitto.conf"), settings)?)
}

/// Starts a Mosquitto with the settings that are in that directory. Returns once its port is open.
pub(crate) fn mosquitto_again(directory: &Path, address: SocketAddr) -> Result<Process> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers in sbin, which is not on everybody's PATH.
    let program = std::env::split_paths(&folders)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("mosquitto"))
        .find(|program| program.is_file())
        .context("Mosquitto is not installed")?;
    let mut command = Command::new(program);
    command
        .arg("-c")
        .arg(directory.join("mosquitto.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let process = Process(command.spawn()?);
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        ensure!(Instant::now() < deadline, "Mosquitto does not open its port");
        std::thread::sleep(GLANCE);
    }
    Ok(process)
}

impl Process {
    /// Seconds of CPU it has used, in user mode and in the kernel.
    pub(crate) fn cpu_s(&self) -> Result<f64> {
        let stat = self.read("stat")?;
        // The name, in brackets, may hold blanks; `utime` and `stime` are the 12th and 13th words after it.
        let (_, rest) = stat.rsplit_once(')').context("stat has no name")?;
        let mut words = rest.split_whitespace().skip(11).map(str::parse::<u32>);
        match (words.next(), words.next()) {
            (Some(Ok(user)), Some(Ok(system))) => Ok((f64::from(user) + f64::from(system)) / TICKS),
            _ => bail!("stat has no times"),
        }
    }

    /// Megabytes of memory: resident now, and the most there ever were.
    pub(crate) fn memory_mb(&self) -> Result<(f64, f64)> {
        let status = self.read("status")?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            kb.map(|kb| kb / 1024.0).with_context(|| format!("status has no {name}"))
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    fn read(&self, file: &str) -> Result<String> {
        Ok(std::fs::read_to_string(format!("/proc/{}/{file}", self.0.id()))?)
    }

    pub(crate) fn end(mut self) -> Result<()> {
        let asked = Command::new("kill").arg("-TERM").arg(self.0.id().to_string()).status()?;
        ensure!(asked.success(), "the program cannot be told to stop");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.0.try_wait()? {
                ensure!(status.success(), "the program ended badly: {status}");
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the program does not stop");
            std::thread::sleep(GLANCE);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|status| status.is_none()) {
            let _ended = self.0.kill().and_then(|()| self.0.wait());
        }
    }
}
