//! Alerts between the service and the page.

use super::{
    Cx, FRESH_S, Site, answered, refused,
    reply::{cookie, host_cookie, set_cookie},
};
use crate::api::{AlertShown, AlertsShown, ApiError, BrowserShown, RuleShown, WayShown};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::alert::{Alert, AlertState, Channel, Which};
use service::{AlertChannels, RuleReport};
use std::str::FromStr;

/// How many alerts the page shows.
const SHOWN: u32 = 50;

/// Everything that the page about alerts shows.
///
/// # Errors
/// [`ApiError::Forbidden`] unless it is a friend who asks.
pub async fn alerts_shown(cx: &Cx) -> Result<AlertsShown, ApiError> {
    let (service, viewer) = (cx.service(), cx.viewer()?);
    let rules = service.alert_rules(viewer).await.map_err(refused)?;
    let alerts = service.alerts(viewer, SHOWN).await.map_err(refused)?;
    let AlertChannels { mail, mail_set_up, ntfy, webhook, browsers, push_key, quiet } =
        service.alert_channels(viewer).await.map_err(refused)?;
    let secret = webhook.as_deref().and_then(|url| fresh_webhook(cx, url));
    let in_words = match browsers.len() {
        0 => None,
        1 => Some("one browser".to_owned()),
        count => Some(format!("{count} browsers")),
    };
    let ways = [
        (Channel::Page, Some("while one is open".to_owned())),
        (Channel::Push, in_words),
        (Channel::Mail, mail),
        (Channel::Ntfy, ntfy.map(|(url, _)| url)),
        (Channel::Webhook, webhook),
    ];
    let way = |(channel, to): (Channel, Option<String>)| {
        Some(WayShown { channel, to: to?, last: last(&alerts, channel) })
    };
    let ways = ways.into_iter().filter_map(way).collect();
    let browsers = browsers
        .into_iter()
        .map(|browser| BrowserShown { endpoint: browser.endpoint, made_at: browser.made_at })
        .collect();
    let (rules, alerts) = (rules.into_iter().map(rule).collect(), shown(alerts));
    Ok(AlertsShown { rules, mail_set_up, ways, secret, push_key, browsers, quiet, alerts })
}

/// The channel of that word.
///
/// # Errors
/// [`ApiError::NotFound`].
pub fn alert_channel(word: &str) -> Result<Channel, ApiError> {
    Channel::named(word).ok_or_else(|| answered(ApiError::NotFound { what: "channel".to_owned() }))
}

/// All of a kind, or those that are ticked where the word is `these`.
///
/// # Errors
/// [`ApiError::Invalid`] names the field: only a form that was tampered with holds anything but identifiers.
pub fn which<T: FromStr>(field: &str, word: &str, ticked: &[String]) -> Result<Which<T>, ApiError> {
    if word != "these" {
        return Ok(Which::All);
    }
    let these = ticked.iter().map(|id| id.parse()).collect::<Result<_, _>>();
    these.map(Which::These).map_err(|_no_id| ApiError::invalid(field, "must be some of those offered"))
}

/// The cookie that holds the secret of a new webhook for a quarter of an hour; it is kept nowhere else in the clear.
fn name(site: &Site) -> String {
    host_cookie(site, "whereabouts_new_webhook", site.secure_cookies)
}

/// Keeps a new webhook's secret in the browser where it was made, for a while.
pub fn keep_webhook(cx: &Cx, url: &str, secret: &str) {
    let of = BASE64_URL_SAFE_NO_PAD.encode(url.trim());
    set_cookie(cx, &name(&cx.site), &format!("{secret}.{of}"), FRESH_S, "Strict");
}

/// Forgets it.
pub fn forget_webhook(cx: &Cx) {
    set_cookie(cx, &name(&cx.site), "", 0, "Strict");
}

/// The secret of the webhook that was set up last in this browser, if that is the one at this URL.
fn fresh_webhook(cx: &Cx, url: &str) -> Option<String> {
    let kept = cookie(&name(&cx.site))?;
    let (secret, of) = kept.split_once('.')?;
    let is_plain = !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_plain && of == BASE64_URL_SAFE_NO_PAD.encode(url)).then(|| secret.to_owned())
}

/// The last alert that was to go by a channel, and how that went.
fn last(alerts: &[Alert], channel: Channel) -> Option<(domain::Timestamp, AlertState, String)> {
    alerts.iter().find_map(|alert| {
        let mut deliveries = alert.deliveries.iter();
        let delivery = deliveries.find(|one| one.channel == channel && one.state != AlertState::Skipped)?;
        Some((alert.made_at, delivery.state, delivery.why.clone()))
    })
}

fn rule(RuleReport { rule, friends, regions }: RuleReport) -> RuleShown {
    RuleShown {
        id: rule.id,
        friends: named(friends, |friend| (friend.id, friend.name.to_string())),
        regions: named(regions, |region| (region.id, region.name.to_string())),
        direction: rule.direction,
        hours: rule.hours,
        channels: rule.channels.into_iter().collect(),
        on: rule.on,
    }
}

fn named<T, N>(which: Which<T>, name: impl Fn(&T) -> N) -> Option<Vec<N>> {
    match which {
        Which::All => None,
        Which::These(these) => Some(these.iter().map(name).collect()),
    }
}

/// Alerts, newest first: a correction comes before what it corrects, and is of the same moment.
fn shown(alerts: Vec<Alert>) -> Vec<AlertShown> {
    let corrections: Vec<_> = alerts
        .iter()
        .filter(|alert| alert.correction)
        .map(|alert| (alert.told.at, alert.told.notice.tag.clone()))
        .collect();
    let alert = |Alert { told, made_at, correction, deliveries }: Alert| AlertShown {
        made_at,
        corrected: !correction
            && corrections.iter().any(|(at, tag)| (*at, tag) == (told.at, &told.notice.tag)),
        title: told.notice.title,
        body: told.notice.body,
        link: told.notice.link,
        deliveries: deliveries.into_iter().map(|one| (one.channel, one.state, one.why)).collect(),
    };
    alerts.into_iter().map(alert).collect()
}
