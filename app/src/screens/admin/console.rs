//! The console: messages as they arrive, by topic and type, and a form that publishes one.

mod feed;
mod publish;

use super::{
    Message,
    pages::{For, page},
};
use crate::{
    api::{self, ApiError, ConsoleWish},
    screens::Problem,
    ui::{Field, Told, at},
};
use domain::ConsoleLine;
use feed::State;
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;
use std::sync::Arc;

/// The page of the console.
#[component]
pub fn ConsolePage() -> impl IntoView {
    page(For::Admins, "/admin/console", "Console", |_| view! { <Console /> }.into_any())
}

#[component]
fn Console() -> impl IntoView {
    let query = use_query_map();
    let wish = Memo::new(move |_| {
        let text = |name: &str| query.with(|query| query.get(name)).unwrap_or_default();
        ConsoleWish { topic: text("topic"), kind: text("type") }
    });
    let lines = Resource::new_blocking(move || wish.get(), |wish| api::console(wish.topic, wish.kind));
    let drawn = move || {
        Suspend::new(async move {
            let wish = wish.get_untracked();
            match lines.await {
                Ok(first) => {
                    Either::Left(view! { <Filters wish=wish.clone() told=None /> <Lines first wish /> })
                }
                Err(error) => {
                    let told = error.told();
                    let problem = told.is_none().then(|| view! { <Problem error /> });
                    Either::Right(view! { <Filters wish told /> {problem} })
                }
            }
        })
    };
    view! {
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{drawn}</Transition>
        <publish::Publish wish />
    }
}

/// What is shown; kept in the address, so a page can be reloaded and sent to somebody.
#[component]
fn Filters(wish: ConsoleWish, told: Option<Told>) -> impl IntoView {
    let told = Signal::stored(told);
    view! {
        <form class="card console-filter" method="get" action=at("/admin/console")>
            <Field name="topic" label="Topic" form="filter" value=wish.topic hint="With + for one level and # for the rest." may_be_empty=true told />
            <Field name="type" label="Type" form="filter" value=wish.kind hint="Such as location or transition." may_be_empty=true told />
            <button class="button" type="submit">"Filter"</button>
        </form>
    }
}

#[component]
fn Lines(first: Vec<ConsoleLine>, wish: ConsoleWish) -> impl IntoView {
    let lines: RwSignal<Vec<Arc<ConsoleLine>>> = RwSignal::new(first.into_iter().map(Arc::new).collect());
    let state = RwSignal::new(State::Opening);
    let paused = RwSignal::new(false);
    feed::keep(wish, lines, state, paused);
    let line = |line: Arc<ConsoleLine>| {
        let kind = line.kind.clone().unwrap_or_else(|| "no type".to_owned());
        let note = line.whose.as_ref().map_or_else(|| kind.clone(), |whose| format!("{kind} · {whose}"));
        view! { <Message message=line.message.clone() note /> }
    };
    view! {
        <section aria-labelledby="lines-title">
            <div class="bar">
                <h2 id="lines-title">"Messages"</h2>
                <p class="hint js-only" role="status">{move || if paused.get() { "Paused" } else { state.get().words() }}</p>
                <button class="button js-only" type="button" aria-pressed=move || paused.get().to_string() on:click=move |_| paused.update(|paused| *paused = !*paused)>
                    "Pause"
                </button>
            </div>
            {move || lines.with(Vec::is_empty).then(|| view! { <p class="hint">"Nothing of the kind arrived of late."</p> })}
            <ol class="log" aria-labelledby="lines-title">
                <For each=move || lines.get() key=|line| line.message.id.clone() children=line />
            </ol>
        </section>
    }
}

/// Whether trying again can help.
fn is_final(error: &ApiError) -> bool {
    matches!(error, ApiError::Unauthorised | ApiError::Forbidden | ApiError::Invalid { .. })
}
