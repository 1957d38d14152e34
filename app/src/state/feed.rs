//! Feeds the world from the server: the only place that opens the live link. It drives the machine of
//! [`super::link`], and says nothing to anyone but the three signals of [`Live`].
//!
//! On the server, and until the browser has taken over the page, the world is what [`Live::seed`] was given,
//! and time stands still at that snapshot's: so both sides render the same.

use super::{
    clock::Clock,
    link::{Action, Event, Link, LinkState},
    world::{World, apply},
};
use crate::{
    api::{ApiError, live},
    browser,
};
use domain::{
    Timestamp,
    live::{LiveMessage, Snapshot},
};
use futures::{
    StreamExt as _,
    channel::mpsc,
    future::{AbortHandle, abortable},
};
use leptos::{
    leptos_dom::helpers::{IntervalHandle, TimeoutHandle, WindowListenerHandle},
    prelude::*,
    task::spawn_local,
};
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};

/// What the page shows: made once by [`provide_live`], read everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// Friends, regions and what happened.
    pub world: RwSignal<World>,
    /// Whether it is the present.
    pub link: RwSignal<LinkState>,
    /// The server's time, to the second while the page is looked at.
    pub now: RwSignal<Timestamp>,
    order: RwSignal<Option<Event>>,
}

impl Live {
    /// Takes the snapshot that came with the page, or with a question asked since, and keeps it up to date
    /// from here on. One that is not newer than what is known changes nothing, and nothing is drawn again: each page that is opened seeds with
    /// the same one, while the page before it is still being taken away.
    pub fn seed(self, snapshot: Snapshot) {
        let now = snapshot.now;
        self.world.maybe_update(|world| {
            let newer = !world.known || snapshot.seq > world.seq;
            newer && apply(world, LiveMessage::Snapshot(snapshot))
        });
        self.now.maybe_update(|shown| now > std::mem::replace(shown, now.max(*shown)));
        self.start();
    }

    /// Opens the live link, unless it is open: after signing in again, or when there was no snapshot to begin
    /// with. Does nothing on the server.
    pub fn start(self) {
        self.order.set(Some(Event::Start));
    }

    /// Closes the live link and forgets everything: after signing out.
    pub fn stop(self) {
        self.order.set(Some(Event::Stop));
        self.world.set(World::default());
    }
}

/// Makes the one [`Live`] of the page and provides it as context. It starts when it is seeded.
pub fn provide_live() -> Live {
    let live = Live {
        world: RwSignal::new(World::default()),
        link: RwSignal::new(LinkState::Idle),
        now: RwSignal::new(Timestamp::default()),
        order: RwSignal::new(None),
    };
    provide_context(live);
    // Effects run in the browser only; the feed ends when the page drops it.
    Effect::new(move |feed: Option<Rc<Feed>>| {
        let feed = feed.unwrap_or_else(|| Feed::new(live));
        if let Some(event) = live.order.get() {
            feed.take(event);
        }
        feed
    });
    live
}

/// The page's [`Live`].
///
/// # Panics
/// Outside of `App`, which provides it.
pub fn use_live() -> Live {
    expect_context()
}

/// The live link at work.
struct Feed {
    this: Weak<Self>,
    live: Live,
    link: Cell<Link>,
    /// `None` until the server has said what time it is.
    clock: Cell<Option<Clock>>,
    connection: RefCell<Option<AbortHandle>>,
    wake: Cell<Option<TimeoutHandle>>,
    ticks: Option<IntervalHandle>,
    listeners: RefCell<Vec<WindowListenerHandle>>,
}

impl Feed {
    fn new(live: Live) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let call = |act: fn(&Self)| {
                let this = this.clone();
                move || {
                    if let Some(feed) = this.upgrade() {
                        act(&feed);
                    }
                }
            };
            let listen = |name| {
                let awake = call(Self::awake);
                window_event_listener_untyped(name, move |_| awake())
            };
            Self {
                this: this.clone(),
                live,
                link: Cell::default(),
                clock: Cell::default(),
                connection: RefCell::default(),
                wake: Cell::default(),
                ticks: set_interval_with_handle(call(Self::tick), Duration::from_secs(1)).ok(),
                listeners: RefCell::new(["visibilitychange", "online", "pageshow"].map(listen).into()),
            }
        })
    }

    /// Puts one event through the machine and does what it says.
    fn take(&self, event: Event) {
        if self.clock.get().is_none() {
            self.set_clock(
                self.live.now.try_get_untracked().unwrap_or_default(),
                browser::kept_at().unwrap_or_else(browser::now),
            );
        }
        let (link, action) = self.link.get().step(event, browser::now(), browser::chance());
        self.link.set(link);
        if self.live.link.try_get_untracked().is_some_and(|shown| shown != link.state) {
            self.live.link.set(link.state);
        }
        match action {
            Action::Nothing => {}
            Action::Open => self.connect(),
            Action::Close => self.disconnect(),
            Action::CloseUntil(at) => {
                self.disconnect();
                self.wake_at(at);
            }
        }
    }

    fn connect(&self) {
        self.disconnect();
        let this = self.this.clone();
        let tell = move |event| {
            if let Some(feed) = this.upgrade() {
                feed.take(event);
            }
        };
        let this = self.this.clone();
        // We have nothing to say; but the server ends its side when ours ends, so it is held for as long as
        // we listen.
        let (held, input) = mpsc::unbounded();
        let (listening, handle) = abortable(async move {
            let _held = held;
            let Ok(mut messages) = live(input.into()).await else { return tell(Event::Failed) };
            while let Some(message) = messages.next().await {
                match (message, this.upgrade()) {
                    (Ok(message), Some(feed)) => feed.hear(message),
                    (Err(ApiError::Unauthorised), _) => {
                        // What the browser had kept is no page for who is not signed in any more.
                        if browser::kept_at().is_some() {
                            browser::reload();
                        }
                        return tell(Event::Refused);
                    }
                    (Err(_), _) | (_, None) => break,
                }
            }
            tell(Event::Failed);
        });
        self.connection.replace(Some(handle));
        spawn_local(async move {
            let _aborted = listening.await;
        });
    }

    fn disconnect(&self) {
        if let Some(connection) = self.connection.take() {
            connection.abort();
        }
        if let Some(wake) = self.wake.take() {
            wake.clear();
        }
    }

    fn hear(&self, message: LiveMessage) {
        match &message {
            LiveMessage::Snapshot(Snapshot { now, .. }) | LiveMessage::Heartbeat(now) => {
                self.set_clock(*now, browser::now());
            }
            LiveMessage::Delta(_) => {}
        }
        self.take(Event::Heard);
        self.live.world.try_maybe_update(|world| (apply(world, message), ()));
    }

    fn awake(&self) {
        if browser::is_visible() {
            self.take(Event::Awake);
            self.tell_time();
        }
    }

    fn tick(&self) {
        self.take(Event::Tick);
        if browser::is_visible() {
            self.tell_time();
        }
    }

    /// Comes a little late rather than too early, when the machine would have to wait again.
    fn wake_at(&self, at: Timestamp) {
        let this = self.this.clone();
        let tick = move || {
            if let Some(feed) = this.upgrade() {
                feed.take(Event::Tick);
            }
        };
        let wait_ms = u64::try_from(at.millis_since(browser::now())).unwrap_or(0);
        self.wake.set(set_timeout_with_handle(tick, Duration::from_millis(wait_ms + 5)).ok());
    }

    fn set_clock(&self, server: Timestamp, here: Timestamp) {
        if server > Timestamp::default() {
            self.clock.set(Some(Clock::set_by(server, here)));
        }
    }

    fn tell_time(&self) {
        if let Some(clock) = self.clock.get() {
            self.live.now.try_set(clock.at_server(browser::now()));
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.disconnect();
        if let Some(ticks) = self.ticks {
            ticks.clear();
        }
        for listener in self.listeners.take() {
            listener.remove();
        }
    }
}
