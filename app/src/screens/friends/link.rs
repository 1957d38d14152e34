//! A set-up link that was just made: to be sent, or scanned with the phone.

use crate::{
    api::LinkCard,
    browser,
    state::use_live,
    ui::{Banner, Moment, Tone},
};
use leptos::{html::Section, prelude::*, task::spawn_local};

/// The link and its picture.
#[component]
pub fn NewLinkCard(
    /// What to send.
    card: LinkCard,
) -> impl IntoView {
    let live = use_live();
    let LinkCard { friend, device, url, qr, expires_at, signs_in, .. } = card;
    let picture = qr.map(|svg| view! { <div class="qr" role="img" aria-label="The set-up link as a QR code" inner_html=svg></div> });
    let who = if signs_in {
        format!("{friend} opens it on the phone and signs in there. Nobody else can use it.")
    } else {
        format!("Whoever opens it first sets up the phone of {friend}: send it to nobody else.")
    };
    let runs = RwSignal::new(false);
    Effect::new(move |_| runs.set(true));
    let said = RwSignal::new("Copy the link");
    let text = StoredValue::new(url.clone());
    let copy = move |_| {
        spawn_local(async move {
            let done = browser::copy(&text.get_value()).await;
            let _left = said.try_set(if done { "Copied" } else { "Select it to copy it" });
        });
    };
    let button = move || {
        runs.get().then(|| view! { <button class="button" type="button" on:click=copy>{said}</button> })
    };
    // With script the card comes in above a form that was just sent, perhaps out of sight.
    let node = NodeRef::<Section>::new();
    Effect::new(move |_| {
        if let Some(section) = node.get() {
            section.scroll_into_view();
            let _unfocused = section.focus();
        }
    });
    view! {
        <section class="card stack phone" aria-labelledby="new-link-title" tabindex="-1" node_ref=node>
            <h2 id="new-link-title">"Set-up link for " {friend} ": " {device}</h2>
            <p>"Scan it with the phone\u{2019}s camera, or send it. " {who}</p>
            {picture}
            <p><code class="long link-text">{url}</code></p>
            <div class="actions">{button}</div>
            <Banner tone=Tone::Note>"It works once, until " <Moment at=expires_at now=live.now /> ". It is shown here for a quarter of an hour, and never again."</Banner>
        </section>
    }
}
