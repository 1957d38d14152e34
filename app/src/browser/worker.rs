//! `worker.js`, which works beside the pages: it shows push messages, and keeps the map for when the server is out of reach. Pages of who is
//! signed in have the browser run it.
//!
//! May be named anywhere, but must be called only in effects and event handlers, as all of [`super`].

use super::base;
use domain::FriendId;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration};

/// Has the browser run it, if it can; it asks the server each time whether there is another version.
pub async fn begin() -> Option<ServiceWorkerRegistration> {
    let made = answer(Ok(workers()?.register(&format!("{}/worker.js", base())))).await?;
    Some(made.unchecked_into())
}

/// Tells it for whom the page is: of a friend it keeps the map as it is now, and of anybody else it keeps nothing from then on.
pub async fn tell(friend: Option<FriendId>) {
    let _none_here = told(friend).await;
}

async fn told(friend: Option<FriendId>) -> Option<()> {
    let workers = workers()?;
    let found = if friend.is_some() {
        begin().await?;
        answer(Ok(workers.ready().ok()?)).await?
    } else {
        answer(Ok(workers.get_registration())).await.filter(|found| !found.is_undefined())?
    };
    let message = Object::new();
    let name = friend.map_or(JsValue::NULL, |friend| friend.to_string().into());
    Reflect::set(&message, &"friend".into(), &name).ok()?;
    found.unchecked_into::<ServiceWorkerRegistration>().active()?.post_message(&message).ok()
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
