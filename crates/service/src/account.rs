//! Who there is, and who may sign in: people with passwords and sessions, devices with credentials, scripts with tokens.

mod device;
mod guard;
mod identity;
mod invitation;
mod link;
mod session;
mod sessions;
mod token;
mod used;
mod visitor;

pub use device::DeviceCredentials;
pub(crate) use guard::Guard;
pub(crate) use invitation::spoken_for;
pub use invitation::{INVITATION_DAYS, InvitationDraft, InvitationNow, InvitationState, Welcome};
pub use link::{LinkReport, NewLink, Offer, Standing};
pub(crate) use session::SetUpLink;
pub use session::{NewSession, SignedIn};
pub use sessions::Session;
pub use token::{Bearer, Token, TokenScope};
pub(crate) use used::Used;
pub use visitor::Visitor;

use crate::{
    Error, Service,
    audit::Deed,
    board::Board,
    command::Command,
    id,
    request::{admin_of, some_admin},
    secret,
};
use domain::{
    Act, Friend, FriendId, GroupId, Level, Membership, Memberships, Name, Role, Sharing, Stint, Timestamp,
    Viewer,
};

/// The shortest password, in characters.
const SHORTEST_PASSWORD: usize = 8;
/// The longest, in bytes, so that hashing stays cheap.
const LONGEST_PASSWORD: usize = 1024;

impl Service {
    /// Adds somebody who may sign in, or lets a friend who is there sign in.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `name` or `password`, [`Error::Conflict`] when that name can sign in already.
    pub async fn add_user(
        &self,
        by: &Viewer,
        name: &str,
        password: &str,
        role: Role,
    ) -> Result<Friend, Error> {
        self.add_user_to(by, None, name, password, role).await
    }

    /// As [`Self::add_user`], in the group of that name, which is made when there is none.
    ///
    /// # Errors
    /// As [`Self::add_user`], and [`Error::Invalid`] for `group`.
    pub async fn add_user_to(
        &self,
        by: &Viewer,
        group: Option<&str>,
        name: &str,
        password: &str,
        role: Role,
    ) -> Result<Friend, Error> {
        self.add_user_if(|_| Ok(()), by, group, (name, password), role).await
    }

    /// As [`Self::add_user_to`], if something is still so when it is done.
    async fn add_user_if(
        &self,
        premise: impl FnOnce(&Board) -> Result<(), Error> + Send + 'static,
        by: &Viewer,
        group: Option<&str>,
        (name, password): (&str, &str),
        role: Role,
    ) -> Result<Friend, Error> {
        some_admin(by)?;
        let name = Name::topic_level(name).map_err(Error::name("name"))?;
        let hash = secret::hash_password(checked("password", password)?).await?;
        // An admin of their group. Of the server nobody becomes one by the way, but by who stands for all of it.
        let on_server = if matches!(by, Viewer::Server { .. }) { role } else { Role::Friend };
        if let Some(account) = self.shared.reader.account(name.as_str()).await? {
            let known = account.friend;
            if known.role.is_some() || !by.looks_after(&known) {
                return Err(name_taken());
            }
            let (id, at) = (known.id, self.shared.now());
            let member = |of: &Membership| (id, Stint { group: of.group, role, since: at, until: None });
            let members = known.memberships.iter().map(member).collect();
            let entries = vec![self.entry(by, Deed::to(Act::PersonAdded, &known).note(role_word(role)))];
            let staged = store::Staged { entries, members, ..store::Staged::default() };
            let account = Some((on_server, Some(hash)));
            // Who has come by an invitation meanwhile has a password of their own.
            let premise = move |board: &Board| {
                let is_free = board.friends.get(&id).is_some_and(|known| known.friend.role.is_none());
                if is_free { premise(board) } else { Err(name_taken()) }
            };
            let set = |reply| Command::SetAccount { friend: id, account, reply };
            self.command_staged_if(premise, staged, set).await?;
            let memberships = known.memberships.iter().map(|of| Membership { role, ..*of }).collect();
            return Ok(Friend { role: Some(on_server), memberships, ..known });
        }
        let group = self.group_for(by, group).await?;
        let friend = Friend { role: Some(on_server), ..self.new_friend(group, name, Some(role), false) };
        self.add_friend_if(premise, by, friend.clone(), Some(hash)).await?;
        Ok(friend)
    }

    /// Adds a friend, who shows nothing until they say what. At the terminal, which has the whole database anyway, they begin with showing
    /// everything to their group; so does who is made up.
    pub(crate) async fn add_friend(
        &self,
        by: &Viewer,
        friend: Friend,
        password_hash: Option<String>,
    ) -> Result<(), Error> {
        self.add_friend_if(|_| Ok(()), by, friend, password_hash).await
    }

    /// The same, if something is still so when it is done.
    async fn add_friend_if(
        &self,
        premise: impl FnOnce(&Board) -> Result<(), Error> + Send + 'static,
        by: &Viewer,
        friend: Friend,
        password_hash: Option<String>,
    ) -> Result<(), Error> {
        let shows = friend.demo || matches!(by, Viewer::Server { .. });
        let group = friend.group;
        let sharing = Some(group).filter(|_| shows);
        let sharing = sharing.map(|group| Sharing::with_group(group, Level::Precise, Timestamp::MIN));
        let sharing = sharing.unwrap_or_default();
        let deed = match friend.role {
            Some(role) => Deed::to(Act::PersonAdded, &friend).note(role_word(role)),
            None => Deed::to(Act::FriendAdded, &friend),
        };
        let add = |reply| Command::AddFriend { friend, password_hash, sharing, reply };
        self.command_told_if(premise, by, deed, add).await
    }

    pub(crate) fn new_friend(&self, group: GroupId, name: Name, role: Option<Role>, demo: bool) -> Friend {
        let now = self.shared.now();
        let memberships = Memberships::one(group, role.unwrap_or(Role::Friend));
        Friend { id: FriendId::new(id::new(now)), group, memberships, name, role, demo, added_at: now }
    }

    /// The group a viewer adds to: the one of that name, which whoever stands for the whole server makes if there is none; else the first that
    /// they are an admin of, their home group before others.
    pub(crate) async fn group_for(&self, by: &Viewer, name: Option<&str>) -> Result<GroupId, Error> {
        let group = match (by, name) {
            (Viewer::Server { .. }, Some(name)) => {
                let name = Name::topic_level(name).map_err(Error::name("group"))?;
                let new = GroupId::new(id::new(self.shared.now()));
                self.command(|reply| Command::PutGroup { id: new, name, reply }).await?
            }
            (Viewer::Server { .. }, None) => {
                self.shared.board().seqs.keys().min().copied().ok_or(Error::NotFound("group"))?
            }
            (_, Some(name)) => self.group_named(by, name)?,
            (Viewer::Friend { of, .. }, None) => {
                of.groups().find(|group| by.administers(*group)).ok_or(Error::Forbidden)?
            }
            (Viewer::Guest | Viewer::Outlet { .. } | Viewer::Bot { .. }, None) => {
                return Err(Error::Forbidden);
            }
        };
        admin_of(by, group)?;
        Ok(group)
    }

    /// The group that something new is to be of: that one, which they manage, or else the first of those.
    pub(crate) async fn group_for_new(&self, by: &Viewer, group: Option<GroupId>) -> Result<GroupId, Error> {
        let Some(group) = group else { return self.group_for(by, None).await };
        if !by.is_of(group) || !self.shared.board().groups.contains_key(&group) {
            return Err(Error::NotFound("group"));
        }
        admin_of(by, group)?;
        Ok(group)
    }

    /// Those who may sign in, by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn users(&self, by: &Viewer) -> Result<Vec<Friend>, Error> {
        some_admin(by)?;
        let board = self.shared.board();
        let friends = board.friends.values().map(|on_board| &on_board.friend);
        let users = friends.filter(|friend| friend.role.is_some() && by.administers_one_of(friend));
        let mut users: Vec<Friend> = users.map(|friend| friend.seen_by(by)).collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }

    /// Takes away the right to sign in. A friend without devices is removed altogether.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Conflict`] for the last admin.
    pub async fn remove_user(&self, by: &Viewer, name: &str) -> Result<(), Error> {
        let (who, has_devices) = {
            let board = self.shared.board();
            let on_board = board.friend_named(name).filter(|on_board| by.may_see(&on_board.friend));
            let on_board = on_board.ok_or(Error::NotFound("user"))?;
            (on_board.friend.clone(), !on_board.devices.is_empty())
        };
        let friend = who.id;
        if !has_devices {
            return self.remove_friend(by, friend).await;
        }
        if !by.looks_after(&who) {
            return Err(Error::Forbidden);
        }
        let deed = Deed::to(Act::PersonRemoved, &who).note("may not sign in any more");
        self.command_told(by, deed, |reply| Command::SetAccount { friend, account: None, reply }).await
    }

    /// Removes a friend and everything that was ever known of them. Who is of other groups too, which are not the viewer's to decide about,
    /// is only taken out of those that are.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Conflict`] for the last admin.
    pub async fn remove_friend(&self, by: &Viewer, friend: FriendId) -> Result<(), Error> {
        some_admin(by)?;
        let known = self.shared.board().friends.get(&friend).map(|on_board| on_board.friend.clone());
        let known = known.filter(|known| by.may_see(known)).ok_or(Error::NotFound("friend"))?;
        if by.looks_after(&known) {
            let deed = Deed::to(Act::PersonRemoved, &known).note("with everything that was known of them");
            let friends = vec![friend];
            return self.command_told(by, deed, |reply| Command::RemoveFriends { friends, reply }).await;
        }
        let groups: Vec<GroupId> =
            known.memberships.groups().filter(|group| by.administers(*group)).collect();
        if groups.is_empty() {
            return Err(Error::Forbidden);
        }
        for group in groups {
            self.remove_member(by, group, friend).await?;
        }
        Ok(())
    }
}

/// Of a name that somebody has, whoever that is.
fn name_taken() -> Error {
    Error::Conflict { field: "name", why: "is taken; choose another name".into() }
}

/// A role as the audit log has it.
pub(crate) const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Friend => "friend",
        Role::Admin => "admin",
    }
}

fn checked(field: &'static str, password: &str) -> Result<String, Error> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(Error::invalid(field, "must have at least 8 characters"));
    }
    if password.len() > LONGEST_PASSWORD {
        return Err(Error::invalid(field, "must have at most 1024 bytes"));
    }
    Ok(password.to_owned())
}
