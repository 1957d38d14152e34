//! What all tests use: a service at work in a directory of its own, a clock that stands still, and what phones and viewers say and hear.

use domain::{Door, Friend, Role, Timestamp, Viewer, geofence::Policy, live::LiveMessage};
use futures::{Stream, StreamExt};
use geodesy::{Area, Circle, Point};
use owntracks::topic::Template;
use service::{DeviceAccount, Error, Inbound, Principal, Rebuilt, RegionDraft, Service, Settings, rebuild};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    cell::Cell,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Who may do everything.
pub(crate) const ROOT: Viewer = Viewer::Server { role: Role::Admin };
/// The password of everybody who signs in.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// When every test begins.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// The topics of the devices, where a test does not want others.
pub(crate) const TOPICS: &str = "owntracks/{user}/{device}";
pub(crate) const MINUTE_MS: i64 = 60_000;
/// Where Home is.
pub(crate) const LAT: f64 = 48.212_345;
pub(crate) const LON: f64 = 16.371_234;
/// Far from there.
pub(crate) const AWAY: f64 = 48.334_567;

thread_local! {
    /// What time it is in this test; each has a thread of its own.
    static CLOCK: Cell<Timestamp> = const { Cell::new(START) };
}

/// What time it is in this test.
pub(crate) fn now() -> Timestamp {
    CLOCK.get()
}

/// It is that time, until the test says otherwise.
pub(crate) fn set_clock(at: Timestamp) {
    CLOCK.set(at);
}

/// That many minutes after the start.
pub(crate) fn minute(minute: i64) -> Timestamp {
    START.plus_millis(minute * MINUTE_MS)
}

/// It is so many minutes after the start.
pub(crate) fn it_is(at: i64) {
    set_clock(minute(at));
}

/// Devices report on these topics, and the clock is that of the test.
pub(crate) fn settings(topics: &str) -> Settings {
    let templates = vec![Template::parse(topics).expect("is a template")];
    Settings { clock: now, templates, policy: Policy::default() }
}

/// A directory that is gone after the test.
pub(crate) fn directory() -> TempDir {
    TempDir::new().expect("a temporary directory can be made")
}

/// Starts a service on a database.
pub(crate) async fn start(
    path: &Path,
    settings: Settings,
) -> (Service, CancellationToken, JoinHandle<Result<(), Error>>) {
    let (writer, reader) = store::open(path).await.expect("the store opens");
    let (service, pipeline) = service::open(writer, reader, settings).await.expect("the service opens");
    let stop = CancellationToken::new();
    let done = tokio::spawn(pipeline.run(stop.clone()));
    (service, stop, done)
}

/// Ann and the admin cid can sign in, dan only carries a phone. Ann and dan have phones, and there is a region Home.
pub(crate) struct Family {
    pub(crate) ann: (Friend, Viewer, DeviceAccount),
    pub(crate) cid: (Friend, Viewer),
    pub(crate) dan: (Friend, DeviceAccount),
}

/// A service at work.
pub(crate) struct Work {
    pub(crate) directory: TempDir,
    pub(crate) service: Service,
    pub(crate) stop: CancellationToken,
    pub(crate) done: JoinHandle<Result<(), Error>>,
}

impl Work {
    pub(crate) async fn new() -> Self {
        Self::open(directory(), settings(TOPICS)).await
    }

    /// On the database of a directory, if there is one.
    pub(crate) async fn open(directory: TempDir, settings: Settings) -> Self {
        let (service, stop, done) = start(&directory.path().join("test.db"), settings).await;
        Self { directory, service, stop, done }
    }

    /// Stops; the database is left.
    pub(crate) async fn end(self) -> TempDir {
        self.stop.cancel();
        self.done.await.expect("the pipeline does not panic").expect("the store closes");
        self.directory
    }

    /// The same after a restart of the server.
    pub(crate) async fn again(self) -> Self {
        Self::open(self.end().await, settings(TOPICS)).await
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Everything once more, from a copy of the database as it is now; so many messages at once.
    pub(crate) async fn rebuilt(&self, settings: Settings, at_once: u32) -> Rebuilt {
        let (copy, fresh) = (self.path("copy.db"), self.path("fresh.db"));
        for left in [&copy, &fresh] {
            for end in ["", "-wal", "-shm"] {
                let _not_there = std::fs::remove_file(format!("{}{end}", left.display()));
            }
        }
        self.service.back_up(&ROOT, copy.clone()).await.expect("can be copied");
        rebuild(&copy, &fresh, settings, at_once).await.expect("can be rebuilt")
    }

    /// Some friends, in an empty database.
    pub(crate) async fn family(&self) -> Family {
        let (ann, cid) =
            (self.user(None, "ann", Role::Friend).await, self.user(None, "cid", Role::Admin).await);
        let (anns, dans) = (self.device(None, "ann", "phone").await, self.device(None, "dan", "phone").await);
        let dan = self.service.friend_named(&ROOT, "dan").expect("is there");
        let draft = circle("Home", (LAT, LON), 100.0);
        self.service.put_region(&cid.1, None, draft).await.expect("is drawn");
        Family { ann: (ann.0, ann.1, anns), cid, dan: (dan, dans) }
    }

    /// Everything once more gives what there is; of how many messages.
    pub(crate) async fn assert_rebuilds(&self) -> u64 {
        let rebuilt = self.rebuilt(settings(TOPICS), service::AT_ONCE).await;
        let told: Vec<_> = rebuilt.tables.iter().filter(|table| table.differences > 0).collect();
        assert!(told.is_empty(), "{told:?}");
        rebuilt.messages
    }

    /// Where in the files of the database something stands.
    pub(crate) fn found(&self, needle: &[u8]) -> Vec<&'static str> {
        let is_in = |end: &&str| {
            let bytes = std::fs::read(self.path(&format!("test.db{end}"))).unwrap_or_default();
            bytes.windows(needle.len()).any(|window| window == needle)
        };
        ["", "-wal"].into_iter().filter(is_in).collect()
    }

    /// The database as another process sees it.
    pub(crate) async fn aside(&self) -> SqliteConnection {
        aside(&self.path("test.db")).await
    }

    /// Somebody new who may sign in.
    pub(crate) async fn user(&self, group: Option<&str>, name: &str, role: Role) -> (Friend, Viewer) {
        let made = self.service.add_user_to(&ROOT, group, name, PASSWORD, role).await.expect("is new");
        let viewer = Viewer::member(made.id, made.group, role);
        (made, viewer)
    }

    /// A new device, signed in.
    pub(crate) async fn device(&self, group: Option<&str>, friend: &str, name: &str) -> DeviceAccount {
        let made = self.service.add_device_to(&ROOT, group, friend, name).await.expect("is new");
        let signed_in = self.service.sign_in_device(&made.username, &made.password, "here").await;
        signed_in.expect("the store answers").expect("its password is right")
    }
}

/// A database as another process sees it.
pub(crate) async fn aside(path: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.expect("the file opens")
}

/// What a device says on its own topic, over HTTP.
pub(crate) fn said(account: &DeviceAccount, payload: impl Into<Vec<u8>>, received_at: Timestamp) -> Inbound {
    Inbound {
        door: Door::Http,
        principal: Principal::Device(account.clone()),
        topic: account.topic.to_string(),
        payload: payload.into(),
        retained: false,
        qos: 1,
        received_at,
    }
}

/// What another broker passes on.
pub(crate) fn bridged(
    topic: impl Into<String>,
    payload: impl Into<Vec<u8>>,
    received_at: Timestamp,
) -> Inbound {
    Inbound {
        door: Door::Bridge,
        principal: Principal::Bridge,
        topic: topic.into(),
        payload: payload.into(),
        retained: false,
        qos: 1,
        received_at,
    }
}

/// A circle as an admin draws it.
pub(crate) fn circle(name: &str, (lat, lon): (f64, f64), radius_m: f64) -> RegionDraft {
    let centre = Point::new(lat, lon).expect("is a point");
    let area = Area::Circle(Circle::new(centre, radius_m).expect("is a circle"));
    RegionDraft { name: name.into(), area, details: None }
}

/// What a viewer is told next.
pub(crate) async fn next<S: Stream<Item = Result<LiveMessage, Error>> + Unpin>(live: &mut S) -> LiveMessage {
    let next = tokio::time::timeout(Duration::from_mins(1), live.next()).await;
    next.expect("something comes in time").expect("the line stays").expect("it is no error")
}
