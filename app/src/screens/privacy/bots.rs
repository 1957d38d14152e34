//! Whether the bots of one's groups may know when one comes and goes; nothing where there are none and nothing was said.

use super::Whose;
use crate::{
    api::{self, BotChoice},
    screens::{Trouble, error_of},
    state::use_live,
    ui::{ActionForm, Moment},
};
use domain::Timestamp;
use leptos::{either::Either, prelude::*};

/// A line for each group that has bots.
#[component]
pub(super) fn Bots(whose: Whose, choose: ServerAction<api::ChooseBots>) -> impl IntoView {
    let choices = Memo::new(move |_| {
        whose.known.with(|known| {
            let concerns = |choice: &&BotChoice| choice.since.is_some() || !choice.bots.is_empty();
            known.bots.iter().filter(concerns).cloned().collect::<Vec<_>>()
        })
    });
    let line = move |choice: BotChoice| view! { <Choice whose choice choose /> };
    let whom = whose.whom();
    move || {
        let choices = choices.get();
        (!choices.is_empty()).then(|| {
            let whom = whom.clone();
            view! {
                <section class="card stack" aria-labelledby="bots-title">
                    <h2 id="bots-title">"Bots"</h2>
                    <p>
                        "A bot is a program of a group. One that may know hears of the comings and goings of " {whom}
                        " in its regions, where the whole group sees them, too, and may tell everybody; never where anybody is."
                    </p>
                    <Trouble error=error_of(choose) fields=&[] />
                    {choices.into_iter().map(line).collect_view()}
                </section>
            }
        })
    }
}

#[component]
fn Choice(whose: Whose, choice: BotChoice, choose: ServerAction<api::ChooseBots>) -> impl IntoView {
    let BotChoice { group, name, since, bots } = choice;
    let who = if bots.is_empty() { "no bot now".to_owned() } else { bots.join(", ") };
    let (word, button) =
        if since.is_some() { ("", "Let them know no more") } else { ("yes", "Let them know from now on") };
    let label = format!("{button}: the bots of {name}");
    view! {
        <div class="bar">
            <p><b>{name}</b> " (" {who} "): " <State since /></p>
            <ActionForm action=choose>
                <input type="hidden" name="friend" value=whose.id() />
                <input type="hidden" name="group" value=group.to_string() />
                <input type="hidden" name="allowed" value=word />
                <button class="button" type="submit" aria-label=label disabled=choose.pending()>{button}</button>
            </ActionForm>
        </div>
    }
}

#[component]
fn State(since: Option<Timestamp>) -> impl IntoView {
    let live = use_live();
    match since {
        Some(since) => Either::Left(view! { "they may know, since " <Moment at=since now=live.now /> }),
        None => Either::Right("they do not know"),
    }
}
