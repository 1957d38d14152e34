//! An outlet as somebody wants it, and what is wrong with that.

use crate::Error;
use domain::{GroupId, Outlet, OutletId, TopicBase};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest user name, password and broker address, bytes.
const MAX_BYTES: usize = 1024;
/// The longest list of certificates, bytes.
const MAX_AUTHORITY_BYTES: usize = 65_536;

/// An outlet as somebody wants it.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a tick in a form, and they are independent")]
pub struct OutletDraft {
    /// `mqtt://host:port` or `mqtts://host:port`.
    pub broker: String,
    /// Who we are there; empty for nobody.
    pub user: String,
    /// The password there.
    pub password: PasswordDraft,
    /// Certificates to trust instead of the system's, PEM; empty for those.
    pub authority: String,
    /// The topic below which everything goes.
    pub base: String,
    /// Whether positions go out.
    pub positions: bool,
    /// Whether transitions go out, and who is in which region.
    pub transitions: bool,
    /// Whether the newest observations of sensors go out.
    pub observations: bool,
    /// Whether anything goes out.
    pub on: bool,
    /// Of which group a new one is; `None` for the first that they manage.
    pub group: Option<GroupId>,
}

/// What becomes of a password.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordDraft {
    /// It stays as it is.
    Keep,
    /// There is none.
    None,
    /// This one.
    New(String),
}

impl OutletDraft {
    /// The outlet, if it can be one.
    pub(super) fn check(self, id: OutletId, group: GroupId) -> Result<(Outlet, PasswordDraft), Error> {
        let broker = broker(&self.broker)?;
        let base = TopicBase::new(&self.base).map_err(|why| Error::invalid("base", why.to_string()))?;
        let user = Some(self.user.trim().to_owned()).filter(|user| !user.is_empty());
        if user.as_ref().is_some_and(|user| user.len() > MAX_BYTES || user.contains(char::is_control)) {
            return Err(Error::invalid(
                "user",
                "must be at most 1024 bytes long, without control characters",
            ));
        }
        let authority = Some(self.authority.trim().to_owned()).filter(|text| !text.is_empty());
        if let Some(text) = &authority
            && (!text.contains("-----BEGIN CERTIFICATE-----") || text.len() > MAX_AUTHORITY_BYTES)
        {
            let why = "must be certificates in PEM: text that begins with -----BEGIN CERTIFICATE-----";
            return Err(Error::invalid("authority", why));
        }
        if authority.is_some() && !broker.starts_with("mqtts://") {
            return Err(Error::invalid("authority", "is for mqtts:// alone"));
        }
        if let PasswordDraft::New(typed) = &self.password
            && (typed.len() > MAX_BYTES || typed.contains(char::is_control))
        {
            return Err(Error::invalid(
                "password",
                "must be at most 1024 bytes long, without control characters",
            ));
        }
        if user.is_none() && matches!(self.password, PasswordDraft::New(_)) {
            return Err(Error::invalid("user", "must not be empty where there is a password"));
        }
        // A password of nobody.
        let password = if user.is_none() { PasswordDraft::None } else { self.password };
        let Self { positions, transitions, observations, on, .. } = self;
        let what =
            Outlet { id, group, broker, user, authority, base, positions, transitions, observations, on };
        Ok((what, password))
    }
}

/// The address of a broker, always with its port.
fn broker(text: &str) -> Result<String, Error> {
    let wrong = |why: &str| Error::invalid("broker", why);
    let text = text.trim();
    let (scheme, rest, port) = match text.split_once("://") {
        Some(("mqtt", rest)) => ("mqtt", rest, 1883_u16),
        Some(("mqtts", rest)) => ("mqtts", rest, 8883),
        _ => return Err(wrong("must begin with mqtt:// or mqtts://")),
    };
    let rest = rest.trim_end_matches('/');
    if rest.contains('@') {
        return Err(wrong("must not contain user and password: they have fields of their own"));
    }
    let (host, port) = match rest.rsplit_once(':') {
        // The last colon of an IPv6 address in brackets stands inside.
        Some((host, digits)) if !digits.ends_with(']') => {
            let port = digits.parse().ok().filter(|port| *port > 0);
            (host, port.ok_or_else(|| wrong("must have a port from 1 to 65535 behind the colon"))?)
        }
        _ => (rest, port),
    };
    let name = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_v6 = name.len() < host.len();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') || (is_v6 && c == ':');
    if name.is_empty() || name.len() > 255 || !name.chars().all(fits) {
        return Err(wrong("must name a host, such as mqtt://broker.example.org:1883"));
    }
    if name.parse().is_ok_and(|address| !may_lead_to(address)) {
        return Err(wrong("must not be an address at which machines tell about themselves"));
    }
    Ok(format!("{scheme}://{}:{port}", host.to_ascii_lowercase()))
}

/// Where clouds tell a machine about itself, its secrets too, beside the link-local addresses.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Whether an outlet's broker may be at an address. Brokers are at home: on this machine, and in private networks. They are neither where only what
/// vouches for this machine answers, nor at addresses that are none. Of IPv6 the link-local ones lead nowhere without the name of a link.
pub fn may_lead_to(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let is_none = address.is_unspecified() || address.is_multicast();
    let is_near = matches!(address, IpAddr::V4(address) if address.is_link_local() || address.is_broadcast());
    !(is_none || is_near || METADATA.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::broker;

    #[test]
    fn an_address_is_kept_with_its_port() {
        let cases = [
            ("mqtt://home.example", "mqtt://home.example:1883"),
            (" mqtts://Home.Example/ ", "mqtts://home.example:8883"),
            ("mqtt://127.0.0.1:18830", "mqtt://127.0.0.1:18830"),
            ("mqtt://[::1]", "mqtt://[::1]:1883"),
            ("mqtt://[::1]:1999", "mqtt://[::1]:1999"),
        ];
        for (typed, kept) in cases {
            assert_eq!(broker(typed).ok().as_deref(), Some(kept), "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for typed in [
            "",
            "home",
            "http://home",
            "mqtt://",
            "mqtt://a:geheim@h",
            "mqtt://h:0",
            "mqtt://h:x",
            "mqtt://a b",
            "mqtt://h/geheim",
            "mqtt://169.254.169.254:80",
            "mqtt://0.0.0.0",
            "mqtt://[::ffff:169.254.169.254]:80",
            "mqtt://[fd00:ec2::254]",
        ] {
            let why = broker(typed).err().map(|why| why.to_string()).unwrap_or_default();
            assert!(why.starts_with("broker must") && !why.contains("geheim"), "{typed}: {why}");
        }
    }
}
