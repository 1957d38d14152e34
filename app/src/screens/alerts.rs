//! When whoever looks is told that somebody comes or goes: rules as sentences, the ways with their tests, quiet hours, and what they were told.
//!
//! What holds is drawn from one signal that is asked anew while the page is looked at; the forms stand beside it and are not drawn again.

mod rules;
mod told;
mod ways;

use super::{Problem, fresh, known};
use crate::{
    api::{self, AlertsShown, alerts_shown},
    ui::{Banner, Tone, at},
};
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn Alerts() -> impl IntoView {
    view! {
        <Title text="Alerts" />
        <div class="column">
            <p class="crumb"><a href=at("/settings")>"Settings"</a></p>
            <h1>"Alerts"</h1>
            {known(|me| if me.friend.is_some() {
                Either::Left(view! { <Asked /> })
            } else {
                Either::Right(view! { <Banner tone=Tone::Note>"Alerts are for friends who are signed in."</Banner> })
            })}
        </div>
    }
}

#[component]
fn Asked() -> impl IntoView {
    let asked = Resource::new_blocking(|| (), |()| alerts_shown());
    let page = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(first) => Either::Left(view! { <Page first /> }),
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition> }
}

#[component]
fn Page(first: AlertsShown) -> impl IntoView {
    let query = use_query_map();
    let quiet = first.quiet.clone();
    let mail_set_up = first.mail_set_up;
    let known = RwSignal::new(first);
    let test = ServerAction::<api::TestAlertChannel>::new();
    fresh::keep(known, alerts_shown, move || (test.version().get(), query.get().to_query_string()));
    let done = move || {
        let says = [
            ("saved", "Saved."),
            ("removed", "It is gone."),
            ("tested", "The test is sent: look whether it arrives."),
        ];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    view! {
        <p>"You are told what your friends show you, and nothing else; and whoever a rule is about sees that it is there."</p>
        {move || done().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <rules::Rules known />
        <rules::NewRule />
        <ways::Ways known test mail_set_up />
        <ways::QuietHours quiet />
        <told::ToldLately known />
    }
}
