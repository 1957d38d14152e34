//! The browser around the page: its clock, whether it is looked at, what it remembers. The only place that
//! asks.
//!
//! May be named anywhere and compiles on the server too, but must be called only in effects and event
//! handlers: outside a browser there is nobody to answer, and the call panics.

pub mod push;
pub mod worker;

use crate::state::reporting::Found;
use domain::Timestamp;
use geodesy::Point;
use std::sync::OnceLock;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// The path that the site lies below, as the server wrote it into the document (`ssr::shell`): empty, or `/where`. Asked once, and also
/// while pages are drawn.
pub fn base() -> &'static str {
    static BASE: OnceLock<String> = OnceLock::new();
    BASE.get_or_init(|| {
        let root =
            web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
        root.and_then(|root| root.get_attribute("data-base")).unwrap_or_default()
    })
}

/// Sees to it that the address line shows a page below [`base`], where all links lead: at its root a slash is added, and somebody who went
/// around the proxy is sent there. False while that is under way.
pub fn is_home() -> bool {
    let (base, window) = (base(), web_sys::window());
    let Some((location, history)) =
        window.and_then(|window| Some((window.location(), window.history().ok()?)))
    else {
        return true;
    };
    let path = location.pathname().unwrap_or_default();
    let below = path.strip_prefix(base);
    if below.is_some_and(|below| below.starts_with('/')) {
        return true;
    }
    let rest = location.search().unwrap_or_default() + &location.hash().unwrap_or_default();
    if below == Some("") {
        let _as_it_was = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{base}/{rest}")));
        return true;
    }
    location.replace(&format!("{base}{path}{rest}")).is_err()
}

/// What time the browser thinks it is. People's clocks are wrong; see [`crate::state::clock::Clock`].
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// When the document was had from the server, where that is out of reach and the worker shows what it kept.
pub fn kept_at() -> Option<Timestamp> {
    let document = web_sys::window()?.document()?;
    let millis = document.document_element()?.get_attribute("data-kept")?;
    millis.parse().ok().map(Timestamp::from_millis)
}

/// Asks the server for this page anew.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _as_it_was = window.location().reload();
    }
}

/// A number from 0 to 1, another one each time.
pub fn chance() -> f64 {
    js_sys::Math::random()
}

/// A name for something that is made here: 32 hexadecimal digits, another one each time. No secret.
pub fn fresh_id() -> String {
    // Not by `crypto.randomUUID`, which there is with HTTPS alone.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and below 2^32")]
    let part = || format!("{:08x}", (chance() * 4_294_967_296.0) as u32);
    std::array::from_fn::<String, 4, _>(|_| part()).concat()
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

/// Asks this browser to forget a text.
pub fn forget(key: &str) {
    if let Some(storage) = storage() {
        let _refused = storage.remove_item(key);
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

/// Why there is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPosition {
    /// The person, or the browser itself, does not allow it.
    Refused,
    /// The page came without HTTPS, and not from this very machine: then no browser tells.
    Insecure,
    /// It cannot be found out, or not in time.
    Unknown,
}

/// How long to wait for a position, milliseconds.
const POSITION_WITHIN_MS: u32 = 20_000;
/// How old a position may be that the browser has already, milliseconds.
const POSITION_AGE_MS: u32 = 10_000;
/// One that calls itself older than this, or is not yet, is of now: some browsers count its time from elsewhere, milliseconds.
const BELIEVED_AGE_MS: i64 = 60_000;

/// Where this browser is, and how exactly that is known, metres. Asks the person first.
///
/// # Errors
/// [`NoPosition`] says why there is none.
pub async fn position() -> Result<(Point, f64), NoPosition> {
    let geolocation = geolocation()?;
    let how = accurately();
    let answer = js_sys::Promise::new(&mut |found, failed| {
        let asked =
            geolocation.get_current_position_with_error_callback_and_options(&found, Some(&failed), &how);
        if let Err(error) = asked {
            let _told = failed.call1(&JsValue::UNDEFINED, &error);
        }
    });
    match wasm_bindgen_futures::JsFuture::from(answer).await {
        Ok(position) => found(position).map(|found| (found.point, found.accuracy_m)),
        Err(error) => Err(no_position(&error)),
    }
}

/// Tells where this browser is whenever that is found out, for as long as it lives.
pub struct Watching {
    geolocation: web_sys::Geolocation,
    id: i32,
    _told: [Closure<dyn FnMut(JsValue)>; 2],
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.geolocation.clear_watch(self.id);
    }
}

/// Begins to tell where this browser is. Asks the person first, where they were not asked before.
///
/// # Errors
/// [`NoPosition`] when that cannot begin; what keeps it from being found out later is told.
pub fn watch(tell: impl Fn(Result<Found, NoPosition>) + Clone + 'static) -> Result<Watching, NoPosition> {
    let geolocation = geolocation()?;
    let on_found = {
        let tell = tell.clone();
        Closure::<dyn FnMut(JsValue)>::new(move |position: JsValue| tell(found(position)))
    };
    let on_failed = Closure::<dyn FnMut(JsValue)>::new(move |error: JsValue| tell(Err(no_position(&error))));
    let id = geolocation
        .watch_position_with_error_callback_and_options(
            on_found.as_ref().unchecked_ref(),
            Some(on_failed.as_ref().unchecked_ref()),
            &accurately(),
        )
        .map_err(|error| no_position(&error))?;
    Ok(Watching { geolocation, id, _told: [on_found, on_failed] })
}

fn geolocation() -> Result<web_sys::Geolocation, NoPosition> {
    let window = web_sys::window().ok_or(NoPosition::Refused)?;
    if !window.is_secure_context() {
        return Err(NoPosition::Insecure);
    }
    window.navigator().geolocation().map_err(|_none| NoPosition::Refused)
}

fn accurately() -> web_sys::PositionOptions {
    let how = web_sys::PositionOptions::new();
    how.set_enable_high_accuracy(true);
    how.set_timeout(POSITION_WITHIN_MS);
    how.set_maximum_age(POSITION_AGE_MS);
    how
}

fn found(position: JsValue) -> Result<Found, NoPosition> {
    let position = position.unchecked_into::<web_sys::Position>();
    let coordinates = position.coords();
    let point = Point::new(coordinates.latitude(), coordinates.longitude());
    let point = point.map_err(|_nowhere| NoPosition::Unknown)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    let at = Timestamp::from_millis(position.timestamp() as i64);
    let now = now();
    let at = if (0..BELIEVED_AGE_MS).contains(&now.millis_since(at)) { at } else { now };
    Ok(Found { point, accuracy_m: coordinates.accuracy(), at })
}

fn no_position(error: &JsValue) -> NoPosition {
    // By its member alone: browsers have given its class another name since.
    let code = js_sys::Reflect::get(error, &"code".into()).ok().and_then(|code| code.as_f64());
    let refused = code == Some(f64::from(web_sys::PositionError::PERMISSION_DENIED));
    if refused { NoPosition::Refused } else { NoPosition::Unknown }
}

/// Whether a script of the page has left something under this global name.
pub fn has_global(name: &str) -> bool {
    js_sys::Reflect::get(&js_sys::global(), &name.into())
        .is_ok_and(|value| !value.is_undefined() && !value.is_null())
}
