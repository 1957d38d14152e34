//! Can phones come in? The addresses, the public URL, the certificates that are shown, and the broker.

use super::{
    Examinee,
    certificate::{Door, Trust, judge},
    line,
};
use crate::running::Open;
use domain::{Check, Health, Timestamp};
use rumqttc::{AsyncClient, ConnectReturnCode, ConnectionError, MqttOptions};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use url::{Host, Url};
use x509_parser::parse_x509_certificate;

const HTTPS: Door = Door { id: "https", name: "HTTPS" };
const MQTTS: Door = Door { id: "mqtts", name: "MQTTS" };
/// How long the broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// An authority that ends so soon has to be made known to every phone anew.
const AUTHORITY_SOON_MS: i64 = 180 * 86_400_000;

/// Where people and phones are sent.
struct Public {
    url: Url,
    /// Without the brackets of an address.
    host: String,
    port: u16,
    /// Whether that is this machine for everybody, and so no server for anybody else.
    nowhere: bool,
}

impl Public {
    fn new(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let (host, nowhere) = match url.host()? {
            Host::Domain(name) => (name.to_owned(), name == "localhost"),
            Host::Ipv4(address) => (address.to_string(), is_here(address.into())),
            Host::Ipv6(address) => (address.to_string(), is_here(address.into())),
        };
        Some(Self { port: url.port_or_known_default()?, host, nowhere, url })
    }
}

fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

/// Where a door is reached from this machine.
fn near(door: SocketAddr) -> (String, u16) {
    let ip = match door.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    (ip.to_string(), door.port())
}

/// All that is to be said of the doors.
pub(super) async fn look(of: &Examinee, open: &Open, trust: &Trust, now: Timestamp) -> Vec<Check> {
    let Some(public) = Public::new(&of.public_url) else {
        let seen = format!("the public URL {} has no host", of.public_url);
        return vec![Check::new(Health::Bad, "public-url", "Public URL", seen, "Correct --public-url.")];
    };
    let ((reached, chain), mqtts, broker) =
        tokio::join!(reach(&public, open), at_broker(&public, open, trust, now), broker(open));
    let mut checks = vec![listening(&public, open, reached.health == Health::Good), reached];
    checks.extend(web(&public, open, chain, trust, now).await);
    checks.extend(files(of));
    checks.extend(authority(trust, now));
    checks.extend(for_mqtt(open));
    checks.extend(mqtts);
    checks.extend(broker);
    checks
}

/// Do the addresses let anybody in?
fn listening(public: &Public, open: &Open, reached: bool) -> Check {
    let (id, name) = ("listen", "Web address");
    if public.nowhere {
        let seen = format!("phones are sent to {}, which for each of them is itself", public.url);
        let advice = "Set --public-url to what phones can reach, such as https://where.example.org or the address of this machine in your network, \
                      and let the page listen there: --listen 0.0.0.0:443, or a reverse proxy before it.";
        return Check::new(Health::Bad, id, name, seen, advice);
    }
    if open.http.ip().is_loopback() && !reached {
        let seen = format!("the page listens on this machine only ({})", open.http);
        let advice = "Put a reverse proxy before it, or let it listen for others: --listen 0.0.0.0:443.";
        return Check::new(Health::Warning, id, name, seen, advice);
    }
    Check::good(id, name, format!("the page listens at {}", open.http))
}

/// Does the public URL lead here?
async fn reach(public: &Public, open: &Open) -> (Check, line::Chain) {
    let (id, name) = ("public-url", "Public URL");
    let Public { url, host, port, .. } = public;
    if let Err(why) = tokio::net::lookup_host((host.as_str(), *port)).await {
        let advice = "Look at the DNS entry of the name. A phone asks the DNS of the network that it is in.";
        let seen = format!("{host} has no address here: {why}");
        return (Check::new(Health::Bad, id, name, seen, advice), vec![]);
    }
    let tls = (url.scheme() == "https").then_some(host.as_str());
    let path = format!("{}/self-test", url.path().trim_end_matches('/'));
    match line::get(host, *port, url.authority(), tls, &path).await {
        Ok((text, chain)) if text.contains(&open.marker) => {
            (Check::good(id, name, format!("{url} leads here, seen from this machine")), chain)
        }
        Ok((_, chain)) => {
            let seen = format!("somebody else answers at {url}");
            let advice = "Look where the name and the port lead: a router's own page, another site of the proxy, another server.";
            (Check::new(Health::Bad, id, name, seen, advice), chain)
        }
        Err(why) => {
            let advice = format!(
                "Many routers do not let one reach the own public address from inside, so this may be fine. Open {} on a phone with \
                 mobile data, without Wi-Fi: it must say ok. If it does not, look at the router's port forwarding and the firewall.",
                format_args!("{}/healthz", url.as_str().trim_end_matches('/'))
            );
            let seen = format!("{url} does not answer from here: {why}");
            (Check::new(Health::Unknown, id, name, seen, advice), vec![])
        }
    }
}

/// What the web shows: at the public URL, or else at our own door.
async fn web(public: &Public, open: &Open, chain: line::Chain, trust: &Trust, now: Timestamp) -> Vec<Check> {
    if public.url.scheme() != "https" {
        if public.nowhere {
            return vec![];
        }
        let advice = "Use --tls-cert with a certificate, --tls-cert own, or a reverse proxy with TLS, and a --public-url with https://.";
        let seen = "passwords and positions travel in the clear";
        return vec![Check::new(Health::Warning, "https", "HTTPS", seen, advice)];
    }
    let chain = if chain.is_empty() && open.https {
        let (host, port) = near(open.http);
        line::chain(&host, port, &public.host).await.unwrap_or_default()
    } else {
        chain
    };
    if chain.is_empty() {
        let seen = "what is shown at the public URL cannot be seen from here";
        let advice = "Open it on a phone with mobile data: there must be no warning.";
        return vec![Check::new(Health::Unknown, "https", "HTTPS", seen, advice)];
    }
    judge(HTTPS, &chain, &public.host, trust, now)
}

/// Whether the files of the certificate are those that are shown.
fn files(of: &Examinee) -> Option<Check> {
    let (id, name) = ("certificate-files", "Certificate files");
    let standing = of.certificate.as_ref()?.borrow().clone();
    Some(match standing.trouble {
        Some(why) => {
            let advice = "Correct the files: they are taken up by themselves. The certificate from before goes on until it ends.";
            Check::new(Health::Bad, id, name, why, advice)
        }
        None => Check::good(id, name, "they are what is shown"),
    })
}

/// Our own authority, where there is one: can it vouch, and for how long?
fn authority(trust: &Trust, now: Timestamp) -> Option<Check> {
    let (id, name) = ("authority", "Own authority");
    let certificate = trust.own.as_ref()?;
    let again = "Move `tls` in the data directory away, run `whereabouts cert`, and let each phone trust the new one.";
    let Ok((_, authority)) = parse_x509_certificate(certificate) else {
        return Some(Check::new(Health::Bad, id, name, "its certificate cannot be read", again));
    };
    let ends = Timestamp::from_millis(authority.validity().not_after.timestamp().saturating_mul(1000));
    Some(if !authority.is_ca() {
        Check::new(
            Health::Bad,
            id,
            name,
            "its certificate is not that of an authority; Android refuses it",
            again,
        )
    } else if ends <= now.plus_millis(AUTHORITY_SOON_MS) {
        Check::new(Health::Warning, id, name, format!("it ends at {ends}"), again)
    } else {
        Check::good(id, name, format!("it holds until {ends}; phones find it at /ca.crt"))
    })
}

/// Do the broker's addresses let anybody in, and with TLS?
fn for_mqtt(open: &Open) -> Vec<Check> {
    let (id, name) = ("mqtt-listen", "MQTT address");
    let doors: Vec<SocketAddr> = [open.mqtt, open.mqtts].into_iter().flatten().collect();
    if doors.is_empty() {
        let seen = "the embedded broker is off; phones report by HTTP, or by an outside broker";
        return vec![Check::good(id, name, seen)];
    }
    let listed = doors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut checks = vec![if doors.iter().all(|door| door.ip().is_loopback()) {
        let seen = format!("the broker listens on this machine only ({listed})");
        let advice =
            "For phones that speak MQTT: --mqtts-listen 0.0.0.0:8883. Phones that use HTTP need nothing.";
        Check::new(Health::Warning, id, name, seen, advice)
    } else {
        Check::good(id, name, format!("the broker listens at {listed}"))
    }];
    if open.mqtts.is_none() && open.mqtt.is_some_and(|door| !door.ip().is_loopback()) {
        let seen = "the broker is open to others without TLS: passwords and positions travel in the clear";
        let advice = "Open --mqtts-listen 0.0.0.0:8883 with --tls-cert, and close the other: --mqtt-listen 127.0.0.1:1883.";
        checks.push(Check::new(Health::Warning, MQTTS.id, MQTTS.name, seen, advice));
    }
    checks
}

/// What the broker shows.
async fn at_broker(public: &Public, open: &Open, trust: &Trust, now: Timestamp) -> Vec<Check> {
    let Some(door) = open.mqtts else { return vec![] };
    let (host, port) = near(door);
    match line::chain(&host, port, &public.host).await {
        Ok(chain) => judge(MQTTS, &chain, &public.host, trust, now),
        Err(why) => {
            let seen = format!("no TLS at {door}: {why}");
            vec![Check::new(Health::Bad, MQTTS.id, MQTTS.name, seen, "Look at the log of the server.")]
        }
    }
}

/// Does the broker answer, and refuse strangers? It notes this one, too.
async fn broker(open: &Open) -> Option<Check> {
    let (id, name) = ("broker", "Broker");
    let (host, port) = near(open.mqtt?);
    let mut options = MqttOptions::new("whereabouts-self-test", host, port);
    options.set_credentials("self-test", "a stranger");
    let (_client, mut events) = AsyncClient::new(options, 1);
    let answer = tokio::time::timeout(PATIENCE, async {
        loop {
            match events.poll().await {
                Ok(rumqttc::Event::Incoming(_)) => return Ok(()),
                Ok(rumqttc::Event::Outgoing(_)) => {}
                Err(why) => return Err(why),
            }
        }
    });
    let look = "Look at the log of the server, and start it again.";
    Some(match answer.await {
        Ok(Err(ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ))) => Check::good(id, name, "it answers, and refuses strangers"),
        Ok(Err(why)) => {
            Check::new(Health::Bad, id, name, format!("it does not answer as it should: {why}"), look)
        }
        Ok(Ok(())) => {
            Check::new(Health::Bad, id, name, "it lets strangers in", "Is another broker at this port?")
        }
        Err(_elapsed) => Check::new(Health::Bad, id, name, "it does not answer", look),
    })
}
