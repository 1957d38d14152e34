//! `GET /friends` and `GET /presence`.

use super::{Caller, List, moment, query, view::RegionName};
use crate::http::problem::Problem;
use axum::{
    Json,
    extract::{Query, rejection::QueryRejection},
};
use domain::{
    End, Shown, Staleness, Timestamp,
    geofence::Start,
    live::{Hold, LiveDevice},
};
use serde::{Deserialize, Serialize};
use service::{PastPresent, Presence, Present};
use utoipa::{IntoParams, ToSchema};

/// A friend, and where they were last seen.
#[derive(Serialize, ToSchema)]
pub(super) struct FriendView {
    /// Opaque.
    id: String,
    name: String,
    /// Made up, for a demonstration.
    demo: bool,
    /// How they are shown to the caller: `precise`, `street`, `district`, `city`, `names`, `inside`, `delayed`, `paused` or `off`.
    shown: &'static str,
    /// With `delayed`: how late, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_min: Option<u32>,
    /// They have a page open in a browser, and show the caller something now. Never of who is shown late.
    online: bool,
    devices: Vec<DeviceView>,
    /// The name of the one device that counts for where they are; `null`: any does.
    counts: Option<String>,
    /// The regions they are in, smallest first.
    regions: Vec<StayView>,
}

/// A device, and where it was last seen.
#[derive(Serialize, ToSchema)]
struct DeviceView {
    /// Opaque.
    id: String,
    name: String,
    /// `phone`, or `browser`: its friend's own, or their own hand.
    kind: &'static str,
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
    /// How much that position can be trusted now, by its age and the device's own rhythm: `now`, `recent`, `stale` or `lost`; `null` before
    /// the first.
    staleness: Option<&'static str>,
    /// How long it usually takes until its next report, going on like this, seconds; `null` while that is not known.
    expected_s: Option<u32>,
}

/// A region somebody is in.
#[derive(Serialize, ToSchema)]
struct StayView {
    region: RegionName,
    since: String,
    /// Then the region's hours began; whether they were there before it does not tell.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    since_or_before: bool,
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
    /// Then the region's hours began; whether they were there before it does not tell.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    since_or_before: bool,
    /// Only with `at`: they were there already when the server first looked, which was at `since`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    found: bool,
    /// Only with `at`: when that ended, as far as it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Only with `until`: then the region's hours ended; whether they stayed on it does not tell.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    until_or_later: bool,
    /// Only where nothing has been heard of them for long: since when. They are there probably.
    #[serde(skip_serializing_if = "Option::is_none")]
    silent_since: Option<String>,
    /// Only where these devices were left behind, as it seems: another one of the friend has moved since, and is elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_behind: Vec<String>,
    /// Not with `at`, and only where that is not precisely: how they are shown to the caller, as in the list of friends.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<&'static str>,
}

/// Which presence.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// At this moment, RFC 3339, by what is known today; without it, now.
    at: Option<String>,
    /// Only of this region, by identifier.
    region: Option<String>,
}

impl PresenceView {
    fn new(region: &domain::Region, friends: Vec<PresentView>) -> Self {
        Self { region: RegionName { id: region.id.to_string(), name: region.name.to_string() }, friends }
    }
}

impl From<Presence> for PresenceView {
    fn from(Presence { region, friends }: Presence) -> Self {
        Self::new(&region, friends.into_iter().map(PresentView::from).collect())
    }
}

impl From<Present> for PresentView {
    fn from(Present { friend, stay, silent_since, left_behind, shown }: Present) -> Self {
        Self {
            friend: friend.name.to_string(),
            since: stay.since.to_string(),
            since_or_before: stay.or_before,
            found: false,
            until: None,
            until_or_later: false,
            silent_since: silent_since.map(|at| at.to_string()),
            left_behind,
            shown: Some(shown).filter(|shown| *shown != Shown::Precise).map(Shown::as_str),
        }
    }
}

impl From<PastPresent> for PresentView {
    fn from(PastPresent { friend, visit, or_before, or_later, silent_since }: PastPresent) -> Self {
        let until = match visit.end {
            End::Here => None,
            End::Left(at) | End::Unseen(at) => Some(at.to_string()),
        };
        Self {
            friend: friend.name.to_string(),
            since: visit.since.to_string(),
            since_or_before: or_before,
            found: visit.start == Start::Found && !or_before,
            until,
            until_or_later: or_later,
            silent_since: silent_since.map(|at| at.to_string()),
            left_behind: Vec::new(),
            shown: None,
        }
    }
}

impl DeviceView {
    fn new(live: &LiveDevice, now: Timestamp) -> Self {
        let spot = live.spot.as_ref();
        Self {
            id: live.device.id.to_string(),
            name: live.device.name.to_string(),
            kind: live.device.kind.as_str(),
            at: spot.map(|spot| spot.at.to_string()),
            clock_wrong: spot.is_some_and(|spot| spot.clock_wrong),
            lat: spot.map(|spot| spot.point.lat()),
            lon: spot.map(|spot| spot.point.lon()),
            accuracy_m: spot.and_then(|spot| spot.accuracy_m),
            velocity_kmh: spot.and_then(|spot| spot.velocity_kmh),
            course_deg: spot.and_then(|spot| spot.course_deg),
            battery_pct: spot.and_then(|spot| spot.battery_pct),
            lost_at: live.lost_at.as_ref().map(Timestamp::to_string),
            staleness: spot.map(|spot| Staleness::of(spot, live.lost_at, now).as_str()),
            expected_s: spot.and_then(|spot| spot.expected).map(|expected| expected.next_s),
        }
    }
}

/// The friends the caller may see, by name.
#[utoipa::path(get, path = "/api/v1/friends", responses((status = 200, body = List<FriendView>)))]
pub(super) async fn list(caller: Caller) -> Json<List<FriendView>> {
    let snapshot = caller.site.service.snapshot(&caller.viewer);
    caller.site.service.count_list(&caller.viewer, "list of friends");
    let name_of = |id| {
        let region = snapshot.regions.iter().find(|region| region.id == id)?;
        Some(RegionName { id: region.id.to_string(), name: region.name.to_string() })
    };
    let friends = snapshot.friends.iter().map(|live| FriendView {
        id: live.friend.id.to_string(),
        name: live.friend.name.to_string(),
        demo: live.friend.demo,
        shown: live.shown.as_str(),
        delay_min: if let Shown::Delayed(minutes) = live.shown { Some(minutes) } else { None },
        online: live.online,
        devices: live.devices.iter().map(|device| DeviceView::new(device, snapshot.now)).collect(),
        counts: live.counts.and_then(|_| live.counted().next()).map(|known| known.device.name.to_string()),
        regions: live
            .stays
            .iter()
            .filter(|stay| !matches!(live.hold(stay, snapshot.now), Hold::LeftBehind | Hold::Over))
            .filter_map(|stay| {
                let region = name_of(stay.region)?;
                Some(StayView { region, since: stay.since.to_string(), since_or_before: stay.or_before })
            })
            .collect(),
    });
    List::whole(friends.collect())
}

/// Who is in which region now, or was at a moment; regions with nobody in them too.
#[utoipa::path(get, path = "/api/v1/presence", params(Asked),
    responses((status = 200, body = List<PresenceView>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn presence(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<List<PresenceView>>, Problem> {
    let asked = query(asked)?;
    let none = |_not_ours| service::Error::NotFound("region");
    let region = asked.region.as_deref().map(str::parse).transpose().map_err(none)?;
    let service = &caller.site.service;
    if let Some(at) = moment("at", asked.at.as_deref())? {
        let past = service.presence_at(&caller.viewer, at, region).await?;
        let past = past.into_iter().map(|then| {
            PresenceView::new(&then.region, then.friends.into_iter().map(PresentView::from).collect())
        });
        return Ok(List::whole(past.collect()));
    }
    service.count_list(&caller.viewer, "presence");
    let now = service.presence(&caller.viewer).into_iter();
    let now: Vec<PresenceView> = now
        .filter(|here| region.is_none_or(|wanted| wanted == here.region.id))
        .map(PresenceView::from)
        .collect();
    if now.is_empty() && region.is_some() {
        return Err(service::Error::NotFound("region").into());
    }
    Ok(List::whole(now))
}
