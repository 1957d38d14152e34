//! When a browser that shows its friend sends where it is. Pure: what it found and what time it is go in, what is to be done comes out.
//!
//! At most one position every [`Reporting::PAUSE_MS`], unless it moved more than [`Reporting::MOVED_M`]; the newest that was found waits
//! for its turn and is not lost. Browsers say nothing while they stand still: after [`Reporting::QUIET_MS`] they are asked anew.

use domain::Timestamp;
use geodesy::Point;

/// A position that the browser found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Where.
    pub point: Point,
    /// Radius of about 68 % confidence, metres.
    pub accuracy_m: f64,
    /// When, by the clock of this browser.
    pub at: Timestamp,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The browser found a position.
    Found(Found),
    /// Some time has passed.
    Tick,
    /// The server took what was sent.
    Taken,
    /// It did not; not before so many milliseconds again.
    Failed(i64),
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Send this position; [`Event::Taken`] or [`Event::Failed`] must follow.
    Send(Found),
    /// Ask the browser anew where it is.
    Ask,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reporting {
    /// What the server took last, and when it was sent.
    taken: Option<(Point, Timestamp)>,
    /// What is under way, and since when.
    sending: Option<(Found, Timestamp)>,
    /// The newest position that was found and not sent yet.
    waiting: Option<Found>,
    /// When the browser last said something or was asked.
    heard_at: Option<Timestamp>,
    /// Nothing is sent before.
    not_before: Option<Timestamp>,
}

impl Reporting {
    /// Between two positions, milliseconds.
    pub const PAUSE_MS: i64 = 15_000;
    /// Who moved more than this is not made to wait, metres.
    pub const MOVED_M: f64 = 50.0;
    /// After how long without a position the browser is asked anew, milliseconds.
    pub const QUIET_MS: i64 = 5 * 60_000;
    /// How long an answer may take, milliseconds.
    pub const ANSWER_MS: i64 = 30_000;

    /// The next state, and what is to be done.
    #[must_use]
    pub fn step(mut self, event: Event, now: Timestamp) -> (Self, Action) {
        match event {
            Event::Found(found) => {
                self.heard_at = Some(now);
                self.wait(found);
            }
            Event::Tick => {
                // An answer that does not come is none.
                if self.sending.is_some_and(|(_, since)| now.millis_since(since) > Self::ANSWER_MS) {
                    self.fail(now, 0);
                }
            }
            Event::Taken => self.taken = self.sending.take().map(|(found, since)| (found.point, since)),
            Event::Failed(pause_ms) => self.fail(now, pause_ms),
        }
        self.next(now)
    }

    /// When the server last took a position, by the clock of this browser.
    pub fn taken_at(&self) -> Option<Timestamp> {
        self.taken.map(|(_, at)| at)
    }

    fn fail(&mut self, now: Timestamp, pause_ms: i64) {
        if let Some((found, _)) = self.sending.take() {
            self.wait(found);
        }
        self.not_before = Some(now.plus_millis(pause_ms));
    }

    /// The newest one waits; browsers do not promise an order.
    fn wait(&mut self, found: Found) {
        if self.waiting.is_none_or(|waiting| waiting.at <= found.at) {
            self.waiting = Some(found);
        }
    }

    fn next(mut self, now: Timestamp) -> (Self, Action) {
        if self.sending.is_some() || self.not_before.is_some_and(|at| now < at) {
            return (self, Action::Nothing);
        }
        let Some(found) = self.waiting else {
            let heard_at = *self.heard_at.get_or_insert(now);
            if now.millis_since(heard_at) < Self::QUIET_MS {
                return (self, Action::Nothing);
            }
            self.heard_at = Some(now);
            return (self, Action::Ask);
        };
        let is_due = self.taken.is_none_or(|(point, at)| {
            now.millis_since(at) >= Self::PAUSE_MS || point.distance_m(found.point) > Self::MOVED_M
        });
        if !is_due {
            return (self, Action::Nothing);
        }
        (self.waiting, self.sending) = (None, Some((found, now)));
        (self, Action::Send(found))
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Event, Found, Reporting};
    use domain::Timestamp;
    use geodesy::Point;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).plus_millis(seconds * 1000)
    }

    /// So many metres east, found at that second.
    fn found(metres_east: f64, seconds: i64) -> Found {
        let point = Point::new(47.0, 8.0).expect("is a point").destination(90.0, metres_east);
        Found { point, accuracy_m: 12.0, at: second(seconds) }
    }

    /// Goes through events at their seconds; what is sent is taken within the same second. Says what was done, and when.
    fn run(events: &[(i64, Event)]) -> Vec<(i64, Action)> {
        let (mut state, mut done) = (Reporting::default(), Vec::new());
        for (seconds, event) in events {
            let (mut next, mut action) = state.step(*event, second(*seconds));
            while action != Action::Nothing {
                done.push((*seconds, action));
                let answer = if matches!(action, Action::Send(_)) { Event::Taken } else { Event::Tick };
                (next, action) = next.step(answer, second(*seconds));
            }
            state = next;
        }
        done
    }

    fn at(seconds: i64, metres_east: f64) -> (i64, Event) {
        (seconds, Event::Found(found(metres_east, seconds)))
    }

    fn ticks(seconds: std::ops::RangeInclusive<i64>) -> impl Iterator<Item = (i64, Event)> {
        seconds.map(|seconds| (seconds, Event::Tick))
    }

    #[test]
    fn the_first_position_goes_at_once_and_the_next_after_the_pause() {
        let done = run(&[at(0, 0.0), at(5, 3.0), at(14, 6.0), at(15, 9.0)]);
        assert_eq!(done, [(0, Action::Send(found(0.0, 0))), (15, Action::Send(found(9.0, 15)))]);
    }

    #[test]
    fn who_moves_far_is_not_made_to_wait() {
        let done = run(&[at(0, 0.0), at(2, 49.0), at(3, 51.0), at(4, 60.0), at(5, 102.0)]);
        let sent: Vec<i64> = done.iter().map(|(seconds, _)| *seconds).collect();
        assert_eq!(sent, [0, 3, 5]);
    }

    #[test]
    fn the_newest_position_waits_for_its_turn() {
        let mut events = vec![at(0, 0.0), at(4, 20.0), at(6, 30.0)];
        events.extend(ticks(7..=20));
        assert_eq!(run(&events), [(0, Action::Send(found(0.0, 0))), (15, Action::Send(found(30.0, 6)))]);
    }

    #[test]
    fn one_is_under_way_at_a_time_and_what_is_found_meanwhile_follows() {
        let (state, _) = Reporting::default().step(Event::Found(found(0.0, 0)), second(0));
        let (state, action) = state.step(Event::Found(found(500.0, 1)), second(1));
        assert_eq!(action, Action::Nothing);
        let (state, action) = state.step(Event::Taken, second(2));
        assert_eq!((state.taken_at(), action), (Some(second(0)), Action::Send(found(500.0, 1))));
    }

    #[test]
    fn what_failed_is_sent_again_when_it_may_unless_there_is_something_newer() {
        let (state, _) = Reporting::default().step(Event::Found(found(0.0, 0)), second(0));
        let (state, action) = state.step(Event::Failed(20_000), second(1));
        assert_eq!((state.taken_at(), action), (None, Action::Nothing));
        assert_eq!(state.step(Event::Tick, second(20)).1, Action::Nothing);
        assert_eq!(state.step(Event::Tick, second(21)).1, Action::Send(found(0.0, 0)));
        let (state, _) = state.step(Event::Found(found(400.0, 5)), second(5));
        assert_eq!(state.step(Event::Tick, second(21)).1, Action::Send(found(400.0, 5)));
        // What was found before is not put in front of it.
        let (state, _) = state.step(Event::Found(found(100.0, 3)), second(6));
        assert_eq!(state.step(Event::Tick, second(21)).1, Action::Send(found(400.0, 5)));
    }

    #[test]
    fn an_answer_that_does_not_come_is_none() {
        let (state, _) = Reporting::default().step(Event::Found(found(0.0, 0)), second(0));
        assert_eq!(state.step(Event::Tick, second(30)).1, Action::Nothing);
        assert_eq!(state.step(Event::Tick, second(31)).1, Action::Send(found(0.0, 0)));
    }

    #[test]
    fn a_browser_that_says_nothing_is_asked_anew_now_and_then() {
        let mut events = vec![at(0, 0.0)];
        events.extend(ticks(1..=650));
        let asked: Vec<i64> =
            run(&events).iter().filter(|(_, done)| *done == Action::Ask).map(|(s, _)| *s).collect();
        assert_eq!(asked, [300, 600]);
    }
}
