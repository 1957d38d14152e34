//! A phone crossing the edge of one of its regions.

use serde_json::{Map, Value};

use crate::{DecodeError, Epoch, member::Members, name, writer::Writer};

const KIND: &str = "transition";

/// A phone saw itself enter or leave one of its own regions. Origin: `_type` `transition` of both apps, topic suffix `event`.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// `event`: which way.
    pub event: Crossing,
    /// `desc`: the region's plain name (see [`crate::plain_name`]); older iOS left it out.
    pub desc: Option<String>,
    /// `desc` exactly as sent, only when it differs from the plain name.
    pub desc_as_sent: Option<String>,
    /// `rid`: the region's id. iOS only.
    pub region_id: Option<String>,
    /// `wtst`: when the region was made; together with the device, Android's key of the region.
    pub waypoint_tst: Option<Epoch>,
    /// `lat`: degrees north where the *phone* was, -90 to 90; `None` unless `lon` is usable too. 0/0 for some beacons.
    pub lat: Option<f64>,
    /// `lon`: degrees east where the *phone* was, -180 to 180; `None` unless `lat` is usable too.
    pub lon: Option<f64>,
    /// `acc`: accuracy of that place in metres, above 0.
    pub accuracy_m: Option<f64>,
    /// `tst`: time of the fix behind the event; on iOS it may be older than the crossing.
    pub tst: Option<Epoch>,
    /// `created_at`: when the message was made; on iOS the better time of the crossing.
    pub created_at: Option<Epoch>,
    /// `t`: `c` circle, `b` beacon, `l` derived from a location.
    pub trigger: Option<String>,
    /// `tid`: initials for display.
    pub tid: Option<String>,
    /// `_id`: random per message. Android.
    pub id: Option<String>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

/// Which way an edge was crossed. The words are matched exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Crossing {
    /// `enter`
    Enter,
    /// `leave`
    Leave,
    /// Any other word, as sent; scripts send `exit`. It must not change who is where (vector p068).
    Other(String),
}

impl Crossing {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Enter => "enter",
            Self::Leave => "leave",
            Self::Other(word) => word,
        }
    }

    fn from_wire(word: String) -> Self {
        match word.as_str() {
            "enter" => Self::Enter,
            "leave" => Self::Leave,
            _ => Self::Other(word),
        }
    }
}

impl Transition {
    /// A crossing and nothing else.
    pub fn new(event: Crossing) -> Self {
        Self {
            event,
            desc: None,
            desc_as_sent: None,
            region_id: None,
            waypoint_tst: None,
            lat: None,
            lon: None,
            accuracy_m: None,
            tst: None,
            created_at: None,
            trigger: None,
            tid: None,
            id: None,
            topic: None,
            extra: Map::new(),
        }
    }

    pub(crate) fn read(object: Map<String, Value>) -> Result<Self, DecodeError> {
        let mut from = Members::of(KIND, object);
        let event = Crossing::from_wire(from.word("event")?);
        let (desc, desc_as_sent) = name::split(from.text("desc"));
        // The crossing counts even when the place is nonsense; half a place is none.
        let lat = from.optional_coordinate("lat", 90).unwrap_or_default();
        let lon = from.optional_coordinate("lon", 180).unwrap_or_default();
        let (lat, lon) = lat.zip(lon).unzip();
        Ok(Self {
            event,
            desc,
            desc_as_sent,
            region_id: from.text("rid"),
            waypoint_tst: from.epoch("wtst"),
            lat,
            lon,
            accuracy_m: from.radius("acc"),
            tst: from.epoch("tst"),
            created_at: from.epoch("created_at"),
            trigger: from.text("t"),
            tid: from.text("tid"),
            id: from.text("_id"),
            topic: from.text("topic"),
            extra: from.rest(),
        })
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .text("event", Some(self.event.as_str()))
            .text("desc", self.desc_as_sent.as_deref().or(self.desc.as_deref()))
            .text("rid", self.region_id.as_deref())
            .epoch("wtst", self.waypoint_tst)
            .number("lat", self.lat)
            .number("lon", self.lon)
            .radius("acc", self.accuracy_m)
            .epoch("tst", self.tst)
            .epoch("created_at", self.created_at)
            .text("t", self.trigger.as_deref())
            .text("tid", self.tid.as_deref())
            .text("_id", self.id.as_deref())
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}
