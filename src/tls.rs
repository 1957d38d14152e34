//! The certificate of our doors: read, found to fit, and taken up anew when its files change, without a restart.
//!
//! Files that cannot be used are refused and told; what was in use goes on. Connections that are open stay as they are. Nothing here
//! may log or show a key.

use crate::{certificate::Files, clock, config::Mistake, mqtt::doors::Reopen};
use anyhow::Context;
use axum_server::tls_rustls::RustlsConfig;
use domain::Timestamp;
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};
use sha2::{Digest, Sha256};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);
/// After how many looks it is asked whether a certificate of our own has to be renewed: once an hour.
const LOOKS_PER_RENEWAL: u32 = 1800;
/// Files are written one after the other: so many looks must find the same fault before it is told.
const PATIENCE: u32 = 2;

/// The files of a certificate chain and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// PEM, the server's own certificate first.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

/// How it is with the certificate, for whoever wants to know.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// What is shown to those who connect, the server's own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Whether it comes from our own authority.
    pub own: bool,
    /// Since when it is shown.
    pub since: Option<Timestamp>,
    /// What is wrong with the files as they are now; then `chain` is what was in them before.
    pub trouble: Option<String>,
}

impl Standing {
    /// Until when it is valid.
    pub fn ends(&self) -> Option<Timestamp> {
        ends(self.chain.first()?)
    }
}

/// What is in the files, and fits.
struct Material {
    key: CertifiedKey,
    mark: Mark,
}

/// Tells other contents apart without keeping a key.
type Mark = [u8; 32];

/// Looks after the certificate of the doors.
pub(crate) struct Keeper {
    pair: Pair,
    own: Option<(Files, Vec<String>)>,
    https: RustlsConfig,
    mqtts: Option<Reopen>,
    mark: Mark,
    refused: Option<(String, u32)>,
    standing: watch::Sender<Standing>,
}

impl Keeper {
    /// Reads a certificate for the first time. Where it is ours, it is made or renewed before, so that it names these hosts.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) fn open(pair: Pair, own: Option<(Files, Vec<String>)>) -> anyhow::Result<Self> {
        if let Some((files, hosts)) = &own {
            let kept = files.keep_up(hosts, clock::now());
            match kept.context("cannot make a certificate of our own") {
                Ok(true) => tracing::info!("made a certificate of our own"),
                Ok(false) => {}
                Err(error) if pair.certificate.exists() => {
                    tracing::warn!(error = format!("{error:#}"), "the old one goes on");
                }
                Err(error) => return Err(error),
            }
        }
        let found = pair.read().and_then(|texts| Material::new(&texts));
        let Material { key, mark } =
            found.map_err(|why| Mistake::new("tls-cert", pair.certificate.display(), why))?;
        let standing = Standing {
            chain: key.cert.clone(),
            own: own.is_some(),
            since: Some(clock::now()),
            trouble: None,
        };
        let https = RustlsConfig::from_config(configuration(key)?);
        Ok(Self {
            pair,
            own,
            https,
            mqtts: None,
            mark,
            refused: None,
            standing: watch::Sender::new(standing),
        })
    }

    /// What the web door shows; it changes by itself.
    pub(crate) fn https(&self) -> RustlsConfig {
        self.https.clone()
    }

    /// The broker's door is opened anew for a new certificate.
    pub(crate) fn also_for(&mut self, mqtts: Option<Reopen>) {
        self.mqtts = mqtts;
    }

    /// How it is, now and later.
    pub(crate) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Looks at the files, until `stop`.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            looks += 1;
            if looks % LOOKS_PER_RENEWAL == 0 {
                self.renew().await;
            }
            if let Err(why) = self.look().await {
                self.refuse(why);
            }
        }
    }

    /// A certificate of our own is made anew in time; [`Self::look`] then finds it.
    async fn renew(&self) {
        let Some((files, hosts)) = self.own.clone() else { return };
        let (certificate, now) = (self.pair.certificate.display().to_string(), clock::now());
        match tokio::task::spawn_blocking(move || files.keep_up(&hosts, now)).await {
            Ok(Ok(true)) => tracing::info!(certificate, "renewed the certificate of our own"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => {
                let error = format!("{error:#}");
                tracing::error!(certificate, error, "cannot renew the certificate of our own");
            }
            Err(error) => tracing::error!(certificate, %error, "cannot renew the certificate of our own"),
        }
    }

    /// Takes up what is in the files, if it is something else.
    async fn look(&mut self) -> Result<(), String> {
        let pair = self.pair.clone();
        let read = tokio::task::spawn_blocking(move || pair.read()).await;
        let texts = read.map_err(|error| error.to_string())??;
        if mark(&texts) == self.mark {
            self.all_is_well();
            return Ok(());
        }
        let Material { key, mark } = Material::new(&texts)?;
        let chain = key.cert.clone();
        let configuration = configuration(key).map_err(|error| error.to_string())?;
        if let Some(mqtts) = &self.mqtts {
            mqtts.reopen().await.map_err(|error| error.to_string())?;
        }
        self.https.reload_from_config(configuration);
        self.mark = mark;
        let certificate = self.pair.certificate.display().to_string();
        tracing::info!(certificate, "the doors show a new certificate");
        self.all_is_well();
        self.standing.send_modify(|standing| {
            standing.chain = chain;
            standing.since = Some(clock::now());
        });
        Ok(())
    }

    fn all_is_well(&mut self) {
        self.refused = None;
        self.standing.send_if_modified(|standing| standing.trouble.take().is_some());
    }

    /// Tells a fault that stays, once.
    fn refuse(&mut self, why: String) {
        let times = match &self.refused {
            Some((before, times)) if *before == why => times.saturating_add(1),
            _ => 1,
        };
        if times == PATIENCE {
            let certificate = self.pair.certificate.display().to_string();
            tracing::warn!(certificate, %why, "the changed certificate cannot be used; the one before goes on");
            self.standing.send_modify(|standing| standing.trouble = Some(why.clone()));
        }
        self.refused = Some((why, times));
    }
}

impl Pair {
    /// What is in both files.
    fn read(&self) -> Result<[Vec<u8>; 2], String> {
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|why| format!("cannot read {}: {why}", file.display()))
        };
        Ok([read(&self.certificate)?, read(&self.key)?])
    }
}

impl Material {
    fn new(texts: &[Vec<u8>; 2]) -> Result<Self, String> {
        let [certificates, key] = texts;
        let chain = CertificateDer::pem_slice_iter(certificates).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|why| format!("the certificate cannot be read: {why}"))?;
        if chain.is_empty() {
            return Err("there is no certificate in the file".to_owned());
        }
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|why| format!("the key cannot be read: {why}"))?;
        let provider = CryptoProvider::get_default().ok_or("there is no provider of cryptography")?;
        let key = CertifiedKey::from_der(chain, key, provider)
            .map_err(|why| format!("certificate and key do not fit: {why}"))?;
        Ok(Self { key, mark: mark(texts) })
    }
}

fn mark(texts: &[Vec<u8>; 2]) -> Mark {
    // Each by itself, so that it counts where one ends and the other begins.
    let both = texts.iter().map(Sha256::digest).fold(Sha256::new(), Digest::chain_update);
    both.finalize().into()
}

/// What the web door says at the beginning of a connection.
fn configuration(key: CertifiedKey) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = CryptoProvider::get_default()
        .ok_or_else(|| rustls::Error::General("there is no provider of cryptography".to_owned()))?;
    let mut configuration = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(configuration))
}

/// Until when a certificate is valid; `None` when it cannot be read.
pub(crate) fn ends(certificate: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Some(Timestamp::from_millis(certificate.validity().not_after.timestamp().checked_mul(1000)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    fn made() -> [Vec<u8>; 2] {
        let key = KeyPair::generate().expect("the machine has randomness");
        let params = CertificateParams::new(vec!["where.example.org".to_owned()]).expect("is a name");
        let certificate = params.self_signed(&key).expect("can be signed");
        [certificate.pem().into_bytes(), key.serialize_pem().into_bytes()]
    }

    #[test]
    fn only_a_certificate_with_its_own_key_is_used() {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let ([ann, her_key], [_, another]) = (made(), made());
        assert!(Material::new(&[ann.clone(), her_key.clone()]).is_ok());
        for (certificate, key, said) in [
            (ann.clone(), another, "do not fit"),
            (ann.clone(), b"nonsense".to_vec(), "the key cannot be read"),
            (b"nonsense".to_vec(), her_key.clone(), "no certificate"),
            (her_key.clone(), her_key.clone(), "no certificate"),
            (ann[..ann.len() / 2].to_vec(), her_key, "cannot be read"),
        ] {
            let why = Material::new(&[certificate, key]).err().expect("cannot be used");
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn what_moves_from_one_file_to_the_other_is_something_else() {
        assert_ne!(mark(&[b"ab".to_vec(), b"c".to_vec()]), mark(&[b"a".to_vec(), b"bc".to_vec()]));
    }
}
