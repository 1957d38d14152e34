//! `/friends/{friend}/regions/{region}/why` and `/friends/{friend}/counts`: why somebody is thought to be where they are, and by which device.

use super::{
    Caller,
    view::{EvidenceView, RegionName},
};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::geofence::Certainty;
use serde::Serialize;
use serde_json::{Map, Value};
use service::{Explained, Explanation};
use utoipa::ToSchema;

/// Why somebody is thought to be in a region.
#[derive(Serialize, ToSchema)]
pub(super) struct WhyView {
    /// The friend's name.
    friend: String,
    region: RegionName,
    /// Whether they are known to be there now.
    inside: bool,
    /// Since when, RFC 3339.
    since: Option<String>,
    /// Then the region's hours began; whether they were there before it does not tell.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    since_or_before: bool,
    /// By which devices, those that are there first, of these the surest first. Empty for a friend who is not there.
    devices: Vec<DeviceWhyView>,
}

/// What a device has to say of it.
#[derive(Serialize, ToSchema)]
struct DeviceWhyView {
    /// Opaque.
    id: String,
    name: String,
    /// Whether it counts for where the friend is.
    counts: bool,
    /// Whether it is there itself.
    inside: bool,
    /// Since when, RFC 3339.
    since: Option<String>,
    /// How sure that is, as of what it told last: `sure`, `likely`, or `doubtful` when something newer speaks against it; `null` when it is
    /// surely elsewhere, or nothing is known of it.
    #[schema(value_type = Option<String>)]
    certainty: Option<Certainty>,
    /// When it was last seen where it is believed to be.
    seen_at: Option<String>,
    /// When its newest position was taken.
    heard_at: Option<String>,
    /// Since when its connection is lost.
    lost_at: Option<String>,
    /// What speaks for it and, where it is doubtful, against it, oldest first.
    evidence: Vec<EvidenceView>,
}

/// Which device counts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct CountsBody {
    /// The device's name; `null`: any of theirs.
    device: Option<String>,
}

impl From<Explanation> for WhyView {
    fn from(Explanation { friend, region, stay, devices, .. }: Explanation) -> Self {
        Self {
            friend,
            region: RegionName { id: region.id.to_string(), name: region.name.to_string() },
            inside: stay.is_some(),
            since_or_before: stay.as_ref().is_some_and(|stay| stay.or_before),
            since: stay.map(|stay| stay.since.to_string()),
            devices: devices.into_iter().map(DeviceWhyView::from).collect(),
        }
    }
}

impl From<Explained> for DeviceWhyView {
    fn from(explained: Explained) -> Self {
        let inside = explained.is_inside();
        let Explained { device, counts, standing, heard_at, lost_at, .. } = explained;
        let (certainty, since, seen_at, why) = standing.map_or((None, None, None, Vec::new()), |standing| {
            (Some(standing.certainty), standing.since, Some(standing.seen_at), standing.why)
        });
        Self {
            id: device.id.to_string(),
            name: device.name.to_string(),
            counts,
            inside,
            since: since.map(|at| at.to_string()),
            certainty,
            seen_at: seen_at.map(|at| at.to_string()),
            heard_at: heard_at.map(|at| at.to_string()),
            lost_at: lost_at.map(|at| at.to_string()),
            evidence: why.into_iter().map(EvidenceView::from).collect(),
        }
    }
}

/// Why a friend is thought to be in a region: since when, how sure that is, by what, and how old that is, by each of their devices.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/regions/{region}/why",
    params(("friend" = String, Path, description = "The friend's name or id."), ("region" = String, Path, description = "The region's id.")),
    responses((status = 200, body = WhyView), (status = 404, body = Problem)))]
pub(super) async fn why(
    caller: Caller,
    Path((friend, region)): Path<(String, String)>,
) -> Result<Json<WhyView>, Problem> {
    let service = &caller.site.service;
    let friend = service.friend_called(&caller.viewer, &friend)?;
    let region = region.parse().map_err(|_not_ours| service::Error::NotFound("region"))?;
    Ok(Json(service.explain(&caller.viewer, friend, region).await?.into()))
}

/// Says which device counts for where a friend is from now on. What was said before stays.
#[utoipa::path(put, path = "/api/v1/friends/{friend}/counts", params(("friend" = String, Path, description = "The friend's name or id.")),
    request_body = CountsBody,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn counts(
    caller: Caller,
    Path(friend): Path<String>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let service = &caller.site.service;
    let friend = service.friend_called(&caller.viewer, &friend)?;
    let body: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|why| Problem::unreadable(format!("the body must be a JSON object: {why}")))?;
    let device = match body.get("device") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(Value::Null) => None,
        _ => return Err(Problem::invalid("device", "must be the name of a device, or null")),
    };
    service.count(&caller.viewer, friend, device).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}
