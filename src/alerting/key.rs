//! The key by which browsers know that push messages come from here (VAPID, RFC 8292). It lies in the data directory: with another one all
//! browsers would have to be asked again.

use crate::config::Mistake;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::{
    fs::File,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use web_push_native::p256::{SecretKey, ecdsa::SigningKey, elliptic_curve::sec1::ToEncodedPoint};

/// The key of push messages.
pub struct PushKey {
    pub(super) signing: SigningKey,
    public: String,
    /// Whom a push service may write to: `mailto:` or the address of the site.
    pub(super) contact: String,
}

impl PushKey {
    /// Reads the key below the data directory; makes it, readable for us alone, when there is none.
    ///
    /// # Errors
    /// When it cannot be read or made, or is none.
    pub fn read_or_make(data: &Path, contact: String) -> Result<Self, Mistake> {
        let path = data.join("push.key");
        let wrong = |why: std::io::Error| Mistake::new("data", path.display(), why);
        let found = match std::fs::read_to_string(&path) {
            Ok(text) => text.trim().to_owned(),
            Err(why) if why.kind() == ErrorKind::NotFound => String::new(),
            Err(why) => return Err(wrong(why)),
        };
        // An empty one is what a loss of power leaves: no browser knows it yet.
        let text = if found.is_empty() { make(&path).map_err(wrong)? } else { found };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let secret = bytes.and_then(|bytes| SecretKey::from_slice(&bytes).ok());
        let no_key =
            || Mistake::new("data", path.display(), "it is no key; remove it, and a new one is made");
        let secret = secret.ok_or_else(no_key)?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(secret.public_key().to_encoded_point(false).as_bytes());
        Ok(Self { signing: SigningKey::from(&secret), public, contact })
    }

    /// The public half, as browsers want it.
    pub fn public(&self) -> String {
        self.public.clone()
    }
}

fn make(path: &Path) -> std::io::Result<String> {
    let failed = |why: getrandom::Error| std::io::Error::other(why.to_string());
    let key = loop {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(failed)?;
        // Of all numbers as good as none is no key.
        if SecretKey::from_slice(&random).is_ok() {
            break BASE64_URL_SAFE_NO_PAD.encode(random);
        }
    };
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    Ok(key)
}
