//! `GET /friends` and `GET /presence`.

use super::{Caller, List, view::RegionName};
use axum::Json;
use domain::{Timestamp, live::LiveDevice};
use serde::Serialize;
use utoipa::ToSchema;

/// A friend, and where they were last seen.
#[derive(Serialize, ToSchema)]
pub(super) struct FriendView {
    /// Opaque.
    id: String,
    name: String,
    /// Made up, for a demonstration.
    demo: bool,
    devices: Vec<DeviceView>,
    /// The regions they are in, smallest first.
    regions: Vec<StayView>,
}

/// A device, and where it was last seen.
#[derive(Serialize, ToSchema)]
struct DeviceView {
    /// Opaque.
    id: String,
    name: String,
    /// When the newest position was taken, RFC 3339; `null` before the first.
    at: Option<String>,
    /// Its phone's clock was wrong: `at` is when the server got it.
    clock_wrong: bool,
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
    velocity_kmh: Option<f64>,
    course_deg: Option<f64>,
    battery_pct: Option<u8>,
    /// Since when its connection is lost.
    lost_at: Option<String>,
}

/// A region somebody is in.
#[derive(Serialize, ToSchema)]
struct StayView {
    region: RegionName,
    since: String,
}

/// A region and who is in it.
#[derive(Serialize, ToSchema)]
pub(super) struct PresenceView {
    region: RegionName,
    friends: Vec<PresentView>,
}

/// Somebody who is in a region.
#[derive(Serialize, ToSchema)]
struct PresentView {
    /// The friend's name.
    friend: String,
    since: String,
}

impl From<LiveDevice> for DeviceView {
    fn from(live: LiveDevice) -> Self {
        let spot = live.spot.as_ref();
        Self {
            id: live.device.id.to_string(),
            name: live.device.name.to_string(),
            at: spot.map(|spot| spot.at.to_string()),
            clock_wrong: spot.is_some_and(|spot| spot.clock_wrong),
            lat: spot.map(|spot| spot.point.lat()),
            lon: spot.map(|spot| spot.point.lon()),
            accuracy_m: spot.and_then(|spot| spot.accuracy_m),
            velocity_kmh: spot.and_then(|spot| spot.velocity_kmh),
            course_deg: spot.and_then(|spot| spot.course_deg),
            battery_pct: spot.and_then(|spot| spot.battery_pct),
            lost_at: live.lost_at.as_ref().map(Timestamp::to_string),
        }
    }
}

/// The friends the caller may see, by name.
#[utoipa::path(get, path = "/api/v1/friends", responses((status = 200, body = List<FriendView>)))]
pub(super) async fn list(caller: Caller) -> Json<List<FriendView>> {
    let snapshot = caller.site.service.snapshot(&caller.viewer);
    let name_of = |id| {
        let region = snapshot.regions.iter().find(|region| region.id == id)?;
        Some(RegionName { id: region.id.to_string(), name: region.name.to_string() })
    };
    let friends = snapshot.friends.iter().map(|live| FriendView {
        id: live.friend.id.to_string(),
        name: live.friend.name.to_string(),
        demo: live.friend.demo,
        devices: live.devices.iter().cloned().map(DeviceView::from).collect(),
        regions: live
            .stays
            .iter()
            .filter_map(|stay| {
                Some(StayView { region: name_of(stay.region)?, since: stay.since.to_string() })
            })
            .collect(),
    });
    List::whole(friends.collect())
}

/// Who is in which region now; regions with nobody in them too.
#[utoipa::path(get, path = "/api/v1/presence", responses((status = 200, body = List<PresenceView>)))]
pub(super) async fn presence(caller: Caller) -> Json<List<PresenceView>> {
    let presence = caller.site.service.presence(&caller.viewer).into_iter().map(|presence| PresenceView {
        region: RegionName { id: presence.region.id.to_string(), name: presence.region.name.to_string() },
        friends: presence
            .friends
            .into_iter()
            .map(|(friend, stay)| PresentView {
                friend: friend.name.to_string(),
                since: stay.since.to_string(),
            })
            .collect(),
    });
    List::whole(presence.collect())
}
