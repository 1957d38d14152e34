//! Where a phone was.

use serde_json::{Map, Value};

use crate::{BatteryStatus, DecodeError, Epoch, member::Members, plain_name, writer::Writer};

/// The `_type` of a location.
pub(crate) const KIND: &str = "location";

/// One fix of a phone: where, when, how sure, and what else the phone told about itself.
///
/// Every optional field is `None` when the phone did not send it or sent something that means "unknown"; Android leaves out
/// zeros, so nothing can be concluded from an absent number. Origin: `_type` `location` of both apps and of trackers.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    /// `lat`: degrees north (WGS 84), -90 to 90, finite when decoded.
    pub lat: f64,
    /// `lon`: degrees east (WGS 84), -180 to 180, finite when decoded.
    pub lon: f64,
    /// `tst`: when the fix was taken. May be hours ago or in the future.
    pub tst: Option<Epoch>,
    /// `created_at`: when the message was made; iOS sends it only when it differs from `tst`.
    pub created_at: Option<Epoch>,
    /// `acc`: radius in metres within which the phone is with a probability of about 68 %; above 0. 0 and -1 are unknown.
    pub accuracy_m: Option<f64>,
    /// `alt`: metres above sea level; may be negative.
    pub altitude_m: Option<f64>,
    /// `vac`: accuracy of the altitude in metres, above 0. Both platforms use 0 and below for "no altitude measured".
    pub vertical_accuracy_m: Option<f64>,
    /// `vel`: km/h, 0 or more. Not checked for sense.
    pub velocity_kmh: Option<f64>,
    /// `cog`: degrees clockwise from north, 0 up to but not including 360 (360 is read as 0).
    pub course_deg: Option<f64>,
    /// `batt`: charge in per cent, 0 to 100.
    pub battery_pct: Option<u8>,
    /// `bs`: what the battery is doing.
    pub battery_status: Option<BatteryStatus>,
    /// `t`: why the message was sent, one letter; the same letter means different things by sender. `None` = automatic.
    pub trigger: Option<String>,
    /// `tid`: initials for display, any length here; never an identity (several phones may share one).
    pub tid: Option<String>,
    /// `topic`: in HTTP mode, the topic the phone would have published to, with its suffix.
    pub topic: Option<String>,
    /// `conn`: `w` Wi-Fi, `m` mobile, `o` offline, or any word a phone made up.
    pub connection: Option<String>,
    /// `inregions`: plain names of the phone's own regions it was in; `None` = not said, empty = in none.
    pub in_regions: Option<Vec<String>>,
    /// `inrids`: ids of the same regions, iOS only; pairs with `in_regions` only when equally long.
    pub in_region_ids: Option<Vec<String>>,
    /// `m`: the app's mode: -1 quiet, 0 manual, 1 significant, 2 move.
    pub mode: Option<i8>,
    /// `_id`: random per message; the best key against duplicates. Android.
    pub id: Option<String>,
    /// `source`: which provider measured (`gps`, `network`, `fused`, …). Android.
    pub source: Option<String>,
    /// `SSID` (iOS since 2025: `ssid`): name of the Wi-Fi network.
    pub ssid: Option<String>,
    /// `BSSID` (iOS since 2025: `bssid`): hardware address of the access point.
    pub bssid: Option<String>,
    /// `p`: air pressure in kilopascals, above 0. iOS.
    pub pressure_kpa: Option<f64>,
    /// `motionactivities`: `stationary`, `walking`, `running`, `automotive`, `cycling`, `unknown`. iOS.
    pub motion: Option<Vec<String>>,
    /// `poi`: name of a point of interest marked here. iOS.
    pub poi: Option<String>,
    /// `tag`: the user's label for a while, e.g. a trip. iOS.
    pub tag: Option<String>,
    /// `image`: base64 of a picture of the point of interest, as sent, unchecked. iOS.
    pub image: Option<String>,
    /// `imagename`: file name of that picture. iOS.
    pub image_name: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Location {
    /// A place and nothing else.
    pub fn at(lat: f64, lon: f64) -> Self {
        Self {
            lat,
            lon,
            tst: None,
            created_at: None,
            accuracy_m: None,
            altitude_m: None,
            vertical_accuracy_m: None,
            velocity_kmh: None,
            course_deg: None,
            battery_pct: None,
            battery_status: None,
            trigger: None,
            tid: None,
            topic: None,
            connection: None,
            in_regions: None,
            in_region_ids: None,
            mode: None,
            id: None,
            source: None,
            ssid: None,
            bssid: None,
            pressure_kpa: None,
            motion: None,
            poi: None,
            tag: None,
            image: None,
            image_name: None,
            extra: Map::new(),
        }
    }

    pub(crate) fn read(object: Map<String, Value>) -> Result<Self, DecodeError> {
        let mut from = Members::of(KIND, object);
        let lat = from.coordinate("lat", 90)?;
        let lon = from.coordinate("lon", 180)?;
        Ok(Self {
            tst: from.epoch("tst"),
            created_at: from.epoch("created_at"),
            accuracy_m: from.radius("acc"),
            altitude_m: from.number("alt"),
            vertical_accuracy_m: from.radius("vac"),
            velocity_kmh: from.measure("vel"),
            course_deg: from.number("cog").and_then(course),
            battery_pct: from.integer("batt").filter(|&percent: &u8| percent <= 100),
            battery_status: from.integer("bs").and_then(BatteryStatus::from_wire),
            trigger: from.text("t"),
            tid: from.text("tid"),
            topic: from.text("topic"),
            connection: from.text("conn"),
            in_regions: from.texts("inregions").map(plain_names),
            in_region_ids: from.texts("inrids"),
            mode: from.integer("m"),
            id: from.text("_id"),
            source: from.text("source"),
            ssid: either(&mut from, "SSID", "ssid"),
            bssid: either(&mut from, "BSSID", "bssid"),
            pressure_kpa: from.radius("p"),
            motion: from.texts("motionactivities"),
            poi: from.text("poi"),
            tag: from.text("tag"),
            image: from.text("image"),
            image_name: from.text("imagename"),
            extra: from.rest(),
            ..Self::at(lat, lon)
        })
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .number("lat", Some(self.lat))
            .number("lon", Some(self.lon))
            .epoch("tst", self.tst)
            .epoch("created_at", self.created_at)
            .radius("acc", self.accuracy_m)
            .measure("alt", self.altitude_m)
            .radius("vac", self.vertical_accuracy_m)
            .measure("vel", self.velocity_kmh)
            .measure("cog", self.course_deg.map(|degrees| degrees.round() % 360.0))
            .integer("batt", self.battery_pct)
            .integer("bs", self.battery_status.map(BatteryStatus::to_wire))
            .text("t", self.trigger.as_deref())
            .text("tid", self.tid.as_deref())
            .text("topic", self.topic.as_deref())
            .text("conn", self.connection.as_deref())
            .texts("inregions", self.in_regions.as_deref())
            .texts("inrids", self.in_region_ids.as_deref())
            .integer("m", self.mode)
            .text("_id", self.id.as_deref())
            .text("source", self.source.as_deref())
            .text("SSID", self.ssid.as_deref())
            .text("BSSID", self.bssid.as_deref())
            .number("p", self.pressure_kpa)
            .texts("motionactivities", self.motion.as_deref())
            .text("poi", self.poi.as_deref())
            .text("tag", self.tag.as_deref())
            .text("image", self.image.as_deref())
            .text("imagename", self.image_name.as_deref())
            .finish(&self.extra)
    }
}

/// Degrees from 0 up to but not including 360; a full turn is north, anything else outside is unknown.
fn course(degrees: f64) -> Option<f64> {
    (0.0..=360.0).contains(&degrees).then_some(degrees % 360.0)
}

fn either(from: &mut Members, upper: &str, lower: &str) -> Option<String> {
    let (upper, lower) = (from.text(upper), from.text(lower));
    upper.or(lower)
}

fn plain_names(names: Vec<String>) -> Vec<String> {
    names.into_iter().map(|name| plain_name(&name).to_owned()).collect()
}
