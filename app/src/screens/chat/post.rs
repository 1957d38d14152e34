//! Takes messages in on whichever page is open: confirms that this browser has them, and says to those who hear the page that one came.

use super::words::sender_name;
use crate::{
    api::{chat_new, confirm_chat},
    state::{ChatNews, use_live},
};
use domain::{ChatId, Seq, chat::ChatMessage};
use leptos::{prelude::*, task::spawn_local};

/// A region that is never seen and politely heard.
#[component]
pub fn Post() -> impl IntoView {
    let live = use_live();
    let said = RwSignal::new(String::new());
    let take = move |messages: Vec<ChatMessage>| {
        let fresh = messages.iter().filter(|message| !message.is_own() && message.delivered_at.is_none());
        let ids: Vec<String> = fresh.clone().map(|message| message.id.to_string()).collect();
        if ids.is_empty() {
            return;
        }
        let newest = fresh.max_by_key(|message| message.at);
        let from = newest.map(|newest| live.world.with_untracked(|world| sender_name(world, newest)));
        said.try_set(from.map(|from| format!("New message from {from}")).unwrap_or_default());
        spawn_local(async move {
            // What is not confirmed now is asked for and confirmed after the next snapshot.
            let _confirmed = confirm_chat(ids.join(","), "delivered".to_owned(), String::new()).await;
        });
    };
    // What came while no page was open, or no line: asked for at each beginning, where there is anything unread.
    let begun = Memo::new(move |_| live.world.with(|world| world.known.then_some(world.begun)));
    Effect::new(move |_| {
        if begun.get().is_some() && live.world.with_untracked(|world| world.unread > 0) {
            spawn_local(async move {
                if let Ok(messages) = chat_new().await {
                    take(messages);
                }
            });
        }
    });
    let heard = Memo::new(move |_| live.world.with(|world| world.chats.last().map(|(seq, _)| *seq)));
    Effect::new(move |taken: Option<Seq>| {
        let taken = taken.unwrap_or_default();
        let Some(last) = heard.get() else { return Seq::default() };
        let news = live.world.with_untracked(|world| {
            let news = world.chats.iter().filter(|(seq, _)| *seq > taken);
            news.filter_map(|(_, news)| told(news)).collect::<Vec<_>>()
        });
        take(still_there(news));
        last
    });
    view! { <div class="visually-hidden" aria-live="polite">{said}</div> }
}

fn told(news: &ChatNews) -> Option<ChatMessage> {
    match news {
        ChatNews::Told(message) => Some((**message).clone()),
        ChatNews::Gone(_) => None,
    }
}

/// Of several news of one message the last: it may be confirmed already.
fn still_there(news: Vec<ChatMessage>) -> Vec<ChatMessage> {
    let mut last: Vec<ChatMessage> = Vec::new();
    for message in news {
        let id: ChatId = message.id;
        last.retain(|known| known.id != id);
        last.push(message);
    }
    last
}
