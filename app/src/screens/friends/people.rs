//! Who is on this server, with their devices.

use super::Counts;
use crate::{
    api,
    draft::chat::thread_path,
    screens::{
        AskedWhy, Trouble, WhyLine, card_path, device_path, error_of,
        live::{Place, PlaceWords, friend_with_place},
        log_path, privacy_path,
    },
    state::{
        Looks,
        shown::{besides, heard},
        use_live,
    },
    ui::{ActionForm, Age, ClockWrong, Confirm, Empty, Face, Icon, Sign, Source, at},
};
use domain::{
    Care, FriendId, GroupId, Role, Shown, Timestamp,
    chat::Thread,
    live::{LiveDevice, LiveFriend},
};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
};
use leptos_router::hooks::use_query_map;

/// All friends.
#[component]
pub fn People(
    /// Who looks.
    #[prop(optional_no_strip)]
    me: Option<FriendId>,
) -> impl IntoView {
    let live = use_live();
    let remove_friend = ServerAction::<api::RemoveFriend>::new();
    let remove_device = ServerAction::<api::RemoveDevice>::new();
    let count = ServerAction::<api::CountDevice>::new();
    let query = use_query_map();
    let chosen =
        Memo::new(move |_| query.with(|query| query.get("group")).and_then(|id| id.parse::<GroupId>().ok()));
    let ids = Memo::new(move |_| {
        let chosen = chosen.get();
        live.world.with(|world| {
            // A group that is none of theirs leaves nobody out.
            let chosen = chosen.filter(|group| world.group_name(*group).is_some());
            let meant =
                world.friends.iter().filter(|live| chosen.is_none_or(|group| live.friend.is_of(group)));
            meant.map(|live| live.friend.id).collect::<Vec<FriendId>>()
        })
    });
    let empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let person = move |id: FriendId| {
        let known = Memo::new(move |_| {
            let now = live.now.get();
            live.world.with(|world| {
                let (friend, place) = friend_with_place(world, id, now)?;
                let groups = friend.friend.memberships.groups();
                let groups: Vec<String> =
                    groups.filter_map(|group| world.group_name(group).map(ToOwned::to_owned)).collect();
                Some((friend, place, groups))
            })
        });
        let drawn = move || {
            known.get().map(|(friend, place, groups)| {
                view! { <Person friend place groups now=live.now.into() own=me == Some(id) writes=me.is_some_and(|me| me != id) remove_friend remove_device count /> }
            })
        };
        // Beside what is drawn anew with each report: it may be open.
        let asked = Memo::new(move |_| live.world.with(|world| AskedWhy::of(world, id, None)));
        let why = move || asked.get().map(|asked| view! { <WhyLine asked /> });
        view! { <li class="member">{drawn} {why}</li> }
    };
    view! {
        <Trouble error=error_of(remove_friend) fields=&[] />
        <Trouble error=error_of(remove_device) fields=&[] />
        <Trouble error=error_of(count) fields=&[] />
        <Chips chosen />
        {move || if empty.get() {
            Either::Left(view! { <Empty sign=Sign::Friends title="Nobody here yet"><p>"Friends appear with their first phone."</p></Empty> })
        } else {
            Either::Right(view! { <ul class="members"><For each=move || ids.get() key=|id| *id children=person /></ul> })
        }}
    }
}

/// The ways to the friends of one group alone, for who is of several.
#[component]
fn Chips(chosen: Memo<Option<GroupId>>) -> impl IntoView {
    let live = use_live();
    let groups = Memo::new(move |_| live.world.with(|world| world.groups.clone()));
    let chip = move |id: Option<GroupId>, name: String| {
        let href = id.map_or_else(|| "/friends".to_owned(), |id| format!("/friends?group={id}"));
        view! { <a href=at(&href) aria-current=move || (chosen.get() == id).then_some("true")>{name}</a> }
    };
    move || {
        let groups = groups.get();
        (groups.len() > 1).then(|| {
            let each = groups.into_iter().map(|group| chip(Some(group.id), group.name.to_string()));
            let each = each.collect_view();
            view! { <nav class="tabs" aria-label="Friends of which group">{chip(None, "All".to_owned())} {each}</nav> }
        })
    }
}

#[component]
fn Person(
    friend: LiveFriend,
    place: Place,
    /// The groups that they share with whoever looks, where that is to be told.
    groups: Vec<String>,
    now: Signal<Timestamp>,
    own: bool,
    /// Whether whoever looks can write to others, and this is another.
    writes: bool,
    remove_friend: ServerAction<api::RemoveFriend>,
    remove_device: ServerAction<api::RemoveDevice>,
    count: ServerAction<api::CountDevice>,
) -> impl IntoView {
    // Who is of another group, too, is not the viewer's alone to decide about.
    let (care, decides) = (friend.care, own || friend.care == Care::Whole);
    let counts = decides.then(|| view! { <Counts friend=friend.clone() count /> });
    let heard = heard(&friend);
    // Of who does not show everything it is said what there is to see, and not that anything is missing.
    let (tells, shown_word) = (friend.shown == Shown::Precise, besides(friend.shown));
    let place = (heard.is_some() || !tells).then(|| view! { <p><PlaceWords place heard now /></p> });
    let (looks, shown) = (Looks::of(&friend), friend.shown_name().to_owned());
    let own_name =
        friend.own_name().map(|own| view! { " " <span class="own-name">"(" {own.to_owned()} ")"</span> });
    let LiveFriend { friend, devices, .. } = friend;
    let name = friend.name.to_string();
    let writes = writes && friend.role.is_some() && !friend.demo;
    let role = match friend.role {
        Some(Role::Admin) => "Admin",
        Some(Role::Friend) => "Signs in",
        None => "Cannot sign in",
    };
    let nobody = devices.is_empty();
    let devices = devices
        .into_iter()
        .map(|device| {
            let page = decides
                .then(|| device_path((&friend.name, friend.id), (&device.device.name, device.device.id)));
            view! { <DeviceItem device now removable=care == Care::Whole page remove=remove_device /> }
        })
        .collect_view();
    let card = decides.then(|| {
        let page = if own { "/settings#card".to_owned() } else { card_path((&friend.name, friend.id)) };
        view! { <a class="button button-quiet" href=at(&page) aria-label=format!("Card of {name}")><Icon sign=Sign::Pencil /> "Card"</a> }
    });
    // Who can sign in decides alone.
    let for_them = care == Care::Whole && friend.role.is_none() && !friend.demo;
    let privacy = (own || for_them).then(|| {
        let page = if own { "/privacy".to_owned() } else { privacy_path((&friend.name, friend.id)) };
        view! { <a class="button button-quiet" href=at(&page) aria-label=format!("What others see of {name}")><Icon sign=Sign::Eye /> "Privacy"</a> }
    });
    // Their own is a part of their privacy.
    let log = (care == Care::Whole && !own && !friend.demo).then(|| {
        let page = log_path((&friend.name, friend.id));
        view! { <a class="button button-quiet" href=at(&page) aria-label=format!("Log of {name}")><Icon sign=Sign::Log /> "Log"</a> }
    });
    let message = writes.then(|| {
        let page = thread_path(Thread::Person(friend.id));
        view! { <a class="button button-quiet" href=at(&page) aria-label=format!("Message to {name}")><Icon sign=Sign::Chat /> "Message"</a> }
    });
    let groups = (!groups.is_empty()).then(|| format!(" · {}", groups.join(", ")));
    let whose = name.clone();
    let remove = (care != Care::None).then(move || {
        let what = if care == Care::Whole {
            format!("Everything stored about {whose} goes too: devices, positions and history.")
        } else {
            format!("{whose} is of groups that are not yours, too, stays there, and keeps everything: only out of yours are they taken.")
        };
        view! {
            <Confirm label="Remove" about=whose.clone()>
                <p>{what}</p>
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
                <p class="hint">{role} {(nobody && tells).then_some(" · no device yet")} {shown_word.map(|shown| format!(" · {shown}"))} {groups}</p>
                {place}
            </div>
            {message}
            {card}
            {privacy}
            {log}
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
    removable: bool,
    page: Option<String>,
    remove: ServerAction<api::RemoveDevice>,
) -> impl IntoView {
    let LiveDevice { device, spot, .. } = device;
    let name = device.name.to_string();
    let whose = name.clone();
    let remove = removable.then(move || {
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
            <Icon sign=if device.kind.is_phone() { Sign::Phone } else { Sign::Browser } />
            <span class="device-text">
                {match page {
                    Some(page) => Either::Left(view! { <a href=at(&page)>{name}</a> }),
                    None => Either::Right(view! { <span>{name}</span> }),
                }}
                <span class="hint">
                    {(!device.kind.is_phone()).then(|| view! { <Source kind=device.kind /> ", " })}
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
