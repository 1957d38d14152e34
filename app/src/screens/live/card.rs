//! Everything about one friend, and what can be done.

use super::{
    PlaceWords, Sight,
    row::{freshness, friend_with_place, staleness},
};
use crate::{
    draft::chat::thread_path,
    screens::{AskedWhy, WhyLine},
    state::{
        Looks, Staleness, View,
        shown::{heard, shown_words},
        use_live,
    },
    ui::{Age, Battery, ClockWrong, Face, Icon, Moment, Online, Sign, Source, at, distance_words},
};
use domain::{
    FriendId, Timestamp,
    chat::Thread,
    live::{LiveDevice, LiveFriend},
};
use leptos::{either::Either, prelude::*};

/// The selected friend's card; nothing when nobody is selected.
#[component]
pub fn Card(
    /// What is looked at.
    sight: Sight,
    /// Who looks, if they are signed in.
    #[prop(optional_no_strip)]
    me: Option<FriendId>,
) -> impl IntoView {
    let live = use_live();
    let selected = Memo::new(move |_| sight.view.with(|view| view.selected));
    let known = Memo::new(move |_| {
        let now = live.now.get();
        selected.get().and_then(|id| live.world.with(|world| friend_with_place(world, id, now)))
    });
    // Beside what is drawn anew with each report: it may be open.
    let asked = Memo::new(move |_| {
        selected.get().and_then(|id| live.world.with(|world| AskedWhy::of(world, id, None)))
    });
    let why = move || asked.get().map(|asked| view! { <WhyLine asked named=true /> });
    let drawn = move || {
        known.get().map(|(friend, place)| {
            let id = friend.friend.id;
            let name = friend.shown_name().to_owned();
            let own_name = friend.own_name().map(|own| view! { <p class="hint own-name">"Own name: " <b>{own.to_owned()}</b></p> });
            let looks = Looks::of(&friend);
            let heard = heard(&friend);
            let followed = Memo::new(move |_| sight.view.with(|view| view.followed == Some(id)));
            let close = move || sight.address(|view| view.select(None));
            let follow = move || {
                sight.address(|view| if view.followed.is_some() { View { followed: None, ..view } } else { view.follow(id) })
            };
            let writes = me.is_some_and(|me| me != id) && friend.friend.role.is_some() && !friend.friend.demo;
            // The middle of a wide cell is no place to go to.
            let exact = friend.newest().filter(|_| !friend.shown.is_coarse());
            let directions = exact.map(|(_, spot)| {
                let geo = format!("geo:{lat:.6},{lon:.6}?q={lat:.6},{lon:.6}", lat = spot.point.lat(), lon = spot.point.lon());
                view! { <a class="button" href=at(&geo) rel="external"><Icon sign=Sign::Directions /> "Directions"</a> }
            });
            let step = {
                let friend = friend.clone();
                Memo::new(move |_| staleness(&friend, live.now.get()))
            };
            view! {
                <section class="card person" aria-labelledby="person-name">
                    <header class=move || format!("person-head {}", freshness(step.get()))>
                        <Face looks />
                        <div class="person-title">
                            <h2 id="person-name">{name}</h2>
                            {own_name}
                            <p class="person-place"><PlaceWords place heard now=live.now /></p>
                        </div>
                        <a class="button button-quiet button-round" href=move || at(&close()) aria-label="Close"><Icon sign=Sign::Cross /></a>
                    </header>
                    {move || (step.get() == Some(Staleness::Lost)).then(|| view! {
                        <p class="hint">"Contact is lost. This is where the phone was last."</p>
                    })}
                    <Facts friend now=live.now.into() />
                    <div class="actions">
                        <a class="button" href=move || at(&follow()) aria-pressed=move || followed.get().to_string() role="button">
                            <Icon sign=Sign::Follow /> {move || if followed.get() { "Following" } else { "Follow" }}
                        </a>
                        <a class="button" href=at(&format!("/history?friend={id}"))><Icon sign=Sign::History /> "History"</a>
                        {writes.then(|| view! {
                            <a class="button" href=at(&thread_path(Thread::Person(id)))><Icon sign=Sign::Chat /> "Message"</a>
                        })}
                        {directions}
                        {me.filter(|me| *me != id).map(|_| view! {
                            <a class="button" href=at(&format!("/privacy?as={id}"))><Icon sign=Sign::Eye /> "What they see of you"</a>
                        })}
                    </div>
                </section>
            }
            .into_any()
        })
    };
    view! { {drawn} {why} }
}

/// What the newest position says, and each device.
#[component]
fn Facts(friend: LiveFriend, now: Signal<Timestamp>) -> impl IntoView {
    let spot = friend.newest().map(|(_, spot)| spot.clone());
    let shown = shown_words(friend.shown);
    let online = friend.online.then(|| view! { <dt>"In a browser"</dt><dd><Online /></dd> });
    let nothing = friend.devices.is_empty() && shown.is_some();
    let devices = friend.devices.into_iter().map(|device| view! { <DeviceLine device now /> }).collect_view();
    view! {
        <dl class="facts">
            {online}
            {spot.map(|spot| view! {
                <dt>"Seen"</dt>
                <dd>{if spot.clock_wrong {
                    Either::Left(view! { <ClockWrong /> ", so when is not known. It came at " <Moment at=spot.at now /> "." })
                } else {
                    Either::Right(view! { <Age at=spot.at now /> " (" <Moment at=spot.at now /> ")" })
                }}</dd>
                {spot.accuracy_m.map(|accuracy| view! { <dt>"Exact to"</dt><dd>"±" {distance_words(accuracy)}</dd> })}
                {spot.velocity_kmh.filter(|speed| *speed > 0.0).map(|speed| view! {
                    <dt>"Speed"</dt><dd>{format!("{speed:.0}\u{202f}km/h")}</dd>
                })}
                {spot.battery_pct.map(|percent| view! { <dt>"Charge"</dt><dd><Battery percent /></dd> })}
            })}
            {shown.map(|shown| view! { <dt>"Shown"</dt><dd>{shown}</dd> })}
            {(!nothing).then(|| view! { <dt>"Devices"</dt><dd><ul class="plain">{devices}</ul></dd> })}
        </dl>
    }
}

#[component]
fn DeviceLine(device: LiveDevice, now: Signal<Timestamp>) -> impl IntoView {
    let LiveDevice { device, spot, lost_at } = device;
    view! {
        <li>
            {device.name.to_string()} ", "
            {(!device.kind.is_phone()).then(|| view! { <Source kind=device.kind /> ", " })}
            {match spot {
                Some(spot) if spot.clock_wrong => view! { <ClockWrong /> }.into_any(),
                Some(spot) => view! { <Age at=spot.at now /> }.into_any(),
                None => view! { "not heard of yet" }.into_any(),
            }}
            {lost_at.map(|at| view! { ", connection lost " <Age at now /> })}
        </li>
    }
}
