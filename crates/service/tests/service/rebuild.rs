//! Everything that follows from messages can be had from them once more, whatever happened in between, and however they fell into batches.

use crate::{
    dice::Dice,
    support::{self, ROOT, START, TOPICS, Work, bridged, directory, said, start},
};
use domain::{DeviceId, Door, FriendId, GroupId, RegionId, Role, Timestamp};
use geodesy::{Area, Circle, Point, Polygon};
use owntracks::{
    Message,
    secretbox::{self, Secret},
};
use serde_json::{Value, json};
use service::{
    DeviceAccount, Error, Inbound, LineDraft, Principal, Rebuilt, Refusal, RegionDraft, Service, Settings,
};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

const START_S: i64 = START.as_millis() / 1000;

/// What is typed on a phone that encrypts.
const KEY: &str = "a key of ours";

/// What time it is: it goes on a little whenever somebody looks.
fn now() -> Timestamp {
    Timestamp::from_millis(pass(7))
}

/// Lets time pass; says what time it is then.
fn pass(millis: i64) -> i64 {
    support::set_clock(support::now().plus_millis(millis));
    support::now().as_millis()
}

fn settings(topics: &str) -> Settings {
    Settings { clock: now, ..support::settings(topics) }
}

/// A service at work on a file.
struct House {
    work: Work,
    service: Service,
}

impl House {
    async fn new() -> Self {
        Self::open(directory(), TOPICS).await
    }

    async fn open(directory: TempDir, topics: &str) -> Self {
        let work = Work::open(directory, settings(topics)).await;
        Self { service: work.service.clone(), work }
    }

    async fn again(self, topics: &str) -> Self {
        Self::open(self.work.end().await, topics).await
    }

    async fn device(&self, friend: &str, device: &str) -> DeviceAccount {
        self.work.device(None, friend, device).await
    }

    /// Rebuilds from the database as it is now.
    async fn rebuilt(&self, at_once: u32) -> Rebuilt {
        // What this process is set to does not matter: the journal knows.
        self.work.rebuilt(settings("other/{device}/{user}"), at_once).await
    }

    async fn tamper(&self, sql: &str) {
        let mut aside = self.work.aside().await;
        let done = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut aside).await;
        assert_eq!(done.expect("the statement is right").rows_affected(), 1, "{sql}");
    }
}

fn differences(rebuilt: &Rebuilt) -> Vec<String> {
    let told = rebuilt.tables.iter().flat_map(|table| {
        table.told.iter().map(|difference| format!("{} {}: {}", table.table, difference.key, difference.how))
    });
    told.collect()
}

/// Somebody on a walk round 48.2 N 16.37 E, who may stand still for a while.
#[derive(Clone)]
struct Walker {
    lat: f64,
    lon: f64,
    at_s: i64,
}

impl Walker {
    fn goes_on(&mut self, dice: &mut Dice) -> Value {
        if dice.below(3) > 0 {
            self.lat = (self.lat + (dice.part() - 0.5) * 0.008).clamp(48.19, 48.21);
            self.lon = (self.lon + (dice.part() - 0.5) * 0.012).clamp(16.355, 16.385);
        }
        self.at_s = pass(20_000 + i64::try_from(dice.below(60_000)).expect("is small")) / 1000;
        let acc = [5, 12, 30, 80, 0][usize::try_from(dice.below(5)).expect("is small")];
        json!({"_type": "location", "lat": self.lat, "lon": self.lon, "acc": acc, "tst": self.at_s, "batt": 50})
    }
}

/// What phones say, in all its variety.
fn payload(dice: &mut Dice, walker: &mut Walker, said: &[Vec<u8>]) -> Vec<u8> {
    let place = format!("Region {}", dice.below(4));
    let crossing = |event: &str, walker: &Walker, desc: &str| {
        json!({"_type": "transition", "event": event, "desc": desc, "tst": walker.at_s, "wtst": 1_600_000_000,
               "lat": walker.lat, "lon": walker.lon, "acc": 20, "t": "c"})
    };
    let said_now = match dice.below(20) {
        0 => json!({"_type": "lwt", "tst": walker.at_s}),
        1 => crossing("enter", walker, &place),
        2 => crossing("leave", walker, &place),
        3 => crossing("enter", walker, "Only on the phone"),
        4 => {
            json!({"_type": "waypoint", "desc": place, "lat": walker.lat, "lon": walker.lon, "rad": 100, "tst": dice.below(9)})
        }
        5 => {
            json!({"_type": "waypoints", "waypoints": [{"_type": "waypoint", "desc": "B", "tst": 5, "lat": 1, "lon": 1}]})
        }
        6 => return vec![b'{', u8::try_from(dice.below(256)).expect("is small"), b'x'],
        7 => return Vec::new(),
        8 if !said.is_empty() => {
            // Sent again.
            let which = dice.below(u64::try_from(said.len()).expect("is small"));
            return said[usize::try_from(which).expect("is small")].clone();
        }
        9 => {
            // From before, or with a clock that is wrong.
            let (mut late, ago) = (walker.clone(), [300, 30_000, 1_700_000_000, -9_000_000_000]);
            let mut said = late.goes_on(dice);
            said["tst"] = json!(late.at_s - ago[usize::try_from(dice.below(4)).expect("is small")]);
            said
        }
        10 => {
            let mut listed = walker.goes_on(dice);
            listed["inregions"] = json!([place]);
            listed
        }
        11 => json!([walker.goes_on(dice), walker.goes_on(dice)]),
        12 => json!({"_type": "location", "lat": 0, "lon": 0, "acc": 5, "tst": walker.at_s}),
        13 => json!({"_type": "card", "name": "Somebody"}),
        _ => walker.goes_on(dice),
    };
    said_now.to_string().into_bytes()
}

/// The same as a phone with a key sends it.
fn sealed(dice: &mut Dice, plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0; 24];
    nonce[..8].copy_from_slice(&dice.below(u64::MAX).to_be_bytes());
    let key = Secret::new(KEY).expect("is a key");
    owntracks::encode(&Message::Encrypted(secretbox::seal(plain, &key, nonce)))
}

fn draft(dice: &mut Dice) -> RegionDraft {
    let centre = Point::new(48.19 + dice.part() * 0.02, 16.355 + dice.part() * 0.03).expect("is a point");
    let area = if dice.below(2) == 0 {
        Area::Circle(Circle::new(centre, 60.0 + dice.part() * 700.0).expect("is a circle"))
    } else {
        let corner = |bearing| centre.destination(bearing, 500.0);
        Area::Polygon(Polygon::new(vec![corner(0.0), corner(120.0), corner(240.0)]).expect("is a polygon"))
    };
    RegionDraft { name: format!("Region {}", dice.below(4)), area, details: None }
}

/// A friend comes into a group, or leaves one of theirs: the one they were of for longest.
async fn comes_or_goes(service: &Service, group: GroupId, name: &str, friend: FriendId) {
    let known = service.friend_named(&ROOT, name).expect("is there");
    let home = known.memberships.groups().next().expect("everybody is of a group");
    if known.memberships.len() > 1 {
        service.remove_member(&ROOT, home, friend).await.expect("leaves");
    } else {
        let first = service.group_named(&ROOT, "Friends").expect("is there");
        let to = if home == group { first } else { group };
        service.put_member(&ROOT, to, name, Role::Friend).await.expect("comes");
    }
}

/// A long run with everything in it. Some messages are handed in one by one, others many at a time.
async fn long_run(seed: u64, messages: usize) -> House {
    let mut dice = Dice(seed);
    let templates = [TOPICS, "{user}/{device}"];
    let mut house = House::open(directory(), templates[0]).await;
    let mut accounts = vec![
        house.device("ann", "phone").await,
        house.device("ann", "tablet").await,
        house.device("ann", "watch").await,
        house.device("ben", "phone").await,
    ];
    let others = house.service.add_group(&ROOT, "Others").await.expect("is new");
    let mut regions: Vec<RegionId> = Vec::new();
    let start = Walker { lat: 48.2, lon: 16.37, at_s: START_S };
    let mut walkers = vec![start; 10];
    let mut said: Vec<Vec<u8>> = Vec::new();
    let (mut handed_in, mut has_key) = (0, false);
    while handed_in < messages {
        let mut together = Vec::new();
        for _ in 0..=dice.below(60) {
            let who = usize::try_from(dice.below(10)).expect("is small");
            // Ann carries all her devices in one bag.
            let mut payload = payload(&mut dice, &mut walkers[if who < 3 { 0 } else { who }], &said);
            if who == 3 && dice.below(2) == 0 {
                payload = sealed(&mut dice, &payload);
            }
            said.push(payload.clone());
            let (principal, topic, door) = match accounts.get(who) {
                Some(account) if dice.below(15) == 0 => (
                    Principal::Refused(account.clone(), Refusal::ForeignTopic),
                    "owntracks/ben".into(),
                    Door::Broker,
                ),
                Some(account) => {
                    (Principal::Device(account.clone()), account.topic.to_string(), Door::Broker)
                }
                None => {
                    let below = ["", "/event"][usize::try_from(dice.below(2)).expect("is small")];
                    let topic = format!("owntracks/stranger{who}-{}/phone{below}", handed_in / 500);
                    // A broker that joined itself to ours comes by its door.
                    (Principal::Bridge, topic, if dice.below(3) == 0 { Door::Broker } else { Door::Bridge })
                }
            };
            let (retained, received_at) = (dice.below(4) == 0, now());
            together.push(Inbound { door, principal, topic, payload, retained, qos: 1, received_at });
        }
        handed_in += together.len();
        let receipts = together.into_iter().map(|inbound| house.service.submit(inbound));
        for receipt in futures::future::join_all(receipts).await {
            receipt.expect("it is committed");
        }
        let which = usize::try_from(dice.below(64)).expect("is small");
        match (dice.below(12), regions.get(which % regions.len().max(1)).copied()) {
            (0..=1, _) if regions.len() < 6 => {
                regions.push(
                    house.service.put_region(&ROOT, None, draft(&mut dice)).await.expect("is drawn").id,
                );
            }
            (2..=3, Some(region)) => {
                let moved = house.service.put_region(&ROOT, Some(region), draft(&mut dice)).await;
                moved.expect("is moved");
            }
            (4, Some(region)) => {
                house.service.remove_region(&ROOT, region).await.expect("is removed");
                regions.retain(|known| *known != region);
            }
            (5, _) => house = house.again(templates[usize::from(dice.below(3) == 0)]).await,
            (6, _) if accounts.len() == 4 && handed_in > messages / 3 => {
                // It is there no more, but it goes on sending for a while.
                house.service.remove_device(&ROOT, accounts[1].device).await.expect("is removed");
                accounts.push(house.device("late", "phone").await);
            }
            (7, _) if handed_in > messages / 4 => {
                let draft = if has_key { LineDraft::Clear } else { LineDraft::Key(KEY.into()) };
                house.service.put_line(&ROOT, accounts[3].device, draft).await.expect("is kept");
                has_key = !has_key;
            }
            (8, _) => {
                let device = [None, Some("phone"), Some("watch"), Some("tablet")][which % 4];
                match house.service.count(&ROOT, accounts[0].friend, device).await {
                    // The tablet may be there no more.
                    Ok(()) | Err(Error::Invalid { .. }) => {}
                    Err(error) => unreachable!("{error}"),
                }
            }
            (9, _) => {
                let name = ["ann", "ben"][which % 2];
                comes_or_goes(&house.service, others, name, accounts[which % 2 * 3].friend).await;
            }
            (10, _) if regions.len() < 8 => {
                let drawn = house.service.put_region_in(&ROOT, Some(others), None, draft(&mut dice)).await;
                regions.push(drawn.expect("is drawn").id);
            }
            _ => {}
        }
    }
    let key = LineDraft::Key(KEY.into());
    house.service.put_line(&ROOT, accounts[3].device, key).await.expect("is kept");
    house
}

#[tokio::test]
async fn a_long_shuffled_run_is_rebuilt_row_by_row_in_batches_of_any_size() {
    let (mut unsaid, mut superseded, mut crossed_there) = (0, 0, 0);
    for (seed, sizes) in [(1, [1, 2048]), (2, [7, 300]), (3, [64, 2048])] {
        let house = long_run(seed, 2000).await;
        for at_once in sizes {
            let rebuilt = house.rebuilt(at_once).await;
            assert_eq!(differences(&rebuilt), Vec::<String>::new(), "seed {seed}, {at_once} at once");
            let rows = |name: &str| {
                rebuilt.tables.iter().find(|table| table.table == name).map_or(0, |table| table.rows)
            };
            assert!(rows("fixes") > 500 && rows("transitions") > 50, "{rebuilt:?}");
            for table in ["messages", "claims", "waypoints", "device_states", "regions"] {
                assert!(rows(table) > 0, "{table} of seed {seed} is empty");
            }
            superseded += rows("superseded");
        }
        let mut aside = house.work.aside().await;
        let there: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM transitions t JOIN groups g ON g.id = t.group_id WHERE g.name = 'Others'",
        )
        .fetch_one(&mut aside)
        .await
        .expect("can be counted");
        crossed_there += there;
        let silent = "SELECT count(*) FROM crossings c WHERE silent = 0 AND retracted_at IS NULL
                      AND NOT EXISTS (SELECT 1 FROM transitions t WHERE t.device_id = c.device_id AND t.region_id = c.region_id
                                          AND t.kind = c.kind AND t.at = c.at)";
        unsaid += sqlx::query_scalar::<_, i64>(silent).fetch_one(&mut aside).await.expect("is right");
    }
    assert!(unsaid > 0, "nobody carried two devices into a region");
    assert!(crossed_there > 0, "nobody came into a region of the second group");
    assert!(superseded > 0, "nothing came late");
}

#[tokio::test]
async fn what_is_said_of_a_stranger_before_they_are_met_is_judged_so_in_any_batch() {
    let house = House::new().await;
    let from = |payload: Value| bridged("owntracks/cy/phone", payload.to_string(), now());
    let lost = || from(json!({"_type": "lwt", "tst": 1}));
    let report = from(json!({"_type": "location", "lat": 48.2, "lon": 16.37, "tst": START_S}));
    let (before, met, after) = futures::future::join3(
        house.service.submit(lost()),
        house.service.submit(report),
        house.service.submit(lost()),
    )
    .await;
    let verdict = |receipt: Result<service::Receipt, Error>| receipt.expect("it is committed").verdict;
    assert_eq!(verdict(before), "refused: there is no friend and device of that name");
    assert_eq!([verdict(met), verdict(after)], ["location", "lwt"]);
    assert!(house.rebuilt(100).await.is_equal());
}

#[tokio::test]
async fn what_was_sealed_until_a_key_came_from_the_terminal_is_read_again() {
    let house = House::new().await;
    let (ann, mut dice) = (house.device("ann", "phone").await, Dice(3));
    let mut report = |seconds: i64, encrypts: bool| {
        let lat = 48.2 + dice.part() * 0.01;
        let plain = json!({"_type": "location", "lat": lat, "lon": 16.37, "tst": START_S + seconds});
        let plain = plain.to_string().into_bytes();
        let payload = if encrypts { sealed(&mut dice, &plain) } else { plain };
        Inbound { door: Door::Broker, ..said(&ann, payload, now()) }
    };
    let verdict = |receipt: Result<service::Receipt, Error>| receipt.expect("it is committed").verdict;
    assert!(verdict(house.service.submit(report(0, true)).await).starts_with("sealed: "));
    assert_eq!(verdict(house.service.submit(report(60, false)).await), "location");

    // The command at the terminal was started with other settings than the server.
    let (terminal, stop, done) = start(&house.work.path("test.db"), settings("{user}/{device}")).await;
    terminal.put_line(&ROOT, ann.device, LineDraft::Key(KEY.into())).await.expect("is kept");
    stop.cancel();
    done.await.expect("the pipeline does not panic").expect("the store closes");
    house.service.refresh().await.expect("it looks");

    assert_eq!(verdict(house.service.submit(report(120, true)).await), "location");
    for at_once in [1, 100] {
        let rebuilt = house.rebuilt(at_once).await;
        assert_eq!(differences(&rebuilt), Vec::<String>::new());
        let fixes = rebuilt.tables.iter().find(|table| table.table == "fixes");
        assert_eq!(fixes.map(|table| table.rows), Some(3));
    }
}

#[tokio::test]
async fn what_the_database_refused_stays_aside() {
    let house = House::new().await;
    let ann = house.device("ann", "phone").await;
    let refusing = "CREATE TRIGGER nobody BEFORE INSERT ON fixes WHEN NEW.lat = 66.5 BEGIN SELECT raise(ABORT, 'no'); END";
    let mut aside = house.work.aside().await;
    sqlx::raw_sql(AssertSqlSafe(refusing)).execute(&mut aside).await.expect("the statement is right");
    let submitted = [48.2, 66.5, 48.3].map(|lat| {
        let report = json!({"_type": "location", "lat": lat, "lon": 16.37, "tst": START_S});
        let inbound = said(&ann, report.to_string(), now());
        house.service.submit(Inbound { door: Door::Broker, ..inbound })
    });
    let verdicts: Vec<_> = futures::future::join_all(submitted).await;
    let verdicts: Vec<_> =
        verdicts.into_iter().map(|receipt| receipt.expect("it is committed").verdict).collect();
    assert_eq!(verdicts, ["location", "kept: the database refuses what follows from it", "location"]);
    for at_once in [1, 100] {
        assert_eq!(differences(&house.rebuilt(at_once).await), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_row_that_was_tampered_with_is_named() {
    let house = long_run(9, 600).await;
    assert!(house.rebuilt(2048).await.is_equal());
    let mut aside = house.work.aside().await;
    let (device, at): (Vec<u8>, i64) =
        sqlx::query_as("SELECT device_id, at FROM fixes ORDER BY at DESC, lat LIMIT 1")
            .fetch_one(&mut aside)
            .await
            .expect("there is one");
    let device = DeviceId::new(uuid::Uuid::from_slice(&device).expect("is one"));
    let fix = format!("device_id = x'{device}' AND at = {at}");
    house.tamper(&format!("UPDATE fixes SET lat = lat + 0.001 WHERE {fix}")).await;
    let told = differences(&house.rebuilt(2048).await);
    let key = format!("fixes {device} {at}: ");
    assert_eq!(told, [format!("{key}only in the live database"), format!("{key}only in the rebuilt one")]);
    house.tamper(&format!("UPDATE fixes SET lat = lat - 0.001 WHERE {fix}")).await;
    house.tamper(&format!("UPDATE fixes SET battery_pct = 51 WHERE {fix}")).await;
    let told = differences(&house.rebuilt(2048).await);
    assert!(told.contains(&format!("{key}another battery_pct")), "{told:?}");
    house.tamper(&format!("UPDATE fixes SET battery_pct = 50 WHERE {fix}")).await;

    house.tamper("DELETE FROM transitions WHERE id = (SELECT max(id) FROM transitions)").await;
    let rebuilt = house.rebuilt(2048).await;
    let told = differences(&rebuilt);
    assert!(!rebuilt.is_equal() && told.iter().any(|line| line.starts_with("transitions ")), "{told:?}");
    assert!(told.iter().any(|line| line.ends_with(": only in the rebuilt one")), "{told:?}");
}

#[tokio::test]
async fn what_was_rebuilt_serves_in_place_of_the_other() {
    let house = long_run(5, 400).await;
    assert!(house.rebuilt(100).await.is_equal());
    let other = directory();
    std::fs::copy(house.work.path("fresh.db"), other.path().join("test.db")).expect("can be copied");
    assert!(!house.work.path("fresh.db-wal").exists(), "all of it is in one file");
    let other = House::open(other, TOPICS).await;
    let (ours, theirs) = (house.service.presence(&ROOT), other.service.presence(&ROOT));
    let known = |presence: &[service::Presence]| {
        let lines = presence.iter().map(|known| (known.region.id, known.friends.len()));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(known(&ours), known(&theirs));
    let report = json!({"_type": "location", "lat": 48.2, "lon": 16.37, "tst": START_S + 999_999});
    let inbound = bridged("owntracks/ben/phone", report.to_string(), now());
    other.service.submit(inbound).await.expect("it goes on");
    assert!(other.rebuilt(100).await.is_equal());
}
