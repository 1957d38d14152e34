//! What a browser gets while it looks: a snapshot, then what changes, and a heartbeat in between.
//!
//! Subscribe first, then take the snapshot, then pass on only what is newer: nothing is missed, and nothing comes twice. Whoever falls
//! behind gets a snapshot again.

mod chat;

use crate::{
    Error, Service,
    board::{Board, OnBoard},
    hub::{Changes, News},
    online::Line,
    sight::Sight,
};
use domain::{
    FriendId, GroupId, RegionId, Seen, SensorId, Seq, Stay, Surface, Timestamp, Viewer,
    live::{Change, Delta, LiveFriend, LiveMessage},
};
use futures::{Stream, stream};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Interval, MissedTickBehavior, interval},
};

/// How often a quiet line says that it is alive. It is also how a departed browser is noticed.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often it is looked whether the session has ended by itself, milliseconds.
const CHECK_MS: i64 = 10 * 60_000;

struct Watch {
    service: Service,
    viewer: Viewer,
    session: Option<String>,
    news: Receiver<News>,
    heartbeat: Interval,
    /// The last change of each group that this viewer has; `None` before the first snapshot.
    seen: Option<HashMap<GroupId, Seq>>,
    /// The last place in the order that this viewer was told.
    told: Seq,
    shown: Told,
    /// On which day it was last counted that the viewer looks.
    looked_on: i64,
    /// Up to when the viewer was told what changes by itself.
    caught_up_at: Timestamp,
    /// When it was last looked whether the session has ended by itself.
    checked_at: Timestamp,
    /// That the friend who looks is online, as long as this is here.
    _line: Option<Line>,
}

/// What a viewer was told: they are told nothing by which they could guess at what they may not know.
#[derive(Default)]
struct Told {
    regions: HashSet<RegionId>,
    /// The presence of those who show themselves as they are.
    stays: HashMap<FriendId, Vec<Stay>>,
    /// All the others, whole.
    friends: HashMap<FriendId, LiveFriend>,
    /// Who is online.
    online: HashSet<FriendId>,
    /// How many messages they have not read.
    unread: u32,
}

impl Told {
    /// Whether that is another friend than they know of.
    fn is_news(&mut self, live: &LiveFriend) -> bool {
        self.stays.insert(live.friend.id, live.stays.clone());
        let is_news = self.friends.insert(live.friend.id, live.clone()).as_ref() != Some(live);
        self.is_other_line(live.friend.id, live.online) || is_news
    }

    /// Whether that is another presence than they know of.
    fn differs(&mut self, friend: FriendId, stays: &[Stay]) -> bool {
        let known = self.stays.entry(friend).or_default();
        let differs = known != stays;
        if differs {
            *known = stays.to_vec();
        }
        differs
    }

    /// Whether they know otherwise of somebody's being online. From now on they know this.
    fn is_other_line(&mut self, friend: FriendId, online: bool) -> bool {
        if let Some(known) = self.friends.get_mut(&friend) {
            known.online = online;
        }
        if online { self.online.insert(friend) } else { self.online.remove(&friend) }
    }

    /// Whether a friend is online, if they know otherwise: because a page was opened or left, or because what the friend shows is another.
    fn line(&mut self, board: &Board, viewer: &Viewer, friend: FriendId, now: Timestamp) -> Option<Change> {
        let owner = board.friends.get(&friend).filter(|owner| viewer.may_see(&owner.friend))?;
        let online = Sight::new(board, viewer).online(owner, now);
        self.is_other_line(friend, online).then_some(Change::Online(friend, online))
    }

    /// The same of everybody who is online, or was.
    fn lines(&mut self, board: &Board, viewer: &Viewer, now: Timestamp) -> Vec<Change> {
        let mut concerned = board.online.friends(now);
        concerned.extend(&self.online);
        concerned.into_iter().filter_map(|friend| self.line(board, viewer, friend, now)).collect()
    }

    /// Who of some is another one than they know of, because they may see other regions than before, or the hour is another.
    fn catch_up(
        &mut self,
        board: &Board,
        viewer: &Viewer,
        now: Timestamp,
        may_differ: impl Fn(&OnBoard) -> bool,
    ) -> Vec<Change> {
        let sight = Sight::new(board, viewer);
        let friends = board.friends.values().filter(|on_board| may_differ(on_board));
        friends
            .filter(|on_board| viewer.may_see(&on_board.friend))
            .filter_map(|on_board| {
                let (friend, showing) = (on_board.friend.id, sight.showing(on_board, now));
                if showing.is_everything() {
                    let stays = sight.stays(&showing, &on_board.stays, now);
                    self.differs(friend, &stays).then_some(Change::Stays(friend, stays))
                } else {
                    let live = sight.friend(on_board, now);
                    self.is_news(&live).then(|| Change::Friend(Box::new(live)))
                }
            })
            .collect()
    }

    /// A friend who said something about who sees what.
    fn see_anew(
        &mut self,
        board: &Board,
        viewer: &Viewer,
        friend: FriendId,
        now: Timestamp,
    ) -> Option<Change> {
        let on_board = board.friends.get(&friend).filter(|on_board| viewer.may_see(&on_board.friend))?;
        let sight = Sight::new(board, viewer);
        let live = sight.friend(on_board, now);
        let is_whole = sight.showing(on_board, now).is_everything();
        if is_whole && !self.friends.contains_key(&friend) {
            return None;
        }
        let is_news = self.is_news(&live);
        if is_whole {
            self.friends.remove(&friend);
        }
        is_news.then(|| Change::Friend(Box::new(live)))
    }
}

impl Service {
    /// Everything this viewer may see, as it changes. `session` is the cookie it hangs on: when that ends, the last item is
    /// [`Error::Unauthorised`].
    pub fn live(
        &self,
        viewer: Viewer,
        session: Option<String>,
    ) -> impl Stream<Item = Result<LiveMessage, Error>> + Send + 'static {
        // Only a page of somebody who is signed in is one: no token, and nobody who is shown a demonstration.
        let line = if let (Viewer::Friend { friend, .. }, Some(_)) = (&viewer, &session) {
            Some(self.open_line(*friend))
        } else {
            None
        };
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let news = self.shared.hub.subscribe();
        let watch = Watch {
            service: self.clone(),
            viewer,
            session,
            news,
            heartbeat,
            seen: None,
            told: Seq::default(),
            shown: Told::default(),
            looked_on: 0,
            caught_up_at: Timestamp::MIN,
            checked_at: self.shared.now(),
            _line: line,
        };
        stream::unfold(Some(watch), |watch| async {
            let mut watch = watch?;
            match watch.next().await {
                Ok(message) => Some((Ok(message), Some(watch))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

impl Watch {
    async fn next(&mut self) -> Result<LiveMessage, Error> {
        if self.seen.is_none() {
            let first = self.snapshot();
            self.look();
            return Ok(first);
        }
        loop {
            let news = tokio::select! {
                news = self.news.recv() => news,
                _ = self.heartbeat.tick() => {
                    self.check().await?;
                    return Ok(self.beat());
                }
            };
            match news {
                Ok(News::Changes(changes)) => {
                    if let Some(delta) = self.delta(&changes) {
                        return Ok(LiveMessage::Delta(delta));
                    }
                }
                Ok(News::Sharing(friend)) => {
                    if let Some(delta) = self.sharing(friend) {
                        return Ok(LiveMessage::Delta(delta));
                    }
                }
                Ok(News::Range(friend)) => {
                    if let Some(delta) = self.range(friend) {
                        return Ok(LiveMessage::Delta(delta));
                    }
                }
                Ok(News::Online(friend)) => {
                    if let Some(delta) = self.online(friend) {
                        return Ok(LiveMessage::Delta(delta));
                    }
                }
                Ok(News::Alert(friend, told)) => {
                    if self.viewer.is(friend) && self.session.is_some() {
                        self.told = self.told.next();
                        let changes = vec![Change::Alert(Box::new(told.as_ref().clone()))];
                        return Ok(LiveMessage::Delta(Delta { seq: self.told, changes }));
                    }
                }
                Ok(News::Chat(news)) => {
                    if let Some(delta) = self.chat(&news) {
                        return Ok(LiveMessage::Delta(delta));
                    }
                }
                Ok(News::Everything) => {
                    self.viewer = self.viewer_now();
                    return Ok(self.snapshot());
                }
                Err(RecvError::Lagged(_)) => {
                    // From the end of the queue: at its beginning the next piece of news would push us out again. The end of
                    // the session may be among what was missed.
                    self.news = self.news.resubscribe();
                    self.still_signed_in().await?;
                    self.viewer = self.viewer_now();
                    return Ok(self.snapshot());
                }
                Ok(News::Sessions) => self.still_signed_in().await?,
                Err(RecvError::Closed) => return Err(Error::Stopping),
            }
        }
    }

    /// Counts that the viewer looks: once for each day.
    fn look(&mut self) {
        self.looked_on = Seen::day_of(self.now());
        self.service.look_around(&self.viewer, Surface::Map);
    }

    fn now(&self) -> Timestamp {
        self.service.shared.now()
    }

    /// The viewer as they are now. Who signed in has all that they are: a session is worth no less than its friend, so one who becomes an
    /// admin hears as one at once.
    fn viewer_now(&self) -> Viewer {
        let board = self.service.shared.board();
        if let (Viewer::Friend { friend, .. }, Some(_)) = (&self.viewer, &self.session)
            && let Some(on_board) = board.friends.get(friend)
        {
            return on_board.friend.viewer();
        }
        board.renewed(&self.viewer)
    }

    fn snapshot(&mut self) -> LiveMessage {
        let now = self.now();
        let board = self.service.shared.board();
        let snapshot = board.snapshot(&self.viewer, now);
        self.seen = Some(board.seqs.clone());
        let sight = Sight::new(&board, &self.viewer);
        let friends = snapshot.friends.iter();
        self.shown.stays = friends.clone().map(|live| (live.friend.id, live.stays.clone())).collect();
        self.shown.online = friends.clone().filter(|live| live.online).map(|live| live.friend.id).collect();
        let partly = friends.filter(|live| !sight.showing_of(live.friend.id, now).is_everything());
        self.shown.friends = partly.map(|live| (live.friend.id, live.clone())).collect();
        drop(board);
        self.shown.regions = snapshot.regions.iter().map(|region| region.id).collect();
        self.shown.unread = snapshot.unread;
        self.told = snapshot.seq;
        self.caught_up_at = now;
        LiveMessage::Snapshot(snapshot)
    }

    /// A friend said something about who sees what.
    fn sharing(&mut self, friend: FriendId) -> Option<Delta> {
        let now = self.now();
        let board = self.service.shared.board();
        let change = self.shown.see_anew(&board, &self.viewer, friend, now)?;
        self.told = self.told.next();
        Some(Delta { seq: self.told, changes: vec![change] })
    }

    /// A friend calls another distance near.
    fn range(&mut self, friend: FriendId) -> Option<Delta> {
        if !self.viewer.is(friend) {
            return None;
        }
        let range = self.service.range(&self.viewer);
        self.told = self.told.next();
        Some(Delta { seq: self.told, changes: vec![Change::Range(range)] })
    }

    /// A friend has opened a page.
    fn online(&mut self, friend: FriendId) -> Option<Delta> {
        let now = self.now();
        let board = self.service.shared.board();
        let change = self.shown.line(&board, &self.viewer, friend, now)?;
        self.told = self.told.next();
        Some(Delta { seq: self.told, changes: vec![change] })
    }

    /// A sign of life; with the hours some regions begin to tell, and others end, what friends show changes, and who has left their last page
    /// is gone.
    fn beat(&mut self) -> LiveMessage {
        let now = self.now();
        if Seen::day_of(now) != self.looked_on {
            self.look();
        }
        let since = std::mem::replace(&mut self.caught_up_at, now);
        let changes = {
            let board = self.service.shared.board();
            let scheduled = board.all_guarded().any(|region| region.details.schedule.is_some());
            // Who shows what by no clock is another only when that is told.
            let may_differ = |on_board: &OnBoard| scheduled || on_board.sharing.is_timed(since);
            let mut changes = self.shown.catch_up(&board, &self.viewer, now, may_differ);
            changes.extend(self.shown.lines(&board, &self.viewer, now));
            changes.extend(self.shown.unread(&board, &self.viewer, now));
            changes
        };
        if changes.is_empty() {
            return LiveMessage::Heartbeat(now);
        }
        self.told = self.told.next();
        LiveMessage::Delta(Delta { seq: self.told, changes })
    }

    /// What of a change this viewer may see, if it is new to them.
    fn delta(&mut self, changes: &Changes) -> Option<Delta> {
        let seen = self.seen.get_or_insert_default().entry(changes.group).or_default();
        if changes.seq <= *seen {
            return None;
        }
        *seen = changes.seq;
        let now = self.now();
        let mut visible = Vec::new();
        {
            let board = self.service.shared.board();
            let sight = Sight::new(&board, &self.viewer);
            let mut redrawn = false;
            for (demo, change) in &changes.news {
                if !is_for(&board, &self.viewer, changes.group, *demo, change) {
                    continue;
                }
                let Some(change) = sight.change(change, now) else { continue };
                let is_news = match &change {
                    Change::Stays(friend, stays) => self.shown.differs(*friend, stays),
                    Change::Friend(live) => self.shown.is_news(live),
                    Change::Region(region) => {
                        self.shown.regions.insert(region.id);
                        redrawn = true;
                        true
                    }
                    Change::RegionGone(region) => self.shown.regions.remove(region),
                    Change::Moved(..)
                    | Change::Lost(..)
                    | Change::Card(..)
                    | Change::Crossed(_)
                    | Change::Superseded { .. }
                    | Change::Range(_)
                    | Change::Chat(_)
                    | Change::ChatGone(_)
                    | Change::Unread(_)
                    | Change::Online(..)
                    | Change::Alert(_)
                    | Change::Sensor(_) => true,
                };
                if is_news {
                    visible.push(change);
                }
            }
            if redrawn {
                visible.extend(self.shown.catch_up(&board, &self.viewer, now, |_| true));
            }
        }
        if visible.is_empty() {
            return None;
        }
        // Each group counts by itself; to somebody who sees several, the order of all of them grows.
        self.told = changes.seq.max(self.told.next());
        Some(Delta { seq: self.told, changes: visible })
    }

    /// Looks now and then whether the session is over by itself; nobody tells of that.
    async fn check(&mut self) -> Result<(), Error> {
        let now = self.now();
        if now.millis_since(self.checked_at) >= CHECK_MS {
            self.checked_at = now;
            self.still_signed_in().await?;
        }
        Ok(())
    }

    async fn still_signed_in(&self) -> Result<(), Error> {
        match &self.session {
            Some(session) => self.service.session(session).await?.map(|_| ()).ok_or(Error::Unauthorised),
            None => Ok(()),
        }
    }
}

/// Whether a viewer is one of those to whom a change is told with the news of a group.
fn is_for(board: &Board, viewer: &Viewer, group: GroupId, demo: bool, change: &Change) -> bool {
    let hears_of = |friend: Option<FriendId>| {
        let owner = friend.and_then(|friend| board.friends.get(&friend));
        owner.is_some_and(|owner| viewer.hears_of(&owner.friend, group))
    };
    match change {
        Change::Sensor(id) => may_see_sensor(board, viewer, *id, group),
        Change::Moved(device, _) | Change::Lost(device, _) => {
            hears_of(board.devices.get(device).map(|reporter| reporter.device.friend))
        }
        Change::Stays(friend, _) | Change::Card(friend, _) => hears_of(Some(*friend)),
        // Made for each friend alone, and never told to a group.
        Change::Range(_)
        | Change::Alert(_)
        | Change::Chat(_)
        | Change::ChatGone(_)
        | Change::Unread(_) => false,
        Change::Friend(_)
        | Change::Online(..)
        | Change::Crossed(_)
        | Change::Superseded { .. }
        | Change::Region(_)
        | Change::RegionGone(_) => viewer.covers(group, demo),
    }
}

/// A sensor may be public, and then is seen beyond its group; one that is gone is its group's news.
fn may_see_sensor(board: &Board, viewer: &Viewer, id: SensorId, group: GroupId) -> bool {
    let sensor = board.sensor(id);
    sensor.map_or_else(|| viewer.is_of(group), |sensor| viewer.may_see_sensor(sensor))
}
