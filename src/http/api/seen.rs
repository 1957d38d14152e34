//! `/friends/{friend}/looks`: who looked at a friend, counted by day.

use super::{Caller, List, sharing::owner};
use crate::http::problem::Problem;
use axum::{Json, extract::Path};
use domain::{Eyes, Seen};
use serde::Serialize;
use utoipa::ToSchema;

/// How often somebody was shown something of a friend on a day.
#[derive(Serialize, ToSchema)]
pub(super) struct LookView {
    /// The day, of UTC.
    day: String,
    /// Who, as they are called now.
    who: String,
    /// `friend`, `token`, `server` or `outlets`.
    kind: &'static str,
    /// `map`, `history`, `details`, `lists`, `log`, `phone` or `outlet`.
    surface: &'static str,
    /// How often.
    count: u64,
    /// When for the last time, RFC 3339.
    last_at: String,
}

/// Who looked at a friend over the last thirty days, newest first. `friend` is a name, an identifier, or `me`.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/looks", params(("friend" = String, Path)),
    responses((status = 200, body = List<LookView>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list(
    caller: Caller,
    Path(friend): Path<String>,
) -> Result<Json<List<LookView>>, Problem> {
    let friend = owner(&caller, &friend)?;
    let seen = caller.site.service.looks_at(&caller.viewer, friend.id).await?;
    let view = |(who, seen): (String, Seen)| LookView {
        day: seen.day_at().to_string().get(..10).unwrap_or_default().to_owned(),
        who,
        kind: match seen.eyes {
            Eyes::Friend(_) => "friend",
            Eyes::Token(_) => "token",
            Eyes::Server => "server",
            Eyes::Outlets => "outlets",
        },
        surface: seen.surface.as_str(),
        count: seen.count,
        last_at: seen.last_at.to_string(),
    };
    Ok(List::whole(seen.into_iter().map(view).collect()))
}
