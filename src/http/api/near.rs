//! `GET /around` and `GET /here`; `PUT /friends/me/position` and `/friends/me/range`: who is near the caller, and where they say they are.

use super::{Caller, List, friends::PresenceView, no_content, object, sharing::owner};
use crate::http::problem::Problem;
use axum::{Json, body::Bytes, extract::Path, response::IntoResponse};
use domain::{Shown, Timestamp, near::Range};
use geodesy::{Point, PointError};
use serde::Serialize;
use serde_json::{Map, Value};
use service::{Near, OwnPosition};
use utoipa::ToSchema;

/// What the caller calls near.
#[derive(Serialize, ToSchema)]
pub(super) struct RangeView {
    /// 10 to 50,000.
    metres: u32,
}

/// Who is around the caller.
#[derive(Serialize, ToSchema)]
pub(super) struct AroundView {
    /// What the caller calls near, metres.
    range_m: u32,
    /// Where they are themselves, by the device that was seen last; `null`: that is not known, and then there is nobody.
    own: Option<SpotView>,
    /// Those who surely are within the range first, then by distance.
    items: Vec<NearView>,
    /// Always `null`: all of them are there.
    next: Option<String>,
}

/// A position.
#[derive(Serialize, ToSchema)]
pub(super) struct SpotView {
    lat: f64,
    lon: f64,
    accuracy_m: Option<f64>,
    /// When it was taken, RFC 3339.
    at: String,
}

/// Somebody who is near.
#[derive(Serialize, ToSchema)]
pub(super) struct NearView {
    /// The friend's name.
    friend: String,
    /// `surely`: within the range, even if both are as far apart as their accuracies allow; or `maybe`.
    nearness: &'static str,
    /// Between where the two are seen, metres.
    distance_m: f64,
    position: SpotView,
    /// Only where that is not precisely: how they are shown to the caller, as in the list of friends.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<&'static str>,
}

/// Where somebody says that they are.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read by hand")]
pub(super) struct PositionBody {
    lat: f64,
    lon: f64,
    /// Radius of about 68 % confidence, above 0 up to 100,000 metres; without it, not known.
    accuracy_m: Option<f64>,
    /// When, RFC 3339; without it, now. Not in the future.
    at: Option<String>,
    /// Somebody pointed there, and nothing measured it.
    by_hand: Option<bool>,
}

/// A distance.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read by hand")]
pub(super) struct RangeBody {
    /// 10 to 50,000.
    metres: u32,
}

impl From<&domain::Spot> for SpotView {
    fn from(spot: &domain::Spot) -> Self {
        let (lat, lon) = (spot.point.lat(), spot.point.lon());
        Self { lat, lon, accuracy_m: spot.accuracy_m, at: spot.at.to_string() }
    }
}

impl From<Near> for NearView {
    fn from(near: Near) -> Self {
        Self {
            friend: near.friend.name.to_string(),
            nearness: near.nearness.as_str(),
            distance_m: near.distance_m.round(),
            position: SpotView::from(&near.spot),
            shown: Some(near.shown).filter(|shown| *shown != Shown::Precise).map(Shown::as_str),
        }
    }
}

/// Who is within the caller's range of where the caller is, surely or perhaps, as far as they may see. For tokens of a friend, and sessions.
#[utoipa::path(get, path = "/api/v1/around", responses((status = 200, body = AroundView), (status = 403, body = Problem)))]
pub(super) async fn around(caller: Caller) -> Result<Json<AroundView>, Problem> {
    let around = caller.site.service.around(&caller.viewer)?;
    Ok(Json(AroundView {
        range_m: around.range.metres(),
        own: around.own.as_ref().map(SpotView::from),
        items: around.friends.into_iter().map(NearView::from).collect(),
        next: None,
    }))
}

/// Who is in the regions in which the caller is, smallest region first; those in which they are alone, too. For tokens of a friend, and sessions.
#[utoipa::path(get, path = "/api/v1/here", responses((status = 200, body = List<PresenceView>), (status = 403, body = Problem)))]
pub(super) async fn here(caller: Caller) -> Result<Json<List<PresenceView>>, Problem> {
    let here = caller.site.service.here(&caller.viewer)?;
    Ok(List::whole(here.into_iter().map(PresenceView::from).collect()))
}

/// What the caller calls near. Each friend says so for themself: the name in the path is `me`, or theirs.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/range", params(("friend" = String, Path)),
    responses((status = 200, body = RangeView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn range(caller: Caller, Path(friend): Path<String>) -> Result<Json<RangeView>, Problem> {
    themself(&caller, &friend)?;
    Ok(Json(RangeView { metres: caller.site.service.range(&caller.viewer).metres() }))
}

/// Says what the caller calls near from now on.
#[utoipa::path(put, path = "/api/v1/friends/{friend}/range", params(("friend" = String, Path)), request_body = RangeBody,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn put_range(
    caller: Caller,
    Path(friend): Path<String>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    themself(&caller, &friend)?;
    let members = object(&body)?;
    let metres = members.get("metres").and_then(Value::as_u64).and_then(|metres| u32::try_from(metres).ok());
    let metres = metres.ok_or_else(|| Problem::invalid("metres", "must be a whole number"))?;
    let range = Range::new(metres).map_err(|why| Problem::invalid("metres", why.to_string()))?;
    caller.site.service.set_range(&caller.viewer, range).await?;
    Ok(no_content())
}

/// Says where the caller is: a position of their browser, of a script of theirs, or by hand. It goes the way of every other.
#[utoipa::path(put, path = "/api/v1/friends/{friend}/position", params(("friend" = String, Path)), request_body = PositionBody,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn put_position(
    caller: Caller,
    Path(friend): Path<String>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    themself(&caller, &friend)?;
    let members = object(&body)?;
    let point = Point::new(degrees(&members, "lat")?, degrees(&members, "lon")?).map_err(|why| {
        let field = match why {
            PointError::Latitude(_) => "lat",
            PointError::Longitude(_) => "lon",
        };
        Problem::invalid(field, "is out of range")
    })?;
    let position = OwnPosition {
        point,
        accuracy_m: optional(&members, "accuracy_m", "must be a number", Value::as_f64)?,
        at: moment(&members)?,
        by_hand: optional(&members, "by_hand", "must be true or false", Value::as_bool)?.unwrap_or_default(),
    };
    caller.site.service.put_position(&caller.viewer, position).await?;
    Ok(no_content())
}

/// Nobody says for anybody else where they are, or what they call near.
fn themself(caller: &Caller, friend: &str) -> Result<(), Problem> {
    let friend = owner(caller, friend)?;
    if caller.viewer.is(friend.id) { Ok(()) } else { Err(service::Error::Forbidden.into()) }
}

fn degrees(members: &Map<String, Value>, field: &'static str) -> Result<f64, Problem> {
    members
        .get(field)
        .and_then(Value::as_f64)
        .ok_or_else(|| Problem::invalid(field, "must be a number of degrees"))
}

fn optional<T>(
    members: &Map<String, Value>,
    field: &'static str,
    why: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let value = members.get(field).filter(|value| !value.is_null());
    value.map(|value| read(value).ok_or_else(|| Problem::invalid(field, why))).transpose()
}

fn moment(members: &Map<String, Value>) -> Result<Option<Timestamp>, Problem> {
    let text = optional(members, "at", "must be a time", |value| value.as_str().map(str::to_owned))?;
    super::moment("at", text.as_deref())
}
