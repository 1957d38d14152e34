//! How much is stored, for how long, how much it will be, and what deleting does not reach.

use super::pages::{For, page};
use crate::{
    api,
    screens::{KeepFields, Problem, Trouble, error_of, taken},
    state::use_live,
    ui::{ActionForm, Banner, Day, Moment, Tone, bytes_words},
};
use domain::{Retention, RetentionClass, Storage};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The page of what is stored.
#[component]
pub fn StoragePage() -> impl IntoView {
    page(For::Server, "/admin/storage", "Storage", |_| view! { <Asked /> }.into_any())
}

#[component]
fn Asked() -> impl IntoView {
    let set = ServerAction::<api::SetRetention>::new();
    let query = use_query_map();
    // What is typed stays when it is refused.
    let done = taken(set);
    let asked = Resource::new_blocking(move || done.get(), |_| api::storage());
    let is_set = move || query.with(|query| query.get("set").is_some());
    let drawn = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(storage) => view! { <Page storage set /> }.into_any(),
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! {
        {move || is_set().then(|| view! { <Banner tone=Tone::Good>"Set. What is older goes within the hour."</Banner> })}
        <Transition fallback=|| view! { <p class="loading">"Looking…"</p> }>{drawn}</Transition>
    }
}

#[component]
fn Page(storage: Storage, set: ServerAction<api::SetRetention>) -> impl IntoView {
    let beyond = storage.beyond.iter().cloned().map(|place| view! { <li>{place}</li> }).collect_view();
    let (friends, others) = (storage.friends.clone(), storage.others);
    let retention = storage.retention;
    view! {
        <Waiting storage=storage.clone() />
        <Forecast storage=storage.clone() />
        <Classes storage />
        <Friends friends others />
        <Form retention set />
        <section class="card stack" aria-labelledby="beyond-title">
            <h2 id="beyond-title">"What deleting does not reach"</h2>
            <ul class="plain">{beyond}</ul>
        </section>
    }
}

/// Of a database that is older than retention: what will go, and when.
#[component]
fn Waiting(storage: Storage) -> impl IntoView {
    let live = use_live();
    storage.begins_at.map(|begins_at| {
        let lines = storage.waiting.iter().map(|(class, rows)| {
            view! { <dt>{class.words()}</dt><dd>{*rows}</dd> }
        });
        view! {
            <section class="card stack" aria-labelledby="waiting-title">
                <h2 id="waiting-title">"Nothing is deleted yet"</h2>
                <p>
                    "This database is older than retention. From " <Moment at=begins_at now=live.now exact=true />
                    " on, what is older than it is kept is deleted. Saving below begins that at once. These are so many rows by then:"
                </p>
                <dl class="facts">{lines.collect_view()}</dl>
            </section>
        }
    })
}

/// How large it is, and will be.
#[component]
fn Forecast(storage: Storage) -> impl IntoView {
    let live = use_live();
    let Storage { at, file, free, forecast, disk_free, .. } = storage;
    let level = forecast.levels_off.map_or_else(
        || "never: something that grows is kept for ever".to_owned(),
        |level| format!("at {}", bytes_words(level)),
    );
    let coming = forecast.most().saturating_sub(file);
    let tight = disk_free.filter(|room| *room < coming).map(|_| {
        view! {
            <Banner tone=Tone::Bad>
                "The disk has not enough room for what is coming. Make room, or keep less."
            </Banner>
        }
    });
    view! {
        {tight}
        <section class="card stack" aria-labelledby="forecast-title">
            <h2 id="forecast-title">"How large it is, and will be"</h2>
            <dl class="facts">
                <dt>"Now"</dt><dd>{bytes_words(file)} ", of which " {bytes_words(free)} " are empty and filled first"</dd>
                <dt>"In a year"</dt><dd>{bytes_words(forecast.in_a_year)}</dd>
                <dt>"Levels off"</dt><dd>{level}</dd>
                <dt>"Free on the disk"</dt><dd>{disk_free.map_or_else(|| "not known".to_owned(), bytes_words)}</dd>
            </dl>
            <p class="hint">"If as much comes each day as over the last thirty, and stays as long as is said below. Looked at " <Moment at=at now=live.now /> "."</p>
        </section>
    }
}

#[component]
fn Classes(storage: Storage) -> impl IntoView {
    let at = storage.at;
    let row = |held: &domain::Held| {
        let oldest = held.oldest.map(|oldest| view! { <Day at=oldest /> });
        view! {
            <tr>
                <th scope="row">{held.class.words()}</th>
                <td>{held.rows}</td>
                <td>{bytes_words(held.bytes)}</td>
                <td>{oldest}</td>
                <td>{bytes_words(held.whole_bytes_per_day_of_week(at))}</td>
                <td>{bytes_words(held.whole_bytes_per_day(at))}</td>
            </tr>
        }
    };
    let rows = storage.classes.iter().map(row).collect_view();
    view! {
        <section class="card stack" aria-labelledby="classes-title">
            <h2 id="classes-title">"What there is"</h2>
            <table class="difference">
                <caption class="visually-hidden">"How much there is of each class, and how much comes"</caption>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"Rows"</th>
                        <th scope="col">"Room"</th>
                        <th scope="col">"Oldest"</th>
                        <th scope="col">"A day, last week"</th>
                        <th scope="col">"A day, last month"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

#[component]
fn Friends(friends: Vec<(domain::FriendId, String, u64, u64)>, others: Option<(u64, u64)>) -> impl IntoView {
    let others = others.map(|(rows, bytes)| {
        view! { <tr><th scope="row">"Friends of other groups"</th><td>{rows}</td><td>{bytes_words(bytes)}</td></tr> }
    });
    let row = |(_, name, rows, bytes): (domain::FriendId, String, u64, u64)| {
        view! { <tr><th scope="row">{name}</th><td>{rows}</td><td>{bytes_words(bytes)}</td></tr> }
    };
    let rows = friends.into_iter().map(row).collect_view();
    view! {
        <section class="card stack" aria-labelledby="friends-title">
            <h2 id="friends-title">"Of whom"</h2>
            <table class="difference">
                <caption class="visually-hidden">"How much there is of each friend"</caption>
                <thead><tr><th scope="col">"Friend"</th><th scope="col">"Rows"</th><th scope="col">"About"</th></tr></thead>
                <tbody>{rows} {others}</tbody>
            </table>
        </section>
    }
}

/// The form that says for how long.
#[component]
fn Form(retention: Retention, set: ServerAction<api::SetRetention>) -> impl IntoView {
    let error = error_of(set);
    let asked = RetentionClass::ALL.map(|class| (class, retention.of(class).to_string(), hint(class)));
    view! {
        <section class="card stack" aria-labelledby="keep-title">
            <h2 id="keep-title">"For how long"</h2>
            <p>"In days, or \u{201c}forever\u{201d}. Friends may keep less of their own. What somebody is in now, and where they were last, stays."</p>
            <Trouble error />
            <ActionForm action=set>
                <KeepFields asked=asked.to_vec() error pending=set.pending() />
            </ActionForm>
        </section>
    }
}

const fn hint(class: RetentionClass) -> &'static str {
    match class {
        RetentionClass::Raw => "As they came; for looking what happened, and for a rebuild.",
        RetentionClass::Fixes => {
            "With what phones said of regions. What comes later than this is not judged any more."
        }
        RetentionClass::Transitions => "Also those once believed, and why.",
        RetentionClass::Observations => "The last of each stays.",
        RetentionClass::Audit => "Who did what, and who looked at whom.",
        RetentionClass::Chat => "Of everybody, also of those who keep less of the others.",
    }
}
