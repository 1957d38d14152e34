//! What whoever opens an invitation sees. A plain form on purpose: afterwards everything is drawn anew, as the person who came.

use super::{OidcTrouble, Password, Problem, Trouble, error_of, known as known_me, told_of};
use crate::{
    api::{self, WelcomeView, welcome},
    ui::{Banner, Field, Tone, at},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use server_fn::ServerFn;

/// Name and password of somebody who was invited.
#[component]
pub fn Invitation() -> impl IntoView {
    let query = use_query_map();
    let token = Memo::new(move |_| query.with(|query| query.get("token")).unwrap_or_default());
    let asked = Resource::new_blocking(move || token.get(), welcome);
    let drawn = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(Some(known)) => view! { <Come known token /> }.into_any(),
                Ok(None) => view! {
                    <h1>"This invitation cannot be used"</h1>
                    <Banner tone=Tone::Note>
                        "It was used, taken back, or is too old. Ask whoever sent it for a new one, or "
                        <a href=at("/sign-in") rel="external">"sign in"</a> "."
                    </Banner>
                }
                .into_any(),
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Invitation" />
        <div class="column column-narrow">
            <Suspense fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Suspense>
        </div>
    }
}

#[component]
fn Come(known: WelcomeView, token: Memo<String>) -> impl IntoView {
    let error = error_of(ServerAction::<api::AcceptInvitation>::new());
    let told = told_of(error);
    let typed =
        error.with_untracked(|error| error.as_ref().and_then(|error| error.kept("name"))).unwrap_or_default();
    let given = known.name.clone();
    let chooses = given.is_none();
    let name = match known.name {
        Some(name) => view! { <p>"You come as " <b>{name}</b> "."</p> }.into_any(),
        None => view! {
            <Field name="name" label="Name" value=typed autocomplete="username" hint="As your friends know you." told />
        }
        .into_any(),
    };
    view! {
        <h1>"You are invited"</h1>
        <p class="lead">"To " <b>{known.group}</b> ". You will see where your friends are, as far as they show it to you. Of you they see nothing until you choose, on the next page."</p>
        <OidcTrouble />
        <Trouble error />
        <form class="card stack" method="post" action=at(api::AcceptInvitation::url())>
            <input type="hidden" name="token" value=move || token.get() />
            {name}
            // So that a password manager knows for whom.
            {given.map(|given| view! { <input type="hidden" autocomplete="username" value=given /> })}
            <Password name="password" label="Password" autocomplete="new-password" fresh=true told />
            <button class="button button-strong" type="submit">"Join"</button>
        </form>
        {known_me(move |me| me.oidc.map(|provider| view! {
            <form class="card stack" method="get" action=at("/oidc/start")>
                <p>"Or come with an account that you have elsewhere, without a password here."</p>
                <input type="hidden" name="token" value=move || token.get() />
                {chooses.then(|| view! { <Field name="name" label="Name" form="elsewhere" autocomplete="username" /> })}
                <button class="button" type="submit">"Join with " {provider}</button>
            </form>
        }))}
    }
}
