//! What is said in the end depends on what was reported, and not on when that came.

use crate::{
    dice::Dice,
    support::{ROOT, START, Work, circle, it_is, now, said},
};
use domain::{
    Door, Kind, Role, Timestamp, Viewer,
    geofence::Certainty,
    live::{Change, LiveMessage},
};
use futures::StreamExt;
use serde_json::{Value, json};
use service::{Belief, DeviceAccount, Error, Explained, Inbound, Service, TransitionQuery};
use sqlx::Row;
use std::{collections::BTreeMap, pin::pin};

/// When the regions are drawn; in seconds.
const START_S: i64 = START.as_millis() / 1000;
/// When all of it has been reported, and the first of it arrives.
const ARRIVAL_S: i64 = START_S + 20 * 24 * 3600;

struct House {
    work: Work,
    service: Service,
    accounts: BTreeMap<&'static str, DeviceAccount>,
}

impl House {
    /// Ann with a phone and a tablet, Ben with a phone, and three regions: one inside another, one apart.
    async fn new() -> Self {
        let work = Work::new().await;
        let service = work.service.clone();
        let mut accounts = BTreeMap::new();
        for (key, friend, device) in
            [("ann/phone", "ann", "phone"), ("ann/tablet", "ann", "tablet"), ("ben/phone", "ben", "phone")]
        {
            accounts.insert(key, work.device(None, friend, device).await);
        }
        for (name, lat, radius_m) in [("Home", 48.2, 150.0), ("Quarter", 48.2, 900.0), ("Work", 48.23, 300.0)]
        {
            let draft = circle(name, (lat, 16.37), radius_m);
            service.put_region(&ROOT, None, draft).await.expect("is drawn");
        }
        Self { work, service, accounts }
    }

    fn inbound(&self, who: &str, message: &Value, received_at: Timestamp) -> Inbound {
        let inbound = said(&self.accounts[who], message.to_string(), received_at);
        Inbound { door: Door::Broker, ..inbound }
    }

    /// Hands in messages in this order, some of them together.
    async fn hear(&self, said: &[&(&'static str, Value)], dice: &mut Dice) {
        let (mut rest, mut second) = (said, ARRIVAL_S);
        while !rest.is_empty() {
            let (together, later) = rest.split_at((1 + dice.index(40)).min(rest.len()));
            let submitted = together.iter().map(|(who, said)| {
                second += 1;
                self.service.submit(self.inbound(who, said, Timestamp::from_millis(second * 1000)))
            });
            for receipt in futures::future::join_all(submitted).await {
                receipt.expect("it is committed");
            }
            rest = later;
        }
    }

    /// What a statement finds, a line for each row.
    async fn lines(&self, sql: &'static str) -> Vec<String> {
        let mut aside = self.work.aside().await;
        let rows = sqlx::query(sql).fetch_all(&mut aside).await.expect("the statement is right");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// What is said of everybody, without identifiers and without when it became known.
    async fn said(&self) -> Vec<String> {
        self.lines(
            "SELECT f.name || ' ' || d.name || ' ' || t.kind || ' ' || t.region_name || ' ' || t.at || ' ' || t.decided_at || ' '
                    || t.witness || ' ' || t.evidence || ' ' || ifnull(t.stay_ms, '-')
             FROM transitions t JOIN friends f ON f.id = t.friend_id JOIN devices d ON d.id = t.device_id ORDER BY 1",
        )
        .await
    }

    /// The logs of the devices.
    async fn logs(&self) -> Vec<String> {
        self.lines(
            "SELECT f.name || ' ' || d.name || ' ' || c.kind || ' ' || r.name || ' ' || c.at || ' ' || c.decided_at || ' ' || c.silent
                    || ' ' || c.witness || ' ' || ifnull(c.reviewed, '-') || ' ' || c.evidence || ' ' || ifnull(c.stay_ms, '-')
             FROM crossings c JOIN devices d ON d.id = c.device_id JOIN friends f ON f.id = d.friend_id
             JOIN regions r ON r.id = c.region_id WHERE c.retracted_at IS NULL ORDER BY 1",
        )
        .await
    }
}

/// Some days of going to work and home again, as three devices tell them.
fn days(dice: &mut Dice, days: i64) -> Vec<(&'static str, Value)> {
    let mut said = Vec::new();
    for (who, every_s, noise_m) in
        [("ann/phone", 900_i64, 60.0), ("ann/tablet", 2100, 150.0), ("ben/phone", 1300, 90.0)]
    {
        let mut at_s = START_S + 60 + i64::try_from(dice.below(600)).expect("is small");
        while at_s < START_S + days * 24 * 3600 {
            let hour = at_s / 3600 % 24;
            // The tablet stays at home every other day.
            let stays = who == "ann/tablet" && (at_s / 86_400) % 2 == 0;
            let lat = match hour {
                _ if stays => 48.2,
                8..=16 => 48.23,
                7 | 17 => 48.2 + dice.part() * 0.03,
                _ => 48.2,
            };
            let shift = |dice: &mut Dice| (dice.part() - 0.5) * noise_m / 55_000.0;
            let (lat, lon) = (lat + shift(dice), 16.37 + shift(dice));
            let acc = 5 + dice.below(60);
            let mut fix = json!({"_type": "location", "lat": lat, "lon": lon, "acc": acc, "tst": at_s});
            match dice.below(12) {
                0 => fix["lat"] = json!(lat + 2.0),
                1 => fix["inregions"] = json!(["Home"]),
                2 => {
                    // A position that comes again, with what the phone thinks of it.
                    said.push((who, fix.clone()));
                    fix["inregions"] = json!(["Quarter", "Home"]);
                }
                3 => {
                    let event = if dice.below(2) == 0 { "enter" } else { "leave" };
                    let desc = ["Home", "Work", "Only on the phone"][dice.index(3)];
                    said.push((
                        who,
                        json!({"_type": "transition", "event": event, "desc": desc, "tst": at_s + 5, "wtst": 1,
                               "lat": lat, "lon": lon, "acc": acc, "t": "c"}),
                    ));
                }
                4 => {
                    // Two of one second.
                    said.push((who, json!({"_type": "location", "lat": lat + 0.0003, "lon": lon, "acc": acc, "tst": at_s})));
                }
                _ => {}
            }
            said.push((who, fix));
            at_s += every_s / 2 + i64::try_from(dice.below(every_s.unsigned_abs())).expect("is small");
        }
    }
    said
}

fn shuffled<T>(dice: &mut Dice, mut items: Vec<T>) -> Vec<T> {
    for end in (1..items.len()).rev() {
        let other = dice.index(end + 1);
        items.swap(end, other);
    }
    items
}

#[tokio::test]
async fn the_same_reports_in_any_order_and_however_often_end_in_the_same_history() {
    for seed in 1..=2 {
        let mut dice = Dice(seed);
        let told = days(&mut dice, 2);
        let mut sorted: Vec<_> = told.iter().collect();
        sorted.sort_by_key(|(_, said)| said["tst"].as_i64());
        let house = House::new().await;
        house.hear(&sorted, &mut dice).await;
        let (said, logs) = (house.said().await, house.logs().await);
        house.work.end().await;
        assert!(said.len() > 8 && logs.len() > said.len(), "seed {seed}: {said:#?}");
        for order in 0..3 {
            let twice = told.iter().filter(|_| dice.below(4) == 0).collect::<Vec<_>>();
            let mut all: Vec<_> = told.iter().chain(twice).collect();
            match order {
                0 => all.sort_by_key(|(_, said)| -said["tst"].as_i64().unwrap_or_default()),
                // One device after the other, as after a long time without a network.
                1 => {}
                _ => all = shuffled(&mut dice, all),
            }
            let house = House::new().await;
            house.hear(&all, &mut dice).await;
            assert_eq!(house.logs().await, logs, "the logs of seed {seed}, order {order}");
            assert_eq!(house.said().await, said, "seed {seed}, order {order}");
            let superseded = house.lines("SELECT printf('%d', count(*)) FROM superseded").await;
            assert_ne!(superseded, ["0"], "nothing was believed too early");
            house.work.end().await;
        }
    }
}

/// Lets one device of Ann's count, or any, from an hour of the test on.
async fn count(house: &House, hour: i64, device: Option<&str>) {
    it_is(hour * 60);
    let ann = house.accounts["ann/phone"].friend;
    house.service.count(&ROOT, ann, device).await.expect("she has it");
}

#[tokio::test]
async fn which_device_counts_is_decided_by_the_time_of_what_happened_and_not_by_when_it_came() {
    const CHOICES: [(i64, Option<&str>); 4] =
        [(20, Some("phone")), (41, Some("tablet")), (58, None), (75, Some("phone"))];
    let mut dice = Dice(11);
    let told = days(&mut dice, 4);
    let mut sorted: Vec<_> = told.iter().collect();
    sorted.sort_by_key(|(_, said)| said["tst"].as_i64());
    // As it is when nothing is late: each choice comes between what was before it and what was after.
    let house = House::new().await;
    let mut rest = &sorted[..];
    for (hour, device) in CHOICES {
        let before = rest.partition_point(|(_, said)| said["tst"].as_i64() < Some(START_S + hour * 3600));
        let (now, later) = rest.split_at(before);
        house.hear(now, &mut dice).await;
        count(&house, hour, device).await;
        rest = later;
    }
    house.hear(rest, &mut dice).await;
    let (said, logs) = (house.said().await, house.logs().await);
    house.work.end().await;
    let of_tablet = |said: &[String]| said.iter().filter(|line| line.starts_with("ann tablet")).count();
    assert!(of_tablet(&said) > 0 && of_tablet(&said) < of_tablet(&logs), "{said:#?}");
    for order in 0..3 {
        let mut all: Vec<_> = told.iter().collect();
        match order {
            0 => all.sort_by_key(|(_, said)| -said["tst"].as_i64().unwrap_or_default()),
            1 => {}
            _ => all = shuffled(&mut dice, all),
        }
        let house = House::new().await;
        for (hour, device) in CHOICES {
            count(&house, hour, device).await;
        }
        house.hear(&all, &mut dice).await;
        assert_eq!(house.logs().await, logs, "order {order}");
        assert_eq!(house.said().await, said, "order {order}");
        house.work.end().await;
    }
}

#[tokio::test]
async fn only_the_chosen_device_says_where_its_friend_is_until_it_is_removed() {
    let house = House::new().await;
    let ann = house.accounts["ann/phone"].friend;
    let hear = async |who: &str, minute: i64, lat: f64| {
        it_is(minute);
        let said =
            json!({"_type": "location", "lat": lat, "lon": 16.37, "acc": 10, "tst": START_S + minute * 60});
        house.service.submit(house.inbound(who, &said, now())).await.expect("it is committed");
    };
    let here = || {
        let seen = house.service.snapshot(&ROOT);
        let ann = seen.friends.into_iter().find(|live| live.friend.id == ann).expect("is there");
        let name = |stay: &domain::Stay| {
            seen.regions.iter().find(|region| region.id == stay.region).map(|region| region.name.to_string())
        };
        (ann.counts.is_some(), ann.stays.iter().filter_map(name).collect::<Vec<_>>())
    };
    for who in ["ann/phone", "ann/tablet"] {
        hear(who, 0, 48.3).await;
    }
    for minute in [10, 11] {
        hear("ann/tablet", minute, 48.2).await;
    }
    assert_eq!(here(), (false, vec!["Home".to_owned(), "Quarter".to_owned()]));

    it_is(20);
    house.service.count(&ROOT, ann, Some("phone")).await.expect("she has it");
    assert_eq!(here(), (true, vec![]), "her phone is elsewhere");
    let wrong = house.service.count(&ROOT, ann, Some("watch")).await;
    assert!(matches!(wrong, Err(Error::Invalid { field: "device", .. })), "{wrong:?}");
    let ben = &house.accounts["ben/phone"];
    let tom = Viewer::member(ben.friend, ben.group, Role::Friend);
    let theirs = house.service.count(&tom, ann, None).await;
    assert!(matches!(theirs, Err(Error::Forbidden)), "{theirs:?}");
    // The tablet goes, and nobody says so; the phone comes, and that is said.
    for minute in [30, 31] {
        hear("ann/tablet", minute, 48.3).await;
    }
    for minute in [40, 41] {
        hear("ann/phone", minute, 48.23).await;
    }
    for minute in [50, 51] {
        hear("ann/tablet", minute, 48.2).await;
    }
    assert_eq!(here(), (true, vec!["Work".to_owned()]));
    let told = house.said().await;
    let told: Vec<_> =
        told.iter().map(|line| line.split(' ').take(4).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(told, ["ann phone enter Work", "ann tablet enter Home", "ann tablet enter Quarter"]);
    let home = house
        .service
        .snapshot(&ROOT)
        .regions
        .iter()
        .find(|region| region.name.as_str() == "Work")
        .expect("is drawn")
        .id;
    let why = house.service.explain(&ROOT, ann, home).await.expect("the store answers");
    let devices: Vec<_> =
        why.devices.iter().map(|one| (one.device.name.as_str(), one.counts, one.is_inside())).collect();
    assert_eq!(devices, [("phone", true, true), ("tablet", false, false)]);

    let phone = house.accounts["ann/phone"].device;
    house.service.remove_device(&ROOT, phone).await.expect("is there");
    assert_eq!(here(), (false, vec!["Home".to_owned(), "Quarter".to_owned()]), "any counts again");
    for minute in [60, 61] {
        hear("ann/tablet", minute, 48.3).await;
    }
    let told = house.said().await;
    assert_eq!(told.iter().filter(|line| line.contains("leave")).count(), 2, "{told:#?}");
    house.work.end().await;
}

#[tokio::test]
async fn what_was_left_behind_is_no_sure_presence_and_what_is_lost_is_none_and_the_history_is_as_it_was() {
    let house = House::new().await;
    let ann = house.accounts["ann/phone"].friend;
    let hear = async |who: &str, minute: i64, said: Value| {
        it_is(minute);
        let inbound = house.inbound(who, &said, now());
        house.service.submit(inbound).await.expect("it is committed");
    };
    let at = |minute: i64, lat: f64| json!({"_type": "location", "lat": lat, "lon": 16.37, "acc": 10, "tst": START_S + minute * 60});
    // Where she is: by all, or with what she left there.
    let here = || {
        let seen = house.service.presence(&ROOT).into_iter();
        let anns = seen.flat_map(|here| {
            let name = here.region.name.to_string();
            let of_ann = here.friends.into_iter().filter(|present| present.friend.id == ann);
            of_ann.map(move |present| (name.clone(), present.silent_since.is_some(), present.left_behind))
        });
        anns.filter(|(name, ..)| name != "Quarter").collect::<Vec<_>>()
    };
    let home = |silent: bool, left: &[&str]| {
        ("Home".to_owned(), silent, left.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    };
    for minute in [0, 1] {
        hear("ann/tablet", minute, at(minute, 48.2)).await;
        hear("ann/phone", minute, at(minute, 48.2)).await;
    }
    assert_eq!(here(), [home(false, &[])]);
    for minute in [30, 31] {
        hear("ann/phone", minute, at(minute, 48.3)).await;
    }
    assert_eq!(here(), [home(false, &["tablet"])], "only her tablet is there");
    hear("ann/tablet", 32, at(32, 48.2)).await;
    assert_eq!(here(), [home(false, &["tablet"])], "it was heard last, and has not moved");
    hear("ann/tablet", 33, json!({"_type": "lwt", "tst": START_S})).await;
    assert_eq!(here(), [], "it is lost, and her phone is elsewhere");
    hear("ann/phone", 34, json!({"_type": "lwt", "tst": START_S})).await;
    assert_eq!(here(), [home(true, &[])], "nothing is heard of either");
    // Who carries the tablet home leaves the phone behind.
    for minute in [40, 41] {
        hear("ann/phone", minute, at(minute, 48.23)).await;
        hear("ann/tablet", minute, at(minute, 48.23)).await;
    }
    for minute in [60, 61] {
        hear("ann/tablet", minute, at(minute, 48.2)).await;
    }
    assert_eq!(here(), [home(false, &[]), ("Work".to_owned(), false, vec!["phone".to_owned()])]);
    let said = house.said().await;
    let left = said.iter().filter(|line| line.contains("leave Work"));
    assert_eq!(left.count(), 0, "the history knows nothing of that: {said:#?}");
    house.work.end().await;
}

#[tokio::test]
async fn a_late_fix_corrects_what_was_believed_and_viewers_are_told() {
    let house = House::new().await;
    let fix = |minute: i64, lat: f64| {
        let at_s = START_S + minute * 60;
        let said = json!({"_type": "location", "lat": lat, "lon": 16.37, "acc": 10, "tst": at_s});
        house.inbound("ben/phone", &said, Timestamp::from_millis((at_s.max(START_S + 3600) + 1) * 1000))
    };
    house.service.submit(fix(10, 48.3)).await.expect("it is committed");
    house.service.submit(fix(60, 48.2)).await.expect("it is committed");
    let mut live = pin!(house.service.live(ROOT, None));
    let Some(Ok(LiveMessage::Snapshot(snapshot))) = live.next().await else { unreachable!("is first") };
    let since = |stays: &[domain::Stay]| stays.iter().map(|stay| stay.since).max();
    let at = |minute: i64| Timestamp::from_millis((START_S + minute * 60) * 1000);
    let ben = snapshot.friends.iter().find(|live| live.friend.name.as_str() == "ben").expect("is there");
    assert_eq!(since(&ben.stays), Some(at(60)));

    let region = ben.stays.first().expect("he is inside").region;
    let why = house.service.explain(&ROOT, ben.friend.id, region).await.expect("the store answers").devices;
    let [Explained { standing: Some(standing), heard_at, lost_at: None, .. }] = &why[..] else {
        unreachable!("it is one device, which is not lost: {why:?}")
    };
    assert_eq!((standing.inside, standing.certainty), (true, Certainty::Sure));
    assert_eq!((standing.since, standing.seen_at, *heard_at), (Some(at(60)), at(60), Some(at(60))));
    assert!(standing.why.iter().any(|note| note.at == at(60)), "{standing:?}");

    house.service.submit(fix(30, 48.2)).await.expect("it is committed");
    let Some(Ok(LiveMessage::Delta(delta))) = live.next().await else { unreachable!("is news") };
    let (mut crossed, mut superseded) = (Vec::new(), Vec::new());
    for change in &delta.changes {
        if let Change::Crossed(transition) = change {
            crossed.push((transition.kind, transition.at));
        } else if let Change::Superseded { id, .. } = change {
            superseded.push(*id);
        } else if let Change::Stays(_, stays) = change {
            assert_eq!(since(stays), Some(at(30)));
        }
    }
    assert_eq!(crossed, [(Kind::Enter, at(30)), (Kind::Enter, at(30))]);
    let asked = |belief| TransitionQuery { belief, limit: 100, ..TransitionQuery::default() };
    let held = house.service.transitions(&ROOT, &asked(Belief::Held)).await.expect("the store answers").items;
    assert_eq!(held.iter().map(|one| one.at).collect::<Vec<_>>(), [at(30), at(30)]);
    let ever = house.service.transitions(&ROOT, &asked(Belief::Ever)).await.expect("the store answers").items;
    assert_eq!(ever.iter().map(|one| one.at).collect::<Vec<_>>(), [at(60), at(60), at(30), at(30)]);
    for old in &ever[..2] {
        assert!(superseded.contains(&old.id));
        assert_eq!(old.superseded_at, Some(at(60).plus_millis(1000)));
    }
    house.work.end().await;
}

#[tokio::test]
async fn a_late_fix_is_followed_only_until_things_are_as_they_were() {
    const CHECKPOINTS: &str =
        "SELECT hex(device_id) || ' ' || at || ' ' || judged FROM checkpoints ORDER BY 1";
    let house = House::new().await;
    let mut dice = Dice(7);
    let told = days(&mut dice, 10);
    let mut sorted: Vec<_> = told.iter().filter(|(who, _)| *who == "ben/phone").collect();
    sorted.sort_by_key(|(_, said)| said["tst"].as_i64());
    house.hear(&sorted, &mut dice).await;
    let before = house.lines(CHECKPOINTS).await;
    assert!(before.len() > 50, "{}", before.len());
    let at_s = START_S + 3 * 24 * 3600;
    let late = json!({"_type": "location", "lat": 48.2, "lon": 16.37, "acc": 10, "tst": at_s + 1});
    house.hear(&[&("ben/phone", late)], &mut dice).await;
    let after = house.lines(CHECKPOINTS).await;
    let changed = after.iter().filter(|line| !before.contains(line)).count();
    assert!(changed * 4 < before.len(), "{changed} of {} checkpoints are others", before.len());
    house.work.end().await;
}
