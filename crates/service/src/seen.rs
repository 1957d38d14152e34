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
/// How many different looks are kept in mind; when there are more on one day, some are counted again.
const MOST: usize = 500_000;

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

    pub(crate) fn add(&self, look: Look, now: Timestamp) {
        let mut counting = self.lock();
        let day = Seen::day_of(now);
        let again = match (counting.last.get(&look), look.2) {
            (None, _) => false,
            (Some(last), Surface::Phone | Surface::Outlet) => Seen::day_of(*last) == day,
            (Some(last), _) => now.millis_since(*last) < ONE_LOOK_MS && Seen::day_of(*last) == day,
        };
        // Of these only the first on a day counts: a thousand phones that see one another would have a million lines written each minute.
        if again && matches!(look.2, Surface::Phone | Surface::Outlet) {
            return;
        }
        if counting.last.len() >= MOST {
            counting.last.retain(|_, last| Seen::day_of(*last) == day);
            if counting.last.len() >= MOST {
                counting.last.clear();
            }
        }
        if !again {
            counting.last.insert(look.clone(), now);
        }
        let counted = counting.new.entry((look, day)).or_insert((0, now));
        counted.0 += u64::from(!again);
        counted.1 = now;
    }

    /// Takes what is counted, of one friend or of all, to write it; so much at the most.
    pub(crate) fn take(&self, of: Option<FriendId>, most: usize) -> Vec<(FriendId, Seen)> {
        let mut counting = self.lock();
        let new = counting.new.extract_if(|(look, _), _| of.is_none_or(|of| of == look.0)).take(most);
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
            Viewer::Server { .. } | Viewer::Bot { .. } => {
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
        let write = |reply| Command::Forget(ForgetCommand::WriteSeen { friend, reply });
        if let Err(error) = self.command(write).await {
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

#[cfg(test)]
mod tests {
    use super::{ONE_LOOK_MS, Watched};
    use domain::{Eyes, FriendId, Surface, Timestamp};
    use uuid::Uuid;

    fn friend(number: u128) -> FriendId {
        FriendId::new(Uuid::from_u128(number))
    }

    #[test]
    fn what_is_told_once_a_day_is_written_once_a_day() {
        let (watched, now) = (Watched::default(), Timestamp::from_millis(1_700_000_000_000));
        let phone = (friend(1), Eyes::Friend(friend(2)), Surface::Phone);
        watched.add(phone.clone(), now);
        assert_eq!(watched.take(None, usize::MAX).len(), 1);
        watched.add(phone.clone(), now.plus_millis(ONE_LOOK_MS));
        assert!(watched.take(None, usize::MAX).is_empty(), "nothing is new");
        watched.add(phone, now.plus_millis(24 * 3_600_000));
        assert_eq!(watched.take(None, usize::MAX)[0].1.count, 1, "but on another day");
    }

    #[test]
    fn a_part_of_what_is_counted_is_taken_and_the_rest_stays() {
        let (watched, now) = (Watched::default(), Timestamp::from_millis(1_700_000_000_000));
        for number in 0..10 {
            watched.add((friend(number), Eyes::Server, Surface::Lists), now);
        }
        assert_eq!(watched.take(Some(friend(3)), usize::MAX).len(), 1);
        assert_eq!((watched.take(None, 4).len(), watched.take(None, 10).len()), (4, 5));
    }
}
