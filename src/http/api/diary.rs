//! `GET /friends/{friend}/log`: what happened to one friend, newest first. To themself; without what was written, to an admin who looks after them.

use super::{
    Caller, List,
    chat::{ChatView, Names},
    limit, query,
    sharing::owner,
    transitions,
    view::TransitionView,
};
use crate::http::problem::Problem;
use axum::{
    Json,
    extract::{Path, Query, rejection::QueryRejection},
    http::header,
    response::IntoResponse,
};
use domain::DiaryEntry;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// 1 to 200; 50 without.
    limit: Option<String>,
    /// From the answer before.
    cursor: Option<String>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct DiaryView {
    /// `transition`, `sent` or `got`.
    what: &'static str,
    /// When, RFC 3339.
    at: String,
    /// Of a `transition`: which.
    #[serde(skip_serializing_if = "Option::is_none")]
    transition: Option<TransitionView>,
    /// Of `sent` and `got`, to the friend alone: which message.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<ChatView>,
}

/// What happened to a friend: comings and goings as far as the caller may see them, and messages; an admin who looks after them reads that there was one, and nothing
/// of it. `friend` is a name, an identifier, or `me`.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/log", params(("friend" = String, Path), Asked),
    responses((status = 200, body = List<DiaryView>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn list(
    caller: Caller,
    Path(friend): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let asked = query(asked)?;
    let friend = owner(&caller, &friend)?;
    let limit = limit(asked.limit.as_deref(), 50, 200)?;
    let page = caller.site.service.diary(&caller.viewer, friend.id, limit, asked.cursor.as_deref()).await?;
    let (ways, chats) = (transitions::Names::new(&caller), Names::of(&caller));
    let view = |entry: DiaryEntry| {
        let at = entry.at().to_string();
        Some(match entry {
            DiaryEntry::Crossed(way) => {
                DiaryView { what: "transition", at, transition: Some(ways.view(way)?), message: None }
            }
            DiaryEntry::Chat(message) => {
                let what = word(message.is_own());
                DiaryView { what, at, transition: None, message: Some(chats.view(message)) }
            }
            DiaryEntry::Letter { is_own, .. } => {
                DiaryView { what: word(is_own), at, transition: None, message: None }
            }
        })
    };
    let items: Vec<DiaryView> = page.items.into_iter().filter_map(view).collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(List { items, next: page.next })))
}

const fn word(is_own: bool) -> &'static str {
    if is_own { "sent" } else { "got" }
}
