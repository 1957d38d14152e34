//! The live map: who is where now, on a map and in words.

mod announce;
mod card;
mod controls;
mod list;
mod place;
mod row;
mod sheet;
mod sight;

pub use announce::Announcer;
pub use card::Card;
pub use controls::Controls;
pub use list::FriendList;
pub use place::{Place, PlaceWords, silence_words};
pub use row::{Row, friend_with_place};
pub use sheet::Sheet;
pub use sight::Sight;

use super::known;
use crate::{
    api::Me,
    map::{Command, MapCanvas},
    state::use_live,
    ui::{Banner, Icon, Sign, Tone},
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
                        <p><a class="button button-strong" href="/sign-in" rel="external">"Sign in"</a></p>
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
    let lookers = move || {
        live.world.with(|world| {
            world
                .friends
                .iter()
                .filter(|who| who.friend.role.is_some() && Some(who.friend.id) != friend)
                .count()
        })
    };
    view! {
        <Sheet>
            {me.guest.then(|| view! { <Banner tone=Tone::Note>"This is a demonstration. Everybody here is made up."</Banner> })}
            <Card sight />
            <FriendList sight admin on_open=Callback::new(move |friend| command.set(Some(Command::Focus(friend)))) />
        </Sheet>
        <div class="map-frame">
            <MapCanvas world=live.world now=live.now view=sight.view tiles command />
            {friend.map(|_| view! {
                <a class="visible-to" href="/friends">
                    <Icon sign=Sign::Eye />
                    <span>"Visible to " {move || match lookers() {
                        0 => "nobody else".to_owned(),
                        1 => "1 friend".to_owned(),
                        count => format!("{count} friends"),
                    }}</span>
                </a>
            })}
            <Controls command />
        </div>
    }
}
