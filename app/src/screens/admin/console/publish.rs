//! The form that publishes a message in the name of whoever is signed in.

use crate::{
    api::{self, ApiError, ConsoleWish},
    screens::{Trouble, error_of, told_of},
    ui::{ActionForm, Area, Banner, Field, Tone},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Topic, payload, and how it is sent.
#[component]
pub(super) fn Publish(wish: Memo<ConsoleWish>) -> impl IntoView {
    let publish = ServerAction::<api::PublishMessage>::new();
    let error = error_of(publish);
    let told = told_of(error);
    let kept = move |field: &str| {
        error.with_untracked(|error| error.as_ref().and_then(|error| ApiError::kept(error, field)))
    };
    let back = move || {
        let ConsoleWish { topic, kind } = wish.get();
        form_urlencoded::Serializer::new(String::new())
            .append_pair("topic", &topic)
            .append_pair("type", &kind)
            .finish()
    };
    let qos = kept("qos").unwrap_or_else(|| "1".to_owned());
    let choices = [("0", "0: at most once"), ("1", "1: at least once"), ("2", "2: exactly once")]
        .map(|(value, words)| view! { <option value=value selected=qos == value>{words}</option> });
    let query = use_query_map();
    let done = move || {
        let verdict =
            publish.value().with(|value| value.as_ref().and_then(|value| value.as_ref().ok().cloned()));
        let plainly = || query.with(|query| query.get("published").map(|_| "see the list".to_owned()));
        if error.with(Option::is_some) { None } else { verdict.or_else(plainly) }
    };
    view! {
        <section class="card stack" aria-labelledby="publish-title">
            <h2 id="publish-title">"Publish a message"</h2>
            <p class="hint">
                "It goes the way of every message, and the log says that you published it. Below the topic of a device of your own it counts as that device\u{2019}s word; nobody can publish for somebody else\u{2019}s phone."
            </p>
            <Trouble error />
            {move || done().map(|verdict| view! { <Banner tone=Tone::Good>"Published: " {verdict}</Banner> })}
            <ActionForm action=publish>
                <div class="stack">
                    <input type="hidden" name="back" value=back />
                    <Field name="topic" label="Topic" form="publish" value=kept("topic").unwrap_or_default() told />
                    <Area
                        name="payload"
                        label="Payload"
                        form="publish"
                        value=""
                        hint="Empty and kept: forgets what the broker kept on that topic."
                        may_be_empty=true
                        told
                        node=NodeRef::new()
                    />
                    <div class="with-choice">
                        <label for="publish-qos">"Quality of service"</label>
                        <select id="publish-qos" name="qos">{choices}</select>
                    </div>
                    <label class="choice"><input type="checkbox" name="retained" value="yes" /> "Keep it for those who subscribe later (retained)"</label>
                    <div class="actions"><button class="button button-strong" type="submit" disabled=publish.pending()>"Publish"</button></div>
                </div>
            </ActionForm>
        </section>
    }
}
