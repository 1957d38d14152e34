//! The forms that ask something of a phone.

use crate::{
    api,
    screens::{Trouble, error_of, told_of, when_done},
    ui::{ActionForm, Area, Banner, Tone},
};
use domain::Monitoring;
use leptos::{html::Textarea, prelude::*};

/// A button for each thing a phone can be asked, and the fields for what needs some.
#[component]
pub(super) fn Ask(id: String, give: ServerAction<api::GiveOrder>) -> impl IntoView {
    let error = error_of(give);
    let told = told_of(error);
    let whole = move || told.get().filter(|told| told.field == "order").map(|told| told.why);
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let mode = kept("mode").filter(|mode| !mode.is_empty()).unwrap_or_else(|| "significant".to_owned());
    let modes = Monitoring::ALL.map(|known| {
        let word = known.as_str();
        view! { <option value=word selected=word == mode>{word} ": " {meaning(known)}</option> }
    });
    let device = StoredValue::new(id);
    let simple = [
        ("position", "Ask for a position"),
        ("status", "Ask for status"),
        ("regions", "Ask for its regions"),
    ]
    .map(|(errand, label)| {
        view! {
            <ActionForm action=give>
                <input type="hidden" name="id" value=device.get_value() />
                <input type="hidden" name="errand" value=errand />
                <button class="button" type="submit" disabled=give.pending()>{label}</button>
            </ActionForm>
        }
    });
    let typed = kept("settings").unwrap_or_default();
    let has_typed = !typed.is_empty();
    // Sent settings leave their field; refused ones stay, and so do those that wait while something else is asked for.
    let field = NodeRef::<Textarea>::new();
    let last = StoredValue::new(String::new());
    let sent = give.input();
    Effect::new(move |_| {
        if let Some(errand) = sent.with(|sent| sent.as_ref().map(|sent| sent.errand.clone())) {
            last.set_value(errand);
        }
    });
    when_done(give, move || {
        if let (Some(field), true) = (field.get_untracked(), last.with_value(|last| last == "settings")) {
            field.set_value("");
        }
    });
    view! {
        <p class="hint">"The phone must allow it: in the app, remote commands, and for mode and settings remote configuration."</p>
        <Trouble error />
        {move || whole().map(|why| view! { <Banner tone=Tone::Bad>"This order " {why}</Banner> })}
        <div class="actions">{simple}</div>
        <ActionForm action=give>
            <input type="hidden" name="id" value=device.get_value() />
            <input type="hidden" name="errand" value="mode" />
            <div class="with-choice">
                <label for="order-mode">"Mode"</label>
                <select id="order-mode" name="mode">{modes}</select>
                <button class="button" type="submit" disabled=give.pending()>"Set mode"</button>
            </div>
        </ActionForm>
        <details class="more" open=has_typed>
            <summary>"Other settings of the app"</summary>
            <ActionForm action=give>
                <div class="stack">
                    <input type="hidden" name="id" value=device.get_value() />
                    <input type="hidden" name="errand" value="settings" />
                    <Area
                        name="settings"
                        label="Settings"
                        form="order"
                        value=typed
                        hint="A JSON object with the app\u{2019}s own names, such as {\"locatorInterval\": 60}. What the phone needs to reach this server cannot be changed."
                        told
                        node=field
                    />
                    <div class="actions"><button class="button" type="submit" disabled=give.pending()>"Send settings"</button></div>
                </div>
            </ActionForm>
        </details>
    }
}

const fn meaning(mode: Monitoring) -> &'static str {
    match mode {
        Monitoring::Quiet => "reports never",
        Monitoring::Manual => "only by hand",
        Monitoring::Significant => "after some hundred metres",
        Monitoring::Move => "all the time, costs battery",
    }
}
