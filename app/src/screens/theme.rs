//! Light, dark, or as the device has it. The choice stays in this browser; `/theme.js` applies it before anything is drawn.

use crate::{
    browser,
    ui::{Icon, Sign},
};
use leptos::prelude::*;

const KEY: &str = "theme";

/// What can be chosen: the stored word and what it is called.
const CHOICES: [(&str, &str); 3] = [("", "As my device"), ("light", "Light"), ("dark", "Dark")];

/// Remembers a choice and shows it at once. In the browser only.
fn choose(theme: &str) {
    browser::store(KEY, theme);
    let root = document().document_element();
    let shown = root.map(|root| {
        if theme.is_empty() {
            root.remove_attribute("data-theme")
        } else {
            root.set_attribute("data-theme", theme)
        }
    });
    // An element of our own document takes any attribute.
    debug_assert!(!matches!(shown, Some(Err(_))));
}

fn is_dark() -> bool {
    match browser::stored(KEY).as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => browser::matches("(prefers-color-scheme: dark)"),
    }
}

/// One button that changes between light and dark, on the map.
#[component]
pub fn ThemeButton() -> impl IntoView {
    view! {
        <button
            type="button"
            class="control js-only"
            aria-label="Change between light and dark"
            on:click=move |_| choose(if is_dark() { "light" } else { "dark" })
        >
            <Icon sign=Sign::Theme />
        </button>
    }
}

/// All three choices, on the settings page.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = RwSignal::new(String::new());
    Effect::new(move |_| chosen.set(browser::stored(KEY).unwrap_or_default()));
    let radio = move |(theme, name): (&'static str, &'static str)| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="theme"
                    value=theme
                    prop:checked=move || chosen.with(|chosen| chosen == theme)
                    on:change=move |_| {
                        chosen.set(theme.to_owned());
                        choose(theme);
                    }
                />
                <span>{name}</span>
            </label>
        }
    };
    view! {
        <fieldset class="choices js-only">
            <legend>"Appearance"</legend>
            {CHOICES.map(radio).collect_view()}
        </fieldset>
    }
}
