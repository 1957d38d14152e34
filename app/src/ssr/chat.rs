//! What only the server's half of the page for messages has.

use super::refused;
use crate::{api::ApiError, draft::chat::TypedAudience};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use leptos::nonce::Nonce;
use std::fmt::Write as _;

/// A name for a message that is not written yet: 32 hexadecimal digits, another one each time.
pub fn fresh_client_id() -> String {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&*Nonce::new()).unwrap_or_default();
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        // Writing to a string cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

/// What `service` refused about a message, beside the field of the form that holds what is wrong.
pub fn chat_told(error: service::Error, typed: TypedAudience<'_>) -> ApiError {
    let field = |field: &'static str| match field {
        "friend" if typed.to == "region" => "whom",
        "friend" | "group" | "bot" => "to",
        other => other,
    };
    refused(if let service::Error::Invalid { field: named, why } = error {
        service::Error::Invalid { field: field(named), why }
    } else {
        error
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::chat::client_id;

    #[test]
    fn a_fresh_name_is_a_name_and_another_one_each_time() {
        let (one, other) = (fresh_client_id(), fresh_client_id());
        assert!(client_id(&one).is_ok() && client_id(&other).is_ok());
        assert_ne!(one, other);
    }

    #[test]
    fn what_is_wrong_about_somebody_is_told_where_they_were_chosen() {
        let field = |to: &str| {
            let error = service::Error::Invalid { field: "friend", why: "must be somebody else".to_owned() };
            chat_told(error, TypedAudience { to, region: "", whom: "" }).told().map(|told| told.field)
        };
        assert_eq!(field("friend-1").as_deref(), Some("to"));
        assert_eq!(field("region").as_deref(), Some("whom"));
    }
}
