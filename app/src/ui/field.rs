//! One question of a form: label, input, hint, and what was wrong with the answer.

use leptos::{html::Input, prelude::*};
use std::borrow::Cow;

/// What the server said about a form that it refused: which field, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The input's name.
    pub field: String,
    /// The end of a sentence that starts with the field's label.
    pub why: String,
}

/// A labelled input. The hint and the error are tied to it, so they are heard with it.
#[component]
pub fn Field(
    /// Its name in the form; with `form`, also its id.
    name: &'static str,
    /// What is asked.
    label: &'static str,
    /// Names the form, to keep the ids of one page apart.
    #[prop(into, default = Cow::Borrowed("form"))]
    form: Cow<'static, str>,
    /// The kind of input.
    #[prop(default = "text")]
    kind: &'static str,
    /// What stands in it at first.
    #[prop(into, optional)]
    value: String,
    /// Help below the label.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Which keyboard a phone shows.
    #[prop(default = "text")]
    inputmode: &'static str,
    /// The shortest answer, characters; checked by the browser as a courtesy, and by the server.
    #[prop(optional)]
    minlength: Option<u16>,
    /// Which kinds of files can be chosen.
    #[prop(optional)]
    accept: Option<&'static str>,
    /// Whether there may be no answer.
    #[prop(optional)]
    may_be_empty: bool,
    /// The id of a list of suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
    /// What the server said about the whole form.
    #[prop(into, optional)]
    told: Signal<Option<Told>>,
    /// Hears each keystroke.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
    /// Takes hold of the input, to fill it in from elsewhere.
    #[prop(optional)]
    node: NodeRef<Input>,
) -> impl IntoView {
    let id = format!("{form}-{name}");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == name).map(|told| told.why.clone()))
    };
    let described = {
        let (hint_id, error_id) = (hint.map(|_| hint_id.clone()), error_id.clone());
        move || {
            let parts: Vec<String> =
                why().map(|_| error_id.clone()).into_iter().chain(hint_id.clone()).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
    };
    view! {
        <div class="field" class:is-wrong=move || why().is_some()>
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <input
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                inputmode=inputmode
                minlength=minlength.map(|least| least.to_string())
                list=list
                accept=accept
                required=!may_be_empty
                spellcheck="false"
                autocapitalize="off"
                aria-invalid=move || why().map(|_| "true")
                aria-describedby=described
                on:input=move |event| {
                    if let Some(hear) = on_input {
                        hear.run(event_target_value(&event));
                    }
                }
                node_ref=node
            />
            {move || {
                why().map(|why| view! { <p class="error" id=error_id.clone()>{label} " " {why}</p> })
            }}
        </div>
    }
}
