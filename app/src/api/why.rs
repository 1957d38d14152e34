//! Why somebody is thought to be where they are, and which of their devices says so.

use super::ApiError;
use domain::{Expected, FriendId, RegionId, Timestamp, geofence::Standing};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// Why a friend is thought to be in a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// Who.
    pub friend: FriendId,
    /// What they are called.
    pub name: String,
    /// Where.
    pub region: RegionId,
    /// What that is called.
    pub place: String,
    /// Since when; `None` when they are not known to be there now.
    pub since: Option<Timestamp>,
    /// Then the region's hours began, and it does not tell of before.
    pub or_before: bool,
    /// What each of their devices has to say of it, those that are there first.
    pub devices: Vec<DeviceWhy>,
}

/// What one device has to say of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceWhy {
    /// What it is called.
    pub name: String,
    /// Whether it counts for where its friend is.
    pub counts: bool,
    /// How it stands with the region; `None` when it is surely elsewhere, or nothing is known of it.
    pub standing: Option<Standing>,
    /// When its newest position was taken.
    pub heard_at: Option<Timestamp>,
    /// Since when its connection is lost.
    pub lost_at: Option<Timestamp>,
    /// When it is expected to be heard again.
    pub expected: Option<Expected>,
}

/// Why a friend is thought to be in a region.
///
/// # Errors
/// [`ApiError::NotFound`] when the viewer may not know of the friend or the region, or there is none.
#[server(name = AskWhy, prefix = "/api", endpoint = "why", input = GetUrl)]
pub async fn why(
    /// The friend's name or id.
    friend: String,
    /// The region's id.
    region: String,
) -> Result<Why, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let friend = cx.service().friend_called(viewer, &friend).map_err(ssr::refused)?;
    let region = draft::id(&region, "region").map_err(ssr::answered)?;
    let explained = cx.service().explain(viewer, friend, region).await.map_err(ssr::refused)?;
    let device = |explained: service::Explained| DeviceWhy {
        name: explained.device.name.to_string(),
        counts: explained.counts,
        standing: explained.standing,
        heard_at: explained.heard_at,
        lost_at: explained.lost_at,
        expected: explained.expected,
    };
    Ok(Why {
        friend,
        name: explained.shown_name,
        region,
        place: explained.region.name.to_string(),
        or_before: explained.stay.as_ref().is_some_and(|stay| stay.or_before),
        since: explained.stay.map(|stay| stay.since),
        devices: explained.devices.into_iter().map(device).collect(),
    })
}

/// Says which device counts for where a friend is from now on.
///
/// # Errors
/// [`ApiError::Forbidden`] for everybody but admins and the friend.
#[server(prefix = "/api", endpoint = "count_device")]
pub async fn count_device(
    /// The friend's id.
    friend: String,
    /// The device's name; empty for any.
    #[server(default)]
    device: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let friend = draft::id(&friend, "friend").map_err(ssr::answered)?;
    let device = Some(&*device).filter(|device| !device.is_empty());
    cx.service().count(viewer, friend, device).await.map_err(ssr::refused)?;
    ssr::go("/friends?counts");
    Ok(())
}
