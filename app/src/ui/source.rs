//! What a position comes from.

use super::{Icon, Sign};
use crate::state::shown::source_words;
use domain::DeviceKind;
use leptos::prelude::*;

/// "by browser", with its sign; nothing for a phone, which is what is usual.
#[component]
pub fn Source(
    /// What kind of device says so.
    kind: DeviceKind,
) -> impl IntoView {
    source_words(kind).map(|words| view! { <span class="source"><Icon sign=Sign::Browser />{words}</span> })
}
