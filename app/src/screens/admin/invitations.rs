//! Invitations: a link for each, shown once to who made it; and what became of them.

use super::pages::{For, page};
use crate::{
    api::{self, InvitationFate, InvitationView, invitations},
    screens::{GroupField, Problem, Trouble, error_of, told_of},
    state::use_live,
    ui::{ActionForm, Banner, Confirm, Field, Moment, Tone},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The page of invitations.
#[component]
pub fn InvitationsPage() -> impl IntoView {
    page(For::Admins, "/admin/invitations", "Invitations", |_| view! { <Invitations /> }.into_any())
}

#[component]
fn Invitations() -> impl IntoView {
    let make = ServerAction::<api::Invite>::new();
    let revoke = ServerAction::<api::RevokeInvitation>::new();
    let query = use_query_map();
    let asked = Resource::new_blocking(
        move || (make.version().get(), revoke.version().get(), query.get().to_query_string()),
        |_| invitations(),
    );
    let revoked = move || query.with(|query| query.get("revoked").is_some());
    let drawn = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(known) => {
                    let fresh = known.fresh.map(|(_, link)| view! {
                        <section class="card stack" aria-labelledby="fresh-title">
                            <h2 id="fresh-title">"Send this link"</h2>
                            <p><code class="link">{link}</code></p>
                            <p class="hint">"It lets in whoever opens it first, once. It is shown here for a quarter of an hour, and nowhere again."</p>
                        </section>
                    });
                    let items = known.items;
                    let list = if items.is_empty() {
                        view! { <p class="hint">"Nobody was invited yet."</p> }.into_any()
                    } else {
                        let lines =
                            items.into_iter().map(|item| view! { <Line item revoke /> }).collect_view();
                        view! { <ul class="log" aria-label="Invitations">{lines}</ul> }.into_any()
                    };
                    view! { {fresh} {list} }.into_any()
                }
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! {
        {move || revoked().then(|| view! { <Banner tone=Tone::Good>"Taken back. The link lets nobody in."</Banner> })}
        <Trouble error=error_of(revoke) fields=&[] />
        <Form make />
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Transition>
    }
}

#[component]
fn Form(make: ServerAction<api::Invite>) -> impl IntoView {
    let error = error_of(make);
    let told = told_of(error);
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let name = kept("name").unwrap_or_default();
    view! {
        <section class="card stack" aria-labelledby="invite-title">
            <h2 id="invite-title">"Invite somebody"</h2>
            <Trouble error />
            <ActionForm action=make>
                <div class="stack">
                    <Field name="name" label="Name" value=name form="invite" may_be_empty=true hint="Leave it empty to let them choose. A friend who only carries a phone so far keeps what is known of them." told />
                    <GroupField form="invite" kept=kept("group") told />
                    <Field name="days" label="Holds for days" form="invite" value="7" inputmode="numeric" told />
                    <label class="choice"><input type="checkbox" name="admin" value="yes" /> "As an admin"</label>
                    <button class="button button-strong" type="submit" disabled=make.pending()>"Make a link"</button>
                </div>
            </ActionForm>
        </section>
    }
}

#[component]
fn Line(item: InvitationView, revoke: ServerAction<api::RevokeInvitation>) -> impl IntoView {
    let now = use_live().now;
    let InvitationView { id, group, name, admin, made_by, made_at, ends_at, fate } = item;
    let whom = name.unwrap_or_else(|| "Somebody".to_owned());
    let about = format!("the invitation of {whom}");
    let is_open = fate == InvitationFate::Open;
    let state = match fate {
        InvitationFate::Open => view! { "Can be used until " <Moment at=ends_at now /> }.into_any(),
        InvitationFate::Used(by, at) => view! { <b>{by}</b> " came by it " <Moment at now /> }.into_any(),
        InvitationFate::Revoked(at) => view! { "Taken back " <Moment at now /> }.into_any(),
        InvitationFate::Over => view! { "Nobody came in time" }.into_any(),
    };
    view! {
        <li class="session">
            <p><b>{whom}</b> " to " {group} {admin.then_some(", as an admin")} ": " {state}</p>
            <p class="hint">"Made by " {made_by} " " <Moment at=made_at now /></p>
            {is_open.then(|| view! {
                <Confirm label="Take back" about=about>
                    <p>"The link lets nobody in any more."</p>
                    <ActionForm action=revoke>
                        <input type="hidden" name="id" value=id.to_string() />
                        <button class="button button-bad" type="submit">"Take it back"</button>
                    </ActionForm>
                </Confirm>
            })}
        </li>
    }
}
