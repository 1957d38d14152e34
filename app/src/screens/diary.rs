//! What happened to one friend, by days: to themself all of it; to an admin who looks after them where they came and went, and that there were messages.

use super::{Problem, chat::message_words, history::Entry, known};
use crate::{
    api::{ApiError, Diary, diary},
    draft::chat::thread_path,
    state::use_live,
    ui::{Banner, Clock, Empty, Icon, Moment, Sign, Tone, at, day_of, day_words},
};
use domain::{DiaryEntry, FriendId, Timestamp, chat::ChatMessage};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page for whoever looks.
#[component]
pub fn OwnLog() -> impl IntoView {
    view! { <div class="column">{known(|_| view! { <Asked /> })}</div> }
}

/// The page for an admin who looks after somebody.
#[component]
pub fn FriendLog() -> impl IntoView {
    view! { <div class="column">{known(|_| view! { <Asked /> })}</div> }
}

#[component]
fn Asked() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let live = use_live();
    let wanted = Memo::new(move |_| {
        let friend = params.with(|params| params.get("friend")).unwrap_or_default();
        // After a gap in the line there may be more.
        (friend, query.with(|query| query.get("before")), live.world.with(|world| world.begun))
    });
    let asked = Resource::new_blocking(move || wanted.get(), |(friend, before, _)| diary(friend, before));
    let page = move || {
        Suspend::new(async move {
            let is_part = wanted.with_untracked(|(_, before, _)| before.is_some());
            match asked.await {
                Ok(diary) => view! { <Page diary is_part /> }.into_any(),
                Err(ApiError::Forbidden) => view! {
                    <Title text="Log" />
                    <h1>"Log"</h1>
                    <Banner tone=Tone::Note>"What happened to somebody is for them to read, and for an admin of all their groups."</Banner>
                }
                .into_any(),
                Err(error) => view! { <Title text="Log" /> <h1>"Log"</h1> <Problem error /> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{page}</Transition> }
}

#[component]
fn Page(
    diary: Diary,
    /// Whether there is something newer.
    is_part: bool,
) -> impl IntoView {
    let Diary { friend, own, entries } = diary;
    let live = use_live();
    let name =
        live.world.with_untracked(|world| world.friend(friend).map(|known| known.friend.name.to_string()));
    let name = name.unwrap_or_default();
    let (title, back, page) = if own {
        ("What happened to me".to_owned(), ("/privacy", "My privacy"), "/privacy/log".to_owned())
    } else {
        (format!("What happened to {name}"), ("/friends", "Friends"), format!("/friends/{friend}/log"))
    };
    let hint = if own {
        "Where you came and went, and what you wrote and got. An admin of all your groups is told of a message that there was one, and nothing else."
    } else {
        "Where they came and went, as far as you are shown it; and when there was a message: not with whom, nor what it says."
    };
    let newest = is_part.then(|| view! { <a class="button" href=at(&page)>"Newest"</a> });
    let older = entries.next.map(|cursor| {
        let query: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("before", &cursor).finish();
        view! { <a class="button" href=at(&format!("{page}?{query}"))>"Older"</a> }
    });
    let nothing = entries.items.is_empty().then(|| {
        view! {
            <Empty sign=Sign::Log title="Nothing yet">
                <p>"What happens from now on stands here, one after the other."</p>
            </Empty>
        }
    });
    let clock = Clock::here();
    let items = StoredValue::new(entries.items);
    // By the days of whoever looks, which the server does not know.
    let days =
        Memo::new(move |_| items.with_value(|items| by_day(items, |at| day_of(at, clock.offset_min(at)))));
    let days = move || {
        let one = |(day, entries): (String, Vec<DiaryEntry>)| {
            let lines = entries
                .into_iter()
                .map(|entry| view! { <Line entry friend own name=name.clone() /> })
                .collect_view();
            view! {
                <section class="day">
                    <h2>{day_words(&day)}</h2>
                    <ol class="entries">{lines}</ol>
                </section>
            }
        };
        days.get().into_iter().map(one).collect_view()
    };
    view! {
        <Title text=title.clone() />
        <p class="crumb"><a href=at(back.0)>{back.1}</a></p>
        <h1>{title}</h1>
        <p class="hint">{hint}</p>
        {nothing}
        {days}
        <p class="paging">{newest} {older}</p>
    }
}

/// Each day with what happened on it, as they stand.
fn by_day(entries: &[DiaryEntry], day: impl Fn(Timestamp) -> String) -> Vec<(String, Vec<DiaryEntry>)> {
    let same = |one: &DiaryEntry, next: &DiaryEntry| day(one.at()) == day(next.at());
    let days = entries.chunk_by(same).filter_map(|of_day| Some((day(of_day.first()?.at()), of_day.to_vec())));
    days.collect()
}

#[component]
fn Line(
    entry: DiaryEntry,
    friend: FriendId,
    own: bool,
    /// Of whom, to somebody else.
    name: String,
) -> impl IntoView {
    match entry {
        DiaryEntry::Crossed(transition) => view! { <Entry transition /> }.into_any(),
        DiaryEntry::Chat(message) => view! { <Message message me=friend /> }.into_any(),
        DiaryEntry::Letter { at, is_own } => {
            let who = if own { "You".to_owned() } else { name };
            let what = if is_own { "wrote a message" } else { "got a message" };
            view! { <Said at><span>{who} " " {what}</span></Said> }.into_any()
        }
    }
}

/// A message that may be read: from whom, to whom, and how it begins; it leads to its thread.
#[component]
fn Message(message: ChatMessage, me: FriendId) -> impl IntoView {
    let live = use_live();
    let (at_time, path) = (message.at, thread_path(message.thread));
    let text = Memo::new(move |_| live.world.with(|world| message_words(world, &message, me)));
    view! { <Said at=at_time><a href=at(&path)>{text}</a></Said> }
}

/// The line of a message.
#[component]
fn Said(at: Timestamp, children: Children) -> impl IntoView {
    view! {
        <li class="entry">
            <span class="entry-sign"><Icon sign=Sign::Chat /></span>
            <div class="entry-body">
                <p class="entry-text">{children()} " " <span class="entry-time"><Moment at /></span></p>
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::NOW;

    #[test]
    fn what_happened_stands_below_its_day_and_in_its_order() {
        const HOUR_MS: i64 = 3_600_000;
        // 15:42, 14:42 and, the day before, 23:42.
        let hours = [0, 1, 16];
        let entry =
            |hours: &i64| DiaryEntry::Letter { at: NOW.plus_millis(-hours * HOUR_MS), is_own: *hours == 1 };
        let entries: Vec<_> = hours.iter().map(entry).collect();
        let days = by_day(&entries, |at| day_of(at, 0));
        let (today, before) = entries.split_at(2);
        let expected =
            [("2026-05-17".to_owned(), today.to_vec()), ("2026-05-16".to_owned(), before.to_vec())];
        assert_eq!(days, expected);
        assert_eq!(by_day(&[], |at| day_of(at, 0)), []);
    }
}
