//! A question of a form with an answer of several lines.

use super::Told;
use leptos::{html::Textarea, prelude::*};

/// A labelled field of several lines. The hint and the error are tied to it, so they are heard with it.
#[component]
pub fn Area(
    /// Its name in the form; with `form`, also its id.
    name: &'static str,
    /// What is asked.
    label: &'static str,
    /// Names the form, to keep the ids of one page apart.
    form: &'static str,
    /// What stands in it at first.
    #[prop(into)]
    value: String,
    /// Help below the label.
    hint: &'static str,
    /// Whether there may be no answer.
    #[prop(optional)]
    may_be_empty: bool,
    /// What the server said about the whole form.
    #[prop(into)]
    told: Signal<Option<Told>>,
    /// Takes hold of the field, to empty it.
    node: NodeRef<Textarea>,
) -> impl IntoView {
    let id = format!("{form}-{name}");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == name).map(|told| told.why.clone()))
    };
    let described = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || if why().is_some() { format!("{error_id} {hint_id}") } else { hint_id.clone() }
    };
    view! {
        <div class="field" class:is-wrong=move || why().is_some()>
            <label for=id.clone()>{label}</label>
            <p class="hint" id=hint_id>{hint}</p>
            // A text inside would be compared with what somebody has typed before the page runs.
            <textarea
                id=id
                name=name
                rows="4"
                required=!may_be_empty
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                aria-invalid=move || why().map(|_| "true")
                aria-describedby=described
                node_ref=node
                inner_html=escaped(value.trim_start())
            ></textarea>
            {move || {
                why().map(|why| view! { <p class="error" id=error_id.clone()>{label} " " {why}</p> })
            }}
        </div>
    }
}

/// Text as it stands between the marks of a field.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_was_typed_cannot_end_its_field() {
        assert_eq!(escaped("</textarea>&lt;"), "&lt;/textarea>&amp;lt;");
    }
}
