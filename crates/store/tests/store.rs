//! The store, on a file of its own for each test, with the real migrations.

use domain::{
    Device, DeviceId, DeviceKind, Door, Fix, Friend, FriendId, GroupId, Kind, Memberships, Name, Outlet,
    OutletId, Region, RegionId, Role, Scope, Seq, Spot, Timestamp, TopicBase, Transition, TransitionId,
    Witness, geofence, waypoint::Waypoint,
};
use geodesy::{Area, Circle, Point};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::path::PathBuf;
use store::{
    Batch, Belief, Claim, DeviceState, Entry, Error, FixQuery, MessageQuery, NewDevice, NewFix, NewFriend,
    NewMessage, NewSession, NewToken, NewTransition, Password, PhoneWaypoint, Reader, Retained, SecretHash,
    Superseded, TransitionQuery, Turn, Writer,
};
use tempfile::TempDir;
use uuid::Uuid;

const GROUP: GroupId = GroupId::new(Uuid::from_u128(1));
const ANN: FriendId = FriendId::new(Uuid::from_u128(2));
const PHONE: DeviceId = DeviceId::new(Uuid::from_u128(3));
const UNKNOWN: DeviceId = DeviceId::new(Uuid::from_u128(99));
const HOME: RegionId = RegionId::new(Uuid::from_u128(4));

/// A store with one friend and her phone.
struct House {
    directory: TempDir,
    writer: Writer,
    reader: Reader,
}

fn name(text: &str) -> Name {
    Name::new(text).expect("is a name")
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

fn point(lat: f64) -> Point {
    Point::new(lat, 16.37).expect("is a point")
}

fn ann() -> Friend {
    let role = Some(Role::Admin);
    let memberships = Memberships::one(GROUP, Role::Admin);
    Friend { id: ANN, group: GROUP, memberships, name: name("ann"), role, demo: false, added_at: moment(0) }
}

impl House {
    async fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory can be made");
        let (mut writer, reader) =
            store::open(&directory.path().join("test.db")).await.expect("the store opens");
        writer.add_group(GROUP, &name("Friends")).await.expect("the group is new");
        writer
            .add_friend(NewFriend {
                friend: &ann(),
                password_hash: Some("x"),
                sharing: &domain::Sharing::default(),
            })
            .await
            .expect("ann is new");
        let device = Device { id: PHONE, friend: ANN, name: name("phone"), kind: DeviceKind::Phone };
        let new = NewDevice { device: &device, credential_hash: &[1; 32], added_at: moment(0) };
        writer.put_device(new).await.expect("the phone is new");
        Self { directory, writer, reader }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("test.db")
    }

    /// The file, looked at from the side.
    async fn aside(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.path()).foreign_keys(true);
        SqliteConnection::connect_with(&options).await.expect("the file opens")
    }

    /// How many rows each table has, without those that are empty.
    async fn rows(&self) -> Vec<(String, i64)> {
        let mut aside = self.aside().await;
        let tables =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                      AND name NOT LIKE 'sqlite%' ORDER BY name";
        let tables = sqlx::query(tables).fetch_all(&mut aside).await.expect("there is a schema");
        let mut rows = Vec::new();
        for table in tables.iter().map(|row| row.get::<String, _>(0)) {
            let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            let count: i64 =
                sqlx::query(count).fetch_one(&mut aside).await.expect("the table is there").get(0);
            if count > 0 {
                rows.push((table, count));
            }
        }
        rows
    }

    async fn fixes(&self, limit: u32, after: Option<(Timestamp, u32)>) -> Vec<Fix> {
        let query = FixQuery { device: PHONE, from: None, to: None, after, limit };
        self.reader.fixes(&query).await.expect("the store answers")
    }

    async fn verdicts(&self) -> Vec<String> {
        let query = MessageQuery { only_trouble: false, before: None, of: None, limit: 1000 };
        let log = self.reader.messages(&query).await.expect("the store answers");
        log.into_iter().rev().map(|message| message.verdict).collect()
    }
}

fn message(payload: &[u8]) -> NewMessage {
    NewMessage {
        received_at: moment(0),
        door: Door::Broker,
        device: Some(PHONE),
        topic: "owntracks/ann/phone".into(),
        retained: false,
        payload: payload.to_vec(),
        verdict: "location".into(),
        trouble: false,
    }
}

fn fix(at: i64, lat: f64, received_at: i64) -> Fix {
    Fix {
        device: PHONE,
        at: moment(at),
        sent_at: Some(moment(received_at - 1)),
        received_at: moment(received_at),
        point: point(lat),
        accuracy_m: Some(12.5),
        altitude_m: Some(-3.25),
        velocity_kmh: None,
        course_deg: Some(359.5),
        battery_pct: Some(7),
        trigger: Some("u\u{0}'\"".into()),
        connection: None,
    }
}

/// Messages of one fix each.
fn reports(fixes: impl IntoIterator<Item = Fix>) -> Batch {
    let mut batch = Batch::default();
    for (message_index, fix) in fixes.into_iter().enumerate() {
        batch.messages.push(message(b"{}"));
        batch.fixes.push(NewFix { fix, listed: vec![], message: message_index });
    }
    batch
}

fn transition(number: u128, at: i64) -> NewTransition {
    let transition = Transition {
        id: TransitionId::new(Uuid::from_u128(number)),
        friend: ANN,
        device: PHONE,
        region: RegionId::new(Uuid::from_u128(number)),
        region_name: "Home".into(),
        kind: Kind::Enter,
        at: moment(at),
        decided_at: moment(at),
        learnt_at: moment(at),
        witness: Witness::Server,
        evidence: vec![],
        stay_ms: None,
        superseded_at: None,
    };
    NewTransition { transition, group: GROUP, demo: false }
}

/// Something for every table.
fn full_batch(device: DeviceId) -> Batch {
    let mut batch = reports([fix(0, 48.2, 0)]);
    batch.turns.push(Turn::Learn(transition(10, 0)));
    batch.claims.push(Claim {
        device: PHONE,
        at: moment(0),
        kind: Kind::Enter,
        description: "Home".into(),
        rid: None,
        waypoint_at: None,
        region: Some(HOME),
        position: Some((48.2, 16.37)),
        accuracy_m: None,
        received_at: moment(0),
    });
    batch.waypoints.push(PhoneWaypoint {
        device: PHONE,
        key: "tst 1".into(),
        waypoint: Waypoint {
            rid: None,
            made_at: Some(moment(0)),
            name: "Home".into(),
            position: None,
            radius_m: Some(100.0),
            seen_at: moment(0),
            gone_at: None,
        },
    });
    batch.lists.push((PHONE, moment(0)));
    batch.retained.push(Retained { topic: "owntracks/ann/phone".into(), payload: b"{}".to_vec(), qos: 1 });
    batch.seqs.push((GROUP, Seq(7)));
    batch.states.push(DeviceState {
        device,
        judged: geofence::DeviceState::default(),
        spot: Some(Spot::from(&fix(0, 48.2, 0))),
        lost_at: Some(moment(5)),
        rhythm: domain::Rhythm::default(),
    });
    batch
}

#[tokio::test]
async fn names_from_before_there_were_keys_get_one_and_those_that_collide_a_number() {
    let House { directory, writer, reader, .. } = House::new().await;
    writer.close().await.expect("it closes");
    drop(reader);
    let path = directory.path().join("test.db");
    let mut aside = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path))
        .await
        .expect("the file opens");
    for sql in [
        "UPDATE groups SET name_key = NULL",
        "UPDATE friends SET name_key = NULL",
        "UPDATE devices SET name_key = NULL",
        "INSERT INTO groups (id, name) VALUES (x'00000000000000000000000000000050', 'FRI\u{ff45}NDS')",
        "INSERT INTO friends (id, group_id, name, demo, added_at)
         SELECT x'00000000000000000000000000000051', group_id, 'Ärne', 0, 5 FROM friends",
        "INSERT INTO friends (id, group_id, name, demo, added_at)
         SELECT x'00000000000000000000000000000052', group_id, 'ärne', 0, 4 FROM friends WHERE name = 'ann'",
        "INSERT INTO devices (id, friend_id, name, credential_hash, added_at)
         SELECT x'00000000000000000000000000000053', friend_id, 'PHON\u{c9}', x'01', 5 FROM devices",
    ] {
        sqlx::query(sql).execute(&mut aside).await.expect("is written");
    }
    aside.close().await.expect("it closes");
    for _ in 0..2 {
        let (writer, reader) = store::open(&path).await.expect("the store opens");
        let accounts = reader.accounts().await.expect("the store answers");
        let names: Vec<_> = accounts.iter().map(|account| account.friend.name.to_string()).collect();
        assert_eq!(names, ["ann", "Ärne 2", "ärne"], "the older one keeps the name");
        let id = |name: &str| {
            accounts.iter().find(|one| one.friend.name.as_str() == name).map(|one| one.friend.id)
        };
        for (asked, found) in [("ANN", "ann"), ("ÄRNE", "ärne"), ("A\u{308}rne 2", "Ärne 2")] {
            let account = reader.account(asked).await.expect("the store answers").expect("is there");
            assert_eq!(Some(account.friend.id), id(found), "{asked}");
        }
        let group = |name: &'static str| reader.group_named(name);
        assert_eq!(group("friends").await.expect("the store answers"), Some(GROUP));
        assert!(group("Friends 2").await.expect("the store answers").is_some());
        assert_eq!(reader.devices().await.expect("the store answers").len(), 2);
        writer.close().await.expect("it closes");
    }
}

#[tokio::test]
async fn a_batch_is_stored_whole() {
    let mut house = House::new().await;
    house.writer.commit(&mut full_batch(PHONE)).await.expect("all of it fits");
    let tables: Vec<String> = house.rows().await.into_iter().map(|(table, _)| table).collect();
    let wanted = [
        "claims",
        "device_states",
        "devices",
        "fixes",
        "friends",
        "groups",
        "memberships",
        "messages",
        "retained",
        "retention",
        "sharing",
        "transitions",
        "waypoint_lists",
        "waypoints",
    ];
    assert_eq!(tables, wanted);
    assert_eq!(house.fixes(10, None).await, [fix(0, 48.2, 0)]);
    let known = house.reader.devices().await.expect("the store answers");
    assert_eq!(known[0].spot, Some(Spot::from(&fix(0, 48.2, 0))));
    assert_eq!(known[0].lost_at, Some(moment(5)));
    assert_eq!(house.reader.groups().await.expect("the store answers"), [(GROUP, Seq(7))]);
}

#[tokio::test]
async fn a_batch_with_one_row_that_cannot_be_leaves_nothing() {
    let mut house = House::new().await;
    let before = house.rows().await;
    // The state of a device that nobody has: a foreign key without its row.
    let refused = house.writer.commit(&mut full_batch(UNKNOWN)).await;
    assert!(matches!(refused, Err(Error::Driver(_))), "{:?}", refused.err());
    assert_eq!(house.rows().await, before);
    assert_eq!(house.reader.groups().await.expect("the store answers"), [(GROUP, Seq(0))]);
    // And the writer goes on working.
    house.writer.commit(&mut full_batch(PHONE)).await.expect("all of it fits");
}

#[tokio::test]
async fn a_fix_that_comes_again_is_a_duplicate_and_changes_nothing() {
    let mut house = House::new().await;
    house.writer.commit(&mut reports([fix(0, 48.2, 0)])).await.expect("it is new");
    let mut again = reports([fix(0, 48.2, 1), fix(1, 48.2, 1), fix(0, 48.3, 1)]);
    house.writer.commit(&mut again).await.expect("a duplicate is no error");
    assert_eq!(again.messages[0].verdict, "duplicate");
    assert_eq!(house.verdicts().await, ["location", "duplicate", "location", "location"]);
    let fixes = house.fixes(10, None).await;
    assert_eq!(fixes.len(), 3);
    assert!(fixes.contains(&fix(0, 48.2, 0)), "the time of the first receipt stays");
}

#[tokio::test]
async fn the_same_fix_twice_in_one_batch_is_stored_once() {
    let mut house = House::new().await;
    house
        .writer
        .commit(&mut reports([fix(0, 48.2, 0), fix(0, 48.2, 1)]))
        .await
        .expect("a duplicate is no error");
    assert_eq!(house.fixes(10, None).await, [fix(0, 48.2, 0)]);
    assert_eq!(house.verdicts().await, ["location", "duplicate"]);
}

#[tokio::test]
async fn a_message_of_two_fixes_of_which_one_is_known_is_no_duplicate() {
    let mut house = House::new().await;
    house.writer.commit(&mut reports([fix(0, 48.2, 0)])).await.expect("it is new");
    let mut batch = Batch { messages: vec![message(b"[]")], ..Batch::default() };
    batch.fixes =
        [fix(0, 48.2, 1), fix(1, 48.2, 1)].map(|fix| NewFix { fix, listed: vec![], message: 0 }).into();
    house.writer.commit(&mut batch).await.expect("a duplicate is no error");
    assert_eq!(house.verdicts().await, ["location", "location"]);
}

#[tokio::test]
async fn payloads_are_kept_byte_by_byte() {
    let mut house = House::new().await;
    let payloads: Vec<Vec<u8>> = vec![
        b"\0".to_vec(),
        vec![],
        (0..=255).collect(),
        b"\xff\xfe\0\0".to_vec(),
        "grüße 🙂".into(),
        vec![],
        vec![0; 1 << 20],
        b"'; DROP TABLE messages; --".to_vec(),
    ];
    let messages = payloads.iter().map(|payload| message(payload)).collect();
    house.writer.commit(&mut Batch { messages, ..Batch::default() }).await.expect("anything is a payload");
    let mut aside = house.aside().await;
    let stored = sqlx::query("SELECT payload FROM messages ORDER BY id").fetch_all(&mut aside).await;
    let stored: Vec<Vec<u8>> = stored.expect("the table is there").iter().map(|row| row.get(0)).collect();
    assert!(stored == payloads, "stored are {:?}", stored.iter().map(Vec::len).collect::<Vec<_>>());

    let query = MessageQuery { only_trouble: false, before: None, of: None, limit: 10 };
    let log = house.reader.messages(&query).await.expect("the store answers");
    assert_eq!(
        log.iter().map(|message| message.bytes).collect::<Vec<_>>(),
        [26, 1 << 20, 0, 12, 4, 256, 0, 1]
    );
    assert_eq!(log[1].payload.len(), domain::LoggedMessage::SHOWN_BYTES);
}

#[tokio::test]
async fn an_empty_payload_can_be_all_there_is() {
    let mut house = House::new().await;
    for _ in 0..2 {
        let mut batch = Batch { messages: vec![message(b"")], ..Batch::default() };
        house.writer.commit(&mut batch).await.expect("nothing is a payload, too");
    }
    let mut aside = house.aside().await;
    let empty = "SELECT count(*) FROM messages WHERE payload = x''";
    let empty: i64 = sqlx::query(empty).fetch_one(&mut aside).await.expect("answers").get(0);
    assert_eq!(empty, 2);
}

#[tokio::test]
async fn retained_messages_are_replaced_forgotten_and_exact() {
    let mut house = House::new().await;
    let retained =
        |topic: &str, payload: &[u8]| Retained { topic: topic.into(), payload: payload.to_vec(), qos: 1 };
    let first = vec![
        retained("a/b", b"1"),
        retained("a/b", b"2\0\xff"),
        retained("a/c", b"3"),
        retained("a/b/info", b"4"),
    ];
    let mut batch = Batch { retained: first, ..Batch::default() };
    house.writer.commit(&mut batch).await.expect("all of it fits");
    let kept = house.reader.retained().await.expect("the store answers");
    assert_eq!(kept, [retained("a/b", b"2\0\xff"), retained("a/b/info", b"4"), retained("a/c", b"3")]);
    let mut batch = Batch { retained: vec![retained("a/c", b"")], ..Batch::default() };
    house.writer.commit(&mut batch).await.expect("all of it fits");
    house.writer.stage_unretained("a/b");
    house.writer.remove_device(PHONE, moment(0), None).await.expect("with that");
    assert_eq!(house.reader.retained().await.expect("the store answers"), []);
}

#[tokio::test]
async fn pages_of_fixes_have_no_gap_and_nothing_twice_although_times_are_equal() {
    let mut house = House::new().await;
    let many = (0..25).map(|n| fix(n / 10, 48.0 + f64::from(i32::try_from(n).expect("is small")) / 100.0, 0));
    house.writer.commit(&mut reports(many)).await.expect("they are new");
    let whole = house.fixes(100, None).await;
    assert_eq!(whole.len(), 25);
    assert!(whole.is_sorted_by_key(|fix| std::cmp::Reverse(fix.at)));
    for limit in 1..=26 {
        let (mut walked, mut after): (Vec<Fix>, Option<(Timestamp, u32)>) = (vec![], None);
        loop {
            let page = house.fixes(limit, after).await;
            let Some(last) = page.last().map(|fix| fix.at) else { break };
            walked.extend(page);
            let same = walked.iter().filter(|fix| fix.at == last).count();
            after = Some((last, u32::try_from(same).expect("is small")));
        }
        assert_eq!(walked, whole, "limit {limit}");
    }
}

#[tokio::test]
async fn pages_of_transitions_have_no_gap_and_nothing_twice_although_times_are_equal() {
    let mut house = House::new().await;
    let transitions = (0..25).map(|n| transition(100 + n, i64::try_from(n / 10).expect("is small")));
    house
        .writer
        .commit(&mut Batch { turns: transitions.map(Turn::Learn).collect(), ..Batch::default() })
        .await
        .expect("they are new");
    let page = async |limit, after| {
        let query = TransitionQuery {
            scope: Scope::Groups(vec![GROUP]),
            hidden: Vec::new(),
            friend: None,
            region: None,
            kind: None,
            from: None,
            to: None,
            belief: Belief::Held,
            after,
            limit,
        };
        house.reader.transitions(&query).await.expect("the store answers")
    };
    let whole = page(100, None).await;
    assert_eq!(whole.len(), 25);
    for limit in 1..=26 {
        let (mut walked, mut after): (Vec<Transition>, _) = (vec![], None);
        loop {
            let next = page(limit, after).await;
            let Some(last) = next.last() else { break };
            after = Some((last.at, last.id));
            walked.extend(next);
        }
        assert_eq!(walked, whole, "limit {limit}");
    }
    for (scope, count) in
        [(Scope::All, 25), (Scope::Demo, 0), (Scope::Groups(vec![GroupId::new(Uuid::from_u128(77))]), 0)]
    {
        let query = TransitionQuery {
            scope: scope.clone(),
            hidden: Vec::new(),
            friend: None,
            region: None,
            kind: None,
            from: None,
            to: None,
            belief: Belief::Held,
            after: None,
            limit: 100,
        };
        assert_eq!(
            house.reader.transitions(&query).await.expect("the store answers").len(),
            count,
            "{scope:?}"
        );
    }
}

#[tokio::test]
async fn what_is_not_believed_any_more_leaves_the_history_and_stays_readable_in_its_place() {
    let mut house = House::new().await;
    let (first, second, third) = (transition(101, 1), transition(102, 2), transition(103, 3));
    let gone = Superseded {
        friend: ANN,
        device: PHONE,
        region: second.transition.region,
        kind: Kind::Enter,
        at: moment(2),
        superseded_at: moment(9),
        id: None,
    };
    let outlet = Outlet {
        id: OutletId::new(Uuid::from_u128(900)),
        group: GROUP,
        broker: "mqtt://broker.example:1883".into(),
        user: None,
        authority: None,
        base: TopicBase::new("friends").expect("is a base"),
        positions: false,
        transitions: true,
        observations: false,
        on: true,
    };
    house.writer.put_outlet(&outlet, &Password::Keep).await.expect("it is new");
    let known = [first, second, third].map(Turn::Learn);
    house.writer.commit(&mut Batch { turns: known.into(), ..Batch::default() }).await.expect("they are new");
    assert_eq!(house.reader.outlet_waiting(outlet.id).await.expect("the store answers"), 3);
    let mut batch =
        Batch { turns: [Turn::Supersede(gone), Turn::Supersede(gone)].into(), ..Batch::default() };
    house.writer.commit(&mut batch).await.expect("it is there");
    let ids: Vec<_> = batch
        .turns
        .iter()
        .map(|turn| if let Turn::Supersede(Superseded { id, .. }) = turn { *id } else { None })
        .collect();
    assert_eq!(ids, [Some(TransitionId::new(Uuid::from_u128(102)))], "what is not there is not superseded");
    for (belief, wanted) in [
        (Belief::Held, vec![(moment(3), None), (moment(1), None)]),
        (Belief::Ever, vec![(moment(3), None), (moment(2), Some(moment(9))), (moment(1), None)]),
    ] {
        let query = TransitionQuery {
            scope: Scope::Groups(vec![GROUP]),
            friend: Some(ANN),
            region: None,
            kind: None,
            from: None,
            to: None,
            belief,
            hidden: vec![],
            after: None,
            limit: 10,
        };
        let found = house.reader.transitions(&query).await.expect("the store answers");
        let found: Vec<_> = found.iter().map(|one| (one.at, one.superseded_at)).collect();
        assert_eq!(found, wanted);
    }
    assert_eq!(house.reader.outlet_waiting(outlet.id).await.expect("the store answers"), 2, "it is not sent");
    // It may turn out to be true after all.
    let again = vec![Turn::Learn(NewTransition {
        transition: Transition {
            id: TransitionId::new(Uuid::from_u128(104)),
            ..transition(102, 2).transition
        },
        group: GROUP,
        demo: false,
    })];
    let mut batch = Batch { turns: again, ..Batch::default() };
    house.writer.commit(&mut batch).await.expect("it can be stored");
    assert_eq!(batch.turns.len(), 1);
}

#[tokio::test]
async fn who_is_removed_takes_everything_along() {
    let mut house = House::new().await;
    house.writer.commit(&mut full_batch(PHONE)).await.expect("all of it fits");
    let id = domain::SessionId::new(Uuid::from_u128(6));
    let (started_at, ends_at) = (moment(0), moment(1));
    let session = NewSession {
        hash: SecretHash::new([2; 32]),
        friend: ANN,
        started_at,
        ends_at,
        id,
        place: "",
        browser: "",
    };
    house.writer.add_session(session).await.expect("it is new");
    let token = NewToken {
        id: domain::TokenId::new(Uuid::from_u128(5)),
        name: "script",
        hash: SecretHash::new([3; 32]),
        scope: "read",
        friend: Some(ANN),
        made_at: moment(0),
    };
    house.writer.add_token(token).await.expect("it is new");
    house.writer.stage_unretained("owntracks/ann/phone");
    house.writer.remove_friend(ANN).await.expect("she is there");
    let left = ["groups", "retention"].map(|table| (table.to_owned(), 1));
    assert_eq!(house.rows().await, left, "what is the server's own");
}

#[tokio::test]
async fn a_removed_device_takes_its_own_along_and_leaves_the_friend() {
    let mut house = House::new().await;
    house.writer.commit(&mut full_batch(PHONE)).await.expect("all of it fits");
    house.writer.stage_unretained("owntracks/ann/phone");
    house.writer.remove_device(PHONE, moment(0), None).await.expect("it is there");
    let tables = ["friends", "groups", "journal", "memberships", "retention", "sharing"];
    let left = tables.map(|table| (table.to_owned(), 1));
    assert_eq!(house.rows().await, left, "the journal says that there was one");
}

#[tokio::test]
async fn the_number_of_a_message_is_never_given_again() {
    let mut house = House::new().await;
    let mut aside = house.aside().await;
    let mut newest = 0;
    for _ in 0..2 {
        house.writer.commit(&mut full_batch(PHONE)).await.expect("all of it fits");
        let (first, last): (i64, i64) = sqlx::query_as("SELECT min(id), max(id) FROM messages")
            .fetch_one(&mut aside)
            .await
            .expect("there are some");
        assert!(first > newest);
        newest = last;
        sqlx::query("DELETE FROM messages").execute(&mut aside).await.expect("as an erasure does");
    }
}

#[tokio::test]
async fn a_long_log_of_a_removed_device_is_erased_in_steps_and_no_other() {
    let mut house = House::new().await;
    let other = UNKNOWN.uuid();
    let mut aside = house.aside().await;
    for (id, device) in [(1, PHONE.uuid()), (2, other), (70_000, PHONE.uuid()), (130_000, PHONE.uuid())] {
        sqlx::query(
            "INSERT INTO messages (id, received_at, door, device_id, topic, retained, payload, verdict, trouble)
             VALUES (?1, 0, 'broker', ?2, 't', 0, x'', 'location', 0)",
        )
        .bind(id)
        .bind(device)
        .execute(&mut aside)
        .await
        .expect("the row is right");
    }
    house.writer.remove_device(PHONE, moment(0), None).await.expect("it is there");
    assert_eq!(house.verdicts().await.len(), 3, "the newest at once");
    let (mut again, _) = store::open(&house.path()).await.expect("a restart opens it");
    while again.erase_some().await.expect("the store writes") {}
    let left: Vec<Uuid> = sqlx::query("SELECT device_id FROM messages")
        .fetch_all(&mut aside)
        .await
        .expect("the store answers")
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(left, [other]);
    assert!(house.rows().await.iter().all(|(table, _)| table != "erasures"), "nothing is left to do");
}

#[tokio::test]
async fn another_process_that_writes_is_noticed_once() {
    let mut house = House::new().await;
    assert!(house.writer.somebody_else_wrote().await.expect("the store answers").is_none());
    let (mut other, reader) = store::open(&house.path()).await.expect("a second process may open it");
    assert!(
        house.writer.somebody_else_wrote().await.expect("the store answers").is_none(),
        "opening writes nothing"
    );
    other.add_group(GroupId::new(Uuid::from_u128(8)), &name("Club")).await.expect("it is new");
    let wrote = house.writer.somebody_else_wrote().await.expect("the store answers");
    assert!(
        house.writer.somebody_else_wrote().await.expect("the store answers").is_some(),
        "as long as it is not taken up"
    );
    house.writer.taken_up(wrote.expect("somebody did"));
    assert!(house.writer.somebody_else_wrote().await.expect("the store answers").is_none());
    house.writer.commit(&mut reports([fix(0, 48.2, 0)])).await.expect("both may write in turn");
    assert!(
        house.writer.somebody_else_wrote().await.expect("the store answers").is_none(),
        "one's own do not count"
    );
    assert!(other.somebody_else_wrote().await.expect("the store answers").is_some());
    assert_eq!(reader.groups().await.expect("the store answers").len(), 2);
}

#[tokio::test]
async fn names_are_taken_without_regard_to_case() {
    let mut house = House::new().await;
    let taken = house.writer.add_group(GroupId::new(Uuid::from_u128(8)), &name("FRIENDS")).await;
    assert!(matches!(taken, Err(Error::Conflict { what: "group" })), "{:?}", taken.err());
    let other = Friend { id: FriendId::new(Uuid::from_u128(8)), name: name("Ann"), ..ann() };
    let new = NewFriend { friend: &other, password_hash: None, sharing: &domain::Sharing::default() };
    let taken = house.writer.add_friend(new).await;
    assert!(matches!(taken, Err(Error::Conflict { what: "friend" })), "{:?}", taken.err());
    let again = Device { id: UNKNOWN, friend: ANN, name: name("PHONE"), kind: DeviceKind::Phone };
    let again = NewDevice { device: &again, credential_hash: &[9; 32], added_at: moment(1) };
    house.writer.put_device(again).await.expect("a device that is there gets a new password");
    let devices = house.reader.devices().await.expect("the store answers");
    assert_eq!(devices.len(), 1);
    assert_eq!((devices[0].device.id, &devices[0].credential_hash[..]), (PHONE, &[9; 32][..]));
}

#[tokio::test]
async fn what_is_committed_survives_and_the_file_is_sound() {
    let mut house = House::new().await;
    let region = Region {
        id: HOME,
        group: GROUP,
        name: name("Home"),
        area: Area::Circle(Circle::new(point(48.2), 100.0).expect("is a circle")),
        demo: false,
        changed_at: moment(0),
        details: domain::Details::default(),
    };
    house.writer.put_region(&region).await.expect("it is new");
    house.writer.commit(&mut full_batch(PHONE)).await.expect("all of it fits");
    let copy = house.directory.path().join("copy.db");
    house.writer.back_up(&copy).await.expect("the copy is written");
    assert!(house.writer.back_up(&copy).await.is_err(), "a copy does not replace another");

    let (_writer, reader) = store::open(&copy).await.expect("the copy is a store");
    assert_eq!(reader.regions().await.expect("the store answers"), [region]);
    for path in [house.path(), copy] {
        let options = SqliteConnectOptions::new().filename(path);
        let mut file = SqliteConnection::connect_with(&options).await.expect("the file opens");
        let sound: String =
            sqlx::query("PRAGMA integrity_check").fetch_one(&mut file).await.expect("answers").get(0);
        assert_eq!(sound, "ok");
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut file).await.expect("answers");
        assert!(broken.is_empty(), "{} rows refer to nothing", broken.len());
    }
    house.writer.close().await.expect("it closes");
}

#[tokio::test]
async fn the_log_is_written_ahead_so_that_readers_need_not_wait() {
    let house = House::new().await;
    let mut aside = house.aside().await;
    let mode: String =
        sqlx::query("PRAGMA journal_mode").fetch_one(&mut aside).await.expect("answers").get(0);
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_newer_database_and_a_damaged_one_are_told_apart() {
    let house = House::new().await;
    let mut aside = house.aside().await;
    sqlx::query("INSERT INTO _sqlx_migrations SELECT version + 1000, description, installed_on, success, checksum, execution_time
                 FROM _sqlx_migrations ORDER BY version DESC LIMIT 1")
        .execute(&mut aside)
        .await
        .expect("the row is added");
    let newer = store::open(&house.path()).await.err();
    assert!(matches!(newer, Some(Error::Newer { .. })), "{newer:?}");
    let damaged = house.directory.path().join("damaged.db");
    std::fs::write(&damaged, "no database at all, ".repeat(1000)).expect("can be written");
    let refused = store::open(&damaged).await.err();
    assert!(matches!(refused, Some(Error::Open { .. } | Error::Migrate { .. })), "{refused:?}");
    let nowhere = store::open(&house.directory.path().join("none/test.db")).await.err();
    assert!(matches!(nowhere, Some(Error::Open { .. })), "{nowhere:?}");
}

#[tokio::test]
async fn an_observation_of_the_same_time_replaces_the_one_before_and_goes_with_its_sensor() {
    let mut house = House::new().await;
    let quantity = domain::Quantity { name: name("Temperature"), unit: Some(name("°C")) };
    let sensor = domain::Sensor {
        id: domain::SensorId::new(Uuid::from_u128(7)),
        group: GROUP,
        name: name("Dächer"),
        topic: domain::TopicFilter::new("weather/+").expect("is a filter"),
        form: domain::SensorForm::Csv { values: vec![quantity] },
        public: true,
        changed_at: moment(0),
    };
    let tell = |entry| Batch { journal: vec![(moment(0), entry)], ..Batch::default() };
    let made = |sensor: &domain::Sensor| tell(Entry::Sensor(Box::new(sensor.clone())));
    house.writer.commit(&mut made(&sensor)).await.expect("is new");
    let twin = domain::Sensor {
        id: domain::SensorId::new(Uuid::from_u128(8)),
        name: name("DÄCHER"),
        ..sensor.clone()
    };
    let twin = house.writer.commit(&mut made(&twin)).await;
    assert!(matches!(twin, Err(Error::Conflict { .. })), "{twin:?}");
    let seen = |at: i64, value: f64| store::NewObservation {
        sensor: sensor.id,
        observation: domain::Observation { at: moment(at), received_at: moment(9), values: vec![value, 0.1] },
    };
    let observations = vec![seen(0, 1.0), seen(1, 2.0), seen(0, 3.0), seen(2, -0.5)];
    let mut batch = Batch { observations, ..Batch::default() };
    house.writer.commit(&mut batch).await.expect("is committed");
    let ask = async |to: Option<i64>, limit: u32| {
        let query =
            store::ObservationQuery { sensor: sensor.id, from: Some(moment(0)), to: to.map(moment), limit };
        let found = house.reader.observations(&query).await.expect("the store answers");
        found.into_iter().map(|observation| (observation.at, observation.values)).collect::<Vec<_>>()
    };
    let all = [(moment(2), vec![-0.5, 0.1]), (moment(1), vec![2.0, 0.1]), (moment(0), vec![3.0, 0.1])];
    assert_eq!(ask(None, 9).await, all);
    assert_eq!(ask(Some(2), 1).await, all[1..2]);
    let known = house.reader.sensors().await.expect("the store answers");
    assert_eq!(known, std::slice::from_ref(&sensor));
    house.writer.commit(&mut tell(Entry::SensorGone(sensor.id))).await.expect("is removed");
    let journal = house.reader.journal().await.expect("the store answers");
    let told: Vec<_> = journal.into_iter().map(|told| told.entry).collect();
    assert_eq!(told, [Entry::Sensor(Box::new(sensor.clone())), Entry::SensorGone(sensor.id)]);
    assert!(house.rows().await.iter().all(|(table, _)| table != "observations" && table != "sensors"));
}
