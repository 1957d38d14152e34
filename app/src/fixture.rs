//! A small made-up world, for the workbench: four friends of Neverwhere in the four steps of freshness, and in all that one decides for others:
//! nothing, what an admin decides for somebody of their groups alone, and for somebody who is of others, too.

use crate::{api::PhoneCard, screens::regions::Hind};
use domain::{
    Care, Caution, Device, DeviceId, DeviceKind, EvidenceNote, Friend, FriendId, GroupId, Kind,
    LoggedMessage, Memberships, Name, Region, RegionId, Role, Seq, Source, Spot, Stay, Timestamp, Transition,
    TransitionId, Witness,
    hindsight::{Better, Hindsight, Row},
    live::{LiveDevice, LiveFriend, LiveMessage, OwnGroup, Snapshot},
};
use geodesy::{Area, Circle, Point};

/// The present of the made-up world: 2026-05-17, 15:42 UTC.
pub const NOW: Timestamp = Timestamp::from_millis(1_779_032_520_000);

const MINUTE_MS: i64 = 60_000;

/// An id that holds a small number.
fn id<T: std::str::FromStr>(number: u32) -> Option<T> {
    format!("00000000-0000-7000-8000-{number:012}").parse().ok()
}

/// Friends and regions as a page starts with them.
pub fn snapshot() -> Snapshot {
    let people = [
        (1, "Ann", 2, 47.3686, 8.5391, Some(12.0), 0.0, Some(82), Some(1)),
        (2, "Bruno Keller", 24, 47.3779, 8.5480, Some(35.0), 18.0, Some(54), None),
        (3, "Chiara", 190, 47.3609, 8.5510, Some(65.0), 0.0, Some(17), Some(2)),
        (4, "Déo", 3_900, 47.3920, 8.5180, None, 0.0, None, None),
    ];
    let friends = people.into_iter().filter_map(
        |(number, name, age, lat, lon, accuracy_m, speed, battery_pct, region)| {
            let at = NOW.plus_millis(-age * MINUTE_MS);
            let spot = Spot {
                expected: None,
                at,
                point: Point::new(lat, lon).ok()?,
                accuracy_m,
                velocity_kmh: Some(speed),
                course_deg: (speed > 0.0).then_some(60.0),
                battery_pct,
                clock_wrong: false,
            };
            let stay = region
                .and_then(id::<RegionId>)
                .map(|region| Stay::new(region, at.plus_millis(-65 * MINUTE_MS)));
            let care = match number {
                1 => Care::None,
                3 => Care::Membership,
                _ => Care::Whole,
            };
            Some(LiveFriend {
                card: None,
                friend: friend(number, name)?,
                devices: vec![LiveDevice { device: device(number)?, spot: Some(spot), lost_at: None }],
                stays: stay.into_iter().collect(),
                counts: None,
                shown: domain::Shown::Precise,
                care,
                online: number == 2,
            })
        },
    );
    let regions = [(1, "Home", 47.3686, 8.5391, 120.0), (2, "School", 47.3609, 8.5510, 180.0)];
    let regions = regions
        .into_iter()
        .filter_map(|(number, name, lat, lon, radius_m)| region(number, name, lat, lon, radius_m));
    let groups = [(1, "Neverwhere"), (2, "Choir")];
    Snapshot {
        seq: Seq(1),
        now: NOW,
        friends: friends.collect(),
        regions: regions.collect(),
        groups: groups.into_iter().filter_map(|(number, name)| group(number, name)).collect(),
        server_admin: false,
        range: domain::near::Range::default(),
        unread: 0,
        bots: Vec::new(),
    }
}

/// What a region would have said of nobody, of the made-up friends, and of so much that some is missing.
pub fn hinds() -> [Hind; 3] {
    let row = |number, visits: &[(f64, f64)], doubtful| {
        Some(Row { friend: id(number)?, visits: visits.to_vec(), doubtful })
    };
    let rows = [
        row(1, &[(0.0, 0.12), (0.2, 0.31), (0.33, 0.61), (0.7, 1.0)], 1),
        row(2, &[(0.4, 0.42), (0.9, 0.93)], 2),
    ];
    let better = Some(Better { radius_m: 180.0, doubtful: 0 });
    let some = Hindsight { rows: rows.into_iter().flatten().collect(), better, ..Hindsight::default() };
    let cut_off = Hindsight { cut_off: true, ..some.clone() };
    [Hindsight::default(), some, cut_off].map(Hind::There)
}

/// All that can be warned of.
pub fn cautions() -> Vec<Caution> {
    let overlaps = Name::new("School").ok().map(Caution::Overlaps);
    [Some(Caution::Small), Some(Caution::Blurred { accuracy_m: 85.0 }), overlaps]
        .into_iter()
        .flatten()
        .collect()
}

/// The first message of a live line.
pub fn message() -> LiveMessage {
    LiveMessage::Snapshot(snapshot())
}

fn group(number: u32, name: &str) -> Option<OwnGroup> {
    Some(OwnGroup { id: id::<GroupId>(number)?, name: Name::new(name).ok()?, role: Role::Admin })
}

fn friend(number: u32, name: &str) -> Option<Friend> {
    Some(Friend {
        id: id::<FriendId>(number)?,
        group: id::<GroupId>(1)?,
        memberships: Memberships::one(
            id::<GroupId>(1)?,
            if number == 1 { Role::Admin } else { Role::Friend },
        ),
        name: Name::new(name).ok()?,
        role: (number == 1).then_some(Role::Admin),
        demo: number == 4,
        added_at: NOW,
    })
}

fn device(number: u32) -> Option<Device> {
    Some(Device {
        id: id::<DeviceId>(number)?,
        friend: id::<FriendId>(number)?,
        name: Name::new("phone").ok()?,
        kind: DeviceKind::Phone,
    })
}

fn region(number: u32, name: &str, lat: f64, lon: f64, radius_m: f64) -> Option<Region> {
    let circle = Circle::new(Point::new(lat, lon).ok()?, radius_m).ok()?;
    Some(Region {
        id: id::<RegionId>(number)?,
        group: id::<GroupId>(1)?,
        name: Name::new(name).ok()?,
        area: Area::Circle(circle),
        demo: false,
        changed_at: NOW,
        details: domain::Details::default(),
    })
}

/// Comings and goings, one of each witness, one learnt late.
pub fn transitions() -> Vec<Transition> {
    let lines = [
        (1, 1, Kind::Enter, 65, Witness::Both, 0, None),
        (2, 2, Kind::Leave, 140, Witness::Server, 0, Some(185)),
        (3, 3, Kind::Enter, 255, Witness::Phone, 70, None),
        (4, 2, Kind::Leave, 1_500, Witness::Conflict, 0, Some(31)),
    ];
    let transition =
        |(number, who, kind, age, witness, late, stay): (u32, u32, Kind, i64, Witness, i64, Option<i64>)| {
            let at = NOW.plus_millis(-age * MINUTE_MS);
            let decided_at = at.plus_millis(3 * MINUTE_MS);
            let note = |minutes: i64, source, edge| EvidenceNote {
                at: at.plus_millis(minutes * MINUTE_MS),
                source,
                accuracy_m: Some(18.0),
                edge_distance_m: Some(edge),
            };
            Some(Transition {
                id: id::<TransitionId>(number)?,
                friend: id::<FriendId>(who)?,
                device: id::<DeviceId>(who)?,
                region: id::<RegionId>(1)?,
                region_name: "Home".to_owned(),
                kind,
                at,
                decided_at,
                learnt_at: decided_at.plus_millis(late * MINUTE_MS),
                witness,
                evidence: vec![note(0, Source::Claim, -12.0), note(3, Source::Fix, -45.0)],
                stay_ms: stay.map(|minutes| minutes * MINUTE_MS),
                superseded_at: None,
            })
        };
    lines.into_iter().filter_map(transition).collect()
}

/// Two lines of the message log, one of them trouble.
pub fn messages() -> Vec<LoggedMessage> {
    let message = |number: i64, verdict: &str, trouble, payload: &str| LoggedMessage {
        id: number.to_string(),
        received_at: NOW.plus_millis(-number * MINUTE_MS),
        door: "broker".to_owned(),
        topic: "owntracks/ann/phone".to_owned(),
        device: id(1),
        retained: false,
        bytes: u32::try_from(payload.len()).unwrap_or(u32::MAX),
        payload: payload.to_owned(),
        verdict: verdict.to_owned(),
        trouble,
    };
    vec![
        message(
            2,
            "location",
            false,
            r#"{"_type":"location","tst":1779032400,"lat":47.3686,"lon":8.5391,"acc":12,"batt":82}"#,
        ),
        message(9, "unreadable: not JSON", true, "{\"_type\":\"loca"),
    ]
}

/// The card of a new phone. Its picture is not a real QR code.
pub fn phone() -> Option<PhoneCard> {
    Some(PhoneCard {
        device: id(9)?,
        friend: "Ann".to_owned(),
        name: "phone".to_owned(),
        username: "ann-phone".to_owned(),
        password: "correct-horse-battery".to_owned(),
        topic: "owntracks/ann/phone".to_owned(),
        host: Some("whereabouts.example".to_owned()),
        port: Some("8883".to_owned()),
        tls: true,
        url: "https://whereabouts.example/pub".to_owned(),
        link: "owntracks:///config?inline=eyJfdHlwZSI6ImNvbmZpZ3VyYXRpb24ifQ%3D%3D".to_owned(),
        document: r#"{"_type":"configuration"}"#.to_owned(),
        qr: Some(r##"<svg viewBox="0 0 4 4"><path fill="#000" d="M0 0h2v2H0zM3 1h1v1H3zM2 2h1v2H2zM0 3h1v1H0z"/></svg>"##.to_owned()),
    })
}
