//! A message as one object of JSON.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use service::ArchivedMessage;

/// The payload is `payload` when it is UTF-8, else `payload_base64`.
pub(super) fn line(message: &ArchivedMessage) -> Value {
    let ArchivedMessage {
        id,
        received_at,
        door,
        friend,
        device,
        device_id,
        topic,
        retained,
        payload,
        verdict,
    } = message;
    let mut line = json!({
        "id": id,
        "received_at": received_at.to_string(),
        "door": door.as_str(),
        "friend": friend,
        "device": device,
        "device_id": device_id.map(|id| id.to_string()),
        "topic": topic,
        "retained": retained,
        "verdict": verdict,
    });
    match std::str::from_utf8(payload) {
        Ok(text) => line["payload"] = text.into(),
        Err(_) => line["payload_base64"] = BASE64_STANDARD.encode(payload).into(),
    }
    line
}
