//! What is stored of a friend, as a table; all of it as a file; and deleting it.

use super::{keep::Keep, pause::ZoneField};
use crate::{
    api::{self, ApiError, StoredData, stored},
    screens::{Problem, Trouble, error_of, known, taken, told_of},
    state::use_live,
    ui::{ActionForm, Banner, Empty, Field, Moment, Sign, Tone, at, bytes_words},
};
use domain::{Erased, Holding, Stored};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page for whoever looks.
#[component]
pub fn PrivacyData() -> impl IntoView {
    view! { <div class="column column-wide">{known(|_| view! { <Asked /> })}</div> }
}

/// The page on which an admin does it for somebody else.
#[component]
pub fn FriendPrivacyData() -> impl IntoView {
    view! { <div class="column column-wide">{known(|_| view! { <Asked /> })}</div> }
}

#[component]
fn Asked() -> impl IntoView {
    let params = use_params_map();
    let whose = Memo::new(move |_| params.with(|params| params.get("friend")).unwrap_or_default());
    let erase = ServerAction::<api::EraseStored>::new();
    let keep = ServerAction::<api::SetOwnRetention>::new();
    // What is typed stays when it is refused.
    let (done, kept) = (taken(erase), taken(keep));
    let asked =
        Resource::new_blocking(move || (whose.get(), done.get(), kept.get()), |(whose, _, _)| stored(whose));
    let page = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(data) => view! { <Page data erase keep /> }.into_any(),
                Err(ApiError::Forbidden) => view! {
                    <Title text="Stored data" />
                    <h1>"Stored data"</h1>
                    <Banner tone=Tone::Note>"Who can sign in sees this alone; for who cannot, an admin does."</Banner>
                }
                .into_any(),
                Err(error) => {
                    view! { <Title text="Stored data" /> <h1>"Stored data"</h1> <Problem error /> }.into_any()
                }
            }
        })
    };
    let query = use_query_map();
    let is_kept = move || query.with(|query| query.get("kept").is_some());
    view! {
        {move || is_kept().then(|| view! { <Banner tone=Tone::Good>"Saved. What is older goes within the hour."</Banner> })}
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition>
    }
}

#[component]
fn Page(
    data: StoredData,
    erase: ServerAction<api::EraseStored>,
    keep: ServerAction<api::SetOwnRetention>,
) -> impl IntoView {
    let StoredData { friend, name, own, file, stored, beyond, erased, server, keep: chosen, begins_at } =
        data;
    let title = if own { "Stored about me".to_owned() } else { format!("Stored about {name}") };
    let back = if own { "/privacy".to_owned() } else { format!("/friends/{friend}/privacy") };
    let receipt = erased.map(|erased| view! { <Receipt erased /> });
    let elsewhere = beyond.into_iter().map(|place| view! { <li>{place}</li> }).collect_view();
    view! {
        <Title text=title.clone() />
        <p class="crumb"><a href=at(&back)>{if own { "My privacy" } else { "Privacy" }}</a></p>
        <h1>{title}</h1>
        {receipt}
        <Holdings stored />
        {file.then(|| view! {
            <section class="card bar" aria-labelledby="file-title">
                <div>
                    <h2 id="file-title">"Everything as a file"</h2>
                    <p class="hint">"One line of JSON for each thing: positions, comings and goings, places, and what the phones sent."</p>
                </div>
                <a class="button" href=at(&format!("/api/v1/friends/{friend}/stored.jsonl")) rel="external" download="whereabouts.jsonl">"Download"</a>
            </section>
        })}
        <Keep friend=friend.to_string() server own=chosen begins_at keep />
        <Erase friend=friend.to_string() whom=if own { "you".to_owned() } else { name } erase />
        <section class="card stack" aria-labelledby="beyond-title">
            <h2 id="beyond-title">"What cannot be deleted from here"</h2>
            <ul class="plain">{elsewhere}</ul>
        </section>
    }
}

/// What a deletion came to.
#[component]
fn Receipt(erased: Erased) -> impl IntoView {
    let Erased { removed, scrubbed, .. } = erased;
    let nothing = removed.is_empty().then(|| view! { <p>"There was nothing to delete."</p> });
    let lines = removed
        .into_iter()
        .map(|(what, count)| view! { <dt>{words(what).0}</dt><dd>{count}</dd> })
        .collect_view();
    let bytes = if scrubbed {
        "Nothing of it is left in the files of the database."
    } else {
        "Its last traces in the files of the database go within seconds: somebody is reading right now."
    };
    view! {
        <section class="card stack" role="status" aria-labelledby="erased-title">
            <h2 id="erased-title">"Deleted"</h2>
            {nothing}
            <dl class="facts">{lines}</dl>
            <p>{bytes}</p>
        </section>
    }
}

/// How much there is of each kind.
#[component]
fn Holdings(stored: Vec<Stored>) -> impl IntoView {
    let live = use_live();
    let row = |held: Stored| {
        let Stored { what, count, oldest, newest, bytes } = held;
        let (name, explained) = words(what);
        let moment = move |at: Option<domain::Timestamp>| {
            at.map(|at| view! { <Moment at=at now=live.now exact=true /> })
        };
        view! {
            <tr role="row">
                <th role="rowheader" scope="row">{name}<p class="hint">{explained}</p></th>
                <td role="cell" data-label="How many">{count}</td>
                <td role="cell" data-label="Oldest">{moment(oldest)}</td>
                <td role="cell" data-label="Newest">{moment(newest)}</td>
                <td role="cell" data-label="About">{bytes_words(bytes)}</td>
            </tr>
        }
    };
    if stored.iter().all(|held| held.count == 0) {
        let words = "With the first message of a phone it is said here how much there is, and of which time.";
        return view! { <Empty sign=Sign::Log title="Nothing is stored yet"><p>{words}</p></Empty> }
            .into_any();
    }
    let (there, missing): (Vec<_>, Vec<_>) = stored.into_iter().partition(|held| held.count > 0);
    let missing: Vec<_> = missing.into_iter().map(|held| words(held.what).0.to_lowercase()).collect();
    let nothing = (!missing.is_empty())
        .then(|| view! { <p class="hint">{format!("Nothing is stored of: {}.", missing.join(", "))}</p> });
    let rows = there.into_iter().map(row).collect_view();
    view! {
        <section class="card stack" aria-labelledby="held-title">
            <h2 id="held-title">"What there is"</h2>
            <table class="sees" role="table" aria-label="What is stored, how much, and of which time">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"What"</th>
                        <th role="columnheader" scope="col">"How many"</th>
                        <th role="columnheader" scope="col">"Oldest"</th>
                        <th role="columnheader" scope="col">"Newest"</th>
                        <th role="columnheader" scope="col">"About"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {nothing}
        </section>
    }
    .into_any()
}

/// The form that deletes.
#[component]
fn Erase(friend: String, whom: String, erase: ServerAction<api::EraseStored>) -> impl IntoView {
    let error = error_of(erase);
    let told = told_of(error);
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let choice = kept("what").unwrap_or_default();
    let wrong_choice = move || told.get().filter(|told| told.field == "what").map(|told| told.why);
    view! {
        <section class="card stack" aria-labelledby="erase-title">
            <h2 id="erase-title">"Delete"</h2>
            <p>"At once and for good. A phone that sends the same again does not bring it back. What is shown to others stays as it is set."</p>
            <Trouble error />
            <ActionForm action=erase>
                <div class="stack">
                    <input type="hidden" name="friend" value=friend />
                    <ZoneField />
                    <fieldset class="choices">
                        <legend>"What is deleted of " {whom}</legend>
                        <label class="choice">
                            <input type="radio" name="what" value="time" checked=choice != "everything" />
                            <span>"What is of these days"</span>
                        </label>
                        <label class="choice">
                            <input type="radio" name="what" value="everything" checked=choice == "everything" />
                            <span>"Everything"</span>
                        </label>
                        {move || wrong_choice().map(|why| view! { <p class="error">"What " {why}</p> })}
                    </fieldset>
                    <Field form="erase" name="day" label="First day" kind="date" may_be_empty=true value=kept("day").unwrap_or_default() told />
                    <Field form="erase" name="until" label="Last day" kind="date" may_be_empty=true hint="Empty: the first day alone."
                        value=kept("until").unwrap_or_default() told />
                    <Field form="erase" name="word" label="To confirm" hint="Type the word: delete" told />
                    <div class="actions">
                        <button class="button button-strong" type="submit" disabled=erase.pending()>"Delete"</button>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
}

/// What a kind is called, and what that is.
fn words(what: Holding) -> (&'static str, &'static str) {
    match what {
        Holding::Messages => ("Messages", "as the phones sent them"),
        Holding::Positions => ("Positions", "read from the messages"),
        Holding::Claims => ("The phones\u{2019} word", "that a region was entered or left"),
        Holding::History => ("Comings and goings", "also those once believed"),
        Holding::Judgements => ("Judgements", "what the server knew and concluded, to judge what comes late"),
        Holding::Places => ("Places", "that the phones told of"),
        Holding::Retained => ("Retained messages", "the last of each kind, for phones that connect"),
        Holding::Card => ("Card", "name and picture"),
        Holding::Orders => ("Orders", "what was asked of the phones"),
        Holding::Chat => ("Between friends", "what you wrote to friends, and what you got of them"),
        Holding::Outgoing => ("On the way out", "comings and goings that wait for other brokers"),
        Holding::Told => ("Alerts of you", "what others were told of your comings and goings"),
        Holding::Alerting => ("Your alerts", "your rules, where they go, and what you were told"),
    }
}
