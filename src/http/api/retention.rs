//! `/retention` and `/friends/{friend}/retention`: for how long what is stored is kept, by the server and by friends who keep less of their own.

use super::{Caller, sharing::owner};
use crate::http::problem::Problem;
use axum::{
    Json,
    extract::{Path, rejection::JsonRejection},
};
use domain::{Held, Keep, OwnRetention, Retention, RetentionClass, Storage, Timestamp};
use serde::{Deserialize, Serialize};
use service::OwnKept;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A number of days, or `forever`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum DaysView {
    /// So many days, 1 to 36500.
    Days(i64),
    /// `forever`.
    Word(String),
}

/// For how long what is stored is kept.
#[derive(Serialize, ToSchema)]
pub(super) struct RetentionView {
    /// By class: `raw`, `fixes`, `transitions`, `observations`, `audit` and `chat`.
    keep: BTreeMap<&'static str, DaysView>,
    /// Of a database that is older than retention: nothing is deleted before, RFC 3339; `null` when it has begun.
    begins_at: Option<String>,
    /// What will be deleted then: how many rows, by class.
    waiting: BTreeMap<&'static str, u64>,
    /// How much there is, by class.
    classes: Vec<ClassView>,
    /// How much there is, by friend.
    friends: Vec<FriendView>,
    /// Of friends of groups that you are not of, together; `null`: there is nobody.
    others: Option<OthersView>,
    /// How large the database's file is, bytes.
    file_bytes: u64,
    /// What of it is empty, and filled first.
    free_bytes: u64,
    /// How large it will be in a year, bytes.
    in_a_year_bytes: u64,
    /// Where it levels off, bytes; `null`: it does not.
    levels_off_bytes: Option<u64>,
    /// Where copies lie that deleting does not reach, a sentence each.
    beyond: Vec<String>,
}

/// How much there is of a class.
#[derive(Serialize, ToSchema)]
struct ClassView {
    /// Of which.
    class: &'static str,
    /// How many rows.
    rows: u64,
    /// How much room they take.
    bytes: u64,
    /// Of which day (UTC) the oldest is, RFC 3339.
    oldest: Option<String>,
    /// How many bytes came each day of the last week.
    bytes_per_day_of_week: u64,
    /// How many bytes came each day of the last month.
    bytes_per_day: u64,
}

/// How much there is of friends of other groups.
#[derive(Serialize, ToSchema)]
struct OthersView {
    /// How many rows.
    rows: u64,
    /// About how much room they take.
    bytes: u64,
}

/// How much there is of a friend.
#[derive(Serialize, ToSchema)]
struct FriendView {
    /// Whose, by name.
    friend: String,
    /// How many rows.
    rows: u64,
    /// About how much room they take.
    bytes: u64,
}

/// For how long to keep something; a class that is not named stays as it is. It begins with that.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetentionDraft {
    raw: Option<DaysView>,
    fixes: Option<DaysView>,
    transitions: Option<DaysView>,
    observations: Option<DaysView>,
    audit: Option<DaysView>,
    chat: Option<DaysView>,
}

/// For how long a friend keeps what is their own.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnRetentionView {
    /// Whose, by name.
    friend: String,
    /// What they chose, by class; a class that is not there is as the server has it.
    own: BTreeMap<&'static str, u16>,
    /// What the server keeps.
    server: BTreeMap<&'static str, DaysView>,
    /// What holds: the less of both, and no message for longer than positions that they chose.
    keep: BTreeMap<&'static str, DaysView>,
    /// Nothing is deleted by the server's before, RFC 3339; `null` when it has begun.
    begins_at: Option<String>,
}

/// What a friend chooses, in days, not more than the server; what is `null` or not there is as the server has it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnRetentionDraft {
    raw: Option<i64>,
    fixes: Option<i64>,
    transitions: Option<i64>,
}

impl From<Keep> for DaysView {
    fn from(keep: Keep) -> Self {
        keep.as_days().map_or_else(|| Self::Word(Keep::FOREVER.to_owned()), |days| Self::Days(days.into()))
    }
}

impl DaysView {
    fn read(&self, class: RetentionClass) -> Result<Keep, Problem> {
        let read = match self {
            Self::Days(days) => Keep::days(*days),
            Self::Word(word) if word == Keep::FOREVER => Ok(Keep::Forever),
            Self::Word(_) => Err(domain::KeepError),
        };
        read.map_err(|why| Problem::invalid(class.as_str(), why))
    }
}

fn keeps(retention: &Retention, classes: &[RetentionClass]) -> BTreeMap<&'static str, DaysView> {
    classes.iter().map(|class| (class.as_str(), retention.of(*class).into())).collect()
}

fn view(storage: Storage) -> RetentionView {
    let at = storage.at;
    let text = |at: Timestamp| at.to_string();
    let class = |held: &Held| ClassView {
        class: held.class.as_str(),
        rows: held.rows,
        bytes: held.bytes,
        oldest: held.oldest.map(text),
        bytes_per_day_of_week: held.whole_bytes_per_day_of_week(at),
        bytes_per_day: held.whole_bytes_per_day(at),
    };
    let friend = |(_, friend, rows, bytes)| FriendView { friend, rows, bytes };
    RetentionView {
        keep: keeps(&storage.retention, &RetentionClass::ALL),
        begins_at: storage.begins_at.map(text),
        waiting: storage.waiting.iter().map(|(class, rows)| (class.as_str(), *rows)).collect(),
        classes: storage.classes.iter().map(class).collect(),
        friends: storage.friends.into_iter().map(friend).collect(),
        others: storage.others.map(|(rows, bytes)| OthersView { rows, bytes }),
        file_bytes: storage.file,
        free_bytes: storage.free,
        in_a_year_bytes: storage.forecast.in_a_year,
        levels_off_bytes: storage.forecast.levels_off,
        beyond: storage.beyond,
    }
}

/// For how long what is stored is kept, how much there is, and how much it will be. For admins of the server.
#[utoipa::path(get, path = "/api/v1/retention",
    responses((status = 200, body = RetentionView), (status = 403, body = Problem)))]
pub(super) async fn look(caller: Caller) -> Result<Json<RetentionView>, Problem> {
    Ok(Json(view(caller.site.service.storage(&caller.viewer).await?)))
}

/// Says for how long what is stored is kept. For admins of the server.
#[utoipa::path(put, path = "/api/v1/retention", request_body = RetentionDraft,
    responses((status = 200, body = RetentionView), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn put(
    caller: Caller,
    draft: Result<Json<RetentionDraft>, JsonRejection>,
) -> Result<Json<RetentionView>, Problem> {
    caller.may_change()?;
    let Json(draft) = draft.map_err(|why| Problem::unreadable(why.body_text()))?;
    let service = &caller.site.service;
    let (mut kept, _) = service.retention(&caller.viewer)?;
    let chosen = [draft.raw, draft.fixes, draft.transitions, draft.observations, draft.audit, draft.chat];
    for (class, keep) in RetentionClass::ALL.into_iter().zip(chosen) {
        if let Some(keep) = keep {
            *kept.of_mut(class) = keep.read(class)?;
        }
    }
    service.set_retention(&caller.viewer, kept).await?;
    Ok(Json(view(service.storage(&caller.viewer).await?)))
}

fn own_view(friend: &domain::Friend, kept: &OwnKept) -> OwnRetentionView {
    let OwnKept { server, own, begins_at } = kept;
    let chosen = RetentionClass::OWN.into_iter().filter_map(|class| Some((class.as_str(), own.of(class)?)));
    OwnRetentionView {
        friend: friend.name.to_string(),
        own: chosen.collect(),
        server: keeps(server, &RetentionClass::OWN),
        keep: keeps(&server.with(own), &RetentionClass::OWN),
        begins_at: begins_at.map(|at| at.to_string()),
    }
}

/// For how long a friend keeps what is their own. `friend` is a name, an identifier, or `me`.
#[utoipa::path(get, path = "/api/v1/friends/{friend}/retention", params(("friend" = String, Path)),
    responses((status = 200, body = OwnRetentionView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn own(
    caller: Caller,
    Path(friend): Path<String>,
) -> Result<Json<OwnRetentionView>, Problem> {
    let friend = owner(&caller, &friend)?;
    let kept = caller.site.service.own_retention(&caller.viewer, friend.id)?;
    Ok(Json(own_view(&friend, &kept)))
}

/// Says for how long a friend keeps what is their own: not longer than the server.
#[utoipa::path(put, path = "/api/v1/friends/{friend}/retention", params(("friend" = String, Path)), request_body = OwnRetentionDraft,
    responses((status = 200, body = OwnRetentionView), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn put_own(
    caller: Caller,
    Path(friend): Path<String>,
    draft: Result<Json<OwnRetentionDraft>, JsonRejection>,
) -> Result<Json<OwnRetentionView>, Problem> {
    caller.may_change()?;
    let friend = owner(&caller, &friend)?;
    let Json(draft) = draft.map_err(|why| Problem::unreadable(why.body_text()))?;
    let read = |class: RetentionClass, days: Option<i64>| {
        let read = days.map(|days| Keep::days(days).map_err(|why| Problem::invalid(class.as_str(), why)));
        Ok::<_, Problem>(read.transpose()?.and_then(Keep::as_days))
    };
    let own = OwnRetention {
        raw: read(RetentionClass::Raw, draft.raw)?,
        fixes: read(RetentionClass::Fixes, draft.fixes)?,
        transitions: read(RetentionClass::Transitions, draft.transitions)?,
    };
    let service = &caller.site.service;
    service.set_own_retention(&caller.viewer, friend.id, own).await?;
    Ok(Json(own_view(&friend, &service.own_retention(&caller.viewer, friend.id)?)))
}
