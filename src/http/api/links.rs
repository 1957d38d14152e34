//! `/device-links`: links by which somebody sets up a phone, and how far each phone has come. Admins, and everybody for their own phones.

use super::{Caller, List};
use crate::http::problem::Problem;
use app::ssr::link_url;
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::{
    LinkId, LinkState, Timestamp,
    arrival::{Arrival, Line, Trouble},
};
use serde::Serialize;
use serde_json::{Map, Value};
use service::LinkReport;
use utoipa::ToSchema;

/// For which phone.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only describes the body, which is read member by member to name the one that is wrong"
)]
pub(super) struct LinkBody {
    /// Whose, by name; one who is not there is made, without the right to sign in.
    friend: String,
    /// What the phone is called, or will be.
    device: String,
}

/// A link that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct NewLinkView {
    /// Opaque.
    id: String,
    /// Its address, told now and never again.
    url: String,
    /// Worth nothing from then on, RFC 3339.
    expires_at: String,
    /// Whether its friend has to be signed in to use it.
    signs_in: bool,
}

/// A link, and how far its phone has come.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkView {
    /// Opaque.
    id: String,
    /// Whose phone it is for.
    friend: String,
    /// What the phone is called.
    device: String,
    /// Who made it; `null` at the terminal, or by who is gone.
    made_by: Option<String>,
    /// `made`, `opened`, `used`, `revoked` or `expired`.
    state: &'static str,
    made_at: String,
    expires_at: String,
    /// When its page was first fetched, perhaps by the preview of a messenger.
    opened_at: Option<String>,
    /// When the phone was set up.
    used_at: Option<String>,
    /// When the phone last signed in, since then.
    signed_in_at: Option<String>,
    /// Whether it came by TLS; `null` before it signed in.
    encrypted: Option<bool>,
    /// When its first message came.
    first_message_at: Option<String>,
    /// When its first position came.
    first_position_at: Option<String>,
    /// What is wrong: `password`, `topic`, `sealed`, `unreadable`, `no-position`, `clock-wrong`, `clock-ahead`, `old`, `no-tid`,
    /// `several-tids`.
    troubles: Vec<&'static str>,
}

impl From<LinkReport> for LinkView {
    fn from(known: LinkReport) -> Self {
        let LinkReport { link, friend, made_by, state, arrival } = known;
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let Arrival { line, signed_in_at, heard_at, placed_at, troubles } =
            arrival.filter(|_| state == LinkState::Used).unwrap_or_default();
        Self {
            id: link.id.to_string(),
            friend: friend.name.to_string(),
            device: link.device_name.to_string(),
            made_by: made_by.map(String::from),
            state: state.as_str(),
            made_at: link.made_at.to_string(),
            expires_at: link.once.ends_at.to_string(),
            opened_at: text(link.opened_at),
            used_at: text(link.once.used_at),
            signed_in_at: text(signed_in_at),
            encrypted: line.map(|line| line == Line::Encrypted),
            first_message_at: text(heard_at),
            first_position_at: text(placed_at),
            troubles: troubles.iter().map(word).collect(),
        }
    }
}

const fn word(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Password { .. } => "password",
        Trouble::Topic { .. } => "topic",
        Trouble::Sealed => "sealed",
        Trouble::Unreadable => "unreadable",
        Trouble::NoPosition { .. } => "no-position",
        Trouble::ClockWrong => "clock-wrong",
        Trouble::ClockAhead { .. } => "clock-ahead",
        Trouble::Old { .. } => "old",
        Trouble::NoTid => "no-tid",
        Trouble::SeveralTids => "several-tids",
    }
}

/// The links for phones that the caller looks after, newest first.
#[utoipa::path(get, path = "/api/v1/device-links",
    responses((status = 200, body = List<LinkView>), (status = 403, body = Problem)))]
pub(super) async fn list(caller: Caller) -> Result<Json<List<LinkView>>, Problem> {
    let links = caller.site.service.device_links(&caller.viewer).await?;
    Ok(List::whole(links.into_iter().map(LinkView::from).collect()))
}

/// Makes a link. An older one for the same phone is worth nothing any more.
#[utoipa::path(post, path = "/api/v1/device-links", request_body = LinkBody,
    responses((status = 201, body = NewLinkView), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn create(caller: Caller, body: Bytes) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let members: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|why| Problem::unreadable(format!("the body must be a JSON object: {why}")))?;
    let text = |field: &'static str| {
        let value = members.get(field).and_then(Value::as_str);
        value.ok_or_else(|| Problem::invalid(field, "must be a text"))
    };
    let (friend, device) = (text("friend")?, text("device")?);
    let made = caller.site.service.make_link(&caller.viewer, None, friend, device).await?;
    let view = NewLinkView {
        id: made.link.id.to_string(),
        url: link_url(&caller.site, &made.token),
        expires_at: made.link.once.ends_at.to_string(),
        signs_in: made.link.needs_sign_in(&made.friend),
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(view)))
}

/// Takes a link back that nobody has used.
#[utoipa::path(delete, path = "/api/v1/device-links/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn revoke(caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.may_change()?;
    let link: LinkId = id.parse().map_err(|_not_ours| service::Error::NotFound("link"))?;
    caller.site.service.revoke_link(&caller.viewer, link).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]))
}
