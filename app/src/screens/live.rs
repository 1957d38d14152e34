//! The live map: who is where now, on a map and in words.

mod announce;
mod bots;
mod card;
mod controls;
mod list;
mod near;
mod place;
mod row;
mod sheet;
mod show_me;
mod sight;
mod visible;

pub use announce::Announcer;
pub use bots::Bots;
pub use card::Card;
pub use controls::Controls;
pub use list::FriendList;
pub use near::{Hand, NearMe};
pub use place::{Place, PlaceWords, silence_words};
pub use row::{Row, friend_with_place};
pub use sheet::Sheet;
use show_me::ShowMe;
pub use sight::Sight;
use visible::{Step, VisibleTo, provide_visibility};

use super::known;
use crate::{
    api::Me,
    map::{Command, DoubleClick, MapCanvas},
    state::use_live,
    ui::{Banner, Tone, at},
};
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

/// The map from edge to edge, the friends beside it or, on a phone, in a sheet above it.
#[component]
pub fn LiveMap() -> impl IntoView {
    view! {
        <Title text="" />
        <div class="live">
            <h1 class="visually-hidden">"Live map"</h1>
            {known(|me| if me.may_look() {
                Either::Left(view! { <Looking me /> })
            } else {
                Either::Right(view! {
                    <div class="column column-narrow">
                        <p class="lead">"Sign in to see where your friends are."</p>
                        <p><a class="button button-strong" href=at("/sign-in") rel="external">"Sign in"</a></p>
                    </div>
                })
            })}
        </div>
    }
}

#[component]
fn Looking(me: Me) -> impl IntoView {
    let live = use_live();
    let sight = Sight::from_address(live.world);
    let command = RwSignal::new(None);
    let tiles = me.tiles.clone();
    let (friend, admin) = (me.friend, me.admin);
    if friend.is_some() {
        provide_visibility();
    }
    let hand = Hand::default();
    let on_open = Callback::new(move |friend| command.set(Some(Command::Focus(friend))));
    view! {
        <Sheet>
            {me.guest.then(|| view! { <Banner tone=Tone::Note>"This is a demonstration. Everybody here is made up."</Banner> })}
            {friend.map(|_| view! { <Step /> })}
            <Card sight me=friend />
            <FriendList sight admin on_open />
            {friend.map(|me| view! { <NearMe me sight hand on_open /> })}
            <Bots />
        </Sheet>
        <div class="map-frame" class:is-pointing=move || hand.is_pointing()>
            <MapCanvas
                world=live.world
                now=live.now
                view=sight.view
                tiles
                command
                draft=hand.draft()
                on_gesture=Callback::new(move |gesture| hand.act(gesture))
                double_click=DoubleClick::Zooms
            />
            {friend.map(|_| view! { <div class="map-top"><VisibleTo /><ShowMe /></div> })}
            <Controls command />
        </div>
    }
}
