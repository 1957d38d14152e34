//! Alerts between the service and the page.

use super::{Cx, answered, refused};
use crate::api::{AlertShown, AlertsShown, ApiError, RuleShown};
use domain::alert::{Alert, Channel, Which};
use service::{AlertChannels, RuleReport};

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
    let AlertChannels { mail, mail_set_up, ntfy, webhook, browsers, push_key: _, quiet } =
        service.alert_channels(viewer).await.map_err(refused)?;
    let browsers = match browsers.len() {
        0 => None,
        1 => Some("one browser".to_owned()),
        count => Some(format!("{count} browsers")),
    };
    let channels = [
        (Channel::Push, browsers),
        (Channel::Mail, mail),
        (Channel::Ntfy, ntfy.map(|(url, _)| url)),
        (Channel::Webhook, webhook),
    ];
    let channels = channels.into_iter().filter_map(|(channel, to)| Some((channel, to?))).collect();
    let (rules, alerts) = (rules.into_iter().map(rule).collect(), alerts.into_iter().map(alert).collect());
    Ok(AlertsShown { rules, mail_set_up, channels, quiet, alerts })
}

/// The channel of that word.
///
/// # Errors
/// [`ApiError::NotFound`].
pub fn alert_channel(word: &str) -> Result<Channel, ApiError> {
    Channel::named(word).ok_or_else(|| answered(ApiError::NotFound { what: "channel".to_owned() }))
}

fn rule(RuleReport { rule, friends, regions }: RuleReport) -> RuleShown {
    RuleShown {
        id: rule.id,
        friends: names(friends, |friend| friend.name.to_string()),
        regions: names(regions, |region| region.name.to_string()),
        direction: rule.direction,
        hours: rule.hours.iter().flat_map(|schedule| &schedule.hours).map(ToString::to_string).collect(),
        channels: rule.channels.into_iter().collect(),
        on: rule.on,
    }
}

fn names<T>(which: Which<T>, name: impl Fn(&T) -> String) -> Option<Vec<String>> {
    match which {
        Which::All => None,
        Which::These(these) => Some(these.iter().map(name).collect()),
    }
}

fn alert(Alert { told, made_at, deliveries, .. }: Alert) -> AlertShown {
    let deliveries = deliveries.into_iter().map(|one| (one.channel, one.state, one.why)).collect();
    let (title, body, link) = (told.notice.title, told.notice.body, told.notice.link);
    AlertShown { made_at, title, body, link, deliveries }
}
