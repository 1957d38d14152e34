//! `/alert-rules`, `/alerts` and `/watchers`: when the caller is told that somebody comes or goes, what they were told, and who is told of them.
//! Everybody for themselves.

use super::{Caller, List, limit, no_content, object, query, sharing::called, view::RegionName};
use crate::http::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, rejection::QueryRejection},
    http::StatusCode,
    response::IntoResponse,
};
use domain::{
    Friend, Region, RegionId, RuleId, Schedule,
    alert::{Alert, Channel, Delivery, Direction, Which},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use service::{RuleDraft, RuleReport, WatcherReport};
use utoipa::{IntoParams, ToSchema};

/// The word for everybody or everything in place of a list.
const ALL: &str = "all";

/// When the caller is told.
#[derive(Serialize, ToSchema)]
pub(super) struct RuleView {
    /// Opaque.
    id: String,
    /// Names of friends, or `all`.
    friends: Value,
    /// Regions with `id` and `name`, or `all`.
    regions: Value,
    /// `enter`, `leave` or `both`.
    direction: &'static str,
    /// `{"zone": "Europe/Zurich", "hours": ["Mon-Fri 07:00-09:00"]}`; `null` is always.
    hours: Option<Value>,
    /// Some of `page`, `push`, `mail`, `ntfy` and `webhook`.
    channels: Vec<&'static str>,
    /// Whether it tells anything.
    on: bool,
}

/// When the caller wants to be told.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only describes the body, which is read member by member to name the one that is wrong"
)]
pub(super) struct RuleBody {
    /// `all`, or names or identifiers of 1 to 50 friends.
    friends: Value,
    /// `all`, or identifiers of 1 to 50 regions.
    regions: Value,
    /// `enter`, `leave` or `both`; `both` without.
    direction: Option<String>,
    /// `{"zone": "Europe/Zurich", "hours": ["Mon-Fri 07:00-09:00"]}`; without it, always.
    hours: Option<Value>,
    /// Some of `page`, `push`, `mail`, `ntfy` and `webhook`.
    channels: Vec<String>,
    /// `true` without.
    on: Option<bool>,
}

/// Something that the caller was told.
#[derive(Serialize, ToSchema)]
pub(super) struct AlertView {
    /// Opaque.
    id: String,
    /// When it happened, RFC 3339.
    at: String,
    /// When the alert was made, RFC 3339.
    made_at: String,
    /// It takes an earlier one back.
    correction: bool,
    title: String,
    body: String,
    /// Where more of it is: a path of the site.
    link: String,
    /// What became of it on each channel.
    deliveries: Vec<DeliveryView>,
}

/// What became of an alert on a channel.
#[derive(Serialize, ToSchema)]
struct DeliveryView {
    /// `page`, `push`, `mail`, `ntfy` or `webhook`.
    channel: &'static str,
    /// `pending`, `sent`, `failed` or `skipped`.
    state: &'static str,
    /// Why it is not sent, in words; `null` when it is.
    why: Option<String>,
}

/// Somebody who is told when the caller comes or goes, as far as the caller shows it to them.
#[derive(Serialize, ToSchema)]
pub(super) struct WatcherView {
    /// Who, by name.
    friend: String,
    /// Those regions of it that the caller may know of, with `id` and `name`; or `all`.
    regions: Value,
    /// There are others, too.
    others: bool,
    /// `enter`, `leave` or `both`.
    direction: &'static str,
    /// As in a rule; `null` is always.
    hours: Option<Value>,
}

/// Which part of the alerts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// 1 to 500; 100 without.
    limit: Option<String>,
}

impl From<RuleReport> for RuleView {
    fn from(report: RuleReport) -> Self {
        let RuleReport { rule, friends, regions } = report;
        Self {
            id: rule.id.to_string(),
            friends: which(friends, |friend: Friend| json!(friend.name.as_str())),
            regions: which(regions, |known| region(&known)),
            direction: rule.direction.as_str(),
            hours: rule.hours.map(|hours| json!(hours)),
            channels: rule.channels.into_iter().map(Channel::as_str).collect(),
            on: rule.on,
        }
    }
}

impl From<Alert> for AlertView {
    fn from(alert: Alert) -> Self {
        let Alert { told, made_at, correction, deliveries } = alert;
        let delivery = |Delivery { channel, state, why }: Delivery| DeliveryView {
            channel: channel.as_str(),
            state: state.as_str(),
            why: Some(why).filter(|why| !why.is_empty()),
        };
        Self {
            id: told.id.to_string(),
            at: told.at.to_string(),
            made_at: made_at.to_string(),
            correction,
            title: told.notice.title,
            body: told.notice.body,
            link: told.notice.link,
            deliveries: deliveries.into_iter().map(delivery).collect(),
        }
    }
}

impl From<WatcherReport> for WatcherView {
    fn from(report: WatcherReport) -> Self {
        let WatcherReport { friend, regions, watcher } = report;
        Self {
            friend: friend.name.to_string(),
            regions: which(regions, |known| region(&known)),
            others: watcher.others,
            direction: watcher.direction.as_str(),
            hours: watcher.hours.map(|hours| json!(hours)),
        }
    }
}

fn region(region: &Region) -> Value {
    json!(RegionName { id: region.id.to_string(), name: region.name.to_string() })
}

fn which<T>(which: Which<T>, view: impl Fn(T) -> Value) -> Value {
    match which {
        Which::All => json!(ALL),
        Which::These(these) => these.into_iter().map(view).collect(),
    }
}

/// The caller's rules, in the order in which they were made. For tokens of a friend, and sessions.
#[utoipa::path(get, path = "/api/v1/alert-rules",
    responses((status = 200, body = List<RuleView>), (status = 403, body = Problem)))]
pub(super) async fn rules(caller: Caller) -> Result<Json<List<RuleView>>, Problem> {
    let rules = caller.site.service.alert_rules(&caller.viewer).await?;
    Ok(List::whole(rules.into_iter().map(RuleView::from).collect()))
}

/// Makes a rule. For tokens of a friend, and sessions.
#[utoipa::path(post, path = "/api/v1/alert-rules", request_body = RuleBody,
    responses((status = 201, body = RuleView), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn create(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let draft = draft(&caller, &body)?;
    let rule = caller.site.service.put_alert_rule(&caller.viewer, None, draft).await?;
    Ok((StatusCode::CREATED, Json(RuleView::from(rule))))
}

/// Changes a rule of the caller.
#[utoipa::path(put, path = "/api/v1/alert-rules/{id}", params(("id" = String, Path)), request_body = RuleBody,
    responses((status = 200, body = RuleView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<RuleView>, Problem> {
    caller.may_change()?;
    let (id, draft) = (rule_id(&id)?, draft(&caller, &body)?);
    let rule = caller.site.service.put_alert_rule(&caller.viewer, Some(id), draft).await?;
    Ok(Json(RuleView::from(rule)))
}

/// Removes a rule of the caller.
#[utoipa::path(delete, path = "/api/v1/alert-rules/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn remove(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    caller.site.service.remove_alert_rule(&caller.viewer, rule_id(&id)?).await?;
    Ok(no_content())
}

/// What the caller was told over the last thirty days, newest first. For tokens of a friend, and sessions.
#[utoipa::path(get, path = "/api/v1/alerts", params(Asked),
    responses((status = 200, body = List<AlertView>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn list(
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<List<AlertView>>, Problem> {
    let most = limit(query(asked)?.limit.as_deref(), 100, 500)?;
    let alerts = caller.site.service.alerts(&caller.viewer, most).await?;
    Ok(List::whole(alerts.into_iter().map(AlertView::from).collect()))
}

/// Who has a rule that means the caller, by name. For tokens of a friend, and sessions.
#[utoipa::path(get, path = "/api/v1/watchers",
    responses((status = 200, body = List<WatcherView>), (status = 403, body = Problem)))]
pub(super) async fn watchers(caller: Caller) -> Result<Json<List<WatcherView>>, Problem> {
    let watchers = caller.site.service.watchers(&caller.viewer).await?;
    Ok(List::whole(watchers.into_iter().map(WatcherView::from).collect()))
}

fn rule_id(text: &str) -> Result<RuleId, Problem> {
    text.parse().map_err(|_not_ours| service::Error::NotFound("rule").into())
}

fn draft(caller: &Caller, body: &[u8]) -> Result<RuleDraft, Problem> {
    let members = object(body)?;
    let friends = chosen(&members, "friends", |text| {
        called(caller, text).map(|friend| friend.id).map_err(|_nobody| format!("has nobody called {text}"))
    })?;
    let regions = chosen(&members, "regions", |text| {
        text.parse::<RegionId>().map_err(|_not_ours| "must be identifiers of regions".to_owned())
    })?;
    let direction = match members.get("direction") {
        None | Some(Value::Null) => Some(Direction::Both),
        Some(word) => word.as_str().and_then(Direction::named),
    };
    let on = match members.get("on") {
        None | Some(Value::Null) => Some(true),
        Some(on) => on.as_bool(),
    };
    Ok(RuleDraft {
        friends,
        regions,
        direction: direction.ok_or_else(|| Problem::invalid("direction", "must be enter, leave or both"))?,
        hours: hours(&members, "hours")?,
        channels: texts(&members, "channels")?
            .into_iter()
            .map(|word| Channel::named(word).ok_or(()))
            .collect::<Result<_, ()>>()
            .map_err(|()| {
                Problem::invalid("channels", "must be some of page, push, mail, ntfy and webhook")
            })?,
        on: on.ok_or_else(|| Problem::invalid("on", "must be true or false"))?,
    })
}

/// Hours of a week; `None` where there are none.
pub(super) fn hours(members: &Map<String, Value>, member: &'static str) -> Result<Option<Schedule>, Problem> {
    let said = members.get(member).cloned().unwrap_or_default();
    serde_json::from_value(said).map_err(|why| Problem::invalid(member, format!("will not do: {why}")))
}

/// Everything, or some things by what they are called.
fn chosen<T>(
    members: &Map<String, Value>,
    member: &'static str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Which<T>, Problem> {
    if members.get(member).and_then(Value::as_str) == Some(ALL) {
        return Ok(Which::All);
    }
    let read = texts(members, member)?.into_iter().map(read).collect::<Result<_, _>>();
    read.map(Which::These).map_err(|why| Problem::invalid(member, why))
}

fn texts<'m>(members: &'m Map<String, Value>, member: &'static str) -> Result<Vec<&'m str>, Problem> {
    let wrong = || Problem::invalid(member, "must be a list of texts");
    let list = members.get(member).and_then(Value::as_array).ok_or_else(wrong)?;
    list.iter().map(|text| text.as_str().ok_or_else(wrong)).collect()
}
