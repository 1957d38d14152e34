//! When whoever asks is told that somebody comes or goes, where that goes, and what they were told.
#![expect(clippy::too_many_arguments, reason = "a form has as many fields as it has")]

use super::ApiError;
use domain::{
    RuleId, Schedule, Timestamp,
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
    /// Where alerts go, by the channels that are set up: what of it may be shown.
    pub channels: Vec<(Channel, String)>,
    /// When whoever asks is left in peace.
    pub quiet: Option<Schedule>,
    /// What they were told, newest first.
    pub alerts: Vec<AlertShown>,
}

/// A rule as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleShown {
    /// Which.
    pub id: RuleId,
    /// Of whom, by name; `None` for all.
    pub friends: Option<Vec<String>>,
    /// At which regions, by name; `None` for all.
    pub regions: Option<Vec<String>>,
    /// Of comings or goings.
    pub direction: Direction,
    /// At which hours; none for always.
    pub hours: Vec<String>,
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
    /// How it went: on which channel, how far, and why not further.
    pub deliveries: Vec<(Channel, AlertState, String)>,
}

/// The rules, the channels and the last alerts of whoever asks.
///
/// # Errors
/// [`ApiError::Forbidden`] unless it is a friend who asks.
#[server(prefix = "/api", endpoint = "alerts_shown", input = GetUrl)]
pub async fn alerts_shown() -> Result<AlertsShown, ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    ssr::alerts_shown(&cx).await
}

/// Makes a rule.
///
/// # Errors
/// [`ApiError::Invalid`] names the field and what is wrong with it, and holds what was typed.
#[server(prefix = "/api", endpoint = "add_alert_rule")]
pub async fn add_alert_rule(
    /// Of whom, by id; empty for all.
    #[server(default)]
    friends: String,
    /// `enter`, `leave` or `both`.
    #[server(default)]
    direction: String,
    /// At which region, by id; empty for all.
    #[server(default)]
    regions: String,
    /// A line of hours for each; empty for always.
    #[server(default)]
    hours: String,
    /// The time zone of the hours.
    #[server(default)]
    zone: String,
    /// Anything, if on an open page.
    #[server(default)]
    page: String,
    /// Anything, if by push message.
    #[server(default)]
    push: String,
    /// Anything, if by mail.
    #[server(default)]
    mail: String,
    /// Anything, if by ntfy.
    #[server(default)]
    ntfy: String,
    /// Anything, if by webhook.
    #[server(default)]
    webhook: String,
) -> Result<(), ApiError> {
    use crate::{draft, ssr};
    use domain::alert::Which;
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let typed = [
        ("friends", &*friends),
        ("direction", &*direction),
        ("regions", &*regions),
        ("hours", &*hours),
        ("zone", &*zone),
    ];
    let ticked = [&page, &push, &mail, &ntfy, &webhook];
    let channels = Channel::ALL.into_iter().zip(ticked).filter(|(_, tick)| !tick.is_empty());
    let add = async {
        let schedule = draft::schedule(&hours, &zone);
        let draft = service::RuleDraft {
            friends: draft::chosen("friends", &friends)?.map_or(Which::All, |id| Which::These(vec![id])),
            regions: draft::chosen("regions", &regions)?.map_or(Which::All, |id| Which::These(vec![id])),
            direction: Direction::named(&direction).unwrap_or(Direction::Both),
            hours: schedule.map_err(|wrong| ApiError::invalid(wrong.field, wrong.why))?,
            channels: channels.map(|(channel, _)| channel).collect(),
            on: true,
        };
        cx.service().put_alert_rule(viewer, None, draft).await.map_err(ssr::refused)
    };
    add.await.map_err(|error| ssr::answered(error).keeping(typed))?;
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
    ssr::go("/alerts?tested");
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
