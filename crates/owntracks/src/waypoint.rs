//! A region a user drew on the phone.

use serde_json::{Map, Value};

use crate::{DecodeError, Epoch, MemberFault, member::Members, name, writer::Writer};

pub(crate) const KIND: &str = "waypoint";

/// Characters in a UUID with its hyphens.
const UUID_LENGTH: usize = 36;

/// A region of a phone: a circle, or a beacon. Origin: `_type` `waypoint` of both apps, topic suffix `waypoint`, and the
/// entries of [`crate::Waypoints`]. It has a name, an id, or at least a place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waypoint {
    /// `desc`: the plain name (see [`crate::plain_name`]), with whatever the iOS app appends; [`Waypoint::name`] is without.
    pub desc: Option<String>,
    /// `desc` exactly as sent, only when it differs from the plain name.
    pub desc_as_sent: Option<String>,
    /// `lat`: degrees north of the centre, -90 to 90; `None` unless `lon` was sent too. 0/0 for some beacons.
    pub lat: Option<f64>,
    /// `lon`: degrees east of the centre, -180 to 180; `None` unless `lat` was sent too.
    pub lon: Option<f64>,
    /// `rad`: metres. Above 0 a circle, 0 not watched or a beacon, below 0 a beacon that moves with the phone.
    pub radius_m: Option<f64>,
    /// `tst`: when the region was made; it stays when the region is edited and is Android's key.
    pub tst: Option<Epoch>,
    /// `rid`: iOS's key, any text.
    pub region_id: Option<String>,
    /// `uuid` of a beacon, as sent.
    pub uuid: Option<String>,
    /// `major` number of a beacon.
    pub major: Option<u16>,
    /// `minor` number of a beacon.
    pub minor: Option<u16>,
    /// `_id`: random per message. Android.
    pub id: Option<String>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Waypoint {
    /// The name people gave: `desc` without the iOS suffixes `|…` (which crossings to watch) and `:UUID[:major[:minor]]`
    /// (a beacon). A transition names the region like this.
    pub fn name(&self) -> Option<&str> {
        let desc = self.desc.as_deref()?;
        let name = desc.split_once('|').map_or(desc, |(name, _)| name);
        let beacon = name.match_indices(':').find_map(|(at, _)| {
            let (name, rest) = name.split_at_checked(at)?;
            is_uuid(rest.strip_prefix(':')?.get(..UUID_LENGTH)?).then_some(name)
        });
        Some(beacon.unwrap_or(name))
    }

    pub(crate) fn read(object: Map<String, Value>) -> Result<Self, DecodeError> {
        let mut from = Members::of(KIND, object);
        let (desc, desc_as_sent) = name::split(from.text("desc"));
        let region_id = from.text("rid");
        let lat = from.optional_coordinate("lat", 90)?;
        let lon = from.optional_coordinate("lon", 180)?;
        let (lat, lon) = lat.zip(lon).unzip();
        if desc.is_none() && region_id.is_none() && lat.is_none() {
            return Err(from.fault("desc", MemberFault::Missing));
        }
        Ok(Self {
            desc,
            desc_as_sent,
            lat,
            lon,
            radius_m: from.number("rad"),
            tst: from.epoch("tst"),
            region_id,
            uuid: from.text("uuid"),
            major: from.integer("major"),
            minor: from.integer("minor"),
            id: from.text("_id"),
            topic: from.text("topic"),
            extra: from.rest(),
        })
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .text("desc", self.desc_as_sent.as_deref().or(self.desc.as_deref()))
            .number("lat", self.lat)
            .number("lon", self.lon)
            .radius("rad", self.radius_m)
            .epoch("tst", self.tst)
            .text("rid", self.region_id.as_deref())
            .text("uuid", self.uuid.as_deref())
            .integer("major", self.major)
            .integer("minor", self.minor)
            .text("_id", self.id.as_deref())
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == UUID_LENGTH
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Home", "Home")]
    #[case("Home|1|2", "Home")]
    #[case("Bus: line 5", "Bus: line 5")]
    #[case("keys:CA271EAE-5FA8-4E80-8F08-2A302A95A959:1:2", "keys")]
    #[case("a:b:CA271EAE-5FA8-4E80-8F08-2A302A95A959", "a:b")]
    #[case("x:éééééééééééééééééééé", "x:éééééééééééééééééééé")]
    fn a_name_is_what_people_typed(#[case] desc: &str, #[case] name: &str) {
        let waypoint = Waypoint { desc: Some(desc.to_owned()), ..Waypoint::default() };
        assert_eq!(waypoint.name(), Some(name));
    }
}
