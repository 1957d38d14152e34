//! The threads, and what was looked for in them.

use super::{
    wanted::{Open, Wanted, find_path},
    words::{beginning, friend_name, thread_name},
};
use crate::{
    api::{ChatList, ThreadKnown, chat_threads},
    draft::chat::thread_path,
    screens::{Problem, sensors::follow},
    state::{Looks, use_live},
    ui::{Empty, Face, Icon, Moment, Sign, at},
};
use domain::{
    FriendId,
    chat::{ChatMessage, Thread},
};
use leptos::{
    either::{Either, EitherOf3},
    html::Input,
    prelude::*,
};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The side of the page with the threads.
#[component]
pub(super) fn Threads(
    /// What the address asks for.
    wanted: Memo<Wanted>,
) -> impl IntoView {
    let asked = Memo::new(move |_| {
        wanted.with(|wanted| {
            let before = wanted.before.clone().filter(|_| wanted.open == Open::Nothing);
            (wanted.find.clone(), before.filter(|_| !wanted.find.is_empty()))
        })
    });
    let list = Resource::new_blocking(move || asked.get(), |(find, before)| chat_threads(find, before));
    let content = move || {
        Suspend::new(async move {
            match list.await {
                Ok(first) => {
                    let (find, before) = asked.get_untracked();
                    Either::Left(view! { <Loaded wanted first find before /> })
                }
                Err(error) => Either::Right(view! { <Problem error /> }),
            }
        })
    };
    view! {
        <section class="chat-side" aria-labelledby="threads-title">
            <div class="bar">
                <h2 id="threads-title">"Messages"</h2>
                <a class="button button-strong" href=at("/messages?new")><Icon sign=Sign::Plus /> "New message"</a>
            </div>
            <Search wanted />
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
        </section>
    }
}

/// The field that looks for something. A plain form: what is looked for stands in the address.
#[component]
fn Search(wanted: Memo<Wanted>) -> impl IntoView {
    let navigate = use_navigate();
    let node = NodeRef::<Input>::new();
    let find = Memo::new(move |_| wanted.with(|wanted| wanted.find.clone()));
    let submit = move |event: web_sys::SubmitEvent| {
        if let Some(input) = node.get_untracked() {
            event.prevent_default();
            let path = find_path(input.value().trim(), None);
            navigate(&at(&path), NavigateOptions { resolve: false, ..NavigateOptions::default() });
        }
    };
    view! {
        <form class="chat-find" method="get" role="search" action=at("/messages") on:submit=submit>
            <label class="visually-hidden" for="chat-find">"Find in messages"</label>
            <input
                id="chat-find"
                type="search"
                name="find"
                maxlength="100"
                placeholder="Find in messages"
                autocomplete="off"
                value=move || find.get()
                prop:value=move || find.get()
                node_ref=node
            />
            <button class="button" type="submit">"Find"</button>
        </form>
    }
}

#[component]
fn Loaded(wanted: Memo<Wanted>, first: ChatList, find: String, before: Option<String>) -> impl IntoView {
    let live = use_live();
    let shown = RwSignal::new(first);
    let news = Memo::new(move |_| live.world.with(crate::state::World::news_of_chats));
    let ask = {
        let (find, before) = (find.clone(), before.clone());
        move || chat_threads(find.clone(), before.clone())
    };
    follow(news, ask, move |answer| {
        // One that fails is asked again with the next news; the bar about the line says what is wrong.
        if let Ok(fresh) = answer {
            shown.try_maybe_update(|shown| {
                let differs = *shown != fresh;
                *shown = fresh;
                (differs, ())
            });
        }
    });
    let open = Memo::new(move |_| wanted.with(Wanted::thread));
    let is_search = !find.is_empty();
    let is_part = before.is_some();
    let blocked = Memo::new(move |_| shown.with(|shown| shown.blocked.clone()));
    let content = move || {
        if is_search {
            Either::Left(view! { <Found shown find=find.clone() is_part /> })
        } else {
            Either::Right(view! { <List shown open /> })
        }
    };
    view! {
        {content()}
        {move || (!blocked.with(Vec::is_empty)).then(|| view! { <Blocked friends=blocked.get() /> })}
    }
}

#[component]
fn List(shown: RwSignal<ChatList>, open: Memo<Option<Thread>>) -> impl IntoView {
    let threads = Memo::new(move |_| {
        shown.with(|shown| shown.threads.iter().map(|known| known.thread).collect::<Vec<_>>())
    });
    let row = move |thread: Thread| {
        let known = Memo::new(move |_| {
            shown.with(|shown| shown.threads.iter().find(|known| known.thread == thread).cloned())
        });
        let selected = Signal::derive(move || open.get() == Some(thread));
        let drawn = move || known.get().map(|known| view! { <Row known selected /> });
        view! { <li>{drawn}</li> }
    };
    let is_empty = Memo::new(move |_| threads.with(Vec::is_empty));
    move || {
        if is_empty.get() {
            Either::Left(view! {
                <Empty sign=Sign::Chat title="No messages yet">
                    <p>"Write to a friend, to a group, to who is around you, or leave something at a region for who comes there."</p>
                    <p><a class="button" href=at("/messages?new")>"Write a message"</a></p>
                </Empty>
            })
        } else {
            Either::Right(view! {
                <ul class="rows" aria-label="Threads"><For each=move || threads.get() key=|thread| *thread children=row /></ul>
            })
        }
    }
}

/// A thread: with whom, how its last message begins, when that was, and how many are unread.
#[component]
fn Row(known: ThreadKnown, selected: Signal<bool>) -> impl IntoView {
    let live = use_live();
    let ThreadKnown { thread, newest, unread } = known;
    let at_time = newest.at;
    // Memos, so that what has not changed is not drawn again with each position.
    let name = Memo::new(move |_| live.world.with(|world| thread_name(world, thread)));
    let text = Memo::new(move |_| live.world.with(|world| beginning(world, &newest)));
    view! {
        <a
            class="row chat-row"
            class:is-unread={unread > 0}
            href=at(&thread_path(thread))
            aria-current=move || selected.get().then_some("true")
        >
            <ThreadFace thread />
            <span class="row-text">
                <span class="chat-row-first">
                    <span class="row-name">{name}</span>{bot_tag(thread)}
                    <span class="chat-row-time"><Moment at=at_time now=live.now /></span>
                </span>
                <span class="chat-row-second">
                    <span class="chat-row-text">{text}</span>
                    {(unread > 0).then(|| view! {
                        <span class="chat-count">{unread}<span class="visually-hidden">" unread"</span></span>
                    })}
                </span>
            </span>
        </a>
    }
}

/// What tells a bot from a friend.
pub(super) fn bot_tag(thread: Thread) -> Option<impl IntoView> {
    matches!(thread, Thread::Bot(_)).then(|| view! { <span class="tag">"bot"</span> })
}

/// The face of a friend; of a group or a bot its letters, and a sign where there is no one to show.
#[component]
pub(super) fn ThreadFace(thread: Thread) -> impl IntoView {
    let live = use_live();
    let looks = Memo::new(move |_| {
        live.world.with(|world| match thread {
            Thread::Person(friend) => world.friend(friend).map(Looks::of),
            Thread::Group(_) | Thread::Bot(_) => Some(Looks::of_name(&thread_name(world, thread))),
            Thread::Places => None,
        })
    });
    move || match looks.get() {
        Some(looks) => Either::Left(view! { <Face looks /> }),
        None => Either::Right(
            view! { <span class="face face-7" aria-hidden="true"><Icon sign=Sign::Here /></span> },
        ),
    }
}

/// What has in it what was looked for.
#[component]
fn Found(shown: RwSignal<ChatList>, find: String, is_part: bool) -> impl IntoView {
    let live = use_live();
    let newest = is_part.then(|| view! { <a class="button" href=at(&find_path(&find, None))>"Newest"</a> });
    let title = format!("Messages with “{find}” in them");
    let line = move |message: ChatMessage| {
        let at_time = message.at;
        let path = thread_path(message.thread);
        let thread = message.thread;
        let name = Memo::new(move |_| live.world.with(|world| thread_name(world, thread)));
        let text = Memo::new(move |_| live.world.with(|world| beginning(world, &message)));
        view! {
            <li>
                <a class="row chat-row" href=at(&path)>
                    <ThreadFace thread />
                    <span class="row-text">
                        <span class="chat-row-first">
                            <span class="row-name">{name}</span>{bot_tag(thread)}
                            <span class="chat-row-time"><Moment at=at_time now=live.now /></span>
                        </span>
                        <span class="chat-found">{text}</span>
                    </span>
                </a>
            </li>
        }
    };
    let list = move || {
        let page = shown.with(|shown| shown.found.clone());
        match page {
            None => EitherOf3::A(()),
            Some(page) if page.items.is_empty() => EitherOf3::B(view! {
                <Empty sign=Sign::Chat title="Nothing found">
                    <p>"No message of yours has that in it. Upper and lower case are the same."</p>
                </Empty>
            }),
            Some(page) => EitherOf3::C(view! {
                <ul class="rows" aria-label=title.clone()>{page.items.into_iter().map(line).collect_view()}</ul>
                {page.next.map(|cursor| view! {
                    <p class="paging"><a class="button" href=at(&find_path(&find, Some(&cursor)))>"Earlier"</a></p>
                })}
            }),
        }
    };
    view! {
        <p class="paging"><a class="button button-quiet" href=at("/messages")>"All threads"</a> {newest}</p>
        {list}
    }
}

/// Of whom they want no messages: with some of these there may be no thread.
#[component]
fn Blocked(friends: Vec<FriendId>) -> impl IntoView {
    let live = use_live();
    let one = move |friend: FriendId| {
        let name = move || live.world.with(|world| friend_name(world, friend));
        view! { <li><a href=at(&thread_path(Thread::Person(friend)))>{name}</a></li> }
    };
    view! {
        <div class="chat-blocked">
            <h3>"Blocked"</h3>
            <ul aria-label="Blocked">{friends.into_iter().map(one).collect_view()}</ul>
        </div>
    }
}
