//! Push messages to this browser: whether it can have them, and how they are turned on and off. `worker.js` shows them.
//!
//! May be named anywhere, but must be called only in effects and event handlers, as all of [`super`].

use super::{
    base, has_global,
    worker::{self, answer},
};
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::JSON;
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Navigator, Notification, NotificationPermission, PushManager, PushSubscription,
    PushSubscriptionOptionsInit, ServiceWorkerContainer, ServiceWorkerRegistration,
};

/// How long `worker.js` may take to begin, milliseconds.
const BEGINS_WITHIN_MS: u32 = 10_000;

/// Why this browser gets no push messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPush {
    /// The page came without HTTPS, and not from this very machine: then no browser does.
    Insecure,
    /// An iPhone or iPad: there only sites on the home screen get them.
    NotInstalled,
    /// It knows no such thing.
    Unable,
    /// The person, or the browser itself, does not allow notifications of this site.
    Refused,
    /// The person was asked, and has not said.
    Unanswered,
    /// The push service of the browser's maker gives none.
    Failed,
}

/// By what this browser is reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subscription {
    /// Where.
    pub endpoint: String,
    /// By what messages to it are encrypted.
    pub keys: Keys,
}

/// By what messages to a browser are encrypted: base64 for URLs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Keys {
    /// The browser's public key.
    pub p256dh: String,
    /// What only the browser and the server know.
    pub auth: String,
}

/// Where this browser gets push messages of this site; `None` while it does not.
///
/// # Errors
/// [`NoPush`] says why it cannot.
pub async fn subscribed() -> Result<Option<String>, NoPush> {
    let workers = workers()?;
    let Some(registration) = registration(&workers).await else { return Ok(None) };
    Ok(subscription(&registration).await.map(|subscription| subscription.endpoint()))
}

/// Has this browser get push messages that are signed with this key: 65 bytes, base64 for URLs. Asks the person first.
///
/// # Errors
/// [`NoPush`] says why it does not.
pub async fn turn_on(key: &str) -> Result<Subscription, NoPush> {
    let workers = workers()?;
    let permission = answer(Notification::request_permission()).await;
    match permission.and_then(|word| word.as_string()).as_deref() {
        Some("granted") => {}
        Some("denied") => return Err(NoPush::Refused),
        Some(_) | None => return Err(NoPush::Unanswered),
    }
    let registration = worker::begin().await.ok_or(NoPush::Failed)?;
    let begun = JsFuture::from(workers.ready().map_err(|_none| NoPush::Failed)?);
    if let Either::Right(_) = select(begun, TimeoutFuture::new(BEGINS_WITHIN_MS)).await {
        return Err(NoPush::Failed);
    }
    // One that the server does not know, or that was made for another key of it, is of no use any more.
    if let Some(old) = subscription(&registration).await {
        let _gone_already = answer(old.unsubscribe()).await;
    }
    let how = PushSubscriptionOptionsInit::new();
    how.set_user_visible_only(true);
    how.set_application_server_key_opt_str(Some(key));
    let manager = manager(&registration).ok_or(NoPush::Failed)?;
    let made = answer(manager.subscribe_with_options(&how)).await.ok_or(NoPush::Failed)?;
    let text = JSON::stringify(&made).map_err(|_no_text| NoPush::Failed)?;
    serde_json::from_str(&String::from(text)).map_err(|_other| NoPush::Failed)
}

/// Has this browser get none any more.
pub async fn turn_off() {
    let Ok(workers) = workers() else { return };
    let Some(registration) = registration(&workers).await else { return };
    if let Some(subscription) = subscription(&registration).await {
        let _gone_already = answer(subscription.unsubscribe()).await;
    }
}

/// By what this browser runs `worker.js`, if it can and may.
fn workers() -> Result<ServiceWorkerContainer, NoPush> {
    let window = web_sys::window().ok_or(NoPush::Unable)?;
    if !window.is_secure_context() {
        return Err(NoPush::Insecure);
    }
    let workers = worker::workers().filter(|_| has_global("PushManager") && has_global("Notification"));
    let unable = || if is_of_apple(&window.navigator()) { NoPush::NotInstalled } else { NoPush::Unable };
    let workers = workers.ok_or_else(unable)?;
    if Notification::permission() == NotificationPermission::Denied {
        return Err(NoPush::Refused);
    }
    Ok(workers)
}

/// Whether it is an iPhone or an iPad, which calls itself a Mac that one touches.
fn is_of_apple(navigator: &Navigator) -> bool {
    let agent = navigator.user_agent().unwrap_or_default();
    let is_named = ["iPhone", "iPad", "iPod"].into_iter().any(|name| agent.contains(name));
    is_named || (agent.contains("Macintosh") && navigator.max_touch_points() > 1)
}

/// Where `worker.js` is at work for this site. Another site of the same host may have a file of its own.
async fn registration(workers: &ServiceWorkerContainer) -> Option<ServiceWorkerRegistration> {
    let origin = web_sys::window()?.location().origin().ok()?;
    let scope = format!("{origin}{}/", base());
    let found = answer(Ok(workers.get_registration_with_document_url(&scope))).await?;
    let found = Some(found).filter(|found| !found.is_undefined())?;
    let registration = found.unchecked_into::<ServiceWorkerRegistration>();
    (registration.scope() == scope).then_some(registration)
}

fn manager(registration: &ServiceWorkerRegistration) -> Option<PushManager> {
    registration.push_manager().ok()
}

async fn subscription(registration: &ServiceWorkerRegistration) -> Option<PushSubscription> {
    let found = answer(manager(registration)?.get_subscription()).await?;
    (!found.is_null() && !found.is_undefined()).then(|| found.unchecked_into())
}
