//! Feeds the console from the server. In the browser only; ends with the page.

use super::is_final;
use crate::api::{ConsoleWish, console_live};
use domain::{ConsoleLine, ConsoleNews};
use futures::{
    StreamExt as _,
    channel::mpsc,
    future::{AbortHandle, abortable},
    stream,
};
use leptos::{prelude::*, task::spawn_local};
use std::{sync::Arc, time::Duration};

/// How many lines the page keeps.
const MOST: usize = 200;
/// Before the line is opened again.
const PAUSE: Duration = Duration::from_secs(3);

/// How the line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not yet open.
    Opening,
    /// New messages come.
    Live,
    /// Lost; it is tried again.
    Lost,
    /// Not for who looks, any more.
    Ended,
}

impl State {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Opening => "Connecting…",
            Self::Live => "Live",
            Self::Lost => "Connection lost; trying again",
            Self::Ended => "Ended: you are not signed in as an admin any more",
        }
    }
}

/// Opens the line, and again when it is lost, while it is not `paused`.
pub(super) fn keep(
    wish: ConsoleWish,
    lines: RwSignal<Vec<Arc<ConsoleLine>>>,
    state: RwSignal<State>,
    paused: RwSignal<bool>,
) {
    // Counts the attempts: a new one is made whenever it changes.
    let attempt = RwSignal::new(0_u32);
    Effect::new(move |_| {
        attempt.track();
        if paused.get() {
            return;
        }
        let connection = open(wish.clone(), lines, state, attempt);
        on_cleanup(move || connection.abort());
    });
}

fn open(
    wish: ConsoleWish,
    lines: RwSignal<Vec<Arc<ConsoleLine>>>,
    state: RwSignal<State>,
    attempt: RwSignal<u32>,
) -> AbortHandle {
    // The server ends its side when ours ends, so it is held for as long as we listen.
    let (held, rest) = mpsc::unbounded();
    let input = stream::once(async move { Ok(wish) }).chain(rest);
    let (listening, handle) = abortable(async move {
        let _held = held;
        let ended = match console_live(input.into()).await {
            Ok(mut news) => loop {
                match news.next().await {
                    Some(Ok(news)) => {
                        state.try_set(State::Live);
                        hear(lines, news);
                    }
                    Some(Err(error)) => break is_final(&error),
                    None => break false,
                }
            },
            Err(_) => false,
        };
        state.try_set(if ended { State::Ended } else { State::Lost });
        if !ended {
            let again = move || {
                attempt.try_update(|attempt| *attempt += 1);
            };
            set_timeout(again, PAUSE);
        }
    });
    spawn_local(async move {
        let _aborted = listening.await;
    });
    handle
}

fn hear(lines: RwSignal<Vec<Arc<ConsoleLine>>>, news: ConsoleNews) {
    match news {
        ConsoleNews::Recent(recent) => {
            lines.try_set(recent.into_iter().map(Arc::new).collect());
        }
        ConsoleNews::Came(came) => {
            lines.try_update(|lines| {
                let newest_first = came.into_iter().rev().map(Arc::new);
                lines.splice(0..0, newest_first);
                lines.truncate(MOST);
            });
        }
        ConsoleNews::Heartbeat => {}
    }
}
