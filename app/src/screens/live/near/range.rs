//! The form that says how far away whoever looks calls near.

use crate::{
    api,
    screens::{Trouble, error_of, told_of},
    state::use_live,
    ui::{ActionForm, Field},
};
use leptos::{html::Input, prelude::*};

/// The form, closed until it is wanted or was refused.
#[component]
pub(super) fn RangeForm() -> impl IntoView {
    let live = use_live();
    let save = ServerAction::<api::SetRange>::new();
    let error = error_of(save);
    let told = told_of(error);
    let kept = error.with_untracked(|error| error.as_ref().and_then(|error| error.kept("range_m")));
    let is_refused = error.with_untracked(Option::is_some);
    let range = Memo::new(move |_| live.world.with(|world| world.range));
    let value = kept.unwrap_or_else(|| range.get_untracked().metres().to_string());
    // It may be changed on another page: the field follows, and is not drawn again, which would take the keyboard's focus.
    let node = NodeRef::<Input>::new();
    Effect::new(move |before: Option<_>| {
        let now = range.get();
        if let Some(input) = node.get_untracked().filter(|_| before.is_some_and(|before| before != now)) {
            input.set_value(&now.metres().to_string());
        }
        now
    });
    let said = move || {
        let is_done = save.value().with(|value| matches!(value, Some(Ok(()))));
        is_done.then_some("Saved. It holds on all your pages.")
    };
    view! {
        <details class="near-form" open=is_refused>
            <summary>"How far around me"</summary>
            <ActionForm action=save>
                <div class="stack">
                    <Trouble error fields=&["range_m"] />
                    <Field
                        name="range_m"
                        label="Range"
                        form="range"
                        inputmode="numeric"
                        hint="Metres, 10 to 50,000. It is for your lists alone: others choose theirs."
                        value
                        told
                        node
                    />
                    <div class="actions">
                        <button class="button" type="submit" disabled=save.pending()>"Set range"</button>
                    </div>
                    <p class="hint" role="status">{said}</p>
                </div>
            </ActionForm>
        </details>
    }
}
