//! Signing in with an OIDC provider (Keycloak, Authelia and the like): authorization code with PKCE, state and nonce.
//!
//! `/oidc/start` sends the browser there, with what was begun in a cookie of its own for ten minutes; `/oidc/callback` believes only an answer
//! to what this browser began. Who the provider says it is must be linked to a friend here, or come by an invitation: nobody becomes a
//! friend by having an account there. Whatever goes wrong ends on a page that says so, and passwords go on working. Codes, tokens and
//! what the provider says of people are never logged.

use super::{Web, origin::is_foreign};
use app::ssr::{Encrypted, Peer, cookie_line, host_cookie, session_line};
use axum::{
    Extension, Router,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use service::{NewSession, SignedIn, Visitor};
use std::{fmt, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// How long somebody may take at the provider.
const COOKIE_S: i64 = 600;
/// How long what a provider says of itself is believed.
const KNOWN_FOR: Duration = Duration::from_mins(10);
/// How long the provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the operator says of the provider.
#[derive(Clone)]
pub struct Settings {
    /// Its issuer, as it calls itself.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// What proves it; `None` for a public client.
    pub client_secret: Option<String>,
    /// What the button says.
    pub name: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// The line to the provider.
pub(super) struct Provider {
    settings: Settings,
    redirect_to: String,
    http: reqwest::Client,
    known: Mutex<Option<(Instant, CoreProviderMetadata)>>,
}

/// Why it did not work, in a word for the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// The provider cannot be reached, or does not make sense.
    Down,
    /// It was begun elsewhere, or too long ago.
    Stale,
    /// The provider said no, or somebody changed their mind there.
    Denied,
    /// That identity is nobody's here.
    Unknown,
    /// That identity is somebody else's here.
    Taken,
}

impl Trouble {
    const fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Stale => "stale",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
            Self::Taken => "taken",
        }
    }
}

/// What somebody has begun, kept in their browser.
#[derive(Serialize, Deserialize)]
struct Begun {
    state: String,
    nonce: String,
    verifier: String,
    why: Why,
}

/// What for.
#[derive(Serialize, Deserialize)]
enum Why {
    /// To sign in, and go on there.
    SignIn { next: String },
    /// To link it to whoever is signed in; with a proof that it began on their page.
    Link { proof: String },
    /// To come by an invitation.
    Come { token: String, name: String },
}

impl Why {
    /// The page to go back to, which says what went wrong.
    fn page(&self, trouble: Trouble) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let word = trouble.word();
        match self {
            Self::SignIn { next } => format!("/sign-in?oidc={word}&next={}", encoded(next)),
            Self::Link { .. } => format!("/settings?oidc={word}"),
            Self::Come { token, .. } => format!("/invitation?oidc={word}&token={}", encoded(token)),
        }
    }
}

/// What was asked of `/oidc/start`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Start {
    next: String,
    link: String,
    token: String,
    name: String,
}

/// What the provider sends the browser back with.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    code: String,
    state: String,
    error: String,
}

pub(super) fn router() -> Router<Web> {
    Router::new().route("/oidc/start", get(start)).route("/oidc/callback", get(callback))
}

impl Provider {
    /// The line to a provider that sends people back to us at `public_url`.
    ///
    /// # Errors
    /// When there is no TLS to be had on this machine.
    pub(super) fn new(settings: Settings, public_url: &str) -> anyhow::Result<Self> {
        // Whoever answers must not send us elsewhere.
        let http =
            reqwest::ClientBuilder::new().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
        let redirect_to = format!("{public_url}/oidc/callback");
        Ok(Self { settings, redirect_to, http: http.build()?, known: Mutex::default() })
    }

    /// What the provider says of itself.
    async fn metadata(&self) -> Result<CoreProviderMetadata, Trouble> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata)) = known.as_ref()
            && at.elapsed() < KNOWN_FOR
        {
            return Ok(metadata.clone());
        }
        let issuer =
            IssuerUrl::new(self.settings.issuer.clone()).map_err(|_checked_at_start| Trouble::Down)?;
        let asked = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        let metadata = asked.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "the provider does not say what it is");
            Trouble::Down
        })?;
        *known = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    fn ids(&self) -> Result<(ClientId, Option<ClientSecret>, RedirectUrl), Trouble> {
        let redirect =
            RedirectUrl::new(self.redirect_to.clone()).map_err(|_checked_at_start| Trouble::Down)?;
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        Ok((ClientId::new(self.settings.client_id.clone()), secret, redirect))
    }

    /// Where to send somebody, and what to keep in their browser.
    async fn begin(&self, why: Why) -> Result<(String, Begun), (Why, Trouble)> {
        let (metadata, ids) = match (self.metadata().await, self.ids()) {
            (Ok(metadata), Ok(ids)) => (metadata, ids),
            (Err(trouble), _) | (_, Err(trouble)) => return Err((why, trouble)),
        };
        let (id, secret, redirect) = ids;
        let client = CoreClient::from_provider_metadata(metadata, id, secret).set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let asked = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (url, state, nonce) = asked.set_pkce_challenge(challenge).url();
        let begun = Begun {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            why,
        };
        Ok((url.to_string(), begun))
    }

    /// Who the provider says it is: the issuer and its word for somebody.
    async fn finish(&self, begun: &Begun, code: String) -> Result<(String, String), Trouble> {
        let (id, secret, redirect) = self.ids()?;
        let client =
            CoreClient::from_provider_metadata(self.metadata().await?, id, secret).set_redirect_uri(redirect);
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| {
            tracing::warn!(%error, "the provider has no place to exchange codes at");
            Trouble::Down
        })?;
        let verifier = PkceCodeVerifier::new(begun.verifier.clone());
        let answer = exchange.set_pkce_verifier(verifier).request_async(&self.http).await;
        // What it answered may hold tokens: only that it did not work is told.
        let answer = answer.map_err(|error| {
            let refused = matches!(error, openidconnect::RequestTokenError::ServerResponse(_));
            tracing::warn!(refused, "the provider does not exchange a code");
            if refused { Trouble::Denied } else { Trouble::Down }
        })?;
        let token = answer.id_token().ok_or(Trouble::Down)?;
        let claims = match token.claims(&client.id_token_verifier(), &Nonce::new(begun.nonce.clone())) {
            Ok(claims) => claims,
            Err(error) => {
                tracing::warn!(%error, "what the provider says of somebody is not proven");
                // It may have new keys.
                *self.known.lock().await = None;
                return Err(Trouble::Denied);
            }
        };
        Ok((claims.issuer().to_string(), claims.subject().to_string()))
    }
}

async fn start(
    State(mut web): State<Web>,
    Extension(Encrypted(encrypted)): Extension<Encrypted>,
    signed_in: Option<Extension<Option<SignedIn>>>,
    headers: HeaderMap,
    asked: Query<Start>,
) -> Response {
    web.site.secure_cookies = encrypted;
    let Some(provider) = &web.provider else { return StatusCode::NOT_FOUND.into_response() };
    let Query(Start { next, link, token, name }) = asked;
    let why = if !link.is_empty() {
        // Another site's page could have signed this browser in there as somebody else, and sent it here.
        match signed_in {
            Some(Extension(Some(who))) if who.link_proof() == link => Why::Link { proof: link },
            Some(_) | None => return go(&Why::Link { proof: link }.page(Trouble::Stale), &[]),
        }
    } else if !token.is_empty() {
        let why = Why::Come { token, name };
        // Another site's page would have whoever is signed in at the provider come by an invitation of its own, and be somebody else here for
        // good.
        if is_foreign(&headers) {
            return go(&why.page(Trouble::Stale), &[]);
        }
        why
    } else {
        Why::SignIn { next: app::ssr::local_path(&next).to_owned() }
    };
    // Browsers let a form lead to our own pages alone, so after one the way goes over a page of ours.
    let by_form = matches!(&why, Why::Come { .. });
    match provider.begin(why).await {
        Ok((url, begun)) => {
            let kept = serde_json::to_vec(&begun).map(|json| BASE64_URL_SAFE_NO_PAD.encode(json));
            let line = cookie_line(&web.site, &name_of(&web), &kept.unwrap_or_default(), COOKIE_S, "Lax");
            if by_form { stop_over(&url, &line) } else { go(&url, &[line]) }
        }
        Err((why, trouble)) => go(&why.page(trouble), &[]),
    }
}

/// A page that leads on by itself.
fn stop_over(url: &str, cookie: &str) -> Response {
    let url = url.replace('&', "&amp;").replace('"', "%22").replace('<', "%3C");
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url={url}\">\
         <title>Going on</title><p><a href=\"{url}\">Go on</a></p></html>"
    );
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(cookie).ok().map(|line| (header::SET_COOKIE, line)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

async fn callback(
    State(mut web): State<Web>,
    Extension(Encrypted(encrypted)): Extension<Encrypted>,
    Extension(Peer(peer)): Extension<Peer>,
    signed_in: Option<Extension<Option<SignedIn>>>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    web.site.secure_cookies = encrypted;
    let Some(provider) = &web.provider else { return StatusCode::NOT_FOUND.into_response() };
    let over = cookie_line(&web.site, &name_of(&web), "", 0, "Lax");
    let begun = begun(&headers, &name_of(&web)).filter(|begun| begun.state == answer.state);
    let Some(begun) = begun else {
        return go(&Why::SignIn { next: "/".into() }.page(Trouble::Stale), &[over]);
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let visitor = Visitor { peer, agent: agent.unwrap_or_default().to_owned(), ..Visitor::default() };
    let who = signed_in.and_then(|Extension(who)| who);
    let done = if answer.error.is_empty() {
        match provider.finish(&begun, answer.code).await {
            Ok((issuer, subject)) => settle(&web, &begun.why, who, (&issuer, &subject), &visitor).await,
            Err(trouble) => Err(trouble),
        }
    } else {
        Err(Trouble::Denied)
    };
    match done {
        Ok((page, session)) => {
            let session = session.map(|session| session_line(&web.site, &session));
            let lines: Vec<_> = [over].into_iter().chain(session).collect();
            go(&page, &lines)
        }
        Err(trouble) => go(&begun.why.page(trouble), &[over]),
    }
}

/// Does what it was begun for: where to go on, and with which session.
async fn settle(
    web: &Web,
    why: &Why,
    who: Option<SignedIn>,
    (issuer, subject): (&str, &str),
    visitor: &Visitor,
) -> Result<(String, Option<NewSession>), Trouble> {
    let service = &web.site.service;
    // The session that this browser had until now is of no use any more.
    let end = async |before: Option<SignedIn>| match before {
        Some(before) => service.sign_out(&before.session).await,
        None => Ok(()),
    };
    let refused = |error: service::Error| match error {
        service::Error::Unauthorised => Trouble::Unknown,
        service::Error::Conflict { .. } | service::Error::Invalid { .. } => Trouble::Taken,
        service::Error::NotFound(_) | service::Error::Forbidden => Trouble::Stale,
        error @ (service::Error::Busy { .. }
        | service::Error::Stopping
        | service::Error::NotWriting
        | service::Error::Store(_)
        | service::Error::Machine(_)) => {
            tracing::error!(%error, "a sign-in cannot be finished");
            Trouble::Down
        }
    };
    match why {
        Why::SignIn { next } => {
            let session = service.sign_in_identity(issuer, subject, visitor).await.map_err(refused)?;
            end(who).await.map_err(refused)?;
            Ok((app::ssr::local_path(next).to_owned(), Some(session)))
        }
        Why::Link { proof } => {
            let who = who.filter(|who| who.link_proof() == *proof).ok_or(Trouble::Stale)?;
            service.link_identity(&who, issuer, subject).await.map_err(refused)?;
            Ok(("/settings?linked".to_owned(), None))
        }
        Why::Come { token, name } => {
            let came = service.accept_invitation_as(token, name, (issuer, subject), visitor).await;
            let came = came.map_err(refused)?;
            end(who).await.map_err(refused)?;
            Ok(("/privacy?welcome".to_owned(), Some(came)))
        }
    }
}

fn name_of(web: &Web) -> String {
    host_cookie(&web.site, "whereabouts_oidc", web.site.secure_cookies)
}

fn begun(headers: &HeaderMap, name: &str) -> Option<Begun> {
    let text = super::session::cookie(headers, name)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Sends the browser on, with cookies. A code in the address before stays out of what comes after.
fn go(to: &str, cookies: &[String]) -> Response {
    let mut response = Redirect::to(to).into_response();
    let headers = response.headers_mut();
    for line in cookies.iter().filter_map(|line| HeaderValue::from_str(line).ok()) {
        headers.append(header::SET_COOKIE, line);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
