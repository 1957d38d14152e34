//! From messages to the bytes phones read.

use serde::Serialize;

use crate::Message;

/// The bytes of one message, none for [`Message::Cleared`].
///
/// Strict, because an app drops a message for one wrong type: no `null`, numbers as numbers, times in whole seconds, and `acc`,
/// `alt`, `vac`, `vel`, `cog`, `batt`, `rad` as whole numbers (an accuracy never rounds to 0, which would mean unknown). The `tid`
/// is written as it is; see [`crate::tid_for_phones`]. A message of unknown type is written as it came.
pub fn encode(message: &Message) -> Vec<u8> {
    message.write().map(|object| bytes(&object)).unwrap_or_default()
}

/// The bytes of a JSON array of messages, the form of an HTTP answer to a phone. [`Message::Cleared`] is left out.
pub fn encode_all(messages: &[Message]) -> Vec<u8> {
    let objects: Vec<_> = messages.iter().filter_map(Message::write).collect();
    bytes(&objects)
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("objects with texts as names can always be written")
}
