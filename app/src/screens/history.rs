//! The history: who came and went where, and how we know.

mod entry;
mod filter;
mod list;
mod words;

pub use entry::Entry;
pub use list::merged;
pub use words::{is_late, sentence, witness};

use super::known;
use leptos::prelude::*;
use leptos_meta::Title;

/// Filters and the list.
#[component]
pub fn History() -> impl IntoView {
    view! {
        <Title text="History" />
        <div class="column">
            <h1>"History"</h1>
            {known(|_| view! { <filter::Filters /> <list::List /> })}
        </div>
    }
}
