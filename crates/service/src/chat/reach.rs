//! Who gets a message: by what its sender may see, and by nothing else.

use super::takes_part;
use crate::{Error, Service};
use domain::{Friend, FriendId, Name, Viewer, chat::Audience};
use std::collections::{HashMap, HashSet};

impl Service {
    /// What everybody is called whom a viewer may know.
    pub fn friend_names(&self, viewer: &Viewer) -> HashMap<FriendId, Name> {
        let board = self.shared.board();
        let known = board.friends.values().filter(|owner| viewer.may_see(&owner.friend));
        known.map(|owner| (owner.friend.id, owner.friend.name.clone())).collect()
    }

    /// Who would get a message now; of one that is left for whoever comes next, who could. Each as the sender may know them.
    pub(super) fn reach(&self, by: &Viewer, to: &Audience) -> Result<Vec<Friend>, Error> {
        let mut friends = match to {
            Audience::Person(other) => vec![self.named(by, *other)?],
            Audience::Group(group) => {
                if !by.is_of(*group) {
                    return Err(Error::NotFound("group"));
                }
                self.those(by, |friend| friend.is_of(*group))
            }
            // It goes to no friend.
            Audience::Bot(bot) if self.shared.board().knows_bot(by, *bot) => Vec::new(),
            Audience::Bot(_) => return Err(Error::NotFound("bot")),
            Audience::Here => {
                let here = self.here(by)?.into_iter().flat_map(|presence| presence.friends);
                here.map(|present| present.friend).collect()
            }
            Audience::Around => self.around(by)?.friends.into_iter().map(|near| near.friend).collect(),
            Audience::Left { region, to } => {
                let region = {
                    let board = self.shared.board();
                    let known = board.region(*region).filter(|region| by.may_see_region(region));
                    known.cloned().ok_or(Error::NotFound("region"))?
                };
                match to {
                    Some(other) => {
                        let other = self.named(by, *other)?;
                        // That much the two know of each other.
                        if !other.is_of(region.group) {
                            return Err(Error::invalid("friend", "is not of the group of that region"));
                        }
                        vec![other]
                    }
                    None => self.those(by, |friend| friend.viewer().may_see_region(&region)),
                }
            }
        };
        let mut known = HashSet::new();
        friends.retain(|friend| takes_part(friend) && !by.is(friend.id) && known.insert(friend.id));
        Ok(friends)
    }

    /// One who is named. Who is not there and who may not be seen are the same.
    fn named(&self, by: &Viewer, other: FriendId) -> Result<Friend, Error> {
        let board = self.shared.board();
        let known = board.friends.get(&other).map(|other| &other.friend);
        let known = known.filter(|other| by.may_see(other) && !other.demo);
        let friend = known.ok_or(Error::NotFound("friend"))?;
        if by.is(other) {
            return Err(Error::invalid("friend", "must be somebody else"));
        }
        if friend.role.is_none() {
            return Err(Error::invalid("friend", "cannot sign in, and gets no messages"));
        }
        Ok(friend.seen_by(by))
    }

    /// Those whom the sender sees and of whom something is so, by name.
    fn those(&self, by: &Viewer, is_meant: impl Fn(&Friend) -> bool) -> Vec<Friend> {
        let board = self.shared.board();
        let friends = board.friends.values().map(|owner| &owner.friend);
        let meant = friends.filter(|friend| by.may_see(friend) && is_meant(friend));
        let mut meant: Vec<Friend> = meant.map(|friend| friend.seen_by(by)).collect();
        meant.sort_by_cached_key(|friend| friend.name.key());
        meant
    }
}
