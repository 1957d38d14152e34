//! Who comes to sign in, as far as it is worth knowing afterwards: from which range of addresses, and with which browser in words.
//!
//! The words are ours: nothing of what a browser says of itself is kept.

use std::net::{IpAddr, Ipv6Addr};

/// Where somebody signs in from, and with what.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The address, as text.
    pub peer: String,
    /// What the browser says of itself.
    pub agent: String,
    /// What it was given when somebody signed in with it last; empty for nothing.
    pub mark: String,
}

impl From<&str> for Visitor {
    fn from(peer: &str) -> Self {
        Self { peer: peer.to_owned(), ..Self::default() }
    }
}

impl Visitor {
    /// The range of addresses: enough to tell home from elsewhere.
    pub(super) fn place(&self) -> String {
        match self.peer.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) if address.is_loopback() => "this machine".to_owned(),
            Ok(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, ..] = address.segments();
                format!("{}/48", Ipv6Addr::from([a, b, c, 0, 0, 0, 0, 0]))
            }
            Err(_unknown) => String::new(),
        }
    }

    /// The browser and its system in words.
    pub(super) fn browser(&self) -> String {
        /// The first that is found: many say that they are others, too.
        const BROWSERS: [(&str, &str); 9] = [
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser/", "Samsung Internet"),
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("CriOS/", "Chrome"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
            ("curl/", "curl"),
        ];
        const SYSTEMS: [(&str, &str); 7] = [
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Macintosh", "Mac"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ];
        let found = |known: &[(&str, &'static str)]| {
            known.iter().find(|(mark, _)| self.agent.contains(mark)).map(|(_, name)| *name)
        };
        match (found(&BROWSERS), found(&SYSTEMS)) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "another browser".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Visitor;

    #[test]
    fn a_place_is_a_range_of_addresses() {
        for (peer, place) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
            ("127.0.0.1", "this machine"),
            ("", ""),
        ] {
            assert_eq!(Visitor::from(peer).place(), place, "{peer}");
        }
    }

    #[test]
    fn a_browser_is_told_in_our_words() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            ("<script>alert(1)</script>", "another browser"),
        ] {
            assert_eq!(Visitor { agent: agent.to_owned(), ..Visitor::default() }.browser(), words);
        }
    }
}
