//! How an outlet connects: MQTT 5, because an older broker does not say when it throws a message away that we may not publish.

use super::words;
use crate::mqtt::upstream::trusting;
use rumqttc::{
    TlsConfiguration, Transport,
    v5::{
        Event, MqttOptions,
        mqttbytes::QoS,
        mqttbytes::v5::{Packet, PublishProperties},
    },
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use service::OutletTask;
use std::{sync::Arc, time::Duration};
use url::Url;

/// A dead connection is noticed within one and a half times this.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long connecting may take, seconds.
const CONNECT_S: u64 = 7;
/// So long after it was begun it is said that no broker answers, and not before: how soon it is known tells whether anything is there.
pub(super) const SILENCE: Duration = Duration::from_secs(8);
/// The longest packet a broker may send us, bytes: we subscribe to nothing.
const MAX_PACKET: u32 = 65_536;
/// Everything is published at least once.
pub(super) const QOS: QoS = QoS::AtLeastOnce;

/// Whose connection it is: a test must not throw out the outlet at work.
#[derive(Clone, Copy)]
pub(super) enum Who {
    /// The outlet at work.
    Worker,
    /// A test of it.
    Trial,
}

/// What is needed to connect.
///
/// # Errors
/// In words, when that cannot be: certificates that are none, or a host to which an outlet may not lead.
pub(super) async fn options(task: &OutletTask, who: Who) -> Result<MqttOptions, String> {
    let outlet = &task.outlet;
    let url = Url::parse(&outlet.broker).map_err(|why| format!("the address cannot be read: {why}"))?;
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = url.port().ok_or("the address has no port")?;
    // A name is looked up again with each connection: it may lead elsewhere by then.
    let found =
        tokio::net::lookup_host((host.as_str(), port)).await.map_err(|_no_such_host| words::NOTHING)?;
    if !found.map(|found| found.ip()).all(service::may_lead_to) {
        return Err(words::NOTHING.to_owned());
    }
    // Of a UUID the end is random; 23 letters are what every broker must take.
    let id = outlet.id.to_string();
    let end: String = id.chars().skip(21).collect();
    let name = match who {
        Who::Worker => format!("whereabouts-{end}"),
        Who::Trial => format!("whereabout-t{end}"),
    };
    let mut options = MqttOptions::new(name, host, port);
    options
        .set_clean_start(true)
        .set_keep_alive(KEEP_ALIVE)
        .set_connection_timeout(CONNECT_S)
        .set_max_packet_size(Some(MAX_PACKET));
    if let Some(user) = &outlet.user {
        options.set_credentials(user, task.password.clone().unwrap_or_default());
    }
    if url.scheme() == "mqtts" {
        let authorities = outlet.authority.as_deref().map(|pem| {
            CertificateDer::pem_slice_iter(pem.as_bytes())
                .collect::<Result<Vec<_>, _>>()
                .map_err(|why| format!("the certificate to trust cannot be read: {why}"))
        });
        let tls = trusting(authorities.transpose()?).map_err(|why| why.to_string())?.with_no_client_auth();
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(tls))));
    }
    Ok(options)
}

/// Whether a broker may send this to somebody who subscribes to nothing: acknowledgements, and one greeting. Whatever else a broker sends
/// would only fill the memory, or lead the library astray.
pub(super) fn may_come(event: &Event, greeted: &mut bool) -> bool {
    match event {
        Event::Incoming(Packet::ConnAck(_)) => !std::mem::replace(greeted, true),
        Event::Incoming(Packet::PubAck(_) | Packet::PingResp(_) | Packet::Disconnect(_))
        | Event::Outgoing(_) => true,
        Event::Incoming(_) => false,
    }
}

/// What is said of a broker that does.
pub(super) const UNASKED: &str = "the broker sends what nobody asked for";

/// Says by what a message was published, for those who can read properties.
pub(super) fn properties(task: &OutletTask) -> PublishProperties {
    PublishProperties {
        payload_format_indicator: Some(1),
        content_type: Some("application/json".to_owned()),
        user_properties: vec![("whereabouts-outlet".to_owned(), task.outlet.id.to_string())],
        ..PublishProperties::default()
    }
}
