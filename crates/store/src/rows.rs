//! Reading what columns cannot say by type: an inconsistent row is an error with its table, never a panic.

use crate::Error;
use domain::{Once, Timestamp, chat::ChatText};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Reads a JSON column.
pub(crate) fn json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Inconsistent { table, why: error.to_string() })
}

/// Writes a value for a JSON column.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("domain types have string keys and no failing serialisers")
}

/// Writes identifiers for `unhex(value)` of `json_each`.
pub(crate) fn to_hex(ids: impl Iterator<Item = Uuid>) -> String {
    to_json(&ids.map(|id| id.simple().to_string()).collect::<Vec<_>>())
}

/// Reads a column that holds one word of a closed set, as the type serialises it.
pub(crate) fn word<T: DeserializeOwned>(table: &'static str, word: &str) -> Result<T, Error> {
    let word = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word);
    T::deserialize(word).map_err(|error| Error::Inconsistent { table, why: error.to_string() })
}

/// The word a value of a closed set serialises as.
pub(crate) fn as_word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("{other:?} is not a word"),
    }
}

/// Reads what somebody wrote.
pub(crate) fn chat_text(text: &str) -> Result<ChatText, Error> {
    ChatText::new(text).map_err(|why| Error::Inconsistent { table: "chats", why: format!("text {why}") })
}

/// Reads the columns of something that works once.
pub(crate) fn once(ends_at: i64, used_at: Option<i64>, revoked_at: Option<i64>) -> Once {
    Once {
        ends_at: Timestamp::from_millis(ends_at),
        used_at: used_at.map(Timestamp::from_millis),
        revoked_at: revoked_at.map(Timestamp::from_millis),
    }
}

/// Reads a name column.
pub(crate) fn name(table: &'static str, text: &str) -> Result<domain::Name, Error> {
    domain::Name::new(text).map_err(|why| Error::Inconsistent { table, why: format!("name {why}") })
}
