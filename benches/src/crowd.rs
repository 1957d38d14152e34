//! A data directory with people, their phones and regions, as if they had been added on the pages.

use crate::{mqtt::Account, report};
use anyhow::Result;
use domain::{
    Device, DeviceId, DeviceKind, Friend, FriendId, GroupId, Level, Memberships, Name, Region, RegionId,
    Role, SessionId, Sharing, Timestamp,
};
use geodesy::{Area, Circle, Point};
use sha2::{Digest, Sha256};
use std::path::Path;
use store::{NewDevice, NewFriend, NewSession, SecretHash};
use uuid::{Builder, Uuid};

/// Regions of the group. Every fiftieth phone's walk leads in and out of one.
const REGIONS: u32 = 20;
const RADIUS_M: f64 = 300.0;
/// The cookie of the admin, who is signed in.
pub(crate) const SESSION: &str = "a-cookie-that-only-the-benchmark-has";
const SESSION_MS: i64 = 24 * 3600 * 1000;

/// The group everybody is in.
pub(crate) fn group() -> GroupId {
    GroupId::new(id(1, 0))
}

/// The device of that number.
pub(crate) fn device(number: u32) -> DeviceId {
    DeviceId::new(id(3, number))
}

/// The friend of that number.
pub(crate) fn friend(number: u32) -> FriendId {
    FriendId::new(id(2, number))
}

/// How the phone of that number signs in, and where it publishes.
pub(crate) fn account(number: u32) -> Account {
    Account {
        topic: format!("owntracks/walker{number:04}/phone"),
        username: format!("walker{number:04}"),
        password: format!("walks-alone-{number:04}"),
    }
}

/// The regions.
pub(crate) fn regions() -> Result<Vec<Region>> {
    (0..REGIONS)
        .map(|number| {
            let (lat, lon) = report::place(number * 50, 0);
            let area = Area::Circle(Circle::new(Point::new(lat, lon)?, RADIUS_M)?);
            let (name, changed_at) = (Name::new(&format!("Place {number}"))?, Timestamp::from_millis(0));
            Ok(Region {
                id: RegionId::new(id(4, number)),
                group: group(),
                name,
                area,
                demo: false,
                changed_at,
                details: domain::Details::default(),
            })
        })
        .collect()
}

/// The value of the cookie of the friend of that number, if they are signed in.
pub(crate) fn session(number: u32) -> String {
    if number == 0 { SESSION.to_owned() } else { format!("{SESSION}-{number}") }
}

/// Makes the database. Its directory must be empty.
pub(crate) async fn settle(directory: &Path, phones: u32) -> Result<()> {
    settle_with(directory, phones, 1).await
}

/// The same, where the first so many are signed in; the very first is the admin.
pub(crate) async fn settle_with(directory: &Path, phones: u32, signed_in: u32) -> Result<()> {
    let (mut writer, reader) = store::open(&directory.join("whereabouts.db")).await?;
    let added_at = Timestamp::from_millis(report::now_ms());
    writer.add_group(group(), &Name::new("Walkers")?).await?;
    for number in 0..phones {
        let Account { username, password, .. } = account(number);
        let role = if number == 0 { Role::Admin } else { Role::Friend };
        let friend = Friend {
            id: friend(number),
            group: group(),
            memberships: Memberships::one(group(), role),
            name: Name::new(&username)?,
            role: (number < signed_in).then_some(role),
            demo: false,
            added_at,
        };
        let sharing = Sharing::with_group(friend.group, Level::Precise, Timestamp::MIN);
        writer.add_friend(NewFriend { friend: &friend, password_hash: None, sharing: &sharing }).await?;
        let device = Device {
            id: device(number),
            friend: friend.id,
            name: Name::new("phone")?,
            kind: DeviceKind::Phone,
        };
        let credential_hash = &Sha256::digest(password);
        writer.put_device(NewDevice { device: &device, credential_hash, added_at }).await?;
    }
    for region in regions()? {
        writer.put_region(&region).await?;
    }
    let (ends_at, place, browser) = (added_at.plus_millis(SESSION_MS), "127.0.0.1", "a benchmark");
    for number in 0..signed_in {
        let hash = SecretHash::new(Sha256::digest(session(number)).into());
        let (friend, id) = (friend(number), SessionId::new(id(5, number)));
        writer
            .add_session(NewSession { hash, friend, started_at: added_at, ends_at, id, place, browser })
            .await?;
    }
    drop(reader);
    Ok(writer.close().await?)
}

fn id(kind: u8, number: u32) -> Uuid {
    let mut random = [kind; 10];
    for (to, from) in random.iter_mut().skip(6).zip(number.to_be_bytes()) {
        *to = from;
    }
    Builder::from_unix_timestamp_millis(1_790_000_000_000, &random).into_uuid()
}
