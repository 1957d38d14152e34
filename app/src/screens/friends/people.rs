//! Who is on this server, with their devices.

use super::Counts;
use crate::{
    api,
    screens::{
        AskedWhy, Trouble, WhyLine, card_path, device_path, error_of,
        live::{Place, PlaceWords, friend_with_place},
        privacy_path,
    },
    state::{
        Looks,
        shown::{besides, heard},
        use_live,
    },
    ui::{Age, ClockWrong, Confirm, Empty, Face, Icon, Sign},
};
use domain::{
    FriendId, Role, Shown, Timestamp,
    live::{LiveDevice, LiveFriend},
};
use leptos::{
    either::{Either, EitherOf3},
    form::ActionForm,
    prelude::*,
};

/// All friends.
#[component]
pub fn People(
    /// Whether an admin looks, who may remove them.
    admin: bool,
    /// Who looks.
    #[prop(optional_no_strip)]
    me: Option<FriendId>,
) -> impl IntoView {
    let live = use_live();
    let remove_friend = ServerAction::<api::RemoveFriend>::new();
    let remove_device = ServerAction::<api::RemoveDevice>::new();
    let count = ServerAction::<api::CountDevice>::new();
    let ids = Memo::new(move |_| {
        live.world
            .with(|world| world.friends.iter().map(|friend| friend.friend.id).collect::<Vec<FriendId>>())
    });
    let empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let person = move |id: FriendId| {
        let known = Memo::new(move |_| {
            let now = live.now.get();
            live.world.with(|world| friend_with_place(world, id, now))
        });
        let drawn = move || {
            known.get().map(|(friend, place)| {
                view! { <Person friend place now=live.now.into() admin own=me == Some(id) remove_friend remove_device count /> }
            })
        };
        // Beside what is drawn anew with each report: it may be open.
        let asked = Memo::new(move |_| live.world.with(|world| AskedWhy::of(world, id, None)));
        let why = move || asked.get().map(|asked| view! { <WhyLine asked /> });
        view! { <li class="member">{drawn} {why}</li> }
    };
    view! {
        <Trouble error=error_of(remove_friend) />
        <Trouble error=error_of(remove_device) />
        <Trouble error=error_of(count) />
        {move || if empty.get() {
            Either::Left(view! { <Empty sign=Sign::Friends title="Nobody here yet"><p>"Friends appear with their first phone."</p></Empty> })
        } else {
            Either::Right(view! { <ul class="members"><For each=move || ids.get() key=|id| *id children=person /></ul> })
        }}
    }
}

#[component]
fn Person(
    friend: LiveFriend,
    place: Place,
    now: Signal<Timestamp>,
    admin: bool,
    own: bool,
    remove_friend: ServerAction<api::RemoveFriend>,
    remove_device: ServerAction<api::RemoveDevice>,
    count: ServerAction<api::CountDevice>,
) -> impl IntoView {
    let counts = (admin || own).then(|| view! { <Counts friend=friend.clone() count /> });
    let heard = heard(&friend);
    // Of who does not show everything it is said what there is to see, and not that anything is missing.
    let (tells, shown_word) = (friend.shown == Shown::Precise, besides(friend.shown));
    let place = (heard.is_some() || !tells).then(|| view! { <p><PlaceWords place heard now /></p> });
    let (looks, shown) = (Looks::of(&friend), friend.shown_name().to_owned());
    let own_name =
        friend.own_name().map(|own| view! { " " <span class="own-name">"(" {own.to_owned()} ")"</span> });
    let LiveFriend { friend, devices, .. } = friend;
    let name = friend.name.to_string();
    let role = match friend.role {
        Some(Role::Admin) => "Admin",
        Some(Role::Friend) => "Signs in",
        None => "Cannot sign in",
    };
    let nobody = devices.is_empty();
    let devices = devices
        .into_iter()
        .map(|device| {
            let page = (admin || own)
                .then(|| device_path((&friend.name, friend.id), (&device.device.name, device.device.id)));
            view! { <DeviceItem device now admin page remove=remove_device /> }
        })
        .collect_view();
    let card = (admin || own).then(|| {
        let page = if own { "/settings#card".to_owned() } else { card_path((&friend.name, friend.id)) };
        view! { <a class="button button-quiet" href=page aria-label=format!("Card of {name}")><Icon sign=Sign::Pencil /> "Card"</a> }
    });
    // Who can sign in decides alone.
    let for_them = admin && friend.role.is_none() && !friend.demo;
    let privacy = (own || for_them).then(|| {
        let page = if own { "/privacy".to_owned() } else { privacy_path((&friend.name, friend.id)) };
        view! { <a class="button button-quiet" href=page aria-label=format!("What others see of {name}")><Icon sign=Sign::Eye /> "Privacy"</a> }
    });
    let whose = name.clone();
    let remove = admin.then(move || {
        view! {
            <Confirm label="Remove" about=whose.clone()>
                <p>"Everything stored about " {whose.clone()} " goes too: devices, positions and history."</p>
                <ActionForm action=remove_friend>
                    <input type="hidden" name="id" value=friend.id.to_string() />
                    <button class="button button-bad" type="submit">"Remove " {whose.clone()}</button>
                </ActionForm>
            </Confirm>
        }
    });
    view! {
        <div class="member-head">
            <Face looks />
            <div>
                <h2>{shown} {own_name} {friend.demo.then(|| view! { " " <span class="tag">"demo"</span> })}</h2>
                <p class="hint">{role} {(nobody && tells).then_some(" · no device yet")} {shown_word.map(|shown| format!(" · {shown}"))}</p>
                {place}
            </div>
            {card}
            {privacy}
            {remove}
        </div>
        <ul class="devices">{devices}</ul>
        {counts}
    }
}

#[component]
fn DeviceItem(
    device: LiveDevice,
    now: Signal<Timestamp>,
    admin: bool,
    page: Option<String>,
    remove: ServerAction<api::RemoveDevice>,
) -> impl IntoView {
    let LiveDevice { device, spot, .. } = device;
    let name = device.name.to_string();
    let whose = name.clone();
    let remove = admin.then(move || {
        view! {
            <Confirm label="Remove" about=whose.clone()>
                <p>"It can no longer sign in, and its positions go."</p>
                <ActionForm action=remove>
                    <input type="hidden" name="id" value=device.id.to_string() />
                    <button class="button button-bad" type="submit">"Remove " {whose.clone()}</button>
                </ActionForm>
            </Confirm>
        }
    });
    view! {
        <li class="device">
            <Icon sign=Sign::Phone />
            <span class="device-text">
                {match page {
                    Some(page) => Either::Left(view! { <a href=page>{name}</a> }),
                    None => Either::Right(view! { <span>{name}</span> }),
                }}
                <span class="hint">
                    {match spot {
                        Some(spot) if spot.clock_wrong => EitherOf3::A(view! { <ClockWrong /> }),
                        Some(spot) => EitherOf3::B(view! { "seen " <Age at=spot.at now /> }),
                        None => EitherOf3::C("not heard of yet"),
                    }}
                </span>
            </span>
            {remove}
        </li>
    }
}
