//! `GET /transitions`: who entered and left which region, newest first.

use super::{Caller, List, limit, moment, query, view::TransitionView};
use crate::http::problem::Problem;
use axum::{
    Json,
    extract::{Query, rejection::QueryRejection},
};
use domain::{Kind, Transition, live::LiveFriend};
use serde::Deserialize;
use service::{Belief, TransitionQuery};
use utoipa::IntoParams;

/// Which part of the history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Only of this friend, by name.
    friend: Option<String>,
    /// Only of this region, by identifier.
    region: Option<String>,
    /// `enter` or `leave`; both without.
    kind: Option<String>,
    /// `include` for what no longer holds, too, in its place.
    superseded: Option<String>,
    /// Not before, RFC 3339.
    from: Option<String>,
    /// Before, RFC 3339.
    to: Option<String>,
    /// 1 to 1000; 100 without. A file has everything.
    limit: Option<String>,
    /// From the answer before.
    cursor: Option<String>,
}

impl Asked {
    /// The same, not in parts.
    pub(super) fn whole(self) -> Self {
        Self { limit: None, cursor: None, ..self }
    }
}

/// Who entered and left, newest first.
#[utoipa::path(get, path = "/api/v1/transitions", params(Asked),
    responses((status = 200, body = List<TransitionView>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn list(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<List<TransitionView>>, Problem> {
    let part = part(&caller, query(asked)?)?;
    let page = caller.site.service.transitions(&caller.viewer, &part).await?;
    let names = Names::new(&caller);
    Ok(Json(List {
        items: page.items.into_iter().filter_map(|one| names.view(one)).collect(),
        next: page.next,
    }))
}

/// What is asked for, by whom it may be.
pub(super) fn part(caller: &Caller, asked: Asked) -> Result<TransitionQuery, Problem> {
    let service = &caller.site.service;
    let friend = asked.friend.map(|name| service.friend_named(&caller.viewer, &name)).transpose()?;
    let region = asked
        .region
        .map(|id| id.parse().map_err(|_not_ours| service::Error::NotFound("region")))
        .transpose()?;
    Ok(TransitionQuery {
        friend: friend.map(|friend| friend.id),
        region,
        kind: asked.kind.as_deref().map(kind).transpose()?,
        from: moment("from", asked.from.as_deref())?,
        to: moment("to", asked.to.as_deref())?,
        belief: asked.superseded.as_deref().map(belief).transpose()?.unwrap_or_default(),
        limit: limit(asked.limit.as_deref(), 100, 1000)?,
        cursor: asked.cursor,
    })
}

fn kind(text: &str) -> Result<Kind, Problem> {
    match text {
        "enter" => Ok(Kind::Enter),
        "leave" => Ok(Kind::Leave),
        _ => Err(Problem::invalid("kind", "must be enter or leave")),
    }
}

fn belief(text: &str) -> Result<Belief, Problem> {
    match text {
        "include" => Ok(Belief::Ever),
        _ => Err(Problem::invalid("superseded", "must be include, or left out")),
    }
}

/// What the friends and devices of the caller are called.
pub(super) struct Names(Vec<LiveFriend>);

impl Names {
    pub(super) fn new(caller: &Caller) -> Self {
        Self(caller.site.service.snapshot(&caller.viewer).friends)
    }

    /// A transition with its names; `None` when its friend or device has just gone.
    pub(super) fn view(&self, transition: Transition) -> Option<TransitionView> {
        let live = self.0.iter().find(|live| live.friend.id == transition.friend)?;
        let device = live.devices.iter().find(|device| device.device.id == transition.device)?;
        Some(TransitionView::new(transition, live.friend.name.to_string(), device.device.name.to_string()))
    }
}
