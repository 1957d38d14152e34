//! Why somebody is thought to be where they are: beside the words that say so, and on a page of its own.

mod words;

pub use words::note_words;

use super::{Problem, known, why_path};
use crate::{
    api::{DeviceWhy, Why, why},
    state::{World, use_live},
    ui::{Age, Moment, at},
};
use domain::{FriendId, Name, RegionId, Timestamp};
use leptos::{either::Either, html::Details, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Of whom it can be asked, and where they are thought to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedWhy {
    friend: FriendId,
    /// What they are called.
    who: String,
    own_name: Name,
    region: RegionId,
    place: String,
}

impl AskedWhy {
    /// About the place that is said of a friend: the smallest region they are in, or this one.
    pub fn of(world: &World, friend: FriendId, region: Option<RegionId>) -> Option<Self> {
        let known = world.friend(friend)?;
        let wanted = |of: RegionId| region.is_none_or(|wanted| wanted == of);
        let mut stays = known.stays.iter().filter(|stay| wanted(stay.region));
        let region = stays.find_map(|stay| world.region(stay.region))?;
        Some(Self {
            friend,
            who: known.shown_name().to_owned(),
            own_name: known.friend.name.clone(),
            region: region.id,
            place: region.name.to_string(),
        })
    }
}

/// "Why?", which opens to the answer. Without script it opens to a link to the page that has it.
#[component]
pub fn WhyLine(
    /// Of whom, and where.
    asked: AskedWhy,
    /// Whether it does not stand beside their name.
    #[prop(optional)]
    named: bool,
) -> impl IntoView {
    let live = use_live();
    let AskedWhy { friend, who, own_name, region, place } = asked;
    let page = why_path((&own_name, friend), region);
    let ask = Action::new(move |(): &()| why(friend.to_string(), region.to_string()));
    let node = NodeRef::<Details>::new();
    let open = RwSignal::new(false);
    // While it is open it is asked anew with each news of the friend.
    let news = Memo::new(move |_| {
        let heard = |world: &World| world.friend(friend).map(|known| (known.heard(), known.stays.clone()));
        open.get().then(|| live.world.with(heard))
    });
    Effect::new(move |_| {
        if news.with(Option::is_some) {
            ask.dispatch(());
        }
    });
    let answer = move || match ask.value().get() {
        Some(Ok(told)) => view! { <Told told now=live.now.into() /> }.into_any(),
        Some(Err(error)) => view! { <Problem error /> }.into_any(),
        None => ().into_any(),
    };
    let link = format!("Why {who} is thought to be at {place}");
    let summary = if named {
        Either::Left(
            view! { "Why " {who} <span class="visually-hidden">" is thought to be at " {place}</span> "?" },
        )
    } else {
        let about = format!(" is {who} thought to be at {place}");
        Either::Right(view! { "Why" <span class="visually-hidden">{about}</span> "?" })
    };
    view! {
        <details class="why" node_ref=node on:toggle=move |_| open.set(node.get_untracked().is_some_and(|node| node.open()))>
            <summary>{summary}</summary>
            <div class="why-body">
                {answer}
                <p><a href=at(&page)>{link}</a></p>
            </div>
        </details>
    }
}

/// The page that answers.
#[component]
pub fn WhyPage() -> impl IntoView {
    view! { <div class="column">{known(|_| view! { <Answer /> })}</div> }
}

#[component]
fn Answer() -> impl IntoView {
    let live = use_live();
    let params = use_params_map();
    let wanted = Memo::new(move |_| {
        let named = |name: &str| params.with(|params| params.get(name)).unwrap_or_default();
        (named("friend"), named("region"))
    });
    let told = Resource::new_blocking(move || wanted.get(), |(friend, region)| why(friend, region));
    let page = move || {
        Suspend::new(async move {
            match told.await {
                Ok(told) => {
                    let title = format!("{} at {}", told.name, told.place);
                    Either::Left(view! {
                        <Title text=title.clone() />
                        <p class="crumb"><a href=at("/friends")>"Friends"</a></p>
                        <h1>{title}</h1>
                        <section class="card why" aria-label="Why"><Told told now=live.now.into() /></section>
                    })
                }
                Err(error) => Either::Right(view! { <Title text="Why" /> <h1>"Why"</h1> <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition> }
}

/// The answer.
#[component]
fn Told(told: Why, now: Signal<Timestamp>) -> impl IntoView {
    let Why { name, place, since, or_before, devices, .. } = told;
    let said = match since {
        Some(since) => Either::Left(view! {
            {name.clone()} " is thought to be at " <b>{place.clone()}</b> ", since " <Moment at=since now />
            {if or_before { " or before." } else { "." }}
        }),
        None => Either::Right(format!("{name} is not known to be at {place} now.")),
    };
    let devices = devices
        .into_iter()
        .map(|device| view! { <DeviceItem whose=name.clone() place=place.clone() device now /> })
        .collect_view();
    view! {
        <p>{said}</p>
        <ul class="why-devices">{devices}</ul>
    }
}

#[component]
fn DeviceItem(whose: String, place: String, device: DeviceWhy, now: Signal<Timestamp>) -> impl IntoView {
    let (verdict, doubt) = (words::verdict(&device), words::doubt(&device));
    let since = device.standing.as_ref().and_then(|standing| standing.since);
    let (heard_at, lost_at) = (device.heard_at, device.lost_at);
    let known = device.clone();
    let silent = move || words::is_silent(&known, now.get()).then_some(" Where it is now is a guess.");
    let notes = device.standing.map(|standing| standing.why).unwrap_or_default();
    let notes = notes
        .into_iter()
        .map(|note| view! { <li><Moment at=note.at now /> " " {note_words(&note)}</li> })
        .collect_view();
    view! {
        <li>
            <p>
                <b>{whose} "\u{2019}s " {device.name}</b>
                {since.map(|since| view! { " is at " {place} " since " <Moment at=since now /> })}
                ": " <b>{verdict}</b>
                {doubt.map(|why| format!(" ({why})"))} "."
                {heard_at.map(|at| view! { " Last heard " <Age at now /> "." })}
                {lost_at.map(|at| view! { " Its connection is lost since " <Moment at now /> "." })}
                {silent}
                {(!device.counts).then_some(" It does not count for where they are.")}
            </p>
            <ul class="evidence">{notes}</ul>
        </li>
    }
}
