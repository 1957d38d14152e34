//! Everything a phone can say.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    Beacon, Card, Command, Configuration, DecodeError, Dump, Encrypted, JsonKind, Location, Lwt, Raw,
    Request, Status, Steps, Transition, Waypoint, Waypoints, location,
};

/// One message, told apart by its `_type`; the topic it came on does not matter. Serialises as [`crate::encode`] writes it
/// ([`Message::Cleared`] as `null`, for JSON has no word for nothing).
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every message is a location, so a box would only cost an allocation"
)]
pub enum Message {
    /// `location`: where a phone was.
    Location(Location),
    /// `transition`: a phone entered or left a region.
    Transition(Transition),
    /// `waypoint`: a region was drawn or edited.
    Waypoint(Waypoint),
    /// `waypoints`: all regions of a phone.
    Waypoints(Waypoints),
    /// `lwt`: a phone's connection broke.
    Lwt(Lwt),
    /// `card`: name and face of a person.
    Card(Card),
    /// `steps`: how far somebody walked.
    Steps(Steps),
    /// `status`: what hinders the app from reporting.
    Status(Status),
    /// `cmd`: an order to a phone.
    Command(Command),
    /// `configuration`: settings of an app. Holds secrets. Boxed, because it is long.
    Configuration(Box<Configuration>),
    /// `dump`: a configuration on demand. Holds secrets.
    Dump(Dump),
    /// `beacon`: a beacon in range; it is no place.
    Beacon(Beacon),
    /// `request`: a phone asks the server for something (a tour).
    Request(Request),
    /// `encrypted`: a ciphertext; [`crate::secretbox::open`] gives its plain text.
    Encrypted(Encrypted),
    /// A `_type` nobody knows.
    Unknown {
        /// The `_type` if it is a text. The spelling counts: `Location` is unknown.
        kind: Option<String>,
        /// The object as sent, with its `_type`.
        raw: Raw,
    },
    /// A payload of no bytes: whoever sent it wants what is retained on the topic to be forgotten.
    Cleared,
}

impl Message {
    /// The `_type`; `unknown` when that was no text, `cleared` for a payload of no bytes.
    pub fn kind(&self) -> &str {
        match self {
            Self::Location(_) => "location",
            Self::Transition(_) => "transition",
            Self::Waypoint(_) => "waypoint",
            Self::Waypoints(_) => "waypoints",
            Self::Lwt(_) => "lwt",
            Self::Card(_) => "card",
            Self::Steps(_) => "steps",
            Self::Status(_) => "status",
            Self::Command(_) => "cmd",
            Self::Configuration(_) => "configuration",
            Self::Dump(_) => "dump",
            Self::Beacon(_) => "beacon",
            Self::Request(_) => "request",
            Self::Encrypted(_) => "encrypted",
            Self::Unknown { kind, .. } => kind.as_deref().unwrap_or("unknown"),
            Self::Cleared => "cleared",
        }
    }

    /// The topic a message in HTTP mode says it belongs to, with its suffix; `None` where phones send none.
    pub fn topic(&self) -> Option<&str> {
        match self {
            Self::Location(message) => message.topic.as_deref(),
            Self::Transition(message) => message.topic.as_deref(),
            Self::Waypoint(message) => message.topic.as_deref(),
            Self::Waypoints(message) => message.topic.as_deref(),
            Self::Card(message) => message.topic.as_deref(),
            Self::Steps(message) => message.topic.as_deref(),
            Self::Encrypted(message) => message.topic.as_deref(),
            Self::Status(message) => message.topic.as_deref(),
            Self::Command(message) => message.topic.as_deref(),
            Self::Configuration(message) => message.extra.get("topic")?.as_str(),
            Self::Dump(message) => message.topic.as_deref(),
            Self::Beacon(message) => message.topic.as_deref(),
            Self::Request(message) => message.topic.as_deref(),
            Self::Unknown { raw, .. } => raw.text("topic"),
            Self::Lwt(_) | Self::Cleared => None,
        }
    }

    /// The message in a JSON value.
    pub(crate) fn read(value: Value) -> Result<Self, DecodeError> {
        let found = JsonKind::of(&value);
        let Value::Object(object) = value else { return Err(DecodeError::NotAnObject { found }) };
        let Some(kind) = object.get("_type").ok_or(DecodeError::NoType)?.as_str() else {
            return Ok(Self::Unknown { kind: None, raw: Raw { members: object } });
        };
        Ok(match kind {
            location::KIND if is_steps_in_disguise(&object) => Self::Steps(Steps::read(object)?),
            location::KIND => Self::Location(Location::read(object)?),
            "transition" => Self::Transition(Transition::read(object)?),
            "waypoint" => Self::Waypoint(Waypoint::read(object)?),
            "waypoints" => Self::Waypoints(Waypoints::read(object)?),
            "lwt" => Self::Lwt(Lwt::read(object)),
            "card" => Self::Card(Card::read(object)),
            "steps" => Self::Steps(Steps::read(object)?),
            "status" => Self::Status(Status::read(object)),
            "cmd" => Self::Command(Command::read(object)),
            "configuration" => Self::Configuration(Box::new(Configuration::read(object))),
            "dump" => Self::Dump(Dump::read(object)?),
            "beacon" => Self::Beacon(Beacon::read(object)),
            "request" => Self::Request(Request::read(object)),
            "encrypted" => Self::Encrypted(Encrypted::read(object)?),
            _ => Self::Unknown { kind: Some(kind.to_owned()), raw: Raw { members: object } },
        })
    }

    /// The JSON object of the message; none for [`Message::Cleared`].
    pub(crate) fn write(&self) -> Option<Map<String, Value>> {
        Some(match self {
            Self::Location(message) => message.write(),
            Self::Transition(message) => message.write(),
            Self::Waypoint(message) => message.write(),
            Self::Waypoints(message) => message.write(),
            Self::Lwt(message) => message.write(),
            Self::Card(message) => message.write(),
            Self::Steps(message) => message.write(),
            Self::Encrypted(message) => message.write(),
            Self::Status(message) => message.write(),
            Self::Command(message) => message.write(),
            Self::Configuration(message) => message.write(),
            Self::Dump(message) => message.write(),
            Self::Beacon(message) => message.write(),
            Self::Request(message) => message.write(),
            // Nobody reads it, so nobody is harmed by a null; and an odd `_type` must stay odd.
            Self::Unknown { raw, .. } => raw.members.clone(),
            Self::Cleared => return None,
        })
    }
}

macro_rules! from {
    ($($kind:ident)+) => {
        $(impl From<$kind> for Message {
            fn from(message: $kind) -> Self {
                Self::$kind(message)
            }
        })+
    };
}

from! { Location Transition Waypoint Waypoints Lwt Card Steps Status Command Dump Beacon Request Encrypted }

impl From<Configuration> for Message {
    fn from(message: Configuration) -> Self {
        Self::Configuration(Box::new(message))
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write().serialize(serializer)
    }
}

/// iOS up to 14.2.0 sent step counts as `location`.
fn is_steps_in_disguise(object: &Map<String, Value>) -> bool {
    object.contains_key("steps") && !object.contains_key("lat") && !object.contains_key("lon")
}
