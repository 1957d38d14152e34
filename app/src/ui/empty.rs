//! What a list says when there is nothing in it.

use super::{Icon, Sign};
use leptos::prelude::*;

/// A quiet card: what is missing, and what to do about it.
#[component]
pub fn Empty(
    /// What is drawn above the words.
    sign: Sign,
    /// What is missing, in a few words.
    title: &'static str,
    /// What to do about it.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon sign=sign />
            <p class="empty-title">{title}</p>
            <div class="empty-text">{children()}</div>
        </div>
    }
}
