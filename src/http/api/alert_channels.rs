//! `/alert-channels`: where the caller's alerts go, tests of that, and when they are left in peace. Everybody for themselves.

use super::{Caller, alerts::hours, no_content, object, query};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, rejection::QueryRejection},
    http::header,
    response::IntoResponse,
};
use domain::alert::Channel;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use service::{AlertChannels, BrowserDraft, ChannelDraft};
use utoipa::{IntoParams, ToSchema};

/// Where the caller's alerts go. What is secret of it is not told.
#[derive(Serialize, ToSchema)]
pub(super) struct ChannelsView {
    mail: MailView,
    /// `null`: not set up.
    ntfy: Option<NtfyView>,
    /// `null`: not set up.
    webhook: Option<WebhookView>,
    push: PushView,
    /// When they are left in peace: `{"zone": "Europe/Zurich", "hours": ["daily 22:00-07:00"]}`; `null` for never.
    quiet_hours: Option<Value>,
}

/// Mail.
#[derive(Serialize, ToSchema)]
struct MailView {
    /// Whether this server sends any.
    available: bool,
    /// To whom; `null`: not set up.
    address: Option<String>,
}

/// A topic of an ntfy server.
#[derive(Serialize, ToSchema)]
struct NtfyView {
    /// The server and behind it the topic.
    url: String,
    /// Whether there is a token for it.
    has_token: bool,
}

/// Somebody's own web server.
#[derive(Serialize, ToSchema)]
struct WebhookView {
    url: String,
}

/// Push messages.
#[derive(Serialize, ToSchema)]
struct PushView {
    /// What browsers want as `applicationServerKey`.
    key: Option<String>,
    browsers: Vec<BrowserView>,
}

/// A browser that gets them.
#[derive(Serialize, ToSchema)]
struct BrowserView {
    endpoint: String,
    /// Since when, RFC 3339.
    since: String,
}

/// What was set up.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeView {
    /// Of a webhook: what its messages are signed with. It is told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// What came of a test.
#[derive(Serialize, ToSchema)]
pub(super) struct TrialView {
    /// Whether it was sent.
    sent: bool,
    /// Why not, in words; `null` when it was.
    why: Option<String>,
}

/// Where alerts are to go: of these what the channel needs.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only describes the body, which is read member by member to name the one that is wrong"
)]
pub(super) struct ChannelBody {
    /// Mail: to whom.
    address: Option<String>,
    /// ntfy and webhook: where; ntfy with the topic at its end.
    url: Option<String>,
    /// ntfy: what lets us in there, if that takes something.
    token: Option<String>,
    /// Push: of the browser's subscription.
    endpoint: Option<String>,
    /// Push: `p256dh` and `auth` of the browser's subscription.
    keys: Option<Value>,
}

/// When the caller is left in peace.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes the body, which is read by hand")]
pub(super) struct QuietBody {
    /// `{"zone": "Europe/Zurich", "hours": ["daily 22:00-07:00"]}`; `null` for never.
    quiet_hours: Option<Value>,
}

/// Which of several browsers.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WhichBrowser {
    /// Push: of one browser alone.
    endpoint: Option<String>,
}

impl From<AlertChannels> for ChannelsView {
    fn from(channels: AlertChannels) -> Self {
        let AlertChannels { mail, mail_set_up, ntfy, webhook, browsers, push_key, quiet } = channels;
        let browsers = browsers
            .into_iter()
            .map(|browser| BrowserView { endpoint: browser.endpoint, since: browser.made_at.to_string() });
        Self {
            mail: MailView { available: mail_set_up, address: mail },
            ntfy: ntfy.map(|(url, has_token)| NtfyView { url, has_token }),
            webhook: webhook.map(|url| WebhookView { url }),
            push: PushView { key: push_key, browsers: browsers.collect() },
            quiet_hours: quiet.map(|quiet| json!(quiet)),
        }
    }
}

/// Where the caller's alerts go. For tokens of a friend, and sessions.
#[utoipa::path(get, path = "/api/v1/alert-channels",
    responses((status = 200, body = ChannelsView), (status = 403, body = Problem)))]
pub(super) async fn look(caller: Caller) -> Result<impl IntoResponse, Problem> {
    let channels = caller.site.service.alert_channels(&caller.viewer).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(ChannelsView::from(channels))))
}

/// Says where the caller's alerts go: `channel` is `mail`, `ntfy`, `webhook` or `push`. For push it adds a browser: one that asks
/// with its session for as long as that holds.
#[utoipa::path(put, path = "/api/v1/alert-channels/{channel}", params(("channel" = String, Path)), request_body = ChannelBody,
    responses((status = 200, body = MadeView), (status = 404, body = Problem), (status = 422, body = Problem),
              (status = 429, body = Problem)))]
pub(super) async fn put(
    caller: Caller,
    Path(kind): Path<String>,
    body: Bytes,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let (channel, members) = (channel(&kind)?, object(&body)?);
    let draft = match channel {
        Channel::Page => return Err(Problem::method()),
        Channel::Mail => ChannelDraft::Mail(needed(&members, "address")?),
        Channel::Ntfy => ChannelDraft::Ntfy(needed(&members, "url")?, text(&members, "token")?),
        Channel::Webhook => ChannelDraft::Webhook(needed(&members, "url")?),
        Channel::Push => {
            let keys = members.get("keys").and_then(Value::as_object);
            let keys =
                keys.ok_or_else(|| Problem::invalid("keys", "must be those of a browser's subscription"))?;
            ChannelDraft::Push(BrowserDraft {
                endpoint: needed(&members, "endpoint")?,
                p256dh: needed(keys, "p256dh")?,
                auth: needed(keys, "auth")?,
                session: caller.session.clone(),
            })
        }
    };
    let secret = caller.site.service.put_alert_channel(&caller.viewer, draft).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(MadeView { secret })))
}

/// Has the caller's alerts not go there any more; for push to no browser, or not to one.
#[utoipa::path(delete, path = "/api/v1/alert-channels/{channel}", params(("channel" = String, Path), WhichBrowser),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn remove(
    caller: Caller,
    Path(kind): Path<String>,
    which: Result<Query<WhichBrowser>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let (channel, which) = (channel(&kind)?, query(which)?);
    let service = &caller.site.service;
    service.remove_alert_channel(&caller.viewer, channel, which.endpoint.as_deref()).await?;
    Ok(no_content())
}

/// Sends the caller a test by a channel, and says what came of it.
#[utoipa::path(post, path = "/api/v1/alert-channels/{channel}/test", params(("channel" = String, Path)),
    responses((status = 200, body = TrialView), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn test(caller: Caller, Path(kind): Path<String>) -> Result<Json<TrialView>, Problem> {
    caller.may_change()?;
    let outcome = caller.site.service.try_alert_channel(&caller.viewer, channel(&kind)?).await?;
    Ok(Json(TrialView { sent: outcome.is_ok(), why: outcome.err() }))
}

/// Says when the caller's alerts reach nothing but an open page.
#[utoipa::path(put, path = "/api/v1/alert-channels/quiet-hours", request_body = QuietBody,
    responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn put_quiet(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let quiet = hours(&object(&body)?, "quiet_hours")?;
    caller.site.service.set_quiet_hours(&caller.viewer, quiet).await?;
    Ok(no_content())
}

fn channel(word: &str) -> Result<Channel, Problem> {
    Channel::named(word).ok_or_else(|| service::Error::NotFound("channel").into())
}

fn needed(members: &Map<String, Value>, member: &'static str) -> Result<String, Problem> {
    text(members, member)?.ok_or_else(|| Problem::invalid(member, "must be a text"))
}

fn text(members: &Map<String, Value>, member: &'static str) -> Result<Option<String>, Problem> {
    match members.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Problem::invalid(member, "must be a text")),
    }
}
