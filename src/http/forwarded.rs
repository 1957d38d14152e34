//! Where a request comes from and how it travelled: what the connection says, and what proxies that are trusted say of theirs.
//!
//! `X-Forwarded-For`, `-Proto` and `-Host` are believed of trusted addresses alone, for anybody can write them. The header `Forwarded` never
//! is: a proxy that sets one kind passes the other on as the browser sent it, and then nobody can tell which is the proxy's.

use super::Web;
use app::ssr::{Encrypted, Peer};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, header, uri::Authority},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::Url;

/// The addresses of proxies whose word is believed.
#[derive(Clone, Debug)]
pub struct Proxies(Vec<IpNet>);

impl Default for Proxies {
    /// This machine.
    fn default() -> Self {
        let (four, six) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        Self(IpNet::new(four, 8).into_iter().chain([IpNet::from(six)]).collect())
    }
}

impl Proxies {
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

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// What is known of a request beside what it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Travelled {
    /// Who asked: the first address, from here on back, that is no trusted proxy's.
    from: IpAddr,
    /// By TLS or not, where that is certain.
    scheme: Option<&'static str>,
    /// Which host was asked, as `host` or `host:port`.
    host: Option<String>,
}

/// Puts it into the request, for all that follow.
pub(super) async fn read(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let authority = request.uri().authority().map(Authority::as_str);
    let travelled =
        Travelled::new(peer, request.headers(), authority, web.doors.encrypted, &web.doors.proxies);
    let encrypted = Encrypted(travelled.is_encrypted(&web.site.public_url));
    let extensions = request.extensions_mut();
    extensions.insert(Peer(travelled.from.to_string()));
    extensions.insert(encrypted);
    extensions.insert(travelled);
    next.run(request).await
}

impl Travelled {
    fn new(
        peer: IpAddr,
        headers: &HeaderMap,
        authority: Option<&str>,
        encrypted: bool,
        proxies: &Proxies,
    ) -> Self {
        let peer = peer.to_canonical();
        let relayed = proxies.trust(peer);
        let said = |name: &str| {
            let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
            let words: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
            if relayed { words } else { vec![] }
        };
        let mut from = peer;
        for hop in said("x-forwarded-for").into_iter().rev() {
            let Some(hop) = address(hop) else { break };
            from = hop;
            if !proxies.trust(from) {
                break;
            }
        }
        // The last word is that of the proxy we talk to.
        let scheme = said("x-forwarded-proto").pop().and_then(|scheme| {
            ["https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))
        });
        let host = said("x-forwarded-host").pop().filter(|host| !host.is_empty());
        // With HTTP/2 the host stands in the address, not in a header.
        let asked = || headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(authority);
        Self {
            from,
            scheme: scheme.or(encrypted.then_some("https")),
            host: host.or_else(asked).map(str::to_owned),
        }
    }

    /// Whether cookies come back encrypted: as far as one knows, or because it is the public host, where that has TLS.
    fn is_encrypted(&self, public_url: &str) -> bool {
        match self.scheme {
            Some(scheme) => scheme == "https",
            None => public_url.starts_with("https://") && self.is_host_of(public_url),
        }
    }

    fn is_host_of(&self, public_url: &str) -> bool {
        let public = Url::parse(public_url).ok();
        public.is_some_and(|public| self.origin(public.scheme()) == Some(public.origin()))
    }

    fn origin(&self, scheme: &str) -> Option<url::Origin> {
        Some(Url::parse(&format!("{scheme}://{}", self.host.as_ref()?)).ok()?.origin())
    }

    /// Whether this is the origin of the pages that were asked.
    pub(super) fn is_own(&self, origin: &Url) -> bool {
        self.origin(self.scheme.unwrap_or(origin.scheme())).is_some_and(|own| own == origin.origin())
    }
}

/// An address, perhaps with a port behind it.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let found = bare.parse().or_else(|_with_port| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    found.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().expect("is a value")))
            .collect()
    }

    fn travelled(peer: &str, proxies: &str, lines: &[(&'static str, &str)]) -> Travelled {
        let proxies = Proxies::parse(vec![proxies.to_owned()]).expect("is a network");
        Travelled::new(address(peer).expect("is an address"), &headers(lines), None, false, &proxies)
    }

    #[test]
    fn the_walk_back_ends_at_the_first_that_is_not_trusted() {
        let from = |peer: &str, list: &str| {
            travelled(peer, "10.0.0.0/8", &[("x-forwarded-for", list)]).from.to_string()
        };
        assert_eq!(from("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(from("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(from("10.0.0.1", "made up, 192.0.2.9, 198.51.100.7"), "198.51.100.7");
        assert_eq!(from("10.0.0.1", "192.0.2.9, 198.51.100.7, 10.0.0.2"), "198.51.100.7");
        assert_eq!(from("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3", "somebody at home asked");
        assert_eq!(from("10.0.0.1", "192.0.2.9, nonsense, 10.0.0.2"), "10.0.0.2");
        assert_eq!(from("198.51.100.7", "10.0.0.2"), "198.51.100.7", "anybody can write that");
        assert_eq!(from("10.0.0.1", "198.51.100.7:4711"), "198.51.100.7");
        assert_eq!(from("10.0.0.1", "[2001:db8::7]:4711"), "2001:db8::7");
        assert_eq!(from("::ffff:10.0.0.1", "[2001:db8::7]"), "2001:db8::7");
    }

    #[test]
    fn several_lines_are_one_list() {
        let mut lines = headers(&[("x-forwarded-for", "192.0.2.9")]);
        lines.append("x-forwarded-for", "198.51.100.7".parse().expect("is a value"));
        let one = Travelled::new(IpAddr::V4(Ipv4Addr::LOCALHOST), &lines, None, false, &Proxies::default());
        assert_eq!(one.from.to_string(), "198.51.100.7");
    }

    #[test]
    fn the_default_is_this_machine() {
        let trusts = |text: &str| Proxies::default().trust(address(text).expect("is an address"));
        assert!(trusts("127.0.0.1") && trusts("127.0.0.53") && trusts("::1") && trusts("::ffff:127.0.0.1"));
        assert!(!trusts("10.0.0.1") && !trusts("::2"));
        assert_eq!(Proxies::parse(vec!["10.0.0.0/8".into(), "nas".into()]).err().as_deref(), Some("nas"));
        assert!(!Proxies::parse(vec![]).expect("nobody").trust(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }

    #[test]
    fn who_is_trusted_says_how_it_was_asked() {
        let lines =
            [("host", "inside:3000"), ("x-forwarded-proto", "HTTPS"), ("x-forwarded-host", "a.example")];
        let believed = travelled("10.0.0.1", "10.0.0.1", &lines);
        assert_eq!((believed.scheme, believed.host.as_deref()), (Some("https"), Some("a.example")));
        assert!(believed.is_encrypted("http://b.example"));
        let not = travelled("10.0.0.2", "10.0.0.1", &lines);
        assert_eq!((not.scheme, not.host.as_deref()), (None, Some("inside:3000")));
        assert!(!not.is_encrypted("https://b.example"), "it was asked by another name");
        assert!(not.is_encrypted("https://inside:3000"));
    }

    #[test]
    fn an_origin_is_own_with_its_host_and_where_it_is_known_its_scheme() {
        let own = |lines: &[(&'static str, &str)], origin: &str| {
            travelled("10.0.0.1", "10.0.0.1", lines).is_own(&Url::parse(origin).expect("is a URL"))
        };
        let plain = [("host", "a.example:3000")];
        assert!(own(&plain, "http://a.example:3000") && own(&plain, "https://a.example:3000"));
        assert!(!own(&plain, "http://a.example") && !own(&plain, "http://evil.example:3000"));
        let tls = [("host", "inside"), ("x-forwarded-host", "a.example"), ("x-forwarded-proto", "https")];
        assert!(own(&tls, "https://a.example"));
        assert!(!own(&tls, "http://a.example") && !own(&tls, "https://inside"));
    }

    #[test]
    fn with_http_2_the_host_stands_in_the_address() {
        let proxies = Proxies::default();
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let asked = Travelled::new(peer, &HeaderMap::new(), Some("a.example:443"), true, &proxies);
        let own = |origin: &str| asked.is_own(&Url::parse(origin).expect("is a URL"));
        assert!(own("https://a.example") && own("https://A.example:443"));
        assert!(!own("http://a.example") && !own("https://b.example"));
        let nobody = Travelled::new(peer, &HeaderMap::new(), None, true, &proxies);
        assert!(!nobody.is_own(&Url::parse("https://a.example").expect("is a URL")));
    }
}
