//! Where the outside broker is and how to prove who we are there: the URL and the TLS files, parsed once at the edge.
//!
//! Nothing in here may end in a log with its secrets: errors name the part that is wrong, never its value.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use rumqttc::{MqttOptions, TlsConfiguration, Transport};
use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use url::Url;

/// The longest packet we take, in bytes: 1 MiB of payload, the topic and some room.
const MAX_PACKET: usize = 1_258_291;
/// A dead connection is noticed within one and a half times this.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// What the operator configured.
#[derive(Clone)]
pub struct Settings {
    /// `mqtt://` or `mqtts://user:password@host:port`; user and password percent-encoded.
    pub url: String,
    /// The name of our session there. Must stay the same over restarts, or messages sent in between are lost.
    pub client_id: String,
    /// What to subscribe to.
    pub topics: Vec<String>,
    /// PEM file with the certificate authorities to trust; the system's when there is none.
    pub ca: Option<PathBuf>,
    /// PEM files with our own certificate chain and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// A broker we can connect to.
pub struct Upstream {
    pub(super) options: MqttOptions,
    pub(super) topics: Vec<String>,
    host: String,
    port: u16,
}

/// Host and port only.
impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// Not a URL at all.
    #[error("the MQTT URL cannot be read: {0}")]
    Url(#[from] url::ParseError),
    /// A part of the URL is missing or wrong.
    #[error("the MQTT URL needs {0}")]
    Part(&'static str),
    /// No topics to subscribe to.
    #[error("there is no MQTT topic to subscribe to")]
    NoTopics,
    /// A PEM file cannot be used.
    #[error("cannot use {file}: {reason}")]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The files do not fit together, or the system's authorities cannot be read.
    #[error("cannot set up TLS to the MQTT broker: {0}")]
    Tls(String),
}

impl Upstream {
    /// Reads URL and files.
    ///
    /// # Errors
    ///
    /// When a part is missing, unreadable or does not fit; the message never contains a secret.
    pub fn new(settings: Settings) -> Result<Self, UpstreamError> {
        let url = Url::parse(&settings.url)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(UpstreamError::Part("a host"))?;
        // In a URL an IPv6 address stands in brackets, for the resolver it does not.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (secure, default_port) = match url.scheme() {
            "mqtt" => (false, 1883),
            "mqtts" => (true, 8883),
            _ => return Err(UpstreamError::Part("to begin with mqtt:// or mqtts://")),
        };
        if settings.topics.is_empty() {
            return Err(UpstreamError::NoTopics);
        }
        let port = url.port().unwrap_or(default_port);
        let mut options = MqttOptions::new(settings.client_id, host.clone(), port);
        options
            .set_manual_acks(true)
            .set_clean_session(false)
            .set_keep_alive(KEEP_ALIVE)
            .set_max_packet_size(MAX_PACKET, MAX_PACKET);
        if !url.username().is_empty() {
            let password = decode(url.password().unwrap_or_default(), "a password in UTF-8")?;
            options.set_credentials(decode(url.username(), "a user name in UTF-8")?, password);
        }
        if secure {
            let tls = client_config(settings.ca.as_deref(), settings.identity)?;
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(tls))));
        }
        Ok(Self { options, topics: settings.topics, host, port })
    }
}

fn decode(text: &str, needed: &'static str) -> Result<String, UpstreamError> {
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(UpstreamError::Part(needed)),
    }
}

fn client_config(
    ca: Option<&Path>,
    identity: Option<(PathBuf, PathBuf)>,
) -> Result<ClientConfig, UpstreamError> {
    let builder = trusting(ca.map(certificates).transpose()?)?;
    let Some((chain, key)) = identity else { return Ok(builder.with_no_client_auth()) };
    let key_der = PrivateKeyDer::from_pem_file(&key).map_err(|error| unusable(&key, &error))?;
    builder
        .with_client_auth_cert(certificates(&chain)?, key_der)
        .map_err(|error| UpstreamError::Tls(error.to_string()))
}

/// TLS that trusts these authorities, or the system's.
pub(crate) fn trusting(
    authorities: Option<Vec<CertificateDer<'static>>>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, UpstreamError> {
    let mut roots = RootCertStore::empty();
    let trusted = authorities.unwrap_or_else(|| rustls_native_certs::load_native_certs().certs);
    let (added, _) = roots.add_parsable_certificates(trusted);
    if added == 0 {
        return Err(UpstreamError::Tls("there is no certificate authority to trust".to_owned()));
    }
    // The provider is named: with two of them compiled in, rustls cannot choose by itself.
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| UpstreamError::Tls(error.to_string()))?
        .with_root_certificates(roots))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, UpstreamError> {
    CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(|error| unusable(file, &error))
}

fn unusable(file: &Path, reason: &impl ToString) -> UpstreamError {
    UpstreamError::File { file: file.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{Settings, Upstream};

    fn settings(url: &str) -> Settings {
        Settings {
            url: url.to_owned(),
            client_id: "whereabouts".to_owned(),
            topics: vec!["owntracks/#".to_owned()],
            ca: None,
            identity: None,
        }
    }

    #[test]
    fn user_and_password_are_percent_decoded() {
        let upstream = Upstream::new(settings("mqtt://a%40b:p%3Aw%2F%2B@[::1]:1999")).expect("is right");
        let login = upstream.options.credentials().expect("has some");
        assert_eq!((login.username.as_str(), login.password.as_str()), ("a@b", "p:w/+"));
        assert_eq!(upstream.to_string(), "::1:1999");
    }

    #[test]
    fn a_wrong_url_is_refused_without_showing_it() {
        for url in ["", "http://h", "mqtt://", "mqtt://u:geheim@", "nonsense", "mqtt://u:geheim@h:99999"] {
            let error = Upstream::new(settings(url)).err().expect("is wrong").to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
    }
}
