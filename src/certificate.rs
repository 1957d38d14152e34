//! An authority and a server certificate of our own, for servers that no public authority vouches for.
//!
//! Phones are made to trust the authority once; the server's certificate can then be renewed, for other names too,
//! without touching them. Whoever has the authority's key can pretend to be any server to these phones: it is made
//! readable for nobody else.

use crate::tls::{self, Pair};
use anyhow::{Context, bail};
use domain::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use std::{
    fs,
    io::Write,
    net::UdpSocket,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

const DAY: Duration = Duration::from_hours(24);
/// How long phones are asked to trust the authority.
const AUTHORITY_DAYS: u32 = 10 * 365;
/// iPhones refuse certificates of more than 825 days, whoever signed them.
const SERVER_DAYS: u32 = 820;
/// How long before its end a running server renews its certificate.
const RENEW_MS: i64 = 30 * 86_400_000;

/// Where everything is, below the data directory.
#[derive(Debug, Clone)]
pub struct Files {
    /// The authority's certificate, for phones.
    pub authority: PathBuf,
    authority_key: PathBuf,
    /// The server's certificate and the authority's.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
    /// The names the certificate was made for, one a line.
    names: PathBuf,
}

impl Files {
    /// The places below a data directory.
    pub fn below(data: &Path) -> Self {
        let file = |name: &str| data.join("tls").join(name);
        Self {
            authority: file("ca.pem"),
            authority_key: file("ca.key"),
            certificate: file("server.pem"),
            key: file("server.key"),
            names: file("names"),
        }
    }

    /// Certificate and key of the server, when they were made.
    pub fn server(&self) -> Option<Pair> {
        (self.certificate.exists() && self.key.exists()).then(|| self.pair())
    }

    /// Where certificate and key of the server are, whether or not they were made.
    pub fn pair(&self) -> Pair {
        Pair { certificate: self.certificate.clone(), key: self.key.clone() }
    }

    /// Makes a server certificate when there is none, or it does not name one of these hosts, or it ends within thirty days. It goes
    /// on naming what it named. Whether one was made.
    ///
    /// # Errors
    /// As [`Self::make`].
    pub fn keep_up(&self, hosts: &[String], now: Timestamp) -> anyhow::Result<bool> {
        let mut names = match fs::read_to_string(&self.names) {
            Ok(known) => known.lines().map(str::to_owned).collect(),
            Err(_) => own_names(),
        };
        let missing: Vec<String> = hosts.iter().filter(|host| !names.contains(host)).cloned().collect();
        let ends = fs::read(&self.certificate).ok().and_then(|pem| {
            let certificate = CertificateDer::from_pem_slice(&pem).ok()?;
            tls::ends(&certificate)
        });
        let soon = now.plus_millis(RENEW_MS);
        if missing.is_empty() && self.key.exists() && ends.is_some_and(|ends| ends > soon) {
            return Ok(false);
        }
        names.splice(0..0, missing);
        self.make(names)?;
        Ok(true)
    }

    /// Makes a server certificate for these names and addresses, and the authority when there is none. Returns the names: without
    /// any, those of the last time, and at the first time what this machine is called. The machine's own names always belong to them.
    ///
    /// # Errors
    /// When a name cannot be one, or a file cannot be read or written.
    pub fn make(&self, wanted: Vec<String>) -> anyhow::Result<Vec<String>> {
        let folder = self.authority.parent().context("the data directory has no name")?;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut names = wanted;
        if names.is_empty() {
            names = match fs::read_to_string(&self.names) {
                Ok(known) => known.lines().map(str::to_owned).collect(),
                Err(_) => own_names(),
            };
        }
        for own in ["localhost", "127.0.0.1", "::1"] {
            if !names.iter().any(|name| name == own) {
                names.push(own.to_owned());
            }
        }
        if let Some(wrong) = names.iter().find(|name| ServerName::try_from(name.as_str()).is_err()) {
            bail!("\"{wrong}\" is neither the name of a host nor an address");
        }
        let issuer = self.authority()?;
        let mut params = CertificateParams::new(names.clone())?;
        valid_for(&mut params, SERVER_DAYS);
        params.distinguished_name.push(DnType::CommonName, names.first().map_or("localhost", String::as_str));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?;
        let chain = certificate.pem() + &fs::read_to_string(&self.authority)?;
        write(&self.key, 0o600, &key.serialize_pem())?;
        write(&self.certificate, 0o644, &chain)?;
        write(&self.names, 0o644, &(names.join("\n") + "\n"))?;
        Ok(names)
    }

    /// The authority there is, or a new one.
    fn authority(&self) -> anyhow::Result<Issuer<'static, KeyPair>> {
        if self.authority.exists() {
            let key = fs::read_to_string(&self.authority_key)
                .with_context(|| format!("cannot read {}", self.authority_key.display()))?;
            let unusable = || format!("{} cannot be used", self.authority.display());
            let key = KeyPair::from_pem(&key).with_context(unusable)?;
            return Issuer::from_ca_cert_pem(&fs::read_to_string(&self.authority)?, key)
                .with_context(unusable);
        }
        let mut params = CertificateParams::default();
        valid_for(&mut params, AUTHORITY_DAYS);
        let name = format!("Whereabouts at {}", host_name().unwrap_or_else(|| "home".to_owned()));
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, "Whereabouts");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        write(&self.authority_key, 0o600, &key.serialize_pem())?;
        write(&self.authority, 0o644, &certificate.pem())?;
        Ok(Issuer::new(params, key))
    }
}

/// From yesterday, because clocks differ.
fn valid_for(params: &mut CertificateParams, days: u32) {
    let now_ms = u64::try_from(crate::clock::now().as_millis()).unwrap_or(0);
    let now = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_millis(now_ms);
    params.not_before = now - DAY;
    params.not_after = now + DAY * days;
    params.distinguished_name = rcgen::DistinguishedName::new();
}

/// What this machine is called, and by which address it reaches others.
fn own_names() -> Vec<String> {
    let host = host_name();
    let local = host.as_ref().filter(|host| !host.contains('.')).map(|host| format!("{host}.local"));
    // No packet is sent: this asks the system which of its addresses it would use.
    let address = |from: &str, to: &str| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        socket.local_addr().ok().map(|address| address.ip().to_string())
    };
    let addresses = [address("0.0.0.0:0", "192.0.2.1:9"), address("[::]:0", "[2001:db8::1]:9")];
    [host, local].into_iter().chain(addresses).flatten().collect()
}

fn host_name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Writes a file whole: a server that reads it at this moment sees the old or the new one.
fn write(file: &Path, mode: u32, text: &str) -> anyhow::Result<()> {
    let new = file.with_extension("new");
    let failed = || format!("cannot write {}", file.display());
    // One left behind would keep its mode.
    fs::remove_file(&new).ok();
    let mut open =
        fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&new).with_context(failed)?;
    open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).with_context(failed)?;
    fs::rename(&new, file).with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_again_in_time_and_for_another_name() {
        let home = tempfile::TempDir::new().expect("a temporary directory can be made");
        let files = Files::below(home.path());
        let now = crate::clock::now();
        let keep_up = |hosts: &[&str], days: i64| {
            let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
            files.keep_up(&hosts, now.plus_millis(days * 86_400_000)).expect("it can be made")
        };
        assert!(keep_up(&["where.example.org"], 0), "there is none");
        let authority = fs::read(&files.authority).expect("is there");
        assert!(!keep_up(&["where.example.org"], 0));
        assert!(!keep_up(&[], i64::from(SERVER_DAYS) - 32));
        assert!(keep_up(&[], i64::from(SERVER_DAYS) - 29), "it ends soon");
        assert!(keep_up(&["192.0.2.7"], 0), "it does not name that");
        let names = fs::read_to_string(&files.names).expect("is there");
        for name in ["where.example.org", "192.0.2.7", "localhost"] {
            assert!(names.lines().any(|line| line == name), "{names}");
        }
        assert_eq!(fs::read(&files.authority).expect("is there"), authority, "phones need nothing");
        fs::write(&files.certificate, "nonsense").expect("can be written");
        assert!(keep_up(&[], 0), "it cannot be read");
    }
}
