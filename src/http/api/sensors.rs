//! `/sensors` and `/observations`: anybody who may see a sensor reads, admins say which there are.

use super::{
    Caller, List, limit, moment, query,
    view::{ObservationView, SensorView},
};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, rejection::QueryRejection},
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::SensorId;
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{ObservationQuery, SensorDraft, SensorNow, ValueDraft};
use utoipa::{IntoParams, ToSchema};

/// A sensor as somebody wants it.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only describes the body, which is read member by member to name the one that is wrong"
)]
pub(super) struct SensorBody {
    /// 1 to 64 characters; unique, and one level of a topic.
    name: String,
    /// A topic, or a filter with `+` and `#`; never of devices.
    topic: String,
    /// `csv` or `json`.
    form: String,
    /// With `json`: pointer to the time. Without it an observation is of when it was received.
    time: Option<String>,
    /// 1 to 64, in their order; with `json` each has a `pointer`.
    values: Vec<ValueBody>,
    /// Whether everybody may see it; `false` without.
    public: Option<bool>,
    /// The name of a group of the caller, for a new sensor; without it the first one that they are an admin of.
    group: Option<String>,
}

/// One value of a sensor.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(super) struct ValueBody {
    /// What is measured.
    name: String,
    /// In what.
    unit: Option<String>,
    /// Where it stands in a JSON document (RFC 6901); empty for the whole of it.
    pointer: Option<String>,
}

/// Which observations.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Of this sensor, by name.
    sensor: Option<String>,
    /// Not before, RFC 3339.
    from: Option<String>,
    /// Before, RFC 3339.
    to: Option<String>,
    /// 1 to 10000; 1000 without.
    limit: Option<String>,
    /// From the answer before.
    cursor: Option<String>,
}

/// The sensors the caller may see, by name, with what they said last.
#[utoipa::path(get, path = "/api/v1/sensors", responses((status = 200, body = List<SensorView>)))]
pub(super) async fn list(caller: Caller) -> Result<Json<List<SensorView>>, Problem> {
    let sensors = caller.site.service.sensors(&caller.viewer).await?;
    Ok(List::whole(sensors.into_iter().map(|sensor| SensorView::new(&caller.viewer, sensor)).collect()))
}

/// Makes a sensor. Admins.
#[utoipa::path(post, path = "/api/v1/sensors", request_body = SensorBody,
    responses((status = 201, body = SensorView), (status = 403, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub(super) async fn create(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let sensor = caller.site.service.put_sensor(&caller.viewer, None, draft(&caller, &body)?).await?;
    Ok((StatusCode::CREATED, Json(SensorView::new(&caller.viewer, SensorNow { sensor, last: None }))))
}

/// Changes a sensor; what it observed before stays as it is. Admins.
#[utoipa::path(put, path = "/api/v1/sensors/{id}", params(("id" = String, Path)), request_body = SensorBody,
    responses((status = 200, body = SensorView), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<SensorView>, Problem> {
    caller.may_change()?;
    let service = &caller.site.service;
    let sensor = service.put_sensor(&caller.viewer, Some(sensor_id(&id)?), draft(&caller, &body)?).await?;
    let newest = ObservationQuery { sensor: sensor.id, from: None, to: None, limit: 1, cursor: None };
    let last = service.observations(&caller.viewer, &newest).await?.items.pop();
    Ok(Json(SensorView::new(&caller.viewer, SensorNow { sensor, last })))
}

/// Removes a sensor and all it observed. Admins.
#[utoipa::path(delete, path = "/api/v1/sensors/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn remove(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    caller.site.service.remove_sensor(&caller.viewer, sensor_id(&id)?).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}

/// What a sensor observed, newest first.
#[utoipa::path(get, path = "/api/v1/observations", params(Asked),
    responses((status = 200, body = List<ObservationView>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn observations(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<List<ObservationView>>, Problem> {
    let asked = query(asked)?;
    let service = &caller.site.service;
    let name = asked.sensor.ok_or_else(|| Problem::invalid("sensor", "must be the name of a sensor"))?;
    let part = ObservationQuery {
        sensor: service.sensor_named(&caller.viewer, &name)?.id,
        from: moment("from", asked.from.as_deref())?,
        to: moment("to", asked.to.as_deref())?,
        limit: limit(asked.limit.as_deref(), 1000, 10_000)?,
        cursor: asked.cursor,
    };
    let page = service.observations(&caller.viewer, &part).await?;
    let items = page.items.into_iter().map(ObservationView::from).collect();
    Ok(Json(List { items, next: page.next }))
}

fn sensor_id(text: &str) -> Result<SensorId, Problem> {
    text.parse().map_err(|_not_ours| service::Error::NotFound("sensor").into())
}

fn draft(caller: &Caller, body: &[u8]) -> Result<SensorDraft, Problem> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|why| Problem::unreadable(format!("the body is not JSON: {why}")))?;
    let members = body.as_object().ok_or_else(|| Problem::unreadable("the body must be a JSON object"))?;
    let needed = |member: &'static str| {
        text(members, member)?.ok_or_else(|| Problem::invalid(member, "must be a text"))
    };
    let public = match members.get("public") {
        None => false,
        Some(public) => {
            public.as_bool().ok_or_else(|| Problem::invalid("public", "must be true or false"))?
        }
    };
    let values = members.get("values").and_then(Value::as_array);
    let values = values.ok_or_else(|| Problem::invalid("values", "must be a list"))?;
    Ok(SensorDraft {
        name: needed("name")?,
        topic: needed("topic")?,
        form: needed("form")?,
        time: text(members, "time")?,
        values: values.iter().map(value).collect::<Result<_, _>>()?,
        public,
        group: super::regions::group(caller, body.get("group"))?,
    })
}

fn value(value: &Value) -> Result<ValueDraft, Problem> {
    let wrong = || Problem::invalid("values", "must be objects with name, unit and pointer as texts");
    let members = value.as_object().ok_or_else(wrong)?;
    let read = |member| text(members, member).map_err(|_no_text| wrong());
    Ok(ValueDraft { name: read("name")?.ok_or_else(wrong)?, unit: read("unit")?, pointer: read("pointer")? })
}

/// A text that may be left out.
fn text(members: &Map<String, Value>, member: &'static str) -> Result<Option<String>, Problem> {
    match members.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Problem::invalid(member, "must be a text")),
    }
}
