//! Figures for Prometheus. For this machine, or with a token of the whole server: they tell how many friends there are and when they move.

use super::{Web, problem::Problem};
use crate::mqtt::broker::Glance;
use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use domain::{RetentionClass, Role, Scope, Viewer};
use prometheus_client::{
    encoding::text::encode,
    metrics::counter::{ConstCounter, Counter},
    metrics::family::Family,
    metrics::gauge::{ConstGauge, Gauge},
    registry::Registry,
};
use std::net::SocketAddr;

/// Writes the figures as they are now.
pub(super) async fn scrape(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED);
    if !peer.ip().is_loopback() || forwarded {
        let bearer = super::api::bearer(&web.site, &headers).await?.ok_or_else(Problem::unauthorised)?;
        if bearer.viewer.scope() != Scope::All {
            return Err(Problem::forbidden(
                "a token of one user does not open the figures of the whole server",
            ));
        }
    }
    let writes = web.site.service.writes();
    let stats = web.site.service.stats();
    let mut registry = Registry::with_prefix("whereabouts");
    let counters = [
        ("messages_committed", "Messages committed since the start", stats.committed),
        ("messages_in_trouble", "Of these, those that were refused or unreadable", stats.trouble),
        ("commits", "Transactions since the start", stats.commits),
        (
            "messages_forgotten",
            "Messages of deleted times that came again and were not kept",
            stats.forgotten,
        ),
    ];
    for (name, help, value) in counters {
        registry.register(name, help, ConstCounter::new(value));
    }
    let connections = web.doors.broker.as_ref().map_or(0, Glance::connections);
    let gauges = [
        (
            "viewers",
            "Browsers that look at the map, and tokens that listen to events",
            web.site.service.viewers(),
        ),
        ("mqtt_connections", "Phones connected to the embedded broker", connections),
        ("friends", "Friends known", stats.friends),
        ("devices", "Devices known", stats.devices),
        ("waiting_bytes", "Bytes of messages that wait for their commit", stats.waiting_bytes),
        ("database_writes", "Whether the database wrote when it was last asked to", usize::from(writes)),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX)));
    }
    if let Some(ends) = web.doors.certificate.as_ref().and_then(|standing| standing.borrow().ends()) {
        let help = "When the certificate of the doors ends, seconds since 1970";
        registry.register("certificate_ends_seconds", help, ConstGauge::new(ends.as_millis() / 1000));
    }
    retention(&web, &mut registry);
    let waiting = Family::<[(&str, String); 1], Gauge>::default();
    for name in &web.doors.archives {
        let count = web.site.service.archive_waiting(name).await?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        waiting.get_or_create(&[("archive", name.clone())]).set(count);
    }
    registry.register("archive_waiting", "Messages an archive has not got yet", waiting);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_only_out_of_memory| Problem::internal("metrics"))?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

/// What was deleted because it was older than it is kept.
fn retention(web: &Web, registry: &mut Registry) {
    let swept = web.site.service.swept();
    let deleted = Family::<[(&str, &str); 1], Counter>::default();
    let ages = Family::<[(&str, &str); 1], Gauge>::default();
    let kept = web.site.service.retention(&Viewer::Server { role: Role::Admin }).ok();
    for class in RetentionClass::ALL {
        let rows = swept.rows.get(&class).copied().unwrap_or_default();
        deleted.get_or_create(&[("class", class.as_str())]).inc_by(rows);
        let days =
            kept.filter(|(_, begins_at)| begins_at.is_none()).and_then(|(kept, _)| kept.of(class).as_days());
        if let Some(days) = days {
            ages.get_or_create(&[("class", class.as_str())]).set(i64::from(days) * 86_400);
        }
    }
    let help = "Rows deleted since the start because they were older than they are kept";
    registry.register("retention_deleted", help, deleted);
    let help = "How old something may be on this server, seconds; what is kept for ever is not there";
    registry.register("retention_horizon_age_seconds", help, ages);
    if let Some(last) = swept.last {
        let help = "When it was last looked what is older, seconds since 1970";
        registry.register("retention_last_run_seconds", help, ConstGauge::new(last.as_millis() / 1000));
    }
    let help = "How long the longest step of deleting took since the start";
    registry.register("retention_longest_step_seconds", help, ConstGauge::new(swept.longest.as_secs_f64()));
}
