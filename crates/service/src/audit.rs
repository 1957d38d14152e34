//! The audit log: who did what as an admin or with a token, what concerned signing in, and whom an admin looked at.
//!
//! An act is written in the transaction of what it tells of ([`Service::command_told`]), or after it where nothing is stored for it
//! ([`Service::tell`]). A look is counted once for each admin, friend, way of looking and day, in memory for at most a second; what was seen
//! is never kept. Friends may read what concerns them.

use crate::{
    Error, Page, Service, Shared,
    board::Board,
    command::{Command, Reply, SignInCommand},
    id,
    query::{page, readable},
    request::some_admin,
};
use domain::{Act, Actor, AuditEntry, AuditId, FriendId, GroupId, LoggedMessage, Surface, Viewer};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};
use store::{NewAudit, Staged};
use uuid::Uuid;

/// How many different things are counted between two writes; what comes beyond that is not told apart.
const MOST_COUNTED: usize = 10_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Which part of the audit log, as asked for.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only by who is called so; `terminal` for the terminal.
    pub actor: Option<String>,
    /// Only this.
    pub act: Option<Act>,
    /// At most so many; drawn into 1 to 500.
    pub limit: u32,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// What was done, without who did it.
pub(crate) struct Deed {
    act: Act,
    group: Option<GroupId>,
    id: Option<Uuid>,
    subject: String,
    friend: Option<FriendId>,
    note: String,
    /// Made up, for a demonstration: nobody need know of it.
    demo: bool,
}

impl Deed {
    /// Something done to what is called so.
    pub(crate) fn new(act: Act, subject: impl fmt::Display) -> Self {
        let subject = subject.to_string();
        Self { act, group: None, id: None, subject, friend: None, note: String::new(), demo: false }
    }

    /// Something done to a friend.
    pub(crate) fn to(act: Act, friend: &domain::Friend) -> Self {
        Self::new(act, &friend.name).concerning(friend)
    }

    /// Something done to a device.
    pub(crate) fn of_device(act: Act, owner: &domain::Friend, device: &domain::Device) -> Self {
        Self::new(act, format_args!("{} of {}", device.name, owner.name))
            .concerning(owner)
            .which(device.id.uuid())
    }

    /// It concerns a friend in a group.
    pub(crate) fn in_group(self, friend: &domain::Friend, group: GroupId) -> Self {
        Self { friend: Some(friend.id), demo: friend.demo, group: Some(group), ..self }
    }

    /// It concerns a friend, and their group.
    pub(crate) fn concerning(self, friend: &domain::Friend) -> Self {
        Self { group: Some(friend.group), friend: Some(friend.id), demo: friend.demo, ..self }
    }

    /// It concerns a group.
    pub(crate) fn of(self, group: GroupId) -> Self {
        Self { group: Some(group), ..self }
    }

    /// Which thing exactly.
    pub(crate) fn which(self, id: Uuid) -> Self {
        Self { id: Some(id), ..self }
    }

    /// More about it. Never a position, a password or a token.
    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

/// What is counted until it is written.
#[derive(Default)]
pub(crate) struct Counted(Mutex<HashMap<String, NewAudit>>);

impl Counted {
    fn add(&self, new: NewAudit) {
        let Some(once) = new.once.clone() else { return };
        let mut counted = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let room = counted.len() < MOST_COUNTED;
        if let Some(known) = counted.get_mut(&once) {
            known.times = known.times.saturating_add(new.times);
        } else if room {
            counted.insert(once, new);
        }
    }

    /// Takes all that is counted, to write it.
    pub(crate) fn take(&self) -> Vec<NewAudit> {
        let mut counted = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::take(&mut *counted).into_values().collect()
    }

    /// It could not be written.
    pub(crate) fn put_back(&self, entries: Vec<NewAudit>) {
        for entry in entries {
            self.add(entry);
        }
    }
}

/// Where a look of this way is counted for who was looked at.
fn surface_of(way: &str) -> Surface {
    match way {
        "history" | "positions" => Surface::History,
        "console" | "message log" => Surface::Log,
        "list of friends" | "presence" | "around" | "here" | "events" => Surface::Lists,
        _ => Surface::Details,
    }
}

impl Service {
    /// What whoever asks is called in the audit log.
    pub(crate) fn called(&self, by: &Viewer) -> String {
        self.actor(by).0.name().to_owned()
    }

    /// The same service for who came with the token of that name: what it does for the whole server is written down as the token's.
    #[must_use]
    pub fn with_token(&self, name: &str) -> Self {
        Self { token: Some(Arc::from(name)), ..self.clone() }
    }

    /// A friend as the board knows them.
    pub(crate) fn friend(&self, id: FriendId) -> Option<domain::Friend> {
        self.shared.board().friends.get(&id).map(|known| known.friend.clone())
    }

    /// Sends a command that is written down as `deed` in the same transaction.
    pub(crate) async fn command_told<T>(
        &self,
        by: &Viewer,
        deed: Deed,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Error> {
        self.command_staged(self.written(by, deed), command).await
    }

    /// The same, if what it was made for is still so when it is carried out.
    pub(crate) async fn command_told_if<T>(
        &self,
        premise: impl FnOnce(&Board) -> Result<(), Error> + Send + 'static,
        by: &Viewer,
        deed: Deed,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Error> {
        self.command_staged_if(premise, self.written(by, deed), command).await
    }

    /// Sends a command in whose transaction goes what is staged, or neither happens.
    pub(crate) async fn command_staged<T>(
        &self,
        staged: Staged,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Error> {
        self.command(|reply| Command::Told { staged, command: Box::new(command(reply)) }).await
    }

    /// The same, if what it was made for is still so when it is carried out.
    pub(crate) async fn command_staged_if<T>(
        &self,
        premise: impl FnOnce(&Board) -> Result<(), Error> + Send + 'static,
        staged: Staged,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Error> {
        self.command_if(premise, |reply| Command::Told { staged, command: Box::new(command(reply)) }).await
    }

    /// What is written down of a deed: of what is made up, nothing.
    pub(crate) fn written(&self, by: &Viewer, deed: Deed) -> Staged {
        if deed.demo { Staged::default() } else { vec![self.entry(by, deed)].into() }
    }

    /// The same for who is not known.
    pub(crate) fn written_of_nobody(&self, from: &str, deed: Deed) -> Staged {
        if deed.demo {
            return Staged::default();
        }
        vec![self.shared.audit_entry((Actor::Nobody(from.to_owned()), None), deed)].into()
    }

    /// Writes down something that is stored nowhere else.
    pub(crate) async fn tell(&self, by: &Viewer, deed: Deed) -> Result<(), Error> {
        let entries = vec![self.entry(by, deed)];
        self.command(|reply| SignInCommand::Tell { entries, reply }.into()).await
    }

    /// Counts a look at friends: that of an admin who is somebody else, or of a token of the whole server. `way` says where.
    pub(crate) fn count_looks(
        &self,
        by: &Viewer,
        way: &'static str,
        friends: impl IntoIterator<Item = FriendId>,
    ) {
        let friends: Vec<_> = friends.into_iter().collect();
        let real = |id: &FriendId| self.friend(*id).is_some_and(|friend| !friend.demo);
        self.see(by, surface_of(way), friends.iter().copied().filter(real));
        let own = match by {
            Viewer::Friend { friend, .. } if by.administers_any() => Some(*friend),
            Viewer::Server { .. } => None,
            Viewer::Friend { .. } | Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. } => return,
        };
        let mut friends: Vec<_> = friends.into_iter().filter(|friend| Some(*friend) != own).collect();
        friends.sort_unstable();
        friends.dedup();
        for id in friends {
            let Some(friend) = self.friend(id).filter(|friend| !friend.demo) else { continue };
            let looked = self.entry(by, Deed::to(Act::PositionRead, &friend).note(way));
            self.shared.counted.add(counted(looked));
        }
    }

    /// Counts somebody's looks at everybody whom they see with a position now; only where they stand for the whole server.
    pub fn count_list(&self, by: &Viewer, way: &'static str) {
        let seen = self.look_around(by, Surface::Lists).friends.into_iter();
        if matches!(by, Viewer::Server { .. }) {
            let seen: Vec<_> =
                seen.filter(|live| !live.devices.is_empty()).map(|live| live.friend.id).collect();
            self.count_looks(by, way, seen);
        }
    }

    /// The same for messages of which more than that they came is shown.
    pub(crate) fn count_payloads<'a>(
        &self,
        by: &Viewer,
        way: &'static str,
        messages: impl IntoIterator<Item = &'a LoggedMessage>,
    ) {
        let friends: Vec<_> = {
            let board = self.shared.board();
            let shown = messages.into_iter().filter(|message| message.payload != LoggedMessage::WITHHELD);
            shown.filter_map(|message| Some(board.devices.get(&message.device?)?.device.friend)).collect()
        };
        self.count_looks(by, way, friends);
    }

    /// Counts something that nobody did who is known.
    pub(crate) fn count_nobodys(&self, from: &str, deed: Deed) {
        let actor = (Actor::Nobody(from.to_owned()), None);
        self.shared.counted.add(counted(self.shared.audit_entry(actor, deed)));
    }

    /// What was done, by whom.
    pub(crate) fn entry(&self, by: &Viewer, deed: Deed) -> NewAudit {
        let mut deed = deed;
        if let Viewer::Friend { of, .. } = by {
            // Whoever reads it is of that group, and so is who did it. What fits no group is for the admins of the server alone.
            let subject = deed.friend.and_then(|id| self.friend(id));
            let both = subject.and_then(|known| known.memberships.shared_with(of).next());
            let own = deed.group.filter(|group| of.is_of(*group));
            deed.group = own.or(both);
        }
        self.shared.audit_entry(self.actor(by), deed)
    }

    fn actor(&self, by: &Viewer) -> (Actor, Option<FriendId>) {
        match by {
            Viewer::Friend { friend, .. } => {
                let name =
                    self.friend(*friend).map_or_else(|| friend.to_string(), |known| known.name.to_string());
                (Actor::Friend(name), Some(*friend))
            }
            Viewer::Server { .. } | Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. } => {
                match &self.token {
                    Some(name) => (Actor::Token(name.to_string()), None),
                    None => (Actor::Terminal, None),
                }
            }
        }
    }

    /// The audit log, newest first: what concerns the group of an admin, for an admin of the server also what concerns none, or everything for
    /// who stands for the whole server.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin, [`Error::Invalid`] for `cursor`.
    pub async fn audit(&self, by: &Viewer, query: &AuditQuery) -> Result<Page<AuditEntry>, Error> {
        some_admin(by)?;
        // Where there never was more than one group, its admins are those of the server.
        let alone = self.shared.board().is_alone();
        let groups = match by {
            Viewer::Friend { of, .. } if !alone => {
                Some(of.groups().filter(|group| by.administers(*group)).collect())
            }
            Viewer::Friend { .. } | Viewer::Server { .. } => None,
            Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. } => return Err(Error::Forbidden),
        };
        let limit = query.limit.clamp(1, 500);
        let before = readable(query.cursor.as_deref().map(|cursor| cursor.parse::<AuditId>().ok()))?;
        let actor = query.actor.as_deref().map(str::trim).filter(|actor| !actor.is_empty());
        let asked = store::AuditQuery {
            groups,
            of_none: by.is_server_admin(),
            friend: None,
            actor: actor.map(ToOwned::to_owned),
            act: query.act,
            before,
            limit: limit.saturating_add(1),
        };
        let items = self.shared.reader.audit(&asked).await?;
        Ok(page(items, limit, |_, last| last.id.to_string()))
    }

    /// What others did about a friend, for that friend, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is nobody in particular; when the database fails.
    pub async fn audit_of_me(&self, by: &Viewer, limit: u32) -> Result<Vec<AuditEntry>, Error> {
        let Viewer::Friend { friend, .. } = by else { return Err(Error::Forbidden) };
        let asked =
            store::AuditQuery { friend: Some(*friend), limit: limit.clamp(1, 500), ..Default::default() };
        Ok(self.shared.reader.audit(&asked).await?)
    }
}

/// The same actor, act, friend, subject, note and day are one entry.
fn counted(new: NewAudit) -> NewAudit {
    let day = new.at.as_millis().div_euclid(DAY_MS);
    let who = new
        .actor_id
        .map_or_else(|| format!("{}={}", new.actor.kind(), new.actor.name()), |id| id.to_string());
    let whom = new.friend.map_or_else(|| new.subject.clone(), |id| id.to_string());
    let once = format!("{} {who} {whom} {} {day}", new.act.as_str(), new.note);
    NewAudit { once: Some(once), ..new }
}

impl Shared {
    fn audit_entry(&self, (actor, actor_id): (Actor, Option<FriendId>), deed: Deed) -> NewAudit {
        let at = self.now();
        let Deed { act, group, id, subject, friend, note, demo: _ } = deed;
        NewAudit {
            id: AuditId::new(id::new(at)),
            at,
            group,
            actor,
            actor_id,
            act,
            subject_id: id,
            subject,
            friend,
            note,
            once: None,
            times: 1,
        }
    }
}
