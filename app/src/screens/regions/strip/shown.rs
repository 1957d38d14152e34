//! The strip as it looks.

use super::bars::rows;
use crate::{
    state::hindsight::{Past, words},
    ui::metres_words,
};
use domain::{
    FriendId,
    hindsight::{Better, Hindsight},
};
use leptos::prelude::*;

/// What there is to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Hind {
    /// Nothing yet.
    Awaited,
    /// What it would have said.
    There(Hindsight),
    /// It could not be had.
    Failed,
}

/// What it would have said in a sentence, as bars of days, and the way to a better radius; and what is looked back on.
#[component]
pub fn StripView(
    /// What there is.
    #[prop(into)]
    shown: Signal<Hind>,
    /// What is looked back on.
    past: RwSignal<Past>,
    /// Whose year can be looked back on.
    #[prop(into)]
    people: Signal<Vec<(FriendId, String)>>,
    /// What those who hear the page are told.
    #[prop(into)]
    heard: Signal<String>,
    /// Takes the better radius, metres.
    #[prop(into)]
    on_radius: Callback<f64>,
) -> impl IntoView {
    let name = move |friend: FriendId| {
        people
            .with(|people| people.iter().find(|(id, _)| *id == friend).map(|(_, name)| name.clone()))
            .unwrap_or_default()
    };
    let whose = move || match past.get() {
        Past::Days => None,
        Past::Year(friend) => Some(name(friend)),
    };
    let sentence = move || match (shown.get(), whose()) {
        (Hind::There(hindsight), whose) => words(&hindsight, whose.as_deref()),
        (Hind::Failed, _) => "What it would have said so far cannot be had now.".to_owned(),
        (Hind::Awaited, None) => "Looking back over the last 30 days…".to_owned(),
        (Hind::Awaited, Some(friend)) => format!("Looking back over a year of {friend}…"),
    };
    let better = move || match shown.get() {
        Hind::There(Hindsight { better, .. }) => better,
        Hind::Awaited | Hind::Failed => None,
    };
    let bars = move || match shown.get() {
        Hind::There(hindsight) => Some(rows(&hindsight.rows, name)),
        Hind::Awaited | Hind::Failed => None,
    };
    let choose = move |event| {
        let friend = event_target_value(&event).parse().ok();
        past.set(friend.map_or(Past::Days, Past::Year));
    };
    let options = move || {
        let option = |(id, name): (FriendId, String)| {
            let chosen = past.get_untracked() == Past::Year(id);
            view! { <option value=id.to_string() selected=chosen>"A year of " {name}</option> }
        };
        people.get().into_iter().map(option).collect::<Vec<_>>()
    };
    view! {
        <section class="strip" aria-label="What it would have said">
            <div class="strip-first">
                <p class="strip-words">{sentence}</p>
                {move || better().map(|Better { radius_m, .. }| view! {
                    <button class="button" type="button" on:click=move |_| on_radius.run(radius_m)>
                        "Use " {metres_words(radius_m)}
                    </button>
                })}
                <select class="strip-past" aria-label="Looking back on" on:change=choose>
                    <option value="">"30 days of everybody"</option>
                    {options}
                </select>
            </div>
            <p class="visually-hidden" role="status">{heard}</p>
            {bars}
        </section>
    }
}
