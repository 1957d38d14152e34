//! Pauses: until a hand rests, or until it is time for the next look. They end with the page.

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::time::Duration;

/// A pause that can be waited for.
pub(super) type Timer = StoredValue<Option<TimeoutHandle>>;

/// A clock that stops with the page.
pub(super) fn timer() -> Timer {
    let timer = Timer::new(None);
    on_cleanup(move || {
        if let Some(Some(handle)) = timer.try_get_value() {
            handle.clear();
        }
    });
    timer
}

/// Does it after a pause, from the last call on.
pub(super) fn again(timer: Timer, pause: Duration, act: impl FnOnce() + 'static) {
    if let Some(handle) = timer.get_value() {
        handle.clear();
    }
    timer.set_value(set_timeout_with_handle(act, pause).ok());
}

/// Does it after a pause, from the first call on.
pub(super) fn once(timer: Timer, pause: Duration, act: impl FnOnce() + 'static) {
    if timer.with_value(Option::is_none) {
        let done = move || {
            timer.try_set_value(None);
            act();
        };
        timer.set_value(set_timeout_with_handle(done, pause).ok());
    }
}
