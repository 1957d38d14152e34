//! `/regions`: anybody who may see them reads, admins write.

use super::{Caller, List, query, view::RegionView};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, rejection::QueryRejection},
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::{
    Details, GroupId, RegionId,
    geofence::Sample,
    live::{LiveFriend, Snapshot},
};
use geodesy::Area;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::{Imported, RegionDraft, RegionFormat, RegionVersion, TrackQuery};
use utoipa::{IntoParams, ToSchema};

/// A region as somebody wants it.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only describes the body, which is read member by member to name the one that is wrong"
)]
pub(super) struct RegionBody {
    /// 1 to 64 characters.
    name: String,
    /// `{"type":"circle","lat","lon","radius_m"}` or `{"type":"polygon","points":[[lat,lon],…]}`.
    #[schema(value_type = Object)]
    shape: Value,
    /// The sign on its label: `pin`, `home`, `work`, `school`, `shop`, `sport`, `health`, `heart`, `train`, `tree`, `water` or `star`.
    icon: Option<String>,
    /// `blue`, `teal`, `green`, `amber`, `red`, `pink`, `violet` or `grey`.
    colour: Option<String>,
    /// `fast`, `balanced` or `calm`.
    pace: Option<String>,
    /// The name of a group of the caller, for a new region; without it the first one that they are an admin of.
    group: Option<String>,
    /// `group`, `admins`, or a list of friends' names.
    #[schema(value_type = Object)]
    audience: Option<Value>,
    /// Whether the group's phones are given it.
    to_phones: Option<bool>,
    /// `{"zone":"Europe/Zurich","hours":["Mon-Fri 07:00-18:00"]}`; `null` is always.
    #[schema(value_type = Object)]
    schedule: Option<Value>,
}

/// The regions the caller may see, by name.
#[utoipa::path(get, path = "/api/v1/regions", responses((status = 200, body = List<RegionView>)))]
pub(super) async fn list(caller: Caller) -> Json<List<RegionView>> {
    let Snapshot { regions, friends, .. } = caller.site.service.snapshot(&caller.viewer);
    List::whole(regions.into_iter().map(|region| RegionView::new(region, &friends)).collect())
}

/// One region.
#[utoipa::path(get, path = "/api/v1/regions/{id}", params(("id" = String, Path)),
    responses((status = 200, body = RegionView), (status = 404, body = Problem)))]
pub(super) async fn one(caller: Caller, Path(id): Path<String>) -> Result<Json<RegionView>, Problem> {
    let id = region_id(&id)?;
    let Snapshot { regions, friends, .. } = caller.site.service.snapshot(&caller.viewer);
    let region = regions.into_iter().find(|region| region.id == id);
    let region = region.ok_or(service::Error::NotFound("region"))?;
    Ok(Json(RegionView::new(region, &friends)))
}

/// A region as it was for some time.
#[derive(Serialize, ToSchema)]
pub(super) struct VersionView {
    /// As it was, from its `changed_at` on.
    #[serde(flatten)]
    region: RegionView,
    /// Until when, RFC 3339; `null` for what holds.
    until: Option<String>,
}

/// How a region was drawn, newest first; one that is no more, too.
#[utoipa::path(get, path = "/api/v1/regions/{id}/versions", params(("id" = String, Path)),
    responses((status = 200, body = List<VersionView>), (status = 404, body = Problem)))]
pub(super) async fn versions(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<List<VersionView>>, Problem> {
    let versions = caller.site.service.region_versions(&caller.viewer, region_id(&id)?).await?;
    let friends = caller.site.service.snapshot(&caller.viewer).friends;
    let view = |version: RegionVersion| VersionView {
        region: RegionView::new(version.region, &friends),
        until: version.until.map(|until| until.to_string()),
    };
    Ok(List::whole(versions.into_iter().map(view).collect()))
}

/// The regions the caller may see, as GeoJSON: a `FeatureCollection`; a circle is a point with the property `radius_m`.
#[utoipa::path(get, path = "/api/v1/regions.geojson", responses((status = 200, content_type = "application/geo+json", body = Object)))]
pub(super) async fn geojson(caller: Caller) -> impl IntoResponse {
    file(&caller, RegionFormat::GeoJson)
}

/// The circles among the regions the caller may see, as the apps of OwnTracks read them.
#[utoipa::path(get, path = "/api/v1/regions.otrw", responses((status = 200, content_type = "application/json", body = Object)))]
pub(super) async fn otrw(caller: Caller) -> impl IntoResponse {
    file(&caller, RegionFormat::Otrw)
}

fn file(caller: &Caller, format: RegionFormat) -> impl IntoResponse + use<> {
    let (kind, name) = match format {
        RegionFormat::GeoJson => ("application/geo+json", "regions.geojson"),
        RegionFormat::Otrw => ("application/json", "regions.otrw"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, caller.site.service.export_regions(&caller.viewer, format))
}

/// What became of a file of regions.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportedView {
    /// Regions that are new.
    made: u32,
    /// Regions that were there and are different now.
    changed: u32,
    /// Regions that were there just so.
    unchanged: u32,
    /// What was no region: beacons, and places that follow a phone.
    left_out: u32,
}

/// Draws the regions of a file: GeoJSON or `.otrw`, as the body says by itself. All of it will do, or nothing is done. Admins.
#[utoipa::path(post, path = "/api/v1/regions/import", request_body(content = Object, content_type = "application/geo+json"),
    responses((status = 200, body = ImportedView), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn import(caller: Caller, body: Bytes) -> Result<Json<ImportedView>, Problem> {
    caller.may_change()?;
    let Imported { made, changed, unchanged, left_out } =
        caller.site.service.import_regions(&caller.viewer, &body).await?;
    Ok(Json(ImportedView { made, changed, unchanged, left_out }))
}

/// Draws a region. Members that are not given have their defaults. Admins.
#[utoipa::path(post, path = "/api/v1/regions", request_body = RegionBody,
    responses((status = 201, body = RegionView), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn create(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let region = put(&caller, None, &body).await?;
    Ok((StatusCode::CREATED, Json(region)))
}

/// Changes a region. Name and shape must be given; other members that are not stay as they are. Admins.
#[utoipa::path(put, path = "/api/v1/regions/{id}", params(("id" = String, Path)), request_body = RegionBody,
    responses((status = 200, body = RegionView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<RegionView>, Problem> {
    caller.may_change()?;
    Ok(Json(put(&caller, Some(region_id(&id)?), &body).await?))
}

async fn put(caller: &Caller, id: Option<RegionId>, body: &[u8]) -> Result<RegionView, Problem> {
    let Snapshot { regions, friends, .. } = caller.site.service.snapshot(&caller.viewer);
    let known = id.and_then(|id| regions.into_iter().find(|region| region.id == id));
    let draft = draft(body, known.map(|region| region.details).unwrap_or_default(), &friends)?;
    let group = group(caller, serde_json::from_slice::<Value>(body).unwrap_or_default().get("group"))?;
    let put = caller.site.service.put_region_in(&caller.viewer, group, id, draft).await;
    let region = put.map_err(|error| {
        if let service::Error::Invalid { field: "friends", why } = error {
            Problem::invalid("audience", why)
        } else {
            error.into()
        }
    })?;
    Ok(RegionView::new(region, &friends))
}

/// The group of something new, where the body names one.
pub(super) fn group(caller: &Caller, named: Option<&Value>) -> Result<Option<GroupId>, Problem> {
    match named {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(named)) => Ok(Some(caller.site.service.group_named(&caller.viewer, named)?)),
        Some(_) => Err(Problem::invalid("group", "must be the name of a group")),
    }
}

/// Around which place a region is tried out.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Around {
    /// Degrees north.
    lat: Option<String>,
    /// Degrees east.
    lon: Option<String>,
    /// How far around, metres, up to 100,000; 5,000 without.
    reach_m: Option<String>,
    /// How far back, 1 to 366 days; 30 without.
    days: Option<String>,
    /// A friend's name; everybody without.
    friend: Option<String>,
}

/// Where a device was near a place.
#[derive(Serialize, ToSchema)]
pub(super) struct TrackView {
    /// The friend's name.
    friend: String,
    /// The device's name.
    device: String,
    /// Oldest first, `[milliseconds since 1970, degrees north, degrees east, accuracy in metres or null]`.
    #[schema(value_type = Vec<Object>)]
    fixes: Vec<(i64, f64, f64, Option<f64>)>,
    /// Whether older ones within the time asked for are missing: of a device, the newest 100,000 near the place are given, out of its newest
    /// 600,000.
    cut_off: bool,
}

/// Where friends were near a place, to try a region out on. Admins.
#[utoipa::path(get, path = "/api/v1/regions/tracks", params(Around),
    responses((status = 200, body = List<TrackView>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn tracks(
    caller: Caller,
    around: Result<Query<Around>, QueryRejection>,
) -> Result<Json<List<TrackView>>, Problem> {
    let around = query(around)?;
    let number = |field: &'static str, text: Option<String>, default: Option<f64>| {
        let read = text.map_or(default, |text| text.parse().ok().filter(|number: &f64| number.is_finite()));
        read.ok_or_else(|| Problem::invalid(field, "must be a number"))
    };
    let (lat, lon) = (number("lat", around.lat, None)?, number("lon", around.lon, None)?);
    let near = geodesy::Point::new(lat, lon).map_err(|why| Problem::invalid(why.field(), why))?;
    let reach_m = number("reach_m", around.reach_m, Some(5000.0))?;
    if !(0.0..=100_000.0).contains(&reach_m) {
        return Err(Problem::invalid("reach_m", "must be from 0 to 100000"));
    }
    let days = around.days.map_or(Some(30), |text| text.parse().ok());
    let days = days.filter(|days| (1..=366).contains(days));
    let days = days.ok_or_else(|| Problem::invalid("days", "must be from 1 to 366"))?;
    let service = &caller.site.service;
    let friend = around.friend.map(|name| service.friend_named(&caller.viewer, &name)).transpose()?;
    let friend = friend.map(|friend| friend.id);
    let asked = TrackQuery { near, reach_m, days, friend };
    let tracks = service.tracks(&caller.viewer, &asked).await?;
    let friends = service.snapshot(&caller.viewer).friends;
    let views = tracks.into_iter().filter_map(|track| {
        let live = friends.iter().find(|live| live.friend.id == track.friend)?;
        let device = live.devices.iter().find(|known| known.device.id == track.device)?;
        let bare = |fix: &Sample| (fix.at.as_millis(), fix.point.lat(), fix.point.lon(), fix.accuracy_m);
        Some(TrackView {
            friend: live.friend.name.to_string(),
            device: device.device.name.to_string(),
            fixes: track.fixes.iter().map(bare).collect(),
            cut_off: track.cut_off,
        })
    });
    Ok(List::whole(views.collect()))
}

/// Removes a region; its history stays. Admins.
#[utoipa::path(delete, path = "/api/v1/regions/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn remove(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    caller.site.service.remove_region(&caller.viewer, region_id(&id)?).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}

fn region_id(text: &str) -> Result<RegionId, Problem> {
    text.parse().map_err(|_not_ours| service::Error::NotFound("region").into())
}

fn draft(body: &[u8], before: Details, friends: &[LiveFriend]) -> Result<RegionDraft, Problem> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|why| Problem::unreadable(format!("the body is not JSON: {why}")))?;
    let members = body.as_object().ok_or_else(|| Problem::unreadable("the body must be a JSON object"))?;
    let name = members
        .get("name")
        .and_then(Value::as_str)
        .ok_or_else(|| Problem::invalid("name", "must be a text"))?;
    let shape = members
        .get("shape")
        .and_then(Value::as_object)
        .ok_or_else(|| Problem::invalid("shape", "must be an object"))?;
    let details = service::read_details(members, before, friends)?;
    Ok(RegionDraft { name: name.to_owned(), area: area(shape)?, details: Some(details) })
}

/// Reads the shape member by member, so that an error can name the one that is wrong.
fn area(shape: &Map<String, Value>) -> Result<Area, Problem> {
    match shape.get("type").and_then(Value::as_str) {
        Some("circle") => {
            let number = |member: &'static str| {
                let value = shape.get(member).and_then(Value::as_f64);
                value.ok_or_else(|| Problem::invalid(member, "must be a number"))
            };
            let point = geodesy::Point::new(number("lat")?, number("lon")?)
                .map_err(|why| Problem::invalid(why.field(), why))?;
            let circle = geodesy::Circle::new(point, number("radius_m")?)
                .map_err(|why| Problem::invalid(why.field(), why))?;
            Ok(Area::Circle(circle))
        }
        Some("polygon") => serde_json::from_value(Value::Object(shape.clone()))
            .map_err(|why| Problem::invalid("points", format!("will not do: {why}"))),
        _ => Err(Problem::invalid("type", "must be \"circle\" or \"polygon\"")),
    }
}
