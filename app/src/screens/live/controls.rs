//! What is at hand for the thumb, at the bottom right of the map.

use crate::{
    map::Command,
    screens::ThemeButton,
    ui::{Icon, Sign},
};
use leptos::prelude::*;

/// Show everybody; light or dark.
#[component]
pub fn Controls(
    /// Takes what is asked of the map.
    command: RwSignal<Option<Command>>,
) -> impl IntoView {
    view! {
        <div class="controls js-only" role="group" aria-label="Map">
            <ThemeButton />
            <button type="button" class="control" aria-label="Show all friends" on:click=move |_| command.set(Some(Command::Fit))>
                <Icon sign=Sign::Fit />
            </button>
        </div>
    }
}
