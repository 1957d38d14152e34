//! Rules: the sentences there are, and the form that makes one.

use crate::{
    api::{self, AlertsShown, RuleShown},
    screens::{Trouble, error_of, told_of},
    state::use_live,
    ui::{ActionForm, Area, Confirm, Empty, Field, Sign},
};
use domain::{
    RuleId,
    alert::{Channel, Direction},
};
use leptos::{either::Either, html::Textarea, prelude::*};

/// What stands for the zone of hours of which nothing was said.
pub(super) const UTC: &str = "UTC";

/// What a way is called.
pub(super) const fn way(channel: Channel) -> &'static str {
    match channel {
        Channel::Page => "an open page",
        Channel::Push => "push message",
        Channel::Mail => "e-mail",
        Channel::Ntfy => "ntfy",
        Channel::Webhook => "webhook",
    }
}

/// All rules.
#[component]
pub(super) fn Rules(known: RwSignal<AlertsShown>) -> impl IntoView {
    let ids = Memo::new(move |_| {
        known.with(|known| known.rules.iter().map(|rule| rule.id).collect::<Vec<RuleId>>())
    });
    let remove = ServerAction::<api::RemoveAlertRule>::new();
    let item = move |id: RuleId| {
        let text = Memo::new(move |_| {
            let sentence = |rules: &[RuleShown]| rules.iter().find(|rule| rule.id == id).map(sentence);
            known.with(|known| sentence(&known.rules)).unwrap_or_default()
        });
        let about = text.get_untracked();
        view! {
            <li class="bar">
                <span>{text}</span>
                <Confirm label="Remove" about>
                    <ActionForm action=remove>
                        <input type="hidden" name="id" value=id.to_string() />
                        <button class="button button-bad" type="submit">"Remove the rule"</button>
                    </ActionForm>
                </Confirm>
            </li>
        }
    };
    view! {
        <section class="card stack" aria-labelledby="rules-title">
            <h2 id="rules-title">"Tell me"</h2>
            <Trouble error=error_of(remove) fields=&[] />
            {move || if ids.with(Vec::is_empty) {
                Either::Left(view! { <Empty sign=Sign::Alert title="No rules yet"><p>"You are told nothing by itself."</p></Empty> })
            } else {
                Either::Right(view! { <ul class="rules" aria-label="Rules"><For each=move || ids.get() key=|id| *id children=item /></ul> })
            }}
        </section>
    }
}

/// `when tom arrives at School (Mon-Fri 07:00-09:00), by e-mail`.
fn sentence(rule: &RuleShown) -> String {
    let named = |names: &Option<Vec<String>>, all: &str, nothing: &str| match names {
        None => all.to_owned(),
        Some(names) if names.is_empty() => nothing.to_owned(),
        Some(names) => names.join(" or "),
    };
    let who = named(&rule.friends, "anybody", "somebody who is gone");
    let at = named(&rule.regions, "any region", "a region that is gone");
    let does = match rule.direction {
        Direction::Enter => "arrives at",
        Direction::Leave => "leaves",
        Direction::Both => "arrives at or leaves",
    };
    let hours = if rule.hours.is_empty() { String::new() } else { format!(" ({})", rule.hours.join(", ")) };
    let ways: Vec<_> = rule.channels.iter().copied().map(way).collect();
    let off = if rule.on { "" } else { "; off" };
    format!("when {who} {does} {at}{hours}, by {}{off}", ways.join(", "))
}

/// The form of a new rule: a sentence with gaps.
#[component]
pub(super) fn NewRule() -> impl IntoView {
    let add = ServerAction::<api::AddAlertRule>::new();
    let error = error_of(add);
    let told = told_of(error);
    let live = use_live();
    let kept =
        move |field: &str| error.with_untracked(|error| error.as_ref().and_then(|error| error.kept(field)));
    let options = move |all: &'static str,
                        found: fn(&crate::state::World) -> Vec<(String, String)>,
                        chosen: Option<String>| {
        let choices = Memo::new(move |_| live.world.with(found));
        move || {
            let chosen = chosen.clone().unwrap_or_default();
            let option = move |(id, name): (String, String)| {
                let selected = id == chosen;
                view! { <option value=id selected=selected>{name}</option> }
            };
            let first = (String::new(), all.to_owned());
            std::iter::once(first).chain(choices.get()).map(option).collect_view()
        }
    };
    let friends = options(
        "anybody",
        |world| {
            world
                .friends
                .iter()
                .map(|live| (live.friend.id.to_string(), live.shown_name().to_owned()))
                .collect()
        },
        kept("friends"),
    );
    let regions = options(
        "any region",
        |world| world.regions.iter().map(|region| (region.id.to_string(), region.name.to_string())).collect(),
        kept("regions"),
    );
    let direction = kept("direction").unwrap_or_default();
    let directions = [("enter", "arrives at"), ("leave", "leaves"), ("both", "arrives at or leaves")];
    let directions = directions.map(|(word, words)| {
        view! { <option value=word selected=direction == word>{words}</option> }
    });
    let ways = Channel::ALL.map(|channel| {
        view! {
            <label class="choice">
                <input type="checkbox" name=channel.as_str() value="yes" checked=channel == Channel::Page />
                <span>{way(channel)}</span>
            </label>
        }
    });
    let (hours, zone) = (kept("hours").unwrap_or_default(), kept("zone").unwrap_or_else(|| UTC.to_owned()));
    view! {
        <section class="card stack" aria-labelledby="new-rule-title">
            <h2 id="new-rule-title">"New rule"</h2>
            <Trouble error fields=&["hours", "zone"] />
            <ActionForm action=add>
                <div class="stack">
                    <div class="field"><label for="rule-friends">"Tell me when"</label><select id="rule-friends" name="friends">{friends}</select></div>
                    <div class="field"><label for="rule-direction">"does"</label><select id="rule-direction" name="direction">{directions}</select></div>
                    <div class="field"><label for="rule-regions">"where"</label><select id="rule-regions" name="regions">{regions}</select></div>
                    <fieldset class="choices"><legend>"by"</legend>{ways}</fieldset>
                    <details class="more" open=!hours.is_empty()>
                        <summary>"At some hours only"</summary>
                        <Area name="hours" label="Hours" form="rule" value=hours hint="A line for each, such as Mon-Fri 07:00-09:00. Empty: always."
                            may_be_empty=true told node=NodeRef::<Textarea>::new() />
                        <Field name="zone" label="Time zone" form="rule" value=zone hint="By whose clocks, such as Europe/Zurich." may_be_empty=true told />
                    </details>
                    <div class="actions"><button class="button button-strong" type="submit" disabled=add.pending()>"Add the rule"</button></div>
                </div>
            </ActionForm>
        </section>
    }
}
