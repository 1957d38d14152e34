//! The history: who entered and left where and when, how long they stayed, and who was where at a moment.
//!
//! Filters come as they stand in the address, and each may be empty: ids of a friend and a region, `enter` or `leave`, days such as
//! `2026-05-17`, and whose days they are: the name of a time zone, or minutes ahead of UTC.

use super::ApiError;
use domain::{End, FriendId, RegionId, Timestamp, Transition};
use leptos::server;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

/// A part of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// This part, newest first.
    pub items: Vec<Transition>,
    /// The cursor of the next part; `None` at the end.
    pub next: Option<String>,
    /// When the days begin that were asked for.
    pub from: Option<Timestamp>,
    /// When they are over.
    pub to: Option<Timestamp>,
    /// What was learnt after this is new to whoever asks; `None` when they never looked, or are nobody in particular.
    pub seen_to: Option<Timestamp>,
    /// Whether it is kept how far whoever asks has looked.
    pub keeps: bool,
}

/// How long friends were where, by days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// The days such as `2026-05-17`, oldest first, and how long each is, milliseconds.
    pub days: Vec<(String, i64)>,
    /// Where anybody was, most time first.
    pub places: Vec<SpentPlace>,
}

/// How long friends were in a region, by days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpentPlace {
    /// Which.
    pub region: RegionId,
    /// What it is called.
    pub name: String,
    /// One number for each day, milliseconds.
    pub millis: Vec<i64>,
}

/// Who was where at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Then {
    /// The moment.
    pub at: Timestamp,
    /// Regions as they were then, by name.
    pub regions: Vec<(RegionId, String, Vec<WasThere>)>,
}

/// Somebody who was in a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WasThere {
    /// Who.
    pub friend: FriendId,
    /// Since when.
    pub since: Timestamp,
    /// Then the region's hours began, and it does not tell of before.
    pub or_before: bool,
    /// Whether they were there already when we first looked, which was then.
    pub found: bool,
    /// Until when.
    pub end: End,
    /// Then the region's hours ended, and it does not tell of later.
    pub or_later: bool,
    /// Nothing had been heard of them since then: they were there only probably.
    pub silent_since: Option<Timestamp>,
}

/// A part of the history, newest first.
///
/// # Errors
/// [`ApiError::Invalid`] names a filter that is none.
#[server(prefix = "/api", endpoint = "transitions", input = GetUrl)]
pub async fn transitions(
    /// A friend's id.
    #[server(default)]
    friend: String,
    /// A region's id.
    #[server(default)]
    region: String,
    /// `enter` or `leave`.
    #[server(default)]
    kind: String,
    /// A day, or the first of several.
    #[server(default)]
    day: String,
    /// The last day.
    #[server(default)]
    until: String,
    /// Whose days.
    #[server(default)]
    zone: String,
    /// Where this part starts.
    cursor: Option<String>,
) -> Result<Told, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let days = service::Days::read(&day, &until, &zone).map_err(ssr::refused)?;
    let (from, to) = days.range();
    let question = service::TransitionQuery {
        friend: draft::chosen("friend", &friend).map_err(ssr::answered)?,
        region: draft::chosen("region", &region).map_err(ssr::answered)?,
        kind: draft::kind(&kind).map_err(ssr::answered)?,
        from,
        to,
        belief: service::Belief::Ever,
        limit: 50,
        cursor,
    };
    let page = cx.service().transitions(viewer, &question).await.map_err(ssr::refused)?;
    let seen_to = cx.service().look(viewer).await.map_err(ssr::refused)?;
    Ok(Told { items: page.items, next: page.next, from, to, seen_to, keeps: cx.signed_in.is_some() })
}

/// Keeps that whoever is signed in has seen what was learnt of the history up to then. A question alone never does: it may come from a
/// browser that fetches ahead.
///
/// # Errors
/// [`ApiError::Unauthorised`] when nobody is signed in.
#[server(prefix = "/api", endpoint = "looked_at_history")]
pub async fn looked_at_history(
    /// Milliseconds since 1970.
    learnt_ms: i64,
) -> Result<(), ApiError> {
    use crate::ssr;
    let cx = ssr::cx()?;
    let viewer = &cx.signed_in()?.viewer;
    cx.service().looked(viewer, Timestamp::from_millis(learnt_ms)).await.map_err(ssr::refused)
}

/// How long friends were where; without days, in the last seven.
///
/// # Errors
/// [`ApiError::Invalid`] names a filter that is none, and `until` when these are too many days.
#[server(prefix = "/api", endpoint = "time_spent", input = GetUrl)]
pub async fn time_spent(
    /// A friend's id.
    #[server(default)]
    friend: String,
    /// A region's id.
    #[server(default)]
    region: String,
    /// A day, or the first of several.
    #[server(default)]
    day: String,
    /// The last day.
    #[server(default)]
    until: String,
    /// Whose days.
    #[server(default)]
    zone: String,
) -> Result<Spent, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let question = service::SpentQuery {
        friend: draft::chosen("friend", &friend).map_err(ssr::answered)?,
        region: draft::chosen("region", &region).map_err(ssr::answered)?,
        days: service::Days::read(&day, &until, &zone).map_err(ssr::refused)?,
    };
    let spent = cx.service().time_spent(viewer, &question).await.map_err(ssr::refused)?;
    let place = |place: service::SpentPlace| SpentPlace {
        region: place.region,
        name: place.name,
        millis: place.millis,
    };
    Ok(Spent {
        days: spent.days.into_iter().map(|day| (day.name, day.to.millis_since(day.from))).collect(),
        places: spent.places.into_iter().map(place).collect(),
    })
}

/// Who was where at a moment; without one, now.
///
/// # Errors
/// [`ApiError::Invalid`] names a filter that is none, and `at` when that is still to come.
#[server(prefix = "/api", endpoint = "presence_at", input = GetUrl)]
pub async fn presence_at(
    /// What the clock showed, such as `2026-05-17T17:42`.
    #[server(default)]
    at: String,
    /// Whose clock.
    #[server(default)]
    zone: String,
    /// A region's id.
    #[server(default)]
    region: String,
) -> Result<Then, ApiError> {
    use crate::{draft, ssr};
    let cx = ssr::cx()?;
    let viewer = cx.viewer()?;
    let region = draft::chosen("region", &region).map_err(ssr::answered)?;
    let at = if at.is_empty() {
        cx.service().snapshot(viewer).now
    } else {
        let zone = service::Zone::read(&zone).map_err(ssr::refused)?;
        zone.moment(&at).map_err(ssr::refused)?
    };
    let was_there = |present: service::PastPresent| WasThere {
        friend: present.friend.id,
        since: present.visit.since,
        or_before: present.or_before,
        found: present.visit.start == domain::geofence::Start::Found && !present.or_before,
        end: present.visit.end,
        or_later: present.or_later,
        silent_since: present.silent_since,
    };
    let found = cx.service().presence_at(viewer, at, region).await.map_err(ssr::refused)?;
    let regions = found.into_iter().map(|presence| {
        let people = presence.friends.into_iter().map(was_there).collect();
        (presence.region.id, presence.region.name.to_string(), people)
    });
    Ok(Then { at, regions: regions.collect() })
}
