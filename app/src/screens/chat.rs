//! Messages between friends: the threads, one of them beside these or, on a phone, in their place, and the form for a new message.
//!
//! (What phones say is called messages, too: their log is `admin`.)

mod compose;
mod message;
mod new;
mod post;
mod thread;
mod threads;
mod wanted;
mod words;

pub use post::Post;
pub use words::message_words;

use super::{Problem, known};
use crate::{
    api::{NewChat, chat_reach, chat_thread},
    draft::chat::thread_word,
    ui::{Banner, Empty, Sign, Tone, at},
};
use domain::FriendId;
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
};
use leptos_meta::Title;
use new::NewMessage;
use thread::OpenThread;
use threads::Threads;
use wanted::{Open, Target, Wanted};

/// The page.
#[component]
pub fn Chat() -> impl IntoView {
    view! {
        <Title text="Messages" />
        <div class="chat-page">
            <h1 class="visually-hidden">"Messages"</h1>
            {known(|me| match me.friend {
                Some(me) => Either::Left(view! { <Desk me /> }),
                None => Either::Right(view! {
                    <div class="column column-narrow">
                        <p class="lead">"Sign in to write to your friends."</p>
                        <p><a class="button button-strong" href=at("/sign-in") rel="external">"Sign in"</a></p>
                    </div>
                }),
            })}
        </div>
    }
}

/// The threads, and what is open beside them.
#[component]
fn Desk(me: FriendId) -> impl IntoView {
    let wanted = Wanted::from_address();
    let open = Memo::new(move |_| wanted.with(|wanted| wanted.open));
    let asked = Memo::new(move |_| wanted.with(|wanted| (wanted.thread(), wanted.before.clone())));
    let thread = Resource::new_blocking(
        move || asked.get(),
        async |(thread, before)| match thread {
            Some(thread) => chat_thread(thread_word(thread), before).await.map(Some),
            None => Ok(None),
        },
    );
    // What is chosen later the form asks for itself: it stays, with what is written in it.
    let is_new = Memo::new(move |_| open.get() == Open::New);
    let new = Resource::new_blocking(
        move || is_new.get(),
        move |is_new| {
            let Target { to, region, whom } = wanted.with_untracked(|wanted| wanted.target.clone());
            async move { if is_new { chat_reach(to, region, whom).await.map(Some) } else { Ok(None) } }
        },
    );
    let of_thread = move || {
        Suspend::new(async move {
            match thread.await {
                Ok(Some(page)) => EitherOf3::A(view! { <OpenThread me page /> }),
                Ok(None) => EitherOf3::B(()),
                Err(error) => EitherOf3::C(view! { <Gone><Problem error /></Gone> }),
            }
        })
    };
    let of_new = move || {
        Suspend::new(async move {
            match new.await {
                Ok(Some(first)) => EitherOf3::A(view! { <NewMessage me wanted first /> }),
                Ok(None) => EitherOf3::B(()),
                // Whom the address names is not known: the form says so, and lets choose somebody else.
                Err(error) => EitherOf3::C(view! {
                    <Gone><Problem error /></Gone>
                    <NewMessage me wanted first=NewChat::default() />
                }),
            }
        })
    };
    let rest = move || match open.get() {
        Open::Nothing => EitherOf3::A(view! {
            <div class="chat-nothing"><Empty sign=Sign::Chat title="No thread is open"><p>"Choose one, or write a new message."</p></Empty></div>
        }),
        Open::Unknown => EitherOf3::B(view! {
            <Gone><Banner tone=Tone::Bad>"There is no such thread."</Banner></Gone>
        }),
        Open::New | Open::Thread(_) => EitherOf3::C(()),
    };
    view! {
        <div class="chat" class:is-open=move || open.get() != Open::Nothing>
            <Threads wanted />
            <div class="chat-main">
                <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{of_thread}</Transition>
                <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{of_new}</Transition>
                {rest}
            </div>
        </div>
    }
}

/// Says that something is not there, with the way back.
#[component]
fn Gone(children: Children) -> impl IntoView {
    view! { <div class="chat-gone">{children()}<p><a class="button" href=at("/messages")>"All messages"</a></p></div> }
}
