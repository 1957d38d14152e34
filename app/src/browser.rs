//! The browser around the page: its clock, whether it is looked at, what it remembers. The only place that
//! asks.
//!
//! May be named anywhere and compiles on the server too, but must be called only in effects and event
//! handlers: outside a browser there is nobody to answer, and the call panics.

use domain::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

/// What time the browser thinks it is. People's clocks are wrong; see [`crate::state::clock::Clock`].
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// A number from 0 to 1, another one each time.
pub fn chance() -> f64 {
    js_sys::Math::random()
}

/// Minutes east of Greenwich, now.
pub fn utc_offset_minutes() -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within ±840")]
    let west = js_sys::Date::new_0().get_timezone_offset() as i32;
    -west
}

/// The name of the time zone here, such as `Europe/Zurich`. Old browsers do not tell.
pub fn zone_name() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok()?.as_string().filter(|name| !name.is_empty())
}

/// Whether the page is looked at: not in a tab behind, not on a locked phone.
pub fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() != web_sys::VisibilityState::Hidden)
}

/// Whether the person asked their system for less motion.
pub fn wants_less_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

/// Whether a media query holds now.
pub fn matches(query: &str) -> bool {
    let media = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    media.is_some_and(|media| media.matches())
}

/// A text this browser was asked to remember.
pub fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Asks this browser to remember a text. A private window may refuse, and that is all right.
pub fn store(key: &str, text: &str) {
    if let Some(storage) = storage() {
        let _refused = storage.set_item(key, text);
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// Puts a text on the clipboard. False when the browser refuses, as it does without HTTPS; then show the text
/// to be copied by hand.
pub async fn copy(text: &str) -> bool {
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else { return false };
    // Undefined without HTTPS, whatever the binding says.
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).unwrap_or(JsValue::UNDEFINED);
    if clipboard.is_undefined() {
        return false;
    }
    let promise = clipboard.unchecked_into::<web_sys::Clipboard>().write_text(text);
    wasm_bindgen_futures::JsFuture::from(promise).await.is_ok()
}

/// Whether a script of the page has left something under this global name.
pub fn has_global(name: &str) -> bool {
    js_sys::Reflect::get(&js_sys::global(), &name.into())
        .is_ok_and(|value| !value.is_undefined() && !value.is_null())
}
