//! People and devices: who is on the map, and how somebody gets there.

mod add;
mod card;
mod counts;
mod demo;
mod link;
mod links;
mod people;
mod phone;

pub use add::{AddPhone, AddUser};
pub use card::{CARD_FORM, CardForm, FriendCard};
pub use counts::Counts;
pub use demo::Demo;
pub use link::NewLinkCard;
pub use links::Links;
pub use people::People;
pub use phone::PhoneSteps;

use super::{Problem, known};
use crate::{
    api::{Me, link_card, phone_card},
    ui::{Banner, Tone},
};
use leptos::{either::EitherOf3, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The list, and for admins the ways to add to it.
#[component]
pub fn Friends() -> impl IntoView {
    view! {
        <Title text="Friends" />
        <div class="column">
            <h1>"Friends"</h1>
            {known(|me| view! { <Everybody me /> })}
        </div>
    }
}

#[component]
fn Everybody(me: Me) -> impl IntoView {
    let query = use_query_map();
    let done = move || {
        query.with(|query| {
        let says = [
            ("welcome", "Welcome! You are the first admin. Now put a phone on the map, or look around with demo friends first."),
            ("added", "They can sign in now."),
            ("removed", "Removed."),
            ("link-gone", "The link is taken back. Nobody can use it any more."),
            ("counts", "Saved. It holds from now on; what was said before stays."),
            ("demo", "The demo friends are walking. Look at the map."),
        ];
        says.into_iter().find(|(key, _)| query.get(key).is_some()).map(|(_, text)| text)
    })
    };
    let (admin, guest) = (me.admin, me.guest);
    let may_add = me.friend.is_some();
    let name = me.name.map(String::from).unwrap_or_default();
    view! {
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <NewPhone />
        <NewLink />
        <People me=me.friend />
        {guest.then(|| view! { <p class="hint">"Sign in to put a phone on the map."</p> })}
        {may_add.then(|| view! { <AddPhone admin name /> <Links /> })}
        {admin.then(|| view! { <AddUser /> <Demo /> })}
    }
}

/// The card of a phone that was just added.
#[component]
fn NewPhone() -> impl IntoView {
    let query = use_query_map();
    let device = Memo::new(move |_| query.with(|query| query.get("phone")).unwrap_or_default());
    let card = Resource::new_blocking(
        move || device.get(),
        async |device| if device.is_empty() { Ok(None) } else { phone_card(device).await },
    );
    let shown = move || {
        Suspend::new(async move {
            match card.await {
                Ok(Some(card)) => EitherOf3::A(view! { <PhoneSteps card /> }),
                Ok(None) => EitherOf3::B(()),
                Err(error) => EitherOf3::C(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition>{shown}</Transition> }
}

/// The link that was just made.
#[component]
fn NewLink() -> impl IntoView {
    let query = use_query_map();
    let link = Memo::new(move |_| query.with(|query| query.get("link")).unwrap_or_default());
    let card = Resource::new_blocking(
        move || link.get(),
        async |link| if link.is_empty() { Ok(None) } else { link_card(link).await },
    );
    let shown = move || {
        Suspend::new(async move {
            match card.await {
                Ok(Some(card)) => EitherOf3::A(view! { <NewLinkCard card /> }),
                Ok(None) => EitherOf3::B(()),
                Err(error) => EitherOf3::C(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition>{shown}</Transition> }
}
