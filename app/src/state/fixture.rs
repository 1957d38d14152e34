//! Made-up friends for the tests of this crate. Numbers become ids; everything else follows from them.

use domain::{
    Care, Device, DeviceId, DeviceKind, Friend, FriendId, Kind, Memberships, Name, Region, RegionId, Role,
    SensorId, Seq, Shown, Spot, Timestamp, Transition, Witness,
    live::{Change, LiveDevice, LiveFriend, Snapshot},
};
use geodesy::{Area, Circle, Point};

/// When all fixtures are taken.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u64) -> T {
    format!("{n:032x}").parse().expect("32 hexadecimal digits are a UUID")
}

pub(crate) fn friend_id(n: u64) -> FriendId {
    id(n)
}

pub(crate) fn device_id(n: u64) -> DeviceId {
    id(n)
}

pub(crate) fn region_id(n: u64) -> RegionId {
    id(n)
}

pub(crate) fn sensor_id(n: u64) -> SensorId {
    id(n)
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a fixture has a good name")
}

pub(crate) fn spot(lat: f64, lon: f64) -> Spot {
    let point = Point::new(lat, lon).expect("a fixture is on the Earth");
    Spot {
        expected: None,
        at: NOW,
        point,
        accuracy_m: None,
        velocity_kmh: None,
        course_deg: None,
        battery_pct: None,
        clock_wrong: false,
    }
}

/// A friend with one device of the same number, near Zürich.
pub(crate) fn friend(n: u64, called: &str) -> LiveFriend {
    let friend = Friend {
        id: friend_id(n),
        group: id(1),
        memberships: Memberships::one(id(1), Role::Friend),
        name: name(called),
        role: None,
        demo: false,
        added_at: NOW,
    };
    let device = Device { id: device_id(n), friend: friend.id, name: name("phone"), kind: DeviceKind::Phone };
    LiveFriend {
        card: None,
        friend,
        devices: vec![LiveDevice { device, spot: Some(spot(47.0, 8.0)), lost_at: None }],
        stays: Vec::new(),
        counts: None,
        shown: Shown::Precise,
        care: Care::None,
        online: false,
    }
}

/// A circle of 100 m near Zürich.
pub(crate) fn region(n: u64, called: &str) -> Region {
    let circle = Circle::new(spot(47.0, 8.0).point, 100.0).expect("a fixture is a good circle");
    Region {
        id: region_id(n),
        group: id(1),
        name: name(called),
        area: Area::Circle(circle),
        demo: false,
        changed_at: NOW,
        details: domain::Details::default(),
    }
}

/// Jane (1) and Tom (2), and Home (1).
pub(crate) fn snapshot(seq: u64) -> Snapshot {
    Snapshot {
        seq: Seq(seq),
        now: NOW,
        friends: vec![friend(1, "Jane"), friend(2, "Tom")],
        regions: vec![region(1, "Home")],
        groups: Vec::new(),
        server_admin: false,
        range: domain::near::Range::default(),
        unread: 0,
        bots: Vec::new(),
    }
}

pub(crate) fn moved(device: u64, lat: f64, lon: f64) -> Change {
    Change::Moved(device_id(device), spot(lat, lon))
}

pub(crate) fn crossing(n: u64, friend: u64, at_ms: i64) -> Transition {
    let at = Timestamp::from_millis(at_ms);
    Transition {
        id: id(n),
        friend: friend_id(friend),
        device: device_id(friend),
        region: region_id(1),
        region_name: "Home".to_owned(),
        kind: Kind::Enter,
        at,
        decided_at: at,
        learnt_at: at,
        witness: Witness::Server,
        evidence: Vec::new(),
        stay_ms: None,
        superseded_at: None,
    }
}
