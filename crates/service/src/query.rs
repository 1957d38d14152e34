//! Questions. Each passes the viewer's scope to the board or the store; nothing leaves here that the viewer may not see.

use crate::{
    Error, Service,
    board::Board,
    broker::{heard_of, may_see},
    command::Command,
    request::{ROOM_BYTES, some_admin},
    sight::Sight,
};
use domain::{
    DeviceId, Fix, Friend, FriendId, Kind, Level, LoggedMessage, Region, RegionId, Shown, Stay, Timestamp,
    Transition, TransitionId, Viewer,
    live::{Hold, Snapshot},
};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use store::Belief;

/// How many entries of the history are read at a time at the least, where some may have to be left out.
const READ_AT_ONCE: u32 = 500;

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Some items, and where to go on.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// What to ask with for those that follow; `None` at the end. Opaque.
    pub next: Option<String>,
}

/// Which part of the history.
#[derive(Clone, Debug, Default)]
pub struct TransitionQuery {
    /// Only of this friend.
    pub friend: Option<FriendId>,
    /// Only of this region.
    pub region: Option<RegionId>,
    /// Only these.
    pub kind: Option<Kind>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// What holds alone, or also what was believed once.
    pub belief: Belief,
    /// At most so many; drawn into 1 to 1000.
    pub limit: u32,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// Which fixes of one device.
#[derive(Clone, Debug)]
pub struct FixQuery {
    /// Of this device.
    pub device: DeviceId,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// At most so many; drawn into 1 to 10,000.
    pub limit: u32,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// Which part of the message log.
#[derive(Clone, Debug, Default)]
pub struct MessageQuery {
    /// Only what was refused or could not be read.
    pub only_trouble: bool,
    /// At most so many; drawn into 1 to 500.
    pub limit: u32,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// A region and who is in it.
#[derive(Clone, Debug)]
pub struct Presence {
    /// Where.
    pub region: Region,
    /// Who, and since when.
    pub friends: Vec<Present>,
}

/// Somebody who is in a region.
#[derive(Clone, Debug)]
pub struct Present {
    /// Who.
    pub friend: Friend,
    /// Since when.
    pub stay: Stay,
    /// Nothing was heard of them since then, so they are there only probably.
    pub silent_since: Option<Timestamp>,
    /// The names of the devices that are there, where these were left behind, as it seems: another one has moved since, and is elsewhere.
    pub left_behind: Vec<String>,
    /// How they are shown to the viewer.
    pub shown: Shown,
}

impl Service {
    /// How things are now, for one viewer.
    pub fn snapshot(&self, viewer: &Viewer) -> Snapshot {
        self.shared.board().snapshot(viewer, self.shared.now())
    }

    /// Who is in which region now; regions with nobody in them too.
    pub fn presence(&self, viewer: &Viewer) -> Vec<Presence> {
        let Snapshot { friends, regions, now, .. } = self.snapshot(viewer);
        let inside = |region: &Region| {
            let stays = friends.iter().flat_map(|live| live.stays.iter().map(move |stay| (live, stay)));
            stays
                .filter(|(_, stay)| stay.region == region.id)
                .filter_map(|(live, stay)| {
                    let mut present = Present {
                        friend: live.friend.clone(),
                        stay: stay.clone(),
                        silent_since: None,
                        left_behind: Vec::new(),
                        shown: live.shown,
                    };
                    match live.hold(stay, now) {
                        Hold::Firm => {}
                        Hold::Silent(since) => present.silent_since = Some(since),
                        Hold::LeftBehind => {
                            present.left_behind =
                                live.devices_in(stay).into_iter().map(ToOwned::to_owned).collect();
                        }
                        Hold::Over => return None,
                    }
                    Some(present)
                })
                .collect()
        };
        regions.into_iter().map(|region| Presence { friends: inside(&region), region }).collect()
    }

    /// Who entered and left, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `cursor`; when the database fails.
    pub async fn transitions(
        &self,
        viewer: &Viewer,
        query: &TransitionQuery,
    ) -> Result<Page<Transition>, Error> {
        let limit = query.limit.clamp(1, 1000);
        let after = query.cursor.as_deref().map(|cursor| {
            let (at, id) = cursor.split_once('-')?;
            Some((Timestamp::from_millis(at.parse().ok()?), id.parse::<TransitionId>().ok()?))
        });
        let hidden = Sight::new(&self.shared.board(), viewer).hidden();
        let mut asked = store::TransitionQuery {
            scope: viewer.scope(),
            hidden,
            friend: query.friend,
            region: query.region,
            kind: query.kind,
            from: query.from,
            to: query.to,
            belief: query.belief,
            after: readable(after)?,
            limit: limit.saturating_add(1).max(READ_AT_ONCE),
        };
        let wanted = count(limit.saturating_add(1));
        let mut items = Vec::new();
        // What happened at hours at which its region tells nothing is left out, and made up for from further back.
        loop {
            let found = self.shared.reader.transitions(&asked).await?;
            asked.after =
                found.last().filter(|_| found.len() >= count(asked.limit)).map(|last| (last.at, last.id));
            let board = self.shared.board();
            let sight = Sight::new(&board, viewer);
            let now = self.shared.now();
            items.extend(found.into_iter().filter_map(|transition| sight.transition(transition, now)));
            if items.len() >= wanted || asked.after.is_none() {
                break;
            }
        }
        items.truncate(wanted);
        self.count_looks(viewer, "history", items.iter().map(|transition| transition.friend));
        Ok(page(items, limit, |_, last| format!("{}-{}", last.at.as_millis(), last.id)))
    }

    /// Where a device was, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer may not know the device, [`Error::Invalid`] for `cursor`.
    pub async fn fixes(&self, viewer: &Viewer, query: &FixQuery) -> Result<Page<Fix>, Error> {
        let now = self.shared.now();
        let (owner, showing) = {
            let board = self.shared.board();
            let reporter = board.devices.get(&query.device);
            let owner = reporter.and_then(|reporter| board.friends.get(&reporter.device.friend));
            let owner =
                owner.filter(|owner| viewer.may_see(&owner.friend)).ok_or(Error::NotFound("device"))?;
            (owner.friend.id, Sight::new(&board, viewer).showing(owner, now))
        };
        let limit = query.limit.clamp(1, 10_000);
        let after = query.cursor.as_deref().map(|cursor| {
            let (at, had) = cursor.split_once('-')?;
            Some((Timestamp::from_millis(at.parse().ok()?), had.parse::<u32>().ok()?))
        });
        let (since, until) = showing.span();
        let until = until.plus_millis(1);
        let wanted = limit.saturating_add(1);
        let mut asked = store::FixQuery {
            device: query.device,
            from: query.from.max(Some(since)),
            to: Some(query.to.map_or(until, |to| to.min(until))),
            after: readable(after)?,
            limit: if showing.is_everything() { wanted } else { wanted.max(READ_AT_ONCE) },
        };
        // Each with where to go on after it. A place in the order is only ever told of something that is seen.
        let mut seen: Vec<(Fix, (Timestamp, u32))> = Vec::new();
        while *showing.level() != Level::Off && *showing.level() != Level::Names {
            let found = self.shared.reader.fixes(&asked).await?;
            let is_last = found.len() < count(asked.limit);
            let board = self.shared.board();
            let sight = Sight::new(&board, viewer);
            for fix in found {
                let had = asked.after.filter(|(at, _)| *at == fix.at).map_or(0, |(_, had)| had);
                asked.after = Some((fix.at, had.saturating_add(1)));
                seen.extend(sight.fix(&showing, &fix).zip(asked.after));
            }
            if is_last || seen.len() >= count(wanted) {
                break;
            }
        }
        let has_more = seen.len() >= count(wanted);
        seen.truncate(count(limit));
        if !seen.is_empty() {
            self.count_looks(viewer, "positions", [owner]);
        }
        let next = seen.last().filter(|_| has_more).map(|(_, (at, had))| format!("{}-{had}", at.as_millis()));
        Ok(Page { items: seen.into_iter().map(|(fix, _)| fix).collect(), next })
    }

    /// What arrived, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin, [`Error::Invalid`] for `cursor`.
    pub async fn messages(
        &self,
        viewer: &Viewer,
        query: &MessageQuery,
    ) -> Result<Page<LoggedMessage>, Error> {
        let page = self.logged(viewer, query).await?;
        self.count_payloads(viewer, "message log", &page.items);
        Ok(page)
    }

    /// The same, without a word in the audit log.
    pub(crate) async fn logged(
        &self,
        viewer: &Viewer,
        query: &MessageQuery,
    ) -> Result<Page<LoggedMessage>, Error> {
        some_admin(viewer)?;
        let limit = query.limit.clamp(1, 500);
        let before = readable(query.cursor.as_deref().map(|cursor| self.shared.lines.line(cursor)))?;
        let of = heard_of(&self.shared.board(), viewer);
        let (only_trouble, at_most) = (query.only_trouble, limit.saturating_add(1));
        let asked = store::MessageQuery { only_trouble, before, of, limit: at_most };
        let items = self.shared.reader.messages(&asked).await?;
        let board = self.shared.board();
        let tell = |mut message| {
            self.tell_line(&board, viewer, &mut message);
            message
        };
        // Who is of the group no more since then is not heard of.
        let mut page = page(items.into_iter().map(tell).collect(), limit, |_, last| last.id.clone());
        page.items.retain(|message| may_see(&board, viewer, message.device));
        Ok(page)
    }

    /// Makes a line of the log one that a viewer may read: without what is not shown to them, and without its place among those of others.
    pub(crate) fn tell_line(&self, board: &Board, viewer: &Viewer, message: &mut LoggedMessage) {
        Sight::new(board, viewer).withhold(message, self.shared.now());
        if let Ok(line) = message.id.parse() {
            message.id = self.shared.lines.told(line);
        }
    }

    /// What the broker remembered when the server last stopped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retained(&self) -> Result<Vec<store::Retained>, Error> {
        Ok(self.shared.reader.retained().await?)
    }

    /// Whether the database can be written and read.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn ready(&self) -> Result<(), Error> {
        self.shared.reader.ping().await?;
        self.command(|reply| Command::TryOut { reply }).await
    }

    /// How many browsers look right now.
    pub fn viewers(&self) -> usize {
        self.shared.hub.viewers()
    }

    /// The friend of that name, as far as the viewer may know.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn friend_named(&self, viewer: &Viewer, name: &str) -> Result<Friend, Error> {
        let board = self.shared.board();
        let friend = board.friend_named(name).map(|on_board| &on_board.friend);
        let friend = friend.filter(|friend| viewer.may_see(friend)).ok_or(Error::NotFound("friend"))?;
        Ok(friend.seen_by(viewer))
    }

    /// The friend of that name or identifier, as far as the viewer may know.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn friend_called(&self, viewer: &Viewer, called: &str) -> Result<FriendId, Error> {
        let board = self.shared.board();
        let by_id = || board.friends.get(&called.parse().ok()?);
        let found = board.friend_named(called).or_else(by_id).filter(|owner| viewer.may_see(&owner.friend));
        found.map(|owner| owner.friend.id).ok_or(Error::NotFound("friend"))
    }

    /// The friend's device of that name; without a name, the one that was seen last.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn device_named(
        &self,
        viewer: &Viewer,
        friend: &str,
        device: Option<&str>,
    ) -> Result<DeviceId, Error> {
        let friend = self.friend_named(viewer, friend)?;
        let board = self.shared.board();
        let found = match device {
            Some(device) => board.device_named(friend.name.as_str(), device),
            None => board.friends.get(&friend.id).and_then(|on_board| {
                board.devices_of(on_board).max_by_key(|reporter| reporter.spot.as_ref().map(|spot| spot.at))
            }),
        };
        found.map(|reporter| reporter.device.id).ok_or(Error::NotFound("device"))
    }
}

/// Figures since the start, for those who watch the server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Messages committed.
    pub committed: u64,
    /// Of these, refused or unreadable.
    pub trouble: u64,
    /// Transactions.
    pub commits: u64,
    /// Messages of deleted times that came again, and were not kept.
    pub forgotten: u64,
    /// Friends known now.
    pub friends: usize,
    /// Devices known now.
    pub devices: usize,
    /// Bytes of messages that wait for their commit now.
    pub waiting_bytes: usize,
}

impl Service {
    /// Figures for those who watch the server.
    pub fn stats(&self) -> Stats {
        let board = self.shared.board();
        let Counts { committed, trouble, commits, forgotten } = &self.shared.counts;
        Stats {
            committed: committed.load(Relaxed),
            trouble: trouble.load(Relaxed),
            commits: commits.load(Relaxed),
            forgotten: forgotten.load(Relaxed),
            friends: board.friends.len(),
            devices: board.devices.len(),
            waiting_bytes: (ROOM_BYTES as usize).saturating_sub(self.shared.room.available_permits()),
        }
    }
}

/// What the pipeline counts.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) committed: AtomicU64,
    pub(crate) trouble: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) forgotten: AtomicU64,
}

/// A cursor that was given must be one that we gave.
#[expect(clippy::option_option, reason = "outer: was one given; inner: could it be read")]
pub(crate) fn readable<T>(cursor: Option<Option<T>>) -> Result<Option<T>, Error> {
    match cursor {
        Some(None) => Err(Error::invalid("cursor", "is not one that this server gave")),
        Some(cursor) => Ok(cursor),
        None => Ok(None),
    }
}

/// Takes one more item than the limit as the sign that there are more.
pub(crate) fn page<T>(mut items: Vec<T>, limit: u32, cursor: impl FnOnce(&[T], &T) -> String) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| cursor(&items, last));
    Page { items, next }
}
