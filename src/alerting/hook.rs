//! Messages by HTTP: to webhooks, signed; to ntfy; to push services. No redirect is followed, and of what is answered the status alone is
//! read.

use super::{
    Networks, for_good, for_now,
    push::{KEPT_S, Message},
    reach::Lookup,
};
use domain::alert::Told;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, StatusCode, header};
use reqwest::{RequestBuilder, redirect::Policy};
use serde_json::json;
use service::{AlertTask, AlertTrouble};
use sha2::Sha256;
use std::{sync::Arc, time::Duration};
use url::Url;

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// What is said of a browser that is no more.
pub(super) const GONE: &str = "the browser is no more";

/// Sends by HTTP, as far as messages may go.
pub(super) struct Client {
    networks: Arc<Networks>,
    encrypted: reqwest::Client,
    /// Into the networks that are named alone.
    plain: reqwest::Client,
}

impl Client {
    pub(super) fn new(networks: Arc<Networks>) -> anyhow::Result<Self> {
        let client = |encrypted: bool| {
            let lookup = Lookup { networks: networks.clone(), encrypted };
            reqwest::ClientBuilder::new()
                .redirect(Policy::none())
                .no_proxy()
                .dns_resolver(Arc::new(lookup))
                .connect_timeout(CONNECTING)
                .timeout(PATIENCE)
                .user_agent("Whereabouts")
                .https_only(encrypted)
                .build()
        };
        Ok(Self { encrypted: client(true)?, plain: client(false)?, networks })
    }

    pub(super) fn networks(&self) -> Arc<Networks> {
        self.networks.clone()
    }

    /// To somebody's own web server; whoever has the secret can tell that it is from here, and when it was.
    pub(super) async fn webhook(
        &self,
        url: &str,
        secret: &str,
        task: &AlertTask,
        public_url: &str,
    ) -> Result<(), AlertTrouble> {
        let told = &task.told;
        let body = json!({
            "id": told.id.to_string(),
            "at": told.at.to_string(),
            "title": told.notice.title,
            "body": told.notice.body,
            "link": format!("{public_url}{}", told.notice.link),
            "tag": told.notice.tag,
            "test": task.is_test,
        })
        .to_string();
        let second = crate::clock::now().as_millis() / 1000;
        let signature = signature(secret, second, &body)?;
        let request = self.post(url)?.header("Whereabouts-Signature", signature);
        deliver(request.header(header::CONTENT_TYPE, "application/json").body(body)).await
    }

    /// To a topic of an ntfy server, as JSON: its headers could not carry everybody's name.
    pub(super) async fn ntfy(
        &self,
        url: &str,
        token: Option<&str>,
        told: &Told,
        public_url: &str,
    ) -> Result<(), AlertTrouble> {
        let nowhere = || for_good("the topic is none");
        let mut server = Url::parse(url).map_err(|_no_url| nowhere())?;
        let topic = server.path_segments().and_then(|mut path| path.next_back()).map(str::to_owned);
        let topic = topic.filter(|topic| !topic.is_empty()).ok_or_else(nowhere)?;
        server.path_segments_mut().map_err(|()| nowhere())?.pop().push("");
        server.set_query(None);
        let body = json!({
            "topic": topic,
            "title": told.notice.title,
            "message": told.notice.body,
            "click": format!("{public_url}{}", told.notice.link),
        });
        let mut request = self.post(server.as_str())?;
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        deliver(request.json(&body)).await
    }

    /// To the push service of a browser.
    pub(super) async fn push(&self, endpoint: &str, message: Message) -> Result<(), AlertTrouble> {
        let Message { body, authorization, topic } = message;
        let request = self
            .post(endpoint)?
            .header("TTL", KEPT_S)
            .header("Urgency", "high")
            .header("Topic", topic)
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::AUTHORIZATION, authorization);
        match deliver(request.body(body)).await {
            Err(trouble) if trouble.why == answered(StatusCode::NOT_FOUND) => Err(for_good(GONE)),
            Err(trouble) if trouble.why == answered(StatusCode::GONE) => Err(for_good(GONE)),
            sent => sent,
        }
    }

    /// A message to a URL, if it may go there.
    fn post(&self, url: &str) -> Result<RequestBuilder, AlertTrouble> {
        let url = self.networks.allows(url).map_err(|why| for_good(format!("the address {why}")))?;
        let client = if url.scheme() == "https" { &self.encrypted } else { &self.plain };
        Ok(client.post(url))
    }
}

/// `t=…,v1=…`: the second at which it is sent, and the HMAC-SHA-256 of that, a full stop and the body, in hexadecimal digits.
fn signature(secret: &str, second: i64, body: &str) -> Result<HeaderValue, AlertTrouble> {
    let no_key = |_never| for_good("the secret is none");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(no_key)?;
    mac.update(format!("{second}.{body}").as_bytes());
    let digits = mac
        .finalize()
        .into_bytes()
        .iter()
        .fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
    HeaderValue::try_from(format!("t={second},v1={digits}"))
        .map_err(|_never| for_good("the signature is none"))
}

/// Sends it, and says in words what became of it. Whether nobody is there or somebody whom messages may not reach is not told apart.
async fn deliver(request: RequestBuilder) -> Result<(), AlertTrouble> {
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(why) if why.is_builder() => return Err(for_good("the address is none")),
        Err(_nobody) => return Err(for_now("nobody answers there")),
    };
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let may_pass = status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS]
            .contains(&status);
    let why = answered(status);
    Err(if may_pass { for_now(why) } else { for_good(why) })
}

fn answered(status: StatusCode) -> String {
    format!("the server there answered {}", status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn a_signature_is_what_others_compute() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac geheim
        let header = signature("geheim", 1_700_000_000, "{\"a\":1}").expect("is one");
        let expected = "t=1700000000,v1=c2f0a59f12d0bcd3933234d85083c03b99e970604203fd059a320436bb602adf";
        assert_eq!(header.to_str().ok(), Some(expected));
    }
}
