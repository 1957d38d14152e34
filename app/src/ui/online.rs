//! That a friend has a page open in a browser. Being seen by a phone is something else, and is said with an age.

use leptos::prelude::*;

/// A dot and the word.
#[component]
pub fn Online() -> impl IntoView {
    view! { <span class="online"><span class="online-dot" aria-hidden="true"></span>"online"</span> }
}
