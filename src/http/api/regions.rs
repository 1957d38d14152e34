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
    Audience, Colour, Details, Icon, Pace, RegionId, Schedule, fold,
    live::{LiveFriend, Snapshot},
};
use geodesy::Area;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::{RegionDraft, TrackPoint, TrackQuery};
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
    let put = caller.site.service.put_region(&caller.viewer, id, draft).await;
    let region = put.map_err(|error| {
        if let service::Error::Invalid { field: "friends", why } = error {
            Problem::invalid("audience", why)
        } else {
            error.into()
        }
    })?;
    Ok(RegionView::new(region, &friends))
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
    let tracks = caller.site.service.tracks(&caller.viewer, &TrackQuery { near, reach_m, days }).await?;
    let friends = caller.site.service.snapshot(&caller.viewer).friends;
    let views = tracks.into_iter().filter_map(|track| {
        let live = friends.iter().find(|live| live.friend.id == track.friend)?;
        let device = live.devices.iter().find(|known| known.device.id == track.device)?;
        let bare = |fix: &TrackPoint| (fix.at.as_millis(), fix.point.lat(), fix.point.lon(), fix.accuracy_m);
        Some(TrackView {
            friend: live.friend.name.to_string(),
            device: device.device.name.to_string(),
            fixes: track.fixes.iter().map(bare).collect(),
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
    let details = details(members, before, friends)?;
    Ok(RegionDraft { name: name.to_owned(), area: area(shape)?, details: Some(details) })
}

/// Reads the other members, each if it is given.
fn details(
    members: &Map<String, Value>,
    before: Details,
    friends: &[LiveFriend],
) -> Result<Details, Problem> {
    let mut details = before;
    if let Some(icon) = word(members, "icon", Icon::named)? {
        details.icon = icon;
    }
    if let Some(colour) = word(members, "colour", Colour::named)? {
        details.colour = colour;
    }
    if let Some(pace) = word(members, "pace", Pace::named)? {
        details.pace = pace;
    }
    if let Some(said) = members.get("audience") {
        details.audience = audience(said, friends)?;
    }
    if let Some(said) = members.get("to_phones") {
        details.to_phones =
            said.as_bool().ok_or_else(|| Problem::invalid("to_phones", "must be true or false"))?;
    }
    if let Some(said) = members.get("schedule") {
        let schedule: Result<Option<Schedule>, _> = serde_json::from_value(said.clone());
        details.schedule =
            schedule.map_err(|why| Problem::invalid("schedule", format!("will not do: {why}")))?;
    }
    Ok(details)
}

fn word<T>(
    members: &Map<String, Value>,
    member: &'static str,
    named: fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(said) = members.get(member) else { return Ok(None) };
    let read = said.as_str().and_then(named);
    read.map(Some).ok_or_else(|| Problem::invalid(member, "must be one of the words for it"))
}

fn audience(said: &Value, friends: &[LiveFriend]) -> Result<Audience, Problem> {
    let wrong = |why: String| Problem::invalid("audience", why);
    match said {
        Value::String(word) if word == "group" => Ok(Audience::Group),
        Value::String(word) if word == "admins" => Ok(Audience::Admins),
        Value::Array(names) => {
            let id = |name: &Value| {
                let name = name.as_str().ok_or_else(|| wrong("must list names".to_owned()))?;
                let known = friends.iter().find(|live| live.friend.name.key() == fold(name));
                known
                    .map(|live| live.friend.id)
                    .ok_or_else(|| wrong(format!("must name friends, which {name} is not")))
            };
            Ok(Audience::Friends(names.iter().map(id).collect::<Result<_, _>>()?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::String(_) => {
            Err(wrong("must be \"group\", \"admins\" or a list of names".to_owned()))
        }
    }
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
