//! What a bot posts, over HTTP and on its websocket: read member by member, and answered alike.

use super::{
    super::object,
    body::{client_id, name, text},
    view::ChatView,
};
use crate::http::problem::Problem;
use axum::http::StatusCode;
use domain::Viewer;
use serde::Serialize;
use serde_json::{Map, Value};
use service::{Letter, PostDraft, PostTo, Service};
use utoipa::ToSchema;

/// What a bot posted.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct PostView {
    /// What the bot calls it.
    client_id: String,
    to: PostToView,
    text: String,
    /// When it was posted, RFC 3339.
    sent_at: String,
    /// To how many friends it went.
    count: u32,
}

/// To whom: one of these.
#[derive(Serialize, ToSchema)]
struct PostToView {
    /// A region of the bot, as it was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// A friend, as they were called.
    #[serde(skip_serializing_if = "Option::is_none")]
    friend: Option<String>,
}

/// What was sent: by a friend a message, by a bot a post.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(in super::super) enum SentView {
    /// Of a friend.
    Message(Box<ChatView>),
    /// Of a bot.
    Post(PostView),
}

/// What a friend wrote to a bot.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct LetterView {
    /// The identifier of the message.
    id: String,
    /// Who wrote it, by name.
    friend: String,
    text: String,
    /// When, RFC 3339.
    sent_at: String,
}

/// What is told of messages: to a friend what they sent and got, to a bot what was written to it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(in super::super) enum ToldView {
    /// To a friend.
    Message(Box<ChatView>),
    /// To a bot.
    Letter(LetterView),
}

impl From<Letter> for ToldView {
    fn from(letter: Letter) -> Self {
        let Letter { id, friend, text, sent_at } = letter;
        Self::Letter(LetterView {
            id: id.to_string(),
            friend: friend.to_string(),
            text: text.into(),
            sent_at: sent_at.to_string(),
        })
    }
}

/// What a post on a websocket is answered with.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct SaidView {
    /// Always `said`.
    event: &'static str,
    /// As it was said.
    client_id: Option<Value>,
    /// As over HTTP: 201 when it is posted, 200 when it was before.
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<PostView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
    /// With 429: after how many seconds it may be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u32>,
}

/// Posts what a bot says.
pub(in super::super) async fn post(
    service: &Service,
    viewer: &Viewer,
    members: &Map<String, Value>,
) -> Result<(StatusCode, PostView), Problem> {
    let client_id = client_id(members)?;
    let to = addressee(members)?;
    let draft = PostDraft { client_id, to: to.clone(), text: text(members)? };
    let done = service.post(viewer, draft).await?;
    let (region, friend) = match to {
        PostTo::Region(called) => (Some(called), None),
        PostTo::Friend(called) => (None, Some(called)),
    };
    let view = PostView {
        client_id: client_id.to_string(),
        to: PostToView { region, friend },
        text: done.text.into(),
        sent_at: done.sent_at.to_string(),
        count: done.count,
    };
    Ok((if done.is_new { StatusCode::CREATED } else { StatusCode::OK }, view))
}

/// The same of a frame, `{"say":{…}}`; `None` for one that says nothing.
pub(in super::super) async fn say(service: &Service, viewer: &Viewer, frame: &str) -> Option<SaidView> {
    let mut members = object(frame.as_bytes()).ok()?;
    let said = members.remove("say")?;
    let client_id = said.get("client_id").cloned();
    let done = match said {
        Value::Object(members) => post(service, viewer, &members).await,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Problem::invalid("say", "must be an object"))
        }
    };
    let bare =
        SaidView { event: "said", client_id, status: 0, post: None, problem: None, retry_after_s: None };
    Some(match done {
        Ok((status, post)) => SaidView { status: status.as_u16(), post: Some(post), ..bare },
        Err(problem) => {
            let (status, retry_after_s) = (problem.status(), problem.retry_after_s());
            SaidView { status, problem: Some(problem), retry_after_s, ..bare }
        }
    })
}

/// To whom: a region, or a friend.
fn addressee(members: &Map<String, Value>) -> Result<PostTo, Problem> {
    let wrong = |why: &str| Problem::invalid("to", why);
    let to = members.get("to").and_then(Value::as_object).ok_or_else(|| wrong("must be an object"))?;
    if let Some(other) = to.keys().find(|key| !["region", "friend"].contains(&key.as_str())) {
        return Err(wrong(&format!("must not have a member {other}")));
    }
    match (name(to, "region")?, name(to, "friend")?) {
        (Some(region), None) => Ok(PostTo::Region(region.to_owned())),
        (None, Some(friend)) => Ok(PostTo::Friend(friend.to_owned())),
        (None, None) | (Some(_), Some(_)) => Err(wrong("must name a region or a friend")),
    }
}
