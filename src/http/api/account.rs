//! Sessions, tokens and invitations: `/sessions`, `/tokens`, `/invitations`, `/friends/{friend}/sessions`.

use super::{Caller, List};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::Role;
use serde::Serialize;
use serde_json::Value;
use service::{InvitationDraft, InvitationNow, InvitationState};
use utoipa::ToSchema;

/// A session; of the cookie itself nobody knows any more.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    /// Opaque.
    id: String,
    started_at: String,
    /// To the hour.
    used_at: String,
    ends_at: String,
    /// A range of addresses; empty where that is not known.
    place: String,
    /// In words; empty where that is not known.
    browser: String,
    /// Whether it is the one that asks.
    own: bool,
}

/// A bearer token; what it is itself nobody knows any more.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenView {
    /// Opaque.
    id: String,
    name: String,
    /// `read`, `write` or `admin`.
    scope: &'static str,
    /// Whose rights it has; `null` for the whole server.
    user: Option<String>,
    made_at: String,
    /// To the hour; `null`: never.
    used_at: Option<String>,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationView {
    /// Opaque.
    id: String,
    group: String,
    /// As whom; `null`: whoever opens it chooses.
    name: Option<String>,
    admin: bool,
    made_by: String,
    made_at: String,
    ends_at: String,
    /// `open`, `used`, `revoked` or `over`.
    state: &'static str,
    /// Who came by it.
    used_by: Option<String>,
    /// Only in the answer that makes it: never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Whom to invite.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct InvitationBody {
    /// As whom; without, whoever opens it chooses.
    name: Option<String>,
    /// To which group, by name; without, to the caller's own.
    group: Option<String>,
    /// As an admin.
    admin: Option<bool>,
    /// 1 to 60; 7 without.
    days: Option<u32>,
}

/// The sessions of the caller.
#[utoipa::path(get, path = "/api/v1/sessions", responses((status = 200, body = List<SessionView>), (status = 403, body = Problem)))]
pub(super) async fn sessions(caller: Caller) -> Result<Json<List<SessionView>>, Problem> {
    let known = caller.site.service.sessions(&caller.viewer, caller.session.as_deref()).await?;
    let view = |session: service::Session| SessionView {
        id: session.id.to_string(),
        started_at: session.started_at.to_string(),
        used_at: session.used_at.to_string(),
        ends_at: session.ends_at.to_string(),
        place: session.place,
        browser: session.browser,
        own: session.own,
    };
    Ok(List::whole(known.into_iter().map(view).collect()))
}

/// Ends one session of the caller.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn end_session(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let id = id.parse().map_err(|_no_id| service::Error::NotFound("session"))?;
    caller.site.service.end_session(&caller.viewer, id).await?;
    Ok(gone())
}

/// Ends all sessions of a friend, who may sign in again at once. For admins, and for the friend.
#[utoipa::path(delete, path = "/api/v1/friends/{friend}/sessions", params(("friend" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn end_sessions(
    caller: Caller,
    Path(friend): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let friend = caller.site.service.friend_called(&caller.viewer, &friend)?;
    caller.site.service.end_sessions_of(&caller.viewer, friend).await?;
    Ok(gone())
}

/// The tokens with the caller's rights, or for admins all that they may know of.
#[utoipa::path(get, path = "/api/v1/tokens", responses((status = 200, body = List<TokenView>), (status = 403, body = Problem)))]
pub(super) async fn tokens(caller: Caller) -> Result<Json<List<TokenView>>, Problem> {
    let service = &caller.site.service;
    let known = if caller.viewer.administers_any() {
        service.tokens(&caller.viewer).await?
    } else {
        service.own_tokens(&caller.viewer).await?
    };
    let view = |token: service::Token| TokenView {
        id: token.id.to_string(),
        name: token.name,
        scope: token.scope.as_str(),
        user: token.user.map(String::from),
        made_at: token.made_at.to_string(),
        used_at: token.used_at.map(|at| at.to_string()),
    };
    Ok(List::whole(known.into_iter().map(view).collect()))
}

/// Revokes a token: one with the caller's rights, or as an admin one that they may know of.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn revoke_token(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let id = id.parse().map_err(|_no_id| service::Error::NotFound("token"))?;
    caller.site.service.revoke_token(&caller.viewer, id).await?;
    Ok(gone())
}

/// The invitations, newest first. For admins.
#[utoipa::path(get, path = "/api/v1/invitations", responses((status = 200, body = List<InvitationView>), (status = 403, body = Problem)))]
pub(super) async fn invitations(caller: Caller) -> Result<Json<List<InvitationView>>, Problem> {
    let known = caller.site.service.invitations(&caller.viewer).await?;
    Ok(List::whole(known.into_iter().map(|known| view(known, None)).collect()))
}

/// Invites somebody; the answer alone has the link. For admins.
#[utoipa::path(post, path = "/api/v1/invitations", request_body = InvitationBody,
    responses((status = 201, body = InvitationView), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn invite(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let members: serde_json::Map<String, Value> = if body.is_empty() {
        serde_json::Map::new()
    } else {
        serde_json::from_slice(&body)
            .map_err(|why| Problem::unreadable(format!("the body must be a JSON object: {why}")))?
    };
    let text = |field: &'static str| match members.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Problem::invalid(field, "must be a text")),
    };
    let role = match members.get("admin") {
        None | Some(Value::Null | Value::Bool(false)) => Role::Friend,
        Some(Value::Bool(true)) => Role::Admin,
        Some(_) => return Err(Problem::invalid("admin", "must be true or false")),
    };
    let days = match members.get("days") {
        None | Some(Value::Null) => 7,
        Some(days) => days.as_u64().and_then(|days| u32::try_from(days).ok()).unwrap_or(0),
    };
    let draft =
        InvitationDraft { group: text("group")?, name: text("name")?.unwrap_or_default(), role, days };
    let (made, link) = caller.site.service.invite_by_link(&caller.viewer, draft).await?;
    let link = format!("{}/invitation?token={link}", caller.site.public_url);
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(view(made, Some(link)))))
}

/// Takes an invitation back. For admins.
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn revoke_invitation(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let id = id.parse().map_err(|_no_id| service::Error::NotFound("invitation"))?;
    caller.site.service.revoke_invitation(&caller.viewer, id).await?;
    Ok(gone())
}

fn view(known: InvitationNow, link: Option<String>) -> InvitationView {
    let (state, used_by) = match known.state {
        InvitationState::Open => ("open", None),
        InvitationState::Used(by, _) => ("used", Some(by)),
        InvitationState::Revoked(_) => ("revoked", None),
        InvitationState::Over => ("over", None),
    };
    InvitationView {
        id: known.id.to_string(),
        group: known.group,
        name: known.name.map(String::from),
        admin: known.role == Role::Admin,
        made_by: known.made_by,
        made_at: known.made_at.to_string(),
        ends_at: known.ends_at.to_string(),
        state,
        used_by,
        link,
    }
}

fn gone() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")])
}
