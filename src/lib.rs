//! The server: configuration, doors, router, lifecycle. The only place that knows of the environment, files, ports, signals and the clock.
//!
//! [`App::build`] opens everything and returns with the addresses; [`App::run`] works until it is told to stop. Tests use the same two.

pub mod alerting;
pub mod archive;
pub mod certificate;
pub mod cli;
pub mod clock;
pub mod config;
mod demonstration;
pub mod http;
pub mod lifecycle;
pub mod mqtt;
mod opening;
pub mod outlet;
mod retention;
mod running;
mod selftest;
pub mod telemetry;
pub mod tls;

use alerting::{Post, PushKey};
use anyhow::Context;
use app::{
    api::Tiles,
    ssr::{OidcProvider, Site},
};
use archive::Archive;
use certificate::Files;
use config::{Config, Mistake};
use domain::{Role, Viewer};
use lifecycle::{Lifecycle, Signals};
use mqtt::{
    broker::{self, Broker},
    subscriber,
    upstream::Upstream,
};
use running::{Open, Running};
use selftest::Examinee;
use service::{AlertTrials, Service, Trials};
use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};
use tls::{Keeper, Pair};
use tokio_util::sync::CancellationToken;

/// How long open requests may take when the server stops. Live sockets never end by themselves.
const HTTP_PATIENCE: Duration = Duration::from_millis(500);

/// A server with all doors open.
pub struct App {
    /// Where the web page is.
    pub http: SocketAddr,
    /// Where the broker is.
    pub mqtt: Option<SocketAddr>,
    /// Where the broker is with TLS.
    pub mqtts: Option<SocketAddr>,
    /// The handle on everything.
    pub service: Service,
    /// How browsers and phones reach this server.
    pub public_url: String,
    config: Config,
    site: Site,
    running: Running,
    open: Open,
    lifecycle: Lifecycle,
    signals: Signals,
    pipeline: CancellationToken,
    pipeline_done: tokio::task::JoinHandle<()>,
    web: TcpListener,
    keeper: Option<Keeper>,
    broker: Option<Broker>,
    archives: Vec<Archive>,
    upstream: Option<Upstream>,
    trials: Trials,
    post: Post,
    alert_trials: AlertTrials,
}

impl App {
    /// Opens the store and all doors.
    ///
    /// # Errors
    /// When a setting will not do: the data directory, a port that is taken, a certificate, the outside broker's URL.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        // Several libraries bring a crypto provider; this is the one. That it is installed already is fine.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let web = TcpListener::bind(config.listen)
            .map_err(|why| Mistake::new("listen", config.listen, taken(&why)))?;
        web.set_nonblocking(true)?;
        let http = web.local_addr()?;
        let upstream = config.upstream.clone().map(Upstream::new).transpose();
        let upstream = upstream.map_err(|why| Mistake::new("mqtt-url", "(hidden)", why))?;
        let mut running = Running::alone(&config.data).await?;
        let mut keeper = keeper(&config, http)?;
        let lifecycle = Lifecycle::default();
        // Before anybody is told that we are ready: a signal that comes then already ends us in order.
        let signals = Signals::listen().context("cannot listen to signals")?;
        let (service, pipeline, pipeline_done) =
            opening::open(&config.data, config.templates.clone(), &lifecycle).await?;
        let archives = open_archives(&config).await?;
        let filters = config.upstream.as_ref().map(|upstream| upstream.topics.clone()).unwrap_or_default();
        let trials = service.open_outlets(&outlet::read_or_make(&config.data)?, filters)?;
        let (post, alert_trials) = open_post(&config, &service, http)?;
        let broker = open_broker(&config, &service, &lifecycle).await?;
        if let Some(keeper) = &mut keeper {
            keeper.also_for(broker.as_ref().and_then(Broker::reopen));
        }
        let (mqtt, mqtts) = (broker.as_ref().and_then(Broker::plain), broker.as_ref().and_then(Broker::tls));
        let site = site(&config, service.clone(), http, mqtt, mqtts);
        let open = Open { http, https: config.tls.is_some(), mqtt, mqtts, marker: selftest::marker()? };
        running.tell(&site, &open).context("cannot say that the server runs")?;
        if config.demo {
            service
                .add_demo(&Viewer::Server { role: Role::Admin })
                .await
                .context("cannot add the demonstration")?;
        }
        Ok(Self {
            http,
            mqtt,
            mqtts,
            service,
            public_url: site.public_url.clone(),
            config,
            site,
            running,
            open,
            lifecycle,
            signals,
            pipeline,
            pipeline_done,
            web,
            keeper,
            broker,
            archives,
            upstream,
            trials,
            post,
            alert_trials,
        })
    }

    /// Works until `stop` ends or a signal comes; then closes the doors, commits what was handed in, and returns.
    ///
    /// # Errors
    /// When the pipeline did not end well.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
        let Self {
            config,
            site,
            running,
            open,
            lifecycle,
            signals,
            service,
            web,
            keeper,
            broker,
            archives,
            upstream,
            trials,
            post,
            alert_trials,
            ..
        } = self;
        let doors = http::Doors {
            broker: broker.as_ref().map(Broker::glance),
            authority: Files::below(&config.data).authority,
            encrypted: config.tls.is_some(),
            proxies: config.proxies.clone(),
            hsts: config.hsts.unwrap_or_else(|| http::headers::is_safe(config.shows_own(), &site.public_url)),
            certificate: keeper.as_ref().map(Keeper::standing),
            marker: open.marker.clone(),
            archives: archives.iter().map(|archive| archive.name().to_owned()).collect(),
        };
        let data = config.data.clone();
        service.ask_disk(move || selftest::free(&data));
        let sweeping = retention::run(service.clone(), doors.archives.clone(), lifecycle.stopping());
        lifecycle.attend("retention", sweeping);
        let examinee = Examinee {
            service: service.clone(),
            data: config.data.clone(),
            public_url: site.public_url.clone(),
            open: Some(open),
            certificate: doors.certificate.clone(),
            mail: config.mail.as_ref().map(|mail| mail.host().to_owned()),
        };
        let attending = examinee.attend(service.attend_self_tests(), lifecycle.stopping());
        lifecycle.attend("self-test", attending);
        let router = http::router(site, doors, config.oidc.clone(), &lifecycle)?
            .into_make_service_with_connect_info::<SocketAddr>();
        let handle = axum_server::Handle::new();
        let (closing, stopping) = (handle.clone(), lifecycle.stopping());
        let https = keeper.as_ref().filter(|_| config.tls.is_some()).map(Keeper::https);
        if let Some(tls) = https {
            let server = axum_server::from_tcp_rustls(web, tls)?.handle(handle);
            lifecycle.spawn("web", async move { Ok(server.serve(router).await?) });
        } else {
            let server = axum_server::from_tcp(web)?.handle(handle);
            lifecycle.spawn("web", async move { Ok(server.serve(router).await?) });
        }
        if let Some(keeper) = keeper {
            let looking = keeper.run(stopping.clone());
            lifecycle.attend("certificate", looking);
        }
        if let Some(upstream) = upstream {
            let (service, stop) = (service.clone(), stopping.clone());
            lifecycle.attend("bridge", subscriber::run(upstream, service, stop));
        }
        for archive in archives {
            let (service, every, stop) = (service.clone(), config.archive_every, stopping.clone());
            lifecycle.attend("archive", async move { archive.run(service, every, stop).await });
        }
        let outlets = outlet::run(service.clone(), trials, stopping.clone());
        lifecycle.attend("outlets", outlets);
        let alerts = alerting::run(service.clone(), post, alert_trials, stopping.clone());
        lifecycle.attend("alerts", alerts);
        lifecycle.spawn("demonstration", demonstration::go_on(service.clone(), stopping));
        tokio::select! {
            () = stop => lifecycle.stopping().cancel(),
            () = lifecycle.signalled(signals) => lifecycle.stopping().cancel(),
        }
        service.leave();
        closing.graceful_shutdown(Some(HTTP_PATIENCE));
        if let Some(broker) = broker {
            broker.stop().await;
        }
        lifecycle.ended().await;
        self.pipeline.cancel();
        let done = self.pipeline_done.await.context("the pipeline did not end well");
        // Only now may another server begin.
        drop(running);
        done
    }
}

/// By what alerts go out.
fn open_post(config: &Config, service: &Service, http: SocketAddr) -> anyhow::Result<(Post, AlertTrials)> {
    let public_url = public_url(config, http);
    let contact =
        config.mail.as_ref().map_or_else(|| public_url.clone(), |mail| format!("mailto:{}", mail.address()));
    let key = PushKey::read_or_make(&config.data, contact)?;
    let post = Post::open(config.alert_networks.clone(), config.mail.clone(), key, public_url)?;
    let trials = service.open_alerts(post.abilities())?;
    Ok((post, trials))
}

/// What pages and links say of this server.
fn site(
    config: &Config,
    service: Service,
    http: SocketAddr,
    mqtt: Option<SocketAddr>,
    mqtts: Option<SocketAddr>,
) -> Site {
    let public_url = public_url(config, http);
    let address = url::Url::parse(&public_url).ok();
    let host = address.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    let door = mqtts.or(mqtt).map(|door| format!("{host}:{}", door.port()));
    Site {
        service,
        name: "Whereabouts".into(),
        secure_cookies: public_url.starts_with("https://"),
        demo: config.demo,
        tiles: config.tiles.clone().map(|(url, attribution)| Tiles { url, attribution }),
        mqtt: door,
        mqtt_tls: mqtts.is_some(),
        oidc: config
            .oidc
            .as_ref()
            .map(|provider| OidcProvider { name: provider.name.clone(), issuer: provider.issuer.clone() }),
        public_url,
    }
}

/// Whoever looks after the certificate, where a door shows one.
fn keeper(config: &Config, http: SocketAddr) -> anyhow::Result<Option<Keeper>> {
    let at_broker = config.mqtt_tls.as_ref().filter(|_| config.mqtts_listen.is_some());
    let Some(pair) = config.tls.as_ref().or(at_broker) else { return Ok(None) };
    let own = Files::below(&config.data);
    let own = (*pair == own.pair()).then(|| (own, hosts(&public_url(config, http))));
    Keeper::open(pair.clone(), own).map(Some)
}

/// What a certificate of our own has to name.
fn hosts(public_url: &str) -> Vec<String> {
    let url = url::Url::parse(public_url).ok();
    let host = url.as_ref().and_then(url::Url::host).map(|host| match host {
        url::Host::Domain(name) => name.to_owned(),
        url::Host::Ipv4(address) => address.to_string(),
        url::Host::Ipv6(address) => address.to_string(),
    });
    // "Everywhere" is no address that anybody types.
    host.into_iter().filter(|host| host != "0.0.0.0" && host != "::").collect()
}

fn public_url(config: &Config, http: SocketAddr) -> String {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{http}"))
}

#[cfg_attr(
    not(feature = "dynamodb"),
    expect(clippy::unused_async, reason = "only a table far away is waited for")
)]
async fn open_archives(config: &Config) -> anyhow::Result<Vec<Archive>> {
    let mut archives = Vec::new();
    if let Some(directory) = &config.archive_dir {
        let wrong = |why: std::io::Error| {
            let right = format!("it must be a directory we can write: {why}");
            Mistake::new("archive-dir", directory.display(), right)
        };
        archives.push(Archive::Files(archive::Files::open(directory).map_err(wrong)?));
    }
    #[cfg(feature = "dynamodb")]
    if let Some((table, endpoint)) = &config.archive_dynamodb {
        let opened = archive::DynamoDb::open(table, endpoint.as_deref()).await?;
        archives.push(Archive::DynamoDb(opened));
    }
    Ok(archives)
}

async fn open_broker(
    config: &Config,
    service: &Service,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Option<Broker>> {
    let tls = match (config.mqtts_listen, &config.mqtt_tls) {
        (Some(address), Some(Pair { certificate, key })) => {
            Some(broker::TlsDoor { address, certificate: certificate.clone(), key: key.clone() })
        }
        _ => None,
    };
    if config.mqtt_listen.is_none() && tls.is_none() {
        return Ok(None);
    }
    let doors = broker::Doors { plain: config.mqtt_listen, tls, limits: config.limits.clone() };
    let retained = service.retained().await?;
    let opened = broker::start(doors, service.clone(), retained, lifecycle.tracker()).await;
    Ok(Some(opened.map_err(|why| not_opened(config, &why))?))
}

/// Names the setting of the door that did not open.
fn not_opened(config: &Config, why: &broker::StartError) -> Mistake {
    match why {
        broker::StartError::Bind { address, .. } if config.mqtt_listen == Some(*address) => {
            Mistake::new("mqtt-listen", address, why)
        }
        broker::StartError::Bind { address, .. } => Mistake::new("mqtts-listen", address, why),
        broker::StartError::Tls { certificate, .. } => Mistake::new("tls-cert", certificate.display(), why),
    }
}

fn taken(why: &std::io::Error) -> String {
    if why.kind() == std::io::ErrorKind::AddrInUse {
        return "another program listens there; choose another port, or port 0 for a free one".into();
    }
    format!("cannot listen there: {why}")
}
