//! What phones think of a chain of certificates: Android fetches no missing ones and reads no names but the alternative ones, iPhones
//! take none that lasts too long. What is asked of whom is in RFC 5280 and 6125; the reading is left to `rustls` and `x509-parser`.

use domain::{Check, Health, Timestamp};
use rustls::{
    CertificateError, RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use std::time::Duration;
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate, public_key::PublicKey,
};

/// iPhones refuse certificates of more days, whoever signed them.
const LONGEST_DAYS: i64 = 825;
/// What ends so soon should have been renewed.
const SOON_DAYS: i64 = 14;
const DAY_MS: i64 = 86_400_000;
/// The smallest RSA key that phones take.
const RSA_BITS: usize = 2048;
/// Signatures with SHA-1 and MD5, which nobody believes any more.
const WEAK: [&str; 4] =
    ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];

/// Which door shows it.
#[derive(Clone, Copy)]
pub(super) struct Door {
    /// `https`
    pub(super) id: &'static str,
    /// `HTTPS`
    pub(super) name: &'static str,
}

/// Whom phones trust.
pub(super) struct Trust {
    /// The authorities of this machine's system, which are much the same as a phone's.
    pub(super) system: RootCertStore,
    /// Our own.
    pub(super) own: Option<CertificateDer<'static>>,
}

impl Trust {
    /// As it is on this machine.
    pub(super) fn here(own: Option<CertificateDer<'static>>) -> Self {
        let mut system = RootCertStore::empty();
        system.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self { system, own }
    }
}

/// Everything there is to say of a chain that is shown for this host.
pub(super) fn judge(
    door: Door,
    chain: &[CertificateDer<'_>],
    host: &str,
    trust: &Trust,
    now: Timestamp,
) -> Vec<Check> {
    let unreadable = |why: &str| {
        let (id, name) = (format!("{}-certificate", door.id), format!("{} certificate", door.name));
        vec![Check::new(Health::Bad, &id, &name, why, "Make or get another certificate.")]
    };
    let Some((first, others)) = chain.split_first() else { return unreadable("none is shown") };
    let (Ok((_, leaf)), Ok(parsed)) = (parse_x509_certificate(first), ParsedCertificate::try_from(first))
    else {
        return unreadable("it cannot be read");
    };
    vec![
        names(door, &leaf, &parsed, host),
        complete(door, &leaf, &parsed, others, trust, now),
        times(door, &leaf, now),
        key(door, &leaf),
    ]
}

fn check(door: Door, what: &str, name: &str, (health, seen, advice): (Health, String, &str)) -> Check {
    Check::new(health, &format!("{}-{what}", door.id), &format!("{} {name}", door.name), seen, advice)
}

/// Does it name the host, where phones look for names?
fn names(door: Door, leaf: &X509Certificate<'_>, parsed: &ParsedCertificate<'_>, host: &str) -> Check {
    let alternatives = leaf.subject_alternative_name().ok().flatten();
    let listed: Vec<String> =
        alternatives.iter().flat_map(|names| &names.value.general_names).filter_map(name_of).collect();
    let fits = ServerName::try_from(host).is_ok_and(|name| verify_server_name(parsed, &name).is_ok());
    let common =
        leaf.subject().iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default();
    let found = if fits {
        (Health::Good, format!("it names {host}"), "")
    } else if listed.is_empty() {
        let seen = format!(
            "it has no alternative names, only the common name \"{common}\", which phones do not read"
        );
        (Health::Bad, seen, "Make one with the host of --public-url as a subject alternative name.")
    } else {
        let advice = "Get a certificate for the host of --public-url, or correct --public-url. Our own is made by `whereabouts cert`; \
                      with --tls-cert own it names that host by itself.";
        (Health::Bad, format!("it names {}, but phones ask for {host}", listed.join(", ")), advice)
    };
    check(door, "names", "names", found)
}

fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(|four| std::net::IpAddr::from(four).to_string());
            let six = || <[u8; 16]>::try_from(*bytes).map(|six| std::net::IpAddr::from(six).to_string());
            four.or_else(|_longer| six()).ok()
        }
        GeneralName::OtherName(..)
        | GeneralName::RFC822Name(_)
        | GeneralName::X400Address(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EDIPartyName(_)
        | GeneralName::URI(_)
        | GeneralName::RegisteredID(_)
        | GeneralName::Invalid(..) => None,
    }
}

/// Does it lead to an authority that phones trust, without a link missing?
fn complete(
    door: Door,
    leaf: &X509Certificate<'_>,
    parsed: &ParsedCertificate<'_>,
    others: &[CertificateDer<'_>],
    trust: &Trust,
    now: Timestamp,
) -> Check {
    let leads_to = |roots: &RootCertStore| -> Result<(), rustls::Error> {
        let provider = CryptoProvider::get_default()
            .ok_or_else(|| rustls::Error::General("no cryptography".to_owned()))?;
        let seconds = u64::try_from(now.as_millis() / 1000).unwrap_or_default();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let algorithms = provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(parsed, roots, others, at, algorithms)
    };
    let own = trust.own.as_ref().and_then(|certificate| {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).ok()?;
        leads_to(&roots).ok()
    });
    let found = if own.is_some() {
        let advice = "Each phone has to trust our own authority once: its certificate is at /ca.crt. OwnTracks for Android trusts what the \
                      user installed; an iPhone needs the switch in Certificate Trust Settings, too.";
        (Health::Good, "it comes from our own authority".to_owned(), advice)
    } else {
        match leads_to(&trust.system) {
            Ok(()) => (Health::Good, "it leads to an authority that this machine trusts".to_owned(), ""),
            Err(_) if leaf.issuer() == leaf.subject() => {
                let advice = "Phones do not trust it, and Android cannot be made to. Use --tls-cert own, or one of a public authority.";
                (Health::Bad, "it signed itself".to_owned(), advice)
            }
            Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))
                if trust.system.is_empty() =>
            {
                let advice =
                    "Install the system's authorities (the package ca-certificates) to have this looked at.";
                (Health::Unknown, "this machine knows no authorities".to_owned(), advice)
            }
            Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) if others.is_empty() => {
                let seen = format!(
                    "it is shown alone, and its issuer ({}) is no authority that this machine trusts",
                    leaf.issuer()
                );
                let advice = "Put the certificates in between behind it in the same file (fullchain.pem, not cert.pem): Android does not \
                              fetch them. If the issuer is an authority of your own, each phone has to trust it.";
                (Health::Bad, seen, advice)
            }
            Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                let seen = "the chain leads to no authority that this machine trusts".to_owned();
                let advice = "A certificate in between is missing or wrong, or it is an authority of your own, which each phone has to trust.";
                (Health::Bad, seen, advice)
            }
            Err(why) => {
                (Health::Bad, why.to_string(), "See what is said of its time and key; else get another one.")
            }
        }
    };
    check(door, "chain", "chain", found)
}

/// Does it hold now, and for long enough, and not too long?
fn times(door: Door, leaf: &X509Certificate<'_>, now: Timestamp) -> Check {
    let moment = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
    let (from, to) =
        (moment(leaf.validity().not_before.timestamp()), moment(leaf.validity().not_after.timestamp()));
    let left = to.millis_since(now).div_euclid(DAY_MS);
    let renew = "Renew it. The server takes changed files up by itself, and renews its own.";
    let found = if now < from {
        (
            Health::Bad,
            format!("it begins at {from} only"),
            "Look at the clock of this machine; else get another one.",
        )
    } else if now >= to {
        (Health::Bad, format!("it ended at {to}"), renew)
    } else if left < SOON_DAYS {
        (Health::Warning, format!("it ends in {left} days, at {to}"), renew)
    } else if to.millis_since(from) > LONGEST_DAYS * DAY_MS {
        let days = to.millis_since(from) / DAY_MS;
        (
            Health::Warning,
            format!("it is valid for {days} days"),
            "iPhones take at most 825; Android does not mind.",
        )
    } else {
        (Health::Good, format!("it holds for {left} days more, until {to}"), "")
    };
    check(door, "time", "time", found)
}

/// Do phones take such a key, and such a signature?
fn key(door: Door, leaf: &X509Certificate<'_>) -> Check {
    let weak = WEAK.contains(&leaf.signature_algorithm.algorithm.to_id_string().as_str());
    let advice = "Get one with an RSA key of 2048 bits or more, or one of the curves P-256 and P-384, signed with SHA-256.";
    if weak {
        return check(door, "key", "key", (Health::Bad, "it is signed with SHA-1 or MD5".to_owned(), advice));
    }
    let found = match leaf.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < RSA_BITS => {
            (Health::Bad, format!("its RSA key has {} bits", key.key_size()), advice)
        }
        Ok(PublicKey::RSA(key)) => (Health::Good, format!("RSA, {} bits", key.key_size()), ""),
        Ok(PublicKey::EC(key)) if [256, 384].contains(&key.key_size()) => {
            (Health::Good, format!("elliptic curve, {} bits", key.key_size()), "")
        }
        Ok(PublicKey::EC(key)) => {
            let seen = format!("elliptic curve, {} bits: not every phone takes it", key.key_size());
            (Health::Warning, seen, advice)
        }
        Ok(_) | Err(_) => (Health::Warning, "a kind of key that few phones take".to_owned(), advice),
    };
    check(door, "key", "key", found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

    const HTTPS: Door = Door { id: "https", name: "HTTPS" };

    /// An authority, one below it, and what that signs.
    struct House {
        root: CertificateDer<'static>,
        between: CertificateDer<'static>,
        issuer: Issuer<'static, KeyPair>,
    }

    fn authority(name: &str) -> (CertificateParams, KeyPair) {
        let mut params = CertificateParams::new(vec![]).expect("no names are fine");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        (params, KeyPair::generate().expect("the machine has randomness"))
    }

    impl House {
        fn new() -> Self {
            let _installed = rustls::crypto::ring::default_provider().install_default();
            let (root, root_key) = authority("root");
            let root_certificate = root.self_signed(&root_key).expect("can be signed").der().clone();
            let root = Issuer::new(root, root_key);
            let (between, key) = authority("between");
            let certificate = between.signed_by(&key, &root).expect("can be signed").der().clone();
            Self { root: root_certificate, between: certificate, issuer: Issuer::new(between, key) }
        }

        fn sign(
            &self,
            names: &[&str],
            change: impl FnOnce(&mut CertificateParams),
        ) -> CertificateDer<'static> {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let mut params = CertificateParams::new(names).expect("are names");
            params.not_before = date_time_ymd(2026, 1, 1);
            params.not_after = date_time_ymd(2026, 4, 1);
            change(&mut params);
            let key = KeyPair::generate().expect("the machine has randomness");
            params.signed_by(&key, &self.issuer).expect("can be signed").der().clone()
        }

        fn health(&self, chain: &[CertificateDer<'static>], at: &str) -> [Health; 4] {
            let mut system = RootCertStore::empty();
            system.add(self.root.clone()).expect("is an authority");
            let now = Timestamp::parse(at).expect("is a time");
            let checks = judge(HTTPS, chain, "where.example.org", &Trust { system, own: None }, now);
            let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
            assert_eq!(ids, ["https-names", "https-chain", "https-time", "https-key"]);
            for check in &checks {
                assert_eq!(check.advice.is_empty(), check.health == Health::Good, "{check:?}");
            }
            checks.iter().map(|check| check.health).collect::<Vec<_>>().try_into().expect("four")
        }
    }

    use Health::{Bad, Good, Warning};
    const THEN: &str = "2026-02-01T00:00:00Z";

    #[test]
    fn a_whole_chain_for_the_right_name_is_good() {
        let house = House::new();
        let leaf = house.sign(&["where.example.org"], |_| ());
        assert_eq!(house.health(&[leaf, house.between.clone()], THEN), [Good; 4]);
        let leaf = house.sign(&["*.example.org", "192.0.2.7"], |_| ());
        assert_eq!(house.health(&[leaf, house.between.clone()], THEN), [Good; 4]);
    }

    #[test]
    fn a_missing_link_a_wrong_name_and_a_wrong_time_are_told_apart() {
        let house = House::new();
        let leaf = house.sign(&["where.example.org"], |_| ());
        assert_eq!(house.health(std::slice::from_ref(&leaf), THEN), [Good, Bad, Good, Good]);
        let chain = [leaf, house.between.clone()];
        assert_eq!(house.health(&chain, "2026-03-25T00:00:00Z"), [Good, Good, Warning, Good]);
        assert_eq!(house.health(&chain, "2026-04-02T00:00:00Z"), [Good, Bad, Bad, Good]);
        assert_eq!(house.health(&chain, "2025-12-31T00:00:00Z"), [Good, Bad, Bad, Good]);
        let other = house.sign(&["elsewhere.example.org"], |_| ());
        assert_eq!(house.health(&[other, house.between.clone()], THEN), [Bad, Good, Good, Good]);
        let common = house.sign(&[], |params| {
            params.distinguished_name.push(DnType::CommonName, "where.example.org");
        });
        assert_eq!(house.health(&[common, house.between.clone()], THEN), [Bad, Good, Good, Good]);
        let long = house.sign(&["where.example.org"], |params| params.not_after = date_time_ymd(2029, 1, 1));
        assert_eq!(house.health(&[long, house.between.clone()], THEN), [Good, Good, Warning, Good]);
        assert_eq!(judge(HTTPS, &[], "x", &Trust::here(None), Timestamp::from_millis(0))[0].health, Bad);
    }

    #[test]
    fn what_signed_itself_is_trusted_by_nobody() {
        let house = House::new();
        let key = KeyPair::generate().expect("the machine has randomness");
        let mut params = CertificateParams::new(vec!["where.example.org".to_owned()]).expect("is a name");
        (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 4, 1));
        let leaf = params.self_signed(&key).expect("can be signed").der().clone();
        assert_eq!(house.health(&[leaf], THEN), [Good, Bad, Good, Good]);
    }
}
