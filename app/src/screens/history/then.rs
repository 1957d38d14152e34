//! Who was where at a moment.

use super::{
    Wanted,
    filter::{Field, Filters},
    page,
};
use crate::{
    api::{Then, WasThere, presence_at},
    screens::{Problem, live::silence_words},
    state::use_live,
    ui::{Empty, Moment, Sign},
};
use domain::{End, Timestamp, live::LiveFriend};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
};

/// The page.
#[component]
pub fn PastPresence() -> impl IntoView {
    const SHOWN: &[Field] = &[Field::Region, Field::Moment];
    let draw = |path| view! { <Filters path shown=SHOWN /> <Regions /> }.into_any();
    page("/history/presence", "Who was where", draw)
}

#[component]
fn Regions() -> impl IntoView {
    let live = use_live();
    let wanted = Wanted::from_address();
    // What is learnt later may tell otherwise.
    let news = Memo::new(move |_| {
        live.world.with(|world| {
            let newest = world.recent.first().map(|newest| (newest.id, newest.learnt_at));
            (world.begun, newest, world.superseded.len())
        })
    });
    let then = Resource::new_blocking(
        move || (wanted.get(), news.get()),
        |(Wanted { at, zone, region, .. }, _)| presence_at(at, zone, region),
    );
    let shown = move || {
        Suspend::new(async move {
            match then.await {
                Ok(then) if then.regions.is_empty() => EitherOf3::A(view! {
                    <Empty sign=Sign::Region title="No regions then"><p>"Nobody had drawn one yet."</p></Empty>
                }),
                Ok(then) => EitherOf3::B(view! { <Shown then /> }),
                Err(error) => EitherOf3::C(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{shown}</Transition> }
}

#[component]
fn Shown(then: Then) -> impl IntoView {
    let live = use_live();
    let Then { at, regions } = then;
    let (full, empty): (Vec<_>, Vec<_>) = regions.into_iter().partition(|(_, _, people)| !people.is_empty());
    let nobody: Vec<String> = empty.into_iter().map(|(_, name, _)| name).collect();
    let nobody = (!nobody.is_empty()).then(|| format!("Nobody was in {}.", nobody.join(", ")));
    let regions = full.into_iter().map(|(_, name, people)| {
        let people = people.into_iter().map(|person| view! { <Person person at /> }).collect_view();
        view! { <li class="region-item"><h2>{name}</h2><ul class="plain">{people}</ul></li> }
    });
    let regions = regions.collect::<Vec<_>>();
    view! {
        <p class="lead">"By what is known today, at " <Moment at now=live.now />":"</p>
        {(!regions.is_empty()).then(|| view! { <ul class="regions">{regions}</ul> })}
        {nobody.map(|nobody| view! { <p class="hint">{nobody}</p> })}
    }
}

/// "Tom, since 17:42, until 19:05", "Eve, probably: 3 h silent".
#[component]
fn Person(person: WasThere, at: Timestamp) -> impl IntoView {
    let live = use_live();
    let WasThere { friend, since, or_before, found, end, or_later, silent_since } = person;
    let name = move || {
        live.world.with(|world| world.friend(friend).map_or("Somebody", LiveFriend::shown_name).to_owned())
    };
    let now = Signal::stored(at);
    let until_at =
        |until, or_later: Option<&'static str>| view! { ", until " <Moment at=until now /> {or_later} };
    let until = match end {
        End::Here => None,
        End::Unseen(until) if or_later => Some(Either::Left(until_at(until, Some(" or later")))),
        End::Left(until) => Some(Either::Left(until_at(until, None))),
        End::Unseen(_) => Some(Either::Right(", until nobody knows when")),
    };
    view! {
        <li>
            <b>{name}</b>
            {silent_since.map(|heard| format!(", probably: {} then", silence_words(heard, at)))}
            {if found { ", there already at " } else { ", since " }} <Moment at=since now /> {or_before.then_some(" or before")}
            {until}
        </li>
    }
}
