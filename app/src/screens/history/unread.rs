//! What of the history is new to whoever looks, and how it becomes known that they have looked.

use crate::{api::LookedAtHistory, browser, state::use_live, ui::ActionForm};
use domain::{Timestamp, Transition, TransitionId};
use leptos::prelude::*;

/// What of the list is new. Pure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unread {
    /// The newest entry that is not new: the line is above it. `None` without anything new above it, or without an end of it here.
    pub(super) line: Option<TransitionId>,
    /// What is new although it stands below the line, because it was learnt late.
    pub(super) late: Vec<TransitionId>,
    /// How many are new; to who never looked, none.
    pub(super) count: usize,
}

impl Unread {
    /// Of a list, newest first, for somebody who has seen what was learnt up to then. To who never looked nothing is new: everything is.
    pub(super) fn of(all: &[Transition], seen_to: Option<Timestamp>) -> Self {
        let Some(seen_to) = seen_to else { return Self::default() };
        let is_new = |one: &Transition| one.learnt_at > seen_to;
        let above = all.iter().take_while(|one| is_new(one)).count();
        let below = all.get(above..).unwrap_or_default();
        let late: Vec<_> = below.iter().filter(|one| is_new(one)).map(|one| one.id).collect();
        let line = below.first().filter(|_| above > 0).map(|one| one.id);
        Self { line, count: above + late.len(), late }
    }
}

/// Tells the server that the newest of a list was looked at: once it stands on the screen of somebody who looks. What a browser fetches
/// ahead, or a tab behind shows, was not.
pub(super) fn keep_looked(newest: Memo<Option<Timestamp>>) -> ServerAction<LookedAtHistory> {
    let looked = ServerAction::<LookedAtHistory>::new();
    let live = use_live();
    let told = StoredValue::new(None);
    Effect::new(move || {
        // With the time: whoever comes back to the tab looks again.
        live.now.track();
        let Some(at) = newest.get() else { return };
        if told.get_value() < Some(at) && browser::is_visible() {
            told.set_value(Some(at));
            looked.dispatch(LookedAtHistory { learnt_ms: at.as_millis() });
        }
    });
    looked
}

/// How many are new, and without script the way to say that they were seen.
#[component]
pub(super) fn News(
    /// What is new.
    unread: Memo<Unread>,
    /// Up to when they have looked, if they ever did.
    seen_to: Option<Timestamp>,
    /// When the newest of the list was learnt.
    newest: Memo<Option<Timestamp>>,
    /// Says that they were seen.
    looked: ServerAction<LookedAtHistory>,
) -> impl IntoView {
    let count = Memo::new(move |_| unread.with(|unread| unread.count));
    let unseen = move || newest.get() > seen_to;
    move || {
        unseen().then(|| {
            view! {
                <div class="news">
                    {(count.get() > 0).then(|| view! { <p>{count.get()} " new since you last looked"</p> })}
                    <ActionForm action=looked attr:class="without-script">
                        <input type="hidden" name="learnt_ms" value=newest.get().map(|at| at.as_millis().to_string()) />
                        <button class="button button-quiet" type="submit">"I have seen them"</button>
                    </ActionForm>
                </div>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Unread;
    use crate::fixture::transitions;
    use domain::Timestamp;

    #[test]
    fn the_line_is_between_what_is_new_and_what_is_not() {
        let mut all = transitions();
        let seen_to = Timestamp::from_millis(1_000_000);
        for one in &mut all {
            one.learnt_at = seen_to;
        }
        assert_eq!(Unread::of(&all, Some(seen_to)), Unread::default(), "nothing is new");
        assert_eq!(Unread::of(&all, None), Unread::default(), "to who never looked there is no line");
        let ids: Vec<_> = all.iter().map(|one| one.id).collect();
        let mut learn = |number: usize| {
            all.iter_mut().skip(number).take(1).for_each(|one| one.learnt_at = seen_to.plus_millis(1));
            Unread::of(&all, Some(seen_to))
        };
        let first = learn(0);
        assert_eq!((first.line, first.count), (ids.get(1).copied(), 1));
        let late = learn(2);
        assert_eq!((late.line, late.count), (ids.get(1).copied(), 2), "what was learnt late stands below");
        assert_eq!(late.late.as_slice(), ids.get(2..3).unwrap_or_default());
    }

    #[test]
    fn there_is_no_line_where_everything_is_new() {
        let all = transitions();
        let unread = Unread::of(&all, Some(Timestamp::from_millis(0)));
        assert_eq!((unread.line, unread.count), (None, all.len()));
    }
}
