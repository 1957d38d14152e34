//! One device: when it was last heard of, what its app says of itself, what it is asked to do, and the key of its messages.
//!
//! What is known is drawn from one signal that is asked anew while the page is looked at. The forms stand beside it and are not drawn
//! again: what is being typed is nobody's to take away.

mod ask;
mod facts;
mod health;
mod key;
mod orders;
mod places;

use super::{Problem, fresh, known};
use crate::{
    api::{self, DeviceReport, device_report},
    ui::{Banner, Tone, at},
};
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page of a device.
#[component]
pub fn DevicePage() -> impl IntoView {
    view! { <div class="column">{known(|_| view! { <Asked /> })}</div> }
}

#[component]
fn Asked() -> impl IntoView {
    let params = use_params_map();
    let wanted = Memo::new(move |_| {
        let named = |name: &str| params.with(|params| params.get(name)).unwrap_or_default();
        (named("friend"), named("device"))
    });
    let report =
        Resource::new_blocking(move || wanted.get(), |(friend, device)| device_report(friend, device));
    let page = move || {
        Suspend::new(async move {
            match report.await {
                Ok(first) => Either::Left(view! { <Device first /> }),
                Err(error) => {
                    Either::Right(view! { <Title text="Device" /> <h1>"Device"</h1> <Problem error /> })
                }
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition> }
}

#[component]
fn Device(first: DeviceReport) -> impl IntoView {
    let title = format!("{}: {}", first.owner_name, first.name);
    let id = first.device.to_string();
    let give = ServerAction::<api::GiveOrder>::new();
    let withdraw = ServerAction::<api::WithdrawOrder>::new();
    let line = ServerAction::<api::PutLine>::new();
    let send = ServerAction::<api::SendRegions>::new();
    let (owner, device) = (first.owner.to_string(), id.clone());
    let report = RwSignal::new(first);
    let ask = move || device_report(owner.clone(), device.clone());
    fresh::keep(report, ask, move || {
        [send.version().get(), give.version().get(), withdraw.version().get(), line.version().get()]
    });
    let query = use_query_map();
    let done = move || {
        let says = [
            ("asked", "The phone gets it as soon as it comes by."),
            ("withdrawn", "Taken back."),
            ("sent", "The phone gets its regions as soon as it comes by."),
            ("no-key", "The key is gone. Messages go unencrypted from now on."),
            ("key", "The key is set. What could not be opened is read again."),
        ];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    view! {
        <Title text=title.clone() />
        <p class="crumb"><a href=at("/friends")>"Friends"</a></p>
        <h1>{title}</h1>
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <facts::Facts report />
        <health::Health id=id.clone() report give />
        <facts::App report />
        <places::Places id=id.clone() report send />
        <section class="card stack" aria-labelledby="orders-title">
            <h2 id="orders-title">"Orders"</h2>
            <ask::Ask id=id.clone() give />
            <orders::Orders id=id.clone() report withdraw />
        </section>
        <key::Key id report line />
    }
}
