//! When whoever asks is told that somebody comes or goes, where that goes, and what they were told.
#![expect(clippy::too_many_arguments, reason = "a form has as many fields as it has")]

use super::ApiError;
use domain::{
    FriendId, RegionId, RuleId, Schedule, Timestamp,
    alert::{AlertState, Channel, Direction},
};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// Everything that the page about alerts shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsShown {
    /// The rules, in the order in which they were made.
    pub rules: Vec<RuleShown>,
    /// Whether this server sends mail at all.
    pub mail_set_up: bool,
    /// The ways by which alerts go, as far as they are set up; an open page always is.
    pub ways: Vec<WayShown>,
    /// The secret of a webhook that was set up in this browser a moment ago. It is not told again.
    pub secret: Option<String>,
    /// By what browsers know that push messages are from here.
    pub push_key: Option<String>,
    /// The browsers that get push messages.
    pub browsers: Vec<BrowserShown>,
    /// When whoever asks is left in peace.
    pub quiet: Option<Schedule>,
    /// What they were told, newest first.
    pub alerts: Vec<AlertShown>,
}

/// A way by which alerts go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayShown {
    /// Which.
    pub channel: Channel,
    /// Where to, as far as it may be shown.
    pub to: String,
    /// The last alert that was to go there: when it was made, how far it has come, and why not further.
    pub last: Option<(Timestamp, AlertState, String)>,
}

/// A browser that gets push messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserShown {
    /// Where it gets them.
    pub endpoint: String,
    /// Since when.
    pub made_at: Timestamp,
}

/// A rule as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleShown {
    /// Which.
    pub id: RuleId,
    /// Of whom, with their names; `None` for all.
    pub friends: Option<Vec<(FriendId, String)>>,
    /// At which regions, with their names; `None` for all.
    pub regions: Option<Vec<(RegionId, String)>>,
    /// Of comings or goings.
    pub direction: Direction,
    /// At which hours; `None` for always.
    pub hours: Option<Schedule>,
    /// By which ways.
    pub channels: Vec<Channel>,
    /// Whether it tells anything.
    pub on: bool,
}

/// Something that whoever asks was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertShown {
    /// When it was made.
    pub made_at: Timestamp,
    /// What it said.
    pub title: String,
    /// And more of it.
    pub body: String,
    /// Where more of it is.
    pub link: String,
    /// A later one takes it back.
    pub corrected: bool,
    /// How it went: on which channel, how far, and why not further.
    pub deliveries: Vec<(Channel, AlertState, String)>,
}

/// The rules, the channels and the last alerts of whoever asks.
///
/// # Errors
/// [`ApiError::Forbidden`] unless it is a friend who asks.
#[server(name = AskAlerts, prefix = "/api", endpoint = "alerts_shown", input = GetUrl)]
pub async fn alerts_shown() -> Result<AlertsShown, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    ssr::alerts_shown(&cx).await
}

/// Makes a rule, or changes the one with that `id`. The fields come as they were typed.
///
/// # Errors
/// [`ApiError::Invalid`] names the field and what is wrong with it, and holds what was typed; [`ApiError::NotFound`].
#[server(prefix = "/api", endpoint = "save_alert_rule")]
pub async fn save_alert_rule(
    /// The rule's id; empty for a new one.
    #[server(default)]
    id: String,
    /// `these` for those of `friends`, else everybody.
    #[server(default)]
    whom: String,
    /// The ids of these friends.
    #[server(default)]
    friends: Vec<String>,
    /// `enter`, `leave` or `both`.
    #[server(default)]
    direction: String,
    /// `these` for those of `regions`, else all.
    #[server(default)]
    places: String,
    /// The ids of these regions.
    #[server(default)]
    regions: Vec<String>,
    /// A line of hours for each; empty for always.
    #[server(default)]
    hours: String,
    /// The time zone of the hours.
    #[server(default)]
    zone: String,
    /// The words of the ways.
    #[server(default)]
    channels: Vec<String>,
    /// Anything, if it tells something.
    #[server(default)]
    on: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let (named, drawn, ways) = (friends.join(" "), regions.join(" "), channels.join(" "));
    let typed = [
        ("id", &*id),
        ("whom", &*whom),
        ("friends", &*named),
        ("direction", &*direction),
        ("places", &*places),
        ("regions", &*drawn),
        ("hours", &*hours),
        ("zone", &*zone),
        ("channels", &*ways),
        ("on", &*on),
    ];
    let save = async {
        let known = if id.is_empty() { None } else { Some(draft::id(&id, "rule")?) };
        let way = |word: &String| Channel::named(word);
        let ways = channels.iter().map(way).collect::<Option<_>>();
        let rule = service::RuleDraft {
            friends: ssr::which("friends", &whom, &friends)?,
            direction: Direction::named(&direction)
                .ok_or_else(|| ApiError::invalid("direction", "must be one of those offered"))?,
            regions: ssr::which("regions", &places, &regions)?,
            hours: draft::schedule(&hours, &zone)
                .map_err(|wrong| ApiError::invalid(wrong.field, wrong.why))?,
            channels: ways.ok_or_else(|| ApiError::invalid("channels", "must be some of those offered"))?,
            on: !on.is_empty(),
        };
        cx.service().put_alert_rule(viewer, known, rule).await.map_err(ssr::refused)
    };
    save.await.map_err(|error| ssr::answered(error).keeping(typed))?;
    ssr::go("/alerts?saved");
    Ok(())
}

/// Removes a rule.
///
/// # Errors
/// [`ApiError::NotFound`] when it is gone already.
#[server(prefix = "/api", endpoint = "remove_alert_rule")]
pub async fn remove_alert_rule(
    /// The rule's id.
    id: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let rule = draft::id(&id, "rule").map_err(ssr::answered)?;
    cx.service().remove_alert_rule(cx.viewer()?, rule).await.map_err(ssr::refused)?;
    ssr::go("/alerts?removed");
    Ok(())
}

/// Says to which address of mail alerts go.
///
/// # Errors
/// [`ApiError::Invalid`] for `address`.
#[server(prefix = "/api", endpoint = "set_alert_mail")]
pub async fn set_alert_mail(
    /// To whom.
    #[server(default)]
    address: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let put =
        cx.service().put_alert_channel(cx.viewer()?, service::ChannelDraft::Mail(address.clone())).await;
    put.map_err(|error| ssr::refused(error).keeping([("address", &*address)]))?;
    ssr::go("/alerts?saved");
    Ok(())
}

/// Says to which topic of an ntfy server alerts go.
///
/// # Errors
/// [`ApiError::Invalid`] for `url` and `token`.
#[server(prefix = "/api", endpoint = "set_alert_ntfy")]
pub async fn set_alert_ntfy(
    /// The server and behind it the topic.
    #[server(default)]
    url: String,
    /// What lets us in there; empty for nothing.
    #[server(default)]
    token: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let draft = service::ChannelDraft::Ntfy(url.clone(), Some(token));
    let put = cx.service().put_alert_channel(cx.viewer()?, draft).await;
    put.map_err(|error| ssr::refused(error).keeping([("url", &*url)]))?;
    ssr::go("/alerts?saved");
    Ok(())
}

/// Says to which web server alerts go. The page tells its new secret for a while, in this browser.
///
/// # Errors
/// [`ApiError::Invalid`] for `hook`.
#[server(prefix = "/api", endpoint = "set_alert_webhook")]
pub async fn set_alert_webhook(
    /// Where.
    #[server(default)]
    hook: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let put =
        cx.service().put_alert_channel(cx.viewer()?, service::ChannelDraft::Webhook(hook.clone())).await;
    let beside = |error: ApiError| match error.told() {
        Some(told) => ApiError::invalid("hook", told.why),
        None => error,
    };
    let secret = put.map_err(|error| beside(ssr::refused(error)).keeping([("hook", &*hook)]))?;
    ssr::keep_webhook(&cx, &hook, secret.as_deref().unwrap_or_default());
    ssr::go("/alerts?saved");
    Ok(())
}

/// Has alerts go to the browser that asks, for as long as its session holds.
///
/// # Errors
/// [`ApiError::Invalid`] for `endpoint`, `p256dh` and `auth`; [`ApiError::Unauthorised`]; [`ApiError::Unavailable`] after too many.
#[server(prefix = "/api", endpoint = "add_alert_browser")]
pub async fn add_alert_browser(
    /// Where it gets them.
    endpoint: String,
    /// Its public key.
    p256dh: String,
    /// Its secret.
    auth: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let who = cx.signed_in()?;
    let browser = service::BrowserDraft { endpoint, p256dh, auth, session: Some(who.session.clone()) };
    let put = cx.service().put_alert_channel(&who.viewer, service::ChannelDraft::Push(browser)).await;
    put.map(|_no_secret| ()).map_err(ssr::refused)
}

/// Has alerts not go to a browser any more.
///
/// # Errors
/// [`ApiError::NotFound`] when they do not.
#[server(prefix = "/api", endpoint = "remove_alert_browser")]
pub async fn remove_alert_browser(
    /// Where it gets them.
    endpoint: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let gone = cx.service().remove_alert_channel(cx.viewer()?, Channel::Push, Some(&endpoint)).await;
    gone.map_err(ssr::refused)?;
    ssr::go("/alerts?removed");
    Ok(())
}

/// Has alerts not go by a channel any more.
///
/// # Errors
/// [`ApiError::NotFound`] when they do not.
#[server(prefix = "/api", endpoint = "remove_alert_channel")]
pub async fn remove_alert_channel(
    /// Its word.
    channel: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let channel = ssr::alert_channel(&channel)?;
    cx.service().remove_alert_channel(cx.viewer()?, channel, None).await.map_err(ssr::refused)?;
    if channel == Channel::Webhook {
        ssr::forget_webhook(&cx);
    }
    ssr::go("/alerts?removed");
    Ok(())
}

/// Sends a test by a channel.
///
/// # Errors
/// [`ApiError::Invalid`] with the channel, when that did not work; [`ApiError::Unavailable`] after too many.
#[server(prefix = "/api", endpoint = "test_alert_channel")]
pub async fn test_alert_channel(
    /// Its word.
    channel: String,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let tested = ssr::alert_channel(&channel)?;
    let outcome = cx.service().try_alert_channel(cx.viewer()?, tested).await.map_err(ssr::refused)?;
    outcome
        .map_err(|why| ssr::answered(ApiError::invalid(tested.as_str(), format!("did not work: {why}"))))?;
    ssr::go(&format!("/alerts?tested={}", tested.as_str()));
    Ok(())
}

/// Says when alerts reach nothing but an open page.
///
/// # Errors
/// [`ApiError::Invalid`] for `hours` and `zone`.
#[server(prefix = "/api", endpoint = "set_alert_quiet")]
pub async fn set_alert_quiet(
    /// A line of hours for each; empty for never.
    #[server(default)]
    hours: String,
    /// The time zone of the hours.
    #[server(default)]
    zone: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let typed = [("hours", &*hours), ("zone", &*zone)];
    let set = async {
        let quiet =
            draft::schedule(&hours, &zone).map_err(|wrong| ApiError::invalid(wrong.field, wrong.why))?;
        cx.service().set_quiet_hours(cx.viewer()?, quiet).await.map_err(ssr::refused)
    };
    set.await.map_err(|error| ssr::answered(error).keeping(typed))?;
    ssr::go("/alerts?saved");
    Ok(())
}
