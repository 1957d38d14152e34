//! The settings of an app, on demand.

use serde_json::{Map, Value};

use crate::{Configuration, DecodeError, MemberFault, member::Members, writer::Writer};

const KIND: &str = "dump";

/// The answer to [`crate::Action::Dump`]. It holds the phone's password and its secret, so it is for the owner alone; `Debug`
/// shows neither. Origin: `_type` `dump` of iOS, topic suffix `dump`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dump {
    /// `configuration`: all settings.
    pub configuration: Box<Configuration>,
    /// `topic`: in HTTP mode, the topic with its suffix.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Dump {
    pub(crate) fn read(object: Map<String, Value>) -> Result<Self, DecodeError> {
        let mut from = Members::of(KIND, object);
        let configuration =
            from.object("configuration").ok_or_else(|| from.fault("configuration", MemberFault::Missing))?;
        Ok(Self {
            configuration: Box::new(Configuration::read(configuration)),
            topic: from.text("topic"),
            extra: from.rest(),
        })
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .object("configuration", Some(self.configuration.write()))
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}
