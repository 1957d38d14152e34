//! The websocket: text frames of JSON, one event in each. A client says its token, where it cannot send it in a header; a bot says what it posts, and is
//! answered. What anybody else says is heard by nobody.

use super::{Arrival, Asked, Listener, view::EventView};
use crate::http::{
    Web,
    api::{chat, query},
    feed::{End, Read, Seat, Stranger},
    problem::Problem,
};
use app::ssr::Peer;
use axum::{
    Extension,
    extract::{
        Query, State,
        rejection::QueryRejection,
        ws::{
            CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code,
            rejection::WebSocketUpgradeRejection,
        },
    },
    response::Response,
};
use domain::Viewer;
use governor::{Quota, RateLimiter};
use serde::{Deserialize, Serialize};
use std::{num::NonZeroU32, time::Duration};
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

/// The longest that a client may say, bytes: a post of 2,000 characters, all of them escaped.
const LONGEST: usize = 32 * 1024;
/// How often a client may say anything, in a minute.
const MOST_SAID: NonZeroU32 = NonZeroU32::new(60).expect("is not zero");
/// How long a client may take to say its token.
const TOKEN_PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may take to read something.
const READ_PATIENCE: Duration = Duration::from_secs(10);
/// How often a line says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How many events are taken from the feed at once.
const AT_ONCE: usize = 100;

/// What a client says first that has no header for it.
#[derive(Deserialize)]
struct Hello {
    token: String,
    after: Option<String>,
}

/// Why a line is closed.
struct Close(u16, &'static str);

/// Events as they happen: a websocket, one JSON object in each text frame. Without a token in the header and without a session, the first that
/// the client says is `{"token":"…","after":"…"}`; `after` may be left out, as in the query. A `heartbeat` comes every 20 seconds. A bot may say
/// `{"say":{…}}` with the body of `POST /api/v1/messages`, and is answered with `{"event":"said",…}`.
#[utoipa::path(get, path = "/api/v1/events", params(("after" = Option<String>, Query, description = "The `id` of the last event; without it, the first is a `reset`.")),
    responses((status = 101, description = "Switches to the websocket", body = EventView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub(in super::super) async fn socket(
    State(web): State<Web>,
    Arrival(listener): Arrival,
    Extension(Peer(peer)): Extension<Peer>,
    asked: Result<Query<Asked>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let Asked { after, wait_s: _ } = query(asked)?;
    let upgrade = upgrade.map_err(|why| match &listener {
        Some(_) => Problem::unreadable(format!("this is a websocket: {}", why.body_text())),
        None => Problem::unauthorised(),
    })?;
    let upgrade = upgrade.max_message_size(LONGEST).max_frame_size(LONGEST);
    let stop = web.feeds.stopping();
    let Some(listener) = listener else {
        let too_many = || Problem::too_many("too many have not said their token yet");
        let stranger = web.feeds.admit_stranger(&peer).ok_or_else(too_many)?;
        return Ok(upgrade.on_upgrade(async move |socket| meet(web, socket, stranger, after).await));
    };
    let seat = listener.sit(&web)?;
    Ok(upgrade.on_upgrade(async move |socket| talk(socket, &listener, &seat, after.as_deref(), &stop).await))
}

/// Somebody who is to say their token.
async fn meet(web: Web, mut socket: WebSocket, stranger: Stranger, after: Option<String>) {
    let stop = web.feeds.stopping();
    let hello = tokio::select! {
        said = timeout(TOKEN_PATIENCE, socket.recv()) => said,
        () = stop.cancelled() => return close(socket, Close(close_code::AWAY, "the server stops")).await,
    };
    let hello = match hello {
        Ok(Some(Ok(Message::Text(said)))) => serde_json::from_str::<Hello>(&said).ok(),
        _ => None,
    };
    let Some(Hello { token, after: told }) = hello else {
        return close(socket, Close(close_code::POLICY, "say {\"token\":\"…\"} first")).await;
    };
    let bearer = web.site.service.bearer(&token).await;
    let Ok(Some(bearer)) = bearer else {
        return close(socket, Close(close_code::POLICY, "this token is not valid")).await;
    };
    drop(stranger);
    let listener = Listener::of(&web.site, bearer, &token);
    let Ok(seat) = listener.sit(&web) else {
        return close(socket, Close(close_code::AGAIN, "too many listen at once")).await;
    };
    talk(socket, &listener, &seat, told.or(after).as_deref(), &stop).await;
}

/// Tells what happens, until one of the two ends it.
async fn talk(
    mut socket: WebSocket,
    listener: &Listener,
    seat: &Seat,
    after: Option<&str>,
    stop: &CancellationToken,
) {
    if let Err(Some(why)) = tell_all(&mut socket, listener, seat, after, stop).await {
        close(socket, why).await;
    }
}

/// The same; `Err(None)` where the client is gone, or reads too slowly to be told why.
async fn tell_all(
    socket: &mut WebSocket,
    listener: &Listener,
    seat: &Seat,
    after: Option<&str>,
    stop: &CancellationToken,
) -> Result<(), Option<Close>> {
    let mut place = match after.and_then(|after| seat.place(after)) {
        Some(place) => place,
        None => start(socket, seat, seat.last()).await?,
    };
    let said = RateLimiter::direct(Quota::per_minute(MOST_SAID));
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.reset();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Err(Some(Close(close_code::AWAY, "the server stops"))),
            read = seat.next(place, AT_ONCE) => match read {
                Read::Events(events) => {
                    for (number, event) in events {
                        tell(socket, &EventView::new(seat.cursor(number), &event)).await?;
                        place = number;
                    }
                }
                Read::Lost(last) => place = start(socket, seat, last).await?,
                Read::Nothing => {}
                Read::Over(End::Revoked) => {
                    return Err(Some(Close(close_code::POLICY, "the token or session holds no longer")));
                }
                Read::Over(End::Cut) => return Err(Some(Close(close_code::AGAIN, "the server cannot go on"))),
            },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
                Some(Ok(_)) if said.check().is_err() => {
                    return Err(Some(Close(close_code::POLICY, "too many messages")));
                }
                Some(Ok(Message::Text(text))) => {
                    if let Viewer::Bot { .. } = listener.viewer
                        && let Some(answer) = chat::say(&listener.service, &listener.viewer, &text).await
                    {
                        tell(socket, &answer).await?;
                    }
                }
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {}
            },
            _ = heartbeat.tick() => tell(socket, &EventView::heartbeat(crate::clock::now())).await?,
        }
    }
}

/// Has a client ask how things are; they go on from there.
async fn start(socket: &mut WebSocket, seat: &Seat, place: u64) -> Result<u64, Option<Close>> {
    tell(socket, &EventView::reset(seat.cursor(place), crate::clock::now())).await?;
    Ok(place)
}

async fn tell(socket: &mut WebSocket, event: &impl Serialize) -> Result<(), Option<Close>> {
    let text = serde_json::to_string(event).expect("views have string keys and no failing serialisers");
    let told = timeout(READ_PATIENCE, socket.send(Message::Text(text.into()))).await;
    if matches!(told, Ok(Ok(()))) { Ok(()) } else { Err(None) }
}

/// Says why, if the client still reads.
async fn close(mut socket: WebSocket, Close(code, reason): Close) {
    let frame = CloseFrame { code, reason: reason.into() };
    let _gone = timeout(READ_PATIENCE, socket.send(Message::Close(Some(frame)))).await;
}
