//! When whoever looks is told that somebody comes or goes: rules as sentences and the form of one, the ways with their tests, quiet hours, and
//! what they were told.
//!
//! What holds is drawn from one signal that is asked anew while the page is looked at; the forms stand beside it and are not drawn again.

mod push;
mod quiet;
mod rule;
mod rules;
mod told;
mod ways;

use super::{Problem, fresh, known};
use crate::{
    api::{self, AlertsShown, alerts_shown},
    ui::{Banner, Icon, Sign, Tone, at},
};
use domain::FriendId;
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use rule::RuleForm;

/// The page.
#[component]
pub fn Alerts() -> impl IntoView {
    view! {
        <Title text="Alerts" />
        <div class="column">
            <p class="crumb"><a href=at("/settings")>"Settings"</a></p>
            <h1>"Alerts"</h1>
            {known(|me| match me.friend {
                Some(own) => Either::Left(view! { <Asked own /> }),
                None => Either::Right(view! { <Banner tone=Tone::Note>"Alerts are for friends who are signed in."</Banner> }),
            })}
        </div>
    }
}

#[component]
fn Asked(own: FriendId) -> impl IntoView {
    let asked = Resource::new_blocking(|| (), |()| alerts_shown());
    let page = move || {
        Suspend::new(async move {
            match asked.await {
                Ok(first) => Either::Left(view! { <Page first own /> }),
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition> }
}

#[component]
fn Page(first: AlertsShown, own: FriendId) -> impl IntoView {
    let query = use_query_map();
    let quiet = first.quiet.clone();
    let mail_set_up = first.mail_set_up;
    let known = RwSignal::new(first);
    let test = ServerAction::<api::TestAlertChannel>::new();
    // How often something was done that no form does.
    let changes = RwSignal::new(0_u32);
    let done = move || (test.version().get(), changes.get(), query.get().to_query_string());
    fresh::keep(known, alerts_shown, done);
    let says = move || {
        let says = [("saved", "Saved."), ("removed", "It is gone.")];
        query.with(|query| says.into_iter().find(|(mark, _)| query.get(mark).is_some()).map(|(_, text)| text))
    };
    view! {
        <p>"You are told what your friends show you, and nothing else; and whoever a rule is about sees that it is there."</p>
        {move || says().map(|text| view! { <Banner tone=Tone::Good>{text}</Banner> })}
        <rules::Rules known />
        <ShownForm known own mail_set_up />
        <ways::Ways known test mail_set_up changes />
        <quiet::QuietHours quiet />
        <told::ToldLately known />
    }
}

/// The form that the address asks for: of a new rule, of one that there is, or the way to it.
#[component]
fn ShownForm(known: RwSignal<AlertsShown>, own: FriendId, mail_set_up: bool) -> impl IntoView {
    let query = use_query_map();
    let edited = Memo::new(move |_| query.with(|query| query.get("edit")));
    let new = Memo::new(move |_| query.with(|query| query.get("new").is_some()));
    let find =
        |known: &AlertsShown, id: &str| known.rules.iter().find(|rule| rule.id.to_string() == id).cloned();
    // What is typed survives what happens to the rule meanwhile.
    let is_known =
        Memo::new(move |_| edited.get().is_some_and(|id| known.with(|known| find(known, &id).is_some())));
    move || {
        let _changes = is_known.get();
        let set_up =
            known.with_untracked(|known| known.ways.iter().map(|way| way.channel).collect::<Vec<_>>());
        match edited.get() {
            Some(id) => match known.with_untracked(|known| find(known, &id)) {
                Some(rule) => view! { <RuleForm rule=Some(rule) own set_up mail_set_up /> }.into_any(),
                None => view! { <Banner tone=Tone::Bad>"This rule is gone."</Banner> }.into_any(),
            },
            None if new.get() => view! { <RuleForm rule=None own set_up mail_set_up /> }.into_any(),
            None => view! {
                <p><a class="button button-strong" href=at("/alerts?new")><Icon sign=Sign::Plus /> "New rule"</a></p>
            }
            .into_any(),
        }
    }
}
