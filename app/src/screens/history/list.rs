//! The list, by days; what happens while it is open comes in at the top, and what turns out otherwise is corrected in its place.

use super::{
    Entry, Wanted,
    unread::{News, Unread, keep_looked},
};
use crate::{
    api::{Told, transitions},
    screens::Problem,
    state::use_live,
    ui::{Clock, Empty, Sign, at, day_of, day_words},
};
use domain::{Timestamp, Transition};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
};

/// A correction is learnt in the same moment in which what it corrects is given up, milliseconds.
const SAME_MOMENT_MS: i64 = 1000;

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

/// When that happened which no longer holds as it stands: by what was learnt when it was given up. `None` when it did not happen at all,
/// or what did is on another page.
pub fn instead(all: &[Transition], wrong: &Transition) -> Option<Timestamp> {
    let given_up = wrong.superseded_at?;
    let same = |right: &&Transition| {
        right.superseded_at.is_none()
            && (right.friend, right.region, right.kind) == (wrong.friend, wrong.region, wrong.kind)
            && right.learnt_at.millis_since(given_up).abs() <= SAME_MOMENT_MS
    };
    let near = all.iter().filter(same).min_by_key(|right| right.at.millis_since(wrong.at).abs());
    near.map(|right| right.at)
}

#[component]
pub(super) fn List() -> impl IntoView {
    let live = use_live();
    let wanted = Wanted::from_address();
    // After a gap in the line there may be more than what was heard.
    let begun = Memo::new(move |_| live.world.with(|world| world.begun));
    let page = Resource::new_blocking(
        move || (wanted.get(), begun.get()),
        |(Wanted { friend, region, kind, day, until, zone, before, .. }, _)| {
            transitions(friend, region, kind, day, until, zone, before)
        },
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
fn Loaded(page: Told, wanted: Wanted) -> impl IntoView {
    let live = use_live();
    let clock = Clock::here();
    let Told { items, next, from, to, seen_to, keeps } = page;
    let range = (from, to);
    let (narrow, later) = (wanted.is_narrow(), wanted.before.is_some());
    let older = next.map(
        |cursor| view! { <a class="button" href=at(&wanted.address("/history", Some(&cursor)))>"Older"</a> },
    );
    let newest =
        later.then(|| view! { <a class="button" href=at(&wanted.address("/history", None))>"Newest"</a> });
    let taken = wanted.clone();
    let all = Memo::new(move |_| {
        let all = live.world.with(|world| {
            let recent = world.recent.iter().filter(|new| taken.takes(new, range)).cloned().collect();
            let mut all = merged(&items, recent);
            for transition in &mut all {
                let heard = world.superseded.get(&transition.id).copied();
                transition.superseded_at = transition.superseded_at.or(heard);
            }
            all
        });
        let instead: Vec<_> = all.iter().map(|one| instead(&all, one)).collect();
        all.into_iter().zip(instead).collect::<Vec<_>>()
    });
    let entries =
        move || all.with(|all| all.iter().map(|(transition, _)| transition.clone()).collect::<Vec<_>>());
    let unread = Memo::new(move |_| Unread::of(&entries(), seen_to));
    // Only of the list as a whole and from its beginning: what a filter hides was not looked at.
    let news = (keeps && !narrow && !later).then(|| {
        let newest = Memo::new(move |_| entries().iter().map(|one| one.learnt_at).max());
        let looked = keep_looked(newest);
        view! { <News unread seen_to newest looked /> }
    });
    let day = move |transition: &Transition| day_of(transition.at, clock.offset_min(transition.at));
    let days = Memo::new(move |_| {
        let mut days: Vec<String> =
            all.with(|all| all.iter().map(|(transition, _)| day(transition)).collect());
        days.dedup();
        days
    });
    let one_day = move |name: String| {
        let title = day_words(&name);
        let entries = move || {
            let (all, unread) = (all.read(), unread.read());
            let of_day = all.iter().filter(|(transition, _)| day(transition) == name);
            let with_news = of_day.map(|(transition, instead)| {
                let (line, late) = (unread.line == Some(transition.id), unread.late.contains(&transition.id));
                (transition.clone(), *instead, line, late)
            });
            with_news.collect::<Vec<_>>()
        };
        // A corrected entry is drawn anew; the others keep what was opened in them.
        let key = |(transition, instead, line, late): &(Transition, Option<Timestamp>, bool, bool)| {
            let Transition { id, at, learnt_at, stay_ms, superseded_at, .. } = transition;
            (*id, *at, *learnt_at, *stay_ms, *superseded_at, *instead, *line, *late)
        };
        view! {
            <section class="day">
                <h2>{title}</h2>
                <ol class="entries">
                    <For each=entries key=key children=|(transition, instead, line, late)| view! {
                        {line.then(|| view! { <li class="unread-line"><span>"Above: new since you last looked"</span></li> })}
                        <Entry transition instead unread=late />
                    } />
                </ol>
            </section>
        }
    };
    let nothing = Memo::new(move |_| all.with(Vec::is_empty));
    view! {
        {news}
        {move || match (nothing.get(), narrow) {
            (true, false) => EitherOf3::A(view! {
                <Empty sign=Sign::History title="Nothing yet">
                    <p>"Draw a region around home to see the first arrival."</p>
                    <p><a class="button" href=at("/regions?new")>"Draw a region"</a></p>
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
        {move || (!nothing.get()).then(|| view! { <Files wanted=wanted.clone() range /> })}
    }
}

/// All that is asked for, on every page, as files.
#[component]
fn Files(wanted: Wanted, range: (Option<Timestamp>, Option<Timestamp>)) -> impl IntoView {
    let live = use_live();
    let links = [("csv", "CSV"), ("json", "JSON")].map(|(ending, name)| {
        let wanted = wanted.clone();
        let href = move || live.world.with(|world| wanted.file(ending, world, range));
        view! { <a class="button button-quiet" href=move || at(&href()) download="" rel="external">"Download as " {name}</a> }
    });
    view! { <p class="paging">{links}</p> }
}

#[cfg(test)]
mod tests {
    use super::{instead, merged};
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

    #[test]
    fn what_no_longer_holds_tells_what_does() {
        let mut all = transitions();
        let (Some(mut wrong), Some(right)) = (all.first().cloned(), all.first_mut()) else {
            unreachable!("there are some")
        };
        wrong.at = right.at.plus_millis(300_000);
        assert_eq!(instead(std::slice::from_ref(right), &wrong), None, "it holds");
        wrong.superseded_at = Some(right.learnt_at);
        assert_eq!(instead(std::slice::from_ref(right), &wrong), Some(right.at));
        wrong.superseded_at = Some(right.learnt_at.plus_millis(60_000));
        assert_eq!(instead(std::slice::from_ref(right), &wrong), None, "that was known already");
    }
}
