//! Figures for Prometheus. For this machine, or with a token of the whole server: they tell how many friends there are and when they move.

use super::{Web, problem::Problem};
use crate::mqtt::broker::Glance;
use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use domain::Scope;
use prometheus_client::{
    encoding::text::encode,
    metrics::counter::ConstCounter,
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
        ("viewers", "Browsers that look at the map", web.site.service.viewers()),
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
