//! Messages to browsers: encrypted for the browser (RFC 8291), signed for its push service (RFC 8292).

use super::{PushKey, for_good};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{Timestamp, alert::Told};
use serde_json::json;
use service::AlertTrouble;
use url::Url;
use web_push_native::{
    Auth,
    p256::{
        PublicKey,
        ecdsa::{Signature, signature::Signer},
    },
};

/// How long a signature is good, seconds. A push service takes a day at the most.
const SIGNED_S: i64 = 12 * 3600;
/// How long a push service keeps a message for a browser that is away, seconds: what is older is no news.
pub(super) const KEPT_S: u32 = 3600;
/// So many bytes of a notice are told: a push service takes 4096 with all that is around them.
const MOST_LETTERS: usize = 500;

/// A message as a push service takes it.
pub(super) struct Message {
    /// Encrypted.
    pub(super) body: Vec<u8>,
    /// Who we are.
    pub(super) authorization: String,
    /// A newer one with the same takes its place: the same message, tried again.
    pub(super) topic: String,
}

impl PushKey {
    /// A message for the browser at `endpoint` with this key and secret.
    ///
    /// # Errors
    /// When these are none.
    pub(super) fn message(
        &self,
        endpoint: &str,
        (p256dh, auth): (&str, &str),
        told: &Told,
        public_url: &str,
    ) -> Result<Message, AlertTrouble> {
        let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let key = bytes(p256dh).and_then(|key| PublicKey::from_sec1_bytes(&key).ok());
        let auth = bytes(auth).filter(|auth| auth.len() == 16);
        let (key, auth) = key.zip(auth).ok_or_else(|| for_good("the browser's key is none"))?;
        let shortened = |text: &str| text.chars().take(MOST_LETTERS).collect::<String>();
        let said = json!({
            "title": shortened(&told.notice.title),
            "body": shortened(&told.notice.body),
            "link": format!("{public_url}{}", told.notice.link),
            "tag": told.notice.tag,
        });
        let said = said.to_string().into_bytes();
        let body = web_push_native::encrypt(said, &key, Auth::from_slice(&auth))
            .map_err(|_too_long| for_good("the message cannot be encrypted"))?;
        let authorization = self.authorization(endpoint, crate::clock::now())?;
        Ok(Message { body, authorization, topic: told.id.to_string() })
    }

    /// A token for whoever runs an endpoint, with the key by which it is believed.
    fn authorization(&self, endpoint: &str, now: Timestamp) -> Result<String, AlertTrouble> {
        let url = Url::parse(endpoint).map_err(|_no_url| for_good("the browser's endpoint is none"))?;
        let audience = url.origin().ascii_serialization();
        let expires = now.as_millis() / 1000 + SIGNED_S;
        let head = json!({"typ": "JWT", "alg": "ES256"}).to_string();
        let claims = json!({"aud": audience, "exp": expires, "sub": self.contact}).to_string();
        let signed =
            format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(head), BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature: Signature = self.signing.sign(signed.as_bytes());
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes());
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public()))
    }
}
