//! One thread: its messages, kept up to date, and the form for the next one.

use super::{
    compose::Composer,
    message::MessageItem,
    threads::{ThreadFace, bot_tag},
    wanted::{Target, earlier_path},
    words::{friend_name, thread_name},
};
use crate::{
    api::{self, ApiError, Reach, ThreadPage, chat_thread, confirm_chat},
    browser,
    draft::chat::{thread_path, thread_word},
    screens::{Problem, Trouble, error_of, taken},
    state::{chat::ShownThread, use_live},
    ui::{ActionForm, Banner, Clock, Empty, Icon, Sign, Tone, at, day_of},
};
use domain::{ChatId, FriendId, Seq, chat::Thread};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
    task::spawn_local,
};
use std::collections::HashSet;

/// What can be done in a thread.
#[derive(Clone, Copy)]
struct Deeds {
    send: ServerAction<api::SendChat>,
    delete: ServerAction<api::DeleteChat>,
    block: ServerAction<api::BlockFriend>,
}

/// What of a thread is not its messages.
#[derive(Clone, Debug, PartialEq)]
struct Standing {
    blocked: bool,
    reach: Reach,
}

/// A thread that was asked for.
#[component]
pub(super) fn OpenThread(
    /// Who looks.
    me: FriendId,
    /// What was answered.
    page: ThreadPage,
) -> impl IntoView {
    let live = use_live();
    let ThreadPage { thread, messages, before, blocked, reach, client_id } = page;
    let is_part = before.is_some();
    let shown = RwSignal::new(ShownThread::of(messages));
    let standing = RwSignal::new(Standing { blocked, reach });
    let deeds = Deeds { send: ServerAction::new(), delete: ServerAction::new(), block: ServerAction::new() };
    hear(thread, shown, is_part);
    refresh(thread, before, shown, standing, deeds);
    read(thread, shown);
    let clock = Clock::here();
    let entries = Memo::new(move |_| {
        let now = live.now.get();
        shown.with(|shown| shown.entries(now, |at| day_of(at, clock.offset_min(at))))
    });
    let is_empty = Memo::new(move |_| entries.with(Vec::is_empty));
    let delete = deeds.delete;
    let list = move || {
        if is_empty.get() {
            Either::Left(view! { <Nothing thread is_part /> })
        } else {
            Either::Right(view! {
                <ol class="chat-list">
                    <For
                        each=move || entries.get()
                        key=Clone::clone
                        children=move |entry| view! { <MessageItem me entry shown delete /> }
                    />
                </ol>
            })
        }
    };
    let unread = Memo::new(move |_| shown.with(ShownThread::unread));
    view! {
        <Head me thread standing block=deeds.block />
        <Trouble error=error_of(deeds.block) fields=&[] />
        <Trouble error=error_of(delete) fields=&[] />
        // What is newest is at its end, and there it stays: laid out from below.
        <div class="chat-scroll" tabindex="0" role="log" aria-label="Messages of this thread">
            <div class="chat-room">
                <Earlier thread shown />
                {list}
                {is_part.then(|| view! { <p class="paging"><a class="button" href=at(&thread_path(thread))>"Newest"</a></p> })}
                {move || (!unread.with(Vec::is_empty)).then(|| view! { <HaveRead thread ids=unread.get() /> })}
            </div>
        </div>
        {(!is_part).then(|| view! { <Answer thread standing send=deeds.send client_id /> })}
    }
}

/// With whom it is, the way back, and what can be done about them.
#[component]
fn Head(
    me: FriendId,
    thread: Thread,
    standing: RwSignal<Standing>,
    block: ServerAction<api::BlockFriend>,
) -> impl IntoView {
    let live = use_live();
    let name = Memo::new(move |_| live.world.with(|world| thread_name(world, thread)));
    // Which field of the form says whom.
    let other = match thread {
        Thread::Person(friend) => {
            Some(friend).filter(|friend| *friend != me).map(|id| ("friend", id.to_string()))
        }
        Thread::Bot(bot) => Some(("bot", bot.to_string())),
        Thread::Group(_) | Thread::Places => None,
    };
    let blocked = Memo::new(move |_| standing.with(|standing| standing.blocked));
    let person = other.map(|(field, id)| {
        move || {
            let (is_blocked, id) = (blocked.get(), id.clone());
            let word = if is_blocked { "" } else { "yes" };
            let form = view! {
                <ActionForm action=block>
                    <input type="hidden" name=field value=id />
                    <input type="hidden" name="blocked" value=word />
                    <button class=if is_blocked { "button" } else { "button button-bad" } type="submit" disabled=block.pending()>
                        {if is_blocked { "Unblock" } else { "Block" }}
                    </button>
                </ActionForm>
            };
            if is_blocked {
                Either::Left(form)
            } else {
                Either::Right(view! {
                    <details class="chat-block">
                        <summary class="button button-quiet">"Block…"</summary>
                        <div class="confirm-body">
                            <p>{block_words(thread)}</p>
                            {form}
                        </div>
                    </details>
                })
            }
        }
    });
    let said = move || {
        blocked.get().then(|| {
            view! { <Banner tone=Tone::Note>"You want no messages of " {name.get()} ". It does not come. You can still write."</Banner> }
        })
    };
    view! {
        <header class="chat-head">
            <a class="button button-quiet button-round chat-back" href=at("/messages") aria-label="All messages"><Icon sign=Sign::Undo /></a>
            <ThreadFace thread />
            <h2>{name} {bot_tag(thread)}</h2>
            {person}
        </header>
        {said}
    }
}

/// What it means to want nothing of somebody.
const fn block_words(thread: Thread) -> &'static str {
    match thread {
        Thread::Bot(_) => {
            "What it posts will not come to you, also not after you unblock it. It cannot tell."
        }
        Thread::Person(_) | Thread::Group(_) | Thread::Places => {
            "What they send you will not come, neither to you alone nor with a group, also not after you unblock them. They cannot tell."
        }
    }
}

/// What a thread says as long as nothing is in it.
#[component]
fn Nothing(thread: Thread, is_part: bool) -> impl IntoView {
    let words = match (is_part, thread) {
        (true, _) => "There is nothing earlier.",
        (false, Thread::Person(_)) => "You have not written to each other yet.",
        (false, Thread::Group(_)) => "Nobody has written to this group yet.",
        (false, Thread::Bot(_)) => {
            "It is a program of your group. It hears what you write to it, and may answer for a day."
        }
        (false, Thread::Places) => {
            "What is sent to who is here or around, and what is left at regions, stands here for as long as it lives."
        }
    };
    view! { <Empty sign=Sign::Chat title="No messages here"><p>{words}</p></Empty> }
}

/// The way to earlier messages: put before these, or without script a page of their own.
#[component]
fn Earlier(thread: Thread, shown: RwSignal<ShownThread>) -> impl IntoView {
    let earlier = Memo::new(move |_| shown.with(|shown| shown.earlier.clone()));
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let more = move |_| {
        let Some(before) = earlier.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            let asked = chat_thread(thread_word(thread), Some(before.clone())).await;
            busy.try_set(false);
            failed.try_set(asked.as_ref().err().cloned());
            if let Ok(page) = asked {
                shown.try_update(|shown| {
                    if shown.earlier.as_ref() == Some(&before) {
                        shown.put_earlier(page.messages);
                    }
                });
            }
        });
    };
    view! {
        {move || failed.get().map(|error| view! { <Problem error /> })}
        {move || earlier.get().map(|before| view! {
            <p class="paging">
                <button class="button js-only" type="button" on:click=more disabled=busy>"Earlier"</button>
                <a class="button plain-only" href=at(&earlier_path(thread, &before))>"Earlier"</a>
            </p>
        })}
    }
}

/// Says without script that what stands here was read; with script the page says it itself.
#[component]
fn HaveRead(thread: Thread, ids: Vec<ChatId>) -> impl IntoView {
    let confirm = ServerAction::<api::ConfirmChat>::new();
    view! {
        <div class="plain-only paging">
            <ActionForm action=confirm>
                <input type="hidden" name="ids" value=with_commas(&ids) />
                <input type="hidden" name="what" value="read" />
                <input type="hidden" name="thread" value=thread_word(thread) />
                <button class="button" type="submit">"I have read them"</button>
            </ActionForm>
        </div>
    }
}

/// The form for the next message, or why there is none.
#[component]
fn Answer(
    thread: Thread,
    standing: RwSignal<Standing>,
    send: ServerAction<api::SendChat>,
    client_id: String,
) -> impl IntoView {
    let live = use_live();
    let hitch = Memo::new(move |_| standing.with(|standing| standing.reach.hitch.clone()));
    let reach = Signal::derive(move || Some(standing.get().reach));
    match thread {
        Thread::Places => EitherOf3::A(view! {
            <div class="chat-compose actions">
                <a class="button" href=at("/messages?new&to=here")>"To who is here"</a>
                <a class="button" href=at("/messages?new&to=around")>"To who is around me"</a>
                <a class="button" href=at("/messages?new&to=region")>"Leave one at a region"</a>
            </div>
        }),
        Thread::Person(friend) if hitch.with_untracked(Option::is_some) => {
            let name = move || live.world.with(|world| friend_name(world, friend));
            let why = move || hitch.get().map(|(_, why)| why);
            EitherOf3::B(view! { <Banner tone=Tone::Note>{name} " " {why} "."</Banner> })
        }
        Thread::Person(_) | Thread::Group(_) | Thread::Bot(_) => {
            let target = Target { to: thread_word(thread), ..Target::default() };
            let target = Signal::stored(target);
            EitherOf3::C(view! { <Composer send target reach client_id /> })
        }
    }
}

fn with_commas(ids: &[ChatId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Takes in what the live line tells. In the browser only.
fn hear(thread: Thread, shown: RwSignal<ShownThread>, is_part: bool) {
    let live = use_live();
    let heard =
        Memo::new(move |_| live.world.with(|world| (world.begun, world.chats.last().map(|(seq, _)| *seq))));
    Effect::new(move |before: Option<(Seq, Seq)>| {
        let (begun, last) = heard.get();
        // The numbers of another beginning say nothing of these.
        let taken = before.filter(|before| before.0 == begun).map(|before| before.1).unwrap_or_default();
        let news = live.world.with_untracked(|world| {
            let news = world.chats.iter().filter(|(seq, _)| *seq > taken);
            news.map(|(_, news)| news.clone()).collect::<Vec<_>>()
        });
        shown.maybe_update(|shown| {
            let mut differs = false;
            for news in news {
                differs |= shown.hear(thread, news, !is_part);
            }
            differs
        });
        (begun, last.unwrap_or(taken))
    });
}

/// Asks again after a gap in the line, and when something was done here. In the browser only.
fn refresh(
    thread: Thread,
    before: Option<String>,
    shown: RwSignal<ShownThread>,
    standing: RwSignal<Standing>,
    deeds: Deeds,
) {
    let live = use_live();
    let begun = Memo::new(move |_| live.world.with(|world| world.begun));
    let (sent, deleted, blocked) = (taken(deeds.send), taken(deeds.delete), taken(deeds.block));
    let is_part = before.is_some();
    let ask = move || {
        let before = before.clone();
        spawn_local(async move {
            // One that fails is asked again after the next gap; the bar about the line says what is wrong.
            let Ok(fresh) = chat_thread(thread_word(thread), before).await else { return };
            let ThreadPage { messages, blocked, reach, .. } = fresh;
            standing.try_set(Standing { blocked, reach });
            shown.try_update(|shown| {
                if is_part { *shown = ShownThread::of(messages) } else { shown.refresh(messages) }
            });
        });
    };
    Effect::new(move |before: Option<_>| {
        let now = (begun.get(), sent.get(), deleted.get(), blocked.get());
        if before.is_some_and(|before| before != now) {
            ask();
        }
        now
    });
}

/// Confirms what is shown here as read, while the page is looked at. In the browser only.
fn read(thread: Thread, shown: RwSignal<ShownThread>) {
    let live = use_live();
    let unread = Memo::new(move |_| shown.with(ShownThread::unread));
    let hears = Memo::new(move |_| live.link.with(|link| link.is_live()));
    let looks = RwSignal::new(0_u32);
    let said = StoredValue::new(HashSet::<ChatId>::new());
    Effect::new(move |_| {
        let looked = window_event_listener_untyped("visibilitychange", move |_| {
            looks.try_update(|looks| *looks = looks.wrapping_add(1));
        });
        on_cleanup(move || looked.remove());
    });
    Effect::new(move |_| {
        let (ids, _again) = (unread.get(), (hears.get(), looks.get()));
        if !browser::is_visible() {
            return;
        }
        let fresh = |said: &HashSet<ChatId>| {
            ids.iter().filter(|id| !said.contains(*id)).copied().take(200).collect::<Vec<_>>()
        };
        let ids = said.try_with_value(fresh).unwrap_or_default();
        if ids.is_empty() {
            return;
        }
        said.try_update_value(|said| said.extend(ids.iter().copied()));
        spawn_local(async move {
            let confirmed = confirm_chat(with_commas(&ids), "read".to_owned(), thread_word(thread)).await;
            if confirmed.is_err() {
                // It is said again when the line stands again, or when the page is looked at again.
                said.try_update_value(|said| said.retain(|id| !ids.contains(id)));
            }
        });
    });
}
