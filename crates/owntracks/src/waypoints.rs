//! All regions of one phone.

use serde_json::{Map, Value};

use crate::{DecodeError, JsonKind, MemberFault, Waypoint, member::Members, waypoint, writer::Writer};

const KIND: &str = "waypoints";

/// How many regions of one message are read. The phones watch a few dozen at most.
pub const MAX_WAYPOINTS: usize = 10_000;

/// The whole list of a phone's regions; what is not in it is no longer on the phone. Origin: `_type` `waypoints` of both
/// apps, topic suffix `waypoints`; also the shape of an `.otrw` file.
///
/// When `rejected` is not empty the list is known to be incomplete: a region missing from it may just be unreadable.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waypoints {
    /// `waypoints`: the readable entries, in their order.
    pub waypoints: Vec<Waypoint>,
    /// Why the other entries could not be read, in their order. Not written by [`crate::encode`].
    pub rejected: Vec<DecodeError>,
    /// `_creator`: who made the list, free text.
    pub creator: Option<String>,
    /// `_id`: random per message. Android.
    pub id: Option<String>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Waypoints {
    pub(crate) fn read(object: Map<String, Value>) -> Result<Self, DecodeError> {
        let mut from = Members::of(KIND, object);
        let entries = from.list("waypoints")?;
        let (waypoints, rejected) = read_entries(entries);
        Ok(Self {
            waypoints,
            rejected,
            creator: from.text("_creator"),
            id: from.text("_id"),
            topic: from.text("topic"),
            extra: from.rest(),
        })
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .text("_creator", self.creator.as_deref())
            .list("waypoints", Some(write_entries(&self.waypoints)))
            .text("_id", self.id.as_deref())
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}

/// The readable regions of a list, and why the others are not.
pub(crate) fn read_entries(entries: Vec<Value>) -> (Vec<Waypoint>, Vec<DecodeError>) {
    let (mut waypoints, mut rejected) = (vec![], vec![]);
    let sent = entries.len();
    for entry in entries.into_iter().take(MAX_WAYPOINTS) {
        match read_entry(entry) {
            Ok(waypoint) => waypoints.push(waypoint),
            Err(error) => rejected.push(error),
        }
    }
    if sent > MAX_WAYPOINTS {
        rejected.push(DecodeError::TooMany { limit: MAX_WAYPOINTS, sent });
    }
    (waypoints, rejected)
}

pub(crate) fn write_entries(waypoints: &[Waypoint]) -> Vec<Value> {
    waypoints.iter().map(|waypoint| Value::Object(waypoint.write())).collect()
}

/// An entry without `_type` is a region all the same; one with another `_type` is not.
fn read_entry(entry: Value) -> Result<Waypoint, DecodeError> {
    let found = JsonKind::of(&entry);
    let Value::Object(object) = entry else { return Err(DecodeError::NotAnObject { found }) };
    if object.get("_type").is_some_and(|kind| kind.as_str() != Some(waypoint::KIND)) {
        return Err(DecodeError::member(waypoint::KIND, "_type", MemberFault::WrongType));
    }
    Waypoint::read(object)
}
