//! Where messages may go that friends have this server send: to public addresses, by TLS, and to those networks of its own that whoever runs
//! it has named. Else anybody with an account could have it knock at the doors behind its firewall.
//!
//! A name is looked up with each connection, and refused if any of its addresses is none of these.

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use url::{Host, Url};

/// The networks that are named: messages may go there, by http:// too.
#[derive(Clone, Debug, Default)]
pub struct Networks(Vec<IpNet>);

/// What is not public: private, of this machine, of this link, of nobody, for examples and tests, or another kind of address in disguise.
const CLOSED: [&str; 27] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
];

/// What is said of a name that leads elsewhere, and of one that leads nowhere: which of both is nobody's business.
const NOWHERE: &str = "the name leads nowhere";

fn is_public(address: IpAddr) -> bool {
    let closed = |text: &&str| text.parse::<IpNet>().is_ok_and(|network| network.contains(&address));
    !CLOSED.iter().any(closed)
}

impl Networks {
    /// Reads addresses and networks; the first that is neither is told.
    ///
    /// # Errors
    /// With the word that is no address.
    pub fn parse(words: Vec<String>) -> Result<Self, String> {
        let network = |word: String| {
            let found = word.parse::<IpNet>().or_else(|_no_network| word.parse::<IpAddr>().map(IpNet::from));
            found.map_err(|_neither| word)
        };
        words.into_iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether messages may go to an address, with TLS or without.
    fn has(&self, address: IpAddr, encrypted: bool) -> bool {
        let address = address.to_canonical();
        // Also in networks that are named nobody needs the places where machines tell about themselves.
        let is_named =
            self.0.iter().any(|network| network.contains(&address)) && service::may_lead_to(address);
        is_named || (encrypted && is_public(address))
    }

    /// Reads a URL to which messages may go, as far as it says so itself.
    ///
    /// # Errors
    /// Why not, as the end of a sentence. The URL is not in it.
    pub(crate) fn allows(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|_no_url| "must be a URL, such as https://example.org/alerts")?;
        let encrypted = match url.scheme() {
            "https" => true,
            "http" if !self.0.is_empty() => false,
            _ => return Err("must begin with https://".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain user and password".to_owned());
        }
        let may = match url.host() {
            Some(Host::Ipv4(address)) => self.has(address.into(), encrypted),
            Some(Host::Ipv6(address)) => self.has(address.into(), encrypted),
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                let is_local = name == "localhost" || name.ends_with(".localhost");
                !name.is_empty() && (!is_local || self.has(IpAddr::from([127, 0, 0, 1]), encrypted))
            }
            None => false,
        };
        if may { Ok(url) } else { Err("must not lead into a private network".to_owned()) }
    }
}

/// Looks up the addresses of names, for connections with TLS or without.
pub(super) struct Lookup {
    pub(super) networks: Arc<Networks>,
    pub(super) encrypted: bool,
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let (networks, encrypted) = (self.networks.clone(), self.encrypted);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() || !found.iter().all(|found| networks.has(found.ip(), encrypted)) {
                return Err(NOWHERE.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Networks;

    #[test]
    fn messages_go_to_public_addresses_by_tls_and_nowhere_else() {
        let nowhere = Networks::default();
        for open in [
            "https://ntfy.example.org/x",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://a.b:8443/?c",
        ] {
            assert!(nowhere.allows(open).is_ok(), "{open}");
        }
        for closed in [
            "",
            "example.org",
            "ftp://example.org/",
            "file:///etc/passwd",
            "http://example.org/",
            "https://user:geheim@example.org/",
            "https://localhost/",
            "https://a.LOCALHOST./",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://10.1.2.3/",
            "https://192.168.0.1/",
            "https://100.64.0.1/",
            "https://169.254.169.254/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
        ] {
            let why = nowhere.allows(closed).err().unwrap_or_default();
            assert!(why.starts_with("must") && !why.contains("geheim"), "{closed}: {why}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_leads_nowhere() {
        use super::Lookup;
        use reqwest::dns::Resolve;
        let leads = async |networks: Networks, encrypted: bool| {
            let lookup = Lookup { networks: networks.into(), encrypted };
            lookup.resolve("localhost".parse().expect("is a name")).await.is_ok()
        };
        assert!(!leads(Networks::default(), true).await);
        let here =
            || Networks::parse(vec!["127.0.0.0/8".to_owned(), "::1".to_owned()]).expect("are networks");
        assert!(leads(here(), true).await && leads(here(), false).await);
    }

    #[test]
    fn into_networks_that_are_named_messages_go_without_tls_too() {
        let home =
            Networks::parse(vec!["192.168.0.0/16".to_owned(), "127.0.0.1".to_owned()]).expect("are networks");
        for open in
            ["http://192.168.1.1/x", "https://192.168.1.1/", "http://127.0.0.1:8080/x", "http://localhost/"]
        {
            assert!(home.allows(open).is_ok(), "{open}");
        }
        for closed in
            ["https://10.0.0.1/", "http://8.8.8.8/", "https://127.0.0.2/", "http://[::ffff:10.0.0.1]/"]
        {
            assert!(home.allows(closed).is_err(), "{closed}");
        }
        let all = Networks::parse(vec!["0.0.0.0/0".to_owned()]).expect("is a network");
        assert!(
            all.allows("http://169.254.169.254/").is_err(),
            "nobody needs what a cloud tells its machines"
        );
        assert_eq!(Networks::parse(vec!["home".to_owned()]).err().as_deref(), Some("home"));
    }
}
