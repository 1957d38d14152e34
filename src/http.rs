//! The web door: pages and server functions, OwnTracks' HTTP mode, the JSON interface, health, and the files of the page.

mod api;
mod assets;
mod authority;
pub mod base;
mod card;
mod feed;
pub mod forwarded;
pub(crate) mod headers;
mod health;
mod import;
mod ingest;
mod metrics;
pub(crate) mod oidc;
mod origin;
mod phone;
mod problem;
mod session;

pub(crate) use api::{RegionName, TransitionView};

use crate::{lifecycle::Lifecycle, mqtt::broker::Glance, tls::Standing};
use app::ssr::Site;
use axum::{
    Router,
    extract::FromRef,
    middleware,
    routing::{any, get},
};
use forwarded::Proxies;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::watch;
use tower_http::{compression::CompressionLayer, limit::RequestBodyLimitLayer, trace::TraceLayer};

/// The largest body that a server function reads, bytes; the library would read any.
const LARGEST_FORM: usize = 2 * 1024 * 1024;

/// What every handler can ask for.
#[derive(Clone, FromRef)]
pub struct Web {
    options: LeptosOptions,
    site: Site,
    doors: Arc<Doors>,
    readiness: Arc<health::Readiness>,
    provider: Option<Arc<oidc::Provider>>,
    feeds: Arc<feed::Feeds>,
}

/// What the web door has to know of the others.
pub struct Doors {
    /// The embedded broker; `None` when it is off.
    pub broker: Option<Glance>,
    /// Where the certificate of our own authority is, if there is one.
    pub authority: PathBuf,
    /// Whether the web door itself speaks TLS.
    pub encrypted: bool,
    /// Who is believed about where requests come from.
    pub proxies: Proxies,
    /// Whether browsers are told to come with TLS only.
    pub hsts: bool,
    /// How it is with the certificate; `None` where no door shows one.
    pub certificate: Option<watch::Receiver<Standing>>,
    /// What is answered at `/self-test`: it tells this server from others.
    pub marker: String,
    /// The archives, by name.
    pub archives: Vec<String>,
}

/// Puts the web door together; what runs beside the requests ends with the lifecycle.
///
/// # Errors
/// When the provider to sign in with cannot be asked.
pub fn router(
    site: Site,
    doors: Doors,
    provider: Option<oidc::Settings>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Router> {
    let options = options();
    let provider = provider.map(|settings| oidc::Provider::new(settings, &site.public_url)).transpose()?;
    let web = Web {
        options: options.clone(),
        site: site.clone(),
        doors: Arc::new(doors),
        readiness: Arc::default(),
        provider: provider.map(Arc::new),
        feeds: Arc::new(feed::Feeds::new(lifecycle)),
    };
    let pages = generate_route_list(app::App);
    let below = site.base().to_owned();
    let router = Router::new()
        .leptos_routes_with_context(
            &web,
            pages,
            move || app::ssr::provide(site.clone()),
            move || app::ssr::shell(options.clone()),
        )
        .route_layer(middleware::from_fn_with_state(web.clone(), session::page))
        .route_layer(RequestBodyLimitLayer::new(LARGEST_FORM))
        .merge(card::router())
        .merge(import::router())
        .merge(phone::router())
        .merge(oidc::router())
        .nest("/api/v1", api::router())
        .route("/api/v1/", any(api::nothing))
        .layer(middleware::from_fn_with_state(web.clone(), session::who))
        .layer(middleware::from_fn_with_state(web.clone(), origin::own))
        .merge(ingest::router())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/self-test", get(health::marker))
        .route("/metrics", get(metrics::scrape))
        .route("/ca.crt", get(authority::certificate))
        .fallback(assets::file)
        .layer(middleware::from_fn_with_state(web.clone(), headers::set))
        .layer(middleware::from_fn_with_state(web.clone(), forwarded::read))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(headers::span))
        .with_state(web);
    Ok(base::below(&below, router))
}

/// Leptos's own settings: compiled in, or from `cargo leptos watch`, which says where it wants to be reloaded from.
fn options() -> LeptosOptions {
    match get_configuration(None) {
        Ok(found) if !found.leptos_options.output_name.is_empty() => found.leptos_options,
        _ => LeptosOptions::builder().output_name("whereabouts").site_root("target/site").build(),
    }
}
