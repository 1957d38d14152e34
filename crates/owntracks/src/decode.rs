//! From bytes to messages.

use serde_json::Value;

use crate::{DecodeError, Message, csv, surrogate};

/// How many messages of one array are read. Gateways send a few hundred at most.
pub const MAX_MESSAGES: usize = 10_000;

/// The messages in one MQTT payload or HTTP body, each read or refused on its own: none for an empty array, several for an
/// array, else one. No bytes at all are one [`Message::Cleared`].
///
/// Lenient towards senders: a byte order mark, blanks and NULs around the JSON, bytes that are not UTF-8 inside a text,
/// halves of an emoji and a line of the small trackers' format are all understood. `docs/owntracks.md` lists every case.
///
/// The memory used is a multiple of the payload (some fifty times for the worst), so the caller bounds the payload first.
pub fn decode(payload: &[u8]) -> Vec<Result<Message, DecodeError>> {
    if payload.is_empty() {
        return vec![Ok(Message::Cleared)];
    }
    let text = String::from_utf8_lossy(payload);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim_matches(is_padding);
    match parse(text) {
        Ok(Value::Array(values)) => read_all(values),
        Ok(value) => vec![Message::read(value)],
        Err(error) => vec![match csv::read(text) {
            Some(location) => location.map(Message::Location),
            None if std::str::from_utf8(payload).is_err() => Err(DecodeError::NotUtf8),
            None => Err(DecodeError::json(&error)),
        }],
    }
}

/// Strict JSON first; only a text that is refused is mended and tried again.
fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // A raw NUL has no place in JSON: a sender that counts in C appended it, and what follows is left-over memory.
    let before_nul = text.split_once('\0').map(|(before, _)| before);
    let mended = surrogate::mend(before_nul.unwrap_or(text));
    match mended.as_deref().or(before_nul) {
        Some(second) => serde_json::from_str(second).or(Err(error)),
        None => Err(error),
    }
}

fn read_all(values: Vec<Value>) -> Vec<Result<Message, DecodeError>> {
    let sent = values.len();
    let mut messages: Vec<_> = values.into_iter().take(MAX_MESSAGES).map(Message::read).collect();
    if sent > MAX_MESSAGES {
        messages.push(Err(DecodeError::TooMany { limit: MAX_MESSAGES, sent }));
    }
    messages
}

fn is_padding(character: char) -> bool {
    character == '\0' || character.is_ascii_whitespace()
}
