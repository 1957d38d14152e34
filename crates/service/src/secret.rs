//! Random secrets and their hashes.
//!
//! Secrets that the machine makes (device passwords, cookies, tokens) have over 100 bits, so a plain SHA-256 keeps them; what people choose
//! is hashed with Argon2id.

use crate::Error;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use sha2::{Digest, Sha256};

/// Letters and digits that are not taken for one another when typed from paper.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Random bytes.
///
/// # Errors
/// When the machine has none to give.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_no_detail_helps| Error::Machine("no randomness"))?;
    Ok(bytes)
}

/// A random secret of 24 letters and digits (120 bits), fit to be typed.
///
/// # Errors
/// When the machine has no randomness to give.
pub(crate) fn random() -> Result<String, Error> {
    Ok(bytes::<24>()?
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect())
}

/// What is kept of a random secret.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What is kept of a password. Slow on purpose, so it runs beside the async threads.
///
/// # Errors
/// When the machine has no randomness or memory.
pub(crate) async fn hash_password(password: String) -> Result<String, Error> {
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
    });
    hashed.await.ok().and_then(Result::ok).ok_or(Error::Machine("the password could not be hashed"))
}

/// Whether a password is the one that was kept. `None` (no such account) takes as long as a wrong password.
pub(crate) async fn verify_password(password: String, kept: Option<String>) -> bool {
    let verified = tokio::task::spawn_blocking(move || match kept {
        Some(kept) => PasswordHash::new(&kept)
            .is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok()),
        None => Argon2::default().hash_password(password.as_bytes()).is_err(),
    });
    verified.await.unwrap_or(false)
}
