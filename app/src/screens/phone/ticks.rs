//! How far a phone is, ticked off step by step, and what holds it up.

use super::words::words;
use crate::{
    state::use_live,
    ui::{Icon, Moment, Sign},
};
use domain::{
    Timestamp,
    arrival::{Arrival, Line},
};
use leptos::prelude::*;

/// The steps. What comes is read out, for the page changes by itself.
#[component]
pub fn Ticks(
    /// How far it is.
    #[prop(into)]
    arrival: Signal<Arrival>,
    /// Whether the page that says so came encrypted.
    https: bool,
    /// What comes next, once it is there.
    #[prop(optional, into)]
    next: ViewFn,
) -> impl IntoView {
    let steps = move || {
        arrival.with(|arrival| {
            let lines = [
                ("Signed in", arrival.signed_in_at),
                ("First message", arrival.heard_at),
                ("First position", arrival.placed_at),
            ];
            view! { <Encrypted line=arrival.line https /> {lines.into_iter().map(|(name, at)| view! { <Step name at /> }).collect_view()} }
        })
    };
    let summary = move || {
        arrival.with(|arrival| match arrival {
            Arrival { placed_at: Some(_), .. } => "The phone is on the map.",
            Arrival { heard_at: Some(_), .. } => "The phone reports. Now waiting for its first position…",
            Arrival { signed_in_at: Some(_), .. } => {
                "The phone has signed in. Now waiting for its first message…"
            }
            Arrival { .. } => "Waiting for the phone…",
        })
    };
    let there = move || arrival.with(Arrival::is_there);
    let troubles = move || {
        arrival.with(|arrival| {
            let trouble = |trouble| {
                let (what, remedy) = words(trouble);
                view! {
                    <li class="remark is-bad">
                        <Icon sign=Sign::Alert />
                        <div><p><b>{what}</b></p><p>{remedy}</p></div>
                    </li>
                }
            };
            let list = arrival.troubles.iter().map(trouble).collect_view();
            (!arrival.troubles.is_empty())
                .then(|| view! { <ul class="remarks" aria-label="What is wrong">{list}</ul> })
        })
    };
    view! {
        <ul class="ticks" aria-label="How far the phone is">{steps}</ul>
        <div class="stack" role="status">
            <p class="waiting" class:is-there=there>
                {move || (!there()).then(|| view! { <span class="pulse" aria-hidden="true"></span> })}
                {summary}
            </p>
            {troubles}
            {move || there().then(|| next.run())}
        </div>
    }
}

#[component]
fn Encrypted(line: Option<Line>, https: bool) -> impl IntoView {
    let (done, bad, text) = match (line, https) {
        (Some(Line::Encrypted), _) => (true, false, "Encrypted (TLS)"),
        (Some(Line::Plain), _) => (false, true, "Not encrypted: whoever is in between can read along"),
        (None, true) => (false, false, "Encrypted (TLS): this page came so; the phone has not come yet"),
        (None, false) => (false, false, "Encrypted (TLS)"),
    };
    view! { <Tick done bad>{text}</Tick> }
}

#[component]
fn Step(name: &'static str, at: Option<Timestamp>) -> impl IntoView {
    let live = use_live();
    view! {
        <Tick done=at.is_some() bad=false>
            {name} {at.map(|at| view! { " " <span class="hint"><Moment at now=live.now exact=true /></span> })}
        </Tick>
    }
}

#[component]
fn Tick(done: bool, bad: bool, children: Children) -> impl IntoView {
    let (sign, said) = match (done, bad) {
        (_, true) => (Sign::Alert, "Problem: "),
        (true, false) => (Sign::Check, "Done: "),
        (false, false) => (Sign::History, "Not yet: "),
    };
    view! {
        <li class="tick">
            <span class="order-sign" class:is-good=done class:is-bad=bad><Icon sign /></span>
            <span><span class="visually-hidden">{said}</span> {children()}</span>
        </li>
    }
}
