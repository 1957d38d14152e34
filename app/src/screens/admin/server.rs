//! For admins of the server: who they are, and who becomes one.

use super::pages::{For, page};
use crate::{
    api::{self, Me, ServerAdminsKnown, server_admins},
    screens::{Problem, Trouble, error_of},
    ui::{ActionForm, Banner, Confirm, Tone},
};
use domain::FriendId;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn ServerPage() -> impl IntoView {
    page(For::Server, "/admin/server", "Admins of the server", |me| view! { <Asked me /> }.into_any())
}

#[component]
fn Asked(me: Me) -> impl IntoView {
    let set = ServerAction::<api::SetServerAdmin>::new();
    let query = use_query_map();
    let asked = Resource::new_blocking(
        move || (set.version().get(), query.get().to_query_string()),
        |_| server_admins(),
    );
    let own = me.friend;
    let drawn = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(known) => view! { <Page known own set /> }.into_any(),
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    let done = move || {
        let says = [
            ("added", "They manage the server, too, from now on."),
            ("removed", "They do not manage the server any more."),
        ];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    view! {
        <p class="hint">
            "They make groups, see the self-test, and may back up. They see nothing more of anybody by that, and have no say in groups that they are no admin of."
        </p>
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <Trouble error=error_of(set) fields=&[] />
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Transition>
    }
}

#[component]
fn Page(
    known: ServerAdminsKnown,
    own: Option<FriendId>,
    set: ServerAction<api::SetServerAdmin>,
) -> impl IntoView {
    let ServerAdminsKnown { known, others, candidates } = known;
    let is_last = known.len() + others == 1;
    let line = |(friend, name): (FriendId, String)| {
        let whose = name.clone();
        let remove = (!is_last).then(|| {
            view! {
                <Confirm label="Remove" about=whose.clone()>
                    <p>"They stay friends of their groups, and admins where they are."</p>
                    <ActionForm action=set>
                        <input type="hidden" name="friend" value=friend.to_string() />
                        <button class="button button-bad" type="submit">{whose.clone()} " manages the server no more"</button>
                    </ActionForm>
                </Confirm>
            }
        });
        view! {
            <li class="device">
                <span class="device-text"><span>{name} {(own == Some(friend)).then_some(" (you)")}</span></span>
                {remove}
            </li>
        }
    };
    let lines = known.into_iter().map(line).collect_view();
    let others = match others {
        0 => None,
        1 => Some("And one more, in a group that is not yours.".to_owned()),
        many => Some(format!("And {many} more, in groups that are not yours.")),
    };
    let options =
        candidates.iter().map(|(id, name)| view! { <option value=id.to_string()>{name.clone()}</option> });
    let options = options.collect_view();
    let add = (!candidates.is_empty()).then(|| {
        view! {
            <section class="card stack" aria-labelledby="add-admin-title">
                <h2 id="add-admin-title">"Add an admin of the server"</h2>
                <ActionForm action=set>
                    <div class="stack">
                        <div class="field">
                            <label for="add-admin">"Who"</label>
                            <select id="add-admin" name="friend" aria-describedby="add-admin-hint">{options}</select>
                            <p class="hint" id="add-admin-hint">"A friend of your groups who can sign in."</p>
                        </div>
                        <input type="hidden" name="admin" value="yes" />
                        <button class="button" type="submit" disabled=set.pending()>"Add"</button>
                    </div>
                </ActionForm>
            </section>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="admins-title">
            <h2 id="admins-title">"Who they are"</h2>
            <ul class="devices" aria-labelledby="admins-title">{lines}</ul>
            {others.map(|text| view! { <p class="hint">{text}</p> })}
            {is_last.then(|| view! { <p class="hint">"The last one stays."</p> })}
        </section>
        {add}
    }
}
