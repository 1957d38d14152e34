//! The JSON interface below `/api/v1`, for scripts and other programs. Described by `/api/v1/openapi.json`.

mod account;
mod alert_channels;
mod alerts;
mod audit;
mod bots;
mod chat;
mod devices;
mod diary;
mod doc;
mod events;
mod export;
mod faces;
mod fixes;
mod friends;
mod groups;
mod links;
mod near;
mod places;
mod regions;
mod retention;
mod seen;
mod selftest;
mod sensors;
mod server_admins;
mod sharing;
mod stored;
mod transitions;
mod view;
mod why;

pub(crate) use view::{RegionName, TransitionView};

use super::{Web, problem::Problem};
use app::ssr::Site;
use axum::{
    Json, Router,
    extract::{FromRequestParts, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::IntoResponse,
    routing::{delete, get, post, put},
};
use domain::{Timestamp, Viewer};
use serde::Serialize;
use serde_json::{Map, Value};
use service::{SignedIn, TokenScope};
use utoipa::ToSchema;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/openapi.json", get(doc::document))
        .route("/friends", get(friends::list))
        .route("/devices/{id}/orders", get(devices::orders).post(devices::order))
        .route("/devices/{id}/orders/{order}", delete(devices::withdraw))
        .route("/devices/{id}/key", put(devices::key))
        .route("/devices/{id}/places", get(places::on_device).post(places::send))
        .route("/regions/{id}/phones", get(places::of_region))
        .route("/places", get(places::offered).post(places::adopt))
        .route("/friends/{id}/face", get(faces::face))
        .route("/friends/{friend}/regions/{region}/why", get(why::why))
        .route("/friends/{friend}/counts", put(why::counts))
        .route("/friends/{friend}/sharing", get(sharing::of))
        .route("/friends/{friend}/sharing/{party}", put(sharing::share).delete(sharing::unshare))
        .route("/friends/{friend}/pause", post(sharing::pause).delete(sharing::resume))
        .route("/groups", get(groups::list).post(groups::create))
        .route("/groups/{group}", put(groups::rename).delete(groups::remove))
        .route("/groups/{group}/members/{friend}", put(groups::put_member).delete(groups::remove_member))
        .route("/groups/{group}/invitations/{name}", delete(groups::withdraw))
        .route("/group-invitations", get(groups::invitations))
        .route("/group-invitations/{group}", put(groups::accept).delete(groups::decline))
        .route("/server-admins", get(server_admins::list))
        .route("/server-admins/{friend}", put(server_admins::put).delete(server_admins::remove))
        .route("/friends/{friend}/looks", get(seen::list))
        .route("/friends/{friend}/log", get(diary::list))
        .route("/friends/{friend}/stored", get(stored::of).delete(stored::erase))
        .route("/friends/{friend}/stored.jsonl", get(stored::file))
        .route("/friends/{friend}/position", put(near::put_position))
        .route("/friends/{friend}/range", get(near::range).put(near::put_range))
        .route("/messages", get(chat::list).post(chat::send))
        .route("/messages/audience", post(chat::audience))
        .route("/messages/new", get(chat::wait))
        .route("/messages/read", put(chat::read))
        .route("/messages/{id}", delete(chat::remove))
        .route("/threads", get(chat::threads))
        .route("/blocks", get(chat::blocks))
        .route("/blocks/{friend}", put(chat::block).delete(chat::unblock))
        .route("/friends/{friend}/bots", get(bots::of).put(bots::choose))
        .route("/bots", get(bots::list).post(bots::create))
        .route("/bots/{id}", delete(bots::remove))
        .route("/bots/{id}/block", put(bots::block).delete(bots::unblock))
        .route("/events", get(events::socket))
        .route("/events/next", get(events::next))
        .route("/presence", get(friends::presence))
        .route("/around", get(near::around))
        .route("/here", get(near::here))
        .route("/regions", get(regions::list).post(regions::create))
        .route("/regions.geojson", get(regions::geojson))
        .route("/regions.otrw", get(regions::otrw))
        .route("/regions/import", post(regions::import))
        .route("/regions/{id}/versions", get(regions::versions))
        .route("/regions/tracks", get(regions::tracks))
        .route("/regions/{id}", get(regions::one).put(regions::change).delete(regions::remove))
        .route("/transitions", get(transitions::list))
        .route("/transitions.csv", get(export::csv))
        .route("/transitions.json", get(export::json))
        .route("/fixes", get(fixes::list))
        .route("/sensors", get(sensors::list).post(sensors::create))
        .route("/sensors/{id}", put(sensors::change).delete(sensors::remove))
        .route("/observations", get(sensors::observations))
        .route("/audit", get(audit::list))
        .route("/self-test", get(selftest::look))
        .route("/device-links", get(links::list).post(links::create))
        .route("/device-links/{id}", delete(links::revoke))
        .route("/sessions", get(account::sessions))
        .route("/sessions/{id}", delete(account::end_session))
        .route("/friends/{friend}/sessions", delete(account::end_sessions))
        .route("/tokens", get(account::tokens))
        .route("/tokens/{id}", delete(account::revoke_token))
        .route("/invitations", get(account::invitations).post(account::invite))
        .route("/invitations/{id}", delete(account::revoke_invitation))
        .route("/alert-rules", get(alerts::rules).post(alerts::create))
        .route("/alert-rules/{id}", put(alerts::change).delete(alerts::remove))
        .route("/alerts", get(alerts::list))
        .route("/watchers", get(alerts::watchers))
        .route("/alert-channels", get(alert_channels::look))
        .route("/alert-channels/quiet-hours", put(alert_channels::put_quiet))
        .route("/alert-channels/{channel}", put(alert_channels::put).delete(alert_channels::remove))
        .route("/alert-channels/{channel}/test", post(alert_channels::test))
        .route("/retention", get(retention::look).put(retention::put))
        .route("/friends/{friend}/retention", get(retention::own).put(retention::put_own))
        .fallback(nothing)
        .method_not_allowed_fallback(other_method)
}

async fn other_method() -> Problem {
    Problem::method()
}

pub(super) async fn nothing() -> Problem {
    service::Error::NotFound("path").into()
}

/// Some items, and where to go on.
#[derive(Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The items.
    items: Vec<T>,
    /// What to send as `cursor` for those that follow; `null` at the end.
    next: Option<String>,
}

impl<T> List<T> {
    fn whole(items: Vec<T>) -> Json<Self> {
        Json(Self { items, next: None })
    }
}

/// Who asks: by bearer token, by cookie, or a guest of a demonstration.
pub(super) struct Caller {
    viewer: Viewer,
    scope: TokenScope,
    site: Site,
    /// The cookie, where they come with one.
    session: Option<String>,
}

/// The same, where a bot may ask, too.
pub(super) struct Anybody(Caller);

impl Caller {
    /// Lets pass only those who may change things.
    fn may_change(&self) -> Result<(), Problem> {
        if self.scope == TokenScope::Read {
            return Err(Problem::forbidden("this token may only read"));
        }
        Ok(())
    }
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let Anybody(caller) = Anybody::from_request_parts(parts, web).await?;
        if let Viewer::Bot { .. } = caller.viewer {
            return Err(Problem::forbidden(
                "a bot hears events, posts messages, and asks what was written to it, and nothing else",
            ));
        }
        Ok(caller)
    }
}

impl FromRequestParts<Web> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let site = web.site.clone();
        // Another scheme is for somebody in between, such as a proxy with a password of its own.
        if token(&parts.headers).is_some() {
            let service::Bearer { viewer, scope, name } =
                bearer(&site, &parts.headers).await?.ok_or_else(Problem::unauthorised)?;
            let site = Site { service: site.service.with_token(&name), ..site };
            return Ok(Self(Caller { viewer, scope, site, session: None }));
        }
        if let Some(Some(signed_in)) = parts.extensions.get::<Option<SignedIn>>() {
            let (viewer, session) = (signed_in.viewer.clone(), Some(signed_in.session.clone()));
            return Ok(Self(Caller { viewer, scope: TokenScope::Admin, site, session }));
        }
        if site.demo {
            let (viewer, scope) = (Viewer::Guest, TokenScope::Read);
            return Ok(Self(Caller { viewer, scope, site, session: None }));
        }
        Err(Problem::unauthorised())
    }
}

/// Who has the bearer token of this request, if it has a valid one.
pub(super) async fn bearer(site: &Site, headers: &HeaderMap) -> Result<Option<service::Bearer>, Problem> {
    match token(headers) {
        Some(token) => Ok(site.service.bearer(token).await?),
        None => Ok(None),
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A time in a query.
fn moment(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| Timestamp::parse(text).map_err(|why| Problem::invalid(field, why))).transpose()
}

/// A body that is one JSON object.
fn object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    serde_json::from_slice(body)
        .map_err(|why| Problem::unreadable(format!("the body must be a JSON object: {why}")))
}

/// It is done, and there is nothing to tell.
fn no_content() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")])
}

/// A number in a query.
fn limit(text: Option<&str>, default: u32, most: u32) -> Result<u32, Problem> {
    let Some(text) = text else { return Ok(default) };
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(Problem::invalid("limit", format!("must be a number from 1 to {most}"))),
    }
}

/// A query that cannot be read at all.
fn query<T>(query: Result<axum::extract::Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|axum::extract::Query(read)| read).map_err(|why| Problem::unreadable(why.body_text()))
}
