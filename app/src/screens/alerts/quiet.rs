//! When whoever looks is left in peace.

use crate::{
    api,
    screens::{Trouble, ZoneField, error_of, told_of},
    ui::{ActionForm, Area},
};
use domain::Schedule;
use leptos::prelude::*;

/// The form.
#[component]
pub(super) fn QuietHours(quiet: Option<Schedule>) -> impl IntoView {
    let set = ServerAction::<api::SetAlertQuiet>::new();
    let error = error_of(set);
    let told = told_of(error);
    let kept = |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let lines = quiet
        .as_ref()
        .map(|quiet| quiet.hours.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    let hours = kept("hours").or(lines).unwrap_or_default();
    let zone = kept("zone").or(quiet.map(|quiet| quiet.zone));
    view! {
        <section class="card stack" aria-labelledby="quiet-title">
            <h2 id="quiet-title">"Quiet hours"</h2>
            <p class="hint">"Then alerts reach an open page and nothing else, and are not sent afterwards."</p>
            <Trouble error fields=&["hours", "zone"] />
            <ActionForm action=set>
                <div class="stack">
                    <Area name="hours" label="Quiet hours" form="quiet" value=hours hint="A line for each, such as daily 22:00-07:00. Empty: never."
                        may_be_empty=true told node=NodeRef::new() />
                    <ZoneField form="quiet" zone told />
                    <div class="actions"><button class="button" type="submit" disabled=set.pending()>"Save the quiet hours"</button></div>
                </div>
            </ActionForm>
        </section>
    }
}
