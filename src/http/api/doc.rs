//! The description of the interface, made from the code that answers.

use super::{
    account, alert_channels, alerts, audit, bots, chat, devices, diary, events, export, faces, fixes,
    friends, groups, links, near, places, regions, retention, seen, selftest, sensors, server_admins,
    sharing, stored, transitions, why,
};
use app::ssr::Site;
use axum::{Json, extract::State};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Server,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Whereabouts", description = "Where the people you care for are. All times are RFC 3339 in UTC with milliseconds."),
    paths(
        friends::list, friends::presence, why::why, why::counts, regions::list, regions::one, regions::create, regions::change, regions::remove, regions::tracks, regions::versions, regions::geojson, regions::otrw, regions::import,
        transitions::list, export::csv, export::json, fixes::list, faces::face, devices::orders, devices::order, devices::withdraw, devices::key,
        sensors::list, sensors::create, sensors::change, sensors::remove, sensors::observations,
        sharing::of, sharing::share, sharing::unshare, sharing::pause, sharing::resume,
        groups::list, groups::create, groups::rename, groups::remove, groups::put_member, groups::remove_member, groups::withdraw,
        groups::invitations, groups::accept, groups::decline,
        server_admins::list, server_admins::put, server_admins::remove,
        places::on_device, places::send, places::of_region, places::offered, places::adopt,
        audit::list, account::sessions, account::end_session, account::end_sessions, account::tokens, account::revoke_token,
        account::invitations, account::invite, account::revoke_invitation,
        chat::list, chat::send, chat::audience, chat::wait, chat::read, chat::remove, chat::threads, chat::blocks, chat::block, chat::unblock,
        events::socket, events::next, bots::list, bots::create, bots::remove, bots::block, bots::unblock, bots::of, bots::choose,
        near::around, near::here, near::range, near::put_range, near::put_position,
        links::list, links::create, links::revoke, selftest::look,
        stored::of, stored::file, stored::erase, seen::list, diary::list,
        alerts::rules, alerts::create, alerts::change, alerts::remove, alerts::list, alerts::watchers,
        alert_channels::look, alert_channels::put, alert_channels::remove, alert_channels::test, alert_channels::put_quiet,
        retention::look, retention::put, retention::own, retention::put_own
    ),
    components(schemas(chat::SaidView)),
    modifiers(&Tokens),
    security(("token" = []))
)]
struct Document;

/// Says that callers bring a bearer token.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("whereabouts token create"));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    }
}

/// The OpenAPI document. Its addresses begin at the root of the site, which may lie below a path of its host.
pub(super) async fn document(State(site): State<Site>) -> Json<utoipa::openapi::OpenApi> {
    let mut document = Document::openapi();
    if !site.base().is_empty() {
        document.servers = Some(vec![Server::new(site.base())]);
    }
    Json(document)
}
