//! `/server-admins`: who manages the server. Its admins make each other; of those in groups that are not theirs they learn how many there are.

use super::{Caller, groups::member};
use crate::http::problem::Problem;
use axum::{
    Json,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::Friend;
use serde::Serialize;
use service::ServerAdmins;
use utoipa::ToSchema;

/// Who manages the server.
#[derive(Serialize, ToSchema)]
pub(super) struct ServerAdminsView {
    /// Those of the caller's groups, by name.
    items: Vec<ServerAdminView>,
    /// How many there are besides.
    others: usize,
    /// Friends of the caller's groups who can sign in, and so could be made one.
    candidates: Vec<ServerAdminView>,
}

/// Somebody who manages the server, or could.
#[derive(Serialize, ToSchema)]
struct ServerAdminView {
    /// Opaque.
    id: String,
    name: String,
}

impl From<ServerAdmins> for ServerAdminsView {
    fn from(found: ServerAdmins) -> Self {
        let view =
            |friend: Friend| ServerAdminView { id: friend.id.to_string(), name: friend.name.to_string() };
        Self {
            items: found.known.into_iter().map(view).collect(),
            others: found.others,
            candidates: found.candidates.into_iter().map(view).collect(),
        }
    }
}

/// Who manages the server. For admins of the server.
#[utoipa::path(get, path = "/api/v1/server-admins", responses((status = 200, body = ServerAdminsView), (status = 403, body = Problem)))]
pub(super) async fn list(caller: Caller) -> Result<Json<ServerAdminsView>, Problem> {
    Ok(Json(caller.site.service.server_admins(&caller.viewer)?.into()))
}

/// Makes somebody an admin of the server who can sign in. They see no more by that. For admins of the server.
#[utoipa::path(put, path = "/api/v1/server-admins/{friend}", params(("friend" = String, Path, description = "The friend's name or id.")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn put(caller: Caller, Path(friend): Path<String>) -> Result<impl IntoResponse, Problem> {
    set(&caller, &friend, true).await
}

/// Has somebody manage the server no more; not the last one. For admins of the server.
#[utoipa::path(delete, path = "/api/v1/server-admins/{friend}", params(("friend" = String, Path, description = "The friend's name or id, or `me`.")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn remove(caller: Caller, Path(friend): Path<String>) -> Result<impl IntoResponse, Problem> {
    set(&caller, &friend, false).await
}

async fn set(caller: &Caller, friend: &str, is_admin: bool) -> Result<impl IntoResponse + use<>, Problem> {
    caller.may_change()?;
    let friend = member(caller, friend)?;
    caller.site.service.set_server_admin(&caller.viewer, friend, is_admin).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}
