//! How far somebody walked.

use serde_json::{Map, Value};

use crate::{DecodeError, Epoch, MemberFault, member::Members, writer::Writer};

const KIND: &str = "steps";

/// Steps counted by a phone between two moments. Origin: `_type` `steps` of iOS, topic suffix `step`; iOS up to 14.2.0 sent it
/// as a `location` without a place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steps {
    /// `steps`: how many; `None` = the phone cannot count (sent as -1).
    pub steps: Option<u32>,
    /// `from`: start of the interval.
    pub from: Option<Epoch>,
    /// `to`: end of the interval.
    pub to: Option<Epoch>,
    /// `distance`: metres walked, 0 or more.
    pub distance_m: Option<f64>,
    /// `floorsup`: floors climbed.
    pub floors_up: Option<u32>,
    /// `floorsdown`: floors descended.
    pub floors_down: Option<u32>,
    /// `tst`: when the phone answered.
    pub tst: Option<Epoch>,
    /// `tid`: initials for display.
    pub tid: Option<String>,
    /// `_id`: random per message.
    pub id: Option<String>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Steps {
    pub(crate) fn read(object: Map<String, Value>) -> Result<Self, DecodeError> {
        let mut from = Members::of(KIND, object);
        if !from.contains("steps") {
            return Err(from.fault("steps", MemberFault::Missing));
        }
        Ok(Self {
            steps: from.integer("steps"),
            from: from.epoch("from"),
            to: from.epoch("to"),
            distance_m: from.measure("distance"),
            floors_up: from.integer("floorsup"),
            floors_down: from.integer("floorsdown"),
            tst: from.epoch("tst"),
            tid: from.text("tid"),
            id: from.text("_id"),
            topic: from.text("topic"),
            extra: from.rest(),
        })
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .integer("steps", Some(self.steps.map_or(-1, i64::from)))
            .epoch("from", self.from)
            .epoch("to", self.to)
            .measure("distance", self.distance_m)
            .integer("floorsup", self.floors_up)
            .integer("floorsdown", self.floors_down)
            .epoch("tst", self.tst)
            .text("tid", self.tid.as_deref())
            .text("_id", self.id.as_deref())
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}
