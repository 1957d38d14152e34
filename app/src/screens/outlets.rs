//! For admins: the brokers that what is stored goes out to, and how they are doing.
//!
//! The list is drawn from one signal that is asked anew while the page is looked at; the form stands beside it and is not drawn again.

mod form;
mod list;

use super::{Problem, admin::Pages, fresh, known};
use crate::{
    api::{self, OutletView, outlets},
    ui::{Banner, Icon, Sign, Tone, at},
};
use form::OutletForm;
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use list::OutletList;

/// The list of outlets, and a form for one.
#[component]
pub fn Outlets() -> impl IntoView {
    view! {
        <Title text="Outlets" />
        <div class="column">
            <Pages here="/admin/outlets" />
            <h1>"Outlets"</h1>
            {known(|me| if me.admin {
                Either::Left(view! { <Asked /> })
            } else {
                Either::Right(view! { <Banner tone=Tone::Note>"Only admins see where data goes out to."</Banner> })
            })}
        </div>
    }
}

#[component]
fn Asked() -> impl IntoView {
    let list = Resource::new_blocking(|| (), |()| outlets());
    let page = move || {
        Suspend::new(async move {
            match list.await {
                Ok(first) => Either::Left(view! { <Page first /> }),
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition> }
}

#[component]
fn Page(first: Vec<OutletView>) -> impl IntoView {
    let query = use_query_map();
    let list = RwSignal::new(first);
    let test = ServerAction::<api::TestOutlet>::new();
    // With each form that is saved the address changes. The list stays what it is: an open question is nobody's to take away.
    fresh::keep(list, outlets, move || (test.version().get(), query.get().to_query_string()));
    let done = move || {
        let says = [
            ("saved", "The outlet is saved."),
            ("removed", "The outlet is gone."),
            ("tested", "The test is done; its outcome stands beside the outlet."),
        ];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    let edited = Memo::new(move |_| query.with(|query| query.get("edit")));
    let find =
        |list: &Vec<OutletView>, id: &str| list.iter().find(|outlet| outlet.id.to_string() == id).cloned();
    // What is typed survives what happens to the outlet meanwhile.
    let is_known =
        Memo::new(move |_| edited.get().is_some_and(|id| list.with(|list| find(list, &id).is_some())));
    let new = Memo::new(move |_| query.with(|query| query.get("new").is_some()));
    let form = move || {
        let _changes = is_known.get();
        match edited.get() {
            Some(id) => {
                match list.with_untracked(|list| find(list, &id)) {
                    Some(outlet) => view! { <OutletForm outlet=Some(outlet) /> }.into_any(),
                    None => view! { <Banner tone=Tone::Bad>"This outlet is gone."</Banner> }.into_any(),
                }
            }
            None if new.get() => view! { <OutletForm outlet=None /> }.into_any(),
            None => view! {
                <p><a class="button button-strong" href=at("/admin/outlets?new")><Icon sign=Sign::Plus /> "New outlet"</a></p>
            }
            .into_any(),
        }
    };
    view! {
        <p>"What is stored can go out to another MQTT broker, such as that of a smart home: below a topic of your choice, retained, as far as everybody in your group may see it. Whoever may read that broker sees it then."</p>
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        {form}
        <OutletList list test />
    }
}
