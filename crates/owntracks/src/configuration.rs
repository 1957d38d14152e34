//! The settings of an app.

use std::fmt;

use serde_json::{Map, Value};

use crate::{
    DecodeError, Mode, Monitoring, Waypoint,
    member::Members,
    waypoints::{read_entries, write_entries},
    writer::Writer,
};

const KIND: &str = "configuration";

/// Members that may be shown to whoever reads a log. All others are named only.
const HARMLESS: &[&str] = &[
    "_type",
    "mode",
    "host",
    "port",
    "tls",
    "ws",
    "mqttProtocolLevel",
    "auth",
    "usePassword",
    "pubTopicBase",
    "subTopic",
    "sub",
    "pubQos",
    "subQos",
    "pubRetain",
    "cleanSession",
    "keepalive",
    "cmd",
    "remoteConfiguration",
    "allowRemoteLocation",
    "extendedData",
    "info",
    "monitoring",
    "locatorDisplacement",
    "locatorInterval",
    "moveModeLocatorInterval",
    "ping",
    "ignoreInaccurateLocations",
    "ignoreStaleLocations",
    "fusedRegionDetection",
    "ranging",
    "locked",
];

/// Declares the settings once: field, type and the word on the wire, with how it is read and written.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $field:ident: $sort:ident $(<$whole:ty>)? = $name:literal,)+) => {
        /// What an app can be told to be, and what it says it is. A setting that is `None` stays as it is on the phone.
        ///
        /// Origin: `_type` `configuration`: `.otrc` files, links, [`crate::Action::SetConfiguration`], inside [`crate::Dump`].
        /// It holds secrets: `Debug` hides `password`, `encryptionKey`, `passphrase`, the user part of `url`, and the value of
        /// everything that is not known to be harmless.
        ///
        /// "A" and "I" say which app knows a setting, with its default.
        #[derive(Clone, Default, PartialEq)]
        pub struct Configuration {
            $($(#[doc = $doc])+ pub $field: Option<settings!(@type $sort $(<$whole>)?)>,)+
            /// `waypoints`: regions to be added, the readable ones. A and I.
            pub waypoints: Option<Vec<Waypoint>>,
            /// Why the other entries of `waypoints` could not be read. Not written by [`crate::encode`].
            pub rejected: Vec<DecodeError>,
            /// Settings this crate does not know, as sent.
            pub extra: Map<String, Value>,
        }

        impl Configuration {
            pub(crate) fn read(object: Map<String, Value>) -> Self {
                let mut from = Members::of(KIND, object);
                let (waypoints, rejected) = from.entries("waypoints").map(read_entries).unzip();
                Self {
                    $($field: settings!(@read $sort from, $name),)+
                    waypoints,
                    rejected: rejected.unwrap_or_default(),
                    extra: from.rest(),
                }
            }

            pub(crate) fn write(&self) -> Map<String, Value> {
                Writer::of(KIND)
                    $(.pipe(|writer| settings!(@write $sort writer, $name, self.$field)))+
                    .list("waypoints", self.waypoints.as_deref().map(write_entries))
                    .finish(&self.extra)
            }
        }
    };
    (@type text) => { String };
    (@type flag) => { bool };
    (@type whole<$whole:ty>) => { $whole };
    (@type mode) => { Mode };
    (@type monitoring) => { Monitoring };
    (@read text $from:ident, $name:literal) => { $from.setting($name) };
    (@read flag $from:ident, $name:literal) => { $from.flag($name) };
    (@read whole $from:ident, $name:literal) => { $from.integer($name) };
    (@read mode $from:ident, $name:literal) => { $from.any($name).as_ref().and_then(Mode::read) };
    (@read monitoring $from:ident, $name:literal) => { $from.integer($name).and_then(Monitoring::from_wire) };
    (@write text $writer:ident, $name:literal, $value:expr) => { $writer.text($name, $value.as_deref()) };
    (@write flag $writer:ident, $name:literal, $value:expr) => { $writer.flag($name, $value) };
    (@write whole $writer:ident, $name:literal, $value:expr) => { $writer.integer($name, $value) };
    (@write mode $writer:ident, $name:literal, $value:expr) => { $writer.integer($name, $value.map(Mode::to_wire)) };
    (@write monitoring $writer:ident, $name:literal, $value:expr) => { $writer.integer($name, $value.map(Monitoring::to_wire)) };
}

settings! {
    /// `mode`: MQTT or HTTP. A (MQTT) and I; anything but a number spoils a whole import on iOS.
    mode: mode = "mode",
    /// `host` of the MQTT server, a name or an address. A and I.
    host: text = "host",
    /// `port` of the MQTT server, 1 to 65535. A and I (8883).
    port: whole<u16> = "port",
    /// `tls`: whether the MQTT connection is encrypted. A and I (true).
    tls: flag = "tls",
    /// `ws`: whether MQTT goes through a WebSocket. A and I (false).
    ws: flag = "ws",
    /// `mqttProtocolLevel`: 3 = MQTT 3.1, 4 = 3.1.1, 5 (iOS only). A (3) and I (4).
    mqtt_protocol_level: whole<u8> = "mqttProtocolLevel",
    /// `clientId`: unique per phone, for the server throws out twins. A and I.
    client_id: text = "clientId",
    /// `auth`: whether to sign in. I (true for MQTT, false for HTTP); Android ignores it.
    auth: flag = "auth",
    /// `usePassword`: whether to send a password. I (true); Android ignores it.
    use_password: flag = "usePassword",
    /// `username` to sign in with. A and I.
    username: text = "username",
    /// `password` to sign in with. Secret. A and I.
    password: text = "password",
    /// `deviceId`: last level of the topic; in HTTP mode the header `X-Limit-D`. A and I.
    device_id: text = "deviceId",
    /// `tid`: two letters or digits. Android cuts it, iOS does not.
    tid: text = "tid",
    /// `pubTopicBase`: the topic positions are sent to; `%u` and `%d` stand for user and device. A and I (`owntracks/%u/%d`).
    pub_topic_base: text = "pubTopicBase",
    /// `subTopic`: topics to listen to, with blanks between. One that is not Android's default must name `…/cmd`, `…/event` and
    /// `…/info` too. A (`owntracks/+/+`) and I (from the base).
    sub_topic: text = "subTopic",
    /// `sub`: whether to listen at all. A and I (true).
    sub: flag = "sub",
    /// `pubQos`: quality of service for sending, 0 to 2. A and I (1).
    pub_qos: whole<u8> = "pubQos",
    /// `subQos`: quality of service for listening, 0 to 2. A (2) and I (1).
    sub_qos: whole<u8> = "subQos",
    /// `pubRetain`: whether the server is to remember the last position. A and I (true).
    pub_retain: flag = "pubRetain",
    /// `cleanSession`: whether the server is to forget what was missed. A and I (false).
    clean_session: flag = "cleanSession",
    /// `keepalive` of the MQTT connection in seconds, 0 or more. A (3600) and I (60).
    keepalive_s: whole<u16> = "keepalive",
    /// `url` to post to in HTTP mode; may hold user and password. A and I.
    url: text = "url",
    /// `httpHeaders`: `Name:Value`, several joined by a backslash and an `n`. Secret. I.
    http_headers: text = "httpHeaders",
    /// `encryptionKey`: see [`crate::secretbox`]; at most 32 bytes of UTF-8. Secret. A and I (since 17.2.5).
    encryption_key: text = "encryptionKey",
    /// `passphrase` of the client's certificate. Secret. A and I.
    passphrase: text = "passphrase",
    /// `cmd`: whether commands are obeyed. A (true) and I (false).
    cmd: flag = "cmd",
    /// `remoteConfiguration`: whether commands may change settings and, on iOS, regions. A and I (false).
    remote_configuration: flag = "remoteConfiguration",
    /// `allowRemoteLocation`: whether a command may ask for the place. I (true).
    allow_remote_location: flag = "allowRemoteLocation",
    /// `extendedData`: whether a location tells battery, network, speed and the like. A and I (true).
    extended_data: flag = "extendedData",
    /// `info`: whether to listen to cards. A (true).
    info: flag = "info",
    /// `monitoring`: how eagerly to report. A and I (significant).
    monitoring: monitoring = "monitoring",
    /// `locatorDisplacement`: metres between reports: Android's significant mode (500), iOS's move mode (200).
    locator_displacement_m: whole<u32> = "locatorDisplacement",
    /// `locatorInterval`: seconds between reports: Android's significant mode (60), iOS's move mode (180).
    locator_interval_s: whole<u32> = "locatorInterval",
    /// `moveModeLocatorInterval`: seconds between reports in move mode. A (10).
    move_mode_locator_interval_s: whole<u32> = "moveModeLocatorInterval",
    /// `ping`: minutes after which a phone that did not move reports. A (15).
    ping_min: whole<u32> = "ping",
    /// `ignoreInaccurateLocations`: metres from which on a fix is not sent; 0 sends all. A and I (0).
    ignore_inaccurate_locations_m: whole<u32> = "ignoreInaccurateLocations",
    /// `ignoreStaleLocations`: days after which friends are not shown; 0 shows all. A and I (0).
    ignore_stale_locations_d: whole<u32> = "ignoreStaleLocations",
    /// `fusedRegionDetection`: whether the app looks for crossings itself, besides the system. A (true).
    fused_region_detection: flag = "fusedRegionDetection",
    /// `ranging`: whether beacons in range are reported. I.
    ranging: flag = "ranging",
    /// `locked`: whether the user may not change settings. I.
    locked: flag = "locked",
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.write() {
            match (name.as_str(), value.as_str()) {
                ("url", Some(url)) => map.entry(&name, &without_secrets(url)),
                (word, _) if HARMLESS.contains(&word) => map.entry(&name, &value),
                _ => map.entry(&name, &"…"),
            };
        }
        map.finish()
    }
}

/// The host of an address; nothing when it may be that a part of a password was taken for it.
fn without_secrets(url: &str) -> String {
    let Some((scheme @ ("http" | "https"), rest)) = url.split_once("://") else { return "…".to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at_checked(end).unwrap_or_default();
    if behind.contains('@') {
        return format!("{scheme}://…");
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}/…")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://example.org/pub", "https://example.org/…")]
    #[case("https://anna:s3cret@example.org:8443/pub?key=s3cret", "https://example.org:8443/…")]
    #[case("https://anna:p@s3cret@example.org/pub", "https://example.org/…")]
    #[case("https://anna:s3cret/more@example.org/pub", "https://…")]
    #[case("https://anna:s3cret#more@example.org/pub", "https://…")]
    #[case("anna:s3cret@example.org/pub", "…")]
    #[case("s3cret", "…")]
    fn an_address_is_shown_without_what_is_secret(#[case] url: &str, #[case] shown: &str) {
        let configuration = Configuration { url: Some(url.to_owned()), ..Configuration::default() };
        let debug = format!("{configuration:?}");
        assert!(!debug.contains("s3cret"), "{debug}");
        assert!(debug.contains(shown), "{debug}");
    }
}
