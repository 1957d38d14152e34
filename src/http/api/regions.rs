//! `/regions`: anybody who may see them reads, admins write.

use super::{Caller, List, view::RegionView};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::RegionId;
use geodesy::Area;
use serde_json::{Map, Value};
use service::RegionDraft;
use utoipa::ToSchema;

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
}

/// The regions the caller may see, by name.
#[utoipa::path(get, path = "/api/v1/regions", responses((status = 200, body = List<RegionView>)))]
pub(super) async fn list(caller: Caller) -> Json<List<RegionView>> {
    let regions = caller.site.service.snapshot(&caller.viewer).regions;
    List::whole(regions.into_iter().map(RegionView::from).collect())
}

/// One region.
#[utoipa::path(get, path = "/api/v1/regions/{id}", params(("id" = String, Path)),
    responses((status = 200, body = RegionView), (status = 404, body = Problem)))]
pub(super) async fn one(caller: Caller, Path(id): Path<String>) -> Result<Json<RegionView>, Problem> {
    let id = region_id(&id)?;
    let region =
        caller.site.service.snapshot(&caller.viewer).regions.into_iter().find(|region| region.id == id);
    region.map(|region| Json(region.into())).ok_or(service::Error::NotFound("region").into())
}

/// Draws a region. Admins.
#[utoipa::path(post, path = "/api/v1/regions", request_body = RegionBody,
    responses((status = 201, body = RegionView), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn create(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let region = RegionView::from(caller.site.service.put_region(&caller.viewer, None, draft(&body)?).await?);
    Ok((StatusCode::CREATED, Json(region)))
}

/// Changes a region. Admins.
#[utoipa::path(put, path = "/api/v1/regions/{id}", params(("id" = String, Path)), request_body = RegionBody,
    responses((status = 200, body = RegionView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<RegionView>, Problem> {
    caller.may_change()?;
    let id = region_id(&id)?;
    Ok(Json(caller.site.service.put_region(&caller.viewer, Some(id), draft(&body)?).await?.into()))
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

fn draft(body: &[u8]) -> Result<RegionDraft, Problem> {
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
    Ok(RegionDraft { name: name.to_owned(), area: area(shape)?, details: None })
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
