//! `/messages`, `/threads` and `/blocks`: what friends write to each other. For tokens of a friend, and sessions; a bot may post, and ask what was written to it.

mod body;
mod post;
mod view;

use super::{Anybody, Caller, List, limit, no_content, object, query, sharing::called};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, rejection::QueryRejection},
    http::{StatusCode, header},
    response::IntoResponse,
};
use body::{audience_of, client_id, lives_s, text};
use domain::{
    Viewer,
    chat::{Audience, Confirm, Thread},
};
pub(super) use post::{SaidView, post, say};
use post::{SentView, ToldView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::{ChatDraft, ChatQuery};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use view::ThreadView;
pub(super) use view::{ChatView, Names};

/// The longest that somebody waits, seconds.
const MOST_WAIT_S: u32 = 60;

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Only what the caller and this friend write to each other, by name.
    friend: Option<String>,
    /// Only what is written to this group, by name.
    group: Option<String>,
    /// `true`: only what is to here, to around, or left at regions.
    places: Option<String>,
    /// Only what the caller and this bot write to each other, by name or identifier.
    bot: Option<String>,
    /// Only those with this in them, at most 100 characters; upper and lower case are the same.
    search: Option<String>,
    /// 1 to 200; 50 without.
    limit: Option<String>,
    /// From the answer before.
    cursor: Option<String>,
}

/// From where on, and how long to wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Waiting {
    /// `next` of the answer before; with a token that may write, all up to there counts as delivered. Without it: all that no device of the caller has.
    after: Option<String>,
    /// How long to wait for a message if there is none, seconds, 0 to 60; 0 without.
    wait_s: Option<String>,
}

/// Who would get a message.
#[derive(Serialize, ToSchema)]
pub(super) struct AudienceView {
    /// How many.
    count: usize,
    /// Their names.
    friends: Vec<String>,
    /// The bot, where it is to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<String>,
}

/// To whom: one of `friend`, `group`, `here`, `around`, `region` and `bot`; with `region` also `friend`. For bots: `region`, or `friend`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body, which is read member by member")]
struct ToBody {
    /// A friend's name; with `region`, for whom it is left there.
    friend: Option<String>,
    /// A group's name.
    group: Option<String>,
    /// `true`: to who is in a region with the caller now.
    here: Option<bool>,
    /// `true`: to who is in the caller's range now.
    around: Option<bool>,
    /// A region's identifier: left there for `friend`, or for whoever comes next. Of a bot: to those who are there now, by name or identifier.
    region: Option<String>,
    /// A bot's name or identifier.
    bot: Option<String>,
}

/// Who is asked about.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body, which is read member by member")]
pub(super) struct AudienceBody {
    to: ToBody,
}

/// A message.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body, which is read member by member")]
pub(super) struct DraftBody {
    /// A UUID of the caller's making: the same again is the same message.
    client_id: String,
    to: ToBody,
    /// 1 to 2,000 characters. Text, whatever it looks like.
    text: String,
    /// With `here` and `around`: for how long, 300 to 86,400 seconds; an hour without.
    lives_s: Option<u32>,
}

/// Some messages.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body, which is read member by member")]
pub(super) struct IdsBody {
    /// At most 500.
    ids: Vec<String>,
}

/// Sends a message. 200 in place of 201: it was sent before. With the token of a bot: posts to those who are in a region of its own, to one of them, or to a
/// friend who wrote to it within a day.
#[utoipa::path(post, path = "/api/v1/messages", request_body = DraftBody,
    responses((status = 201, body = SentView), (status = 200, body = SentView), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn send(Anybody(caller): Anybody, body: Bytes) -> Result<impl IntoResponse, Problem> {
    let members = object(&body)?;
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    if let Viewer::Bot { .. } = caller.viewer {
        let (status, view) = post(&caller.site.service, &caller.viewer, &members).await?;
        return Ok((status, no_store, Json(SentView::Post(view))));
    }
    caller.may_change()?;
    let draft = ChatDraft {
        client_id: client_id(&members)?,
        to: audience_of(&caller, &members)?,
        text: text(&members)?,
        lives_s: lives_s(&members)?,
    };
    let sent = caller.site.service.send(&caller.viewer, draft).await?;
    let status = if sent.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let view = Names::of(&caller).view(sent.message);
    Ok((status, no_store, Json(SentView::Message(Box::new(view)))))
}

/// Who would get a message that is sent now; of one that is left at a region for whoever comes next, who could.
#[utoipa::path(post, path = "/api/v1/messages/audience", request_body = AudienceBody,
    responses((status = 200, body = AudienceView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn audience(caller: Caller, body: Bytes) -> Result<Json<AudienceView>, Problem> {
    let to = audience_of(&caller, &object(&body)?)?;
    let friends = caller.site.service.audience(&caller.viewer, &to)?;
    let friends: Vec<String> = friends.into_iter().map(|friend| friend.name.to_string()).collect();
    let bot = if let Audience::Bot(bot) = to { Some(Names::of(&caller).bot(bot)) } else { None };
    Ok(Json(AudienceView { count: friends.len() + usize::from(bot.is_some()), friends, bot }))
}

/// What the caller sent and got, newest first. With the token of a bot: what friends wrote to it within a day; of the parameters it has `limit` and `cursor`.
#[utoipa::path(get, path = "/api/v1/messages", params(Asked),
    responses((status = 200, body = List<ToldView>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn list(
    Anybody(caller): Anybody,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let asked = query(asked)?;
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    if let Viewer::Bot { .. } = caller.viewer {
        let limit = limit(asked.limit.as_deref(), 50, 200)?;
        let page = caller.site.service.letters(&caller.viewer, limit, asked.cursor.as_deref()).await?;
        let items = page.items.into_iter().map(ToldView::from).collect();
        return Ok((no_store, Json(List { items, next: page.next })));
    }
    let part = ChatQuery {
        thread: thread(&caller, &asked)?,
        search: asked.search,
        limit: limit(asked.limit.as_deref(), 50, 200)?,
        cursor: asked.cursor,
    };
    let page = caller.site.service.chat(&caller.viewer, &part).await?;
    let names = Names::of(&caller);
    let items =
        page.items.into_iter().map(|message| ToldView::Message(Box::new(names.view(message)))).collect();
    Ok((no_store, Json(List { items, next: page.next })))
}

/// What the caller got after the answer before, oldest first, and `next` to go on with, which is never `null`. Waits if there is nothing.
#[utoipa::path(get, path = "/api/v1/messages/new", params(Waiting),
    responses((status = 200, body = List<ChatView>), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn wait(
    caller: Caller,
    asked: Result<Query<Waiting>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Waiting { after, wait_s } = query(asked)?;
    let wrong = || Problem::invalid("wait_s", format!("must be a number from 0 to {MOST_WAIT_S}"));
    let wait_s = wait_s.map_or(Ok(0), |text| text.parse::<u32>().map_err(|_no_number| wrong()))?;
    if wait_s > MOST_WAIT_S {
        return Err(wrong());
    }
    let patience = Duration::from_secs(wait_s.into());
    let service = &caller.site.service;
    // A token may be one that only reads, and a browser with a session may have been led here by a link.
    if let Some(after) = after.as_deref()
        && caller.session.is_none()
        && caller.may_change().is_ok()
    {
        service.had_chat(&caller.viewer, after).await?;
    }
    let page = service.wait_chat(&caller.viewer, after.as_deref(), patience).await?;
    let names = Names::of(&caller);
    let items = page.items.into_iter().map(|message| names.view(message)).collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(List { items, next: page.next })))
}

/// Says that the caller has read messages. What is not theirs is left out.
#[utoipa::path(put, path = "/api/v1/messages/read", request_body = IdsBody,
    responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn read(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let members = object(&body)?;
    let wrong = || Problem::invalid("ids", "must be a list of identifiers");
    let ids = members.get("ids").and_then(Value::as_array).ok_or_else(wrong)?;
    let ids = ids.iter().map(|id| id.as_str().and_then(|id| id.parse().ok()).ok_or_else(wrong));
    let ids = ids.collect::<Result<Vec<_>, Problem>>()?;
    caller.site.service.confirm(&caller.viewer, ids, Confirm::Read).await?;
    Ok(no_content())
}

/// Deletes a message: what the caller sent for everybody, what they got for themself.
#[utoipa::path(delete, path = "/api/v1/messages/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn remove(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let id = id.parse().map_err(|_not_ours| service::Error::NotFound("message"))?;
    caller.site.service.remove_chat(&caller.viewer, id).await?;
    Ok(no_content())
}

/// The caller's threads, the one with the newest message first.
#[utoipa::path(get, path = "/api/v1/threads",
    responses((status = 200, body = List<ThreadView>), (status = 403, body = Problem)))]
pub(super) async fn threads(caller: Caller) -> Result<impl IntoResponse, Problem> {
    let threads = caller.site.service.threads(&caller.viewer).await?;
    let names = Names::of(&caller);
    let items = threads.into_iter().map(|report| names.thread(report)).collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], List::whole(items)))
}

/// Of whom the caller wants no messages: their names.
#[utoipa::path(get, path = "/api/v1/blocks",
    responses((status = 200, body = List<String>), (status = 403, body = Problem)))]
pub(super) async fn blocks(caller: Caller) -> Result<Json<List<String>>, Problem> {
    let blocked = caller.site.service.blocks(&caller.viewer)?;
    Ok(List::whole(blocked.into_iter().map(|friend| friend.name.to_string()).collect()))
}

/// Wants no messages of a friend from now on. They cannot tell.
#[utoipa::path(put, path = "/api/v1/blocks/{friend}", params(("friend" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn block(caller: Caller, Path(friend): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let other = called(&caller, &friend)?;
    caller.site.service.block(&caller.viewer, other.id).await?;
    Ok(no_content())
}

/// Wants messages of them again.
#[utoipa::path(delete, path = "/api/v1/blocks/{friend}", params(("friend" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn unblock(
    caller: Caller,
    Path(friend): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let other = called(&caller, &friend)?;
    caller.site.service.unblock(&caller.viewer, other.id).await?;
    Ok(no_content())
}

/// Which thread is asked for; `None`: all.
fn thread(caller: &Caller, asked: &Asked) -> Result<Option<Thread>, Problem> {
    let places = match asked.places.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::invalid("places", "must be true or false")),
    };
    match (&asked.friend, &asked.group, places, &asked.bot) {
        (None, None, false, None) => Ok(None),
        (Some(friend), None, false, None) => Ok(Some(Thread::Person(called(caller, friend)?.id))),
        (None, Some(group), false, None) => {
            Ok(Some(Thread::Group(caller.site.service.group_named(&caller.viewer, group)?)))
        }
        (None, None, true, None) => Ok(Some(Thread::Places)),
        (None, None, false, Some(bot)) => {
            Ok(Some(Thread::Bot(caller.site.service.bot_called(&caller.viewer, bot)?)))
        }
        _ => Err(Problem::invalid("friend", "cannot be asked for together with group, places or bot")),
    }
}
