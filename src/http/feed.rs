//! Feeds: what each token or session that listens was told last, so that whoever lost their line, or asks from time to time, misses nothing.
//!
//! A feed begins when somebody comes with a token for the first time, and its task keeps the last [`MOST_EVENTS`] events; it ends [`KEPT`] after
//! the last reader has left, with the token, and with the server. What is in it was judged for its viewer alone, and is counted in it alone, so a
//! cursor tells nothing of anybody else. What is not for its viewer any more, such as a message that was deleted, is taken out of it.

mod strangers;

pub(super) use strangers::Stranger;

use super::problem::Problem;
use crate::{lifecycle::Lifecycle, selftest};
use domain::{ChatId, Event, Happening, Viewer};
use futures::{Stream, StreamExt};
use service::{Connected, Error, Heard, Key, Service};
use std::{
    collections::{HashMap, VecDeque},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use strangers::Strangers;
use tokio::{sync::watch, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many events of one feed are kept.
const MOST_EVENTS: usize = 1_000;
/// For how long they are kept while nobody reads them.
const KEPT: Duration = Duration::from_mins(5);
/// How many may read one feed at once, by sockets and by questions.
const MOST_READERS: usize = 8;
/// How many feeds there may be.
const MOST_FEEDS: usize = 2_000;

/// Every feed.
pub(super) struct Feeds {
    open: Mutex<HashMap<String, Arc<Feed>>>,
    strangers: Strangers,
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// What one token or session was told.
pub(super) struct Feed {
    /// Begins its cursors, and those of no other feed.
    mark: String,
    kept: Mutex<Kept>,
    /// Changes with whatever is kept.
    changes: watch::Sender<u64>,
}

struct Kept {
    /// How many events there were.
    last: u64,
    /// The last of them, oldest first; `None` where one was that is not to be told any more.
    events: VecDeque<Option<Arc<Event>>>,
    end: Option<End>,
    readers: usize,
    /// When the last reader left.
    left_at: Instant,
}

/// Why nothing more comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The token or the session holds no longer.
    Revoked,
    /// The server stops, or cannot go on.
    Cut,
}

/// What comes after a place in a feed.
#[derive(Debug)]
pub(super) enum Read {
    /// These, in order, each with its place.
    Events(Vec<(u64, Arc<Event>)>),
    /// Something that is not kept any more; go on from this place.
    Lost(u64),
    /// Nothing yet.
    Nothing,
    /// Nothing ever.
    Over(End),
}

/// Somebody who reads a feed. A bot is connected as long as it has one.
pub(super) struct Seat {
    feed: Arc<Feed>,
    _connected: Option<Connected>,
}

impl Feeds {
    /// None yet; their tasks are waited for at the end.
    pub(super) fn new(lifecycle: &Lifecycle) -> Self {
        let (tracker, stop) = (lifecycle.tracker().clone(), lifecycle.stopping());
        Self { open: Mutex::default(), strangers: Strangers::default(), tracker, stop }
    }

    /// Cancelled when everything is to stop.
    pub(super) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Lets a socket from there wait for its token; `None` when too many wait.
    pub(super) fn admit_stranger(&self, peer: &str) -> Option<Stranger> {
        self.strangers.admit(peer)
    }

    /// Lets somebody read what a viewer is told, who came by this key.
    ///
    /// # Errors
    /// When too many do.
    pub(super) fn sit(
        self: &Arc<Self>,
        service: &Service,
        viewer: &Viewer,
        key: &Key,
    ) -> Result<Seat, Problem> {
        let name = match key {
            Key::None => return Err(Problem::unauthorised()),
            Key::Session(session) => format!("session {session}"),
            Key::Token(token) => format!("token {token}"),
        };
        let mut open = self.open();
        let feed = match open.get(&name) {
            Some(feed) => Arc::clone(feed),
            None if open.len() >= MOST_FEEDS => return Err(Problem::too_many("too many listen at once")),
            None => {
                let mark = selftest::marker().map_err(|_no_randomness| Problem::internal("a mark"))?;
                let feed = Arc::new(Feed::new(mark));
                let events = service.listen(viewer.clone(), key.clone());
                self.tracker.spawn(Arc::clone(self).keep(name.clone(), Arc::clone(&feed), events));
                open.insert(name, Arc::clone(&feed));
                feed
            }
        };
        let mut kept = feed.kept();
        if kept.readers >= MOST_READERS {
            let why = format!("this token or session listens {MOST_READERS} times already");
            return Err(Problem::too_many(why));
        }
        kept.readers += 1;
        drop(kept);
        drop(open);
        Ok(Seat { feed, _connected: service.connect(viewer) })
    }

    /// Keeps what comes, until nothing more does or nobody wants it.
    async fn keep(
        self: Arc<Self>,
        name: String,
        feed: Arc<Feed>,
        events: impl Stream<Item = Result<Vec<Heard>, Error>> + Send,
    ) {
        let mut events = pin!(events);
        let end = loop {
            let item = tokio::select! {
                biased;
                () = self.stop.cancelled() => break End::Cut,
                item = events.next() => item,
            };
            match item {
                Some(Ok(new)) => {
                    feed.push(new);
                    if self.is_left(&name, &feed) {
                        return;
                    }
                }
                Some(Err(Error::Unauthorised)) => break End::Revoked,
                Some(Err(_)) | None => break End::Cut,
            }
        };
        self.open().remove(&name);
        feed.end(end);
    }

    /// Forgets a feed that nobody has read for long; whether it did.
    fn is_left(&self, name: &str, feed: &Feed) -> bool {
        // Held together: nobody sits down meanwhile.
        let mut open = self.open();
        let kept = feed.kept();
        let is_left = kept.readers == 0 && kept.left_at.elapsed() >= KEPT;
        if is_left {
            open.remove(name);
        }
        is_left
    }

    // Nothing that panics happens under the lock.
    fn open(&self) -> MutexGuard<'_, HashMap<String, Arc<Feed>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    fn new(mark: String) -> Self {
        let kept = Kept { last: 0, events: VecDeque::new(), end: None, readers: 0, left_at: Instant::now() };
        Self { mark, kept: Mutex::new(kept), changes: watch::Sender::new(0) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, new: Vec<Heard>) {
        if new.is_empty() {
            return;
        }
        let mut kept = self.kept();
        for heard in new {
            match heard {
                Heard::Event(event) => kept.add(event),
                Heard::Gone(chat) => kept.take_back(chat),
                Heard::Anew(at) => {
                    kept.events.clear();
                    kept.add(Event { at, what: Happening::Reset });
                }
            }
        }
        drop(kept);
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn end(&self, end: End) {
        self.kept().end = Some(end);
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// What comes after a place, so many at the most.
    fn read(&self, place: u64, most: usize) -> Read {
        let kept = self.kept();
        let oldest = kept.last.saturating_sub(u64::try_from(kept.events.len()).unwrap_or(u64::MAX));
        if !(oldest..=kept.last).contains(&place) {
            return Read::Lost(kept.last);
        }
        let read = usize::try_from(place - oldest).unwrap_or(usize::MAX);
        let after = (place + 1..).zip(kept.events.iter().skip(read));
        let after = after.filter_map(|(place, event)| Some((place, Arc::clone(event.as_ref()?))));
        let events: Vec<_> = after.take(most).collect();
        match kept.end {
            _ if !events.is_empty() => Read::Events(events),
            Some(end) => Read::Over(end),
            None => Read::Nothing,
        }
    }
}

impl Kept {
    fn add(&mut self, event: Event) {
        self.last += 1;
        self.events.push_back(Some(Arc::new(event)));
        if self.events.len() > MOST_EVENTS {
            self.events.pop_front();
        }
    }

    /// That a message was written is not told any more; all others keep their places.
    fn take_back(&mut self, chat: ChatId) {
        let tells = |event: &Event| matches!(&event.what, Happening::Wrote(note) if note.id == chat);
        for kept in &mut self.events {
            if kept.as_deref().is_some_and(tells) {
                *kept = None;
            }
        }
    }
}

impl Seat {
    /// The same, waiting until there is something.
    pub(super) async fn next(&self, place: u64, most: usize) -> Read {
        let mut changes = self.feed.changes.subscribe();
        loop {
            changes.borrow_and_update();
            match self.feed.read(place, most) {
                Read::Nothing => {}
                read @ (Read::Events(_) | Read::Lost(_) | Read::Over(_)) => return read,
            }
            if changes.changed().await.is_err() {
                return Read::Over(End::Cut);
            }
        }
    }

    /// The place after all that there is.
    pub(super) fn last(&self) -> u64 {
        self.feed.kept().last
    }

    /// What a listener is told a place is; they can make nothing of it.
    pub(super) fn cursor(&self, place: u64) -> String {
        format!("{}.{place}", self.feed.mark)
    }

    /// The place of a cursor; `None` for what was never one of this feed.
    pub(super) fn place(&self, cursor: &str) -> Option<u64> {
        let (mark, place) = cursor.rsplit_once('.')?;
        place.parse().ok().filter(|_| mark == self.feed.mark)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut kept = self.feed.kept();
        kept.readers = kept.readers.saturating_sub(1);
        kept.left_at = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Feed, MOST_EVENTS, Read};
    use domain::{
        ChatId, Event, Happening, Name, Note, Timestamp,
        chat::{Audience, ChatText},
    };
    use service::Heard;

    fn event(at: i64) -> Heard {
        Heard::Event(Event { at: Timestamp::from_millis(at), what: Happening::Reset })
    }

    fn wrote(chat: ChatId, at: i64) -> Heard {
        let from = Name::new("ann").expect("is a name");
        let to = Audience::Person("00000000000040008000000000000007".parse().expect("is an identifier"));
        let text = ChatText::new("hello").expect("is a text");
        let note = Note { id: chat, from, by_bot: false, to, text };
        Heard::Event(Event { at: Timestamp::from_millis(at), what: Happening::Wrote(Box::new(note)) })
    }

    /// When those happened that come after a place.
    fn told(feed: &Feed, place: u64, most: usize) -> Vec<(u64, i64)> {
        match feed.read(place, most) {
            Read::Events(events) => {
                events.into_iter().map(|(place, event)| (place, event.at.as_millis())).collect()
            }
            read @ (Read::Lost(_) | Read::Nothing | Read::Over(_)) => panic!("events come, not {read:?}"),
        }
    }

    #[test]
    fn who_comes_again_hears_what_they_missed_and_who_missed_too_much_is_told_so() {
        let feed = Feed::new("mark".to_owned());
        assert!(matches!(feed.read(0, 10), Read::Nothing));
        assert!(matches!(feed.read(1, 10), Read::Lost(0)), "of another feed");
        feed.push(vec![event(11), event(12)]);
        feed.push(vec![event(13)]);
        assert_eq!(told(&feed, 0, 2), [(1, 11), (2, 12)]);
        assert_eq!(told(&feed, 2, 2), [(3, 13)]);
        assert!(matches!(feed.read(3, 2), Read::Nothing));
        for at in 0..i64::try_from(MOST_EVENTS).expect("is small") {
            feed.push(vec![event(at)]);
        }
        let last = feed.kept().last;
        assert!(matches!(feed.read(2, 10), Read::Lost(newest) if newest == last));
        assert_eq!(told(&feed, 3, 1), [(4, 0)], "the last so many are there");
        feed.end(End::Revoked);
        assert_eq!(told(&feed, last - 1, 5).len(), 1, "what came before the end is told");
        assert!(matches!(feed.read(last, 5), Read::Over(End::Revoked)));
    }

    #[test]
    fn what_is_taken_back_is_told_to_nobody_and_all_else_keeps_its_place() {
        let called = |id: &str| id.parse::<ChatId>().expect("is an identifier");
        let first = called("00000000000040008000000000000001");
        let second = called("00000000000040008000000000000002");
        let feed = Feed::new("mark".to_owned());
        feed.push(vec![event(11), wrote(first, 12), wrote(second, 13)]);
        feed.push(vec![Heard::Gone(first), event(14)]);
        assert_eq!(told(&feed, 0, 2), [(1, 11), (3, 13)]);
        assert_eq!(told(&feed, 3, 2), [(4, 14)]);
        feed.push(vec![wrote(first, 15), Heard::Gone(first)]);
        assert!(matches!(feed.read(4, 2), Read::Nothing));
        // Nothing of before is told, also not to who asks for it.
        feed.push(vec![Heard::Anew(Timestamp::from_millis(16)), event(17)]);
        assert_eq!(told(&feed, 5, 5), [(6, 16), (7, 17)]);
        assert!(matches!(feed.read(0, 5), Read::Lost(7)));
    }
}
