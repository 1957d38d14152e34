//! `GET /events`, a websocket, and `GET /events/next`, for who cannot hold one: what happens, as far as the caller may know, as it happens.

mod socket;
mod view;

pub(super) use socket::{__path_socket, socket};

use super::{bearer, query, token};
use crate::http::{
    Web,
    feed::{End, Read, Seat},
    problem::Problem,
};
use app::ssr::Site;
use axum::{
    Json,
    extract::{FromRequestParts, Query, State, rejection::QueryRejection},
    http::{header, request::Parts},
    response::IntoResponse,
};
use domain::Viewer;
use serde::{Deserialize, Serialize};
use service::{Bearer, Key, Service, SignedIn};
use std::time::Duration;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use view::EventView;

/// How many events one answer has at the most.
const MOST_AT_ONCE: usize = 200;
/// How long a question waits without being told, and at the most, seconds.
const WAIT_S: u64 = 25;
const LONGEST_WAIT_S: u64 = 60;

/// Somebody who listens: a friend, a bot, or who stands for the whole server.
struct Listener {
    viewer: Viewer,
    key: Key,
    service: Service,
}

/// Who came by a header or a cookie; nobody yet, where there is neither.
pub(super) struct Arrival(Option<Listener>);

/// Where to go on, and how long to wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The `id` of the last event, or the last `after`; without it, the answer is a `reset` at once.
    after: Option<String>,
    /// How long to wait for an event, seconds, 0 to 60; without it, 25.
    wait_s: Option<String>,
}

/// What happened.
#[derive(Serialize, ToSchema)]
pub(super) struct EventsView {
    /// Oldest first; none when nothing happened in time.
    events: Vec<EventView>,
    /// What to ask with next time.
    after: String,
}

impl Listener {
    fn of(site: &Site, bearer: Bearer, token: &str) -> Self {
        let Bearer { viewer, scope: _, name } = bearer;
        Self { viewer, key: Key::Token(token.to_owned()), service: site.service.with_token(&name) }
    }

    fn sit(&self, web: &Web) -> Result<Seat, Problem> {
        web.feeds.sit(&self.service, &self.viewer, &self.key)
    }
}

impl FromRequestParts<Web> for Arrival {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        if let Some(token) = token(&parts.headers) {
            let bearer = bearer(&web.site, &parts.headers).await?.ok_or_else(Problem::unauthorised)?;
            return Ok(Self(Some(Listener::of(&web.site, bearer, token))));
        }
        let Some(Some(signed_in)) = parts.extensions.get::<Option<SignedIn>>() else { return Ok(Self(None)) };
        let (viewer, key) = (signed_in.viewer.clone(), Key::Session(signed_in.session.clone()));
        Ok(Self(Some(Listener { viewer, key, service: web.site.service.clone() })))
    }
}

/// What happened after `after`, waiting until something does. For tokens of friends, of the whole server and of bots, and sessions. See
/// `/events` for what there is.
#[utoipa::path(get, path = "/api/v1/events/next", params(Asked),
    responses((status = 200, body = EventsView), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn next(
    State(web): State<Web>,
    Arrival(listener): Arrival,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Asked { after, wait_s } = query(asked)?;
    let wait_s = match wait_s.as_deref().map(str::parse::<u64>) {
        None => WAIT_S,
        Some(Ok(wait_s)) if wait_s <= LONGEST_WAIT_S => wait_s,
        Some(_) => {
            return Err(Problem::invalid("wait_s", format!("must be a number from 0 to {LONGEST_WAIT_S}")));
        }
    };
    let listener = listener.ok_or_else(Problem::unauthorised)?;
    let seat = listener.sit(&web)?;
    let reset = |place: u64| EventsView {
        events: vec![EventView::reset(seat.cursor(place), crate::clock::now())],
        after: seat.cursor(place),
    };
    let answer = match after.as_deref().and_then(|after| seat.place(after)) {
        None => reset(seat.last()),
        Some(place) => {
            let read = timeout(Duration::from_secs(wait_s), seat.next(place, MOST_AT_ONCE)).await;
            match read.unwrap_or(Read::Nothing) {
                Read::Events(events) => {
                    let last = events.last().map_or(place, |(last, _)| *last);
                    let told = events
                        .iter()
                        .map(|(place, event)| EventView::new(seat.cursor(*place), event))
                        .collect();
                    EventsView { events: told, after: seat.cursor(last) }
                }
                Read::Lost(last) => reset(last),
                Read::Nothing => EventsView { events: Vec::new(), after: seat.cursor(place) },
                Read::Over(End::Revoked) => return Err(Problem::unauthorised()),
                Read::Over(End::Cut) => return Err(Problem::stopping()),
            }
        }
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
