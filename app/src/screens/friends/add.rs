//! The forms that add a phone, and somebody who may sign in.

use crate::{
    api,
    screens::{Password, Trouble, error_of, told_of},
    state::use_live,
    ui::Field,
};
use leptos::{either::Either, form::ActionForm, prelude::*};

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
    view! {
        <section class="card stack" id="put" aria-labelledby="put-title">
            <h2 id="put-title">"Put a phone on the map"</h2>
            <Trouble error />
            <ActionForm action=add>
                <div class="stack">
                    {whose}
                    <Field name="device" label="Device" form="phone" value=device hint="Tells this friend's devices apart." told />
                    <button class="button button-strong" type="submit" disabled=add.pending()>"Add the phone"</button>
                </div>
            </ActionForm>
        </section>
    }
}

/// Adds somebody who may sign in.
#[component]
pub fn AddUser() -> impl IntoView {
    let add = ServerAction::<api::AddUser>::new();
    let error = error_of(add);
    let told = told_of(error);
    let name =
        error.with_untracked(|error| error.as_ref().and_then(|error| error.kept("name"))).unwrap_or_default();
    view! {
        <section class="card stack" aria-labelledby="user-title">
            <h2 id="user-title">"Let somebody sign in"</h2>
            <Trouble error />
            <ActionForm action=add>
                <div class="stack">
                    <Field name="name" label="Name" form="user" value=name told />
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
