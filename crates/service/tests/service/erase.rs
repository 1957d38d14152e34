//! What a friend has deleted is gone: from the tables, from the bytes of the files, for those who look, and for what comes again.

use crate::support::{
    AWAY, Family, LAT, LON, MINUTE_MS, TOPICS, Work, circle, directory, it_is, minute, settings,
};
use domain::{
    Audience, Details, Door, Erased, Friend, FriendId, Holding, Level, Span, Viewer, live::LiveMessage,
};
use futures::StreamExt;
use service::{
    DeviceAccount, Erasing, Error, FixQuery, Inbound, Principal, Receipt, RegionDraft, Service,
    TransitionQuery,
};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::pin::pin;
use tempfile::TempDir;

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
        Self::at(directory()).await
    }

    async fn at(directory: TempDir) -> Self {
        let work = Work::open(directory, settings(TOPICS)).await;
        let Family { ann, cid, dan } = work.family().await;
        Self { service: work.service.clone(), work, ann, cid, dan }
    }

    async fn again(self) -> Self {
        let work = self.work.again().await;
        Self { service: work.service.clone(), work, ..self }
    }

    async fn say(&self, account: &DeviceAccount, below: &str, payload: String, at: i64) -> Receipt {
        let inbound = Inbound {
            door: Door::Broker,
            principal: Principal::Device(account.clone()),
            topic: format!("{}{below}", account.topic),
            payload: payload.into_bytes(),
            retained: true,
            qos: 1,
            received_at: minute(at),
        };
        self.service.submit(inbound).await.expect("it is committed")
    }

    /// Ann's phone says at a minute where it was at another.
    async fn report(&self, received: i64, taken: i64, lat: f64) -> Receipt {
        self.say(&self.ann.2, "", location(taken, lat), received).await
    }

    async fn erase(&self, what: Erasing) -> Erased {
        self.service.erase(&self.ann.1, self.ann.0.id, what).await.expect("is hers")
    }

    async fn minutes(&self) -> Vec<i64> {
        let query = FixQuery { device: self.ann.2.device, from: None, to: None, limit: 1000, cursor: None };
        let fixes = self.service.fixes(&self.ann.1, &query).await.expect("the device is known");
        fixes.items.iter().map(|fix| fix.at.millis_since(minute(0)) / MINUTE_MS).collect()
    }

    async fn ways(&self) -> Vec<(&'static str, i64)> {
        let all = TransitionQuery { limit: 1000, ..TransitionQuery::default() };
        let found = self.service.transitions(&self.ann.1, &all).await.expect("the store answers");
        let way = |way: &domain::Transition| {
            let kind = if way.kind == domain::Kind::Enter { "enter" } else { "leave" };
            (kind, way.at.millis_since(minute(0)) / MINUTE_MS)
        };
        found.items.iter().map(way).collect()
    }

    /// Where ann's marker is.
    fn lat(&self) -> Option<f64> {
        let friends = self.service.snapshot(&self.ann.1).friends;
        let live = friends.into_iter().find(|live| live.friend.id == self.ann.0.id).expect("is there");
        live.devices.into_iter().find_map(|device| device.spot).map(|spot| spot.point.lat())
    }

    async fn count(&self, table: &str) -> i64 {
        let mut aside = self.work.aside().await;
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        sqlx::query(count).fetch_one(&mut aside).await.expect("the table is there").get(0)
    }
}

fn location(taken: i64, lat: f64) -> String {
    let tst = minute(taken).as_millis() / 1000;
    format!(r#"{{"_type":"location","lat":{lat},"lon":{LON},"acc":10,"tst":{tst}}}"#)
}

fn crossing(taken: i64, event: &str, place: &str) -> String {
    let tst = minute(taken).as_millis() / 1000;
    format!(
        r#"{{"_type":"transition","event":"{event}","desc":"{place}","tst":{tst},"wtst":5,"lat":{LAT},"lon":{LON},"acc":10}}"#
    )
}

fn count_of(counts: &[(Holding, u64)], what: Holding) -> u64 {
    counts.iter().find(|(kind, _)| *kind == what).map_or(0, |(_, count)| *count)
}

fn time(from: i64, to: i64) -> Erasing {
    Erasing::Time(Span { from: minute(from), to: minute(to) })
}

#[tokio::test]
async fn who_deletes_everything_leaves_no_byte_behind() {
    let house = House::new().await;
    for (at, lat) in [(0, AWAY), (1, LAT), (2, LAT), (3, LAT), (4, AWAY), (5, AWAY)] {
        it_is(at);
        house.report(at, at, lat).await;
    }
    house.say(&house.ann.2, "/event", crossing(5, "enter", "Secret lair"), 5).await;
    house.say(&house.ann.2, "/info", r#"{"_type":"card","name":"Annabella"}"#.into(), 5).await;
    let waypoint = r#"{"_type":"waypoint","desc":"Treehouse","lat":48.1,"lon":16.1,"rad":50,"tst":7}"#;
    house.say(&house.ann.2, "/waypoint", waypoint.into(), 5).await;
    house.say(&house.dan.1, "", location(5, 48.5), 5).await;
    assert!(!house.ways().await.is_empty());
    let mut live = pin!(house.service.live(house.cid.1.clone(), None));
    assert!(matches!(live.next().await, Some(Ok(LiveMessage::Snapshot(_)))));
    // Of these some are in the file and some in the log.
    let words: [&[u8]; 5] = [&AWAY.to_be_bytes(), b"48.334567", b"Secret lair", b"Annabella", b"Treehouse"];
    for word in words {
        assert!(!house.work.found(word).is_empty());
    }
    it_is(6);
    let Erased { removed, scrubbed, beyond, .. } = house.erase(Erasing::Everything).await;
    let of = |what| count_of(&removed, what);
    let counts =
        [Holding::Messages, Holding::Positions, Holding::Claims, Holding::Places, Holding::Card].map(of);
    assert_eq!(counts, [9, 6, 1, 1, 1]);
    assert_eq!(of(Holding::Retained), 4);
    assert!(of(Holding::History) > 2 && of(Holding::Judgements) > 2, "{removed:?}");
    assert!(beyond.iter().any(|place| place.contains("Backups")));
    assert!(scrubbed, "nobody reads");
    for word in words {
        assert_eq!(house.work.found(word), [""; 0], "{}", String::from_utf8_lossy(word));
    }
    for table in ["claims", "transitions", "superseded", "crossings", "waypoints", "cards", "forgetting"] {
        assert_eq!(house.count(table).await, 0, "{table}");
    }
    let snapshot = loop {
        if let Some(Ok(LiveMessage::Snapshot(snapshot))) = live.next().await {
            break snapshot;
        }
    };
    let seen = snapshot.friends.iter().find(|live| live.friend.id == house.ann.0.id).expect("is there");
    assert!(seen.card.is_none() && seen.devices.iter().all(|device| device.spot.is_none()));
    assert_eq!(house.count("messages").await, 1, "dan's is not hers to delete");
    house.work.assert_rebuilds().await;

    // The phone sends again what it believes unsent, and goes on.
    let again = house.report(7, 2, LAT).await;
    assert!(again.came_back && again.verdict.starts_with("forgotten"), "{}", again.verdict);
    assert!(house.say(&house.ann.2, "/event", crossing(5, "leave", "Secret lair"), 7).await.came_back);
    assert_eq!((house.lat(), house.minutes().await), (None, vec![]));
    assert_eq!((house.service.stats().forgotten, house.count("retained").await), (2, 1));
    let house = house.again().await;
    it_is(8);
    house.report(8, 3, LAT).await;
    for (at, lat) in [(8, LAT), (9, LAT), (10, LAT), (11, AWAY), (12, AWAY)] {
        it_is(at);
        assert!(!house.report(at, at, lat).await.came_back);
    }
    assert_eq!((house.lat(), house.minutes().await), (Some(AWAY), vec![12, 11, 10, 9, 8]));
    assert_eq!(house.ways().await.first().map(|way| way.0), Some("leave"), "what is new is judged");
    assert!(house.work.found(b"48.212345,\"lon\":16.371234,\"acc\":10,\"tst\":1700000120").is_empty());
    house.work.assert_rebuilds().await;
}

#[tokio::test]
async fn of_a_deleted_time_nothing_stays_and_of_other_times_everything() {
    let house = House::new().await;
    // At home, away, at home, away; what was taken at 21 comes at 40.
    for at in [0, 1, 2, 3, 10, 11, 12, 13, 20, 22, 23, 24, 30, 31, 32, 33] {
        it_is(at);
        house.report(at, at, if (at / 10) % 2 == 0 { LAT } else { AWAY }).await;
    }
    it_is(40);
    house.report(40, 21, LAT + 0.000_1).await;
    house.report(40, 40, AWAY).await;
    let before = house.ways().await;
    assert_eq!(before.iter().map(|way| way.0).collect::<Vec<_>>(), ["leave", "enter", "leave"]);
    it_is(41);
    let Erased { removed, .. } = house.erase(time(19, 25)).await;
    let of = |what| count_of(&removed, what);
    assert_eq!(
        (of(Holding::Messages), of(Holding::Positions)),
        (5, 5),
        "what came later and tells of it, too"
    );
    assert_eq!(house.minutes().await, [40, 33, 32, 31, 30, 13, 12, 11, 10, 3, 2, 1, 0]);
    assert!(house.ways().await.iter().all(|(_, at)| !(19..25).contains(at)), "{:?}", house.ways().await);
    assert_eq!(house.lat(), Some(AWAY));
    assert_eq!(house.count("messages").await, 13);
    house.work.assert_rebuilds().await;

    // What comes again of it is not kept; what comes late and is older is kept, and changes nothing.
    assert!(house.report(42, 22, LAT).await.came_back);
    let ways = house.ways().await;
    it_is(42);
    assert!(!house.report(42, 5, AWAY).await.came_back);
    assert!(house.minutes().await.contains(&5));
    assert_eq!(house.ways().await, ways, "nothing is judged against a past with a hole");
    let both = format!("[{},{}]", location(23, LAT), location(53, AWAY));
    it_is(53);
    house.say(&house.ann.2, "", both, 53).await;
    for at in [64, 65, 66] {
        it_is(at);
        house.report(at, at, LAT).await;
    }
    assert!(house.minutes().await.contains(&53) && !house.minutes().await.contains(&23));
    assert_eq!(house.ways().await.first().map(|way| way.0), Some("enter"), "who comes home is seen to");
    house.work.assert_rebuilds().await;
}

#[tokio::test]
async fn whoever_deletes_the_last_hour_is_where_they_were_before() {
    let house = House::new().await;
    for (at, lat) in [(0, AWAY), (1, AWAY), (70, LAT), (71, LAT), (72, LAT)] {
        it_is(at);
        house.report(at, at, lat).await;
    }
    it_is(73);
    house.erase(time(60, 200)).await;
    assert_eq!((house.lat(), house.minutes().await), (Some(AWAY), vec![1, 0]));
    assert_eq!(house.count("retained").await, 0);
    let stays = house.service.snapshot(&house.ann.1).friends.into_iter().flat_map(|live| live.stays);
    assert_eq!(stays.count(), 0);
    // The time that was still to come is not deleted.
    for at in [74, 75, 76] {
        it_is(at);
        house.report(at, at, AWAY).await;
    }
    assert_eq!(house.minutes().await, [76, 75, 74, 1, 0]);
    let house = house.again().await;
    assert_eq!(house.lat(), Some(AWAY));
    house.work.assert_rebuilds().await;
}

#[tokio::test]
async fn nobody_deletes_for_others_but_an_admin_for_who_cannot_sign_in() {
    let house = House::new().await;
    house.report(0, 0, LAT).await;
    house.say(&house.dan.1, "", location(0, LAT), 0).await;
    it_is(1);
    let erase = async |by: &Viewer, friend: FriendId| {
        house
            .service
            .erase(by, friend, Erasing::Everything)
            .await
            .map(|erased| count_of(&erased.removed, Holding::Positions))
    };
    assert!(matches!(erase(&house.cid.1, house.ann.0.id).await, Err(Error::Forbidden)));
    assert!(matches!(erase(&house.ann.1, house.dan.0.id).await, Err(Error::Forbidden)));
    assert!(matches!(erase(&house.cid.1, house.dan.0.id).await, Ok(1)));
    for (what, field) in [(time(5, 5), "to"), (time(5, 4), "to"), (time(50, 60), "from")] {
        match house.service.erase(&house.ann.1, house.ann.0.id, what).await {
            Err(Error::Invalid { field: refused, .. }) => assert_eq!(refused, field),
            other => unreachable!("it must be refused, not {other:?}"),
        }
    }
    assert_eq!(house.minutes().await, [0], "nothing else was deleted");
    let draft = service::GrantDraft {
        to: domain::Party::Group(house.ann.0.group),
        level: Level::Off,
        since: None,
        until: None,
    };
    house.service.share(&house.ann.1, house.ann.0.id, draft).await.expect("the rest works on");
}

#[tokio::test]
async fn a_database_from_before_is_written_anew_once_so_that_old_traces_go_too() {
    let directory = directory();
    let options = SqliteConnectOptions::new()
        .filename(directory.path().join("test.db"))
        .create_if_missing(true)
        .pragma("secure_delete", "OFF");
    let mut old = SqliteConnection::connect_with(&options).await.expect("it is made");
    for sql in
        ["CREATE TABLE old (text TEXT)", "INSERT INTO old VALUES ('a trace from long ago')", "DROP TABLE old"]
    {
        sqlx::query(sql).execute(&mut old).await.expect("is done");
    }
    old.close().await.expect("it closes");
    let house = House::at(directory).await;
    assert_eq!(house.work.found(b"a trace from long ago"), [""], "SQLite does not overwrite by itself");
    house.report(0, 0, LAT).await;
    it_is(1);
    assert!(house.erase(Erasing::Everything).await.scrubbed);
    assert_eq!(house.work.found(b"a trace from long ago"), [""; 0]);
    let house = house.again().await;
    house.report(2, 2, LAT).await;
    assert_eq!(house.minutes().await, [2]);
}

#[tokio::test]
async fn what_is_stored_is_told_by_kinds_and_given_as_a_file() {
    let house = House::new().await;
    for at in [0, 1, 2, 3] {
        it_is(at);
        house.report(at, at, LAT).await;
    }
    house.say(&house.ann.2, "/event", crossing(3, "enter", "Shed"), 3).await;
    house.say(&house.dan.1, "", location(3, 48.5), 3).await;
    let report = house.service.stored(&house.ann.1, house.ann.0.id).await.expect("is hers");
    let of = |what| report.stored.iter().find(|stored| stored.what == what).expect("is told of");
    let positions = of(Holding::Positions);
    assert_eq!((positions.count, positions.oldest, positions.newest), (4, Some(minute(0)), Some(minute(3))));
    assert_eq!([Holding::Messages, Holding::Claims, Holding::Retained].map(|what| of(what).count), [5, 1, 2]);
    assert!(of(Holding::Messages).bytes > 5 * 80 && of(Holding::Card).count == 0);
    assert!(report.erased.is_none() && !report.beyond.is_empty());
    assert!(matches!(house.service.stored(&house.cid.1, house.ann.0.id).await, Err(Error::Forbidden)));
    let dans = house.service.stored(&house.cid.1, house.dan.0.id).await.expect("an admin may");
    let dans = dans.stored.iter().find(|stored| stored.what == Holding::Positions);
    assert_eq!(dans.map(|stored| stored.count), Some(1));

    assert!(house.service.everything_of(&house.cid.1, house.ann.0.id).is_err());
    let parts = house.service.everything_of(&house.ann.1, house.ann.0.id).expect("is hers");
    let parts: Vec<_> = parts.map(|part| part.expect("is read")).collect().await;
    let lines: Vec<_> = parts.into_iter().flatten().collect();
    let count = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    let counts = ["friend", "device", "position", "transition", "message"].map(count);
    assert_eq!(counts, [1, 1, 4, 1, 5], "and nothing of dan's");
    let position = lines.iter().find(|line| line["type"] == "position").expect("there are some");
    assert_eq!(
        (&position["at"], &position["point"]["lat"]),
        (&"2023-11-14T22:16:20.000Z".into(), &LAT.into())
    );

    it_is(4);
    house.erase(Erasing::Everything).await;
    let report = house.service.stored(&house.ann.1, house.ann.0.id).await.expect("is hers");
    assert_eq!(count_of(&report.erased.expect("a moment ago").removed, Holding::Positions), 4);
    let left: Vec<_> =
        report.stored.iter().filter(|stored| stored.count > 0).map(|stored| stored.what).collect();
    assert_eq!(left, [Holding::Judgements], "that nothing is known");
    it_is(30);
    let report = house.service.stored(&house.ann.1, house.ann.0.id).await.expect("is hers");
    assert!(report.erased.is_none(), "not for ever");
}

#[tokio::test]
async fn a_region_that_is_hidden_from_its_visitor_is_not_in_their_file_either() {
    let house = House::new().await;
    let details = Details { audience: Audience::Admins, ..Details::default() };
    let secret = RegionDraft { details: Some(details), ..circle("Trap", (LAT, LON), 300.0) };
    house.service.put_region(&house.cid.1, None, secret).await.expect("is drawn");
    for at in 0..12 {
        it_is(at);
        house.report(at, at, if at < 3 { AWAY } else { LAT }).await;
    }
    let all = TransitionQuery { limit: 1000, ..TransitionQuery::default() };
    let cids = house.service.transitions(&house.cid.1, &all).await.expect("the store answers");
    assert!(cids.items.iter().any(|way| way.region_name == "Trap"), "ann has come there");
    let parts = house.service.everything_of(&house.ann.1, house.ann.0.id).expect("is hers");
    let parts: Vec<_> = parts.map(|part| part.expect("is read")).collect().await;
    let lines: Vec<_> = parts.into_iter().flatten().collect();
    assert!(lines.iter().all(|line| !line.to_string().contains("Trap")), "{lines:?}");
    let history = lines.iter().filter(|line| line["type"] == "transition").count();
    let report = house.service.stored(&house.ann.1, house.ann.0.id).await.expect("is hers");
    let told = report.stored.iter().find(|stored| stored.what == Holding::History).expect("is told of");
    assert_eq!((told.count, history), (1, 1), "Home alone");
}

#[tokio::test]
async fn what_a_phone_claims_of_the_future_is_of_the_time_it_came() {
    let house = House::new().await;
    it_is(3);
    house.say(&house.ann.2, "/event", crossing(40_000_000, "enter", "Shed"), 3).await;
    let claims = async || {
        let report = house.service.stored(&house.ann.1, house.ann.0.id).await.expect("is hers");
        report.stored.into_iter().find(|stored| stored.what == Holding::Claims).expect("is told of")
    };
    assert_eq!(claims().await.newest, Some(minute(3)));
    it_is(5);
    house.erase(time(2, 4)).await;
    assert_eq!(claims().await.count, 0);
}
