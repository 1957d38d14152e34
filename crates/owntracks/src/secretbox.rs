//! Opens and seals what phones encrypt: XSalsa20-Poly1305, as libsodium's `crypto_secretbox` and both apps do it.
//!
//! The key is what the user typed, its UTF-8 bytes filled with zeros to 32. The apps disagree about longer ones, so
//! [`open`] tries both readings and [`Secret::check_new`] refuses them for new phones.
//!
//! Nothing here makes randomness: whoever seals hands in a nonce that was never used with the same secret (24 random bytes).
//!
//! ```
//! use owntracks::{Message, decode, encode, secretbox::{self, Secret}};
//!
//! let secret = Secret::new("s3cretkey")?;
//! # let random = [7; 24];
//! let sealed = secretbox::seal(br#"{"_type":"lwt"}"#, &secret, random);
//! let payload = encode(&Message::Encrypted(sealed)); // to the phone
//!
//! let Some(Ok(Message::Encrypted(sealed))) = decode(&payload).pop() else { unreachable!() };
//! let plain = secretbox::open(&sealed, &secret)?;
//! assert!(matches!(decode(&plain).pop(), Some(Ok(Message::Lwt(_)))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose},
};
use crypto_secretbox::{AeadInPlace, Key, KeyInit, Nonce, Tag, XSalsa20Poly1305};
use thiserror::Error;

use crate::Encrypted;

/// Bytes of the key. What a user typed must not be longer, see [`Secret::check_new`].
pub const KEY_BYTES: usize = 32;
/// Bytes of the nonce, in front of the box.
pub const NONCE_BYTES: usize = 24;
/// Bytes of the authentication code, between nonce and ciphertext.
pub const TAG_BYTES: usize = 16;

/// Reads with or without padding, and does not mind bits left over in the last letter.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a phone and its server both know. `Debug` does not show it, and it is wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret {
    /// The bytes cut at 32, in the middle of a character if need be: Android, Home Assistant, the Recorder.
    by_bytes: XSalsa20Poly1305,
    /// The whole characters that fit into 32 bytes, where that differs: iOS.
    by_characters: Option<XSalsa20Poly1305>,
}

/// What is wrong with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretError {
    /// There is nothing in it: an app with an empty secret does not encrypt.
    #[error("The secret is empty.")]
    Empty,
    /// It does not fit the key: the apps would cut it, and not all at the same place.
    #[error("The secret is {bytes} bytes long in UTF-8; phones use the first {KEY_BYTES} only.")]
    TooLong {
        /// Its length in UTF-8.
        bytes: usize,
    },
}

/// Why a ciphertext stays closed. None of it says whether another secret would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// `data` is not base64 in any of its spellings (vector p122).
    #[error("The encrypted data is not base64.")]
    NotBase64,
    /// `data` is shorter than nonce and authentication code, 40 bytes (vector p115).
    #[error("The encrypted data is {bytes} bytes long; even an empty message has {}.", NONCE_BYTES + TAG_BYTES)]
    TooShort {
        /// How many bytes there were.
        bytes: usize,
    },
    /// The secret is another one, or the data was altered on the way; the two cannot be told apart (vector p114).
    #[error("The secret does not fit the encrypted data.")]
    WrongKey,
}

impl Secret {
    /// The secret as the user typed it on the phone; one that is too long is understood as the apps do.
    ///
    /// # Errors
    /// [`SecretError::Empty`].
    pub fn new(typed: &str) -> Result<Self, SecretError> {
        if typed.is_empty() {
            return Err(SecretError::Empty);
        }
        let by_bytes = cut(typed.as_bytes(), KEY_BYTES);
        let by_characters = cut(typed.as_bytes(), typed.floor_char_boundary(KEY_BYTES));
        Ok(Self {
            by_bytes: XSalsa20Poly1305::new(&by_bytes),
            by_characters: (by_characters != by_bytes).then(|| XSalsa20Poly1305::new(&by_characters)),
        })
    }

    /// Whether a new phone may be given this secret: every app makes the same key of it.
    ///
    /// # Errors
    /// [`SecretError::Empty`] and [`SecretError::TooLong`].
    pub const fn check_new(typed: &str) -> Result<(), SecretError> {
        match typed.len() {
            0 => Err(SecretError::Empty),
            1..=KEY_BYTES => Ok(()),
            bytes => Err(SecretError::TooLong { bytes }),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The plain text: none, one message or an array of messages, for [`crate::decode`].
///
/// Lenient about the base64: line breaks and blanks inside, no padding, the URL-safe letters, or both alphabets mixed.
///
/// # Errors
/// [`OpenError`], when the data is no box or the secret does not open it.
pub fn open(sealed: &Encrypted, secret: &Secret) -> Result<Vec<u8>, OpenError> {
    let sealed = bytes_of(&sealed.data).ok_or(OpenError::NotBase64)?;
    let too_short = || OpenError::TooShort { bytes: sealed.len() };
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(too_short)?;
    let (tag, ciphertext) = rest.split_first_chunk::<TAG_BYTES>().ok_or_else(too_short)?;
    let (nonce, tag) = (Nonce::from(*nonce), Tag::from(*tag));
    let mut text = ciphertext.to_vec();
    for key in std::iter::once(&secret.by_bytes).chain(&secret.by_characters) {
        // The text is decrypted only once the authentication code fits, so a second key finds it as it was.
        if key.decrypt_in_place_detached(&nonce, &[], &mut text, &tag).is_ok() {
            return Ok(text);
        }
    }
    Err(OpenError::WrongKey)
}

/// The plain text, sealed in the one spelling every app reads. The nonce must never have been used with this secret before.
///
/// A secret that is too long is cut in the middle of a character, as Android does; see [`Secret::check_new`].
#[expect(clippy::missing_panics_doc, reason = "it never does")]
pub fn seal(plain: &[u8], secret: &Secret, nonce: [u8; NONCE_BYTES]) -> Encrypted {
    let mut text = plain.to_vec();
    let tag = secret
        .by_bytes
        .encrypt_in_place_detached(&Nonce::from(nonce), &[], &mut text)
        .expect("without associated data there is nothing that can fail");
    Encrypted::new(general_purpose::STANDARD.encode([&nonce[..], &tag[..], &text].concat()))
}

/// The first bytes of a secret, filled with zeros.
fn cut(typed: &[u8], most: usize) -> Key {
    let mut key = Key::default();
    for (place, byte) in key.iter_mut().zip(typed.iter().take(most)) {
        *place = *byte;
    }
    key
}

fn bytes_of(base64: &str) -> Option<Vec<u8>> {
    let letters = base64.bytes().filter(|letter| !letter.is_ascii_whitespace());
    let standard = letters.map(|letter| match letter {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    });
    LENIENT.decode(standard.collect::<Vec<_>>()).ok()
}
