//! One message in its thread.

use super::words::{audience_words, friend_name, sender_name};
use crate::{
    api,
    draft::chat::thread_word,
    state::{
        chat::{Entry, Fate, ShownThread},
        use_live,
    },
    ui::{ActionForm, Icon, Linked, Moment, Sign, day_words},
};
use domain::{
    FriendId,
    chat::{ChatDelivery, ChatMessage},
};
use leptos::{either::Either, prelude::*};

/// What somebody wrote, when, and what became of it. What was opened in it stays open when that changes.
#[component]
pub(super) fn MessageItem(
    /// Who looks.
    me: FriendId,
    /// Which message, and where it stands.
    entry: Entry,
    /// The thread.
    shown: RwSignal<ShownThread>,
    /// Deletes it.
    delete: ServerAction<api::DeleteChat>,
) -> impl IntoView {
    let Entry { id, day, is_headed } = entry;
    let message = Memo::new(move |_| shown.with(|shown| shown.get(id).cloned()));
    let first = message.get_untracked();
    first.map(|first| {
        let day = day.map(|day| view! { <li class="chat-day"><h3>{day_words(&day)}</h3></li> });
        view! { {day} <Item me first message is_headed delete /> }
    })
}

#[component]
fn Item(
    me: FriendId,
    first: ChatMessage,
    message: Memo<Option<ChatMessage>>,
    is_headed: bool,
    delete: ServerAction<api::DeleteChat>,
) -> impl IntoView {
    let live = use_live();
    let is_own = first.is_own();
    let bot = first.by_bot.as_ref().map(|_| view! { " " <span class="tag">"bot"</span> });
    let sender = first.clone();
    let ChatMessage { id, to, thread, text, sent_at, at: had_at, ends_at, .. } = first;
    let name = Memo::new(move |_| {
        if is_own { "You".to_owned() } else { live.world.with(|world| sender_name(world, &sender)) }
    });
    let whereto = Memo::new(move |_| live.world.with(|world| audience_words(world, &to, me)));
    let whereto = move || whereto.get().map(|words| view! { <span class="chat-whereto">" · "{words}</span> });
    let from = if is_headed {
        Either::Left(view! { <p class="chat-from">{name}{bot}{whereto}</p> })
    } else {
        Either::Right(view! { <p class="visually-hidden">{name}{bot}{whereto}</p> })
    };
    let fate = Memo::new(move |_| {
        let fate = |message: &ChatMessage| is_own.then(|| Fate::of(message));
        message.with(|message| message.as_ref().and_then(fate))
    });
    let state = move || {
        fate.get().map(|fate| {
            let sign = if matches!(fate, Fate::Read(..)) { Sign::Both } else { Sign::Check };
            view! { <span class="chat-fate" class:is-read=matches!(fate, Fate::Read(..))><Icon sign />{fate.words()}</span> }
        })
    };
    let deliveries = Memo::new(move |_| {
        message.with(|message| message.as_ref().map(|message| message.deliveries.clone())).unwrap_or_default()
    });
    let became = move || deliveries.get().into_iter().map(|one| view! { <Became one /> }).collect_view();
    let delete_words = if is_own { "Delete for everybody" } else { "Delete for me" };
    let found = (had_at != sent_at).then(|| view! { <li>"sent " <Moment at=sent_at now=live.now /></li> });
    let ends = ends_at.map(|at| view! { <span>"until " <Moment at now=live.now /></span> });
    view! {
        <li class="chat-item" class:is-own=is_own id=format!("m-{id}")>
            {from}
            <p class="chat-text"><Linked text=text.into() /></p>
            <details class="chat-more">
                <summary><Moment at=had_at /> {ends} {state}</summary>
                <ul>{became} {found}</ul>
                <ActionForm action=delete>
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="thread" value=thread_word(thread) />
                    <button class="button button-quiet" type="submit" disabled=delete.pending()>
                        <Icon sign=Sign::Bin /> {delete_words}
                    </button>
                </ActionForm>
            </details>
        </li>
    }
}

/// What became of it for one of those to whom it went.
#[component]
fn Became(one: ChatDelivery) -> impl IntoView {
    let live = use_live();
    let ChatDelivery { friend, delivered_at, read_at } = one;
    let name = move || live.world.with(|world| friend_name(world, friend));
    let words = match (read_at, delivered_at) {
        (Some(at), _) => view! { "read " <Moment at now=live.now /> }.into_any(),
        (None, Some(at)) => view! { "delivered " <Moment at now=live.now /> ", not read yet" }.into_any(),
        (None, None) => view! { "not delivered yet" }.into_any(),
    };
    view! { <li>{name} ": " {words}</li> }
}
