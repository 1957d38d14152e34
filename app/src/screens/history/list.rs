//! The list, by days; what happens while it is open comes in at the top.

use super::{Entry, filter::Wanted};
use crate::{
    api::{Page, transitions},
    screens::Problem,
    state::use_live,
    ui::{Clock, Empty, Sign, day_of, day_words},
};
use domain::{Timestamp, Transition};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
};

/// What was asked for, and what has happened since, newest first; a correction takes the place of what it corrects.
pub fn merged(asked: &[Transition], recent: Vec<Transition>) -> Vec<Transition> {
    let mut all = recent;
    let known = all.len();
    for transition in asked {
        if !all.iter().take(known).any(|newer| newer.id == transition.id) {
            all.push(transition.clone());
        }
    }
    all.sort_by_key(|transition| std::cmp::Reverse((transition.at, transition.id)));
    all
}

impl Wanted {
    /// Whether something that happens now belongs on this page. An older part of the list stays as it is.
    fn takes(&self, transition: &Transition, range: Option<(Timestamp, Timestamp)>) -> bool {
        self.before.is_none()
            && (self.friend.is_empty() || self.friend == transition.friend.to_string())
            && (self.region.is_empty() || self.region == transition.region.to_string())
            && (self.day.is_empty() || range.is_some_and(|(from, to)| (from..to).contains(&transition.at)))
    }
}

#[component]
pub(super) fn List() -> impl IntoView {
    let wanted = Wanted::from_address();
    let page = Resource::new_blocking(
        move || wanted.get(),
        |wanted| transitions(wanted.friend, wanted.region, wanted.day, wanted.zone, wanted.before),
    );
    let list = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => Either::Left(view! { <Loaded page wanted=wanted.get_untracked() /> }),
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{list}</Transition> }
}

#[component]
fn Loaded(page: Page<Transition>, wanted: Wanted) -> impl IntoView {
    let live = use_live();
    let clock = Clock::here();
    let Page { items, next } = page;
    let (narrow, later) = (wanted.is_narrow(), wanted.before.is_some());
    let older = next.map(|cursor| view! { <a class="button" href=wanted.address(&cursor)>"Older"</a> });
    let newest = later.then(|| view! { <a class="button" href="/history">"Newest"</a> });
    let range = crate::draft::day_range(&wanted.day, &wanted.zone);
    let all = Memo::new(move |_| {
        let recent = live
            .world
            .with(|world| world.recent.iter().filter(|new| wanted.takes(new, range)).cloned().collect());
        merged(&items, recent)
    });
    let day = move |transition: &Transition| day_of(transition.at, clock.offset_min(transition.at));
    let days = Memo::new(move |_| {
        let mut days: Vec<String> = all.with(|all| all.iter().map(day).collect());
        days.dedup();
        days
    });
    let one_day = move |name: String| {
        let title = day_words(&name);
        let entries = move || {
            all.with(|all| {
                all.iter().filter(|transition| day(transition) == name).cloned().collect::<Vec<_>>()
            })
        };
        // A corrected entry is drawn anew; the others keep what was opened in them.
        let key = |transition: &Transition| {
            (transition.id, transition.at, transition.learnt_at, transition.stay_ms)
        };
        view! {
            <section class="day">
                <h2>{title}</h2>
                <ol class="entries">
                    <For each=entries key=key children=|transition| view! { <Entry transition /> } />
                </ol>
            </section>
        }
    };
    let nothing = Memo::new(move |_| all.with(Vec::is_empty));
    view! {
        {move || match (nothing.get(), narrow) {
            (true, false) => EitherOf3::A(view! {
                <Empty sign=Sign::History title="Nothing yet">
                    <p>"Draw a region around home to see the first arrival."</p>
                    <p><a class="button" href="/regions?new">"Draw a region"</a></p>
                </Empty>
            }),
            (true, true) => EitherOf3::B(view! {
                <Empty sign=Sign::History title="Nobody came or went">
                    <p>"Nothing in the history fits what you asked for."</p>
                </Empty>
            }),
            (false, _) => EitherOf3::C(view! { <For each=move || days.get() key=Clone::clone children=one_day /> }),
        }}
        <p class="paging">{newest} {older}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::merged;
    use crate::fixture::transitions;

    #[test]
    fn what_happens_now_comes_in_at_the_top_and_once() {
        let all = transitions();
        let (newer, older) = all.split_at(1);
        assert_eq!(merged(older, newer.to_vec()), all);
        assert_eq!(merged(&all, newer.to_vec()), all);
    }

    #[test]
    fn a_correction_takes_the_place_of_what_it_corrects() {
        let all = transitions();
        let mut corrected = all.clone();
        corrected.truncate(1);
        for entry in &mut corrected {
            entry.at = entry.at.plus_millis(-60_000);
        }
        let shown = merged(&all, corrected.clone());
        assert_eq!((shown.len(), shown.first()), (all.len(), corrected.first()));
    }
}
