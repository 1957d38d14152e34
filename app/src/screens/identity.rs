//! Signing in with a provider elsewhere: what went wrong there, in words, and the link between an account and an identity.

use super::{Problem, error_of};
use crate::{
    api::{self, IdentityView, identity},
    state::use_live,
    ui::{ActionForm, Banner, Confirm, Moment, Tone, at},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What went wrong at the provider, in a sentence.
fn words(trouble: &str) -> &'static str {
    match trouble {
        "down" => "The provider cannot be reached at the moment. A password works as ever.",
        "denied" => "The provider did not say who you are. Nothing was changed.",
        "unknown" => {
            "That account is linked to nobody here. Sign in with your password and link it under Settings, or ask an admin for an invitation."
        }
        "taken" => "That account or that name is somebody else\u{2019}s here. Nothing was changed.",
        _ => "That took too long, or was begun in another window. Please try again.",
    }
}

/// Says what went wrong at the provider, where something did.
#[component]
pub fn OidcTrouble() -> impl IntoView {
    let query = use_query_map();
    let trouble = move || query.with(|query| query.get("oidc"));
    move || trouble().map(|trouble| view! { <Banner tone=Tone::Bad>{words(&trouble)}</Banner> })
}

/// The link between the account of whoever looks and an identity elsewhere.
#[component]
pub fn IdentityLink() -> impl IntoView {
    let unlink = ServerAction::<api::UnlinkIdentity>::new();
    let query = use_query_map();
    let asked = Resource::new_blocking(
        move || (unlink.version().get(), query.get().to_query_string()),
        |_| identity(),
    );
    let error = error_of(unlink);
    let done = move || {
        let says = [
            ("linked", "Linked. From now on you can sign in with it."),
            ("unlinked", "It is not linked any more."),
        ];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    let drawn = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(None) => ().into_any(),
                Ok(Some(known)) => view! {
                    <section class="card stack" aria-labelledby="identity-title">
                        <h2 id="identity-title">"Signing in elsewhere"</h2>
                        <OidcTrouble />
                        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
                        {move || error.get().map(|error| view! { <Banner tone=Tone::Bad>{error.to_string()}</Banner> })}
                        <Link known unlink />
                    </section>
                }
                .into_any(),
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Transition> }
}

#[component]
fn Link(known: IdentityView, unlink: ServerAction<api::UnlinkIdentity>) -> impl IntoView {
    let now = use_live().now;
    let IdentityView { provider, linked_at, link } = known;
    match linked_at {
        Some(at) => view! {
            <p>{provider.clone()} " is linked, since " <Moment at now /> "."</p>
            <Confirm label="Unlink" about=provider>
                <p>"You sign in with your password alone then."</p>
                <ActionForm action=unlink>
                    <button class="button button-bad" type="submit">"Unlink it"</button>
                </ActionForm>
            </Confirm>
        }
        .into_any(),
        None => {
            view! { <p><a class="button" href=at(&link) rel="external">"Link " {provider}</a></p> }.into_any()
        }
    }
}
