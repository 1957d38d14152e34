//! Of which group something new is, where whoever makes it manages several.

use crate::{state::use_live, ui::Told};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The choice among the groups that they manage: what was chosen before, else the group in the address, else the home group before others.
/// Nothing where there is nothing to choose.
#[component]
pub fn GroupField(
    /// The form it stands in.
    form: &'static str,
    /// Help below the label.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What was chosen and refused.
    kept: Option<String>,
    /// What is wrong with it.
    #[prop(into)]
    told: Signal<Option<Told>>,
) -> impl IntoView {
    let managed = use_live().world.with_untracked(|world| {
        world.managed().map(|group| (group.id.to_string(), group.name.to_string())).collect::<Vec<_>>()
    });
    let chosen = kept.or_else(|| use_query_map().with_untracked(|query| query.get("group")));
    let option = |(id, name): &(String, String)| {
        view! { <option value=id.clone() selected=chosen.as_ref() == Some(id)>{name.clone()}</option> }
    };
    let id = format!("{form}-group");
    let (label, error, hint_id) = (id.clone(), format!("{id}-error"), format!("{id}-hint"));
    let ids = (error.clone(), hint.map(|_| hint_id.clone()));
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == "group").map(|told| told.why.clone()))
    };
    let described = move || {
        let (error, hint) = &ids;
        let parts: Vec<&str> = why().map(|_| error.as_str()).into_iter().chain(hint.as_deref()).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    (managed.len() > 1).then(|| {
        let options = managed.iter().map(option).collect_view();
        view! {
            <div class="field">
                <label for=label>"Group"</label>
                {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
                <select id=id name="group" aria-describedby=described>{options}</select>
                {move || why().map(|why| view! { <p class="error" id=error.clone()>"Group " {why}</p> })}
            </div>
        }
    })
}
