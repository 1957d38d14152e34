//! What is older than it is kept goes: by class and friend, in steps, from the bytes of the files; and what holds still stays.

use crate::support::{AWAY, Family, LAT, LON, MINUTE_MS, ROOT, START, Work, bridged, it_is, minute, said};
use domain::{Friend, Keep, OwnRetention, Retention, RetentionClass, SensorId, Viewer};
use service::{DeviceAccount, Error, FixQuery, ObservationQuery, Receipt, SensorDraft, Service, ValueDraft};
use sqlx::Row;
use std::collections::BTreeMap;

/// In minutes.
const DAY: i64 = 24 * 60;

/// A family at work.
struct House {
    work: Work,
    service: Service,
    ann: (Friend, Viewer, DeviceAccount),
    cid: (Friend, Viewer),
    dan: (Friend, DeviceAccount),
}

impl House {
    async fn new() -> Self {
        it_is(0);
        let work = Work::new().await;
        let Family { ann, cid, dan } = work.family().await;
        Self { service: work.service.clone(), work, ann, cid, dan }
    }

    async fn again(self) -> Self {
        let work = self.work.again().await;
        Self { service: work.service.clone(), work, ..self }
    }

    /// A phone says at a minute where it was at another.
    async fn say(&self, account: &DeviceAccount, received: i64, taken: i64, lat: f64) -> Receipt {
        let tst = minute(taken).as_millis() / 1000;
        let payload = format!(r#"{{"_type":"location","lat":{lat},"lon":{LON},"acc":10,"tst":{tst}}}"#);
        self.service.submit(said(account, payload, minute(received))).await.expect("it is committed")
    }

    /// Both come home each morning at ten and leave at eleven, from one day to before another; in between they report now and then.
    async fn days(&self, from: i64, to: i64) {
        for day in from..to {
            for (at, lat) in [(9, AWAY), (10, LAT), (11, AWAY), (17, AWAY), (23, AWAY)] {
                for more in 0..3 {
                    let at = day * DAY + at * 60 + more;
                    it_is(at);
                    for account in [&self.ann.2, &self.dan.1] {
                        assert!(!self.say(account, at, at, lat).await.came_back);
                    }
                }
            }
        }
    }

    async fn add_sensor(&self, name: &str) -> SensorId {
        self.add_sensor_of(name, None).await
    }

    /// One that says of which time its values are.
    async fn add_sensor_with_time(&self, name: &str) -> SensorId {
        self.add_sensor_of(name, Some("/t".to_owned())).await
    }

    async fn add_sensor_of(&self, name: &str, time: Option<String>) -> SensorId {
        let value = ValueDraft { name: "x".into(), pointer: Some("/x".into()), ..ValueDraft::default() };
        let draft = SensorDraft {
            name: name.into(),
            topic: format!("house/{name}"),
            form: "json".into(),
            time,
            values: vec![value],
            public: false,
            group: None,
        };
        self.service.put_sensor(&self.cid.1, None, draft).await.expect("is new").id
    }

    async fn observe(&self, name: &str, at: i64) {
        it_is(at);
        self.observe_late(name, at, at).await;
    }

    /// A sensor says at a minute how it was at another.
    async fn observe_late(&self, name: &str, received: i64, taken: i64) {
        let payload = format!(r#"{{"x":{taken},"t":{}}}"#, minute(taken).as_millis() / 1000);
        let inbound = bridged(format!("house/{name}"), payload, minute(received));
        self.service.submit(inbound).await.expect("it is committed");
    }

    /// Which days of a sensor there are, newest first.
    async fn observed(&self, sensor: SensorId) -> Vec<i64> {
        let query = ObservationQuery { sensor, from: None, to: None, limit: 100, cursor: None };
        let found = self.service.observations(&self.cid.1, &query).await.expect("is theirs");
        found.items.iter().map(|one| one.at.millis_since(START) / (DAY * MINUTE_MS)).collect()
    }

    /// How many positions ann is told of.
    async fn told(&self) -> usize {
        let query = FixQuery { device: self.ann.2.device, from: None, to: None, limit: 10_000, cursor: None };
        self.service.fixes(&self.ann.1, &query).await.expect("is hers").items.len()
    }

    async fn keep(&self, retention: Retention) {
        self.service.set_retention(&ROOT, retention).await.expect("is an admin");
    }

    async fn sweep(&self) -> BTreeMap<RetentionClass, u64> {
        self.service.sweep(&[]).await.expect("the database writes").rows
    }

    async fn number(&self, sql: &str) -> i64 {
        let query = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()));
        query.fetch_one(&mut self.work.aside().await).await.expect("is a number").get(0)
    }

    /// On which day the oldest of a table is.
    async fn oldest(&self, table: &str, column: &str, whose: Option<&DeviceAccount>) -> i64 {
        let of = whose.map(|account| account.device.uuid().simple().to_string());
        let of = of.map(|id| format!("WHERE device_id = x'{id}'")).unwrap_or_default();
        let millis = self.number(&format!("SELECT ifnull(min({column}), 0) FROM {table} {of}")).await;
        (millis - START.as_millis()).div_euclid(DAY * MINUTE_MS)
    }
}

/// What sensors observed is kept for a day longer than positions.
fn days(raw: u16, fixes: u16, transitions: u16, audit: u16) -> Retention {
    let [raw, fixes, transitions, observations, audit] =
        [raw, fixes, transitions, fixes + 1, audit].map(Keep::Days);
    Retention { raw, fixes, transitions, observations, audit }
}

#[tokio::test]
async fn each_class_goes_after_its_own_time_and_leaves_no_byte_behind() {
    let house = House::new().await;
    let old = 1.0 + AWAY;
    it_is(5);
    house.say(&house.ann.2, 5, 5, old).await;
    house.add_sensor("air").await;
    for day in 0..12 {
        house.days(day, day + 1).await;
        house.observe("air", day * DAY + 1400).await;
    }
    it_is(12 * DAY);
    assert!(house.service.sweep(&[]).await.expect("it writes").rows.is_empty(), "nothing is so old");
    let words: [&[u8]; 2] = [format!("{old}").leak().as_bytes(), old.to_be_bytes().to_vec().leak()];
    for word in words {
        assert!(!house.work.found(word).is_empty());
    }
    let before = house.number("SELECT count(*) FROM transitions").await;
    house.keep(days(3, 5, 8, 4)).await;
    let gone = house.sweep().await;
    assert!(RetentionClass::ALL.iter().all(|class| gone.contains_key(class)), "{gone:?}");
    let oldest = [
        house.oldest("messages", "received_at", None).await,
        house.oldest("fixes", "at", None).await,
        house.oldest("checkpoints", "at", None).await,
        house.oldest("transitions", "at", None).await,
        house.oldest("crossings", "at", None).await,
    ];
    assert_eq!(oldest, [9, 7, 7, 4, 4]);
    assert_eq!(house.oldest("observations", "at", None).await, 6);
    assert!(house.number("SELECT count(*) FROM transitions").await < before);
    for word in words {
        assert_eq!(house.work.found(word), [""; 0], "{}", String::from_utf8_lossy(word));
    }
    assert_eq!(house.number("PRAGMA freelist_count").await, 0, "free pages are given back");
    assert_eq!(house.sweep().await, BTreeMap::new(), "it is done");
    assert!(house.work.assert_rebuilds().await > 0);

    // What comes late is as old as when it came; and what is older than the first evidence is judged by nobody.
    let told = house.told().await;
    let ways = house.number("SELECT count(*) FROM transitions").await;
    assert!(!house.say(&house.ann.2, 12 * DAY, 2 * DAY, LAT).await.came_back);
    assert_eq!(house.sweep().await, BTreeMap::new());
    assert_eq!(house.told().await, told + 1);
    assert_eq!(house.number("SELECT count(*) FROM transitions").await, ways);
    house.work.assert_rebuilds().await;
    // What is younger than the horizon is judged as ever, also late.
    let late = 11 * DAY + 20 * 60;
    for more in 0..4 {
        house.say(&house.ann.2, 12 * DAY + more, late + more, LAT).await;
    }
    assert!(house.number("SELECT count(*) FROM transitions").await > ways);
    house.days(12, 14).await;
    house.work.assert_rebuilds().await;
    let house = house.again().await;
    it_is(14 * DAY);
    assert!(!house.sweep().await.is_empty());
    house.work.assert_rebuilds().await;
    let swept = house.service.swept();
    assert!(swept.last == Some(minute(14 * DAY)) && swept.rows.len() > 2);
    assert_eq!(house.oldest("fixes", "at", Some(&house.ann.2)).await, 2, "it came two days ago");
    it_is(17 * DAY + 1);
    house.sweep().await;
    assert!(house.oldest("fixes", "at", Some(&house.ann.2)).await > 2);
    house.work.assert_rebuilds().await;
}

#[tokio::test]
async fn who_is_somewhere_for_longer_than_anything_is_kept_is_there_since_they_came() {
    let house = House::new().await;
    for (at, lat) in [(0, AWAY), (1, AWAY), (10, LAT), (11, LAT), (12, LAT)] {
        it_is(at);
        house.say(&house.ann.2, at, at, lat).await;
    }
    for day in 1..6 {
        for hour in [1, 7, 13, 19] {
            let at = day * DAY + hour * 60;
            it_is(at);
            house.say(&house.ann.2, at, at, LAT).await;
        }
    }
    let since = |house: &House| {
        let friends = house.service.snapshot(&house.ann.1).friends;
        let live = friends.into_iter().find(|live| live.friend.id == house.ann.0.id).expect("is there");
        live.stays.first().map(|stay| stay.since)
    };
    let came = since(&house).expect("she is at home");
    it_is(6 * DAY);
    house.keep(days(1, 1, 1, 1)).await;
    house.sweep().await;
    assert_eq!(since(&house), Some(came));
    assert_eq!(house.number("SELECT count(*) FROM transitions").await, 1, "that she came");
    house.work.assert_rebuilds().await;
    let house = house.again().await;
    assert_eq!(since(&house), Some(came));
    for at in 0..4 {
        let at = 6 * DAY + at;
        it_is(at);
        house.say(&house.ann.2, at, at, AWAY).await;
    }
    assert_eq!(since(&house), None);
    let stay = house.number("SELECT stay_ms FROM transitions WHERE kind = 'leave'").await;
    assert!(stay > 5 * DAY * MINUTE_MS, "{stay}");
    house.work.assert_rebuilds().await;
    // A phone that is silent for long leaves what is known of it, and nothing else.
    it_is(30 * DAY);
    house.sweep().await;
    for table in ["messages", "fixes", "transitions"] {
        assert_eq!(house.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    let friends = house.service.snapshot(&house.ann.1).friends;
    assert!(
        friends.iter().any(|live| live.devices.iter().any(|device| device.spot.is_some())),
        "where it was last"
    );
    house.work.assert_rebuilds().await;
    for at in 0..4 {
        let at = 31 * DAY + at;
        it_is(at);
        house.say(&house.ann.2, at, at, LAT).await;
    }
    assert!(since(&house).is_some());
    house.work.assert_rebuilds().await;
}

#[tokio::test]
async fn a_friend_keeps_less_of_their_own_and_of_nobody_elses() {
    let house = House::new().await;
    house.days(0, 8).await;
    it_is(8 * DAY);
    let own = |raw, fixes, transitions| OwnRetention { raw, fixes, transitions };
    let set = async |by: &Viewer, friend, own| house.service.set_own_retention(by, friend, own).await;
    let (ann, dan) = (house.ann.0.id, house.dan.0.id);
    assert!(matches!(set(&house.cid.1, ann, own(Some(1), None, None)).await, Err(Error::Forbidden)));
    assert!(matches!(set(&house.ann.1, dan, own(Some(1), None, None)).await, Err(Error::Forbidden)));
    for (wrong, field) in [
        (own(Some(91), None, None), "raw"),
        (own(None, Some(0), None), "fixes"),
        (own(None, None, Some(1827)), "transitions"),
    ] {
        match set(&house.ann.1, ann, wrong).await {
            Err(Error::Invalid { field: refused, .. }) => assert_eq!(refused, field),
            other => unreachable!("it must be refused, not {other:?}"),
        }
    }
    set(&house.ann.1, ann, own(None, Some(2), None)).await.expect("is hers");
    house.sweep().await;
    let (anns, dans) = (Some(&house.ann.2), Some(&house.dan.1));
    assert_eq!(house.oldest("fixes", "at", anns).await, 6);
    assert_eq!(house.oldest("messages", "received_at", anns).await, 6, "they tell of her positions");
    assert_eq!(house.oldest("transitions", "at", anns).await, 0);
    assert_eq!(
        [house.oldest("fixes", "at", dans).await, house.oldest("messages", "received_at", dans).await],
        [0, 0]
    );
    house.work.assert_rebuilds().await;
    // For who cannot sign in an admin says it, and it is written down.
    set(&house.cid.1, dan, own(Some(3), None, Some(4))).await.expect("an admin may");
    house.sweep().await;
    assert_eq!(house.oldest("messages", "received_at", dans).await, 5);
    assert_eq!(house.oldest("transitions", "at", dans).await, 4);
    assert_eq!(house.oldest("fixes", "at", dans).await, 0);
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE act = 'retention-set'").await, 1);
    house.work.assert_rebuilds().await;
    // Another day goes by.
    house.days(8, 9).await;
    it_is(9 * DAY);
    let house = house.again().await;
    house.sweep().await;
    assert_eq!(house.oldest("messages", "received_at", Some(&house.ann.2)).await, 7);
    assert_eq!(house.oldest("messages", "received_at", Some(&house.dan.1)).await, 6);
    house.work.assert_rebuilds().await;
    // The server may come to keep less than that.
    house.keep(days(1, 1, 1, 1)).await;
    house.sweep().await;
    assert_eq!(house.oldest("fixes", "at", Some(&house.dan.1)).await, 8);
    house.work.assert_rebuilds().await;
}

#[tokio::test]
async fn what_a_phone_with_a_wrong_clock_says_is_as_old_as_when_it_came() {
    let house = House::new().await;
    let said = async |day: i64, tst: i64| {
        it_is(day * DAY);
        let payload = format!(r#"{{"_type":"location","lat":48.5,"lon":{LON},"acc":10,"tst":{tst}}}"#);
        let inbound = said(&house.ann.2, payload, minute(day * DAY));
        house.service.submit(inbound).await.expect("it is committed");
    };
    said(0, 1000).await;
    said(8, 2000).await;
    it_is(10 * DAY);
    house.keep(days(9, 5, 9, 9)).await;
    assert_eq!(house.told().await, 2);
    house.sweep().await;
    let stored = house.number("SELECT count(*) FROM fixes").await;
    assert_eq!(
        (stored, house.told().await),
        (1, 1),
        "what came five days ago is gone, what came two days ago is not"
    );
    house.work.assert_rebuilds().await;
}

#[tokio::test]
async fn what_sensors_observed_goes_and_the_last_of_each_stays() {
    let house = House::new().await;
    let (air, door) = (house.add_sensor("air").await, house.add_sensor("door").await);
    house.observe("door", 5).await;
    for day in 0..10 {
        house.observe("air", day * DAY + 600).await;
    }
    it_is(10 * DAY);
    house.keep(Retention { observations: Keep::Days(3), ..Retention::EVERYTHING }).await;
    assert_eq!(house.sweep().await, BTreeMap::from([(RetentionClass::Observations, 7)]));
    assert_eq!((house.observed(air).await, house.observed(door).await), (vec![9, 8, 7], vec![0]));
    // The messages are still there, and a rebuild does not bring back what is gone.
    house.work.assert_rebuilds().await;
    let house = house.again().await;
    it_is(20 * DAY);
    assert_eq!(house.sweep().await, BTreeMap::from([(RetentionClass::Observations, 2)]));
    assert_eq!((house.observed(air).await, house.observed(door).await), (vec![9], vec![0]));
    house.observe("door", 20 * DAY).await;
    assert_eq!(house.sweep().await, BTreeMap::from([(RetentionClass::Observations, 1)]));
    assert_eq!(house.observed(door).await, [20]);
    house.work.assert_rebuilds().await;
    let storage = house.service.storage(&ROOT).await.expect("is an admin");
    let held = storage.classes.iter().find(|held| held.class == RetentionClass::Observations);
    assert_eq!(held.map(|held| held.rows), Some(2));
}

#[tokio::test]
async fn what_comes_of_a_time_in_which_a_phone_was_silent_is_as_old_as_when_it_came() {
    let house = House::new().await;
    house.days(0, 2).await;
    it_is(12 * DAY);
    let own = OwnRetention { fixes: Some(5), ..OwnRetention::default() };
    house.service.set_own_retention(&house.ann.1, house.ann.0.id, own).await.expect("is hers");
    house.sweep().await;
    let ways = "SELECT count(*) FROM transitions WHERE kind = 'leave'";
    let before = (house.number(ways).await, house.told().await);
    // The phone was away for ten days, and says all at once where it was.
    for day in 2..12 {
        for (hour, lat) in [(10, LAT), (11, AWAY)] {
            for more in 0..4 {
                assert!(
                    !house.say(&house.ann.2, 12 * DAY, day * DAY + hour * 60 + more, lat).await.came_back
                );
            }
        }
    }
    for _ in 0..2 {
        assert_eq!((house.number(ways).await, house.told().await), (before.0 + 10, before.1 + 10 * 8));
        house.sweep().await;
    }
    house.work.assert_rebuilds().await;
    it_is(17 * DAY + 1);
    house.sweep().await;
    assert_eq!((house.number(ways).await, house.told().await), (before.0 + 10, 0));
    house.work.assert_rebuilds().await;
}

/// Many messages of long ago, as another process would have written them.
async fn fill(house: &House, messages: i64) {
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO messages (received_at, door, device_id, topic, retained, payload, verdict, trouble)
        SELECT ?2 + i * 1000, 'broker', ?3, 'owntracks/ann/phone', 0, zeroblob(200), 'kept: unknown', 0 FROM n";
    let query = sqlx::query(sql).bind(messages).bind(START.as_millis() - 200 * DAY * MINUTE_MS);
    query.bind(house.ann.2.device.uuid()).execute(&mut house.work.aside().await).await.expect("is written");
}

#[tokio::test]
async fn whoever_is_stopped_in_the_middle_goes_on_and_reports_are_taken_in_between() {
    const OLD: i64 = 100_000;
    let house = House::new().await;
    fill(&house, OLD).await;
    let mut aside = house.work.aside().await;
    let mut left = async || {
        let query = sqlx::query("SELECT count(*) FROM messages");
        query.fetch_one(&mut aside).await.expect("is a number").get::<i64, _>(0)
    };
    let sweeping = tokio::spawn({
        let service = house.service.clone();
        async move { service.sweep(&[]).await }
    });
    while left().await == OLD {
        tokio::task::yield_now().await;
    }
    assert!(!house.say(&house.ann.2, 1, 1, LAT).await.came_back, "it is taken in between");
    sweeping.abort();
    let house = house.again().await;
    let rest = left().await;
    assert!(rest > 1 && rest < OLD + 1, "it was stopped in the middle: {rest}");
    let line = house.number("SELECT line FROM retention").await;
    assert_eq!(house.number("SELECT min(id) FROM messages").await, line + 1);
    house.sweep().await;
    assert_eq!(left().await, 1);
    house.work.assert_rebuilds().await;
}

#[tokio::test]
async fn a_message_stays_until_every_archive_has_it() {
    let house = House::new().await;
    fill(&house, 10).await;
    let archives = ["files /somewhere".to_owned(), "table".to_owned()];
    let sweep = async || {
        house.service.sweep(&archives).await.expect("it writes").rows.get(&RetentionClass::Raw).copied()
    };
    assert_eq!(sweep().await, None, "neither has any");
    house.service.archived(&archives[0], 10).await.expect("is noted");
    assert_eq!(sweep().await, None, "one of them has none");
    house.service.archived(&archives[1], 4).await.expect("is noted");
    assert_eq!(sweep().await, Some(4));
    assert_eq!(
        house.sweep().await.get(&RetentionClass::Raw),
        Some(&6),
        "who archives nothing waits for nobody"
    );
}

#[tokio::test]
async fn nothing_goes_of_an_old_database_until_its_time_or_an_admins_word() {
    let house = House::new().await;
    fill(&house, 10).await;
    let begin = minute(30 * DAY);
    let grace = sqlx::query("UPDATE retention SET begins_at = ?1").bind(begin.as_millis());
    grace.execute(&mut house.work.aside().await).await.expect("is written");
    let house = house.again().await;
    assert_eq!(house.sweep().await, BTreeMap::new());
    let storage = house.service.storage(&ROOT).await.expect("is an admin");
    assert_eq!((storage.begins_at, storage.waiting[0]), (Some(begin), (RetentionClass::Raw, 10)));
    assert!(matches!(house.service.storage(&house.ann.1).await, Err(Error::Forbidden)));
    assert!(matches!(
        house.service.set_retention(&house.ann.1, Retention::default()).await,
        Err(Error::Forbidden)
    ));
    // What a friend chose is no surprise to them.
    let own = OwnRetention { raw: Some(50), ..OwnRetention::default() };
    house.service.set_own_retention(&house.ann.1, house.ann.0.id, own).await.expect("is hers");
    assert_eq!(house.sweep().await, BTreeMap::from([(RetentionClass::Raw, 10)]));
    fill(&house, 5).await;
    let none = OwnRetention::default();
    house.service.set_own_retention(&house.ann.1, house.ann.0.id, none).await.expect("is hers");
    assert_eq!(house.sweep().await, BTreeMap::new());
    // The same as before is a word, too.
    house.keep(Retention::default()).await;
    assert_eq!(house.service.retention(&ROOT).expect("is an admin"), (Retention::default(), None));
    assert_eq!(house.sweep().await, BTreeMap::from([(RetentionClass::Raw, 5)]));
    let told =
        house.number("SELECT count(*) FROM audit WHERE act = 'retention-set' AND note = 'begins now'").await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn how_much_there_is_is_told_by_class_and_friend_with_what_it_will_be() {
    let house = House::new().await;
    house.days(0, 5).await;
    house.add_sensor("air").await;
    house.observe("air", 5 * DAY - 1).await;
    it_is(5 * DAY);
    let storage = house.service.storage(&house.cid.1).await.expect("is an admin of the server");
    let rows: Vec<_> = storage.classes.iter().map(|held| held.rows).collect();
    assert_eq!(rows[..2], [151, 150], "three times five messages a day of two phones, and one of a sensor");
    assert!(rows[2] >= 10 && rows[3] == 1 && rows[4] > 0, "{rows:?}");
    assert!(storage.classes.iter().all(|held| held.bytes >= 4096 && held.oldest.is_some()));
    let names: Vec<_> =
        storage.friends.iter().map(|(_, name, rows, _)| (name.as_str(), *rows > 150)).collect();
    assert!(names.contains(&("ann", true)) && names.contains(&("dan", true)), "{names:?}");
    let filled: u64 = storage.classes.iter().map(|held| held.bytes).sum();
    assert!(filled < storage.file && storage.forecast.in_a_year > storage.file, "{storage:?}");
    let level = storage.forecast.levels_off.expect("nothing is kept for ever");
    assert!(level > storage.forecast.in_a_year, "positions are kept for two years");
    house.keep(Retention { fixes: Keep::Forever, ..Retention::default() }).await;
    let storage = house.service.storage(&ROOT).await.expect("is looked at anew");
    assert_eq!(storage.forecast.levels_off, None);
    assert!(storage.beyond.iter().any(|place| place.contains("Backups")));
}

#[tokio::test]
async fn what_an_old_database_tells_will_go_is_what_goes() {
    let house = House::new().await;
    house.days(0, 3).await;
    house.add_sensor("air").await;
    for day in 0..3 {
        house.observe("air", day * DAY + 1400).await;
    }
    let late = house.add_sensor_with_time("garden").await;
    let begin = minute(12 * DAY);
    // The phone and the sensor were away, and tell at last how it was then: that is as old as when it came.
    it_is(11 * DAY);
    for day in 0..3 {
        house.say(&house.ann.2, 11 * DAY, day * DAY + 700, AWAY).await;
        house.observe_late("garden", 11 * DAY, day * DAY).await;
    }
    let grace = sqlx::query(
        "UPDATE retention SET raw = 5, fixes = 5, transitions = 5, observations = 5, begins_at = ?1",
    );
    grace.bind(begin.as_millis()).execute(&mut house.work.aside().await).await.expect("is written");
    let house = house.again().await;
    let told = house.service.storage(&ROOT).await.expect("is an admin").waiting;
    it_is(12 * DAY);
    let fixes = "SELECT count(*) FROM fixes";
    let before = house.number(fixes).await;
    let mut gone = house.sweep().await;
    // With positions go the checkpoints of the judgement, which nobody wants to be told of.
    let positions = (before - house.number(fixes).await).unsigned_abs();
    assert!(gone.insert(RetentionClass::Fixes, positions) > Some(positions), "{gone:?}");
    assert!(positions > 0 && gone[&RetentionClass::Observations] > 0, "{gone:?}");
    let told: BTreeMap<_, _> = told.into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert_eq!(told, gone);
    assert_eq!(house.observed(late).await, [2, 1, 0], "they came yesterday");
    it_is(17 * DAY);
    house.sweep().await;
    assert_eq!(house.observed(late).await, [2], "the last of each stays");
    house.work.assert_rebuilds().await;
}
