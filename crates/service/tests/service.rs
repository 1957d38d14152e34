//! The service on a real store, without any port. Time is a value here; only the tests of the live line wait for the hub.
#![expect(clippy::disallowed_methods, reason = "tests start their own tasks")]

use domain::{
    Door, Friend, Kind, Role, Timestamp, Viewer,
    live::{Change, LiveMessage},
};
use futures::{Stream, StreamExt};
use geodesy::{Area, Circle, Point};
use owntracks::topic::Template;
use service::{
    DeviceAccount, DeviceCredentials, Error, FixQuery, Inbound, MessageQuery, Principal, RegionDraft,
    Service, Settings, TokenScope, TransitionQuery,
};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{pin::pin, time::Duration};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const ROOT: Viewer = Viewer::Server { role: Role::Admin };
const PASSWORD: &str = "correct horse battery";

/// A service at work.
struct House {
    directory: TempDir,
    service: Service,
    stop: CancellationToken,
    done: JoinHandle<Result<(), Error>>,
}

impl House {
    async fn new() -> Self {
        Self::in_directory(TempDir::new().expect("a temporary directory can be made")).await
    }

    async fn in_directory(directory: TempDir) -> Self {
        let template = Template::parse("owntracks/{user}/{device}").expect("is a template");
        Self::with_templates(directory, vec![template]).await
    }

    async fn with_templates(directory: TempDir, templates: Vec<Template>) -> Self {
        let (writer, reader) = store::open(&directory.path().join("test.db")).await.expect("the store opens");
        let settings = Settings { clock: || NOW, templates, policy: domain::geofence::Policy::default() };
        let (service, pipeline) = service::open(writer, reader, settings).await.expect("the service opens");
        let stop = CancellationToken::new();
        let done = tokio::spawn(pipeline.run(stop.clone()));
        Self { directory, service, stop, done }
    }

    async fn closed(self) -> TempDir {
        self.stop.cancel();
        self.done.await.expect("the pipeline does not panic").expect("the store closes");
        self.directory
    }

    async fn device(&self, group: &str, friend: &str) -> (DeviceAccount, DeviceCredentials) {
        let made = self.service.add_device_to(&ROOT, Some(group), friend, "phone").await.expect("it is new");
        let signed_in = self
            .service
            .sign_in_device(&made.username, &made.password, "here")
            .await
            .expect("the store answers");
        (signed_in.expect("its password is right"), made)
    }

    async fn user(&self, group: &str, name: &str, role: Role) -> (Friend, Viewer) {
        let made = self.service.add_user_to(&ROOT, Some(group), name, PASSWORD, role).await.expect("is new");
        let viewer = Viewer::member(made.id, made.group, role);
        (made, viewer)
    }

    /// A report that was committed, and its verdict.
    async fn report(&self, account: &DeviceAccount, at: Timestamp, lat: f64) -> String {
        let payload = format!(
            r#"{{"_type":"location","lat":{lat},"lon":16.37,"acc":10,"tst":{}}}"#,
            at.as_millis() / 1000
        );
        self.say(account, payload.into_bytes()).await
    }

    async fn say(&self, account: &DeviceAccount, payload: Vec<u8>) -> String {
        self.say_at(account, payload, NOW).await
    }

    async fn say_at(&self, account: &DeviceAccount, payload: Vec<u8>, received_at: Timestamp) -> String {
        let inbound = Inbound {
            door: Door::Http,
            principal: Principal::Device(account.clone()),
            topic: account.topic.to_string(),
            payload,
            retained: true,
            qos: 1,
            received_at,
        };
        self.service.submit(inbound).await.expect("it is committed").verdict
    }

    /// Where the only device of the only friend is shown: when, how far north, and whether its clock was wrong.
    fn shown(&self) -> (Timestamp, f64, bool) {
        let snapshot = self.service.snapshot(&ROOT);
        let device = snapshot.friends.first().and_then(|live| live.devices.first()).expect("is there");
        let spot = device.spot.as_ref().expect("was seen");
        (spot.at, spot.point.lat(), spot.clock_wrong)
    }

    async fn draw(&self, by: &Viewer, name: &str) -> domain::Region {
        let centre = Point::new(48.2, 16.37).expect("is a point");
        let area = Area::Circle(Circle::new(centre, 100.0).expect("is a circle"));
        self.service
            .put_region(by, None, RegionDraft { name: name.into(), area, details: None })
            .await
            .expect("is drawn")
    }

    async fn transitions(&self, viewer: &Viewer) -> Vec<domain::Transition> {
        let all = TransitionQuery { limit: 1000, ..TransitionQuery::default() };
        self.service.transitions(viewer, &all).await.expect("the store answers").items
    }

    /// How many rows each table has, without those that are empty. Of the journal those that are about somebody: how regions were drawn
    /// stays in it.
    async fn rows(&self) -> Vec<(String, i64)> {
        let options = SqliteConnectOptions::new().filename(self.directory.path().join("test.db"));
        let mut aside = SqliteConnection::connect_with(&options).await.expect("the file opens");
        let tables =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                      AND name NOT LIKE 'sqlite%' AND name <> 'audit' ORDER BY name";
        let tables = sqlx::query(tables).fetch_all(&mut aside).await.expect("there is a schema");
        let mut rows = Vec::new();
        for table in tables.iter().map(|row| row.get::<String, _>(0)) {
            let about =
                if table == "journal" { "WHERE ifnull(device_id, friend_id) IS NOT NULL" } else { "" };
            let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table} {about}"));
            let count: i64 =
                sqlx::query(count).fetch_one(&mut aside).await.expect("the table is there").get(0);
            if count > 0 {
                rows.push((table, count));
            }
        }
        rows
    }
}

fn seconds_ago(seconds: i64) -> Timestamp {
    NOW.plus_millis(-seconds * 1000)
}

/// The next item of a live line that is not a sign of life.
async fn next(
    live: &mut (impl Stream<Item = Result<LiveMessage, Error>> + Unpin),
) -> Option<Result<LiveMessage, Error>> {
    let news = async {
        loop {
            let item = live.next().await;
            if !matches!(item, Some(Ok(LiveMessage::Heartbeat(_)))) {
                return item;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), news).await.expect("something comes in time")
}

fn assert_not_found<T>(result: Result<T, Error>) {
    assert!(matches!(result.err(), Some(Error::NotFound(_))));
}

#[tokio::test]
async fn a_viewer_learns_nothing_of_another_group_by_any_question() {
    let house = House::new().await;
    let service = &house.service;
    let (_, ours) = house.user("Family", "ann", Role::Admin).await;
    let (_, theirs) = house.user("Club", "dan", Role::Admin).await;
    let (ben, _) = house.device("Family", "ben").await;
    let (cid, _) = house.device("Club", "cid").await;
    let region = house.draw(&theirs, "Clubhouse").await;
    let mut live = pin!(service.live(ours.clone(), None));
    let Some(Ok(LiveMessage::Snapshot(snapshot))) = next(&mut live).await else {
        unreachable!("a snapshot is first")
    };
    for (seconds, lat) in [(600, 49.0), (300, 48.2), (200, 48.2)] {
        house.report(&cid, seconds_ago(seconds), lat).await;
    }
    assert_eq!(house.transitions(&theirs).await.len(), 1);

    let names: Vec<&str> = snapshot.friends.iter().map(|live| live.friend.name.as_str()).collect();
    assert_eq!(names, ["ann", "ben"]);
    assert_eq!(service.snapshot(&ours).friends.len(), 2);
    assert!(service.snapshot(&ours).regions.is_empty());
    assert!(service.presence(&ours).is_empty());
    assert!(house.transitions(&ours).await.is_empty());
    let of_theirs = [
        TransitionQuery { friend: Some(cid.friend), limit: 10, ..TransitionQuery::default() },
        TransitionQuery { region: Some(region.id), limit: 10, ..TransitionQuery::default() },
    ];
    for query in of_theirs {
        assert!(service.transitions(&ours, &query).await.expect("the store answers").items.is_empty());
    }
    let fixes = FixQuery { device: cid.device, from: None, to: None, limit: 10, cursor: None };
    assert_eq!(service.fixes(&theirs, &fixes).await.expect("the store answers").items.len(), 3);
    assert_not_found(service.fixes(&ours, &fixes).await);
    assert_not_found(service.friend_named(&ours, "cid"));
    assert_not_found(service.device_named(&ours, "cid", None));
    assert_not_found(service.device_named(&ours, "cid", Some("phone")));
    assert!(service.users(&ours).expect("is an admin").iter().all(|user| user.name.as_str() == "ann"));

    // What they may not see they may not change.
    assert_not_found(service.remove_region(&ours, region.id).await);
    let draft = RegionDraft { name: "Ours".into(), area: region.area.clone(), details: None };
    assert_not_found(service.put_region(&ours, Some(region.id), draft).await);
    assert_not_found(service.remove_friend(&ours, cid.friend).await);
    assert_not_found(service.remove_device(&ours, cid.device).await);
    assert!(matches!(service.add_device(&ours, "cid", "phone").await.err(), Some(Error::Conflict { .. })));

    // The next news on the live line is of their own group.
    house.report(&ben, NOW, 1.0).await;
    let Some(Ok(LiveMessage::Delta(delta))) = next(&mut live).await else { unreachable!("a delta follows") };
    assert!(matches!(delta.changes[..], [Change::Moved(device, _)] if device == ben.device), "{delta:?}");
}

#[tokio::test]
async fn an_admin_of_one_group_does_not_touch_the_accounts_of_another() {
    let house = House::new().await;
    let service = &house.service;
    let (_, ours) = house.user("Family", "ann", Role::Admin).await;
    house.user("Club", "dan", Role::Friend).await;
    assert!(
        service.reset_password(&ours, "dan", "a new password").await.is_err(),
        "no new password for a stranger"
    );
    assert!(service.remove_user(&ours, "dan").await.is_err());
    assert!(
        service.create_token(&ours, "x", TokenScope::Read, Some("dan")).await.is_err(),
        "no rights of a stranger"
    );
    assert!(
        service.create_token(&ours, "x", TokenScope::Read, None).await.is_err(),
        "nor of the whole server"
    );
    let messages = MessageQuery { limit: 10, ..MessageQuery::default() };
    let (cid, _) = house.device("Club", "cid").await;
    house.report(&cid, NOW, 48.2).await;
    let seen = service.messages(&ours, &messages).await.map_or(0, |page| page.items.len());
    assert_eq!(seen, 0, "the log holds positions of everybody");
}

#[tokio::test]
async fn a_device_receives_what_its_friend_may_see_and_orders_only_to_itself() {
    let house = House::new().await;
    let service = &house.service;
    let (ann, _) = house.device("Family", "ann").await;
    house.device("Family", "ben").await;
    house.device("Club", "cid").await;
    let may = [
        "owntracks/ann/phone",
        "owntracks/ann/phone/cmd",
        "owntracks/ann/phone/anything/at/all",
        "owntracks/ben/phone",
        "owntracks/ben/phone/event",
        "owntracks/ben/phone/info",
    ];
    for topic in may {
        assert!(service.may_receive(&ann, topic), "{topic}");
    }
    let may_not = [
        "",
        "#",
        "owntracks/#",
        "owntracks/ben",
        "owntracks/ben/phone/cmd",
        "owntracks/ben/phone/waypoints",
        "owntracks/ben/phone/dump",
        "owntracks/ben/watch",
        "owntracks/ann/phoney",
        "owntracks/cid/phone",
        "owntracks/cid/phone/event",
        "owntracks/BEN/Phone",
        "owntracks/nobody/phone",
        "other/ben/phone",
        "/owntracks/ben/phone",
        "$SYS/x",
    ];
    for topic in may_not {
        assert!(!service.may_receive(&ann, topic), "{topic}");
    }
    service.remove_device(&ROOT, ann.device).await.expect("it is there");
    for topic in may {
        assert!(!service.may_receive(&ann, topic), "{topic} for a device that was removed");
    }
}

#[tokio::test]
async fn names_that_differ_only_in_how_they_are_written_are_the_same_name() {
    let house = House::new().await;
    let service = &house.service;
    let (_, gina) = house.user("Other", "gina", Role::Admin).await;
    let (of_gina, _) = house.device("Other", "gina").await;
    for (name, variants) in [
        ("kim", ["\u{212A}im", "KIM", "\u{ff4b}im"]),
        ("Ärne", ["ärne", "A\u{308}rne", "ÄRNE"]),
        ("Odysseus Straße", ["ODYSSEUS STRASSE", "odysseus strasse", "Odysseus STRAßE"]),
    ] {
        let (account, made) = house.device("Friends", name).await;
        for variant in variants {
            let taken = service.add_device(&gina, variant, "phone").await.err();
            assert!(matches!(taken, Some(Error::Conflict { field: "friend", .. })), "{variant}: {taken:?}");
            let taken = service.add_user(&gina, variant, PASSWORD, Role::Friend).await.err();
            assert!(matches!(taken, Some(Error::Conflict { field: "name", .. })), "{variant}: {taken:?}");
            let own =
                service.sign_in_device(variant, &made.password, "here").await.expect("the store answers");
            assert_eq!(own.as_ref(), Some(&account), "{variant} is {name}");
            assert!(!service.may_receive(&of_gina, &format!("owntracks/{variant}/phone")), "{variant}");
            // From a trusted broker too it is the friend who is there.
            let inbound = Inbound {
                door: Door::Bridge,
                principal: Principal::Bridge,
                topic: format!("owntracks/{variant}/PHONE"),
                payload: br#"{"_type":"location","lat":1,"lon":2,"tst":1699999000}"#.to_vec(),
                retained: false,
                qos: 1,
                received_at: NOW,
            };
            service.submit(inbound).await.expect("it is committed");
        }
        assert!(!service.may_receive(&of_gina, &account.topic));
        let own = service.sign_in_device(name, &made.password, "here").await.expect("the store answers");
        assert_eq!(own, Some(account), "{name} is not locked out");
    }
    assert_eq!(service.snapshot(&ROOT).friends.len(), 4, "nobody came into being");
    assert_eq!(service.snapshot(&gina).friends.len(), 1, "and nobody is seen from the other group");
}

#[tokio::test]
async fn groups_too_are_the_same_however_their_name_is_written() {
    let house = House::new().await;
    let (ann, _) = house.user("Fähre", "ann", Role::Admin).await;
    let (ben, _) = house.user("FÄHRE", "ben", Role::Admin).await;
    assert_eq!(ann.group, ben.group);
}

#[tokio::test]
async fn a_guest_sees_only_what_is_made_up() {
    let house = House::new().await;
    let service = &house.service;
    let (ann, _) = house.device("Friends", "ann").await;
    house.report(&ann, NOW, 48.2).await;
    house.draw(&ROOT, "Real home").await;
    assert!(service.snapshot(&Viewer::Guest).friends.is_empty());
    service.add_demo(&ROOT).await.expect("may");
    let snapshot = service.snapshot(&Viewer::Guest);
    assert!(!snapshot.friends.is_empty() && snapshot.friends.iter().all(|live| live.friend.demo));
    assert!(!snapshot.regions.is_empty() && snapshot.regions.iter().all(|region| region.demo));
    let real =
        house.transitions(&Viewer::Guest).await.iter().filter(|item| item.friend == ann.friend).count();
    assert_eq!(real, 0);
    assert!(!house.transitions(&Viewer::Guest).await.is_empty(), "there is a history to look at");
    assert_not_found(service.friend_named(&Viewer::Guest, "ann"));
    let forbidden = service.messages(&Viewer::Guest, &MessageQuery::default()).await;
    assert!(matches!(forbidden.err(), Some(Error::Forbidden)));
    assert!(matches!(service.remove_demo(&Viewer::Guest).await.err(), Some(Error::Forbidden)));
}

#[tokio::test]
async fn a_guest_sees_the_demonstration_move_although_another_group_is_far_ahead() {
    let directory = TempDir::new().expect("a temporary directory can be made");
    let (mut writer, _) = store::open(&directory.path().join("test.db")).await.expect("the store opens");
    for (number, name, seq) in [(1, "Friends", 1), (2, "Club", 1_000_000)] {
        let group = domain::GroupId::new(uuid::Uuid::from_u128(number));
        writer.add_group(group, &domain::Name::new(name).expect("is a name")).await.expect("it is new");
        let mut batch = store::Batch { seqs: vec![(group, domain::Seq(seq))], ..store::Batch::default() };
        writer.commit(&mut batch).await.expect("it is written");
    }
    writer.close().await.expect("it closes");
    let house = House::in_directory(directory).await;
    let service = &house.service;
    service.add_demo(&ROOT).await.expect("may");
    let mut live = pin!(service.live(Viewer::Guest, None));
    let Some(Ok(LiveMessage::Snapshot(snapshot))) = next(&mut live).await else {
        unreachable!("a snapshot is first")
    };
    service.report_demo(NOW.plus_millis(3000)).await.expect("is committed");
    let Some(Ok(LiveMessage::Delta(delta))) = next(&mut live).await else { unreachable!("there is news") };
    assert!(delta.seq > snapshot.seq, "{:?} after {:?}", delta.seq, snapshot.seq);
}

#[tokio::test]
async fn a_guest_learns_nothing_of_real_regions_from_those_who_are_made_up() {
    let house = House::new().await;
    let service = &house.service;
    let centre = Point::new(46.9519, 7.4386).expect("is a point");
    let area = Area::Circle(Circle::new(centre, 3000.0).expect("is a circle"));
    let draft = |name: &str| RegionDraft { name: name.into(), area: area.clone(), details: None };
    let before = service.put_region(&ROOT, None, draft("Private before")).await.expect("is drawn");
    service.add_demo(&ROOT).await.expect("may");
    let after = service.put_region(&ROOT, None, draft("Private after")).await.expect("is drawn");
    for seconds in (0..3600).step_by(30) {
        service.report_demo(NOW.plus_millis(seconds * 1000)).await.expect("is committed");
    }
    let all = house.transitions(&Viewer::Guest).await;
    assert!(all.len() > 5, "there is a history");
    assert!(all.iter().all(|one| one.region != before.id && one.region != after.id), "{all:?}");
    for viewer in [Viewer::Guest, ROOT] {
        let snapshot = service.snapshot(&viewer);
        let stays: Vec<_> = snapshot.friends.iter().flat_map(|live| &live.stays).collect();
        assert!(!stays.is_empty(), "somebody is somewhere");
        assert!(stays.iter().all(|stay| stay.region != before.id && stay.region != after.id), "{stays:?}");
    }
}

#[tokio::test]
async fn a_demonstration_that_is_asked_for_many_times_at_once_is_added_once() {
    let house = House::new().await;
    let all = futures::future::join_all((0..4).map(|_| house.service.add_demo(&ROOT))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let snapshot = house.service.snapshot(&ROOT);
    assert_eq!((snapshot.friends.len(), snapshot.regions.len()), (5, 4));
}

#[tokio::test]
async fn a_demonstration_leaves_nothing_behind() {
    let house = House::new().await;
    let (_, ann) = house.user("Friends", "ann", Role::Admin).await;
    let before = house.rows().await;
    for by in [&ann, &ROOT] {
        house.service.add_demo(by).await.expect("may");
        house.service.add_demo(by).await.expect("a second time changes nothing");
        house.service.report_demo(NOW.plus_millis(3000)).await.expect("is committed");
        let during = house.rows().await;
        for table in ["fixes", "transitions", "regions", "messages"] {
            assert!(during.iter().any(|(name, _)| name == table), "{table} has something made up");
        }
        house.service.remove_demo(by).await.expect("may");
        assert_eq!(house.rows().await, before);
        assert!(!house.service.has_demo(by));
        house.service.report_demo(NOW.plus_millis(6000)).await.expect("nothing to do is fine");
        assert_eq!(house.rows().await, before);
    }
}

#[tokio::test]
async fn a_friend_or_device_that_is_removed_leaves_nothing_behind() {
    let house = House::new().await;
    let before = house.rows().await;
    for whole_friend in [true, false] {
        let (ann, _) = house.device("Friends", "ann").await;
        house.report(&ann, NOW, 48.2).await;
        let listed =
            br#"{"_type":"waypoint","desc":"Home","lat":48.2,"lon":16.37,"rad":100,"tst":1600000000}"#;
        house.say(&ann, listed.to_vec()).await;
        let said = br#"{"_type":"transition","event":"enter","desc":"Home","lat":48.2,"lon":16.37,"acc":10,"tst":1699999999,"wtst":1}"#;
        house.say(&ann, said.to_vec()).await;
        for table in ["fixes", "claims", "waypoints", "transitions", "retained", "device_states"] {
            assert!(
                house.rows().await.iter().any(|(name, _)| name == table),
                "{table} has something of hers"
            );
        }
        if !whole_friend {
            house.service.remove_device(&ROOT, ann.device).await.expect("it is there");
            let mut left = before.clone();
            left.insert(0, ("friends".to_owned(), 1));
            // That there was one, and of which groups she is.
            left.push(("journal".to_owned(), 2));
            left.push(("memberships".to_owned(), 1));
            // And what she shows of herself.
            left.push(("sharing".to_owned(), 1));
            assert_eq!(house.rows().await, left, "nothing that the device told is left");
        }
        house.service.remove_friend(&ROOT, ann.friend).await.expect("she is there");
        assert_eq!(house.rows().await, before);
        assert!(house.service.snapshot(&ROOT).friends.is_empty());
        // A phone that is still connected is told nothing and changes nothing.
        assert!(house.report(&ann, NOW, 48.3).await.starts_with("refused: "));
        assert!(house.service.snapshot(&ROOT).friends.is_empty());
        let directory = house.directory.path().join("test.db");
        let options = SqliteConnectOptions::new().filename(directory);
        let mut aside = SqliteConnection::connect_with(&options).await.expect("the file opens");
        sqlx::query("DELETE FROM messages").execute(&mut aside).await.expect("is written");
    }
}

#[tokio::test]
async fn a_region_drawn_around_somebody_shows_them_inside_at_once_and_claims_no_enter() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    house.report(&ann, seconds_ago(600), 48.2).await;
    let region = house.draw(&ROOT, "Home").await;
    let presence = house.service.presence(&ROOT);
    assert_eq!(presence.len(), 1);
    let inside: Vec<_> = presence[0].friends.iter().map(|present| present.friend.id).collect();
    assert_eq!(inside, [ann.friend]);
    assert!(house.transitions(&ROOT).await.is_empty(), "nobody has moved");

    // Whoever leaves it then, leaves.
    house.report(&ann, seconds_ago(300), 49.0).await;
    house.report(&ann, seconds_ago(200), 49.0).await;
    let transitions = house.transitions(&ROOT).await;
    assert_eq!((transitions.len(), transitions[0].kind, transitions[0].region), (1, Kind::Leave, region.id));
    assert!(house.service.presence(&ROOT)[0].friends.is_empty());
}

#[tokio::test]
async fn presence_and_places_are_the_same_after_a_restart() {
    let house = House::new().await;
    let (ann, made) = house.device("Friends", "ann").await;
    house.draw(&ROOT, "Home").await;
    for (seconds, lat) in [(600, 49.0), (300, 48.2), (200, 48.2)] {
        house.report(&ann, seconds_ago(seconds), lat).await;
    }
    let before = house.service.snapshot(&ROOT);
    assert_eq!(before.friends[0].stays.len(), 1);
    let house = House::in_directory(house.closed().await).await;
    assert_eq!(house.service.snapshot(&ROOT), before);
    let again = house
        .service
        .sign_in_device(&made.username, &made.password, "here")
        .await
        .expect("the store answers");
    assert_eq!(again, Some(ann));
}

#[tokio::test]
async fn guessing_is_slowed_down_by_name_and_by_where_it_comes_from() {
    let house = House::new().await;
    let service = &house.service;
    house.user("Friends", "ann", Role::Friend).await;
    assert!(service.sign_in(" ANN ", PASSWORD, "peer 0").await.is_ok());
    // From one place, always the same name: told by both.
    let mut tries = 0;
    let busy = loop {
        match service.sign_in("ann", "a wrong guess", "a guesser").await.err() {
            Some(Error::Unauthorised) => tries += 1,
            other => break other,
        }
        assert!(tries < 100, "one name may not be guessed for ever");
    };
    assert!(matches!(busy, Some(Error::Busy { retry_after_s: 1.. })), "{busy:?}");
    let right = service.sign_in("Ann", PASSWORD, "a guesser").await.err();
    assert!(matches!(right, Some(Error::Busy { .. })), "the right one does not help there: {right:?}");
    assert!(service.sign_in("ann", PASSWORD, "her own place").await.is_ok(), "she is not locked out");
    house.user("Friends", "ben", Role::Friend).await;
    assert!(service.sign_in("ben", PASSWORD, "peer 98").await.is_ok(), "others are not held up");

    let mut tries = 0;
    loop {
        // One name after the other from one place: told by the place.
        match service.sign_in(&format!("nobody {tries}"), "guess", "one place").await.err() {
            Some(Error::Unauthorised) => tries += 1,
            other => {
                assert!(matches!(other, Some(Error::Busy { .. })), "{other:?}");
                break;
            }
        }
        assert!(tries < 100, "one place may not guess for ever");
    }
}

#[tokio::test]
async fn guessing_from_everywhere_is_slow_and_locks_nobody_out() {
    let house = House::new().await;
    let service = &house.service;
    house.user("Friends", "ann", Role::Friend).await;
    for number in 0..40 {
        let peer = format!("peer {number}");
        let guess = service.sign_in("ann", "a wrong guess", &*peer);
        // Nobody waits for the answers that come late.
        let _refused_or_slow = tokio::time::timeout(Duration::from_millis(200), guess).await;
    }
    let begun = tokio::time::Instant::now();
    let refused = service.sign_in("ann", "a wrong guess", "peer 99").await.err();
    assert!(matches!(refused, Some(Error::Unauthorised)), "{refused:?}");
    assert!(begun.elapsed() >= Duration::from_secs(1), "slowed down, wherever it comes from");
    assert!(service.sign_in("ann", PASSWORD, "her own place").await.is_ok(), "and ann gets in");
}

#[tokio::test]
async fn only_who_has_a_password_signs_in_and_sessions_end_when_they_should() {
    let house = House::new().await;
    let service = &house.service;
    house.user("Friends", "ann", Role::Admin).await;
    house.device("Friends", "ben").await;
    for (name, password) in
        [("ann", "wrong"), ("ann", ""), ("ben", ""), ("ben", PASSWORD), ("", ""), ("nobody", PASSWORD)]
    {
        let refused = service.sign_in(name, password, name).await.err();
        assert!(matches!(refused, Some(Error::Unauthorised)), "{name} {password}: {refused:?}");
    }
    let session = service.sign_in("ann", PASSWORD, "here").await.expect("is right").token;
    let other = service.sign_in("ann", PASSWORD, "there").await.expect("is right").token;
    let who = service.session(&session).await.expect("the store answers").expect("is signed in");
    assert_eq!(who.name.as_str(), "ann");
    service.sign_out(&session).await.expect("the store writes");
    assert!(service.session(&session).await.expect("the store answers").is_none());
    assert!(service.session(&other).await.expect("the store answers").is_some());
    service.change_password(&who, PASSWORD, "another password").await.expect("the old one is right");
    assert!(
        service.session(&other).await.expect("the store answers").is_none(),
        "a new password ends all sessions"
    );
    assert!(service.remove_user(&ROOT, "ann").await.is_err(), "the last admin stays");
}

#[tokio::test]
async fn the_set_up_link_works_once() {
    let house = House::new().await;
    let service = &house.service;
    let token = service.set_up_token().expect("nobody can sign in yet");
    assert!(service.set_up("wrong", "ann", PASSWORD, "here").await.is_err());
    assert!(service.set_up(&token, "ann", "short", "here").await.is_err());
    assert!(service.needs_set_up());
    service.set_up(&token, "ann", PASSWORD, "here").await.expect("is right");
    assert!(service.set_up(&token, "eve", PASSWORD, "here").await.is_err());
    assert_eq!(service.set_up_token(), None);
}

#[tokio::test]
async fn the_set_up_link_works_once_however_many_come_at_once() {
    let house = House::new().await;
    let service = &house.service;
    let token = service.set_up_token().expect("nobody can sign in yet");
    let names = ["ann", "eve", "joe"];
    let all = names.map(|name| service.set_up(&token, name, PASSWORD, "here"));
    let made = futures::future::join_all(all).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert_eq!(service.users(&ROOT).expect("may").len(), 1);
}

#[tokio::test]
async fn wrong_passwords_of_devices_do_not_break_up_commits() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let before = house.service.stats().commits;
    let reports = (0..300).map(|second| house.report(&ann, seconds_ago(1000 - second), 48.2));
    let places: Vec<_> = (0..300).map(|number| format!("place {number}")).collect();
    let guesses = places.iter().map(|place| house.service.sign_in_device("ann", "a wrong guess", place));
    let both = reports.zip(guesses).map(|(report, guess)| futures::future::join(report, guess));
    for (verdict, guess) in futures::future::join_all(both).await {
        assert_eq!((verdict.as_str(), guess.expect("the store answers")), ("location", None));
    }
    let commits = house.service.stats().commits - before;
    assert!(commits < 50, "{commits} commits for 300 messages that came at once");
}

#[tokio::test]
async fn the_rights_of_a_token_are_those_of_its_scope_and_its_user() {
    let house = House::new().await;
    let service = &house.service;
    let (ann, of_ann) = house.user("Family", "ann", Role::Admin).await;
    let make = async |scope, user| service.create_token(&ROOT, "script", scope, user).await.expect("may");
    for (scope, user, wanted) in [
        (TokenScope::Admin, None, ROOT),
        (TokenScope::Read, None, Viewer::Server { role: Role::Friend }),
        (TokenScope::Admin, Some("ann"), of_ann),
        (TokenScope::Write, Some("ann"), Viewer::member(ann.id, ann.group, Role::Friend)),
    ] {
        let bearer =
            service.bearer(&make(scope, user).await).await.expect("the store answers").expect("is known");
        assert_eq!((bearer.viewer, bearer.scope), (wanted, scope));
    }
    assert!(service.bearer("wa_unknown").await.expect("the store answers").is_none());
}

#[tokio::test]
async fn the_token_of_somebody_who_may_not_sign_in_any_more_is_void() {
    let house = House::new().await;
    let service = &house.service;
    house.user("Family", "ann", Role::Admin).await;
    house.user("Family", "carl", Role::Friend).await;
    house.device("Family", "carl").await;
    let token = service.create_token(&ROOT, "x", TokenScope::Read, Some("carl")).await.expect("may");
    assert!(service.bearer(&token).await.expect("the store answers").is_some());
    service.remove_user(&ROOT, "carl").await.expect("is there");
    assert!(service.bearer(&token).await.expect("the store answers").is_none());
    assert_not_found(service.create_token(&ROOT, "x", TokenScope::Read, Some("carl")).await);
    service.add_user(&ROOT, "carl", PASSWORD, Role::Friend).await.expect("may sign in again");
    assert!(service.bearer(&token).await.expect("the store answers").is_none(), "it does not come back");
}

#[tokio::test]
async fn tokens_are_listed_and_revoked_by_name() {
    let house = House::new().await;
    let service = &house.service;
    let (_, ann) = house.user("Family", "ann", Role::Admin).await;
    house.user("Club", "dan", Role::Friend).await;
    let make =
        async |name, user| service.create_token(&ROOT, name, TokenScope::Read, user).await.expect("may");
    let (of_ann, of_dan, of_all) =
        (make("script", Some("ann")).await, make("script", Some("dan")).await, make("root", None).await);
    let listed = async |by: &Viewer| -> Vec<(String, Option<String>)> {
        let tokens = service.tokens(by).await.expect("may");
        tokens.into_iter().map(|token| (token.name, token.user.map(String::from))).collect()
    };
    let entry = |name: &str, user: Option<&str>| (name.to_owned(), user.map(str::to_owned));
    assert_eq!(
        listed(&ROOT).await,
        [entry("root", None), entry("script", Some("ann")), entry("script", Some("dan"))]
    );
    assert_eq!(listed(&ann).await, [entry("script", Some("ann"))], "an admin knows those of the own group");
    assert_not_found(service.remove_tokens(&ann, "root").await);
    assert_eq!(service.remove_tokens(&ann, "script").await.expect("may"), 1);
    let known = async |token: &str| service.bearer(token).await.expect("the store answers").is_some();
    assert_eq!((known(&of_ann).await, known(&of_dan).await, known(&of_all).await), (false, true, true));
    assert_eq!(service.remove_tokens(&ROOT, "script").await.expect("may"), 1);
    assert_not_found(service.remove_tokens(&ROOT, "script").await);
    assert!(!known(&of_dan).await);
}

#[tokio::test]
async fn a_crossing_that_a_phone_tells_again_is_told_to_viewers_once() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let mut live = pin!(house.service.live(ROOT, None));
    assert!(matches!(next(&mut live).await, Some(Ok(LiveMessage::Snapshot(_)))));
    let said = br#"{"_type":"transition","event":"enter","desc":"Gym","lat":48.2,"lon":16.37,"acc":10,"tst":1699999999,"wtst":1}"#;
    for _ in 0..3 {
        house.say(&ann, said.to_vec()).await;
    }
    house.report(&ann, NOW, 48.2).await;
    let mut crossed = Vec::new();
    loop {
        let Some(Ok(LiveMessage::Delta(delta))) = next(&mut live).await else { unreachable!("only news") };
        for change in delta.changes {
            match change {
                Change::Crossed(transition) => crossed.push(transition.id),
                Change::Moved(..) => {
                    let stored: Vec<_> =
                        house.transitions(&ROOT).await.iter().map(|transition| transition.id).collect();
                    assert_eq!(crossed, stored);
                    return;
                }
                Change::Lost(..)
                | Change::Stays(..)
                | Change::Card(..)
                | Change::Friend(_)
                | Change::Superseded { .. }
                | Change::Region(_)
                | Change::RegionGone(_)
                | Change::Sensor(_) => unreachable!("{change:?} did not happen"),
            }
        }
    }
}

#[tokio::test]
async fn a_base_with_the_group_in_it_works_and_the_group_counts() {
    let template = Template::parse("owntracks/{group}/{user}/{device}").expect("is a template");
    let directory = TempDir::new().expect("a temporary directory can be made");
    let house = House::with_templates(directory, vec![template]).await;
    let service = &house.service;
    let (ann, made) = house.device("Family", "ann").await;
    assert_eq!(made.topic, "owntracks/Family/ann/phone");
    let (ben, _) = house.device("Family", "ben").await;
    let (cid, _) = house.device("Club", "cid").await;
    assert!(service.may_receive(&ben, &ann.topic));
    assert!(!service.may_receive(&cid, &ann.topic));
    assert!(!service.may_receive(&ben, "owntracks/Club/ann/phone"), "she is not there");
    let bridge = async |topic: &str| {
        let inbound = Inbound {
            door: Door::Bridge,
            principal: Principal::Bridge,
            topic: topic.into(),
            payload: br#"{"_type":"location","lat":1,"lon":2,"tst":1699999000}"#.to_vec(),
            retained: false,
            qos: 1,
            received_at: NOW,
        };
        service.submit(inbound).await.expect("it is committed").verdict
    };
    assert_eq!(bridge("owntracks/FAMILY/ann/phone").await, "location");
    assert!(bridge("owntracks/Club/ann/phone").await.starts_with("refused: "), "ann is of another group");
    assert_eq!(bridge("owntracks/Club/eve/phone").await, "location", "a stranger comes into that group");
    let eve = service.friend_named(&ROOT, "eve").expect("is there");
    assert_eq!(eve.group, cid.group);
}

#[tokio::test]
async fn what_a_phone_makes_up_at_length_is_cut() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let long = "ü".repeat(300_000);
    let verdict = house.say(&ann, format!(r#"{{"_type":"{long}"}}"#).into_bytes()).await;
    assert!(verdict.chars().count() <= 200, "{} characters", verdict.chars().count());
    let said = format!(
        r#"{{"_type":"transition","event":"enter","desc":"{long}","lat":48.2,"lon":16.37,"acc":10,"tst":1699999999,"wtst":1}}"#
    );
    house.say(&ann, said.into_bytes()).await;
    let name = house.transitions(&ROOT).await.remove(0).region_name;
    assert!(name.chars().count() <= 64, "{} characters", name.chars().count());
    let said =
        format!(r#"{{"_type":"location","lat":1,"lon":2,"tst":1699999999,"t":"{long}","conn":"{long}"}}"#);
    house.say(&ann, said.into_bytes()).await;
    let fixes = FixQuery { device: ann.device, from: None, to: None, limit: 1, cursor: None };
    let fix = house.service.fixes(&ROOT, &fixes).await.expect("the store answers").items.remove(0);
    assert!(fix.trigger.is_some_and(|text| text.chars().count() <= 16));
    assert!(fix.connection.is_some_and(|text| text.chars().count() <= 16));
}

#[tokio::test]
async fn whoever_falls_behind_gets_a_snapshot_and_misses_nothing() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let mut live = pin!(house.service.live(ROOT, None));
    assert!(matches!(next(&mut live).await, Some(Ok(LiveMessage::Snapshot(_)))));
    for second in 0..600 {
        house.report(&ann, seconds_ago(2000 - second), 48.2).await;
    }
    let Some(Ok(LiveMessage::Snapshot(snapshot))) = next(&mut live).await else {
        unreachable!("it has fallen behind")
    };
    assert_eq!(snapshot.friends[0].devices[0].spot.as_ref().map(|spot| spot.at), Some(seconds_ago(1401)));
    // What is in the snapshot does not come again.
    house.report(&ann, NOW, 48.2).await;
    let Some(Ok(LiveMessage::Delta(delta))) = next(&mut live).await else {
        unreachable!("only news follows")
    };
    assert!(matches!(&delta.changes[..], [Change::Moved(_, spot)] if spot.at == NOW), "{delta:?}");
}

#[tokio::test]
async fn who_signs_out_while_the_line_is_behind_is_told_all_the_same() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let (_, viewer) = house.user("Friends", "ben", Role::Friend).await;
    let session = house.service.sign_in("ben", PASSWORD, "here").await.expect("is right").token;
    let mut live = pin!(house.service.live(viewer, Some(session.clone())));
    assert!(matches!(next(&mut live).await, Some(Ok(LiveMessage::Snapshot(_)))));
    house.service.sign_out(&session).await.expect("the store writes");
    for second in 0..600 {
        house.report(&ann, seconds_ago(2000 - second), 48.2).await;
    }
    assert!(matches!(next(&mut live).await, Some(Err(Error::Unauthorised))));
    assert!(next(&mut live).await.is_none());
}

#[tokio::test]
async fn what_was_handed_in_before_the_end_is_committed_and_nothing_after() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let service = house.service.clone();
    let waiting = (0..200).map(|second| {
        let payload =
            format!(r#"{{"_type":"location","lat":48.2,"lon":16.37,"tst":{}}}"#, 1_600_000_000 + second);
        service.submit(Inbound {
            door: Door::Http,
            principal: Principal::Device(ann.clone()),
            topic: ann.topic.to_string(),
            payload: payload.into_bytes(),
            retained: false,
            qos: 1,
            received_at: NOW,
        })
    });
    let all = futures::future::join_all(waiting);
    let (results, ()) = tokio::join!(all, async { house.stop.cancel() });
    let committed = results.iter().filter(|result| result.is_ok()).count();
    house.done.await.expect("the pipeline does not panic").expect("the store closes");
    let options = SqliteConnectOptions::new().filename(house.directory.path().join("test.db"));
    let mut aside = SqliteConnection::connect_with(&options).await.expect("the file opens");
    let stored: i64 =
        sqlx::query("SELECT count(*) FROM fixes").fetch_one(&mut aside).await.expect("answers").get(0);
    assert_eq!(usize::try_from(stored), Ok(committed), "acknowledged and stored are the same");
    let late = service.refresh().await;
    assert!(matches!(late, Err(Error::Stopping)), "{late:?}");
}

#[tokio::test]
async fn a_phone_whose_clock_is_always_wrong_is_seen_and_a_good_clock_is_believed_at_once() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let stamped = |tst: i64, lat: f64| {
        format!(r#"{{"_type":"location","lat":{lat},"lon":16.37,"tst":{tst}}}"#).into_bytes()
    };
    let verdict = house.say_at(&ann, stamped(4_102_444_800, 48.1), NOW).await;
    assert_eq!(verdict, "location, by a clock that is wrong");
    assert_eq!(house.shown(), (NOW, 48.1, true));
    house.say_at(&ann, stamped(86_400, 48.2), NOW.plus_millis(1500)).await;
    assert_eq!(house.shown(), (NOW.plus_millis(1000), 48.2, true), "in whole seconds");
    house.say_at(&ann, stamped(NOW.as_millis() / 1000 - 900_000, 48.3), NOW.plus_millis(2000)).await;
    assert_eq!(house.shown(), (NOW.plus_millis(-900_000_000), 48.3, false), "a good clock, however old");
    house.say_at(&ann, stamped(NOW.as_millis() / 1000, 48.4), NOW.plus_millis(2500)).await;
    house.say_at(&ann, stamped(4_102_444_800, 48.5), NOW.plus_millis(3000)).await;
    assert_eq!(house.shown(), (NOW, 48.4, false), "one slip moves nobody");
    // Ten minutes ahead: taken for the time of receipt, and the next report is not older than that.
    house.say_at(&ann, stamped(NOW.as_millis() / 1000 + 600, 48.6), NOW.plus_millis(4700)).await;
    assert_eq!(house.shown(), (NOW.plus_millis(4000), 48.6, false));
    house.say_at(&ann, stamped(NOW.as_millis() / 1000 + 4, 48.7), NOW.plus_millis(4900)).await;
    assert_eq!(house.shown(), (NOW.plus_millis(4000), 48.7, false));
    let fixes = FixQuery { device: ann.device, from: None, to: None, limit: 100, cursor: None };
    let stored = house.service.fixes(&ROOT, &fixes).await.expect("the store answers").items;
    let clocks: Vec<_> = stored.iter().map(|fix| fix.clock().as_str()).collect();
    assert_eq!(
        clocks,
        ["wrong", "wrong", "ahead", "right", "right", "right", "wrong"],
        "all are kept as they came"
    );
}
