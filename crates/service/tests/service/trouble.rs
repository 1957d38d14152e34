//! A database that does not do what it is told: it refuses a row, or does not write for a while. Real files, broken in real ways.

use crate::support::{ROOT, START as NOW, Work, said};
use futures::future::join_all;
use service::{DeviceAccount, Error, Inbound, Receipt, Service};
use sqlx::{AssertSqlSafe, Row};
use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    time::Duration,
};
use tokio::{task::JoinHandle, time::timeout};

/// How long anything may take before a test gives up.
const DEADLINE: Duration = Duration::from_secs(30);
/// Less than anybody has to wait for a database that writes again.
const SHORT: Duration = Duration::from_millis(200);
/// Where nobody may be.
const REFUSED: f64 = 66.5;

/// A service at work, with one device.
struct House {
    work: Work,
    service: Service,
    ann: DeviceAccount,
}

impl House {
    async fn new() -> Self {
        let work = Work::new().await;
        let ann = work.device(None, "ann", "phone").await;
        Self { service: work.service.clone(), work, ann }
    }

    async fn execute(&self, sql: &str) {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.work.aside().await).await;
        done.expect("another process may write");
    }

    async fn count(&self, sql: &str) -> i64 {
        sqlx::query(AssertSqlSafe(sql))
            .fetch_one(&mut self.work.aside().await)
            .await
            .expect("is counted")
            .get(0)
    }

    fn message(&self, second: i64, lat: f64) -> Inbound {
        let tst = NOW.as_millis() / 1000 - 1000 + second;
        let payload = format!(r#"{{"_type":"location","lat":{lat},"lon":16.37,"acc":10,"tst":{tst}}}"#);
        said(&self.ann, payload, NOW)
    }

    /// Fifty messages that wait together, one of them from where nobody may be.
    async fn fifty(&self) -> Vec<Result<Receipt, Error>> {
        let lat = |second| if second == 17 { REFUSED } else { 48.2 };
        join_all((0..50).map(|second| self.service.submit(self.message(second, lat(second))))).await
    }

    /// Hands a message in that waits for its commit.
    fn waits(&self, second: i64) -> JoinHandle<Result<Receipt, Error>> {
        let (service, inbound) = (self.service.clone(), self.message(second, 48.2));
        tokio::spawn(async move { service.submit(inbound).await })
    }

    /// Makes the database read-only, or writable again: by the file format, one with a write version above 2 must not be written.
    async fn may_write(&self, allowed: bool) {
        let mut aside = self.work.aside().await;
        if !allowed {
            for sql in ["PRAGMA wal_checkpoint(TRUNCATE)", "SELECT count(*) FROM groups"] {
                sqlx::raw_sql(sql).execute(&mut aside).await.expect("another process may write");
            }
        }
        let mut file = File::options().write(true).open(self.work.path("test.db")).expect("the file opens");
        file.seek(SeekFrom::Start(18)).expect("has a header");
        file.write_all(&[if allowed { 2 } else { 3 }]).expect("is written");
        if !allowed {
            // This connection has seen the header before; what it writes has the others look again.
            sqlx::raw_sql("UPDATE groups SET seq = seq").execute(&mut aside).await.expect("may still write");
        }
    }

    /// Waits until the service has noticed that the database does not write.
    async fn in_trouble(&self) {
        let noticed = async {
            while self.service.writes() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(DEADLINE, noticed).await.expect("the service notices");
    }
}

#[tokio::test]
async fn a_row_that_is_refused_does_not_fail_its_neighbours() {
    let house = House::new().await;
    let refuse = format!(
        "CREATE TRIGGER refuse BEFORE INSERT ON fixes WHEN NEW.lat = {REFUSED} BEGIN SELECT RAISE(ABORT, 'refused'); END"
    );
    house.execute(&refuse).await;
    let verdicts: Vec<String> = house
        .fifty()
        .await
        .into_iter()
        .map(|done| done.expect("every message is committed").verdict)
        .collect();
    let other: Vec<_> = verdicts.iter().enumerate().filter(|(_, verdict)| *verdict != "location").collect();
    assert_eq!(other.len(), 1, "{other:?}");
    assert!(other[0].0 == 17 && other[0].1.starts_with("kept: "), "{other:?}");
    assert_eq!(house.count("SELECT count(*) FROM fixes").await, 49);
    assert_eq!(house.count("SELECT count(*) FROM messages").await, 50);
    assert_eq!(house.count("SELECT count(*) FROM messages WHERE trouble = 1").await, 1);
    let shown = house.service.snapshot(&ROOT).friends[0].devices[0].spot.clone().expect("she is shown");
    assert_eq!(shown.at.as_millis(), NOW.as_millis() - 951_000, "the last of them is shown");
    assert!(house.service.writes(), "the disk is well");
}

#[tokio::test]
async fn a_message_that_cannot_even_be_logged_is_the_only_one_that_is_not_acknowledged() {
    let house = House::new().await;
    let refuse = format!(
        "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN instr(NEW.payload, CAST('{REFUSED}' AS BLOB)) > 0
         BEGIN SELECT RAISE(ABORT, 'refused'); END"
    );
    house.execute(&refuse).await;
    let results = house.fifty().await;
    let failed: Vec<_> =
        (0..).zip(&results).filter(|(_, result)| result.is_err()).map(|(at, _)| at).collect();
    assert_eq!(failed, [17]);
    assert_eq!(house.count("SELECT count(*) FROM messages").await, 49);
    assert_eq!(house.count("SELECT count(*) FROM fixes").await, 49);
}

#[tokio::test]
async fn a_device_that_another_process_removes_fails_nobody_else() {
    let house = House::new().await;
    house.service.add_device(&ROOT, "ben", "phone").await.expect("it is new");
    // The board still shows her: nobody has looked since.
    house.execute("DELETE FROM devices WHERE friend_id = (SELECT id FROM friends WHERE name = 'ann')").await;
    let results = house.fifty().await;
    for result in results {
        let verdict = result.expect("every message is committed").verdict;
        assert!(verdict.starts_with("refused: "), "{verdict}");
    }
    assert_eq!(house.count("SELECT count(*) FROM messages WHERE trouble = 1").await, 50);
}

#[tokio::test]
async fn while_the_database_is_read_only_everything_waits_and_then_goes_on_by_itself() {
    let house = House::new().await;
    house.service.submit(house.message(0, 48.2)).await.expect("it is committed");
    house.may_write(false).await;
    let waiting: Vec<_> = (1..20).map(|second| house.waits(second)).collect();
    house.in_trouble().await;
    let asked = timeout(DEADLINE, house.service.ready()).await.expect("is answered");
    assert!(asked.is_err(), "it is not ready");
    let asked = timeout(DEADLINE, house.service.add_device(&ROOT, "ben", "phone")).await;
    assert!(matches!(asked, Ok(Err(Error::NotWriting))), "{asked:?}");
    let given_up = house.service.submit_within(SHORT, house.message(30, 48.2)).await;
    assert!(matches!(given_up, Err(Error::NotWriting)), "{given_up:?}");
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()), "nobody is told anything");
    assert_eq!(house.count("SELECT count(*) FROM messages").await, 1);

    house.may_write(true).await;
    for waiting in waiting {
        let done = timeout(DEADLINE, waiting).await.expect("it goes on").expect("the task ends");
        assert_eq!(done.expect("it is committed").verdict, "location");
    }
    house.service.ready().await.expect("it is ready");
    assert_eq!(house.count("SELECT count(*) FROM messages").await, 20, "who gave up has taken it back");
    house.service.add_device(&ROOT, "ben", "phone").await.expect("people can be added again");
    assert_eq!(house.count("SELECT count(*) FROM devices").await, 2, "and nothing happened belatedly");
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_database_that_does_not_write() {
    let house = House::new().await;
    house.may_write(false).await;
    let waiting: Vec<_> = (0..20).map(|second| house.waits(second)).collect();
    house.in_trouble().await;
    house.service.leave();
    for waiting in waiting {
        let done = timeout(DEADLINE, waiting).await.expect("it ends").expect("the task ends");
        assert!(matches!(done, Err(Error::Stopping)), "{done:?}");
    }
    house.work.stop.cancel();
    let ended = timeout(DEADLINE, house.work.done).await.expect("the pipeline ends");
    ended.expect("it does not panic").expect("the store closes");
}

#[tokio::test]
async fn no_more_than_so_many_bytes_wait() {
    let house = House::new().await;
    house.may_write(false).await;
    let big = |second| {
        let mut inbound = house.message(second, 48.2);
        inbound.payload.resize(1 << 20, b' ');
        inbound
    };
    let waiting: Vec<_> = (0..70)
        .map(|second| {
            let (service, inbound) = (house.service.clone(), big(second));
            tokio::spawn(async move { service.submit(inbound).await })
        })
        .collect();
    house.in_trouble().await;
    let bytes = house.service.stats().waiting_bytes;
    assert!((60 << 20..=64 << 20).contains(&bytes), "{bytes} bytes wait");
    // Whoever gives up makes room: the others are as many, and as large, as fit.
    for waiting in &waiting[..40] {
        waiting.abort();
    }
    house.may_write(true).await;
    for waiting in waiting.into_iter().skip(40) {
        let done = timeout(DEADLINE, waiting).await.expect("it goes on").expect("the task ends");
        done.expect("it is committed");
    }
    assert_eq!(house.count("SELECT count(*) FROM messages").await, 30);
    assert_eq!(house.service.stats().waiting_bytes, 0);
}
