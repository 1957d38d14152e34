//! `/devices/{id}/places`, `/regions/{id}/phones`, `/places`: regions on phones, and places on phones that could be regions.

use super::{Caller, List, view::RegionView};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::{DeviceId, waypoint::Receipt};
use serde::Serialize;
use serde_json::Value;
use service::{PhoneOfRegion, PlaceOffer, PlaceOnPhone, RegionOnPhone};
use utoipa::ToSchema;

/// What a phone keeps.
#[derive(Serialize, ToSchema)]
pub(super) struct PlacesView {
    /// Regions that it was given, is to be given, or was to forget.
    regions: Vec<RegionOnPhoneView>,
    /// What somebody drew on it.
    own: Vec<OwnPlaceView>,
    /// When it last told of everything that it keeps, RFC 3339.
    listed_at: Option<String>,
}

/// A region on a phone.
#[derive(Serialize, ToSchema)]
struct RegionOnPhoneView {
    /// Which region. Opaque.
    region: String,
    /// What it is called there.
    name: String,
    /// `pending`, `sent`, `confirmed` (the phone lists it), `drifted` (the phone lists something else), `refused` (the phone was told
    /// it and does not take it: its settings do not allow that), `beyond` (others are nearer, and the app watches only so many), `own` (its owner drew it there), `shape` (too wide),
    /// `leaving` or `left`.
    state: &'static str,
    /// Since when, RFC 3339.
    at: Option<String>,
    /// How often it was sent; for `sent`.
    times: Option<u32>,
    /// Of a polygon the radius of the circle round it, metres: phones watch circles only.
    circle_m: Option<u32>,
}

/// A place that somebody drew on a phone.
#[derive(Serialize, ToSchema)]
struct OwnPlaceView {
    /// What the phone calls it.
    name: String,
    /// The middle, degrees.
    lat: Option<f64>,
    /// The middle, degrees.
    lon: Option<f64>,
    /// Metres.
    radius_m: Option<f64>,
    /// When the phone last told of it, RFC 3339.
    seen_at: String,
    /// The region that is the same place. Opaque.
    region: Option<String>,
}

/// A phone that a region is given to.
#[derive(Serialize, ToSchema)]
pub(super) struct PhoneOfRegionView {
    /// Which. Opaque.
    device: String,
    /// Its name.
    name: String,
    /// The name of its owner.
    friend: String,
    /// As in the places of a device.
    state: &'static str,
    /// Since when, RFC 3339.
    at: Option<String>,
    /// How often it was sent; for `sent`.
    times: Option<u32>,
    /// Of a polygon the radius of the circle round it, metres.
    circle_m: Option<u32>,
}

/// A place on a phone that could become a region.
#[derive(Serialize, ToSchema)]
pub(super) struct OfferView {
    /// On which phone. Opaque.
    device: String,
    /// Which of its places. Opaque.
    key: String,
    /// The name of the phone.
    device_name: String,
    /// The name of its owner.
    friend: String,
    /// What the phone calls it.
    name: String,
    /// The middle, degrees.
    lat: f64,
    /// The middle, degrees.
    lon: f64,
    /// Metres.
    radius_m: f64,
    /// How many other phones have the same place.
    others: usize,
}

/// Which place is to become a region.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct AdoptBody {
    /// On which phone.
    device: String,
    /// Which of its places.
    key: String,
}

fn since(receipt: Receipt) -> Option<String> {
    receipt.at().map(|at| at.to_string())
}

impl From<RegionOnPhone> for RegionOnPhoneView {
    fn from(known: RegionOnPhone) -> Self {
        let RegionOnPhone { region, name, circle_m, receipt } = known;
        let (state, at, times) = (receipt.as_str(), since(receipt), receipt.times());
        Self { region: region.to_string(), name, state, at, times, circle_m }
    }
}

impl From<PlaceOnPhone> for OwnPlaceView {
    fn from(own: PlaceOnPhone) -> Self {
        let PlaceOnPhone { name, circle, seen_at, region } = own;
        Self {
            name,
            lat: circle.as_ref().map(|circle| circle.centre().lat()),
            lon: circle.as_ref().map(|circle| circle.centre().lon()),
            radius_m: circle.as_ref().map(geodesy::Circle::radius_m),
            seen_at: seen_at.to_string(),
            region: region.map(|region| region.to_string()),
        }
    }
}

impl From<PhoneOfRegion> for PhoneOfRegionView {
    fn from(phone: PhoneOfRegion) -> Self {
        let PhoneOfRegion { device, owner, circle_m, receipt } = phone;
        Self {
            device: device.id.to_string(),
            name: device.name.to_string(),
            friend: owner.name.to_string(),
            state: receipt.as_str(),
            at: since(receipt),
            times: receipt.times(),
            circle_m,
        }
    }
}

impl From<PlaceOffer> for OfferView {
    fn from(offer: PlaceOffer) -> Self {
        let PlaceOffer { device, owner, key, name, circle, others } = offer;
        Self {
            device: device.id.to_string(),
            key,
            device_name: device.name.to_string(),
            friend: owner.name.to_string(),
            name,
            lat: circle.centre().lat(),
            lon: circle.centre().lon(),
            radius_m: circle.radius_m(),
            others,
        }
    }
}

/// What a phone keeps: regions of its friend's groups, and how far each has come, and its own places. Admins, and the owner of the phone.
#[utoipa::path(get, path = "/api/v1/devices/{id}/places", params(("id" = String, Path)),
    responses((status = 200, body = PlacesView), (status = 404, body = Problem)))]
pub(super) async fn on_device(caller: Caller, Path(id): Path<String>) -> Result<Json<PlacesView>, Problem> {
    let places = caller.site.service.places_on(&caller.viewer, device(&id)?).await?;
    Ok(Json(PlacesView {
        regions: places.regions.into_iter().map(RegionOnPhoneView::from).collect(),
        own: places.own.into_iter().map(OwnPlaceView::from).collect(),
        listed_at: places.listed_at.map(|at| at.to_string()),
    }))
}

/// Gives a phone its regions afresh. Admins, and the owner of the phone.
#[utoipa::path(post, path = "/api/v1/devices/{id}/places", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn send(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    caller.site.service.send_regions(&caller.viewer, device(&id)?).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}

/// The phones that a region is given to, and how far it has come on each. Admins.
#[utoipa::path(get, path = "/api/v1/regions/{id}/phones", params(("id" = String, Path)),
    responses((status = 200, body = List<PhoneOfRegionView>), (status = 404, body = Problem)))]
pub(super) async fn of_region(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<List<PhoneOfRegionView>>, Problem> {
    let region = id.parse().map_err(|_not_ours| service::Error::NotFound("region"))?;
    let phones = caller.site.service.phones_with(&caller.viewer, region).await?;
    Ok(List::whole(phones.into_iter().map(PhoneOfRegionView::from).collect()))
}

/// Places that friends drew on their phones and that are no regions yet. Admins.
#[utoipa::path(get, path = "/api/v1/places", responses((status = 200, body = List<OfferView>), (status = 403, body = Problem)))]
pub(super) async fn offered(caller: Caller) -> Result<Json<List<OfferView>>, Problem> {
    let offers = caller.site.service.offered_places(&caller.viewer)?;
    Ok(List::whole(offers.into_iter().map(OfferView::from).collect()))
}

/// Makes a region of a place on a phone. Admins.
#[utoipa::path(post, path = "/api/v1/places", request_body = AdoptBody,
    responses((status = 201, body = RegionView), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub(super) async fn adopt(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let body: Value = serde_json::from_slice(&body)
        .map_err(|why| Problem::unreadable(format!("the body is not JSON: {why}")))?;
    let text = |member: &'static str| {
        let text = body.get(member).and_then(Value::as_str);
        text.ok_or_else(|| Problem::invalid(member, "must be a text"))
    };
    let (device, key) = (device(text("device")?)?, text("key")?);
    let region = caller.site.service.adopt_place(&caller.viewer, device, key).await?;
    let friends = caller.site.service.snapshot(&caller.viewer).friends;
    Ok((StatusCode::CREATED, Json(RegionView::new(region, &friends))))
}

fn device(text: &str) -> Result<DeviceId, Problem> {
    text.parse().map_err(|_not_ours| service::Error::NotFound("device").into())
}
