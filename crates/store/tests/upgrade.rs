//! A database that an older version wrote: it opens, and what it knew of devices is known.

use domain::{DeviceId, GroupId, RegionId, Role, Stint};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use uuid::Uuid;

/// The last migration of the version that wrote it.
const OLD: i64 = 70;
/// The last one of a version that kept everything for ever.
const BEFORE_RETENTION: i64 = 150;
/// The last one of a version in which everybody was of one group.
const BEFORE_MEMBERSHIPS: i64 = 100;

/// Entered a moment ago, seen by the server.
const ENTERED: &str = r#"{"judged_at":1795285768000,"judged":[{"fix":{"lat":48.2,"lon":16.37}}],"surveyed_at":1795285788573,"surveyed":{},
    "believed":{"point":{"lat":48.2,"lon":16.37},"accuracy_m":10.0,"at":1795285768000},"suspect":null,
    "regions":{"00000000-0000-0000-0000-000000000004":{"inside":{"since":1795285728000,"start":"entered"}}},
    "recent":[{"region":"00000000-0000-0000-0000-000000000004","kind":"enter","at":1795285728000,"decided_at":1795285728000,
               "witness":"server"}]}"#;
/// Was there when first seen.
const FOUND: &str = r#"{"judged_at":1795282788000,"judged":[{"fix":{"lat":48.2,"lon":16.37}}],"surveyed_at":1795285788567,
    "surveyed":{"00000000-0000-0000-0000-000000000004":1795285788570},
    "believed":{"point":{"lat":48.2,"lon":16.37},"accuracy_m":10.0,"at":1795282788000},"suspect":null,
    "regions":{"00000000-0000-0000-0000-000000000004":{"inside":{"since":1795282788000,"start":"found"}}},"recent":[]}"#;
/// Outside; the region was moved away from under it.
const OUTSIDE: &str = r#"{"judged_at":1795285768000,"judged":[{"fix":{"lat":48.3,"lon":16.37}}],"surveyed_at":1795285788573,"surveyed":{},
    "believed":{"point":{"lat":48.3,"lon":16.37},"accuracy_m":10.0,"at":1795285768000},"suspect":null,"regions":{},"recent":[]}"#;

async fn old_database(directory: &TempDir, version: i64) -> SqliteConnection {
    let options =
        SqliteConnectOptions::new().filename(directory.path().join("old.db")).create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options).await.expect("it is made");
    schema::MIGRATOR.run_direct(Some(version), &mut database, false).await.expect("the old migrations run");
    database
}

#[tokio::test]
async fn who_was_of_one_group_is_of_it_and_admins_stay_admins_of_it_and_of_the_server() {
    let directory = TempDir::new().expect("a temporary directory can be made");
    let mut database = old_database(&directory, BEFORE_MEMBERSHIPS).await;
    let groups = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let people = [
        (Uuid::from_u128(11), 0, "ada", Some("admin")),
        (Uuid::from_u128(12), 0, "ben", Some("friend")),
        (Uuid::from_u128(13), 1, "cat", None),
    ];
    for (id, name) in groups.iter().zip(["Family", "Club"]) {
        let made = sqlx::query("INSERT INTO groups (id, name, name_key) VALUES (?1, ?2, lower(?2))").bind(id);
        made.bind(name).execute(&mut database).await.expect("the group was known");
    }
    for (id, group, name, role) in people {
        let made = "INSERT INTO friends (id, group_id, name, name_key, role, password_hash, added_at)
                    VALUES (?1, ?2, ?3, ?3, ?4, iif(?4 IS NULL, NULL, 'x'), 5)";
        let made = sqlx::query(made).bind(id).bind(groups[group]).bind(name).bind(role);
        made.execute(&mut database).await.expect("they were known");
        let device = "INSERT INTO devices (id, friend_id, name, name_key, credential_hash, added_at) VALUES (?1, ?2, 'phone', 'phone', x'00', 0)";
        let device = sqlx::query(device).bind(Uuid::from_u128(id.as_u128() + 100)).bind(id);
        device.execute(&mut database).await.expect("the device was known");
    }
    for what in ["admin", "admin gone", "admin"] {
        let told =
            sqlx::query("INSERT INTO journal (after_message, at, what, friend_id) VALUES (0, 7, ?1, ?2)");
        told.bind(what).bind(people[0].0).execute(&mut database).await.expect("it was told");
    }
    database.close().await.expect("it closes");

    let (writer, reader) = store::open(&directory.path().join("old.db")).await.expect("it opens");
    let accounts = reader.accounts().await.expect("everybody can be read");
    let known = accounts.iter().map(|account| {
        let friend = &account.friend;
        let of: Vec<_> = friend.memberships.iter().map(|of| (of.group.uuid(), of.role)).collect();
        (friend.name.as_str(), friend.group.uuid(), friend.role, of)
    });
    let (family, club) = (groups[0], groups[1]);
    let expected = [
        ("ada", family, Some(Role::Admin), vec![(family, Role::Admin)]),
        ("ben", family, Some(Role::Friend), vec![(family, Role::Friend)]),
        ("cat", club, None, vec![(club, Role::Friend)]),
    ];
    assert_eq!(known.collect::<Vec<_>>(), expected);
    let stints = reader.stints().await.expect("the times can be read");
    assert!(stints.len() == 3 && stints.values().flatten().all(Stint::is_always), "{stints:?}");

    // The journal tells the same from the beginning on, and who was an admin in between.
    let journal = reader.journal().await.expect("the journal can be read");
    let told = journal.iter().filter_map(|told| {
        let store::Entry::Groups(friend, groups) = &told.entry else { return None };
        Some((told.after_message, friend.uuid(), groups.home.uuid(), groups.stints[0].role))
    });
    let ada = people[0].0;
    let expected = [
        (-1, ada, family, Role::Friend),
        (-1, people[1].0, family, Role::Friend),
        (-1, people[2].0, club, Role::Friend),
        (0, ada, family, Role::Admin),
        (0, ada, family, Role::Friend),
        (0, ada, family, Role::Admin),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    writer.close().await.expect("it closes");
}

#[tokio::test]
async fn what_an_older_version_knew_of_devices_is_known_after_the_upgrade() {
    let directory = TempDir::new().expect("a temporary directory can be made");
    let mut database = old_database(&directory, OLD).await;
    let (group, friend) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let known =
        sqlx::query("INSERT INTO groups (id, name, name_key) VALUES (?1, 'Friends', 'friends')").bind(group);
    known.execute(&mut database).await.expect("the group was known");
    let known =
        "INSERT INTO friends (id, group_id, name, name_key, added_at) VALUES (?1, ?2, 'ann', 'ann', 0)";
    let known = sqlx::query(known).bind(friend).bind(group);
    known.execute(&mut database).await.expect("ann was known");
    for (number, judged) in [(10_u128, ENTERED), (11, FOUND), (12, OUTSIDE)] {
        let device = Uuid::from_u128(number);
        let name = format!("phone{number}");
        let known = "INSERT INTO devices (id, friend_id, name, name_key, credential_hash, added_at) VALUES (?1, ?2, ?3, ?3, x'00', 0)";
        let known = sqlx::query(known).bind(device).bind(friend).bind(name);
        known.execute(&mut database).await.expect("the device was known");
        let state = sqlx::query("INSERT INTO device_states (device_id, judged) VALUES (?1, ?2)");
        state.bind(device).bind(judged).execute(&mut database).await.expect("its state was known");
    }
    let entered = "INSERT INTO transitions (id, group_id, friend_id, device_id, region_id, region_name, kind, at, decided_at, learnt_at,
                                            witness, evidence)
                   VALUES (?1, ?2, ?3, ?4, ?5, 'Home', 'enter', ?6, ?6, ?6, 'server', '[]')";
    for (number, at) in [(10, 1_795_285_728_000_i64), (12, 1_795_280_000_000)] {
        let (id, device, home) = (Uuid::from_u128(100 + number), Uuid::from_u128(number), Uuid::from_u128(4));
        let known = sqlx::query(entered).bind(id).bind(group).bind(friend).bind(device).bind(home).bind(at);
        known.execute(&mut database).await.expect("the history was known");
    }
    database.close().await.expect("it closes");

    let (writer, reader) = store::open(&directory.path().join("old.db")).await.expect("it opens");
    let devices = reader.devices().await.expect("every state can be read");
    let home = RegionId::new(Uuid::from_u128(4));
    let inside = |number: u128| {
        let known = devices.iter().find(|known| known.device.id == DeviceId::new(Uuid::from_u128(number)));
        let state = &known.expect("the device is there").judged;
        state.stays().find(|stay| stay.region == home).map(|stay| stay.since.as_millis())
    };
    assert_eq!(inside(10), Some(1_795_285_728_000));
    assert_eq!(inside(11), Some(1_795_282_788_000));
    assert_eq!(inside(12), None);
    let shown = reader.sharings().await.expect("what everybody shows can be read");
    let shown: Vec<_> =
        shown.iter().map(|(id, sharing)| (id.uuid(), sharing.is_open_to(GroupId::new(group)))).collect();
    assert_eq!(shown, [(friend, true)], "whoever was there shows what they showed");
    writer.close().await.expect("it closes");

    let options = SqliteConnectOptions::new().filename(directory.path().join("old.db"));
    let mut database = SqliteConnection::connect_with(&options).await.expect("it opens");
    let log: Vec<(Uuid, String, bool)> =
        sqlx::query_as("SELECT device_id, kind, silent FROM crossings ORDER BY device_id, at, kind DESC")
            .fetch_all(&mut database)
            .await
            .expect("every device has a log");
    let log: Vec<_> =
        log.iter().map(|(device, kind, silent)| (device.as_u128(), kind.as_str(), *silent)).collect();
    let expected = [(10, "enter", false), (11, "enter", true), (12, "enter", false), (12, "leave", true)];
    assert_eq!(log, expected, "who is inside is so by their log, and who is not, is not");
}

#[tokio::test]
async fn who_was_signed_in_before_the_upgrade_still_is() {
    let directory = TempDir::new().expect("a temporary directory can be made");
    let mut database = old_database(&directory, BEFORE_MEMBERSHIPS).await;
    for known in [
        "INSERT INTO groups (id, name, name_key) VALUES (x'01', 'Friends', 'friends')",
        "INSERT INTO friends (id, group_id, name, name_key, role, password_hash, added_at)
         VALUES (x'00000000000000000000000000000002', x'01', 'ann', 'ann', 'friend', 'x', 0)",
        "INSERT INTO sessions (hash, friend_id, started_at, ends_at) VALUES (zeroblob(32), x'00000000000000000000000000000002', 5, 100)",
        "INSERT INTO sessions (hash, friend_id, started_at, ends_at) VALUES (randomblob(32), x'00000000000000000000000000000002', 6, 100)",
        "INSERT INTO tokens (id, name, hash, scope, friend_id, made_at)
         VALUES (x'00000000000000000000000000000007', 'script', zeroblob(32), 'read', x'00000000000000000000000000000002', 0)",
    ] {
        sqlx::query(known).execute(&mut database).await.expect("it was known");
    }
    database.close().await.expect("it can be closed");
    let (writer, reader) = store::open(&directory.path().join("old.db")).await.expect("it opens");
    let ann = domain::FriendId::new(Uuid::from_u128(2));
    let session =
        reader.session(&store::SecretHash::new([0; 32])).await.expect("it is read").expect("is there");
    assert_eq!((session.friend, session.used_at.as_millis()), (ann, 5));
    let listed = reader.sessions(ann, domain::Timestamp::from_millis(50)).await.expect("it is read");
    let [first, second] = listed.as_slice() else { unreachable!("there are two") };
    assert_ne!(first.id, second.id, "each can be ended by itself");
    let token = reader.token(&store::SecretHash::new([0; 32])).await.expect("it is read").expect("is there");
    assert_eq!((token.friend, token.used_at), (Some(ann), None));
    writer.close().await.expect("it can be closed");
}

#[tokio::test]
async fn a_database_that_kept_everything_is_given_time_and_a_new_one_begins_at_once() {
    let directory = TempDir::new().expect("a temporary directory can be made");
    let mut database = old_database(&directory, BEFORE_RETENTION).await;
    for sql in [
        "INSERT INTO groups (id, name, name_key) VALUES (x'01', 'Friends', 'friends')",
        "INSERT INTO friends (id, group_id, name, name_key, added_at) VALUES (x'02', x'01', 'ann', 'ann', 0)",
        "INSERT INTO messages (received_at, door, topic, retained, payload, verdict, trouble) VALUES (0, 'http', 't', 0, x'', 'kept', 0)",
    ] {
        sqlx::query(sql).execute(&mut database).await.expect("it was known");
    }
    let now_s: i64 =
        sqlx::query_scalar("SELECT unixepoch()").fetch_one(&mut database).await.expect("is a time");
    database.close().await.expect("it closes");
    let opened = async |name: &str| {
        let (writer, reader) = store::open(&directory.path().join(name)).await.expect("it opens");
        let row = reader.retention().await.expect("can be read");
        let log = reader.log_after(0, 10).await.expect("can be read").len();
        writer.close().await.expect("it closes");
        (row, log)
    };
    let (old, messages) = opened("old.db").await;
    let days = (old.begins_at.expect("is given time").as_millis() / 1000 - now_s).div_euclid(86_400);
    assert!((29..=30).contains(&days) && messages == 1, "{old:?}");
    let (new, _) = opened("new.db").await;
    assert_eq!((new.begins_at, new.server, old.server), (None, domain::Retention::default(), new.server));
}
