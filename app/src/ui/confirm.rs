//! A question before something is taken away, without script: what is asked opens below what asks.

use super::{Icon, Sign};
use leptos::prelude::*;

/// A closed line that opens to an explanation and the form that does it.
#[component]
pub fn Confirm(
    /// What the closed line says, such as "Remove".
    label: &'static str,
    /// What it is about, for those who hear the page: "Remove Home".
    #[prop(into)]
    about: String,
    /// Whether it is open from the beginning: what was refused is told inside.
    #[prop(optional)]
    open: bool,
    /// The explanation and the form.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="confirm" open=open>
            <summary class="button button-quiet" aria-label=format!("{label} {about}")>
                <Icon sign=Sign::Bin />
                <span>{label}</span>
            </summary>
            <div class="confirm-body">{children()}</div>
        </details>
    }
}
