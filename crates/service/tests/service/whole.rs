//! What concerns the whole of it: who learns nothing of whom, whose names are the same, what is removed, clocks, the end.

use crate::{
    live::next,
    support::{
        PASSWORD, ROOT, START as NOW, TOPICS, Work, aside, bridged, circle, directory, said, settings,
    },
};
use domain::{
    Friend, Kind, Role, Timestamp, Viewer,
    live::{Change, LiveMessage},
};
use service::{
    DeviceAccount, DeviceCredentials, Error, FixQuery, Inbound, MessageQuery, RegionDraft, Service,
    TokenScope, TransitionQuery,
};
use sqlx::Row;
use std::pin::pin;
use tempfile::TempDir;

/// A service at work.
pub(crate) struct House {
    pub(crate) work: Work,
    pub(crate) service: Service,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::open(directory(), TOPICS).await
    }

    pub(crate) async fn open(directory: TempDir, topics: &str) -> Self {
        let work = Work::open(directory, settings(topics)).await;
        Self { service: work.service.clone(), work }
    }

    pub(crate) async fn device(&self, group: &str, friend: &str) -> (DeviceAccount, DeviceCredentials) {
        let made = self.service.add_device_to(&ROOT, Some(group), friend, "phone").await.expect("it is new");
        let signed_in = self
            .service
            .sign_in_device(&made.username, &made.password, "here")
            .await
            .expect("the store answers");
        (signed_in.expect("its password is right"), made)
    }

    pub(crate) async fn user(&self, group: &str, name: &str, role: Role) -> (Friend, Viewer) {
        self.work.user(Some(group), name, role).await
    }

    /// A report that was committed, and its verdict.
    pub(crate) async fn report(&self, account: &DeviceAccount, at: Timestamp, lat: f64) -> String {
        let payload = format!(
            r#"{{"_type":"location","lat":{lat},"lon":16.37,"acc":10,"tst":{}}}"#,
            at.as_millis() / 1000
        );
        self.say(account, payload.into_bytes()).await
    }

    pub(crate) async fn say(&self, account: &DeviceAccount, payload: Vec<u8>) -> String {
        self.say_at(account, payload, NOW).await
    }

    pub(crate) async fn say_at(
        &self,
        account: &DeviceAccount,
        payload: Vec<u8>,
        received_at: Timestamp,
    ) -> String {
        let inbound = Inbound { retained: true, ..said(account, payload, received_at) };
        self.service.submit(inbound).await.expect("it is committed").verdict
    }

    /// Where the only device of the only friend is shown: when, how far north, and whether its clock was wrong.
    pub(crate) fn shown(&self) -> (Timestamp, f64, bool) {
        let snapshot = self.service.snapshot(&ROOT);
        let device = snapshot.friends.first().and_then(|live| live.devices.first()).expect("is there");
        let spot = device.spot.as_ref().expect("was seen");
        (spot.at, spot.point.lat(), spot.clock_wrong)
    }

    pub(crate) async fn draw(&self, by: &Viewer, name: &str) -> domain::Region {
        self.service.put_region(by, None, circle(name, (48.2, 16.37), 100.0)).await.expect("is drawn")
    }

    pub(crate) async fn transitions(&self, viewer: &Viewer) -> Vec<domain::Transition> {
        let all = TransitionQuery { limit: 1000, ..TransitionQuery::default() };
        self.service.transitions(viewer, &all).await.expect("the store answers").items
    }

    /// How many rows each table has, without those that are empty. Of the journal those that are about somebody: how regions were drawn
    /// stays in it.
    pub(crate) async fn rows(&self) -> Vec<(String, i64)> {
        let mut aside = self.work.aside().await;
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

pub(crate) fn seconds_ago(seconds: i64) -> Timestamp {
    NOW.plus_millis(-seconds * 1000)
}

pub(crate) fn assert_not_found<T>(result: Result<T, Error>) {
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
            let inbound = bridged(
                format!("owntracks/{variant}/PHONE"),
                br#"{"_type":"location","lat":1,"lon":2,"tst":1699999000}"#,
                NOW,
            );
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
            left.sort();
            assert_eq!(house.rows().await, left, "nothing that the device told is left");
        }
        house.service.remove_friend(&ROOT, ann.friend).await.expect("she is there");
        assert_eq!(house.rows().await, before);
        assert!(house.service.snapshot(&ROOT).friends.is_empty());
        // A phone that is still connected is told nothing and changes nothing.
        assert!(house.report(&ann, NOW, 48.3).await.starts_with("refused: "));
        assert!(house.service.snapshot(&ROOT).friends.is_empty());
        let mut aside = house.work.aside().await;
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
    let house = House::open(house.work.end().await, TOPICS).await;
    assert_eq!(house.service.snapshot(&ROOT), before);
    let again = house
        .service
        .sign_in_device(&made.username, &made.password, "here")
        .await
        .expect("the store answers");
    assert_eq!(again, Some(ann));
}

#[tokio::test]
async fn a_base_with_the_group_in_it_works_and_the_group_counts() {
    let house = House::open(directory(), "owntracks/{group}/{user}/{device}").await;
    let service = &house.service;
    let (ann, made) = house.device("Family", "ann").await;
    assert_eq!(made.topic, "owntracks/Family/ann/phone");
    let (ben, _) = house.device("Family", "ben").await;
    let (cid, _) = house.device("Club", "cid").await;
    assert!(service.may_receive(&ben, &ann.topic));
    assert!(!service.may_receive(&cid, &ann.topic));
    assert!(!service.may_receive(&ben, "owntracks/Club/ann/phone"), "she is not there");
    let bridge = async |topic: &str| {
        let payload = br#"{"_type":"location","lat":1,"lon":2,"tst":1699999000}"#;
        let inbound = bridged(topic, payload, NOW);
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
async fn what_was_handed_in_before_the_end_is_committed_and_nothing_after() {
    let house = House::new().await;
    let (ann, _) = house.device("Friends", "ann").await;
    let service = house.service.clone();
    let waiting = (0..200).map(|second| {
        let payload =
            format!(r#"{{"_type":"location","lat":48.2,"lon":16.37,"tst":{}}}"#, 1_600_000_000 + second);
        service.submit(said(&ann, payload, NOW))
    });
    let all = futures::future::join_all(waiting);
    let (results, ()) = tokio::join!(all, async { house.work.stop.cancel() });
    let committed = results.iter().filter(|result| result.is_ok()).count();
    let left = house.work.end().await;
    let mut aside = aside(&left.path().join("test.db")).await;
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
