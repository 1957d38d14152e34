//! What keeps an outlet from its broker, in words for the admin who reads it on the page.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "errors of libraries: what is not told apart is told as it is"
)]

use rumqttc::{
    TlsError,
    v5::{
        ConnectionError, Event, EventLoop, StateError,
        mqttbytes::v5::{ConnectReturnCode, Packet, PubAckReason},
    },
};
use std::io::{Error, ErrorKind};

/// Why there is no connection to somebody who has not greeted us: what a broker says, or a certificate that is not trusted. Whatever else is
/// there, or is not, is told in the same words.
pub(super) fn of_stranger(error: &ConnectionError) -> String {
    let is_certificate = |why: &rustls::Error| matches!(why, rustls::Error::InvalidCertificate(_));
    let speaks = match error {
        ConnectionError::ConnectionRefused(_)
        | ConnectionError::MqttState(StateError::ConnFail { .. } | StateError::ServerDisconnect { .. }) => {
            true
        }
        ConnectionError::Tls(TlsError::TLS(why)) => is_certificate(why),
        ConnectionError::Io(why) | ConnectionError::Tls(TlsError::Io(why)) => {
            rustls_of(why).is_some_and(is_certificate)
        }
        _ => false,
    };
    if speaks { of_error(error) } else { NOTHING.to_owned() }
}

/// Why there is no connection any more. A broker may refuse a message and hang up at once (Mosquitto 2.0 does); then the refusal lies
/// unread behind the error.
pub(super) fn of(error: &ConnectionError, events: &EventLoop) -> String {
    let mut unread = events.state.events.iter().filter_map(|event| match event {
        Event::Incoming(Packet::PubAck(answer)) => of_answer(answer.reason),
        Event::Incoming(_) | Event::Outgoing(_) => None,
    });
    unread.next().unwrap_or_else(|| of_error(error))
}

fn of_error(error: &ConnectionError) -> String {
    match error {
        ConnectionError::Io(why) | ConnectionError::MqttState(StateError::Io(why)) => of_io(why),
        ConnectionError::Tls(why) => of_tls(why),
        ConnectionError::Timeout(_) => NOTHING.to_owned(),
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => of_refusal(*code),
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            "the broker does not answer any more".to_owned()
        }
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            format!("the broker ended the connection ({reason_code:?})")
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) => CLOSED.to_owned(),
        ConnectionError::MqttState(StateError::OutgoingPacketTooLarge { .. }) => {
            "a message is too large for this broker".to_owned()
        }
        ConnectionError::NotConnAck(_) => "what answers there does not speak MQTT 5".to_owned(),
        ConnectionError::MqttState(_) => {
            "the connection has ended: what the broker said is not understood; perhaps it does not speak MQTT 5".to_owned()
        }
        ConnectionError::RequestsDone => "the connection was given up".to_owned(),
    }
}

/// Why the broker did not take a message; none when it did.
pub(super) fn of_answer(reason: PubAckReason) -> Option<String> {
    match reason {
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => None,
        PubAckReason::NotAuthorized => {
            Some("not authorised: this user may not publish there by the broker's access rules".to_owned())
        }
        PubAckReason::QuotaExceeded => Some("the broker has no room for it (quota exceeded)".to_owned()),
        PubAckReason::TopicNameInvalid => Some("the broker does not take this topic".to_owned()),
        PubAckReason::UnspecifiedError
        | PubAckReason::ImplementationSpecificError
        | PubAckReason::PacketIdentifierInUse
        | PubAckReason::PayloadFormatInvalid => {
            Some(format!("the broker does not take the message ({reason:?})"))
        }
    }
}

/// The same for a door that is shut, a machine that is off, a name that is none, and a door behind which something else is: an admin of one group
/// is not to learn by this what there is in the networks around the server.
pub(super) const NOTHING: &str = "no connection: no broker with MQTT 5 answers at this address and port; perhaps it speaks TLS there, or does not";

const CLOSED: &str =
    "the connection was closed; perhaps the broker speaks TLS there (or does not), or no MQTT 5";

fn of_io(why: &Error) -> String {
    // A certificate that is refused comes wrapped in an error of the socket.
    if let Some(tls) = rustls_of(why) {
        return of_rustls(tls);
    }
    match why.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::TimedOut
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable => NOTHING.to_owned(),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => CLOSED.to_owned(),
        _ => format!("no connection: {why}"),
    }
}

fn rustls_of(why: &Error) -> Option<&rustls::Error> {
    why.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
}

fn of_tls(why: &TlsError) -> String {
    match why {
        TlsError::Io(why) => of_io(why),
        TlsError::TLS(why) => of_rustls(why),
        TlsError::DNSName(_) => "TLS: the host is neither a name nor an address".to_owned(),
        why => format!("TLS: {why}"),
    }
}

fn of_rustls(why: &rustls::Error) -> String {
    use rustls::CertificateError as Bad;
    match why {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => {
            "TLS: the broker's certificate is from an authority that is not trusted here; paste that authority's certificate".to_owned()
        }
        rustls::Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            "TLS: the broker's certificate has expired".to_owned()
        }
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            "TLS: the broker's certificate is for another name".to_owned()
        }
        rustls::Error::InvalidMessage(_) => "TLS: what answers there does not speak TLS".to_owned(),
        why => format!("TLS: {why}"),
    }
}

fn of_refusal(code: ConnectReturnCode) -> String {
    match code {
        ConnectReturnCode::BadUserNamePassword => "user name or password is wrong".to_owned(),
        ConnectReturnCode::NotAuthorized => {
            "not let in: user name or password is wrong, or this user may not connect".to_owned()
        }
        ConnectReturnCode::Banned => "not let in: the broker has banned us".to_owned(),
        ConnectReturnCode::RefusedProtocolVersion | ConnectReturnCode::UnsupportedProtocolVersion => {
            "the broker does not speak MQTT 5".to_owned()
        }
        ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => {
            "the broker does not take our client identifier".to_owned()
        }
        ConnectReturnCode::ServerUnavailable
        | ConnectReturnCode::ServiceUnavailable
        | ConnectReturnCode::ServerBusy
        | ConnectReturnCode::ConnectionRateExceeded => "the broker is busy".to_owned(),
        code => format!("the broker does not let us in ({code:?})"),
    }
}
