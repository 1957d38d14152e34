//! Groups: who is of which, who decides that, and how somebody comes in and leaves.
//!
//! Nobody is put into a group: who can sign in is invited, and accepts. An invitation is by a name, and whether there is a friend of that name
//! the admin does not learn. For who cannot sign in it takes an admin of all their groups and of the new one. Of other groups that a friend is
//! of, nothing is said here to anybody who is not.

mod fate;
mod server;

pub use fate::Removal;
pub use server::ServerAdmins;
pub(crate) use server::others_manage;

use crate::{
    Error, Service,
    audit::Deed,
    board::Board,
    command::{Command, GroupCommand, PutMember},
    id,
    request::{admin_of, server_admin},
};
use domain::{Act, Friend, FriendId, GroupId, Name, Role, Stint, Timestamp, Viewer};
use store::{GroupInvitation, Staged};

/// How many may be invited to a group at once.
const MOST_INVITATIONS: usize = 100;
/// For how long an invitation holds: sixty days.
const INVITED_MS: i64 = 60 * 24 * 3_600_000;

/// A group as a viewer knows it.
#[derive(Clone, Debug)]
pub struct GroupReport {
    /// Which.
    pub id: GroupId,
    /// What it is called.
    pub name: Name,
    /// What the viewer is there; `None` for who is not of it.
    pub role: Option<Role>,
    /// Whether it is their home group.
    pub is_home: bool,
    /// Whether they manage it.
    pub may_manage: bool,
    /// Who is of it, by name; none for who is not.
    pub members: Vec<Member>,
    /// Who is invited, by name; none for who does not manage it.
    pub invited: Vec<Invited>,
}

/// A friend in a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub friend: Friend,
    /// As what.
    pub role: Role,
    /// From when on.
    pub since: Timestamp,
    /// Whether they are of no other group; told to admins alone.
    pub only_here: bool,
}

/// Somebody who is to come into a group; there may be nobody of that name.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The name as it was typed.
    pub name: Name,
    /// As what.
    pub role: Role,
    /// When they were invited.
    pub invited_at: Timestamp,
}

/// An invitation, to who is invited.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Into which group.
    pub group: GroupId,
    /// What it is called.
    pub name: Name,
    /// As what.
    pub role: Role,
    /// When.
    pub invited_at: Timestamp,
}

/// What became of somebody who was to be of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// They are.
    Member,
    /// They are invited, if there is somebody of that name.
    Invited,
}

impl Service {
    /// The groups that a viewer is of, by name; to an admin of the server also what the others are called.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn groups(&self, by: &Viewer) -> Result<Vec<GroupReport>, Error> {
        let invitations = self.valid_invitations().await?;
        let board = self.shared.board();
        let known = board.groups.iter().filter(|(group, _)| by.is_of(**group) || by.is_server_admin());
        let mut reports: Vec<GroupReport> = known
            .map(|(group, name)| {
                let id = *group;
                let may_manage = by.administers(id);
                let invited = invitations.iter().filter(|known| known.group == id && may_manage);
                GroupReport {
                    id,
                    name: name.clone(),
                    role: by.role_in(id),
                    is_home: matches!(by, Viewer::Friend { of, .. } if of.groups().next() == Some(id)),
                    may_manage,
                    members: members(&board, by, id),
                    invited: invited.map(as_invited).collect(),
                }
            })
            .collect();
        reports.sort_by_cached_key(|report| (report.name.key(), report.id));
        Ok(reports)
    }

    /// The group of that name, however it is written, or else of that identifier, as far as the viewer may know.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn group_named(&self, by: &Viewer, called: &str) -> Result<GroupId, Error> {
        let board = self.shared.board();
        let (key, id) = (domain::fold(called), called.parse::<GroupId>().ok());
        let known = |group: &GroupId| by.is_of(*group) || by.is_server_admin();
        let mut groups = board.groups.iter().filter(|(group, _)| known(group));
        let found = groups.find(|(group, name)| name.key() == key || id == Some(**group));
        found.map(|(group, _)| *group).ok_or(Error::NotFound("group"))
    }

    /// A viewer as they are now: of the groups that they are of by what was changed a moment ago. Whoever is no admin does not become one.
    pub fn renewed(&self, viewer: &Viewer) -> Viewer {
        self.shared.board().renewed(viewer)
    }

    /// What a group is called, to who is of it.
    pub fn group_name(&self, by: &Viewer, group: GroupId) -> Option<Name> {
        self.shared.board().groups.get(&group).filter(|_| by.is_of(group)).cloned()
    }

    /// Makes a group. Whoever makes it, if they are somebody, is its first admin.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server; [`Error::Invalid`] and [`Error::Conflict`] for `name`.
    pub async fn add_group(&self, by: &Viewer, name: &str) -> Result<GroupId, Error> {
        server_admin(by)?;
        let name = Name::topic_level(name).map_err(Error::name("name"))?;
        let (at, label) = (self.shared.now(), name.clone());
        let group = GroupId::new(id::new(at));
        let mut entry = self.entry(by, Deed::new(Act::GroupMade, &label));
        // Whoever makes it is not of it yet.
        entry.group = Some(group);
        let entries = vec![entry];
        let admin = Stint { group, role: Role::Admin, since: at, until: None };
        let members =
            if let Viewer::Friend { friend, .. } = by { vec![(*friend, admin)] } else { Vec::new() };
        let staged = store::Staged { entries, members, ..store::Staged::default() };
        let made = self.command_staged(staged, |reply| Command::PutGroup { id: group, name, reply }).await?;
        if made != group {
            return Err(Error::Conflict { field: "name", why: "is taken; choose another name".into() });
        }
        Ok(group)
    }

    /// Has somebody be of a group, or something else there. Who can sign in is invited instead, unless they are of it already, or whoever
    /// asks stands for the whole server.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the group; [`Error::Invalid`] for `name` and `role`; [`Error::Conflict`] for the last admin;
    /// [`Error::NotFound`] for the group, and to who stands for the whole server for the friend.
    pub async fn put_member(
        &self,
        by: &Viewer,
        group: GroupId,
        name: &str,
        role: Role,
    ) -> Result<Joined, Error> {
        self.may_fill(by, group)?;
        let typed = Name::topic_level(name).map_err(Error::name("name"))?;
        let stands_for_all = matches!(by, Viewer::Server { .. });
        let member = {
            let board = self.shared.board();
            let known = board.friend_named(typed.as_str()).map(|known| &known.friend);
            let known = known.filter(|known| by.may_see(known) && !known.demo);
            if known.is_none() && stands_for_all {
                return Err(Error::NotFound("friend"));
            }
            let is_member = known.is_some_and(|known| known.is_of(group));
            let decides = |known: &&Friend| {
                stands_for_all
                    || (is_member && by.administers(group))
                    || (known.role.is_none() && by.looks_after(known))
            };
            known.filter(decides).cloned()
        };
        let Some(known) = member else {
            return self.invite(by, group, typed, role).await.map(|()| Joined::Invited);
        };
        if known.role.is_none() && role == Role::Admin {
            return Err(Error::invalid("role", "must be friend for who cannot sign in"));
        }
        let member = PutMember { friend: known.id, group, role, at: self.shared.now() };
        let deed = Deed::new(Act::MemberPut, &known.name).in_group(&known, group).note(self.label(group));
        self.command_told(by, deed, |reply| GroupCommand::Put { member, reply }.into()).await?;
        Ok(Joined::Member)
    }

    /// Invites somebody by name. Whether there is somebody of that name is not said.
    async fn invite(&self, by: &Viewer, group: GroupId, name: Name, role: Role) -> Result<(), Error> {
        let invitations = self.valid_invitations().await?;
        let of_group = invitations.iter().filter(|known| known.group == group);
        if of_group.filter(|known| known.name.key() != name.key()).count() >= MOST_INVITATIONS {
            let why = format!("cannot be invited: {MOST_INVITATIONS} are already");
            return Err(Error::invalid("name", why));
        }
        if self
            .shared
            .board()
            .friend_named(name.as_str())
            .is_some_and(|known| known.friend.is_of(group) && by.may_see(&known.friend))
        {
            return Err(Error::Conflict { field: "name", why: "is of the group already".into() });
        }
        let deed = Deed::new(Act::GroupInvited, &name).of(group).note(self.label(group));
        let invited_at = self.shared.now();
        let made_by = if let Viewer::Friend { friend, .. } = by { Some(*friend) } else { None };
        let ends_at = invited_at.plus_millis(INVITED_MS);
        let invitation = GroupInvitation { group, name, role, made_by, invited_at, ends_at };
        self.command_told(by, deed, |reply| GroupCommand::Invite { invitation, reply }.into()).await
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the group; [`Error::NotFound`] for the group, and when nobody is invited by that name.
    pub async fn withdraw_invitation(&self, by: &Viewer, group: GroupId, name: &str) -> Result<(), Error> {
        self.may_fill(by, group)?;
        let deed = Deed::new(Act::InvitationRevoked, name.trim()).of(group).note(self.label(group));
        let key = domain::fold(name);
        let was =
            self.command_told(by, deed, |reply| GroupCommand::Disinvite { group, key, reply }.into()).await?;
        if was { Ok(()) } else { Err(Error::NotFound("invitation")) }
    }

    /// The groups that a viewer is invited to, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn group_invitations(&self, by: &Viewer) -> Result<Vec<Invitation>, Error> {
        let Some(own) = self.own_name(by) else { return Ok(Vec::new()) };
        let invitations = self.valid_invitations().await?;
        let board = self.shared.board();
        let mine = invitations.into_iter().filter(|known| known.name.key() == own.key());
        let mut mine: Vec<Invitation> = mine
            .filter(|known| !by.is_of(known.group))
            .filter_map(|known| {
                let GroupInvitation { group, role, invited_at, name: _, made_by: _, ends_at: _ } = known;
                Some(Invitation { group, name: board.groups.get(&group)?.clone(), role, invited_at })
            })
            .collect();
        mine.sort_by_cached_key(|invitation| invitation.name.key());
        Ok(mine)
    }

    /// The invitations that are worth something: they have not ended, and who made them may still invite there.
    async fn valid_invitations(&self) -> Result<Vec<GroupInvitation>, Error> {
        let now = self.shared.now();
        let mut invitations = self.shared.reader.group_invitations().await?;
        invitations.retain(|known| {
            let maker = known.made_by.map(|maker| self.friend(maker));
            let may_invite = |maker: Option<Friend>| {
                maker.is_some_and(|maker| self.may_fill(&maker.viewer(), known.group).is_ok())
            };
            now < known.ends_at && maker.is_none_or(may_invite)
        });
        Ok(invitations)
    }

    /// Accepts an invitation, or declines it. Who comes in shows that group nothing until they say what.
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the viewer is invited to a group of that name or identifier.
    pub async fn answer_invitation(&self, by: &Viewer, group: &str, accept: bool) -> Result<(), Error> {
        let Viewer::Friend { friend, .. } = by else { return Err(Error::Forbidden) };
        let own = self.own_name(by).ok_or(Error::Forbidden)?;
        let (key, id) = (domain::fold(group), group.parse::<GroupId>().ok());
        let invitations = self.group_invitations(by).await?;
        let mut invitations = invitations.into_iter();
        let found = invitations.find(|known| known.name.key() == key || id == Some(known.group));
        let Invitation { group, role, .. } = found.ok_or(Error::NotFound("invitation"))?;
        let key = own.key();
        if !accept {
            // Nobody is told: whether there is somebody of that name is not said.
            let was = self.command(|reply| GroupCommand::Disinvite { group, key, reply }.into()).await?;
            return if was { Ok(()) } else { Err(Error::NotFound("invitation")) };
        }
        // It is used up with that, or neither happens: of two answers at once only one counts.
        let known = self.friend(*friend).ok_or(Error::Forbidden)?;
        let deed = Deed::new(Act::InvitationAccepted, &own).in_group(&known, group).note(self.label(group));
        let entries = vec![self.entry(&Viewer::member(*friend, group, role), deed)];
        let staged = Staged { entries, answered: Some((group, key, role)), ..Staged::default() };
        let member = PutMember { friend: *friend, group, role, at: self.shared.now() };
        let (who, put) = (*friend, |reply| GroupCommand::Put { member, reply }.into());
        let premise = move |board: &Board| {
            let are_there = board.friends.contains_key(&who) && board.groups.contains_key(&group);
            are_there.then_some(()).ok_or(Error::NotFound("invitation"))
        };
        self.command_staged_if(premise, staged, put).await.map_err(crate::account::spoken_for)
    }

    /// Has a friend leave a group, themself or by an admin of it. What they showed there is not seen there any more.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] unless it is the friend themself or an admin of the group; [`Error::Conflict`] for the
    /// last admin, and for who is of no other group.
    pub async fn remove_member(&self, by: &Viewer, group: GroupId, friend: FriendId) -> Result<(), Error> {
        let known = self.friend(friend);
        let known = known.filter(|known| by.is_of(group) && known.is_of(group) && by.may_see(known));
        let known = known.ok_or(Error::NotFound("friend"))?;
        if !by.is(friend) {
            admin_of(by, group)?;
        }
        let deed = Deed::new(Act::MemberRemoved, &known.name).in_group(&known, group).note(self.label(group));
        self.command_told(by, deed, |reply| GroupCommand::Leave { friend, group, reply }.into()).await
    }

    /// What a group is called.
    fn label(&self, group: GroupId) -> String {
        self.shared.board().groups.get(&group).map(ToString::to_string).unwrap_or_default()
    }

    /// Whether a viewer may bring friends into a group: its admins, and, where there is none, the admins of the server.
    fn may_fill(&self, by: &Viewer, group: GroupId) -> Result<(), Error> {
        let board = self.shared.board();
        if !board.groups.contains_key(&group) || !(by.is_of(group) || by.is_server_admin()) {
            return Err(Error::NotFound("group"));
        }
        let is_orphaned = || !board.friends.values().any(|known| is_admin_of(&known.friend, group));
        if by.administers(group) || (by.is_server_admin() && is_orphaned()) {
            Ok(())
        } else {
            Err(Error::Forbidden)
        }
    }

    fn own_name(&self, by: &Viewer) -> Option<Name> {
        let Viewer::Friend { friend, .. } = by else { return None };
        Some(self.shared.board().friends.get(friend)?.friend.name.clone())
    }
}

fn members(board: &Board, by: &Viewer, group: GroupId) -> Vec<Member> {
    if !by.is_of(group) {
        return Vec::new();
    }
    let mut members: Vec<Member> = board
        .friends
        .values()
        .filter_map(|known| {
            let role = known.friend.viewer().role_in(group)?;
            let stint = known.stints.iter().find(|stint| stint.group == group && stint.until.is_none())?;
            let since = stint.since.max(known.friend.added_at);
            let only_here = by.administers(group) && known.friend.memberships.len() == 1;
            Some(Member { friend: known.friend.seen_by(by), role, since, only_here })
        })
        .collect();
    members.sort_by_cached_key(|member| member.friend.name.key());
    members
}

fn as_invited(known: &GroupInvitation) -> Invited {
    let GroupInvitation { name, role, invited_at, group: _, made_by: _, ends_at: _ } = known;
    Invited { name: name.clone(), role: *role, invited_at: *invited_at }
}

fn is_admin_of(friend: &Friend, group: GroupId) -> bool {
    friend.viewer().administers(group)
}

/// Refuses what would leave a group of several without an admin. Asked where one task writes: two may step down at the same moment.
pub(crate) fn not_the_last_of(board: &Board, group: GroupId, friend: FriendId) -> Result<(), Error> {
    let is_admin = board.friends.get(&friend).is_some_and(|known| is_admin_of(&known.friend, group));
    let others = board.friends.values().map(|known| &known.friend);
    let mut others =
        others.filter(|other| other.id != friend && other.is_of(group) && !other.demo).peekable();
    if !is_admin || others.peek().is_none() || others.any(|other| is_admin_of(other, group)) {
        return Ok(());
    }
    Err(Error::Conflict { field: "friend", why: "is the only admin of the group".into() })
}

/// Refuses what would leave the server, or a group of several, without an admin; asked likewise.
pub(crate) fn not_the_last_admin(board: &Board, friend: FriendId) -> Result<(), Error> {
    let mut admins = board.friends.values().filter(|on_board| on_board.friend.role == Some(Role::Admin));
    if admins.next().is_some_and(|only| only.friend.id == friend) && admins.next().is_none() {
        return Err(Error::Conflict { field: "friend", why: "is the only admin".into() });
    }
    let mut groups =
        board.friends.get(&friend).into_iter().flat_map(|known| known.friend.memberships.groups());
    groups.try_for_each(|group| not_the_last_of(board, group, friend))
}
