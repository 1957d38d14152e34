//! `/groups` and `/group-invitations`: who is of which group. Everybody may leave one of several; admins of a group decide about it alone.

use super::{Caller, List, no_content, object, query};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, rejection::QueryRejection},
    http::StatusCode,
    response::IntoResponse,
};
use domain::{FriendId, GroupId, Role, Viewer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::{GroupReport, Invitation, Invited, Joined, Member, Removal};
use utoipa::{IntoParams, ToSchema};

/// The word that stands for the caller in place of a friend's name.
const ME: &str = "me";

/// A group.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupView {
    /// Opaque.
    id: String,
    name: String,
    /// What the caller is there: `friend` or `admin`; `null` for who is not of it.
    role: Option<&'static str>,
    /// Whether it is the caller's home group: in the topics of their devices, and first where regions of several groups have one name.
    home: bool,
    /// Who is of it, by name; empty for who is not.
    members: Vec<MemberView>,
    /// Who is invited, by the name that was typed; empty for who is no admin of it.
    invited: Vec<InvitedView>,
}

/// A friend in a group.
#[derive(Serialize, ToSchema)]
struct MemberView {
    /// The friend's name.
    name: String,
    /// `friend` or `admin`.
    role: &'static str,
    /// From when on, RFC 3339.
    since: String,
}

/// Somebody who is to come into a group. There may be nobody of that name.
#[derive(Serialize, ToSchema)]
struct InvitedView {
    name: String,
    /// `friend` or `admin`.
    role: &'static str,
    /// RFC 3339.
    invited_at: String,
}

/// An invitation of the caller.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationView {
    /// The group's identifier.
    group: String,
    /// What it is called.
    name: String,
    /// As what: `friend` or `admin`.
    role: &'static str,
    /// RFC 3339.
    invited_at: String,
}

/// A new group.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct GroupBody {
    /// 1 to 64 characters; unique, and one level of a topic.
    name: String,
}

/// What somebody is to be in a group.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct MemberBody {
    /// `friend` (without anything) or `admin`.
    role: Option<String>,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct JoinedView {
    /// `member`: they are of the group, as that. `invited`: they are invited, if there is somebody of that name.
    state: &'static str,
}

const fn word(role: Role) -> &'static str {
    match role {
        Role::Friend => "friend",
        Role::Admin => "admin",
    }
}

impl From<GroupReport> for GroupView {
    fn from(report: GroupReport) -> Self {
        let GroupReport { id, name, role, is_home, may_manage: _, members, invited } = report;
        let member = |Member { friend, role, since, only_here: _ }| MemberView {
            name: friend.name.to_string(),
            role: word(role),
            since: since.to_string(),
        };
        let invitee = |Invited { name, role, invited_at }| InvitedView {
            name: name.to_string(),
            role: word(role),
            invited_at: invited_at.to_string(),
        };
        Self {
            id: id.to_string(),
            name: name.to_string(),
            role: role.map(word),
            home: is_home,
            members: members.into_iter().map(member).collect(),
            invited: invited.into_iter().map(invitee).collect(),
        }
    }
}

/// The groups the caller is of, by name; to an admin of the server also what the others are called.
#[utoipa::path(get, path = "/api/v1/groups", responses((status = 200, body = List<GroupView>)))]
pub(super) async fn list(caller: Caller) -> Result<Json<List<GroupView>>, Problem> {
    let groups = caller.site.service.groups(&caller.viewer).await?;
    Ok(List::whole(groups.into_iter().map(GroupView::from).collect()))
}

/// Makes a group, with the caller as its first admin. Admins of the server.
#[utoipa::path(post, path = "/api/v1/groups", request_body = GroupBody,
    responses((status = 201, body = GroupView), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn create(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let members = object(&body)?;
    let name = members.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| Problem::invalid("name", "must be a text"))?;
    let group = caller.site.service.add_group(&caller.viewer, name).await?;
    let Caller { viewer, site, .. } = caller;
    // Whoever made it is of it now, which the viewer of this request does not know.
    let groups = site.service.groups(&site.service.renewed(&viewer)).await?;
    let made = groups.into_iter().find(|report| report.id == group);
    Ok((StatusCode::CREATED, Json(GroupView::from(made.ok_or(service::Error::NotFound("group"))?))))
}

/// Calls a group otherwise. In topics it stays what it was. Admins of the group.
#[utoipa::path(put, path = "/api/v1/groups/{group}", params(("group" = String, Path, description = "Its name or id.")), request_body = GroupBody,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn rename(
    caller: Caller,
    Path(group): Path<String>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let group = called(&caller, &group)?;
    let members = object(&body)?;
    let name = members.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| Problem::invalid("name", "must be a text"))?;
    caller.site.service.rename_group(&caller.viewer, group, name).await?;
    Ok(no_content())
}

/// What goes with a group.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// `true`: its regions, sensors, outlets and invitations go with it; its friends stay in their other groups, and nobody may be of no
    /// other. Else only one in which nothing ever was.
    all: Option<bool>,
}

/// Removes a group. Admins of the group; of the server, where nobody is of it.
#[utoipa::path(delete, path = "/api/v1/groups/{group}", params(("group" = String, Path, description = "Its name or id."), Which),
    responses((status = 204), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn remove(
    caller: Caller,
    Path(group): Path<String>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let group = called(&caller, &group)?;
    let what = match query(which)?.all {
        Some(true) => Removal::WithEverything,
        Some(false) | None => Removal::Unused,
    };
    caller.site.service.remove_group(&caller.viewer, group, what).await?;
    Ok(no_content())
}

/// Has a friend be of a group, or something else there. Who can sign in is invited, unless they are of it already. Admins of the group.
#[utoipa::path(put, path = "/api/v1/groups/{group}/members/{friend}",
    params(("group" = String, Path, description = "Its name or id."), ("friend" = String, Path, description = "A name; of somebody who is of the group, or is to be.")),
    request_body = MemberBody,
    responses((status = 200, body = JoinedView), (status = 202, body = JoinedView, description = "They are invited, if there is somebody of that name."),
              (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn put_member(
    caller: Caller,
    Path((group, friend)): Path<(String, String)>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let group = called(&caller, &group)?;
    let members = if body.is_empty() { Map::new() } else { object(&body)? };
    let role = match members.get("role") {
        None | Some(Value::Null) => Role::Friend,
        Some(Value::String(word)) if word == "friend" => Role::Friend,
        Some(Value::String(word)) if word == "admin" => Role::Admin,
        Some(_) => return Err(Problem::invalid("role", "must be \"friend\" or \"admin\"")),
    };
    let joined = caller.site.service.put_member(&caller.viewer, group, &friend, role).await?;
    let (status, state) = match joined {
        Joined::Member => (StatusCode::OK, "member"),
        Joined::Invited => (StatusCode::ACCEPTED, "invited"),
    };
    Ok((status, Json(JoinedView { state })))
}

/// Has a friend leave a group: oneself one of several, or, by an admin of it, somebody else.
#[utoipa::path(delete, path = "/api/v1/groups/{group}/members/{friend}",
    params(("group" = String, Path, description = "Its name or id."), ("friend" = String, Path, description = "The friend's name or id, or `me`.")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn remove_member(
    caller: Caller,
    Path((group, friend)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let group = called(&caller, &group)?;
    let friend = member(&caller, &friend)?;
    caller.site.service.remove_member(&caller.viewer, group, friend).await?;
    Ok(no_content())
}

/// Takes an invitation back. Admins of the group.
#[utoipa::path(delete, path = "/api/v1/groups/{group}/invitations/{name}",
    params(("group" = String, Path, description = "Its name or id."), ("name" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn withdraw(
    caller: Caller,
    Path((group, name)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let group = called(&caller, &group)?;
    caller.site.service.withdraw_invitation(&caller.viewer, group, &name).await?;
    Ok(no_content())
}

/// The groups that the caller is invited to.
#[utoipa::path(get, path = "/api/v1/group-invitations", responses((status = 200, body = List<InvitationView>)))]
pub(super) async fn invitations(caller: Caller) -> Result<Json<List<InvitationView>>, Problem> {
    let found = caller.site.service.group_invitations(&caller.viewer).await?.into_iter();
    let view = |Invitation { group, name, role, invited_at }| InvitationView {
        group: group.to_string(),
        name: name.to_string(),
        role: word(role),
        invited_at: invited_at.to_string(),
    };
    Ok(List::whole(found.map(view).collect()))
}

/// Accepts an invitation. Of the caller that group sees nothing until they say what.
#[utoipa::path(put, path = "/api/v1/group-invitations/{group}", params(("group" = String, Path, description = "Its name or id.")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn accept(caller: Caller, Path(group): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    caller.site.service.answer_invitation(&caller.viewer, &group, true).await?;
    Ok(no_content())
}

/// Declines an invitation.
#[utoipa::path(delete, path = "/api/v1/group-invitations/{group}", params(("group" = String, Path, description = "Its name or id.")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn decline(caller: Caller, Path(group): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    caller.site.service.answer_invitation(&caller.viewer, &group, false).await?;
    Ok(no_content())
}

fn called(caller: &Caller, text: &str) -> Result<GroupId, Problem> {
    Ok(caller.site.service.group_named(&caller.viewer, text)?)
}

pub(super) fn member(caller: &Caller, text: &str) -> Result<FriendId, Problem> {
    match (&caller.viewer, text) {
        (Viewer::Friend { friend, .. }, ME) => Ok(*friend),
        _ => Ok(caller.site.service.friend_called(&caller.viewer, text)?),
    }
}
