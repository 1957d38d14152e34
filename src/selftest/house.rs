//! What the server stands on: clock, disk, database, backups, and the lines to others.

use super::{Examinee, ITSELF};
use crate::clock;
use domain::{Check, Health, Timestamp};
use service::{Error, FixQuery};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const MIB: u64 = 1 << 20;
const DAY_MS: i64 = 86_400_000;
/// Less free space will do for hours at most.
const HARDLY_ANY: u64 = 100 * MIB;
/// Less free space should be looked at.
const LITTLE: u64 = 1024 * MIB;
/// The log of the database is normally a few megabytes.
const LONG_LOG: u64 = 256 * MIB;
/// Reading a larger database takes too long for a page.
const LARGEST_READ: u64 = 2048 * MIB;
/// How long reading it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A copy should not be older.
const BACKUP_DAYS: i64 = 7;
/// Clocks may differ by so much.
const CLOCK_MS: i64 = 60_000;
/// How many phones are asked for their time, and how many of the newest positions of each.
const PHONES: usize = 20;
const POSITIONS: u32 = 5;
/// What is there when `systemd-timesyncd` has set the clock.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";

/// All that is to be said of it.
pub(super) async fn look(of: &Examinee, now: Timestamp) -> Vec<Check> {
    let database = of.data.join("whereabouts.db");
    let mut checks = vec![time(of, now).await];
    let forecast = of.service.storage(&ITSELF).await.ok().map(|storage| storage.forecast.most());
    checks.extend(room(&of.data, &database, forecast));
    checks.push(writes(of).await);
    checks.push(structure(of, &database).await);
    checks.extend(log(&database));
    checks.push(backup(&of.data, now));
    checks.extend(lines(of).await);
    checks.push(mail(of));
    checks.push(push(of));
    checks
}

/// Is mail sent? Nobody is asked: whoever wants alerts by mail has a test sent.
fn mail(of: &Examinee) -> Check {
    let (seen, advice) = match &of.mail {
        Some(host) => (
            format!("set up: by {host}; whether it takes them is seen when one is sent"),
            "Have a test sent to yourself: under your alerts, by mail.",
        ),
        None => (
            "not set up: no mail is sent".to_owned(),
            "Nothing, or --mail-url and --mail-from: then friends can have alerts by mail.",
        ),
    };
    Check::new(Health::Unknown, "mail", "Mail", seen, advice)
}

/// Can browsers get push messages? They take them from sites with TLS alone.
fn push(of: &Examinee) -> Check {
    let (id, name) = ("push", "Push messages");
    if of.public_url.starts_with("https://") {
        let seen = "browsers can ask for them; they are signed with a key of this server";
        return Check::new(Health::Good, id, name, seen, "");
    }
    let seen = "browsers cannot get them: they take them from sites with TLS alone";
    let advice =
        "Nothing, or TLS and an https:// --public-url: then friends can have alerts on phones and computers.";
    Check::new(Health::Unknown, id, name, seen, advice)
}

/// Is the clock right? No public clock is asked: the phones' own are, which they get from their networks.
async fn time(of: &Examinee, now: Timestamp) -> Check {
    let (id, name) = ("clock", "Clock");
    let advice = "Let the system set its clock (systemd-timesyncd, chrony): times of positions, sessions and certificates depend on it.";
    let snapshot = of.service.snapshot(&ITSELF);
    let devices =
        snapshot.friends.iter().filter(|friend| !friend.friend.demo).flat_map(|friend| &friend.devices);
    let mut apart: Option<i64> = None;
    for device in devices.take(PHONES) {
        let query = FixQuery {
            device: device.device.id,
            from: Some(now.plus_millis(-DAY_MS)),
            to: None,
            limit: POSITIONS,
            cursor: None,
        };
        let Ok(page) = of.service.fixes(&ITSELF, &query).await else { continue };
        // A message may have waited on the phone: the nearest counts.
        let differences =
            page.items.iter().map(|fix| fix.received_at.millis_since(fix.sent_at.unwrap_or(fix.at)));
        apart = apart.into_iter().chain(differences).min_by_key(|difference| difference.abs());
    }
    let set = Path::new(SYNCHRONISED).exists();
    match apart {
        Some(ms) if ms < -CLOCK_MS => {
            let seen =
                format!("every phone of the last day is at least {} s ahead of this machine", -ms / 1000);
            Check::new(Health::Warning, id, name, seen, advice)
        }
        Some(ms) if ms <= CLOCK_MS => Check::good(
            id,
            name,
            format!("a phone's clock and this one are less than {} s apart", ms.abs() / 1000 + 1),
        ),
        Some(_) | None if set => Check::good(id, name, "the system says that it is set from the network"),
        Some(ms) => {
            let seen = format!(
                "no phone of the last day was heard sooner than {} s after it took its position",
                ms / 1000
            );
            Check::new(Health::Unknown, id, name, seen, advice)
        }
        None => Check::new(Health::Unknown, id, name, "no phone was heard in the last day", advice),
    }
}

/// How many bytes are free where the data directory is.
pub(crate) fn free(data: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(data).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Is there room on the disk?
fn room(data: &Path, database: &Path, forecast: Option<u64>) -> Option<Check> {
    let (id, name) = ("disk", "Disk");
    let free = free(data)?;
    let used = fs::metadata(database).map_or(0, |file| file.len());
    let coming = forecast.unwrap_or(used);
    let seen = format!(
        "{} MB free; the database has {} MB, and will have {} MB",
        free / MIB,
        used / MIB,
        coming / MIB
    );
    let advice = "Make room, or move the data directory. When the disk is full nothing is lost that phones still have: they are not answered.";
    let health = if free < HARDLY_ANY {
        Health::Bad
    } else if coming.saturating_sub(used) > free {
        let advice =
            "Make room, move the data directory, or keep less: Admin → Storage says what takes how much.";
        return Some(Check::new(Health::Warning, id, name, seen, advice));
    } else if free < LITTLE.max(used) {
        Health::Warning
    } else {
        return Some(Check::good(id, name, seen));
    };
    Some(Check::new(health, id, name, seen, advice))
}

/// Does the database take a commit?
async fn writes(of: &Examinee) -> Check {
    let (id, name) = ("database-writes", "Database writes");
    if let Ok(Ok(())) = tokio::time::timeout(PATIENCE, of.service.ready()).await {
        return Check::good(id, name, "it took a commit");
    }
    let advice = "Look at the disk and at the log. Phones keep what they have until it does.";
    Check::new(Health::Bad, id, name, "it does not take a commit", advice)
}

/// Is the database whole?
async fn structure(of: &Examinee, database: &Path) -> Check {
    let (id, name) = ("database", "Database");
    let by_hand = "Stop nothing; run `sqlite3 whereabouts.db 'PRAGMA quick_check'` at the terminal.";
    let size = fs::metadata(database).map_or(0, |file| file.len());
    if size > LARGEST_READ {
        let seen = format!("it has {} MB, too much to be read for this page", size / MIB);
        return Check::new(Health::Unknown, id, name, seen, by_hand);
    }
    match tokio::time::timeout(PATIENCE, of.service.check_database(&ITSELF)).await {
        Ok(Ok(said)) if said == "ok" => Check::good(id, name, "its structure is whole"),
        Ok(Ok(said)) => {
            let advice = "Stop the server, keep the file, and go back to a backup; `whereabouts rebuild` makes another one from its raw log.";
            Check::new(Health::Bad, id, name, format!("SQLite says: {said}"), advice)
        }
        Ok(Err(why)) => {
            Check::new(Health::Bad, id, name, format!("it cannot be read: {why}"), "Look at the log.")
        }
        Err(_elapsed) => Check::new(Health::Unknown, id, name, "reading it took too long", by_hand),
    }
}

/// Is the database's own log kept short?
fn log(database: &Path) -> Option<Check> {
    let log = PathBuf::from(format!("{}-wal", database.display()));
    let size = fs::metadata(log).ok()?.len();
    let (id, name, seen) = ("database-log", "Database log", format!("{} MB", size / MIB));
    Some(if size > LONG_LOG {
        let advice = "Another program reads the database for very long, or was stopped while it did: end it. A restart shortens the log.";
        Check::new(Health::Warning, id, name, seen, advice)
    } else {
        Check::good(id, name, seen)
    })
}

fn backup_note(data: &Path) -> PathBuf {
    data.join("backed-up")
}

/// Remembers that a copy was made now.
///
/// # Errors
/// When that cannot be written.
pub(crate) fn note_backup(data: &Path) -> std::io::Result<()> {
    fs::write(backup_note(data), clock::now().to_string())
}

/// Is there a copy, and how old is it?
fn backup(data: &Path, now: Timestamp) -> Check {
    let (id, name) = ("backup", "Backup");
    let advice = "Run `whereabouts backup FILE` every day, say by a timer, and keep the copies on another machine, with `outlets.key` and `tls` beside them.";
    let noted = fs::read_to_string(backup_note(data)).ok();
    let Some(at) = noted.and_then(|text| Timestamp::parse(text.trim()).ok()) else {
        let seen = "none was made by `whereabouts backup`; others cannot be seen from here";
        return Check::new(Health::Warning, id, name, seen, advice);
    };
    let days = now.millis_since(at) / DAY_MS;
    if days > BACKUP_DAYS {
        return Check::new(
            Health::Warning,
            id,
            name,
            format!("the last is {days} days old, of {at}"),
            advice,
        );
    }
    Check::good(id, name, format!("the last was made at {at}"))
}

/// How do the lines to other brokers stand?
async fn lines(of: &Examinee) -> Vec<Check> {
    let mut checks = Vec::new();
    let bridge = of.service.broker_report(&ITSELF).await.ok().and_then(|report| report.bridge);
    if let Some(line) = bridge {
        let (id, name) = ("outside-broker", "Outside broker");
        let why = line.last_error.map_or_else(|| "no answer yet".to_owned(), |(why, _)| why);
        checks.push(if line.connected {
            Check::good(id, name, format!("connected since {}", line.since))
        } else {
            let advice = "Look at --mqtt-url, at the other broker, and at its log.";
            Check::new(Health::Bad, id, name, format!("not connected since {}: {why}", line.since), advice)
        });
    }
    let (id, name) = ("outlets", "Outlets");
    match of.service.outlets(&ITSELF).await {
        Ok(outlets) if outlets.is_empty() => {}
        Ok(outlets) => {
            let wrong = outlets.iter().filter(|report| !report.state.connected).count();
            checks.push(if wrong == 0 {
                Check::good(id, name, format!("{} connected", outlets.len()))
            } else {
                let seen = format!("{wrong} of {} not connected", outlets.len());
                let advice = "The page Admin → Outlets says what went wrong last, and has a test.";
                Check::new(Health::Warning, id, name, seen, advice)
            });
        }
        Err(Error::Machine(_)) => {
            let seen = "only the server that runs knows how they are";
            checks.push(Check::new(Health::Unknown, id, name, seen, "Look at the page Admin → Self-test."));
        }
        Err(why) => checks.push(Check::new(
            Health::Bad,
            id,
            name,
            format!("cannot be read: {why}"),
            "Look at the log.",
        )),
    }
    checks
}
