//! Who is online: who has a page open in a browser, signed in. It is known by the live lines that are open right now, in memory alone, and stored
//! nowhere.
//!
//! A page that is loaded again, or whose line is connected anew, has left and come back within seconds; so who has closed their last line stays
//! online for [`GRACE_MS`]. Nothing needs to happen at the end of that: whether somebody is online follows from the lines and from what time it is,
//! and whoever looks is told with their next heartbeat. To whom it is told is decided in [`domain::sharing`] and applied by `sight`.

use crate::{Service, hub::News};
use domain::{FriendId, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// For how long somebody is online yet who has closed their last line, milliseconds. A page that lost its line tries again after a second or
/// two.
pub(crate) const GRACE_MS: i64 = 10_000;

/// The live lines of each friend; clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Online(Arc<Mutex<HashMap<FriendId, Lines>>>);

#[derive(Clone, Copy)]
struct Lines {
    open: usize,
    /// When the last one ended that did.
    ended_at: Timestamp,
}

impl Lines {
    /// A clock that was set back ends the grace.
    fn is_online(self, now: Timestamp) -> bool {
        self.open > 0 || (0..GRACE_MS).contains(&now.millis_since(self.ended_at))
    }
}

/// An open live line of a friend; dropped, it is closed.
pub(crate) struct Line {
    online: Online,
    friend: FriendId,
    clock: fn() -> Timestamp,
}

impl Online {
    /// Whether a friend has a page open, or had one a moment ago.
    pub(crate) fn is(&self, friend: FriendId, now: Timestamp) -> bool {
        self.lines().get(&friend).is_some_and(|lines| lines.is_online(now))
    }

    /// All of whom that is so.
    pub(crate) fn friends(&self, now: Timestamp) -> HashSet<FriendId> {
        let lines = self.lines();
        lines.iter().filter(|(_, lines)| lines.is_online(now)).map(|(friend, _)| *friend).collect()
    }

    /// Counts one more line of a friend, until that is dropped; `clock` says when.
    fn open(&self, friend: FriendId, clock: fn() -> Timestamp) -> Line {
        let now = clock();
        let mut lines = self.lines();
        lines.retain(|_, lines| lines.is_online(now));
        lines.entry(friend).or_insert(Lines { open: 0, ended_at: now }).open += 1;
        Line { online: self.clone(), friend, clock }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<FriendId, Lines>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(lines) = self.online.lines().get_mut(&self.friend) {
            lines.open = lines.open.saturating_sub(1);
            lines.ended_at = (self.clock)();
        }
    }
}

impl Service {
    /// A friend looks, as long as what this returns is there. Those who look are told when it is the first line.
    pub(crate) fn open_line(&self, friend: FriendId) -> Line {
        let online = self.shared.board().online.clone();
        let was_online = online.is(friend, self.shared.now());
        let line = online.open(friend, self.shared.settings.clock);
        if !was_online {
            self.shared.hub.publish(News::Online(friend));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::{GRACE_MS, Online};
    use domain::{FriendId, Timestamp};
    use std::cell::Cell;
    use uuid::Uuid;

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    thread_local! {
        static CLOCK: Cell<Timestamp> = const { Cell::new(START) };
    }

    fn clock() -> Timestamp {
        CLOCK.get()
    }

    /// It is so many milliseconds after the start, now.
    fn it_is(at_ms: i64) -> Timestamp {
        CLOCK.set(START.plus_millis(at_ms));
        clock()
    }

    #[test]
    fn who_has_closed_the_last_of_their_lines_is_gone_after_the_grace() {
        let (online, ann, ben) =
            (Online::default(), FriendId::new(Uuid::from_u128(1)), FriendId::new(Uuid::from_u128(2)));
        assert!(!online.is(ann, it_is(0)), "nobody is online before they come");
        let (first, second) = (online.open(ann, clock), online.open(ann, clock));
        let open = online.friends(it_is(1_000_000));
        assert_eq!(open.into_iter().collect::<Vec<_>>(), [ann], "an open line needs no sign of life");
        drop(first);
        assert!(online.is(ann, it_is(2_000_000)), "there is another one");
        drop(second);
        assert!(online.is(ann, it_is(2_000_000 + GRACE_MS - 1)));
        assert!(!online.is(ann, it_is(2_000_000 + GRACE_MS)));
        assert!(!online.is(ann, it_is(1_000_000)), "also where the clock was set back");
        // Who comes back within the grace was never away, and who has gone is forgotten.
        drop(online.open(ann, clock));
        let again = online.open(ann, clock);
        assert!(online.is(ann, it_is(9_000_000)));
        drop(again);
        let other = online.open(ben, clock);
        assert_eq!(online.lines().len(), 2);
        it_is(10_000_000);
        drop((other, online.open(ben, clock)));
        assert_eq!(online.lines().len(), 1);
    }
}
