//! The forms that add a phone, and somebody who may sign in.

use crate::{
    api,
    screens::{GroupField, Password, Trouble, error_of, told_of},
    state::use_live,
    ui::{ActionForm, Field, Told},
};
use leptos::{either::Either, prelude::*};

/// Puts a phone on the map: an admin for anybody, everybody else for themselves.
#[component]
pub fn AddPhone(
    /// Whether an admin asks.
    admin: bool,
    /// Who asks.
    name: String,
) -> impl IntoView {
    let live = use_live();
    let add = ServerAction::<api::AddDevice>::new();
    let error = error_of(add);
    let told = told_of(error);
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let friend = kept("friend").unwrap_or_default();
    let device = kept("device").unwrap_or_else(|| "phone".to_owned());
    let names = move || {
        live.world.with(|world| {
            world
                .friends
                .iter()
                .map(|friend| view! { <option value=friend.friend.name.to_string() /> })
                .collect_view()
        })
    };
    let whose = if admin {
        Either::Left(view! {
            <Field
                name="friend"
                label="Friend"
                form="phone"
                value=friend
                hint="Whose phone it is. A new name makes a new friend."
                list="phone-friends"
                told
            />
            <datalist id="phone-friends">{names}</datalist>
        })
    } else {
        Either::Right(view! { <input type="hidden" name="friend" value=name /> })
    };
    let hint = if admin {
        "A link goes to whoever holds the phone: it works once, for a day. Adding the phone shows its password here, for a friend who cannot sign in or a phone of your own."
    } else {
        "A link opens on the phone and sets it up there: it works once, for a day. Adding the phone shows its password here."
    };
    let group = admin.then(|| {
        view! { <GroupField form="phone" hint="Which a new friend is of. Who is there already stays where they are." kept=kept("group") told /> }
    });
    let share = admin.then(|| view! { <Share chosen=kept("share").unwrap_or_default() told /> });
    view! {
        <section class="card stack" id="put" aria-labelledby="put-title">
            <h2 id="put-title">"Put a phone on the map"</h2>
            <Trouble error />
            <ActionForm action=add>
                <div class="stack">
                    {whose}
                    {group}
                    <Field name="device" label="Device" form="phone" value=device hint="Tells this friend's devices apart." told />
                    {share}
                    <div class="actions">
                        <button class="button button-strong" type="submit" name="how" value="link" disabled=add.pending()>"Make a set-up link"</button>
                        <button class="button" type="submit" name="how" value="here" disabled=add.pending()>"Add the phone"</button>
                    </div>
                    <p class="hint">{hint}</p>
                </div>
            </ActionForm>
        </section>
    }
}

/// What the group sees of somebody who cannot sign in and say it.
#[component]
fn Share(chosen: String, told: Signal<Option<Told>>) -> impl IntoView {
    let offered = [
        ("", "Nothing yet, or what was said before"),
        ("precise", "Precisely where they are"),
        ("street", "To the street: 250 m"),
        ("district", "To the part of town: 2 km"),
        ("city", "To the town: 15 km"),
        ("names", "Only names of regions"),
        ("off", "Nothing"),
    ];
    let option = |(word, text): (&'static str, &'static str)| {
        view! { <option value=word selected=chosen == word>{text}</option> }
    };
    let why = move || {
        told.with(|told| told.as_ref().filter(|told| told.field == "share").map(|told| told.why.clone()))
    };
    let described =
        move || if why().is_some() { "phone-share-error phone-share-hint" } else { "phone-share-hint" };
    view! {
        <div class="field" class:is-wrong=move || why().is_some()>
            <label for="phone-share">"What the group sees until they choose"</label>
            <p class="hint" id="phone-share-hint">"For who cannot sign in. Who can says it under My privacy."</p>
            <select id="phone-share" name="share" aria-describedby=described>{offered.map(option).into_iter().collect_view()}</select>
            {move || why().map(|why| view! { <p class="error" id="phone-share-error">"What the group sees " {why}</p> })}
        </div>
    }
}

/// Adds somebody who may sign in.
#[component]
pub fn AddUser() -> impl IntoView {
    let add = ServerAction::<api::AddUser>::new();
    let error = error_of(add);
    let told = told_of(error);
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    view! {
        <section class="card stack" aria-labelledby="user-title">
            <h2 id="user-title">"Let somebody sign in"</h2>
            <Trouble error />
            <ActionForm action=add>
                <div class="stack">
                    <Field name="name" label="Name" form="user" value=kept("name").unwrap_or_default() told />
                    <GroupField form="user" hint="Which a new friend is of. Who is there already stays where they are." kept=kept("group") told />
                    <Password name="password" label="Password" autocomplete="new-password" fresh=true told />
                    <label class="choice">
                        <input type="checkbox" name="admin" value="yes" />
                        <span>"Is an admin: manages friends, phones and regions"</span>
                    </label>
                    <button class="button button-strong" type="submit" disabled=add.pending()>"Add"</button>
                </div>
            </ActionForm>
        </section>
    }
}
