//! `/bots`, for the group and its admins; `/friends/{friend}/bots`: whether a friend lets them know when they come and go.

use super::{Caller, List, no_content, object, sharing::owner, view::RegionName};
use crate::http::problem::Problem;
use axum::{Json, body::Bytes, extract::Path, http::StatusCode, response::IntoResponse};
use domain::Friend;
use serde::Serialize;
use serde_json::{Map, Value};
use service::{BotDraft, BotReport};
use utoipa::ToSchema;

/// A bot.
#[derive(Serialize, ToSchema)]
pub(super) struct BotView {
    /// Opaque.
    id: String,
    name: String,
    /// What its group is called.
    group: String,
    /// The regions that it may hear of, as far as the caller may know of them.
    regions: Vec<RegionName>,
    /// Whether its program listens right now.
    connected: bool,
    /// Whether the caller wants no messages of it.
    blocked: bool,
    /// Only in the answer that makes it: never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// A bot to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct BotBody {
    /// 1 to 64 characters; nobody else of the group is called so.
    name: String,
    /// By name or identifier; without, the first that the caller manages.
    group: Option<String>,
    /// 1 to 50 regions that are for the whole group, by name or identifier.
    regions: Vec<String>,
}

/// Whether the bots of a friend's groups may know when they come and go.
#[derive(Serialize, ToSchema)]
pub(super) struct BotChoicesView {
    /// Whose, by name.
    friend: String,
    /// The home group first.
    groups: Vec<BotChoiceView>,
}

/// The same of one group.
#[derive(Serialize, ToSchema)]
struct BotChoiceView {
    /// What it is called.
    group: String,
    allowed: bool,
    /// Since when; nothing of before is ever told. `null`: they may not.
    since: Option<String>,
    /// The names of its bots.
    bots: Vec<String>,
}

/// What a friend says of it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub(super) struct BotChoiceBody {
    /// By name or identifier; without, the home group.
    group: Option<String>,
    allowed: bool,
}

fn view(BotReport { bot, group, regions, blocked }: BotReport, token: Option<String>) -> BotView {
    let region =
        |region: domain::Region| RegionName { id: region.id.to_string(), name: region.name.to_string() };
    BotView {
        id: bot.id.to_string(),
        name: bot.name.to_string(),
        group: group.to_string(),
        regions: regions.into_iter().map(region).collect(),
        connected: bot.connected,
        blocked,
        token,
    }
}

/// The bots of the caller's groups, by name.
#[utoipa::path(get, path = "/api/v1/bots", responses((status = 200, body = List<BotView>)))]
pub(super) async fn list(caller: Caller) -> Json<List<BotView>> {
    let bots = caller.site.service.bots(&caller.viewer).into_iter();
    List::whole(bots.map(|bot| view(bot, None)).collect())
}

/// Makes a bot; the answer alone has its token. For admins of the group.
#[utoipa::path(post, path = "/api/v1/bots", request_body = BotBody,
    responses((status = 201, body = BotView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn create(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let members = object(&body)?;
    let wrong = || Problem::invalid("regions", "must be a list of names");
    let regions = members.get("regions").and_then(Value::as_array).ok_or_else(wrong)?;
    let regions = regions.iter().map(|region| region.as_str().map(str::to_owned).ok_or_else(wrong));
    let draft = BotDraft {
        name: text(&members, "name")?.ok_or_else(|| Problem::invalid("name", "must be a text"))?,
        group: text(&members, "group")?,
        regions: regions.collect::<Result<_, _>>()?,
    };
    let (bot, token) = caller.site.service.add_bot(&caller.viewer, draft).await?;
    Ok((StatusCode::CREATED, Json(view(bot, Some(token)))))
}

/// Removes a bot; whoever listens by its token is cut off. For admins of its group.
#[utoipa::path(delete, path = "/api/v1/bots/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn remove(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let id = id.parse().map_err(|_no_id| service::Error::NotFound("bot"))?;
    caller.site.service.remove_bot(&caller.viewer, id).await?;
    Ok(no_content())
}

/// Wants no messages of a bot from now on. It cannot tell.
#[utoipa::path(put, path = "/api/v1/bots/{id}/block", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn block(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let id = id.parse().map_err(|_no_id| service::Error::NotFound("bot"))?;
    caller.site.service.block_bot(&caller.viewer, id).await?;
    Ok(no_content())
}

/// Wants messages of it again.
#[utoipa::path(delete, path = "/api/v1/bots/{id}/block", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn unblock(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let id = id.parse().map_err(|_no_id| service::Error::NotFound("bot"))?;
    caller.site.service.unblock_bot(&caller.viewer, id).await?;
    Ok(no_content())
}

/// Whether the bots of a friend's groups may know when they come and go. Everybody for themselves; an admin for who cannot sign in.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/bots", params(("friend" = String, Path)),
    responses((status = 200, body = BotChoicesView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn of(caller: Caller, Path(friend): Path<String>) -> Result<Json<BotChoicesView>, Problem> {
    let friend = owner(&caller, &friend)?;
    choices(&caller, &friend).map(Json)
}

/// Says it. A bot hears of it only where the whole group would see it, too.
#[utoipa::path(put, path = "/api/v1/friends/{friend}/bots", params(("friend" = String, Path)), request_body = BotChoiceBody,
    responses((status = 200, body = BotChoicesView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn choose(
    caller: Caller,
    Path(friend): Path<String>,
    body: Bytes,
) -> Result<Json<BotChoicesView>, Problem> {
    caller.may_change()?;
    let friend = owner(&caller, &friend)?;
    let members = object(&body)?;
    let service = &caller.site.service;
    let group = match text(&members, "group")? {
        Some(name) => service.group_named(&caller.viewer, &name)?,
        None => friend.group,
    };
    match members.get("allowed").and_then(Value::as_bool) {
        Some(true) => service.allow_bots(&caller.viewer, friend.id, group).await?,
        Some(false) => service.refuse_bots(&caller.viewer, friend.id, group).await?,
        None => return Err(Problem::invalid("allowed", "must be true or false")),
    }
    choices(&caller, &friend).map(Json)
}

fn choices(caller: &Caller, friend: &Friend) -> Result<BotChoicesView, Problem> {
    let service = &caller.site.service;
    let (known, bots) = (service.bots_of(&caller.viewer, friend.id)?, service.bots(&caller.viewer));
    let groups = known.into_iter().map(|choice| BotChoiceView {
        group: choice.name.to_string(),
        allowed: choice.since.is_some(),
        since: choice.since.map(|since| since.to_string()),
        bots: bots
            .iter()
            .filter(|known| known.bot.group == choice.group)
            .map(|known| known.bot.name.to_string())
            .collect(),
    });
    Ok(BotChoicesView { friend: friend.name.to_string(), groups: groups.collect() })
}

fn text(members: &Map<String, Value>, field: &'static str) -> Result<Option<String>, Problem> {
    match members.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Problem::invalid(field, "must be a text")),
    }
}
