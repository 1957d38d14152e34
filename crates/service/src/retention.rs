//! For how long what is stored is kept, who says so, and what that comes to.
//!
//! Admins of the server say it for everybody, each friend less of their own. What is older is deleted by [`Service::sweep`], in small steps.

use crate::{
    Error, Service,
    audit::Deed,
    command::{Command, RetainCommand},
    request::server_admin,
    share::may_decide,
};
use domain::{
    Act, Forecast, FriendId, Held, Keep, OwnRetention, Retention, RetentionClass, Storage, Timestamp, Viewer,
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    sync::OnceLock,
    time::Duration,
};

/// The shortest that the audit log is kept by what admins say: what they do stays long enough to be noticed.
const LEAST_AUDIT: Keep = Keep::Days(30);
/// For how long it is not looked again how much there is.
const LOOKED_MS: i64 = 60 * 60_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What holds for a friend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnKept {
    /// What the server keeps.
    pub server: Retention,
    /// What they chose.
    pub own: OwnRetention,
    /// Until when nothing goes by the server's.
    pub begins_at: Option<Timestamp>,
}

/// What was deleted because it was too old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many rows, by class.
    pub rows: BTreeMap<RetentionClass, u64>,
    /// How long the longest step took; others waited so long at the most.
    pub longest: Duration,
    /// When a round last ended.
    pub last: Option<Timestamp>,
}

/// Says how many bytes are free on the disk, where it can; the service itself knows no files.
pub(crate) type Disk = OnceLock<Box<dyn Fn() -> Option<u64> + Send + Sync>>;

impl Service {
    /// Says how to learn what is free on the disk. The first who says it is believed.
    pub fn ask_disk(&self, free: impl Fn() -> Option<u64> + Send + Sync + 'static) {
        let _was_said = self.shared.disk.set(Box::new(free));
    }

    /// What the server keeps, and until when nothing goes by that.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server.
    pub fn retention(&self, by: &Viewer) -> Result<(Retention, Option<Timestamp>), Error> {
        server_admin(by)?;
        let kept = &self.shared.board().kept;
        let now = self.shared.now();
        Ok((kept.server, kept.begins_at.filter(|begins_at| now < *begins_at)))
    }

    /// Says for how long the server keeps what is stored. It begins with that, where it has not.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server; [`Error::Invalid`] for `audit` below thirty days, but at the terminal.
    pub async fn set_retention(&self, by: &Viewer, retention: Retention) -> Result<(), Error> {
        let (before, begins_at) = self.retention(by)?;
        let at_terminal = matches!(by, Viewer::Server { .. }) && self.token.is_none();
        if !at_terminal && retention.audit < LEAST_AUDIT.min(before.audit) {
            return Err(Error::invalid(
                "audit",
                "must be at least 30 days; less is said at the terminal alone",
            ));
        }
        let mut note = String::new();
        for class in RetentionClass::ALL {
            let (was, is) = (before.of(class), retention.of(class));
            if was != is {
                let _never_fails = write!(
                    note,
                    "{}{class} {was} to {is}",
                    if note.is_empty() { "" } else { ", " },
                    class = class.as_str()
                );
            }
        }
        if note.is_empty() {
            if begins_at.is_none() {
                return Ok(());
            }
            note.push_str("begins now");
        }
        let deed = Deed::new(Act::RetentionSet, "everybody").note(note);
        self.command_told(by, deed, |reply| Command::Retain(RetainCommand::Set { retention, reply })).await?;
        self.forget_sizes();
        Ok(())
    }

    /// What holds for a friend.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless it is the friend who asks, or an admin for one who cannot sign in.
    pub fn own_retention(&self, by: &Viewer, friend: FriendId) -> Result<OwnKept, Error> {
        let now = self.shared.now();
        let board = self.shared.board();
        may_decide(by, board.friends.get(&friend).ok_or(Error::NotFound("friend"))?)?;
        let begins_at = board.kept.begins_at.filter(|begins_at| now < *begins_at);
        let own = board.kept.own.get(&friend).copied().unwrap_or_default();
        Ok(OwnKept { server: board.kept.server, own, begins_at })
    }

    /// Says for how long a friend keeps what is their own: not longer than the server.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the class; as [`Self::own_retention`].
    pub async fn set_own_retention(
        &self,
        by: &Viewer,
        friend: FriendId,
        own: OwnRetention,
    ) -> Result<(), Error> {
        let OwnKept { server, own: before, .. } = self.own_retention(by, friend)?;
        for class in RetentionClass::OWN {
            let Some(days) = own.of(class) else { continue };
            let most = server.of(class);
            if Keep::days(i64::from(days)).is_err() || Keep::Days(days) > most {
                let most = most.as_days().unwrap_or(Keep::MOST);
                let why = format!("must be a number of days from 1 to {most}");
                return Err(Error::invalid(class.as_str(), why));
            }
        }
        if own == before {
            return Ok(());
        }
        let set = |reply| Command::Retain(RetainCommand::SetOwn { friend, own, reply });
        if by.is(friend) {
            self.command(set).await?;
        } else {
            let owner = self.friend(friend).ok_or(Error::NotFound("friend"))?;
            self.command_told(by, Deed::to(Act::RetentionSet, &owner), set).await?;
        }
        self.forget_sizes();
        Ok(())
    }

    /// Deletes what is older than it is kept: a round of small steps, between which everybody else has their turn. Messages stay until
    /// each of these archives has them.
    ///
    /// # Errors
    /// When the database fails; what is left is deleted by the next round.
    pub async fn sweep(&self, archives: &[String]) -> Result<Swept, Error> {
        let (mut archives, mut round) = (Some(archives.to_vec()), Swept::default());
        loop {
            let archives = archives.take();
            let step =
                self.command(|reply| Command::Retain(RetainCommand::Sweep { archives, reply })).await?;
            round.longest = round.longest.max(step.took);
            for (class, rows) in step.rows {
                *round.rows.entry(class).or_default() += rows;
                *self.shared.swept().rows.entry(class).or_default() += rows;
            }
            if !step.more {
                break;
            }
            // Half of the time is for others.
            tokio::time::sleep(step.took).await;
        }
        round.last = Some(self.shared.now());
        let mut all = self.shared.swept();
        all.longest = all.longest.max(round.longest);
        all.last = round.last;
        drop(all);
        if !round.rows.is_empty() {
            self.forget_sizes();
        }
        Ok(round)
    }

    /// What was deleted since the start, for those who watch the server.
    pub fn swept(&self) -> Swept {
        self.shared.swept().clone()
    }

    /// How much is stored, and how much it will be. Looked at anew after some minutes: it reads the whole database.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server; when the database fails.
    pub async fn storage(&self, by: &Viewer) -> Result<Storage, Error> {
        server_admin(by)?;
        let now = self.shared.now();
        let mut known = self.shared.sizes.lock().await;
        if let Some(storage) = known.as_ref().filter(|known| now.millis_since(known.at).abs() < LOOKED_MS) {
            return Ok(self.as_seen_by(by, storage.clone()));
        }
        let storage = self.look_at_storage(by, now).await?;
        *known = Some(storage.clone());
        Ok(self.as_seen_by(by, storage))
    }

    /// How much there is of somebody is for the admins of their groups: by how it grows one sees when a phone reports. Of the others there is one
    /// sum.
    fn as_seen_by(&self, by: &Viewer, storage: Storage) -> Storage {
        let board = self.shared.board();
        let is_seen =
            |id: &FriendId| board.friends.get(id).is_some_and(|known| by.administers_one_of(&known.friend));
        let (friends, others): (Vec<_>, Vec<_>) =
            storage.friends.into_iter().partition(|(friend, ..)| is_seen(friend));
        let sum = others
            .into_iter()
            .map(|(.., rows, bytes)| (rows, bytes))
            .reduce(|all, each| (all.0 + each.0, all.1 + each.1));
        Storage { friends, others: sum, ..storage }
    }

    async fn look_at_storage(&self, by: &Viewer, now: Timestamp) -> Result<Storage, Error> {
        let sizes = self.shared.reader.sizes(now).await?;
        let (retention, begins_at) = self.retention(by)?;
        let mut waiting = Vec::new();
        for class in RetentionClass::ALL.into_iter().filter(|_| begins_at.is_some()) {
            if let Some(before) = begins_at.and_then(|begins_at| retention.of(class).before(begins_at)) {
                waiting.push((class, self.shared.reader.older(class, before).await?));
            }
        }
        let mut beyond = Vec::new();
        for name in self.shared.reader.archives().await? {
            beyond.push(format!("The archive of the raw log ({name}) keeps every message that it got."));
        }
        beyond.push("Backups of the database keep what there was when they were made.".to_owned());
        beyond.push(
            "What went out to other brokers, phones and browsers is kept there as long as they keep it."
                .to_owned(),
        );
        let board = self.shared.board();
        let nothing = OwnRetention::default();
        let keep_of = |held: &Held| {
            let own = held.friend.and_then(|friend| board.kept.own.get(&friend)).unwrap_or(&nothing);
            retention.with(own).of(held.class)
        };
        let held: Vec<_> = sizes.held.iter().map(|held| (*held, keep_of(held))).collect();
        let filled: u64 = sizes.held.iter().map(|held| held.bytes).sum();
        let besides = sizes.file.saturating_sub(sizes.free).saturating_sub(filled);
        let mut friends: HashMap<FriendId, (u64, u64)> = HashMap::new();
        for held in &sizes.held {
            if let Some(friend) = held.friend {
                let (rows, bytes) = friends.entry(friend).or_default();
                (*rows, *bytes) = (*rows + held.rows, *bytes + held.bytes);
            }
        }
        let named = friends.into_iter().filter_map(|(friend, (rows, bytes))| {
            Some((friend, board.friends.get(&friend)?.friend.name.to_string(), rows, bytes))
        });
        let mut friends: Vec<_> = named.collect();
        friends.sort_by(|a, b| (b.3, &a.1).cmp(&(a.3, &b.1)));
        Ok(Storage {
            at: now,
            retention,
            begins_at,
            classes: RetentionClass::ALL.map(|class| all_of(class, &sizes.held)).to_vec(),
            friends,
            others: None,
            file: sizes.file,
            free: sizes.free,
            forecast: Forecast::of(now, &held, besides),
            disk_free: self.shared.disk.get().and_then(|free| free()),
            waiting,
            beyond,
        })
    }

    /// How much there is has to be looked at anew. If somebody is just looking, they see what was.
    fn forget_sizes(&self) {
        if let Ok(mut known) = self.shared.sizes.try_lock() {
            *known = None;
        }
    }
}

/// The day, of UTC, that a time is of: the time itself would tell when somebody was somewhere.
fn day_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(DAY_MS) * DAY_MS)
}

/// Everybody's of a class.
fn all_of(class: RetentionClass, held: &[Held]) -> Held {
    let none = Held { class, friend: None, rows: 0, bytes: 0, oldest: None, week: 0, month: 0 };
    held.iter().filter(|held| held.class == class).fold(none, |all, held| Held {
        class,
        friend: None,
        rows: all.rows + held.rows,
        bytes: all.bytes + held.bytes,
        oldest: all.oldest.into_iter().chain(held.oldest.map(day_of)).min(),
        week: all.week + held.week,
        month: all.month + held.month,
    })
}
