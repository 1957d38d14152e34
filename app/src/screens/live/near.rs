//! Who is where whoever looks is, and who is around them; how far away that may be; and their position set by hand.

mod hand;
mod range;

pub use hand::Hand;

use super::{Sight, silence_words};
use crate::{
    state::{
        Looks,
        near::{Here, Near, Other, Surroundings, surroundings},
        use_live,
    },
    ui::{Face, Icon, Sign, at, distance_words, metres_words},
};
use domain::{FriendId, RegionId, Timestamp, live::Hold, near::Nearness};
use hand::ByHand;
use leptos::{either::Either, prelude::*};
use range::RangeForm;

/// Everything near a friend who looks, kept up to date.
#[component]
pub fn NearMe(
    /// Who looks.
    me: FriendId,
    /// What is looked at.
    sight: Sight,
    /// Their hand on the map.
    hand: Hand,
    /// Hears whose card is opened from here.
    #[prop(into)]
    on_open: Callback<FriendId>,
) -> impl IntoView {
    let live = use_live();
    let found = Memo::new(move |_| {
        let now = live.now.get();
        live.world.with(|world| surroundings(world, me, now))
    });
    let is_on_map = Memo::new(move |_| found.with(Option::is_some));
    let shown = move || {
        if is_on_map.get() {
            let found = Signal::derive(move || found.get().unwrap_or_default());
            Either::Left(view! { <HereList found sight on_open /> <AroundList found sight on_open /> })
        } else {
            Either::Right(view! {
                <p class="near-nobody">
                    <Icon sign=Sign::Pin />
                    <span>"You are not on the map: turn on your phone or this browser, or set your position by hand."</span>
                </p>
            })
        }
    };
    view! {
        <section class="near" aria-labelledby="near-title">
            <h2 id="near-title">"Near me"</h2>
            {shown}
            <RangeForm />
            <ByHand hand />
        </section>
    }
}

/// The others in the regions in which the viewer is.
#[component]
fn HereList(found: Signal<Surroundings>, sight: Sight, on_open: Callback<FriendId>) -> impl IntoView {
    let regions =
        Memo::new(move |_| found.with(|found| found.here.iter().map(|here| here.region).collect::<Vec<_>>()));
    let is_nowhere = Memo::new(move |_| regions.with(Vec::is_empty));
    let is_with_others =
        Memo::new(move |_| found.with(|found| found.here.iter().any(|here| !here.others.is_empty())));
    let region = move |id: RegionId| {
        let here =
            Memo::new(move |_| found.with(|found| found.here.iter().find(|here| here.region == id).cloned()));
        view! { <HereIn here sight on_open /> }
    };
    view! {
        <div class="near-part">
            <h3>"Here"</h3>
            {move || is_nowhere.get().then(|| view! { <p class="near-nobody">"You are in no region."</p> })}
            <For each=move || regions.get() key=|id| *id children=region />
            {move || is_with_others.get().then(|| view! {
                <p><a class="near-write" href=at("/messages?new&to=here")>"Write to who is here"</a></p>
            })}
        </div>
    }
}

#[component]
fn HereIn(here: Memo<Option<Here>>, sight: Sight, on_open: Callback<FriendId>) -> impl IntoView {
    let name =
        Memo::new(move |_| here.with(|here| here.as_ref().map(|here| here.name.clone())).unwrap_or_default());
    let others = Memo::new(move |_| {
        let ids = |here: &Here| here.others.iter().map(|other| other.friend).collect::<Vec<_>>();
        here.with(|here| here.as_ref().map(ids)).unwrap_or_default()
    });
    let row = move |friend: FriendId| {
        let live = use_live();
        let words = Signal::derive(move || {
            let now = live.now.get();
            let words = |here: &Here| {
                let other = here.others.iter().find(|other| other.friend == friend)?;
                Some(presence_words(other, &here.name, now))
            };
            here.with(|here| here.as_ref().and_then(words)).unwrap_or_default()
        });
        view! { <NearRow friend words sight on_open /> }
    };
    let is_alone = Memo::new(move |_| others.with(Vec::is_empty));
    let list = move || {
        if is_alone.get() {
            let words = move || format!("Nobody else is at {}, as far as you may see.", name.get());
            Either::Left(view! { <p class="near-nobody">{words}</p> })
        } else {
            Either::Right(view! {
                <p class="near-region">{name}</p>
                <ul class="rows" aria-label=move || format!("Here: {}", name.get())>
                    <For each=move || others.get() key=|id| *id children=row />
                </ul>
            })
        }
    };
    view! { {list} }
}

/// The others within the viewer's range.
#[component]
fn AroundList(found: Signal<Surroundings>, sight: Sight, on_open: Callback<FriendId>) -> impl IntoView {
    let live = use_live();
    let range = Memo::new(move |_| live.world.with(|world| world.range));
    let title = move || format!("Around me ({})", metres_words(f64::from(range.get().metres())));
    let ids = Memo::new(move |_| {
        found.with(|found| found.around.iter().map(|near| near.friend).collect::<Vec<_>>())
    });
    let row = move |friend: FriendId| {
        let words = Signal::derive(move || {
            let now = live.now.get();
            let near = found.with(|found| found.around.iter().find(|near| near.friend == friend).copied());
            near.map(|near| nearness_words(&near, now)).unwrap_or_default()
        });
        view! { <NearRow friend words sight on_open /> }
    };
    let is_empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let list = move || {
        if is_empty.get() {
            Either::Left(view! { <p class="near-nobody">"Nobody around you, as far as you may see."</p> })
        } else {
            Either::Right(view! {
                <ul class="rows" aria-labelledby="around-title">
                    <For each=move || ids.get() key=|id| *id children=row />
                </ul>
                <p><a class="near-write" href=at("/messages?new&to=around")>"Write to who is around me"</a></p>
            })
        }
    };
    view! {
        <div class="near-part">
            <h3 id="around-title">{title}</h3>
            {list}
        </div>
    }
}

/// One friend, as a link that opens their card.
#[component]
fn NearRow(
    friend: FriendId,
    /// How near they are.
    words: Signal<(Sure, String)>,
    sight: Sight,
    on_open: Callback<FriendId>,
) -> impl IntoView {
    let live = use_live();
    let who = Memo::new(move |_| {
        let known = |live: &domain::live::LiveFriend| (live.shown_name().to_owned(), Looks::of(live));
        live.world.with(|world| world.friend(friend).map(known))
    });
    let drawn =
        move || who.get().map(|(name, looks)| view! { <Face looks /> <span class="row-name">{name}</span> });
    // Memos, so that what has not changed is not drawn again each second.
    let sure = Memo::new(move |_| words.with(|(sure, _)| *sure));
    let text = Memo::new(move |_| words.with(|(_, text)| text.clone()));
    view! {
        <li on:click=move |_| on_open.run(friend)>
            <a
                class="row near-row"
                class:is-doubtful=move || sure.get() == Sure::Not
                href=move || at(&sight.address(|view| view.select(Some(friend))))
            >
                {drawn}
                <span class="near-words">
                    {move || (sure.get() == Sure::Not).then(|| view! { <span class="tag">"maybe"</span> " " })}
                    {text}
                </span>
            </a>
        </li>
    }
}

/// Whether something is certain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sure {
    #[default]
    Surely,
    Not,
}

/// How near somebody is: "120 m"; of whom that is not sure why, where that can be said.
fn nearness_words(near: &Near, now: Timestamp) -> (Sure, String) {
    let distance = distance_words(near.distance_m);
    match (near.nearness, near.silent_since) {
        (Nearness::Surely, _) => (Sure::Surely, distance),
        (Nearness::Maybe, Some(since)) => (Sure::Not, format!("{distance}, {}", silence_words(since, now))),
        (Nearness::Maybe, None) => (Sure::Not, format!("about {distance}")),
    }
}

/// How sure it is that somebody is in a region.
fn presence_words(other: &Other, region: &str, now: Timestamp) -> (Sure, String) {
    match other.hold {
        Hold::Firm => (Sure::Surely, "is here".to_owned()),
        Hold::Silent(since) => (Sure::Not, silence_words(since, now)),
        Hold::LeftBehind if other.devices.is_empty() => (Sure::Not, format!("left something at {region}")),
        Hold::LeftBehind => (Sure::Not, format!("left {} at {region}", other.devices)),
        Hold::Over => (Sure::Not, "has gone".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{NOW, friend_id};

    #[test]
    fn doubt_is_said_in_words() {
        let near = |nearness, silent_since| {
            let near = Near { friend: friend_id(2), nearness, distance_m: 123.0, silent_since };
            let (sure, words) = nearness_words(&near, NOW);
            (sure, words.replace('\u{202f}', " "))
        };
        assert_eq!(near(Nearness::Surely, None), (Sure::Surely, "120 m".to_owned()));
        assert_eq!(near(Nearness::Maybe, None), (Sure::Not, "about 120 m".to_owned()));
        let silent = near(Nearness::Maybe, Some(NOW.plus_millis(-3 * 3_600_000)));
        assert_eq!(silent, (Sure::Not, "120 m, 3 h silent".to_owned()));
        let other = |hold, devices: &str| {
            let other = Other { friend: friend_id(2), hold, devices: devices.to_owned() };
            presence_words(&other, "Home", NOW)
        };
        assert_eq!(other(Hold::Firm, ""), (Sure::Surely, "is here".to_owned()));
        assert_eq!(other(Hold::LeftBehind, "tablet"), (Sure::Not, "left tablet at Home".to_owned()));
    }
}
