//! How far a new phone has come on its way to the map, and what holds it up. Pure: a judgement of what the doors and the log have heard.

use crate::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is known of a phone since it was set up.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    /// When it last signed in, since the server was started.
    pub signed_in: Option<SignIn>,
    /// When somebody last tried that user name with a wrong password, oldest first.
    pub refused: Vec<Timestamp>,
    /// What it said, oldest first.
    pub heard: Vec<Heard>,
    /// Whether it has a position, whatever of it is still in the log.
    pub placed_at: Option<Timestamp>,
}

/// A sign-in that was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// When.
    pub at: Timestamp,
    /// Whether the line was encrypted on its way to this server.
    pub line: Line,
}

/// How a phone comes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// By TLS.
    Encrypted,
    /// For everybody in between to read.
    Plain,
}

/// One message, as far as it tells whether a phone is set up well.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// When it came.
    pub at: Timestamp,
    /// What it was.
    pub said: Said,
}

/// What a message was.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A position.
    Position(Taken),
    /// Something else of `OwnTracks`, by its word: `lwt`, `status`, `waypoint`, …
    Other(String),
    /// Something on a topic that is not the phone's.
    Elsewhere,
    /// Something encrypted that could not be opened.
    Sealed,
    /// Nothing that could be read.
    Unreadable,
}

/// A position, without where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// When, by the phone's clock.
    pub at: Timestamp,
    /// What to think of that clock.
    pub clock: Clock,
    /// The two letters it sent; `None` where that is not known.
    pub tid: Option<Option<String>>,
}

/// How far a phone has come, and what holds it up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// How it comes, once it has signed in.
    pub line: Option<Line>,
    /// When it last signed in, as far as is known.
    pub signed_in_at: Option<Timestamp>,
    /// When its first message came.
    pub heard_at: Option<Timestamp>,
    /// When its first position came.
    pub placed_at: Option<Timestamp>,
    /// What is wrong, the worst first.
    pub troubles: Vec<Trouble>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Trouble {
    /// Somebody signs in by this name with a wrong password: how often, and when last.
    Password {
        /// How often.
        count: usize,
        /// When last.
        last: Timestamp,
    },
    /// It published where it may not.
    Topic {
        /// When last.
        last: Timestamp,
    },
    /// What it says is encrypted, and there is no key for it that fits.
    Sealed,
    /// What it says cannot be read.
    Unreadable,
    /// It says something, but never where it is: these are the words.
    NoPosition {
        /// `lwt`, `status`, …
        words: Vec<String>,
    },
    /// Its clock is so wrong that nobody knows when a position was taken.
    ClockWrong,
    /// Its clock is ahead, by so many seconds.
    ClockAhead {
        /// Seconds.
        by_s: u32,
    },
    /// Its newest position was old already when it came: so many minutes.
    Old {
        /// Minutes.
        by_min: u32,
    },
    /// It sends no `tid`.
    NoTid,
    /// It sends several: two apps, or two phones, use one password.
    SeveralTids,
}

impl Arrival {
    /// A position that was taken so long before it came is old, milliseconds: an hour.
    const OLD_MS: i64 = 3_600_000;
    /// A clock that is ahead by less troubles nobody, milliseconds: two minutes.
    const AHEAD_MS: i64 = 120_000;

    /// Judges what is known.
    pub fn of(signs: &Signs) -> Self {
        let ours = || signs.heard.iter().filter(|heard| heard.said != Said::Elsewhere);
        let positions = || {
            ours().filter_map(|heard| {
                if let Said::Position(taken) = &heard.said { Some((heard.at, taken)) } else { None }
            })
        };
        let heard_at = ours().map(|heard| heard.at).next();
        let placed_at = positions().map(|(at, _)| at).next().or(signs.placed_at);
        let last_good = ours().map(|heard| heard.at).next_back();
        let signed_in_at = signs.signed_in.map(|signed_in| signed_in.at);
        let mut troubles = Vec::new();
        let since = signed_in_at.max(last_good);
        let refused: Vec<Timestamp> =
            signs.refused.iter().copied().filter(|at| since.is_none_or(|since| *at > since)).collect();
        if let Some(last) = refused.iter().max() {
            troubles.push(Trouble::Password { count: refused.len(), last: *last });
        }
        let elsewhere =
            signs.heard.iter().rev().find(|heard| heard.said == Said::Elsewhere).map(|heard| heard.at);
        if let Some(last) = elsewhere.filter(|at| last_good.is_none_or(|good| *at > good)) {
            troubles.push(Trouble::Topic { last });
        }
        match ours().next_back().map(|heard| &heard.said) {
            Some(Said::Sealed) => troubles.push(Trouble::Sealed),
            Some(Said::Unreadable) => troubles.push(Trouble::Unreadable),
            Some(Said::Position(_) | Said::Other(_) | Said::Elsewhere) | None => {}
        }
        if placed_at.is_none() {
            let words = ours().filter_map(|heard| {
                if let Said::Other(word) = &heard.said { Some(word.clone()) } else { None }
            });
            let words: BTreeSet<String> = words.collect();
            if !words.is_empty() {
                troubles.push(Trouble::NoPosition { words: words.into_iter().collect() });
            }
        }
        if let Some((at, taken)) = positions().next_back() {
            troubles.extend(Self::of_time(at, taken));
        }
        troubles.extend(Self::of_tids(positions().filter_map(|(_, taken)| taken.tid.as_ref())));
        Self {
            line: signs.signed_in.map(|signed_in| signed_in.line),
            // Who was heard had signed in, also before the server was started again.
            signed_in_at: signed_in_at.or(heard_at).or(placed_at),
            heard_at: heard_at.or(placed_at),
            placed_at,
            troubles,
        }
    }

    fn of_time(at: Timestamp, taken: &Taken) -> Option<Trouble> {
        let late_ms = at.millis_since(taken.at);
        let whole = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        match taken.clock {
            Clock::Wrong => Some(Trouble::ClockWrong),
            Clock::Ahead if -late_ms >= Self::AHEAD_MS => {
                Some(Trouble::ClockAhead { by_s: whole(-late_ms / 1000) })
            }
            Clock::Right if late_ms >= Self::OLD_MS => Some(Trouble::Old { by_min: whole(late_ms / 60_000) }),
            Clock::Ahead | Clock::Right => None,
        }
    }

    fn of_tids<'a>(tids: impl Iterator<Item = &'a Option<String>> + Clone) -> Option<Trouble> {
        let named: BTreeSet<&str> = tids.clone().flatten().map(String::as_str).collect();
        if named.len() > 1 {
            return Some(Trouble::SeveralTids);
        }
        tids.last().filter(|newest| newest.is_none()).map(|_| Trouble::NoTid)
    }

    /// The same for who may know how far it is, and not when it was heard: all of it as of a moment that they know.
    #[must_use]
    pub fn as_of(self, known: Timestamp) -> Self {
        let as_of = |at: Option<Timestamp>| at.map(|_| known);
        Self {
            signed_in_at: as_of(self.signed_in_at),
            heard_at: as_of(self.heard_at),
            placed_at: as_of(self.placed_at),
            ..self
        }
    }

    /// Whether it is there: it has told where it is.
    pub const fn is_there(&self) -> bool {
        self.placed_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn at(second: i64) -> Timestamp {
        START.plus_millis(second * 1000)
    }

    fn other(second: i64, word: &str) -> Heard {
        Heard { at: at(second), said: Said::Other(word.to_owned()) }
    }

    fn bad(second: i64, said: Said) -> Heard {
        Heard { at: at(second), said }
    }

    fn position(second: i64, taken: i64, clock: Clock, tid: Option<&str>) -> Heard {
        let tid = Some(tid.map(str::to_owned));
        Heard { at: at(second), said: Said::Position(Taken { at: at(taken), clock, tid }) }
    }

    fn good(second: i64) -> Heard {
        position(second, second, Clock::Right, Some("an"))
    }

    fn judged(signed_in: Option<i64>, refused: &[i64], heard: Vec<Heard>) -> Arrival {
        Arrival::of(&Signs {
            signed_in: signed_in.map(|second| SignIn { at: at(second), line: Line::Plain }),
            refused: refused.iter().map(|second| at(*second)).collect(),
            heard,
            placed_at: None,
        })
    }

    #[rstest]
    #[case::nothing(None, vec![], [false, false, false])]
    #[case::signed_in(Some(1), vec![], [true, false, false])]
    #[case::a_status(Some(1), vec![other(2, "status")], [true, true, false])]
    #[case::a_position(Some(1), vec![other(2, "status"), good(3)], [true, true, true])]
    #[case::after_a_restart(None, vec![good(3)], [true, true, true])]
    #[case::only_elsewhere(Some(1), vec![bad(2, Said::Elsewhere)], [true, false, false])]
    fn a_phone_comes_step_by_step(
        #[case] signed_in: Option<i64>,
        #[case] heard: Vec<Heard>,
        #[case] steps: [bool; 3],
    ) {
        let arrival = judged(signed_in, &[], heard);
        let ticked = [arrival.signed_in_at, arrival.heard_at, arrival.placed_at].map(|at| at.is_some());
        assert_eq!(ticked, steps, "{arrival:?}");
        assert_eq!(arrival.line.is_some(), signed_in.is_some());
    }

    #[rstest]
    #[case::wrong_password(None, &[1, 5], vec![], vec![Trouble::Password { count: 2, last: at(5) }])]
    #[case::put_right(Some(6), &[1, 5], vec![], vec![])]
    #[case::and_wrong_again(Some(6), &[1, 9], vec![], vec![Trouble::Password { count: 1, last: at(9) }])]
    #[case::foreign_topic(Some(1), &[], vec![bad(2, Said::Elsewhere)], vec![Trouble::Topic { last: at(2) }])]
    #[case::topic_put_right(Some(1), &[], vec![bad(2, Said::Elsewhere), good(3)], vec![])]
    #[case::sealed(Some(1), &[], vec![bad(2, Said::Sealed)], vec![Trouble::Sealed])]
    #[case::unreadable(Some(1), &[], vec![good(1), bad(2, Said::Unreadable)], vec![Trouble::Unreadable])]
    #[case::only_lwt(Some(1), &[], vec![other(2, "lwt"), other(3, "status"), other(4, "lwt")],
        vec![Trouble::NoPosition { words: vec!["lwt".to_owned(), "status".to_owned()] }])]
    #[case::no_clock(Some(1), &[], vec![position(2, -900_000_000, Clock::Wrong, Some("an"))], vec![Trouble::ClockWrong])]
    #[case::ahead(Some(1), &[], vec![position(2, 602, Clock::Ahead, Some("an"))], vec![Trouble::ClockAhead { by_s: 600 }])]
    #[case::hardly_ahead(Some(1), &[], vec![position(2, 30, Clock::Ahead, Some("an"))], vec![])]
    #[case::old(Some(1), &[], vec![position(2, 2 - 7200, Clock::Right, Some("an"))], vec![Trouble::Old { by_min: 120 }])]
    #[case::old_before_new(Some(1), &[], vec![position(2, 2 - 7200, Clock::Right, Some("an")), good(3)], vec![])]
    #[case::no_tid(Some(1), &[], vec![position(2, 2, Clock::Right, None)], vec![Trouble::NoTid])]
    #[case::tid_since(Some(1), &[], vec![position(2, 2, Clock::Right, None), good(3)], vec![])]
    #[case::two_tids(Some(1), &[], vec![good(2), position(3, 3, Clock::Right, Some("xy"))], vec![Trouble::SeveralTids])]
    fn what_is_wrong_is_said_while_it_is(
        #[case] signed_in: Option<i64>,
        #[case] refused: &[i64],
        #[case] heard: Vec<Heard>,
        #[case] troubles: Vec<Trouble>,
    ) {
        assert_eq!(judged(signed_in, refused, heard).troubles, troubles);
    }

    #[test]
    fn a_phone_that_has_a_position_is_there_though_the_log_has_moved_on() {
        let arrival = Arrival::of(&Signs { placed_at: Some(at(1)), ..Signs::default() });
        assert!(arrival.is_there() && arrival.heard_at.is_some() && arrival.troubles.is_empty());
    }
}
