//! Calling a group otherwise, and removing it, with what becomes of everything in it.

use super::Doing;
use crate::{
    api::Several,
    screens::{error_of, told_of},
    ui::{ActionForm, Confirm, Field},
};
use domain::GroupId;
use leptos::prelude::*;

/// The two forms of a group, for its admins.
#[component]
pub(super) fn Fate(
    /// Which group.
    group: GroupId,
    /// What it is called.
    name: String,
    /// Whether whoever looks is of no other.
    is_only: bool,
    /// Who of it is of others, too.
    stays: Several,
    /// Who of it is of no other.
    rooted: Several,
    /// The forms' actions.
    doing: Doing,
) -> impl IntoView {
    let id = group.to_string();
    // What was refused is about one of the groups on the page.
    let refused = error_of(doing.rename);
    let about = id.clone();
    let meant =
        Signal::derive(move || refused.get().filter(|error| error.kept("group").as_ref() == Some(&about)));
    let typed = meant.with_untracked(|error| error.as_ref().and_then(|error| error.kept("name")));
    let open = meant.with_untracked(Option::is_some);
    let value = typed.unwrap_or_else(|| name.clone());
    let (of_rename, called) = (id.clone(), name.clone());
    view! {
        <details class="more" open=open>
            <summary>"Rename " {called}</summary>
            <ActionForm action=doing.rename>
                <div class="stack">
                    <input type="hidden" name="group" value=of_rename.clone() />
                    <RenameField id=of_rename.clone() value told=told_of(meant) />
                    <div class="actions">
                        <button class="button" type="submit" disabled=doing.rename.pending()>"Rename"</button>
                    </div>
                </div>
            </ActionForm>
        </details>
        <Remove id name is_only stays rooted doing />
    }
}

#[component]
fn RenameField(id: String, value: String, told: Signal<Option<crate::ui::Told>>) -> impl IntoView {
    let hint = "Where topics have the group in them, they keep what it was called first: phones go on reporting where they do.";
    view! { <Field name="name" label="Name" form=format!("rename-{id}") value hint told /> }
}

#[component]
fn Remove(
    id: String,
    name: String,
    is_only: bool,
    stays: Several,
    rooted: Several,
    doing: Doing,
) -> impl IntoView {
    let refused = error_of(doing.remove);
    let about = id.clone();
    let meant =
        Signal::derive(move || refused.get().filter(|error| error.kept("group").as_ref() == Some(&about)));
    let open = meant.with_untracked(Option::is_some);
    let who = if stays.is_empty() {
        "You stay in your other groups.".to_owned()
    } else {
        format!("You stay in your other groups, and so do {}, each in theirs.", stays.words())
    };
    let whole = name.clone();
    let form = if is_only || !rooted.is_empty() {
        let why = if is_only {
            "You are of no other group, so it stays.".to_owned()
        } else {
            format!(
                "Of no other group are {}: take them into another first, or remove them on the page Friends.",
                rooted.words()
            )
        };
        view! { <p>{why}</p> }.into_any()
    } else {
        view! {
            <p>"Its regions, sensors, outlets and invitations go with it, for good. What happened there is seen by nobody any more; it stays stored until each friend deletes what is theirs."</p>
            <p>{who}</p>
            <ActionForm action=doing.remove>
                <div class="stack">
                    <input type="hidden" name="group" value=id.clone() />
                    <Field name="name" label="Type its name to confirm" form=format!("remove-{id}") told=told_of(meant) />
                    <div class="actions">
                        <button class="button button-bad" type="submit" disabled=doing.remove.pending()>"Remove " {name.clone()}</button>
                    </div>
                </div>
            </ActionForm>
        }
        .into_any()
    };
    view! { <Confirm label="Remove the group" about=whole open>{form}</Confirm> }
}
