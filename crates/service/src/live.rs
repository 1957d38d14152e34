//! What a browser gets while it looks: a snapshot, then what changes, and a heartbeat in between.
//!
//! Subscribe first, then take the snapshot, then pass on only what is newer: nothing is missed, and nothing comes twice. Whoever falls
//! behind gets a snapshot again.

mod chat;
mod meant;
mod told;

use crate::{
    Error, Service,
    board::OnBoard,
    hub::{Changes, News},
    online::Line,
    sight::Sight,
};
use domain::{
    BotId, FriendId, GroupId, Seen, Seq, Surface, Timestamp, Viewer,
    live::{Change, Delta, LiveMessage},
};
use futures::{Stream, stream};
use meant::is_for;
use std::{collections::HashMap, time::Duration};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Interval, MissedTickBehavior, interval},
};
use told::Told;

/// How often a quiet line says that it is alive. It is also how a departed browser is noticed.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often it is looked whether the session has ended by itself, milliseconds.
const CHECK_MS: i64 = 10 * 60_000;

/// By what somebody is let in who looks: when it holds no longer, their line ends.
#[derive(Clone)]
pub enum Key {
    /// Nothing that ends.
    None,
    /// The cookie of a session.
    Session(String),
    /// A bearer token, of the interface or of a bot.
    Token(String),
}

/// For whom a line is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A page, which shows how things are.
    Page,
    /// Whoever hears of events, each one.
    Events,
}

/// Somebody who looks, with what they were told.
pub(crate) struct Watch {
    service: Service,
    viewer: Viewer,
    key: Key,
    purpose: Purpose,
    /// The last snapshot was taken because the line had fallen behind: something before it was not told.
    fell_behind: bool,
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
        let key = session.map_or(Key::None, Key::Session);
        let watch = Watch::new(self, viewer, key, Purpose::Page, line);
        stream::unfold(Some(watch), |watch| async {
            let mut watch = watch?;
            match watch.next().await {
                Ok(message) => Some((Ok(message), Some(watch))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// The same for whoever hears of events. A script is no page: nobody is online by it.
    pub(crate) fn watch(&self, viewer: Viewer, key: Key) -> Watch {
        Watch::new(self, viewer, key, Purpose::Events, None)
    }
}

impl Watch {
    fn new(service: &Service, viewer: Viewer, key: Key, purpose: Purpose, line: Option<Line>) -> Self {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        Self {
            service: service.clone(),
            viewer,
            key,
            purpose,
            fell_behind: false,
            news: service.shared.hub.subscribe(),
            heartbeat,
            seen: None,
            told: Seq::default(),
            shown: Told::default(),
            looked_on: 0,
            caught_up_at: Timestamp::MIN,
            checked_at: service.shared.now(),
            _line: line,
        }
    }

    /// How things are before anything is told; counts as a look.
    pub(crate) fn first(&mut self) -> LiveMessage {
        let first = self.snapshot();
        self.look();
        first
    }

    /// Counts that a bot heard of friends who came or went: that is all it ever learns. Others look at everybody, once a day.
    pub(crate) fn heard_of(&self, friends: Vec<FriendId>) {
        if let Viewer::Bot { .. } = self.viewer {
            self.service.see(&self.viewer, Surface::Lists, friends);
        }
    }

    /// Whether something was left out before the last message.
    pub(crate) fn fell_behind(&mut self) -> bool {
        std::mem::take(&mut self.fell_behind)
    }

    /// The next message; the first is a snapshot.
    pub(crate) async fn next(&mut self) -> Result<LiveMessage, Error> {
        if self.seen.is_none() {
            return Ok(self.first());
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
                    if self.viewer.is(friend) && matches!(self.key, Key::Session(_)) {
                        self.told = self.told.next();
                        let changes = vec![Change::Alert(Box::new(told.as_ref().clone()))];
                        return Ok(LiveMessage::Delta(Delta { seq: self.told, changes }));
                    }
                }
                Ok(News::Bot(bot)) => {
                    if let Some(delta) = self.bot(bot) {
                        return Ok(LiveMessage::Delta(delta));
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
                    (self.seen, self.fell_behind) = (None, true);
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
        match self.purpose {
            Purpose::Page => drop(self.service.look_around(&self.viewer, Surface::Map)),
            Purpose::Events => self.service.count_list(&self.viewer, "events"),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.service.shared.now()
    }

    /// The viewer as they are now. Who signed in has all that they are: a session is worth no less than its friend, so one who becomes an
    /// admin hears as one at once.
    fn viewer_now(&self) -> Viewer {
        let board = self.service.shared.board();
        if let (Viewer::Friend { friend, .. }, Key::Session(_)) = (&self.viewer, &self.key)
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
        // What waits behind this is told all the same to who hears of each event.
        if self.purpose == Purpose::Page || self.seen.is_none() {
            self.seen = Some(board.seqs.clone());
        }
        let sight = Sight::new(&board, &self.viewer);
        let friends = snapshot.friends.iter();
        self.shown.stays = friends.clone().map(|live| (live.friend.id, live.stays.clone())).collect();
        self.shown.online = friends.clone().filter(|live| live.online).map(|live| live.friend.id).collect();
        let partly = friends.filter(|live| !sight.showing_of(live.friend.id, now).is_everything());
        self.shown.friends = partly.map(|live| (live.friend.id, live.clone())).collect();
        drop(board);
        let connected = snapshot.bots.iter().filter(|bot| bot.connected);
        self.shown.connected = connected.map(|bot| bot.id).collect();
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

    /// A bot listens.
    fn bot(&mut self, bot: BotId) -> Option<Delta> {
        let now = self.now();
        let board = self.service.shared.board();
        let change = self.shown.bot(&board, &self.viewer, bot, now)?;
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
            changes.extend(self.shown.bots(&board, &self.viewer, now));
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
                    | Change::BotConnected(..)
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
        match &self.key {
            Key::Session(session) => {
                self.service.session(session).await?.map(|_| ()).ok_or(Error::Unauthorised)
            }
            Key::Token(token) => self.service.bearer(token).await?.map(|_| ()).ok_or(Error::Unauthorised),
            Key::None => Ok(()),
        }
    }
}
