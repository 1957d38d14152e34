//! Passwords of other brokers have to be said to them, so they cannot be hashed; but a copy of the database need not give them away.

use crate::{Error, secret};
use owntracks::{
    Encrypted,
    secretbox::{self, Secret},
};

/// A password as it is kept.
///
/// # Errors
/// When the machine has no randomness to give.
pub(crate) fn seal(password: &str, secret: &Secret) -> Result<String, Error> {
    Ok(secretbox::seal(password.as_bytes(), secret, secret::bytes()?).data)
}

/// A password as it was typed; `None` when it was sealed with another key.
pub(crate) fn open(sealed: String, secret: &Secret) -> Option<String> {
    String::from_utf8(secretbox::open(&Encrypted::new(sealed), secret).ok()?).ok()
}
