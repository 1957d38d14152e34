//! Admins of the server: who they are, as far as one may know, and who is made one.

use crate::{Error, Service, audit::Deed, board::Board, command::GroupCommand, request::server_admin};
use domain::{Act, Friend, FriendId, Role, Viewer};

/// The admins of the server, to one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerAdmins {
    /// Those whom they know, by name.
    pub known: Vec<Friend>,
    /// How many there are besides, in groups that are not theirs.
    pub others: usize,
    /// Whom they could make one, by name.
    pub candidates: Vec<Friend>,
}

impl Service {
    /// Who manages the server. Of those in other groups nothing is said but how many there are.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server.
    pub fn server_admins(&self, by: &Viewer) -> Result<ServerAdmins, Error> {
        server_admin(by)?;
        let board = self.shared.board();
        let mut found = ServerAdmins::default();
        for friend in board.friends.values().map(|known| &known.friend).filter(|friend| !friend.demo) {
            match (friend.role, by.may_see(friend)) {
                (Some(Role::Admin), true) => found.known.push(friend.seen_by(by)),
                (Some(Role::Admin), false) => found.others += 1,
                (Some(Role::Friend), true) => found.candidates.push(friend.seen_by(by)),
                (Some(Role::Friend), false) | (None, _) => {}
            }
        }
        found.known.sort_by_cached_key(|friend| friend.name.key());
        found.candidates.sort_by_cached_key(|friend| friend.name.key());
        Ok(found)
    }

    /// Says whether somebody who can sign in is an admin of the server. They see no more by that, and are admins of no group.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the server; [`Error::NotFound`]; [`Error::Invalid`] for who cannot sign in;
    /// [`Error::Conflict`] for the last one.
    pub async fn set_server_admin(&self, by: &Viewer, friend: FriendId, is_admin: bool) -> Result<(), Error> {
        server_admin(by)?;
        let known = self.friend(friend).filter(|known| by.may_see(known)).ok_or(Error::NotFound("friend"))?;
        let role = if is_admin { Role::Admin } else { Role::Friend };
        match known.role {
            None => return Err(Error::invalid("friend", "must be somebody who can sign in")),
            Some(before) if before == role => return Ok(()),
            Some(_) => {}
        }
        if !is_admin {
            others_manage(&self.shared.board(), friend)?;
        }
        let note = if is_admin { "admin of the server" } else { "no admin of the server" };
        let deed = Deed::to(Act::RoleChanged, &known).note(note);
        self.command_told(by, deed, |reply| GroupCommand::SetServerRole { friend, role, reply }.into()).await
    }
}

/// That the server has an admin besides: one stays. It is asked again where one task writes: two may remove each other at the same moment.
pub(crate) fn others_manage(board: &Board, friend: FriendId) -> Result<(), Error> {
    let mut others = board.friends.values().filter(|known| known.friend.id != friend);
    if others.any(|known| known.friend.role == Some(Role::Admin)) {
        return Ok(());
    }
    Err(Error::Conflict { field: "friend", why: "is the only admin of the server".into() })
}
