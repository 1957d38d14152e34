//! The first admin, by the link that the server printed.

use super::{Password, Trouble, error_of, told_of};
use crate::{
    api::{self, ApiError},
    ui::{Banner, Field, Tone, at},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use server_fn::ServerFn;

/// Name and password of the first admin.
#[component]
pub fn SetUp() -> impl IntoView {
    let error = error_of(ServerAction::<api::SetUp>::new());
    let told = told_of(error);
    let used = move || error.with(|error| *error == Some(ApiError::Forbidden));
    let other = Signal::derive(move || error.get().filter(|error| *error != ApiError::Forbidden));
    let query = use_query_map();
    let token = move || query.with(|query| query.get("token")).unwrap_or_default();
    let name =
        error.with_untracked(|error| error.as_ref().and_then(|error| error.kept("name"))).unwrap_or_default();
    view! {
        <Title text="Set up" />
        <div class="column column-narrow">
            <h1>"Welcome"</h1>
            <p class="lead">"This server is yours. Choose a name and a password: you will be the first admin."</p>
            {move || used().then(|| view! {
                <Banner tone=Tone::Bad>
                    "This link has been used, or is not the one the server printed last. Start the server again to get a new one, or "
                    <a href=at("/sign-in") rel="external">"sign in"</a> "."
                </Banner>
            })}
            <Trouble error=other />
            <form class="card stack" method="post" action=at(api::SetUp::url())>
                <input type="hidden" name="token" value=token />
                <Field name="name" label="Name" value=name autocomplete="username" hint="As your friends know you." told />
                <Password name="password" label="Password" autocomplete="new-password" fresh=true told />
                <button class="button button-strong" type="submit">"Start"</button>
            </form>
        </div>
    }
}
