//! When to connect, when to wait and when to give up: the live link as a machine of values. Pure: [`Link::step`]
//! takes what happened, the time and a random number, and says what to do; [`super::feed`] does it.
//!
//! ```text
//!         Start                 Heard                     15 s of silence, Failed
//!  Idle ────────► Connecting ────────► Live ──────────────────────────┐
//!   ▲                 ▲   │ Failed, 15 s of silence                   ▼
//!   │ Stop            │   └──────────────────────────────────► Waiting{until}
//!   │                 └── until has come, Awake (page shown, network back) ──┘
//!   └ anywhere             Refused (signed out): nothing but Start leads out
//! ```

use domain::Timestamp;

/// How the live link is. Times are by the browser's own clock, not the server's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// Not wanted.
    #[default]
    Idle,
    /// Asked, and nothing heard yet.
    Connecting {
        /// When it was asked.
        since: Timestamp,
        /// How many attempts failed before this one.
        attempt: u32,
    },
    /// Hearing the server.
    Live {
        /// When the first message came.
        since: Timestamp,
        /// How many attempts failed before.
        attempt: u32,
    },
    /// Lost; will try again.
    Waiting {
        /// When.
        until: Timestamp,
        /// How many attempts failed so far.
        attempt: u32,
    },
    /// The server says that nobody is signed in. It is no use to try again.
    Refused,
}

impl LinkState {
    /// Whether the page shows the present.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live { .. })
    }

    /// Whether the link was lost and is being sought: the time for a thin bar that says so. The first attempt
    /// is none.
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::Connecting { attempt: 1.., .. })
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The link is wanted.
    Start,
    /// The link is not wanted any more.
    Stop,
    /// A message came, whatever it says.
    Heard,
    /// The connection ended or never came about.
    Failed,
    /// The server knows nobody by this cookie.
    Refused,
    /// The page became visible, or the network came back.
    Awake,
    /// Time passed.
    Tick,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Drop the connection, if there is one, and open a new one.
    Open,
    /// Drop the connection, if there is one.
    Close,
    /// Drop the connection, and give a [`Event::Tick`] at this moment.
    CloseUntil(Timestamp),
}

/// After so long without a message a connection is dead. The server says something each five seconds.
pub const SILENCE_MS: i64 = 15_000;
/// A connection that lasted so long was a good one: the next failure starts from the shortest wait.
const GOOD_MS: i64 = 10_000;
const FIRST_WAIT_MS: i64 = 250;
const LONGEST_WAIT_MS: i64 = 10_000;

/// The machine: a state and when the server was last heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// How it is.
    pub state: LinkState,
    heard_at: Timestamp,
}

impl Link {
    /// Takes one event at the time `now` of the browser; `jitter`, 0 to 1, spreads the browsers that all lost
    /// the same server.
    #[must_use]
    pub fn step(self, event: Event, now: Timestamp, jitter: f64) -> (Self, Action) {
        use LinkState::{Connecting, Idle, Live, Refused, Waiting};
        match (event, self.state) {
            (Event::Stop, Idle) | (Event::Start, Connecting { .. } | Live { .. }) => (self, Action::Nothing),
            (Event::Stop, _) => (Self { state: Idle, ..self }, Action::Close),
            (Event::Start, Idle | Refused | Waiting { .. }) => Self::open(0, now),
            // Whatever was still on its way from a connection that is given up.
            (_, Idle | Refused) | (Event::Heard | Event::Failed, Waiting { .. }) => (self, Action::Nothing),
            (Event::Refused, _) => (Self { state: Refused, ..self }, Action::Close),
            (Event::Heard, Connecting { attempt, .. }) => {
                (Self { state: Live { since: now, attempt }, heard_at: now }, Action::Nothing)
            }
            (Event::Heard, Live { .. }) => (Self { heard_at: now, ..self }, Action::Nothing),
            (Event::Failed, Connecting { .. } | Live { .. }) => self.wait(now, jitter),
            (Event::Awake, Waiting { attempt, .. }) => Self::open(attempt, now),
            (Event::Tick, Waiting { until, attempt }) if now >= until => Self::open(attempt, now),
            (Event::Awake, Live { .. } | Connecting { .. }) if self.is_silent(now) => {
                Self::open(self.failures(now), now)
            }
            (Event::Tick, Live { .. } | Connecting { .. }) if self.is_silent(now) => self.wait(now, jitter),
            (Event::Tick, Waiting { .. }) | (Event::Awake | Event::Tick, Live { .. } | Connecting { .. }) => {
                (self, Action::Nothing)
            }
        }
    }

    fn open(attempt: u32, now: Timestamp) -> (Self, Action) {
        (Self { state: LinkState::Connecting { since: now, attempt }, heard_at: now }, Action::Open)
    }

    fn wait(self, now: Timestamp, jitter: f64) -> (Self, Action) {
        let attempt = self.failures(now);
        let until = now.plus_millis(back_off_ms(attempt, jitter));
        (Self { state: LinkState::Waiting { until, attempt }, ..self }, Action::CloseUntil(until))
    }

    /// How many attempts have failed when this one does.
    fn failures(self, now: Timestamp) -> u32 {
        match self.state {
            LinkState::Live { since, .. } if now.millis_since(since) >= GOOD_MS => 1,
            LinkState::Connecting { attempt, .. } | LinkState::Live { attempt, .. } => {
                attempt.saturating_add(1)
            }
            LinkState::Waiting { attempt, .. } => attempt,
            LinkState::Idle | LinkState::Refused => 0,
        }
    }

    fn is_silent(self, now: Timestamp) -> bool {
        now.millis_since(self.heard_at) >= SILENCE_MS
    }
}

/// Half of the wait is certain, half is chance: from 250 ms it doubles with each failure up to ten seconds.
fn back_off_ms(attempt: u32, jitter: f64) -> i64 {
    let doublings = attempt.saturating_sub(1).min(16);
    let full = (FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "at most ten thousand, and a cast of NaN is 0"
    )]
    let chance = (full as f64 / 2.0 * jitter.clamp(0.0, 1.0)) as i64;
    full / 2 + chance
}

#[cfg(test)]
mod tests;
