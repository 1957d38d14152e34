//! A beacon near a phone.

use serde_json::{Map, Value};

use crate::{Epoch, member::Members, writer::Writer};

const KIND: &str = "beacon";

/// A beacon that a phone hears. It is no place: the time is that of the phone's last location, the accuracy the distance to the
/// beacon. May come many times a minute. Origin: `_type` `beacon` of iOS, topic suffix `beacon`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beacon {
    /// `desc`: name of the region the beacon belongs to, as sent.
    pub desc: Option<String>,
    /// `uuid` of the beacon, as sent.
    pub uuid: Option<String>,
    /// `major` number of the beacon.
    pub major: Option<u16>,
    /// `minor` number of the beacon.
    pub minor: Option<u16>,
    /// `tst`: when the phone last knew where it was, not when it heard the beacon.
    pub tst: Option<Epoch>,
    /// `acc`: metres to the beacon, 0 or more; sent as -1 when unknown.
    pub distance_m: Option<f64>,
    /// `rssi`: strength of the signal in dBm, below 0.
    pub rssi_dbm: Option<i16>,
    /// `prox`: how near, in words.
    pub proximity: Option<Proximity>,
    /// `tid`: initials for display.
    pub tid: Option<String>,
    /// `_id`: random per message.
    pub id: Option<String>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

/// How near a beacon is: `prox` of iOS, 0 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proximity {
    /// 0
    Unknown,
    /// 1: within a hand's reach.
    Immediate,
    /// 2: within some metres.
    Near,
    /// 3: farther.
    Far,
}

impl Proximity {
    const fn from_wire(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Unknown),
            1 => Some(Self::Immediate),
            2 => Some(Self::Near),
            3 => Some(Self::Far),
            _ => None,
        }
    }

    const fn to_wire(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Immediate => 1,
            Self::Near => 2,
            Self::Far => 3,
        }
    }
}

impl Beacon {
    pub(crate) fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of(KIND, object);
        Self {
            desc: from.text("desc"),
            uuid: from.text("uuid"),
            major: from.integer("major"),
            minor: from.integer("minor"),
            tst: from.epoch("tst"),
            distance_m: from.measure("acc"),
            rssi_dbm: from.integer("rssi"),
            proximity: from.integer("prox").and_then(Proximity::from_wire),
            tid: from.text("tid"),
            id: from.text("_id"),
            topic: from.text("topic"),
            extra: from.rest(),
        }
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .text("desc", self.desc.as_deref())
            .text("uuid", self.uuid.as_deref())
            .integer("major", self.major)
            .integer("minor", self.minor)
            .epoch("tst", self.tst)
            .measure("acc", self.distance_m)
            .integer("rssi", self.rssi_dbm)
            .integer("prox", self.proximity.map(Proximity::to_wire))
            .text("tid", self.tid.as_deref())
            .text("_id", self.id.as_deref())
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}
