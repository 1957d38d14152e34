//! `worker.js`, which works beside the pages: it shows push messages, and keeps the map for when the server is out of reach. Pages of who is
//! signed in have the browser run it.
//!
//! May be named anywhere, but must be called only in effects and event handlers, as all of [`super`].

use super::base;
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration};

/// Has the browser run it, if it can; it asks the server each time whether there is another version.
pub async fn begin() -> Option<ServiceWorkerRegistration> {
    let made = answer(Ok(workers()?.register(&format!("{}/worker.js", base())))).await?;
    Some(made.unchecked_into())
}

/// Tells it that the page is left: what it keeps is to be how things are now.
pub fn renew() {
    if let Some(worker) = workers().and_then(|workers| workers.controller()) {
        let _gone_already = worker.post_message(&"renew".into());
    }
}

/// By what this browser runs it: none where the page came without HTTPS, and not from this very machine.
pub(super) fn workers() -> Option<ServiceWorkerContainer> {
    let window = web_sys::window().filter(web_sys::Window::is_secure_context)?;
    // Undefined where there is none, whatever the binding says.
    let workers = Reflect::get(&window.navigator(), &"serviceWorker".into()).ok()?;
    (!workers.is_undefined()).then(|| workers.unchecked_into())
}

/// What comes of a promise; nothing where it is not kept.
pub(super) async fn answer(promise: Result<Promise, JsValue>) -> Option<JsValue> {
    JsFuture::from(promise.ok()?).await.ok()
}
