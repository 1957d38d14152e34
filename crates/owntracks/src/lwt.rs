//! A phone's last will: the broker says it for a phone that vanished.

use serde_json::{Map, Value};

use crate::{Epoch, member::Members, writer::Writer};

const KIND: &str = "lwt";

/// The connection of a phone broke. It says nothing about the position, and comes on the base topic.
/// Origin: `_type` `lwt`, MQTT only.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lwt {
    /// `tst`: when the phone had *connected* (iOS); Android sends none. Never the time it went offline.
    pub tst: Option<Epoch>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Lwt {
    pub(crate) fn read(object: Map<String, Value>) -> Self {
        let mut from = Members::of(KIND, object);
        Self { tst: from.epoch("tst"), extra: from.rest() }
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND).epoch("tst", self.tst).finish(&self.extra)
    }
}
