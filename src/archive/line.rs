//! A message as one object of JSON.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use service::ArchivedMessage;

/// The payload is `payload` when it is UTF-8, else `payload_base64`.
pub(super) fn line(message: &ArchivedMessage) -> Value {
    let mut line = about(message);
    let (name, payload) = match std::str::from_utf8(&message.payload) {
        Ok(text) => ("payload", text.to_owned()),
        Err(_) => ("payload_base64", BASE64_STANDARD.encode(&message.payload)),
    };
    line.insert(name.into(), payload.into());
    line.into()
}

/// All but the payload.
pub(super) fn about(message: &ArchivedMessage) -> Map<String, Value> {
    let ArchivedMessage {
        id,
        received_at,
        door,
        friend,
        device,
        device_id,
        topic,
        retained,
        payload: _,
        verdict,
    } = message;
    let members: [(&str, Value); 9] = [
        ("id", (*id).into()),
        ("received_at", received_at.to_string().into()),
        ("door", door.as_str().into()),
        ("friend", friend.as_deref().into()),
        ("device", device.as_deref().into()),
        ("device_id", device_id.map(|id| id.to_string()).into()),
        ("topic", topic.as_str().into()),
        ("retained", (*retained).into()),
        ("verdict", verdict.as_str().into()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
