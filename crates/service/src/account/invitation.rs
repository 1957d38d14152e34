//! Invitations: an admin makes a link, and whoever opens it becomes one of the group, once.
//!
//! Who comes shows nothing of themselves until they choose; a friend who was there already and could only not sign in stays as it was
//! said for them. What is in the link is nowhere but in the link.

use super::{NewSession, Visitor, checked, name_taken, role_word};
use crate::{
    Error, Service,
    audit::Deed,
    board::Board,
    command::{Command, SignInCommand},
    id,
    request::{admin_of, some_admin},
    secret::{self, Fresh},
};
use domain::{
    Act, Fate, Friend, FriendId, InvitationId, Name, Once, Role, Sharing, Stint, Timestamp, Viewer,
};
use store::{Identity, Use};

/// For how long an invitation holds at the least and at the most, days.
pub const INVITATION_DAYS: std::ops::RangeInclusive<u32> = 1..=60;
/// How many links into a group can be open at once.
const MOST_OPEN: u64 = 100;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// An invitation as an admin wants it.
#[derive(Clone, Debug)]
pub struct InvitationDraft {
    /// To which group, by name; made when there is none; `None`: one's own, or the first.
    pub group: Option<String>,
    /// As whom; empty: whoever opens it chooses.
    pub name: String,
    /// As what.
    pub role: Role,
    /// For how many days.
    pub days: u32,
}

/// An invitation as an admin sees it.
#[derive(Clone, Debug)]
pub struct InvitationNow {
    /// Which.
    pub id: InvitationId,
    /// The group it leads to.
    pub group: String,
    /// As whom; `None`: whoever opens it chooses.
    pub name: Option<Name>,
    /// As what.
    pub role: Role,
    /// By whom it was made.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Until when it can be used.
    pub ends_at: Timestamp,
    /// What became of it.
    pub state: InvitationState,
}

/// What became of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// It can be used.
    Open,
    /// Somebody came by it: who, and when.
    Used(String, Timestamp),
    /// It was taken back.
    Revoked(Timestamp),
    /// Nobody came in time.
    Over,
}

/// What whoever opens an invitation sees.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// The group.
    pub group: String,
    /// As whom they come; `None`: they choose.
    pub name: Option<Name>,
}

/// How somebody who comes by an invitation will sign in.
pub(crate) enum Key {
    Password(String),
    Identity { issuer: String, subject: String },
}

impl Service {
    /// Makes an invitation; returns it with what is in its link, which nobody can be told again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; [`Error::Invalid`] for `name`, `days` or `group`, and for `name` when very many are invited;
    /// [`Error::Conflict`] for a name that can sign in already.
    pub async fn invite_by_link(
        &self,
        by: &Viewer,
        draft: InvitationDraft,
    ) -> Result<(InvitationNow, String), Error> {
        some_admin(by)?;
        let name = Some(draft.name.trim()).filter(|name| !name.is_empty());
        let name = name.map(|name| Name::topic_level(name).map_err(Error::name("name"))).transpose()?;
        if !INVITATION_DAYS.contains(&draft.days) {
            return Err(Error::invalid("days", "must be from 1 to 60"));
        }
        let group = self.group_for(by, draft.group.as_deref()).await?;
        admin_of(by, group)?;
        if let Some(name) = &name {
            may_become(&self.shared.board(), group, name)?;
        }
        let made_at = self.shared.now();
        if self.shared.reader.open_invitations(group, made_at).await? >= MOST_OPEN {
            return Err(Error::invalid("name", format!("cannot be invited: {MOST_OPEN} are already")));
        }
        let Fresh { told: link, hash } = secret::fresh("")?;
        let new = store::Invitation {
            id: InvitationId::new(id::new(made_at)),
            group,
            name,
            role: draft.role,
            made_by: self.called(by),
            maker: if let Viewer::Friend { friend, .. } = by { Some(*friend) } else { None },
            made_at,
            once: Once::until(made_at.plus_millis(i64::from(draft.days) * DAY_MS)),
            used_by: None,
        };
        let called = new.name.as_ref().map_or_else(|| "somebody".to_owned(), Name::to_string);
        let deed = Deed::new(Act::Invited, called).of(group).which(new.id.uuid()).note(role_word(new.role));
        let invitation = new.clone();
        let command = |reply| SignInCommand::AddInvitation { invitation: Box::new(invitation), hash, reply };
        self.command_told(by, deed, |reply| command(reply).into()).await?;
        Ok((self.invitation_now(new, &self.group_names().await?), link))
    }

    /// The invitations a viewer may know of, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin; when the database fails.
    pub async fn invitations(&self, by: &Viewer) -> Result<Vec<InvitationNow>, Error> {
        some_admin(by)?;
        let names = self.group_names().await?;
        let groups: Option<Vec<_>> = match by {
            Viewer::Server { .. } => None,
            Viewer::Friend { .. } | Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. } => Some(
                self.shared.board().groups.keys().copied().filter(|group| by.administers(*group)).collect(),
            ),
        };
        let known = self.shared.reader.invitations(groups.as_deref()).await?.into_iter();
        Ok(known.map(|invitation| self.invitation_now(invitation, &names)).collect())
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`], also when it cannot be used any more.
    pub async fn revoke_invitation(&self, by: &Viewer, invitation: InvitationId) -> Result<(), Error> {
        some_admin(by)?;
        let at = self.shared.now();
        let known = self.shared.reader.invitation_by_id(invitation).await?;
        let known = known.filter(|known| by.administers(known.group));
        let known = known.filter(|known| self.state(known, at) == InvitationState::Open);
        let known = known.ok_or(Error::NotFound("invitation"))?;
        let called = known.name.map_or_else(|| "somebody".to_owned(), |name| name.to_string());
        let deed = Deed::new(Act::InvitationRevoked, called).of(known.group).which(invitation.uuid());
        self.command_told(by, deed, |reply| SignInCommand::RevokeInvitation { invitation, at, reply }.into())
            .await
    }

    /// What whoever opens an invitation sees; `None` when it cannot be used, or never could.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn welcome(&self, link: &str) -> Result<Option<Welcome>, Error> {
        let Some(known) = self.open_invitation(link).await? else { return Ok(None) };
        let names = self.group_names().await?;
        Ok(Some(Welcome { group: group_name(&names, known.group), name: known.name }))
    }

    /// Lets somebody in by an invitation, and signs them in. `name` only counts where the invitation names nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the invitation cannot be used; [`Error::Invalid`] or [`Error::Conflict`] for `name` or `password`.
    pub async fn accept_invitation(
        &self,
        link: &str,
        name: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let hash = secret::hash_password(checked("password", password)?);
        // First: who has no invitation must not make the server work.
        self.open_invitation(link).await?.ok_or(Error::NotFound("invitation"))?;
        let key = Key::Password(hash.await?);
        self.let_in(link, name, key, visitor).await
    }

    pub(crate) async fn let_in(
        &self,
        link: &str,
        name: &str,
        key: Key,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let invitation = self.open_invitation(link).await?.ok_or(Error::NotFound("invitation"))?;
        let is_chosen = invitation.name.is_none();
        let name = match &invitation.name {
            Some(name) => name.clone(),
            None => Name::topic_level(name).map_err(Error::name("name"))?,
        };
        let known = may_become(&self.shared.board(), invitation.group, &name)?;
        // Who is there already is only who an admin named: nobody becomes another by choosing their name.
        if is_chosen && known.is_some() {
            return Err(name_taken());
        }
        let at = self.shared.now();
        let (friend, is_new) = match known.and_then(|id| self.friend(id)) {
            Some(known) => (known, false),
            None => (self.new_friend(invitation.group, name, Some(invitation.role), false), true),
        };
        // An admin of their group; of the server, nobody becomes by a link.
        let friend = Friend { role: Some(Role::Friend), ..friend };
        let by = Viewer::member(friend.id, invitation.group, invitation.role);
        let mut entry = self.entry(&by, Deed::to(Act::InvitationAccepted, &friend));
        // The board does not know them yet.
        entry.actor = domain::Actor::Friend(friend.name.to_string());
        let entries = vec![entry];
        let used = Some(Use { invitation: invitation.id, at, by: friend.name.to_string() });
        let (password_hash, identity) = match key {
            Key::Password(hash) => (Some(hash), None),
            Key::Identity { issuer, subject } => {
                (None, Some(Identity { issuer, subject, friend: friend.id, linked_at: at }))
            }
        };
        let (id, who) = (friend.id, friend.clone());
        let premise = still_welcome(invitation.clone(), who.name.clone(), known);
        let stint = Stint { group: invitation.group, role: invitation.role, since: at, until: None };
        let members = if is_new { Vec::new() } else { vec![(id, stint)] };
        let staged = store::Staged { entries, used, identity, members, ..store::Staged::default() };
        let done = self.command_staged_if(premise, staged, |reply| {
            if is_new {
                Command::AddFriend { friend, password_hash, sharing: Sharing::default(), reply }
            } else {
                Command::SetAccount { friend: id, account: Some((Role::Friend, password_hash)), reply }
            }
        });
        done.await.map_err(spoken_for)?;
        self.begin_session(who, visitor).await
    }

    async fn open_invitation(&self, link: &str) -> Result<Option<store::Invitation>, Error> {
        let found = self.shared.reader.invitation(&secret::hash(link.trim())).await?;
        let now = self.shared.now();
        Ok(found.filter(|known| self.state(known, now) == InvitationState::Open))
    }

    /// What became of an invitation. It is worth something as long as who made it may make one: who was taken out of a group does not come
    /// back by what they kept.
    fn state(&self, known: &store::Invitation, now: Timestamp) -> InvitationState {
        let state = state(known, now);
        let is_void = state == InvitationState::Open && !is_meant(&self.shared.board(), known);
        if is_void { InvitationState::Over } else { state }
    }

    async fn group_names(&self) -> Result<Vec<(domain::GroupId, Name)>, Error> {
        Ok(self.shared.reader.group_names().await?)
    }

    fn invitation_now(&self, known: store::Invitation, names: &[(domain::GroupId, Name)]) -> InvitationNow {
        let state = self.state(&known, self.shared.now());
        InvitationNow {
            id: known.id,
            group: group_name(names, known.group),
            name: known.name,
            role: known.role,
            made_by: known.made_by,
            made_at: known.made_at,
            ends_at: known.once.ends_at,
            state,
        }
    }
}

/// Whether there is still the group to which an invitation leads, and whoever made it may still make one.
fn is_meant(board: &Board, known: &store::Invitation) -> bool {
    let may_invite = |maker: FriendId| {
        board.friends.get(&maker).is_some_and(|maker| maker.viewer().administers(known.group))
    };
    board.groups.contains_key(&known.group) && known.maker.is_none_or(may_invite)
}

/// Whether somebody may come as that name: nobody has it, or a friend of that group who cannot sign in. Who that is.
fn may_become(board: &Board, group: domain::GroupId, name: &Name) -> Result<Option<FriendId>, Error> {
    match board.friend_named(name.as_str()).map(|known| &known.friend) {
        // Who is of several groups is nobody’s alone to let in.
        Some(known) if !is_alone_in(known, group) || known.role.is_some() || known.demo => Err(name_taken()),
        known => Ok(known.map(|known| known.id)),
    }
}

/// That an invitation still lets somebody in as who they were to be: two invitations may name one friend.
fn still_welcome(
    invitation: store::Invitation,
    name: Name,
    known: Option<FriendId>,
) -> impl FnOnce(&Board) -> Result<(), Error> {
    move |board| {
        if !is_meant(board, &invitation) {
            return Err(Error::NotFound("invitation"));
        }
        let known_now = may_become(board, invitation.group, &name)?;
        if known_now == known { Ok(()) } else { Err(name_taken()) }
    }
}

/// What was used or linked in the meantime.
pub(crate) fn spoken_for(error: Error) -> Error {
    if let Error::Store(store::Error::Conflict { what: "invitation" | "group invitation" }) = error {
        return Error::NotFound("invitation");
    }
    if let Error::Store(store::Error::Conflict { what: "identity" }) = error {
        return Error::Conflict { field: "identity", why: "is somebody else\u{2019}s here".into() };
    }
    error
}

/// Whether that group is the only one of a friend.
fn is_alone_in(friend: &Friend, group: domain::GroupId) -> bool {
    friend.is_of(group) && friend.memberships.len() == 1
}

fn group_name(names: &[(domain::GroupId, Name)], group: domain::GroupId) -> String {
    names.iter().find(|(id, _)| *id == group).map(|(_, name)| name.to_string()).unwrap_or_default()
}

fn state(known: &store::Invitation, now: Timestamp) -> InvitationState {
    match known.once.fate(now) {
        Fate::Used(at) => InvitationState::Used(known.used_by.clone().unwrap_or_default(), at),
        Fate::Revoked(at) => InvitationState::Revoked(at),
        Fate::Over => InvitationState::Over,
        Fate::Open => InvitationState::Open,
    }
}
