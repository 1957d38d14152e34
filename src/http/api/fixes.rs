//! `GET /fixes`: where a friend's device was, newest first.

use super::{Caller, List, limit, moment, query, view::FixView};
use crate::http::problem::Problem;
use axum::{
    Json,
    extract::{Query, rejection::QueryRejection},
};
use serde::Deserialize;
use service::FixQuery;
use utoipa::IntoParams;

/// Which fixes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Of this friend, by name.
    friend: Option<String>,
    /// Of this device, by name; without it, of the one that was seen last.
    device: Option<String>,
    /// Not before, RFC 3339.
    from: Option<String>,
    /// Before, RFC 3339.
    to: Option<String>,
    /// 1 to 10,000; 1,000 without.
    limit: Option<String>,
    /// From the answer before.
    cursor: Option<String>,
}

/// Where a device was, newest first.
#[utoipa::path(get, path = "/api/v1/fixes", params(Asked),
    responses((status = 200, body = List<FixView>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn list(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<List<FixView>>, Problem> {
    let asked = query(asked)?;
    let service = &caller.site.service;
    let friend = asked.friend.ok_or_else(|| Problem::invalid("friend", "must be given, by name"))?;
    let part = FixQuery {
        device: service.device_named(&caller.viewer, &friend, asked.device.as_deref())?,
        from: moment("from", asked.from.as_deref())?,
        to: moment("to", asked.to.as_deref())?,
        limit: limit(asked.limit.as_deref(), 1000, 10_000)?,
        cursor: asked.cursor,
    };
    let page = service.fixes(&caller.viewer, &part).await?;
    Ok(Json(List { items: page.items.into_iter().map(FixView::from).collect(), next: page.next }))
}
