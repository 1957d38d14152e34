//! The list of friends: a complete alternative to the map.

use super::{
    Row, Sight,
    row::{friend_with_place, staleness},
};
use crate::{
    state::{Staleness, use_live},
    ui::{Empty, Sign, at},
};
use domain::FriendId;
use leptos::{either::Either, prelude::*};

/// In which order friends stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Whoever was seen last comes first.
    Newest,
    /// By name.
    Name,
}

/// All friends, and a line that sums them up.
#[component]
pub fn FriendList(
    /// What is looked at.
    sight: Sight,
    /// Whether an admin looks, who can put a phone on the map.
    admin: bool,
    /// Hears whose card is opened from the list.
    #[prop(optional, into)]
    on_open: Option<Callback<FriendId>>,
) -> impl IntoView {
    let live = use_live();
    let order = RwSignal::new(Order::Newest);
    let ids = Memo::new(move |_| {
        let order = order.get();
        live.world.with(|world| {
            let mut friends: Vec<_> = world.friends.iter().collect();
            if order == Order::Newest {
                friends.sort_by_key(|friend| std::cmp::Reverse(friend.newest().map(|(_, spot)| spot.at)));
            }
            friends.into_iter().map(|friend| friend.friend.id).collect::<Vec<FriendId>>()
        })
    });
    let count = Memo::new(move |_| ids.with(Vec::len));
    let lost = Memo::new(move |_| {
        let now = live.now.get();
        live.world.with(|world| {
            world.friends.iter().filter(|friend| staleness(friend, now) == Some(Staleness::Lost)).count()
        })
    });
    let summary = move || {
        let friends =
            if count.get() == 1 { "1 friend".to_owned() } else { format!("{} friends", count.get()) };
        if lost.get() == 0 { friends } else { format!("{friends} · {} lost contact", lost.get()) }
    };
    let row = move |id: FriendId| {
        let known = Memo::new(move |_| {
            let now = live.now.get();
            live.world.with(|world| friend_with_place(world, id, now))
        });
        let href = Signal::derive(move || sight.address(|view| view.select(Some(id))));
        let selected = Signal::derive(move || sight.is_selected(id));
        let drawn = move || {
            known.get().map(|(friend, place)| view! { <Row friend place now=live.now href selected /> })
        };
        let open = move |_| {
            if let Some(told) = on_open {
                told.run(id);
            }
        };
        // The link inside does the work, with the keyboard too; this only hears of it.
        view! { <li on:click=open>{drawn}</li> }
    };
    let by = move |wanted: Order| (order.get() == wanted).to_string();
    move || {
        if count.get() == 0 {
            return view! { <Nobody admin /> }.into_any();
        }
        view! {
            <section class="friends" aria-labelledby="friends-title">
                <div class="bar">
                    <h2 id="friends-title">"Friends"</h2>
                    <div class="tabs js-only" role="group" aria-label="Order">
                        <button type="button" aria-pressed=move || by(Order::Newest) on:click=move |_| order.set(Order::Newest)>"Newest"</button>
                        <button type="button" aria-pressed=move || by(Order::Name) on:click=move |_| order.set(Order::Name)>"Name"</button>
                    </div>
                </div>
                <ul class="rows"><For each=move || ids.get() key=|id| *id children=row /></ul>
                <p class="summary">{summary}</p>
            </section>
        }
        .into_any()
    }
}

/// Nobody is there yet.
#[component]
fn Nobody(admin: bool) -> impl IntoView {
    view! {
        <Empty sign=Sign::Phone title="No friends yet">
            {if admin {
                Either::Left(view! {
                    <p>"Put a phone on the map, and its owner appears here with the first message."</p>
                    <p><a class="button button-strong" href=at("/friends#put")>"Put a phone on the map"</a></p>
                    <p><a href=at("/friends#demo")>"Or look around with demo friends"</a></p>
                })
            } else {
                Either::Right(view! { <p>"An admin of this server can put the first phone on the map."</p> })
            }}
        </Empty>
    }
}
