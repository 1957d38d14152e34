//! What concerns whoever is signed in.

use super::{
    DoneToMe, IdentityLink, Password, Sessions, ThemeChoice, Tokens, Trouble, error_of, friends::CardForm,
    known, told_of,
};
use crate::{
    api::{self, Me},
    state::{Looks, use_live},
    ui::{ActionForm, Banner, Face, Icon, Sign, Tone, at},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use server_fn::ServerFn;

/// Me, my password, how it looks, and the way out.
#[component]
pub fn Settings() -> impl IntoView {
    view! {
        <Title text="Settings" />
        <div class="column">
            <h1>"Settings"</h1>
            {known(|me| view! { <Mine me /> })}
        </div>
    }
}

#[component]
fn Mine(me: Me) -> impl IntoView {
    let change = ServerAction::<api::ChangePassword>::new();
    let error = error_of(change);
    let told = told_of(error);
    let query = use_query_map();
    let changed = move || query.with(|query| query.get("changed").is_some());
    let live = use_live();
    let friend = me.friend;
    let name = me.name.map(String::from).unwrap_or_default();
    let own = name.clone();
    let looks = Memo::new(move |_| {
        let known = friend.and_then(|id| live.world.with(|world| world.friend(id).map(Looks::of)));
        known.unwrap_or_else(|| Looks::of_name(&own))
    });
    view! {
        <section class="card who" aria-label="Signed in">
            {move || view! { <Face looks=looks.get() /> }}
            <div>
                <p class="who-name">{name}</p>
                <p class="hint">{if me.admin { "Admin" } else { "Friend" }}</p>
            </div>
            <form method="post" action=at(api::SignOut::url())>
                <button class="button" type="submit"><Icon sign=Sign::Exit /> "Sign out"</button>
            </form>
        </section>
        {friend.map(|friend| view! { <CardForm friend page="/settings".to_owned() title="How friends see you" /> })}
        {friend.map(|_| view! {
            <section class="card bar" aria-labelledby="privacy-title">
                <div>
                    <h2 id="privacy-title">"My privacy"</h2>
                    <p class="hint">"Who sees where you are, how exactly, and until when."</p>
                </div>
                <a class="button" href=at("/privacy")><Icon sign=Sign::Eye /> "Who sees what"</a>
            </section>
        })}
        {friend.map(|_| view! {
            <section class="card bar" aria-labelledby="alerts-title">
                <div>
                    <h2 id="alerts-title">"Alerts"</h2>
                    <p class="hint">"Told when somebody comes or goes: on the page, by mail and otherwise."</p>
                </div>
                <a class="button" href=at("/alerts")><Icon sign=Sign::Alert /> "When I am told"</a>
            </section>
        })}
        {friend.map(|_| view! {
            <section class="card bar" aria-labelledby="groups-title">
                <div>
                    <h2 id="groups-title">"My groups"</h2>
                    <p class="hint">"Who knows of whom: friends of different groups do not."</p>
                </div>
                <a class="button" href=at("/groups")><Icon sign=Sign::Friends /> "Who is of which"</a>
            </section>
        })}
        <section class="card"><ThemeChoice /></section>
        <section class="card stack">
            <h2>"Change password"</h2>
            {move || changed().then(|| view! { <Banner tone=Tone::Good>"Your password is changed."</Banner> })}
            <Trouble error />
            <ActionForm action=change>
                <div class="stack">
                    <Password name="old" label="Old password" autocomplete="current-password" told />
                    <Password name="new" label="New password" autocomplete="new-password" fresh=true told />
                    <button class="button button-strong" type="submit" disabled=change.pending()>"Change password"</button>
                </div>
            </ActionForm>
        </section>
        {friend.map(|_| view! { <IdentityLink /> <Sessions /> <Tokens all=false /> <DoneToMe /> })}
    }
}
