//! A group is called otherwise, or is no more.
//!
//! A group in which something was is not forgotten but closed: its regions, sensors and outlets go as if each were removed, its friends leave
//! it, and what happened stays stored for nobody to see, until each friend deletes what is theirs.

use crate::{Error, Service, audit::Deed, board::Board, command::GroupCommand};
use domain::{Act, GroupId, Name, Viewer};

/// What may go with a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Nothing: nobody is of it, and nothing ever was in it.
    Unused,
    /// Everything that is in it. Its friends stay in their other groups.
    WithEverything,
}

impl Service {
    /// Calls a group otherwise. In the topics of devices it stays what it was called first, so that phones go on reporting where they do.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the group, or of the server where it has none; [`Error::NotFound`]; [`Error::Invalid`] and
    /// [`Error::Conflict`] for `name`.
    pub async fn rename_group(&self, by: &Viewer, group: GroupId, name: &str) -> Result<(), Error> {
        self.may_fill(by, group)?;
        let name = Name::topic_level(name).map_err(Error::name("name"))?;
        let before = self.label(group);
        if name.as_str() == before {
            return Ok(());
        }
        let deed = Deed::new(Act::GroupRenamed, before).of(group).note(format!("now {name}"));
        self.command_told(by, deed, |reply| GroupCommand::Rename { group, name, reply }.into()).await
    }

    /// Removes a group. Of the last one, and of one whose friends would be of none, there is no way.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin of the group, or of the server where nobody is of it; [`Error::NotFound`]; [`Error::Conflict`]
    /// when it has something that may not go with it.
    pub async fn remove_group(&self, by: &Viewer, group: GroupId, what: Removal) -> Result<(), Error> {
        {
            let board = self.shared.board();
            if !board.groups.contains_key(&group) || !(by.is_of(group) || by.is_server_admin()) {
                return Err(Error::NotFound("group"));
            }
            if !(by.administers(group) || by.is_server_admin()) {
                return Err(Error::Forbidden);
            }
            if let Some(why) = in_the_way(&board, by, group, what) {
                return Err(Error::Conflict { field: "group", why });
            }
        }
        let deed = Deed::new(Act::GroupRemoved, self.label(group)).of(group);
        match what {
            Removal::Unused => {
                self.command_told(by, deed, |reply| GroupCommand::Remove { group, reply }.into()).await
            }
            Removal::WithEverything => {
                let deed = deed.note("with everything in it");
                self.command_told(by, deed, |reply| GroupCommand::Close { group, reply }.into()).await
            }
        }
    }
}

/// Why a group cannot be removed.
fn in_the_way(board: &Board, by: &Viewer, group: GroupId, what: Removal) -> Option<String> {
    if board.groups.len() == 1 {
        return Some("is the only one".into());
    }
    let members = board.friends.values().map(|known| &known.friend).filter(|friend| friend.is_of(group));
    let members: Vec<_> = members.collect();
    if members.is_empty() {
        return None;
    }
    // Who is of it is nothing that an admin of the server alone may know, or decide.
    if what == Removal::Unused || !by.administers(group) {
        return Some("has friends".into());
    }
    let rooted = members.iter().filter(|friend| friend.memberships.len() == 1);
    let mut rooted: Vec<&str> = rooted.map(|friend| friend.name.as_str()).collect();
    rooted.sort_unstable();
    (!rooted.is_empty()).then(|| format!("has friends who are of no other: {}", rooted.join(", ")))
}
