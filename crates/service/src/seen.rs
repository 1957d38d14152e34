//! Who looked at a friend: counted in memory where something is shown, and written by the pipeline now and then.
//!
//! It never slows a question down. What was counted in the last minute is lost when the process is killed. Nobody can have their own looks
//! left out; and who was shown nothing did not look.

use crate::{
    DeviceAccount, Error, Service,
    command::{Command, ForgetCommand},
    share::may_decide,
};
use domain::{Eyes, FriendId, Seen, Surface, Timestamp, Viewer, live::Snapshot};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Looks that follow one another as fast are one: a page asks for several things, and a list comes in parts.
const ONE_LOOK_MS: i64 = 60_000;
/// How many days are told of.
const TOLD_DAYS: i64 = 30;
/// How many are kept.
const KEPT_DAYS: i64 = 400;
/// How many different looks are kept in mind; when there are more, some are counted again.
const MOST: usize = 50_000;

type Look = (FriendId, Eyes, Surface);

/// What is counted and not written yet.
#[derive(Default)]
pub(crate) struct Watched(Mutex<Counting>);

#[derive(Default)]
struct Counting {
    /// When each was counted last.
    last: HashMap<Look, Timestamp>,
    new: HashMap<(Look, i64), (u64, Timestamp)>,
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Counting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, look: Look, now: Timestamp) {
        let mut counting = self.lock();
        let day = Seen::day_of(now);
        let again = match (counting.last.get(&look), look.2) {
            (None, _) => false,
            (Some(last), Surface::Phone | Surface::Outlet) => Seen::day_of(*last) == day,
            (Some(last), _) => now.millis_since(*last) < ONE_LOOK_MS && Seen::day_of(*last) == day,
        };
        if counting.last.len() >= MOST {
            counting.last.clear();
        }
        if !again {
            counting.last.insert(look.clone(), now);
        }
        let counted = counting.new.entry((look, day)).or_insert((0, now));
        counted.0 += u64::from(!again);
        counted.1 = now;
    }

    /// Takes all that is counted, to write it.
    pub(crate) fn take(&self) -> Vec<(FriendId, Seen)> {
        let new = std::mem::take(&mut self.lock().new).into_iter();
        let seen = |(((friend, eyes, surface), day), (count, last_at))| {
            (friend, Seen { day, eyes, surface, count, last_at })
        };
        new.map(seen).collect()
    }

    /// It could not be written.
    pub(crate) fn put_back(&self, counted: Vec<(FriendId, Seen)>) {
        let mut counting = self.lock();
        for (friend, Seen { day, eyes, surface, count, last_at }) in counted {
            let known = counting.new.entry(((friend, eyes, surface), day)).or_insert((0, last_at));
            known.0 += count;
            known.1 = known.1.max(last_at);
        }
    }

    /// Nobody looked at a friend.
    pub(crate) fn forget(&self, friend: FriendId) {
        let mut counting = self.lock();
        counting.last.retain(|(of, _, _), _| *of != friend);
        counting.new.retain(|((of, _, _), _), _| *of != friend);
    }

    /// Before which day nothing is kept.
    pub(crate) fn kept_from(now: Timestamp) -> i64 {
        Seen::day_of(now) - KEPT_DAYS
    }
}

impl Service {
    /// How things are now, for one viewer who looks at them.
    pub fn look_around(&self, viewer: &Viewer, surface: Surface) -> Snapshot {
        let snapshot = self.snapshot(viewer);
        self.see_all(viewer, surface, &snapshot);
        snapshot
    }

    /// Counts a look at everybody of whom a snapshot shows anything.
    pub(crate) fn see_all(&self, viewer: &Viewer, surface: Surface, snapshot: &Snapshot) {
        let shown = snapshot.friends.iter().filter(|live| {
            !live.friend.demo
                && (!live.stays.is_empty() || live.devices.iter().any(|device| device.spot.is_some()))
        });
        self.see(viewer, surface, shown.map(|live| live.friend.id));
    }

    /// Counts a look at friends who are no demonstration.
    pub(crate) fn see(&self, viewer: &Viewer, surface: Surface, friends: impl IntoIterator<Item = FriendId>) {
        let (eyes, own) = match viewer {
            Viewer::Friend { friend, .. } => (Eyes::Friend(*friend), Some(*friend)),
            Viewer::Server { .. } => {
                (self.token.as_deref().map_or(Eyes::Server, |name| Eyes::Token(name.to_owned())), None)
            }
            Viewer::Outlet { .. } => (Eyes::Outlets, None),
            Viewer::Guest => return,
        };
        let now = self.shared.now();
        for friend in friends.into_iter().filter(|friend| Some(*friend) != own) {
            self.shared.watched.add((friend, eyes.clone(), surface), now);
        }
    }

    /// A phone was shown what stands on a topic.
    pub fn was_shown(&self, account: &DeviceAccount, topic: &str) {
        let found = {
            let board = self.shared.board();
            let speaker = board.speaker(topic).map(|speaker| speaker.device.friend);
            let speaker = speaker.and_then(|friend| board.friends.get(&friend));
            speaker
                .filter(|owner| !owner.friend.demo)
                .map(|owner| (board.viewer_of(account), owner.friend.id))
        };
        if let Some((viewer, friend)) = found {
            self.see(&viewer, Surface::Phone, [friend]);
        }
    }

    /// Another broker that joined ours was sent what stands on a topic.
    pub fn was_passed_on(&self, topic: &str) {
        let friend = {
            let board = self.shared.board();
            board.speaker(topic).map(|speaker| speaker.device.friend)
        };
        self.see(&Viewer::Server { role: domain::Role::Friend }, Surface::Phone, friend);
    }

    /// Who looked at a friend over the last thirty days, newest day first; with what they are called now.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless it is the friend who asks, or an admin for one who cannot sign in.
    pub async fn looks_at(&self, by: &Viewer, friend: FriendId) -> Result<Vec<(String, Seen)>, Error> {
        {
            let board = self.shared.board();
            may_decide(by, board.friends.get(&friend).ok_or(Error::NotFound("friend"))?)?;
        }
        let since = Seen::day_of(self.shared.now()) - TOLD_DAYS + 1;
        // What is counted is written first; while the database does not write, what was counted before is told.
        if let Err(error) = self.command(|reply| Command::Forget(ForgetCommand::WriteSeen { reply })).await {
            tracing::debug!(%error, "the newest looks are not told");
        }
        let seen = self.shared.reader.seen(friend, since).await?;
        let board = self.shared.board();
        let name = |eyes: &Eyes| match eyes {
            Eyes::Friend(friend) => board
                .friends
                .get(friend)
                .map_or_else(|| "somebody who is gone".to_owned(), |owner| owner.friend.name.to_string()),
            Eyes::Token(name) => format!("token {name}"),
            Eyes::Server => "another broker, or the terminal".to_owned(),
            Eyes::Outlets => "readers of outlets".to_owned(),
        };
        Ok(seen.into_iter().map(|seen| (name(&seen.eyes), seen)).collect())
    }
}
