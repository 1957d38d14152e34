//! Sends where this browser is, while its friend wants that: one for the whole page, so that it goes on from page to page. It drives the
//! machine of [`super::reporting`], and remembers in this browser for whom it is on, and since when.

use super::{
    Live,
    clock::Clock,
    reporting::{Action, Event, Found, Reporting},
};
use crate::{
    api::{ApiError, report_position},
    browser::{self, NoPosition, Watching},
};
use domain::{FriendId, Timestamp};
use leptos::{
    leptos_dom::helpers::{IntervalHandle, WindowListenerHandle},
    prelude::*,
    task::spawn_local,
};
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};

/// Under this name the browser remembers for whom it is on, by id, and since when, milliseconds: `0195… 1779032520000`.
const ON: &str = "shown-by-browser";
/// Under this name it remembers who has read what is shared with whom, by id.
const READ: &str = "shown-by-browser-read";
/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_secs(1);
/// How long to wait after an answer that did not get through, milliseconds.
const RETRY_MS: i64 = 15_000;

/// What the page shows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Report {
    /// It is off.
    #[default]
    Off,
    /// It is off, because of this.
    Stopped(Hitch),
    /// It is on.
    On {
        /// Since when, by the server's clock.
        since: Timestamp,
        /// When the server last took a position, by its own clock; `None` before the first.
        sent_at: Option<Timestamp>,
        /// What keeps it from sending now.
        hitch: Option<Hitch>,
    },
}

/// What keeps a browser from saying where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hitch {
    /// There is no position.
    Nowhere(NoPosition),
    /// The server did not take it.
    Server(ApiError),
}

impl Report {
    /// Whether it is on.
    pub const fn is_on(&self) -> bool {
        matches!(self, Self::On { .. })
    }

    /// What keeps it from sending.
    pub const fn hitch(&self) -> Option<&Hitch> {
        match self {
            Self::Off => None,
            Self::Stopped(hitch) => Some(hitch),
            Self::On { hitch, .. } => hitch.as_ref(),
        }
    }
}

/// The page's way to it: made once by [`provide_reporter`].
#[derive(Clone, Copy, Debug)]
pub struct Reporter {
    /// How it is.
    pub report: RwSignal<Report>,
    /// Whose browser it is, once that is known.
    owner: RwSignal<Option<FriendId>>,
    order: RwSignal<Option<Order>>,
}

/// What is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Start,
    Stop,
}

impl Reporter {
    /// Says whose browser it is: what was on for them goes on.
    pub fn serve(self, owner: Option<FriendId>) {
        self.owner.maybe_update(|known| std::mem::replace(known, owner) != owner);
    }

    /// Turns it on. The browser asks the person, where they were not asked before.
    pub fn start(self) {
        self.order.set(Some(Order::Start));
    }

    /// Turns it off, at once.
    pub fn stop(self) {
        self.order.set(Some(Order::Stop));
    }

    /// Whether its friend has once turned it on here, and so has read what is shared with whom. In the browser only.
    pub fn is_read(self) -> bool {
        let owner = self.owner.get_untracked().map(|owner| owner.to_string());
        owner.is_some() && browser::stored(READ) == owner
    }
}

/// Makes the one [`Reporter`] of the page and provides it as context.
pub fn provide_reporter(live: Live) -> Reporter {
    let reporter = Reporter {
        report: RwSignal::new(Report::Off),
        owner: RwSignal::new(None),
        order: RwSignal::new(None),
    };
    provide_context(reporter);
    let clock = StoredValue::new(Clock::default());
    // Effects run in the browser only; the work ends when the page drops it.
    Effect::new(move |_| {
        let now = live.now.get();
        if now > Timestamp::default() {
            clock.set_value(Clock::set_by(now, browser::now()));
        }
    });
    Effect::new(move |work: Option<Rc<Work>>| {
        let work = work.unwrap_or_else(|| Work::new(reporter.report, clock));
        work.owner.set(reporter.owner.get());
        reporter.order.track();
        // Taken without telling anybody: it was only for us.
        match reporter.order.try_update_untracked(Option::take).flatten() {
            Some(Order::Start) => work.start(),
            Some(Order::Stop) => work.stop(Report::Off),
            None => work.agree(),
        }
        work
    });
    reporter
}

/// The page's [`Reporter`].
///
/// # Panics
/// Outside of `App`, which provides it.
pub fn use_reporter() -> Reporter {
    expect_context()
}

/// For whom it is on, and since when by the server's clock.
type On = (FriendId, Timestamp);

/// What this browser remembers.
fn remembered() -> Option<On> {
    let text = browser::stored(ON)?;
    let (owner, since) = text.split_once(' ')?;
    Some((owner.parse().ok()?, Timestamp::from_millis(since.parse().ok()?)))
}

/// It at work.
struct Work {
    this: Weak<Self>,
    report: RwSignal<Report>,
    clock: StoredValue<Clock>,
    owner: Cell<Option<FriendId>>,
    /// What is wanted in this browser; not lost where it may not remember.
    wanted: Cell<Option<On>>,
    machine: Cell<Reporting>,
    watching: RefCell<Option<Watching>>,
    /// Counts the times that it was turned on: an answer to what was sent before means nothing.
    turn: Cell<u32>,
    ticks: Cell<Option<IntervalHandle>>,
    /// Hears when another page of this browser turns it on or off.
    elsewhere: Cell<Option<WindowListenerHandle>>,
}

impl Work {
    fn new(report: RwSignal<Report>, clock: StoredValue<Clock>) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let work = this.clone();
            let elsewhere = window_event_listener_untyped("storage", move |_| {
                if let Some(work) = work.upgrade() {
                    work.wanted.set(remembered());
                    work.agree();
                }
            });
            Self {
                this: this.clone(),
                report,
                clock,
                owner: Cell::new(None),
                wanted: Cell::new(remembered()),
                machine: Cell::default(),
                watching: RefCell::default(),
                turn: Cell::new(0),
                ticks: Cell::new(None),
                elsewhere: Cell::new(Some(elsewhere)),
            }
        })
    }

    fn start(&self) {
        let Some(owner) = self.owner.get() else { return };
        let since = self.server_time(browser::now());
        self.wanted.set(Some((owner, since)));
        browser::store(ON, &format!("{owner} {}", since.as_millis()));
        browser::store(READ, &owner.to_string());
        self.agree();
    }

    fn stop(&self, shown: Report) {
        self.wanted.set(None);
        browser::forget(ON);
        self.end(shown);
    }

    /// Does what is wanted, if it is wanted by whose browser it is.
    fn agree(&self) {
        let wanted = self.wanted.get().filter(|(owner, _)| Some(*owner) == self.owner.get());
        let is_on = self.watching.borrow().is_some();
        match wanted {
            Some((_, since)) if !is_on => self.begin(since),
            None if is_on => self.end(Report::Off),
            Some(_) | None => {}
        }
    }

    fn begin(&self, since: Timestamp) {
        self.machine.set(Reporting::default());
        self.turn.set(self.turn.get().wrapping_add(1));
        self.report.try_set(Report::On { since, sent_at: None, hitch: None });
        self.watch();
        if self.watching.borrow().is_some() {
            let work = self.this.clone();
            let tick = move || {
                if let Some(work) = work.upgrade() {
                    work.take(Event::Tick);
                }
            };
            self.ticks.set(set_interval_with_handle(tick, TICK).ok());
        }
    }

    fn end(&self, shown: Report) {
        drop(self.watching.take());
        if let Some(ticks) = self.ticks.take() {
            ticks.clear();
        }
        self.report.try_set(shown);
    }

    /// Listens to the browser, afresh if it did already.
    fn watch(&self) {
        drop(self.watching.take());
        let work = self.this.clone();
        let tell = move |told| {
            if let Some(work) = work.upgrade() {
                work.hear(told);
            }
        };
        match browser::watch(tell) {
            // It may have been refused within the call.
            Ok(watching) => drop(self.watching.replace(self.wanted.get().map(|_| watching))),
            Err(why) => self.stop(Report::Stopped(Hitch::Nowhere(why))),
        }
    }

    fn hear(&self, told: Result<Found, NoPosition>) {
        match told {
            Ok(found) => {
                self.hitch(None);
                self.take(Event::Found(found));
            }
            Err(NoPosition::Unknown) => {
                // Some say so of one that stands still, too.
                let taken_at = self.machine.get().taken_at();
                if taken_at.is_none_or(|at| browser::now().millis_since(at) > Reporting::QUIET_MS) {
                    self.hitch(Some(Hitch::Nowhere(NoPosition::Unknown)));
                }
            }
            Err(why @ (NoPosition::Refused | NoPosition::Insecure)) => {
                self.stop(Report::Stopped(Hitch::Nowhere(why)));
            }
        }
    }

    /// Puts one event through the machine and does what it says.
    fn take(&self, event: Event) {
        let (machine, action) = self.machine.get().step(event, browser::now());
        self.machine.set(machine);
        match action {
            Action::Nothing => {}
            Action::Ask => self.watch(),
            Action::Send(found) => self.send(found),
        }
    }

    fn send(&self, found: Found) {
        let (work, turn) = (self.this.clone(), self.turn.get());
        let at = self.server_time(found.at);
        spawn_local(async move {
            let (lat, lon) = (found.point.lat().to_string(), found.point.lon().to_string());
            // Nothing is as exact as 0 m: it is not known then.
            let known = Some(found.accuracy_m).filter(|metres| *metres > 0.0);
            let accuracy_m = known.map(|metres| metres.to_string()).unwrap_or_default();
            let answer = report_position(lat, lon, accuracy_m, at.to_string(), String::new()).await;
            if let Some(work) = work.upgrade().filter(|work| work.turn.get() == turn) {
                work.answered(answer);
            }
        });
    }

    fn answered(&self, answer: Result<(), ApiError>) {
        if self.watching.borrow().is_none() {
            return;
        }
        match answer {
            Ok(()) => {
                let now = self.server_time(browser::now());
                self.report.try_update(|report| {
                    if let Report::On { sent_at, hitch, .. } = report {
                        (*sent_at, *hitch) = (Some(now), None);
                    }
                });
                self.take(Event::Taken);
            }
            Err(ApiError::Unavailable { retry_after_s }) => {
                self.take(Event::Failed(i64::from(retry_after_s) * 1000));
            }
            Err(
                why @ (ApiError::Invalid { .. }
                | ApiError::Conflict { .. }
                | ApiError::Internal { .. }
                | ApiError::Transport(_)),
            ) => {
                self.hitch(Some(Hitch::Server(why)));
                self.take(Event::Failed(RETRY_MS));
            }
            Err(why @ (ApiError::Unauthorised | ApiError::Forbidden | ApiError::NotFound { .. })) => {
                self.stop(Report::Stopped(Hitch::Server(why)));
            }
        }
    }

    fn hitch(&self, why: Option<Hitch>) {
        self.report.try_maybe_update(|report| {
            let Report::On { hitch, .. } = report else { return (false, ()) };
            (std::mem::replace(hitch, why.clone()) != why, ())
        });
    }

    fn server_time(&self, here: Timestamp) -> Timestamp {
        self.clock.try_get_value().unwrap_or_default().at_server(here)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        drop(self.watching.take());
        if let Some(ticks) = self.ticks.take() {
            ticks.clear();
        }
        if let Some(elsewhere) = self.elsewhere.take() {
            elsewhere.remove();
        }
    }
}
