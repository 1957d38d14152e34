//! What the operator says: defaults, then `whereabouts.toml`, then the environment, then flags; read raw, then checked.
//!
//! A mistake is told with the setting, the value and what would be right. Secrets do not show in `Debug`.

use crate::alerting::{Mail, Networks};
use crate::certificate::Files;
use crate::http::{base, forwarded::Proxies, oidc};
use crate::mqtt::{limits::Limits, upstream};
use crate::tls::Pair;
use clap::Args;
use owntracks::topic::Template;
use serde::Deserialize;
use std::{
    fmt,
    net::{SocketAddr, ToSocketAddrs},
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

/// Instead of a file: the certificate in the data directory.
const OWN: &str = "own";

/// The settings as they are written: in flags, in the environment, or in the file, by the same names.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Raw {
    /// Directory for the database and everything else that is kept
    #[arg(long, global = true, env = "WHEREABOUTS_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of the web page [default: 127.0.0.1:3000]
    #[arg(long, global = true, env = "WHEREABOUTS_LISTEN", value_name = "ADDR")]
    listen: Option<String>,
    /// Address of the embedded MQTT broker, or off [default: 127.0.0.1:1883]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_LISTEN", value_name = "ADDR")]
    mqtt_listen: Option<String>,
    /// Address of the embedded MQTT broker with TLS, or off [default: off]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTTS_LISTEN", value_name = "ADDR")]
    mqtts_listen: Option<String>,
    /// Longest payload the embedded broker takes, bytes [default: 1048576]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_MAX_PAYLOAD", value_name = "BYTES")]
    mqtt_max_payload: Option<u32>,
    /// Longest topic to publish to, bytes [default: 1024]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_MAX_TOPIC", value_name = "BYTES")]
    mqtt_max_topic: Option<u32>,
    /// Most levels of a topic [default: 32]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_MAX_LEVELS", value_name = "N")]
    mqtt_max_levels: Option<u32>,
    /// Most sessions, connected or kept for an absent phone [default: 20000]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_MAX_SESSIONS", value_name = "N")]
    mqtt_max_sessions: Option<u32>,
    /// Most sessions of one device; one more ends its oldest [default: 10]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_DEVICE_SESSIONS", value_name = "N")]
    mqtt_device_sessions: Option<u32>,
    /// Messages a second of one device; more are slowed down [default: 5000]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_DEVICE_RATE", value_name = "N")]
    mqtt_device_rate: Option<u32>,
    /// Subscribe to an outside broker too: mqtt://user:password@host:port or mqtts://…
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_URL", value_name = "URL", hide_env_values = true)]
    mqtt_url: Option<String>,
    /// What to subscribe to there, separated by commas or blanks [default: owntracks/#]
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_TOPICS", value_name = "LIST")]
    mqtt_topics: Option<String>,
    /// What the levels of a topic mean, separated by commas [default: owntracks/{user}/{device}]
    #[arg(long, global = true, env = "WHEREABOUTS_TOPIC_TEMPLATES", value_name = "LIST")]
    topic_templates: Option<String>,
    /// PEM file with the authority that signed the outside broker's certificate
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_CA", value_name = "FILE")]
    mqtt_ca: Option<PathBuf>,
    /// PEM file with our certificate for the outside broker
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_CERT", value_name = "FILE")]
    mqtt_cert: Option<PathBuf>,
    /// PEM file with the key of that certificate
    #[arg(long, global = true, env = "WHEREABOUTS_MQTT_KEY", value_name = "FILE")]
    mqtt_key: Option<PathBuf>,
    /// PEM file with our certificate chain: HTTPS, and TLS on --mqtts-listen; or own: the one of our own authority
    #[arg(long, global = true, env = "WHEREABOUTS_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// PEM file with the key of that certificate
    #[arg(long, global = true, env = "WHEREABOUTS_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// With a certificate: HTTPS on --listen, on or off; off where a reverse proxy does it and the certificate is for MQTT [default: on]
    #[arg(long, global = true, env = "WHEREABOUTS_HTTPS", value_name = "WHEN")]
    https: Option<String>,
    /// Tell browsers to come with TLS only: on, off, or auto, which is where that cannot lock anybody out [default: auto]
    #[arg(long, global = true, env = "WHEREABOUTS_HSTS", value_name = "WHEN")]
    hsts: Option<String>,
    /// Addresses and networks of reverse proxies that say where requests come from, separated by commas or blanks, or none
    /// [default: those of this machine]
    #[arg(long, global = true, env = "WHEREABOUTS_TRUSTED_PROXIES", value_name = "LIST")]
    trusted_proxies: Option<String>,
    /// How browsers and phones reach this server [default: http:// and the listen address]
    #[arg(long, global = true, env = "WHEREABOUTS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Map tiles: a URL with {z}, {x} and {y} in it; without it the built-in outline is drawn
    #[arg(long, global = true, env = "WHEREABOUTS_TILE_URL", value_name = "URL")]
    tile_url: Option<String>,
    /// Whom to credit for the tiles
    #[arg(long, global = true, env = "WHEREABOUTS_TILE_ATTRIBUTION", value_name = "TEXT")]
    tile_attribution: Option<String>,
    /// Keep the raw log in compressed files there, too
    #[arg(long, global = true, env = "WHEREABOUTS_ARCHIVE_DIR", value_name = "DIR")]
    archive_dir: Option<PathBuf>,
    /// Keep the raw log in this table of DynamoDB, too; needs a program built with `--features dynamodb`
    #[arg(long, global = true, env = "WHEREABOUTS_ARCHIVE_DYNAMODB_TABLE", value_name = "TABLE")]
    archive_dynamodb_table: Option<String>,
    /// Where that table is, when not at AWS
    #[arg(long, global = true, env = "WHEREABOUTS_ARCHIVE_DYNAMODB_ENDPOINT", value_name = "URL")]
    archive_dynamodb_endpoint: Option<String>,
    /// How often archives get what is new, seconds [default: 300]
    #[arg(long, global = true, env = "WHEREABOUTS_ARCHIVE_EVERY", value_name = "SECONDS")]
    archive_every: Option<u32>,
    /// Sign in with this OIDC provider too: its issuer, such as <https://id.example.org/realms/home>
    #[arg(long, global = true, env = "WHEREABOUTS_OIDC_ISSUER", value_name = "URL")]
    oidc_issuer: Option<String>,
    /// What this server is called there
    #[arg(long, global = true, env = "WHEREABOUTS_OIDC_CLIENT_ID", value_name = "ID")]
    oidc_client_id: Option<String>,
    /// File with the secret that proves it; or the environment: `WHEREABOUTS_OIDC_CLIENT_SECRET`
    #[arg(long, global = true, env = "WHEREABOUTS_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    oidc_client_secret_file: Option<PathBuf>,
    /// What the button calls it [default: the host of the issuer]
    #[arg(long, global = true, env = "WHEREABOUTS_OIDC_NAME", value_name = "TEXT")]
    oidc_name: Option<String>,
    /// Send mail by this server: smtp://user:password@host:port or smtps://…
    #[arg(long, global = true, env = "WHEREABOUTS_MAIL_URL", value_name = "URL", hide_env_values = true)]
    mail_url: Option<String>,
    /// Who writes, such as Whereabouts <where@example.org>
    #[arg(long, global = true, env = "WHEREABOUTS_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// Private addresses and networks to which friends' alerts may go, by http:// too, separated by commas or blanks [default: none]
    #[arg(long, global = true, env = "WHEREABOUTS_ALERT_NETWORKS", value_name = "LIST")]
    alert_networks: Option<String>,
    /// Made-up friends move on the map, visible without signing in
    #[arg(long, global = true, env = "WHEREABOUTS_DEMO", num_args = 0..=1, default_missing_value = "true",
          value_parser = clap::builder::BoolishValueParser::new())]
    demo: Option<bool>,
}

/// The settings, checked.
pub struct Config {
    /// Where everything is kept.
    pub data: PathBuf,
    /// Where the web page listens.
    pub listen: SocketAddr,
    /// Where the broker listens; `None` is off.
    pub mqtt_listen: Option<SocketAddr>,
    /// Where the broker listens with TLS; `None` is off.
    pub mqtts_listen: Option<SocketAddr>,
    /// How much the broker takes from anybody.
    pub limits: Limits,
    /// The outside broker.
    pub upstream: Option<upstream::Settings>,
    /// What topics mean.
    pub templates: Vec<Template>,
    /// Certificate chain and key for HTTPS.
    pub tls: Option<Pair>,
    /// The same for MQTT with TLS: those, or those that `whereabouts cert` made.
    pub mqtt_tls: Option<Pair>,
    /// Whether browsers are told to come with TLS only; `None`: where that cannot lock anybody out.
    pub hsts: Option<bool>,
    /// Who is believed about where requests come from.
    pub proxies: Proxies,
    /// How browsers and phones reach this server, without a slash at the end; `None` follows from the listen address.
    pub public_url: Option<String>,
    /// Where map tiles come from, and whom to credit.
    pub tiles: Option<(String, String)>,
    /// Where the raw log is kept in files, too.
    pub archive_dir: Option<PathBuf>,
    /// In which table of DynamoDB it is kept, too, and where that is when not at AWS.
    pub archive_dynamodb: Option<(String, Option<String>)>,
    /// How often archives get what is new.
    pub archive_every: Duration,
    /// With whom else one signs in.
    pub oidc: Option<oidc::Settings>,
    /// By what mail is sent.
    pub mail: Option<Mail>,
    /// Private networks to which alerts may go.
    pub alert_networks: Networks,
    /// Whether made-up friends are shown to everybody.
    pub demo: bool,
}

/// A setting that makes no sense.
#[derive(Debug)]
pub struct Mistake {
    setting: &'static str,
    value: String,
    right: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, right } = self;
        write!(f, "setting {setting}: \"{value}\" will not do; {right}")
    }
}

impl std::error::Error for Mistake {}

impl Mistake {
    /// Says what is wrong with which setting.
    pub fn new(setting: &'static str, value: impl fmt::Display, right: impl fmt::Display) -> Self {
        Self { setting, value: value.to_string(), right: right.to_string() }
    }
}

impl Config {
    /// Whether the web door shows the certificate of our own authority.
    pub fn shows_own(&self) -> bool {
        self.tls.as_ref().is_some_and(|pair| *pair == Files::below(&self.data).pair())
    }
}

impl Raw {
    /// Puts the file behind what flags and environment say. Without `path`, `whereabouts.toml` in the current directory if there is one.
    ///
    /// # Errors
    /// When a file that was named cannot be read, or any file makes no sense.
    pub fn with_file(self, path: Option<&Path>) -> Result<Self, Mistake> {
        let default = Path::new("whereabouts.toml");
        let (path, named) = (path.unwrap_or(default), path.is_some());
        if !named && !path.exists() {
            return Ok(self);
        }
        let text =
            std::fs::read_to_string(path).map_err(|why| Mistake::new("config", path.display(), why))?;
        let file: Self = toml::from_str(&text).map_err(|why| Mistake::new("config", path.display(), why))?;
        Ok(Self {
            data: self.data.or(file.data),
            listen: self.listen.or(file.listen),
            mqtt_listen: self.mqtt_listen.or(file.mqtt_listen),
            mqtts_listen: self.mqtts_listen.or(file.mqtts_listen),
            mqtt_max_payload: self.mqtt_max_payload.or(file.mqtt_max_payload),
            mqtt_max_topic: self.mqtt_max_topic.or(file.mqtt_max_topic),
            mqtt_max_levels: self.mqtt_max_levels.or(file.mqtt_max_levels),
            mqtt_max_sessions: self.mqtt_max_sessions.or(file.mqtt_max_sessions),
            mqtt_device_sessions: self.mqtt_device_sessions.or(file.mqtt_device_sessions),
            mqtt_device_rate: self.mqtt_device_rate.or(file.mqtt_device_rate),
            mqtt_url: self.mqtt_url.or(file.mqtt_url),
            mqtt_topics: self.mqtt_topics.or(file.mqtt_topics),
            topic_templates: self.topic_templates.or(file.topic_templates),
            mqtt_ca: self.mqtt_ca.or(file.mqtt_ca),
            mqtt_cert: self.mqtt_cert.or(file.mqtt_cert),
            mqtt_key: self.mqtt_key.or(file.mqtt_key),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            https: self.https.or(file.https),
            hsts: self.hsts.or(file.hsts),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            public_url: self.public_url.or(file.public_url),
            tile_url: self.tile_url.or(file.tile_url),
            tile_attribution: self.tile_attribution.or(file.tile_attribution),
            archive_dir: self.archive_dir.or(file.archive_dir),
            archive_dynamodb_table: self.archive_dynamodb_table.or(file.archive_dynamodb_table),
            archive_dynamodb_endpoint: self.archive_dynamodb_endpoint.or(file.archive_dynamodb_endpoint),
            archive_every: self.archive_every.or(file.archive_every),
            oidc_issuer: self.oidc_issuer.or(file.oidc_issuer),
            oidc_client_id: self.oidc_client_id.or(file.oidc_client_id),
            oidc_client_secret_file: self.oidc_client_secret_file.or(file.oidc_client_secret_file),
            oidc_name: self.oidc_name.or(file.oidc_name),
            mail_url: self.mail_url.or(file.mail_url),
            mail_from: self.mail_from.or(file.mail_from),
            alert_networks: self.alert_networks.or(file.alert_networks),
            demo: self.demo.or(file.demo),
        })
    }

    /// The broker's limits: each given one must leave something.
    fn limits(&self) -> Result<Limits, Mistake> {
        let least = |setting: &'static str, value: Option<u32>, least: u32, default: u32| match value {
            Some(value) if value < least => {
                Err(Mistake::new(setting, value, format!("write a number from {least} up")))
            }
            value => Ok(value.unwrap_or(default)),
        };
        let size = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
        let default = Limits::default();
        let count = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let rate = least("mqtt-device-rate", self.mqtt_device_rate, 1, default.device_rate.get())?;
        Ok(Limits {
            payload_bytes: least("mqtt-max-payload", self.mqtt_max_payload, 1024, default.payload_bytes)?,
            topic_bytes: size(least("mqtt-max-topic", self.mqtt_max_topic, 64, count(default.topic_bytes))?),
            topic_levels: size(least(
                "mqtt-max-levels",
                self.mqtt_max_levels,
                4,
                count(default.topic_levels),
            )?),
            sessions: least("mqtt-max-sessions", self.mqtt_max_sessions, 1, default.sessions)?,
            device_sessions: size(least(
                "mqtt-device-sessions",
                self.mqtt_device_sessions,
                1,
                count(default.device_sessions),
            )?),
            device_rate: NonZeroU32::new(rate).unwrap_or(default.device_rate),
        })
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first one that makes no sense.
    pub fn check(self) -> Result<Config, Mistake> {
        let limits = self.limits()?;
        let oidc = self.oidc()?;
        let data = self.data.unwrap_or_else(|| "data".into());
        let own = Files::below(&data);
        let https = switch("https", self.https.as_deref().unwrap_or("on"))?;
        let given = if self.tls_cert.as_deref() == Some(Path::new(OWN)) && self.tls_key.is_none() {
            // It is made at the start if there is none.
            Some(own.pair())
        } else {
            let given = pair("tls-cert", self.tls_cert, "tls-key", self.tls_key)?;
            given.map(|(certificate, key)| Pair { certificate, key })
        };
        let mqtt_tls = given.clone().or_else(|| own.server());
        let tls = given.filter(|_| https);
        let mqtts_listen = door("mqtts-listen", self.mqtts_listen.as_deref().unwrap_or("off"))?;
        if mqtts_listen.is_some() && mqtt_tls.is_none() {
            return Err(Mistake::new(
                "mqtts-listen",
                self.mqtts_listen.unwrap_or_default(),
                "it needs --tls-cert and --tls-key, or a certificate of our own: --tls-cert own, or `whereabouts cert` first",
            ));
        }
        let identity = pair("mqtt-cert", self.mqtt_cert, "mqtt-key", self.mqtt_key)?;
        let topics = words(self.mqtt_topics.as_deref().unwrap_or("owntracks/#"));
        let upstream = self.mqtt_url.map(|url| upstream::Settings {
            url,
            client_id: "whereabouts".into(),
            topics,
            ca: self.mqtt_ca,
            identity,
        });
        let templates = words(self.topic_templates.as_deref().unwrap_or("owntracks/{user}/{device}"))
            .into_iter()
            .map(|text| Template::parse(&text).map_err(|why| Mistake::new("topic-templates", text, why)))
            .collect::<Result<_, _>>()?;
        Ok(Config {
            data,
            listen: address("listen", self.listen.as_deref().unwrap_or("127.0.0.1:3000"))?,
            mqtt_listen: door("mqtt-listen", self.mqtt_listen.as_deref().unwrap_or("127.0.0.1:1883"))?,
            mqtts_listen,
            limits,
            upstream,
            templates,
            tls,
            mqtt_tls,
            hsts: hsts(self.hsts.as_deref().unwrap_or("auto"))?,
            proxies: proxies(self.trusted_proxies)?,
            public_url: self.public_url.as_deref().map(public_url).transpose()?,
            tiles: self
                .tile_url
                .map(|url| tile_url(url, self.tile_attribution.unwrap_or_default()))
                .transpose()?,
            archive_dir: self.archive_dir,
            archive_dynamodb: archive_dynamodb(self.archive_dynamodb_table, self.archive_dynamodb_endpoint)?,
            archive_every: archive_every(self.archive_every.unwrap_or(300))?,
            oidc,
            mail: mail(self.mail_url.as_deref(), self.mail_from.as_deref())?,
            alert_networks: alert_networks(self.alert_networks)?,
            demo: self.demo.unwrap_or(false),
        })
    }

    /// The other provider. Its secret comes from a file or the environment, never from the command line, which others can see.
    fn oidc(&self) -> Result<Option<oidc::Settings>, Mistake> {
        let Some(issuer) = self.oidc_issuer.clone() else {
            return match &self.oidc_client_id {
                Some(id) => Err(Mistake::new("oidc-client-id", id, "it needs --oidc-issuer too")),
                None => Ok(None),
            };
        };
        let url = url::Url::parse(&issuer).ok();
        let near = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let url = url.filter(|url| {
            url.scheme() == "https" || (url.scheme() == "http" && url.host_str().is_some_and(near))
        });
        let wanted = "write its issuer as it calls itself, such as <https://id.example.org/realms/home>";
        let url = url.ok_or_else(|| Mistake::new("oidc-issuer", &issuer, wanted))?;
        let client_id = self.oidc_client_id.clone();
        let client_id =
            client_id.ok_or_else(|| Mistake::new("oidc-issuer", &issuer, "it needs --oidc-client-id too"))?;
        let client_secret = match &self.oidc_client_secret_file {
            Some(file) => Some(
                std::fs::read_to_string(file)
                    .map_err(|why| Mistake::new("oidc-client-secret-file", file.display(), why))?,
            ),
            None => secret_of_environment(),
        };
        let client_secret = client_secret.map(|secret| secret.trim().to_owned());
        let client_secret = client_secret.filter(|secret| !secret.is_empty());
        let name = self.oidc_name.clone();
        let name = name.unwrap_or_else(|| url.host_str().unwrap_or_default().to_owned());
        Ok(Some(oidc::Settings { issuer, client_id, client_secret, name }))
    }
}

#[expect(clippy::disallowed_methods, reason = "a secret is no flag: the command line is seen by others")]
fn secret_of_environment() -> Option<String> {
    std::env::var("WHEREABOUTS_OIDC_CLIENT_SECRET").ok()
}

fn archive_dynamodb(
    table: Option<String>,
    endpoint: Option<String>,
) -> Result<Option<(String, Option<String>)>, Mistake> {
    let wrong = |setting, value: &str, right| Err(Mistake::new(setting, value, right));
    match (table, endpoint) {
        (Some(table), _) if !cfg!(feature = "dynamodb") => {
            let right = "this program was built without it; build one with `--features dynamodb`";
            wrong("archive-dynamodb-table", &table, right)
        }
        (_, Some(url)) if !url.starts_with("https://") && !url.starts_with("http://") => {
            wrong("archive-dynamodb-endpoint", &url, "write a URL, such as http://127.0.0.1:8000")
        }
        (None, Some(url)) => {
            wrong("archive-dynamodb-endpoint", &url, "it needs --archive-dynamodb-table too")
        }
        (table, endpoint) => Ok(table.map(|table| (table, endpoint))),
    }
}

fn archive_every(seconds: u32) -> Result<Duration, Mistake> {
    if (1..=86_400).contains(&seconds) {
        return Ok(Duration::from_secs(seconds.into()));
    }
    Err(Mistake::new("archive-every", seconds, "write seconds, from 1 to 86400"))
}

fn words(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn address(setting: &'static str, value: &str) -> Result<SocketAddr, Mistake> {
    let wanted = "write an address and a port, such as 127.0.0.1:3000; port 0 takes a free one";
    let found = value.to_socket_addrs().ok().and_then(|mut found| found.next());
    found.ok_or_else(|| Mistake::new(setting, value, wanted))
}

fn door(setting: &'static str, value: &str) -> Result<Option<SocketAddr>, Mistake> {
    if value == "off" { Ok(None) } else { address(setting, value).map(Some) }
}

fn pair(
    first: &'static str,
    a: Option<PathBuf>,
    second: &'static str,
    b: Option<PathBuf>,
) -> Result<Option<(PathBuf, PathBuf)>, Mistake> {
    match (a, b) {
        (Some(a), Some(b)) => {
            for (setting, file) in [(first, &a), (second, &b)] {
                std::fs::File::open(file).map_err(|why| Mistake::new(setting, file.display(), why))?;
            }
            Ok(Some((a, b)))
        }
        (None, None) => Ok(None),
        (Some(a), None) => Err(Mistake::new(first, a.display(), format!("it needs --{second} too"))),
        (None, Some(b)) => Err(Mistake::new(second, b.display(), format!("it needs --{first} too"))),
    }
}

fn switch(setting: &'static str, value: &str) -> Result<bool, Mistake> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Mistake::new(setting, value, "write on or off")),
    }
}

fn hsts(value: &str) -> Result<Option<bool>, Mistake> {
    if value == "auto" { Ok(None) } else { switch("hsts", value).map(Some) }
}

fn proxies(list: Option<String>) -> Result<Proxies, Mistake> {
    let Some(list) = list else { return Ok(Proxies::default()) };
    let named = words(&list).into_iter().filter(|word| word != "none").collect();
    Proxies::parse(named).map_err(|wrong| {
        let right = "write addresses and networks, such as 10.0.0.2,172.16.0.0/12, or none";
        Mistake::new("trusted-proxies", wrong, right)
    })
}

fn mail(url: Option<&str>, from: Option<&str>) -> Result<Option<Mail>, Mistake> {
    match (url, from) {
        (Some(url), Some(from)) => Mail::read(url, from).map(Some),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Mistake::new("mail-url", "(hidden)", "it needs --mail-from too")),
        (None, Some(from)) => Err(Mistake::new("mail-from", from, "it needs --mail-url too")),
    }
}

fn alert_networks(list: Option<String>) -> Result<Networks, Mistake> {
    let named = words(&list.unwrap_or_default()).into_iter().filter(|word| word != "none").collect();
    Networks::parse(named).map_err(|wrong| {
        let right = "write addresses and networks, such as 192.168.0.0/16, or none";
        Mistake::new("alert-networks", wrong, right)
    })
}

fn public_url(value: &str) -> Result<String, Mistake> {
    let url = value.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.is_empty() || host.contains(|mark: char| mark.is_whitespace() || "?#".contains(mark)) {
        let right =
            "write it as people type it, such as https://where.example.org or https://example.org/where";
        return Err(Mistake::new("public-url", value, right));
    }
    base::check(path).map_err(|right| Mistake::new("public-url", value, right))?;
    Ok(url.to_owned())
}

fn tile_url(url: String, attribution: String) -> Result<(String, String), Mistake> {
    let complete = ["{z}", "{x}", "{y}"].iter().all(|part| url.contains(part));
    if complete && (url.starts_with("https://") || url.starts_with("http://") || url.starts_with('/')) {
        return Ok((url, attribution));
    }
    Err(Mistake::new("tile-url", url, "write a URL with {z}, {x} and {y} in it"))
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("data", &self.data)
            .field("listen", &self.listen)
            .field("mqtt_listen", &self.mqtt_listen)
            .field("mqtts_listen", &self.mqtts_listen)
            .field("demo", &self.demo)
            .finish_non_exhaustive()
    }
}
