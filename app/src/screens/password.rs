//! A password field that can be looked at.

use crate::ui::Told;
use leptos::{html::Input, prelude::*};

/// A labelled password. With script there is a button that shows what was typed; it is never typed twice.
#[component]
pub fn Password(
    /// The input's name.
    name: &'static str,
    /// What is asked.
    label: &'static str,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    /// Whether a new one is chosen, which has to be long enough.
    #[prop(optional)]
    fresh: bool,
    /// Help below the label, for one that is not chosen here.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What the server said about the whole form.
    #[prop(into, optional)]
    told: Signal<Option<Told>>,
    /// Takes hold of the input, to empty it.
    #[prop(optional)]
    node: NodeRef<Input>,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == name).map(|told| told.why.clone()))
    };
    let hint = hint.or_else(|| fresh.then_some("At least 8 characters. A short sentence is good."));
    let hinted = hint.is_some();
    let (hint_id, error_id) = (format!("password-{name}-hint"), format!("password-{name}-error"));
    let described = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match (why().is_some(), hinted) {
            (true, true) => Some(format!("{error_id} {hint_id}")),
            (true, false) => Some(error_id.clone()),
            (false, true) => Some(hint_id.clone()),
            (false, false) => None,
        }
    };
    let id = format!("password-{name}");
    view! {
        <div class="field" class:is-wrong=move || why().is_some()>
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <div class="with-button">
                <input
                    id=id
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    minlength=fresh.then_some("8")
                    required
                    spellcheck="false"
                    autocapitalize="off"
                    aria-invalid=move || why().map(|_| "true")
                    aria-describedby=described
                    node_ref=node
                />
                <button
                    type="button"
                    class="button button-quiet js-only"
                    aria-pressed=move || shown.get().to_string()
                    aria-label=format!("Show {}", label.to_lowercase())
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { "Hide" } else { "Show" }}
                </button>
            </div>
            {move || why().map(|why| view! { <p class="error" id=error_id.clone()>{label} " " {why}</p> })}
        </div>
    }
}
