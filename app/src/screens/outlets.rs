//! For admins: the brokers that what is stored goes out to, and how they are doing.
//!
//! The list is drawn from one signal that is asked anew while the page is looked at; the form stands beside it and is not drawn again.

mod form;
mod list;

use super::{Problem, known};
use crate::{
    api::{self, OutletView, outlets},
    browser,
    ui::{Banner, Icon, Sign, Tone},
};
use form::OutletForm;
use leptos::{either::Either, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use list::OutletList;
use std::time::Duration;

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(3);

/// The list of outlets, and a form for one.
#[component]
pub fn Outlets() -> impl IntoView {
    view! {
        <Title text="Outlets" />
        <div class="column">
            <p class="crumb"><a href="/admin">"Admin"</a></p>
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
    // With each saved form the address changes, and with it what is known.
    let query = use_query_map();
    let list = Resource::new_blocking(move || query.get().to_query_string(), |_| outlets());
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
    keep_fresh(list, move || test.version().get());
    let done = move || {
        let says = [
            ("saved", "The outlet is saved."),
            ("removed", "The outlet is gone."),
            ("tested", "The test is done; its outcome stands beside the outlet."),
        ];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    let form = move || {
        let (edit, new) = query.with(|query| (query.get("edit"), query.get("new").is_some()));
        match edit {
            Some(id) => {
                let outlet =
                    list.with_untracked(|list| list.iter().find(|outlet| outlet.id.to_string() == id).cloned());
                match outlet {
                    Some(outlet) => view! { <OutletForm outlet=Some(outlet) /> }.into_any(),
                    None => view! { <Banner tone=Tone::Bad>"This outlet is gone."</Banner> }.into_any(),
                }
            }
            None if new => view! { <OutletForm outlet=None /> }.into_any(),
            None => view! {
                <p><a class="button button-strong" href="/admin/outlets?new"><Icon sign=Sign::Plus /> "New outlet"</a></p>
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

/// Asks anew now and then, and whenever `done` changes. In the browser only; ends with the page.
fn keep_fresh<T: PartialEq + 'static>(list: RwSignal<Vec<OutletView>>, done: impl Fn() -> T + 'static) {
    let under_way = StoredValue::new(false);
    let ask = move || {
        under_way.try_set_value(true);
        spawn_local(async move {
            // A question that fails is asked again; the bar about the line says what is wrong.
            let fresh = outlets().await;
            under_way.try_set_value(false);
            if let Ok(fresh) = fresh {
                list.try_maybe_update(|shown| {
                    let differs = *shown != fresh;
                    *shown = fresh;
                    (differs, ())
                });
            }
        });
    };
    Effect::new(move |before: Option<T>| {
        let now = done();
        if before.is_some_and(|before| before != now) {
            ask();
        }
        now
    });
    Effect::new(move |_| {
        let tick = move || {
            if browser::is_visible() && under_way.try_get_value() == Some(false) {
                ask();
            }
        };
        if let Ok(ticks) = set_interval_with_handle(tick, PAUSE) {
            on_cleanup(move || ticks.clear());
        }
    });
}
