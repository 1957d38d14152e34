//! One friend in the list: where in words first, then how sure that is.

use super::{Place, PlaceWords};
use crate::{
    state::{
        Looks, Staleness, World,
        age::class,
        shown::{as_of, heard, shown_words},
    },
    ui::{Age, Battery, ClockWrong, Face, Online, Source, at, distance_words},
};
use domain::{Timestamp, live::LiveFriend};
use leptos::{either::Either, prelude::*};

/// How fresh a friend's position is; `None` when there never was one.
pub(super) fn staleness(friend: &LiveFriend, now: Timestamp) -> Option<Staleness> {
    friend.newest().map(|(device, spot)| Staleness::of(spot, device.lost_at, as_of(friend, now)))
}

/// The CSS class for it.
pub(super) fn freshness(step: Option<Staleness>) -> &'static str {
    step.map_or("is-unseen", class)
}

/// One friend, as a link that opens their card.
#[component]
pub fn Row(
    /// Who.
    friend: LiveFriend,
    /// Where, as far as the world knows.
    place: Place,
    /// The present.
    #[prop(into)]
    now: Signal<Timestamp>,
    /// Opens the card.
    #[prop(into)]
    href: Signal<String>,
    /// Whether the card is open.
    #[prop(into)]
    selected: Signal<bool>,
) -> impl IntoView {
    let name = friend.shown_name().to_owned();
    let looks = Looks::of(&friend);
    let (demo, online) = (friend.friend.demo, friend.online);
    let heard = heard(&friend);
    let shown = shown_words(friend.shown);
    let seen = friend.newest().map(|(device, spot)| (device.device.kind, spot.clone()));
    let step = Memo::new(move |_| staleness(&friend, now.get()));
    let second = seen.map(|(kind, spot)| {
        let accuracy = spot.accuracy_m.map(|accuracy| view! { <span>"±" {distance_words(accuracy)}</span> });
        let battery = spot.battery_pct.map(|percent| view! { <Battery percent /> });
        view! {
            <span class="row-second">
                {move || (step.get() == Some(Staleness::Lost)).then_some(view! { <span class="lost-word">"lost contact"</span> })}
                {if spot.clock_wrong {
                    Either::Left(view! { <ClockWrong /> })
                } else {
                    Either::Right(view! { <span><Age at=spot.at now /></span> })
                }}
                {accuracy}
                <Source kind />
                {shown.map(|shown| view! { <span class="shown-word">{shown}</span> })}
                {battery}
            </span>
        }
    });
    view! {
        <a class=move || format!("row {}", freshness(step.get())) href=move || at(&href.get()) aria-current=move || selected.get().then_some("true")>
            <Face looks />
            <span class="row-text">
                <span class="row-first">
                    <span class="row-name">{name}</span>
                    {demo.then(|| view! { <span class="tag">"demo"</span> })}
                    {online.then(|| view! { " " <Online /> })}
                </span>
                <span class="row-place"><PlaceWords place heard now /></span>
                {second}
            </span>
        </a>
    }
}

/// A friend with their place, taken out of the world together: a row is drawn anew when either changes.
pub fn friend_with_place(world: &World, id: domain::FriendId, now: Timestamp) -> Option<(LiveFriend, Place)> {
    world.friend(id).map(|friend| (friend.clone(), Place::of(world, friend, now)))
}
