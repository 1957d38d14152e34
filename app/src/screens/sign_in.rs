//! Signing in. A plain form on purpose: afterwards everything is drawn anew, as the person who signed in.

use super::{OidcTrouble, Password, Trouble, error_of, known, told_of};
use crate::{
    api,
    ui::{Field, at},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use server_fn::ServerFn;

/// Name and password.
#[component]
pub fn SignIn() -> impl IntoView {
    let error = error_of(ServerAction::<api::SignIn>::new());
    let told = told_of(error);
    let query = use_query_map();
    let next = move || query.with(|query| query.get("next")).unwrap_or_else(|| "/".to_owned());
    let name =
        error.with_untracked(|error| error.as_ref().and_then(|error| error.kept("name"))).unwrap_or_default();
    view! {
        <Title text="Sign in" />
        <div class="column column-narrow">
            <h1>"Sign in"</h1>
            {known(|me| me.needs_set_up.then(|| view! {
                <p class="lead">
                    "Nobody has signed in here yet. The server printed a link when it started: open it to become the first admin."
                </p>
            }))}
            <OidcTrouble />
            <Trouble error />
            <form class="card stack" method="post" action=at(api::SignIn::url())>
                <input type="hidden" name="next" value=next />
                <Field name="name" label="Name" value=name autocomplete="username" told />
                <Password name="password" label="Password" autocomplete="current-password" told />
                <button class="button button-strong" type="submit">"Sign in"</button>
            </form>
            {known(move |me| me.oidc.map(|provider| {
                let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", &next()).finish();
                view! { <p><a class="button" href=at(&format!("/oidc/start?{query}")) rel="external">"Sign in with " {provider}</a></p> }
            }))}
        </div>
    }
}
