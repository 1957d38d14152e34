//! The key of a device's messages. It is typed here, and never shown.

use crate::{
    api::{self, DeviceReport},
    screens::{Password, Trouble, error_of, told_of, when_done},
    ui::{ActionForm, Banner, Confirm, Tone},
};
use leptos::{html::Input, prelude::*};

/// Whether there is a key, what stays closed without it, and the ways to set and to forget it.
#[component]
pub(super) fn Key(
    id: String,
    report: RwSignal<DeviceReport>,
    line: ServerAction<api::PutLine>,
) -> impl IntoView {
    let encrypts = Memo::new(move |_| report.with(|report| report.encrypts));
    let sealed = Memo::new(move |_| report.with(|report| report.sealed));
    let error = error_of(line);
    let told = told_of(error);
    let closed = move || {
        let count = match sealed.get() {
            0 => return None,
            1 => "1 message stays".to_owned(),
            count => format!("{count} messages stay"),
        };
        let why = if encrypts.get() { "the key does not fit" } else { "there is no key for it yet" };
        Some(view! { <Banner tone=Tone::Warning>{format!("{count} closed: {why}.")}</Banner> })
    };
    // A key that was taken leaves the field.
    let field = NodeRef::<Input>::new();
    when_done(line, move || {
        if let Some(field) = field.get_untracked() {
            field.set_value("");
        }
    });
    let device = StoredValue::new(id);
    let forget = move || {
        encrypts.get().then(|| view! {
            <Confirm label="Remove the key" about="of this device">
                <p>"What the phone encrypts stays closed from then on, and orders go to it unencrypted."</p>
                <ActionForm action=line>
                    <input type="hidden" name="id" value=device.get_value() />
                    <input type="hidden" name="clear" value="yes" />
                    <button class="button button-bad" type="submit" disabled=line.pending()>"Remove the key"</button>
                </ActionForm>
            </Confirm>
        })
    };
    view! {
        <section class="card stack" aria-labelledby="key-title">
            <h2 id="key-title">"Encryption"</h2>
            <p>{move || if encrypts.get() {
                "There is a key: what the phone encrypts is opened with it, and orders go to it encrypted."
            } else {
                "There is no key: what the phone encrypts cannot be opened."
            }}</p>
            {closed}
            <Trouble error />
            <ActionForm action=line>
                <div class="stack">
                    <input type="hidden" name="id" value=device.get_value() />
                    <Password
                        name="key"
                        label="Key"
                        autocomplete="new-password"
                        hint="As typed on the phone, at most 32 bytes. It is never shown again."
                        told
                        node=field
                    />
                    <div class="actions"><button class="button" type="submit" disabled=line.pending()>"Set the key"</button></div>
                </div>
            </ActionForm>
            {forget}
        </section>
    }
}
