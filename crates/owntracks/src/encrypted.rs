//! A message nobody on the way can read.

use std::fmt;

use serde_json::{Map, Value};

use crate::{DecodeError, member::Members, writer::Writer};

const KIND: &str = "encrypted";

/// A ciphertext; [`crate::secretbox::open`] gives its plain text, which goes to [`crate::decode`] again. Origin: `_type`
/// `encrypted` of both apps, for everything but the last will, on the topic the message inside belongs to.
///
/// Nothing in it binds the topic or the time, so a stored ciphertext can be replayed: tell repetitions by the message inside.
/// `Debug` shows how long it is, not what it is.
#[derive(Clone, PartialEq)]
pub struct Encrypted {
    /// `data`: base64 of nonce (24 bytes), authentication code (16 bytes) and ciphertext, as sent, unchecked.
    pub data: String,
    /// `_id`: random per message, in clear; differs from the `_id` inside. Android.
    pub id: Option<String>,
    /// `topic`: in HTTP mode the apps put it inside the ciphertext, so this is from other senders.
    pub topic: Option<String>,
    /// Members this crate does not know, as sent.
    pub extra: Map<String, Value>,
}

impl Encrypted {
    /// A ciphertext and nothing else.
    pub fn new(data: impl Into<String>) -> Self {
        Self { data: data.into(), id: None, topic: None, extra: Map::new() }
    }

    pub(crate) fn read(object: Map<String, Value>) -> Result<Self, DecodeError> {
        let mut from = Members::of(KIND, object);
        Ok(Self {
            data: from.word("data")?,
            id: from.text("_id"),
            topic: from.text("topic"),
            extra: from.rest(),
        })
    }

    pub(crate) fn write(&self) -> Map<String, Value> {
        Writer::of(KIND)
            .text("data", Some(&self.data))
            .text("_id", self.id.as_deref())
            .text("topic", self.topic.as_deref())
            .finish(&self.extra)
    }
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encrypted").field("letters", &self.data.len()).finish_non_exhaustive()
    }
}
