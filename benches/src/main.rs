//! `cargo run --release -p bench [-- NAME…]`: measures the built server, beside what limits it, and prints a table at the end.
//!
//! | name | measures |
//! | --- | --- |
//! | `disk` | how often this disk can make an append durable |
//! | `commit` | the store alone, and SQLite alone, with the rows that the server writes |
//! | `ingest` | phones → embedded broker → committed: a thousand phones, and one; CPU, memory and disk for it |
//! | `http` | phones in HTTP mode → committed |
//! | `bridge` | the same through Mosquitto, beside Mosquitto with nobody behind it |
//! | `outage` | Mosquitto restarts: how soon the first point is stored; phones that send more than the disk takes: the memory for it |
//! | `viewers` | phone → frame, at 500 sockets |
//! | `browser` | phone → page, in Chromium; and what the page weighs |
//! | `messages` | a message sent → on the lines of those it is for, at 500 sockets |
//! | `around` | who is around, of ten thousand friends |
//! | `alerts` | the fix that shows that somebody came → at a webhook |
//! | `hindsight` | a region tried out on a year of one friend: read, judged, answered |
//! | `decode` | reading one payload, by itself |
//! | `history` | a million fixes stored, then ten: start, start after a kill, memory and rate; by name only, it takes minutes and 6 GB |
//!
//! The server is the program that was built, on a fresh directory and free ports of the loopback interface; all load comes from here,
//! on the same machine. Nothing is left behind.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads the clock, starts tasks and prints"
)]

mod alerts;
mod around;
mod bridge;
mod browser;
mod commit;
mod crowd;
mod decode;
mod disk;
mod hindsight;
mod history;
mod http;
mod ingest;
mod latency;
mod messages;
mod mqtt;
mod outage;
mod process;
mod report;
mod script;
mod table;
mod viewers;

use anyhow::{Result, bail, ensure};
use std::{path::PathBuf, time::Instant};
use table::{Row, Table};

/// A measure: what it is called, and what it does.
type Measure = (&'static str, fn(&Bench) -> Result<Vec<Row>>);

/// In this order: the limits first, for the others to be compared with.
const MEASURES: &[Measure] = &[
    ("disk", disk::measure),
    ("decode", decode::measure),
    ("commit", commit::measure),
    ("hindsight", hindsight::measure),
    ("ingest", ingest::measure),
    ("http", http::measure),
    ("bridge", bridge::measure),
    ("outage", outage::measure),
    ("viewers", viewers::measure),
    ("messages", messages::measure),
    ("around", around::measure),
    ("alerts", alerts::measure),
    ("browser", browser::measure),
    (HISTORY, history::measure),
];

/// Is done only when asked for.
const HISTORY: &str = "history";

/// What all measures need.
struct Bench {
    /// The program.
    server: PathBuf,
    /// For everything that is written.
    scratch: tempfile::TempDir,
}

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = wanted.iter().find(|wanted| !names.contains(&wanted.as_str())) {
        bail!("there is no measure `{unknown}`; there are: {}", names.join(", "));
    }
    let server = std::env::current_exe()?.with_file_name("whereabouts");
    ensure!(server.is_file(), "{} is not there: `cargo xtask build --release` makes it", server.display());
    // Not below /tmp, which is often in memory: what a commit costs is what the disk of the data costs.
    let target = server.parent().and_then(|release| release.parent()).unwrap_or(&server);
    let scratch = tempfile::Builder::new().prefix("bench-").tempdir_in(target)?;
    let bench = Bench { server, scratch };
    let started = Instant::now();
    let mut table = Table::default();
    for (name, measure) in MEASURES {
        if (wanted.is_empty() && *name != HISTORY) || wanted.iter().any(|wanted| wanted == name) {
            let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
            let load = load.split(' ').next().unwrap_or("?");
            println!("bench: {name} … (load of the machine before: {load})");
            match measure(&bench) {
                Ok(rows) => table.add(rows),
                Err(error) => table.add(vec![Row::failed(name, &error)]),
            }
        }
    }
    println!("\n{table}\nin {:.0} s", started.elapsed().as_secs_f64());
    ensure!(!table.has_failures(), "a measure failed");
    Ok(())
}

impl Bench {
    /// A directory of that name, new and empty.
    fn directory(&self, name: &str) -> Result<PathBuf> {
        let path = self.scratch.path().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }
}

/// One thread for the load: the other core is the server's.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
