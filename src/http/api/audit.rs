//! `GET /audit`: who did what as an admin, and whom they looked at, newest first.

use super::{Caller, List, limit, query};
use crate::http::problem::Problem;
use axum::{
    Json,
    extract::{Query, rejection::QueryRejection},
};
use domain::{Act, AuditEntry};
use serde::{Deserialize, Serialize};
use service::AuditQuery;
use utoipa::{IntoParams, ToSchema};

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Only by who is called so; `terminal` for the terminal.
    actor: Option<String>,
    /// Only this act.
    act: Option<String>,
    /// 1 to 500; 100 without.
    limit: Option<String>,
    /// From the answer before.
    cursor: Option<String>,
}

/// One thing that was done.
#[derive(Serialize, ToSchema)]
pub(super) struct EntryView {
    /// Opaque; in time order.
    id: String,
    /// When, RFC 3339; of what is counted by the day, the first time.
    at: String,
    /// Of what is counted, the last time; else as `at`.
    last_at: String,
    /// How often.
    times: u32,
    actor: ActorView,
    /// Such as `device-removed` or `position-read`.
    act: &'static str,
    /// To whom or what, as it was called then.
    subject: String,
    /// More about it.
    note: String,
}

/// Who did something.
#[derive(Serialize, ToSchema)]
struct ActorView {
    /// `friend`, `token`, `terminal` or `nobody`.
    kind: &'static str,
    /// As they were called then; of `nobody`, where it came from.
    name: String,
}

impl From<AuditEntry> for EntryView {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at.to_string(),
            last_at: entry.last_at.to_string(),
            times: entry.times,
            actor: ActorView { kind: entry.actor.kind(), name: entry.actor.name().to_owned() },
            act: entry.act.as_str(),
            subject: entry.subject,
            note: entry.note,
        }
    }
}

/// Who did what as an admin, and whom they looked at, newest first. For admins.
#[utoipa::path(get, path = "/api/v1/audit", params(Asked),
    responses((status = 200, body = List<EntryView>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn list(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<List<EntryView>>, Problem> {
    let asked = query(asked)?;
    let act = asked.act.filter(|act| !act.is_empty());
    let act = act
        .map(|word| Act::named(&word).ok_or_else(|| Problem::invalid("act", "is none that is written down")));
    let part = AuditQuery {
        actor: asked.actor,
        act: act.transpose()?,
        limit: limit(asked.limit.as_deref(), 100, 500)?,
        cursor: asked.cursor,
    };
    let page = caller.site.service.audit(&caller.viewer, &part).await?;
    Ok(Json(List { items: page.items.into_iter().map(EntryView::from).collect(), next: page.next }))
}
