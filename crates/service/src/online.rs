//! Who is online: who has a page open in a browser, signed in; and which bots are connected. It is known by the lines that are open right now, in
//! memory alone, and stored nowhere.
//!
//! A page that is loaded again, or whose line is connected anew, has left and come back within seconds; so who has closed their last line stays
//! online for [`GRACE_MS`]. Nothing needs to happen at the end of that: whether somebody is online follows from the lines and from what time it is,
//! and whoever looks is told with their next heartbeat. To whom it is told is decided in [`domain::sharing`] and applied by `sight`.

use crate::{Service, hub::News};
use domain::{BotId, FriendId, Timestamp, Viewer};
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// For how long somebody is online yet who has closed their last line, milliseconds. A page that lost its line tries again after a second or
/// two.
pub(crate) const GRACE_MS: i64 = 10_000;

/// The open lines of each friend, or of each bot; clones are the same.
#[derive(Clone)]
pub(crate) struct Online<K = FriendId>(Arc<Mutex<HashMap<K, Lines>>>);

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

/// An open line; dropped, it is closed.
pub(crate) struct Line<K: Copy + Eq + Hash = FriendId> {
    online: Online<K>,
    whose: K,
    clock: fn() -> Timestamp,
}

/// The program of a bot listens, as long as this is there.
pub struct Connected {
    _line: Line<BotId>,
}

impl<K> Default for Online<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Copy + Eq + Hash> Online<K> {
    /// Whether somebody has a line open, or had one a moment ago.
    pub(crate) fn is(&self, whose: K, now: Timestamp) -> bool {
        self.lines().get(&whose).is_some_and(|lines| lines.is_online(now))
    }

    /// All of whom that is so.
    pub(crate) fn all(&self, now: Timestamp) -> HashSet<K> {
        let lines = self.lines();
        lines.iter().filter(|(_, lines)| lines.is_online(now)).map(|(whose, _)| *whose).collect()
    }

    /// Counts one more line, until that is dropped; `clock` says when.
    fn open(&self, whose: K, clock: fn() -> Timestamp) -> Line<K> {
        let now = clock();
        let mut lines = self.lines();
        lines.retain(|_, lines| lines.is_online(now));
        lines.entry(whose).or_insert(Lines { open: 0, ended_at: now }).open += 1;
        Line { online: self.clone(), whose, clock }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<K, Lines>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash> Drop for Line<K> {
    fn drop(&mut self) {
        if let Some(lines) = self.online.lines().get_mut(&self.whose) {
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

    /// The program of a bot listens, as long as what this returns is there; `None` for who is no bot. Those who look are told when it is the
    /// first line.
    pub fn connect(&self, viewer: &Viewer) -> Option<Connected> {
        let Viewer::Bot { bot, .. } = viewer else { return None };
        let connected = self.shared.board().connected.clone();
        let was_connected = connected.is(*bot, self.shared.now());
        let line = connected.open(*bot, self.shared.settings.clock);
        if !was_connected {
            self.shared.hub.publish(News::Bot(*bot));
        }
        Some(Connected { _line: line })
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
        let (online, ann, ben) = (
            Online::<FriendId>::default(),
            FriendId::new(Uuid::from_u128(1)),
            FriendId::new(Uuid::from_u128(2)),
        );
        assert!(!online.is(ann, it_is(0)), "nobody is online before they come");
        let (first, second) = (online.open(ann, clock), online.open(ann, clock));
        let open = online.all(it_is(1_000_000));
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
