//! Secrets, and what is kept of them.
//!
//! What the machine makes (device passwords, cookies, tokens, what is in links) is told once, to whom it is for, and has over 100 bits, so
//! a plain SHA-256 keeps it, and by that it is looked up; what people choose is hashed with Argon2id.

use crate::Error;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use sha2::{Digest, Sha256};
use store::SecretHash;

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

/// A secret that was just made.
pub(crate) struct Fresh {
    /// The secret itself, to be told once; nobody knows it afterwards.
    pub(crate) told: String,
    /// What is kept.
    pub(crate) hash: SecretHash,
}

/// Makes a secret that begins with these letters.
///
/// # Errors
/// When the machine has no randomness to give.
pub(crate) fn fresh(beginning: &str) -> Result<Fresh, Error> {
    let told = format!("{beginning}{}", random()?);
    Ok(Fresh { hash: hash(&told), told })
}

/// What is kept of such a secret.
pub(crate) fn hash(told: &str) -> SecretHash {
    SecretHash::new(Sha256::digest(told.as_bytes()).into())
}

/// What proves that somebody knows this, and does not tell it: half of its hash, in hexadecimal digits.
pub(crate) fn proof(known: &str) -> String {
    hash(known).as_bytes().iter().take(16).fold(String::new(), |proof, byte| proof + &format!("{byte:02x}"))
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

/// What is kept of the password of nobody: nothing hashes to this, and finding that out is as much work as for anybody.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether a password is the one that was kept. `None` (no such account) takes as long as a wrong password.
pub(crate) async fn verify_password(password: String, kept: Option<String>) -> bool {
    let kept = kept.unwrap_or_else(|| NOBODY.to_owned());
    let verified = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&kept)
            .is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok())
    });
    verified.await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, PasswordHash, hash_password, verify_password};

    /// How much work it is to hash a password as this one was: everything of it but the random parts.
    fn work(kept: &str) -> (String, Option<u32>, String, Option<usize>, Option<usize>) {
        let kept = PasswordHash::new(kept).expect("is a hash");
        (
            kept.algorithm.to_string(),
            kept.version,
            kept.params.to_string(),
            kept.salt.map(|salt| salt.to_string().len()),
            kept.hash.map(|hash| hash.len()),
        )
    }

    #[tokio::test]
    async fn nobody_costs_as_much_as_a_wrong_password() {
        let somebody = hash_password("correct horse".to_owned()).await.expect("there is memory");
        assert_eq!(work(NOBODY), work(&somebody), "one way leads through both, and it is as long");
        assert!(verify_password("correct horse".to_owned(), Some(somebody)).await);
        for password in ["", "correct horse", NOBODY] {
            assert!(!verify_password(password.to_owned(), None).await, "nobody has no password");
        }
    }
}
