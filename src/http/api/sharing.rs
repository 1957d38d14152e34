//! `/friends/{friend}/sharing` and `/friends/{friend}/pause`: what a friend lets others see. Everybody for themselves; an admin for who cannot
//! sign in.

use super::{Caller, object, view::RegionName};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::{Friend, FriendId, Grant, Level, Party, Pause, Timestamp, Viewer, live::Snapshot};
use serde::Serialize;
use serde_json::{Map, Value};
use service::GrantDraft;
use utoipa::ToSchema;

/// The word that stands for the caller in place of a friend's name.
const ME: &str = "me";
/// The word that stands for the friend's home group in place of a party's name; with a colon and a name for any of their groups.
const GROUP: &str = "group";

/// What a friend lets others see.
#[derive(Serialize, ToSchema)]
pub(super) struct SharingView {
    /// Whose, by name.
    friend: String,
    /// What each party sees. Who is not named sees what the group sees; without the group, nothing.
    grants: Vec<GrantView>,
    /// The pause that is on.
    pause: Option<PauseView>,
}

/// What one party sees.
#[derive(Serialize, ToSchema)]
pub(super) struct GrantView {
    /// `group` for the home group, `group:` and the name of another, or a friend's name.
    to: String,
    /// `precise`, `street`, `district`, `city`, `names`, `inside`, `delayed` or `off`.
    level: &'static str,
    /// Nothing of what was before, RFC 3339.
    since: String,
    /// From then on as if it had never been said; `null` for good.
    until: Option<String>,
    /// With `delayed`: how late, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_min: Option<u32>,
    /// With `inside`: the regions. One that is gone has only its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<Vec<RegionName>>,
}

/// A time of which nobody else learns anything.
#[derive(Serialize, ToSchema)]
pub(super) struct PauseView {
    /// Since when, RFC 3339.
    from: String,
    /// Until when; `null` until the friend says so.
    until: Option<String>,
    /// Others read `off` and not `paused`.
    quiet: bool,
}

/// What a party is to see.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only describes the body, which is read member by member to name the one that is wrong"
)]
pub(super) struct GrantBody {
    /// `precise`, `street`, `district`, `city`, `names`, `inside`, `delayed` or `off`.
    level: String,
    /// How far back, RFC 3339; `null`: as far as until now if this shows no more than until now, else from now on.
    since: Option<String>,
    /// RFC 3339; `null` for good.
    until: Option<String>,
    /// With `delayed`: 1 to 1440.
    delay_min: Option<u32>,
    /// With `inside`: identifiers of 1 to 50 regions.
    regions: Option<Vec<String>>,
}

/// For how long.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct PauseBody {
    /// RFC 3339; `null` until it is ended.
    until: Option<String>,
    /// Others read `off` and not `paused`.
    quiet: Option<bool>,
}

/// What a friend lets others see. `friend` is a name, an identifier, or `me`.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/sharing", params(("friend" = String, Path)),
    responses((status = 200, body = SharingView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn of(caller: Caller, Path(friend): Path<String>) -> Result<Json<SharingView>, Problem> {
    let friend = owner(&caller, &friend)?;
    view(&caller, &friend).map(Json)
}

/// Lets a party see something. `party` is `group` for the home group, `group:` with the name or identifier of a group, or a friend's name or
/// identifier.
#[utoipa::path(put, path = "/api/v1/friends/{friend}/sharing/{party}", params(("friend" = String, Path), ("party" = String, Path)), request_body = GrantBody,
    responses((status = 200, body = SharingView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn share(
    caller: Caller,
    Path((friend, party)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<SharingView>, Problem> {
    caller.may_change()?;
    let friend = owner(&caller, &friend)?;
    let to = self::party(&caller, &friend, &party)?;
    let members = object(&body)?;
    let (since, until) = (moment(&members, "since")?, moment(&members, "until")?);
    let draft = GrantDraft { to, level: level(&members)?, since, until };
    caller.site.service.share(&caller.viewer, friend.id, draft).await?;
    view(&caller, &friend).map(Json)
}

/// Says nothing of a party any more: a friend sees what the group sees, and the group nothing.
#[utoipa::path(delete, path = "/api/v1/friends/{friend}/sharing/{party}", params(("friend" = String, Path), ("party" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn unshare(
    caller: Caller,
    Path((friend, party)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let friend = owner(&caller, &friend)?;
    let party = self::party(&caller, &friend, &party)?;
    caller.site.service.unshare(&caller.viewer, friend.id, party).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}

/// Shows nothing to anybody for a while. Of that time nobody else ever learns anything.
#[utoipa::path(post, path = "/api/v1/friends/{friend}/pause", params(("friend" = String, Path)), request_body = PauseBody,
    responses((status = 200, body = SharingView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn pause(
    caller: Caller,
    Path(friend): Path<String>,
    body: Bytes,
) -> Result<Json<SharingView>, Problem> {
    caller.may_change()?;
    let friend = owner(&caller, &friend)?;
    let members = if body.is_empty() { Map::new() } else { object(&body)? };
    let until = moment(&members, "until")?;
    let quiet = match members.get("quiet") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(quiet)) => *quiet,
        Some(_) => return Err(Problem::invalid("quiet", "must be true or false")),
    };
    caller.site.service.pause(&caller.viewer, friend.id, until, quiet).await?;
    view(&caller, &friend).map(Json)
}

/// Ends a pause.
#[utoipa::path(delete, path = "/api/v1/friends/{friend}/pause", params(("friend" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn resume(caller: Caller, Path(friend): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let friend = owner(&caller, &friend)?;
    caller.site.service.resume(&caller.viewer, friend.id).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}

fn view(caller: &Caller, friend: &Friend) -> Result<SharingView, Problem> {
    let sharing = caller.site.service.sharing(&caller.viewer, friend.id)?;
    let Snapshot { friends, regions, now, .. } = caller.site.service.snapshot(&caller.viewer);
    let name = |id: FriendId| {
        let known = friends.iter().find(|live| live.friend.id == id);
        known.map_or_else(|| id.to_string(), |live| live.friend.name.to_string())
    };
    let region = |id: &domain::RegionId| RegionName {
        id: id.to_string(),
        name: regions
            .iter()
            .find(|region| region.id == *id)
            .map_or_else(String::new, |region| region.name.to_string()),
    };
    let grant = |grant: &Grant| GrantView {
        to: match grant.to {
            Party::Group(group) if group == friend.group => GROUP.to_owned(),
            Party::Group(group) => {
                let name = caller.site.service.group_name(&caller.viewer, group);
                format!("{GROUP}:{}", name.map_or_else(|| group.to_string(), |name| name.to_string()))
            }
            Party::Friend(id) => name(id),
        },
        level: grant.level.as_str(),
        since: grant.since.to_string(),
        until: grant.until.map(|until| until.to_string()),
        delay_min: if let Level::Delayed(minutes) = grant.level { Some(minutes) } else { None },
        regions: if let Level::Inside(regions) = &grant.level {
            Some(regions.iter().map(region).collect())
        } else {
            None
        },
    };
    let holds = sharing.grants.iter().filter(|grant| grant.until.is_none_or(|until| now < until));
    Ok(SharingView {
        friend: friend.name.to_string(),
        grants: holds.map(grant).collect(),
        pause: sharing.paused(now).map(|Pause { from, until, quiet }| PauseView {
            from: from.to_string(),
            until: until.map(|until| until.to_string()),
            quiet: *quiet,
        }),
    })
}

/// Whose sharing it is about.
pub(super) fn owner(caller: &Caller, text: &str) -> Result<Friend, Problem> {
    if let (Viewer::Friend { friend, .. }, ME) = (&caller.viewer, text) {
        return known(caller, |live| live.id == *friend);
    }
    called(caller, text)
}

/// Who is to see it.
fn party(caller: &Caller, owner: &Friend, text: &str) -> Result<Party, Problem> {
    if text == GROUP {
        return Ok(Party::Group(owner.group));
    }
    if let Some(group) = text.strip_prefix(GROUP).and_then(|rest| rest.strip_prefix(':')) {
        return Ok(Party::Group(caller.site.service.group_named(&caller.viewer, group)?));
    }
    Ok(Party::Friend(called(caller, text)?.id))
}

/// A friend by name or by identifier.
pub(super) fn called(caller: &Caller, text: &str) -> Result<Friend, Problem> {
    match text.parse::<FriendId>() {
        Ok(id) => known(caller, |friend| friend.id == id),
        Err(_a_name) => Ok(caller.site.service.friend_named(&caller.viewer, text)?),
    }
}

fn known(caller: &Caller, is_meant: impl Fn(&Friend) -> bool) -> Result<Friend, Problem> {
    let friends = caller.site.service.snapshot(&caller.viewer).friends.into_iter();
    let found = friends.map(|live| live.friend).find(is_meant);
    found.ok_or_else(|| service::Error::NotFound("friend").into())
}

fn moment(members: &Map<String, Value>, field: &'static str) -> Result<Option<Timestamp>, Problem> {
    match members.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => super::moment(field, Some(text)),
        Some(_) => Err(Problem::invalid(field, "must be a time or null")),
    }
}

fn level(members: &Map<String, Value>) -> Result<Level, Problem> {
    match members.get("level").and_then(Value::as_str) {
        Some("delayed") => {
            let minutes = members.get("delay_min").and_then(Value::as_u64).and_then(|minutes| u32::try_from(minutes).ok());
            let minutes = minutes.filter(|minutes| (1..=Level::MOST_MINUTES).contains(minutes));
            minutes.map(Level::Delayed).ok_or_else(|| {
                Problem::invalid("delay_min", format!("must be a number from 1 to {}", Level::MOST_MINUTES))
            })
        }
        Some("inside") => {
            let wrong = || Problem::invalid("regions", "must be a list of identifiers of regions");
            let listed = members.get("regions").and_then(Value::as_array).ok_or_else(wrong)?;
            let id = |region: &Value| region.as_str().and_then(|id| id.parse().ok()).ok_or_else(wrong);
            Ok(Level::Inside(listed.iter().map(id).collect::<Result<_, _>>()?))
        }
        word => word.and_then(Level::named).ok_or_else(|| {
            Problem::invalid(
                "level",
                "must be \"precise\", \"street\", \"district\", \"city\", \"names\", \"inside\", \"delayed\" or \"off\"",
            )
        }),
    }
}
