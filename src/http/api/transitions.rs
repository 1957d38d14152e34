//! `GET /transitions`: who entered and left which region, newest first.

use super::{Caller, List, limit, moment, query, view::TransitionView};
use crate::http::problem::Problem;
use axum::{
    Json,
    extract::{Query, rejection::QueryRejection},
};
use serde::Deserialize;
use service::TransitionQuery;
use utoipa::IntoParams;

/// Which part of the history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Only of this friend, by name.
    friend: Option<String>,
    /// Only of this region, by identifier.
    region: Option<String>,
    /// Not before, RFC 3339.
    from: Option<String>,
    /// Before, RFC 3339.
    to: Option<String>,
    /// 1 to 1000; 100 without.
    limit: Option<String>,
    /// From the answer before.
    cursor: Option<String>,
}

/// Who entered and left, newest first.
#[utoipa::path(get, path = "/api/v1/transitions", params(Asked),
    responses((status = 200, body = List<TransitionView>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn list(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<List<TransitionView>>, Problem> {
    let asked = query(asked)?;
    let service = &caller.site.service;
    let friend = asked.friend.map(|name| service.friend_named(&caller.viewer, &name)).transpose()?;
    let region = asked
        .region
        .map(|id| id.parse().map_err(|_not_ours| service::Error::NotFound("region")))
        .transpose()?;
    let part = TransitionQuery {
        friend: friend.map(|friend| friend.id),
        region,
        from: moment("from", asked.from.as_deref())?,
        to: moment("to", asked.to.as_deref())?,
        belief: service::Belief::Held,
        limit: limit(asked.limit.as_deref(), 100, 1000)?,
        cursor: asked.cursor,
    };
    let page = service.transitions(&caller.viewer, &part).await?;
    let snapshot = service.snapshot(&caller.viewer);
    let items = page.items.into_iter().filter_map(|transition| {
        let live = snapshot.friends.iter().find(|live| live.friend.id == transition.friend)?;
        let device = live.devices.iter().find(|device| device.device.id == transition.device)?;
        Some(TransitionView::new(transition, live.friend.name.to_string(), device.device.name.to_string()))
    });
    Ok(Json(List { items: items.collect(), next: page.next }))
}
