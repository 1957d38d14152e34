//! From a new device's credentials to what is typed, scanned or opened on the phone.

use super::Site;
use crate::api::PhoneCard;
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::DeviceId;
use qrcode::{EcLevel, QrCode, render::svg};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is known only while a device is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Which.
    pub device: DeviceId,
    /// Whose, by name.
    pub friend: String,
    /// Its own name.
    pub name: String,
    /// What it signs in with.
    pub username: String,
    /// What it signs in with.
    pub password: String,
    /// Its base topic.
    pub topic: String,
}

/// Everything an admin shows or reads out to whoever holds the phone.
pub fn card(site: &Site, setup: Setup) -> PhoneCard {
    let url = format!("{}/pub", site.public_url);
    let document = document(site, &setup, &url);
    let link = link(&document);
    let (host, port) = match site.mqtt.as_deref().map(|at| at.rsplit_once(':').unwrap_or((at, "1883"))) {
        Some((host, port)) => (Some(host.to_owned()), Some(port.to_owned())),
        None => (None, None),
    };
    PhoneCard {
        device: setup.device,
        friend: setup.friend,
        name: setup.name,
        username: setup.username,
        password: setup.password,
        topic: setup.topic,
        host,
        port,
        tls: site.mqtt_tls,
        url,
        qr: qr(&link),
        document: document.to_string(),
        link,
    }
}

/// The set-up document of OwnTracks: MQTT where the server has a door for it, else HTTP.
/// Keys as in the booklet, "Remote configuration".
fn document(site: &Site, setup: &Setup, url: &str) -> Value {
    let tid = site.service.tid_of(setup.device).unwrap_or_default();
    let mut document = json!({
        "_type": "configuration",
        "auth": true,
        "usePassword": true,
        "username": setup.username,
        "password": setup.password,
        "deviceId": setup.name,
        "tid": tid,
        "cmd": true,
        "extendedData": true,
        "monitoring": 1,
    });
    let door = match site.mqtt.as_deref().and_then(|at| at.rsplit_once(':')) {
        Some((host, port)) => json!({
            "mode": 0,
            "host": host,
            "port": port.parse::<u16>().unwrap_or(1883),
            "tls": site.mqtt_tls,
            "mqttProtocolLevel": 4,
            "clientId": format!("{}-{}", setup.username, setup.name),
            "pubTopicBase": setup.topic,
            "sub": true,
            "pubQos": 1,
            "pubRetain": true,
            "cleanSession": false,
        }),
        None => json!({ "mode": 3, "url": url }),
    };
    if let (Some(document), Value::Object(door)) = (document.as_object_mut(), door) {
        document.extend(door);
    }
    document
}

/// A link that opens in the app. Android decodes the query, so the three marks of base64 are written in percent.
fn link(document: &Value) -> String {
    let inline = BASE64_STANDARD.encode(document.to_string());
    let inline = inline.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("owntracks:///config?inline={inline}")
}

/// The link as a picture in SVG, without a size or colours of its own in styles; `None` if it is too long for one.
pub(super) fn qr(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build();
    picture.find("<svg").and_then(|start| picture.get(start..).map(str::to_owned))
}
