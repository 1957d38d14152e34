//! `/devices/{id}/…`: orders to a phone, and the key of its payloads. Admins, and the owner of the phone.

use super::{Caller, List, object};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::{DeviceId, Errand, Monitoring, Order, Outcome};
use serde::Serialize;
use serde_json::Value;
use service::LineDraft;
use utoipa::ToSchema;

/// What to ask of a phone.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only describes the body, which is read member by member to name the one that is wrong"
)]
pub(super) struct OrderBody {
    /// `report` (its position), `monitor`, `configure`, `status` or `waypoints`.
    errand: String,
    /// With `monitor`: `quiet`, `manual`, `significant` or `move`.
    mode: Option<String>,
    /// With `configure`: an object of `OwnTracks` settings. Those that keep the phone on the line may not be among them.
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
}

/// What encrypts a phone's payloads.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct KeyBody {
    /// As typed on the phone, 1 to 32 bytes; `null`: its payloads are not encrypted.
    key: Option<String>,
}

/// An order, and what became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderView {
    /// Opaque.
    id: String,
    /// `report`, `monitor`, `configure`, `status` or `waypoints`; of those that the server gives by itself `keep` (regions) or `forget`
    /// (all of them).
    errand: &'static str,
    /// With `monitor`: which mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    /// `queued`, `delivered`, `answered`, `refused` (the phone's settings do not allow it), `expired` or `withdrawn`.
    state: &'static str,
    /// When it was given, RFC 3339.
    made_at: String,
    /// Not delivered after this.
    expires_at: String,
    /// When the phone last got it.
    delivered_at: Option<String>,
    /// When it ended.
    settled_at: Option<String>,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        let (errand, mode) = match &order.errand {
            Errand::Report => ("report", None),
            Errand::Monitor(mode) => ("monitor", Some(mode.as_str())),
            Errand::Configure(_) => ("configure", None),
            Errand::Status => ("status", None),
            Errand::Waypoints => ("waypoints", None),
            Errand::Keep(_) => ("keep", None),
            Errand::Forget => ("forget", None),
        };
        let state = match (order.settled, order.delivered_at) {
            (Some((Outcome::Answered, _)), _) => "answered",
            (Some((Outcome::Refused, _)), _) => "refused",
            (Some((Outcome::Expired, _)), _) => "expired",
            (Some((Outcome::Withdrawn, _)), _) => "withdrawn",
            (None, Some(_)) => "delivered",
            (None, None) => "queued",
        };
        Self {
            id: order.id.to_string(),
            errand,
            mode,
            state,
            made_at: order.made_at.to_string(),
            expires_at: order.expires_at.to_string(),
            delivered_at: order.delivered_at.map(|at| at.to_string()),
            settled_at: order.settled.map(|(_, at)| at.to_string()),
        }
    }
}

/// The orders to a phone, newest first.
#[utoipa::path(get, path = "/api/v1/devices/{id}/orders", params(("id" = String, Path)),
    responses((status = 200, body = List<OrderView>), (status = 404, body = Problem)))]
pub(super) async fn orders(caller: Caller, Path(id): Path<String>) -> Result<Json<List<OrderView>>, Problem> {
    let orders = caller.site.service.orders(&caller.viewer, device(&id)?).await?;
    Ok(List::whole(orders.iter().map(OrderView::from).collect()))
}

/// Asks something of a phone.
#[utoipa::path(post, path = "/api/v1/devices/{id}/orders", params(("id" = String, Path)), request_body = OrderBody,
    responses((status = 201, body = OrderView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn order(
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let order = caller.site.service.give_order(&caller.viewer, device(&id)?, errand(&body)?).await?;
    Ok((StatusCode::CREATED, Json(OrderView::from(&order))))
}

/// Takes back an order that the phone has not got yet.
#[utoipa::path(delete, path = "/api/v1/devices/{id}/orders/{order}", params(("id" = String, Path), ("order" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn withdraw(
    caller: Caller,
    Path((id, order)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let order = order.parse().map_err(|_not_ours| service::Error::NotFound("order"))?;
    caller.site.service.withdraw_order(&caller.viewer, device(&id)?, order).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}

/// Sets the key of a phone's payloads; what could not be opened before is read again. It is never shown.
#[utoipa::path(put, path = "/api/v1/devices/{id}/key", params(("id" = String, Path)), request_body = KeyBody,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn key(
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let draft = match object(&body)?.get("key") {
        Some(Value::String(key)) => LineDraft::Key(key.clone()),
        Some(Value::Null) => LineDraft::Clear,
        _ => return Err(Problem::invalid("key", "must be a text or null")),
    };
    caller.site.service.put_line(&caller.viewer, device(&id)?, draft).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}

fn device(text: &str) -> Result<DeviceId, Problem> {
    text.parse().map_err(|_not_ours| service::Error::NotFound("device").into())
}

fn errand(body: &[u8]) -> Result<Errand, Problem> {
    let members = object(body)?;
    match members.get("errand").and_then(Value::as_str) {
        Some("report") => Ok(Errand::Report),
        Some("status") => Ok(Errand::Status),
        Some("waypoints") => Ok(Errand::Waypoints),
        Some("monitor") => {
            let mode = members.get("mode").and_then(Value::as_str);
            let mode = Monitoring::ALL.into_iter().find(|known| Some(known.as_str()) == mode);
            mode.map(Errand::Monitor).ok_or_else(|| {
                Problem::invalid("mode", "must be \"quiet\", \"manual\", \"significant\" or \"move\"")
            })
        }
        Some("configure") => match members.get("settings") {
            Some(Value::Object(settings)) => {
                Ok(Errand::Configure(Value::Object(settings.clone()).to_string()))
            }
            _ => Err(Problem::invalid("settings", "must be an object")),
        },
        _ => Err(Problem::invalid(
            "errand",
            "must be \"report\", \"monitor\", \"configure\", \"status\" or \"waypoints\"",
        )),
    }
}
