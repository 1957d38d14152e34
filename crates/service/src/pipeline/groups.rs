//! Groups that come and go, and friends who leave them.

use super::Pipeline;
use crate::{
    Error,
    command::{GroupCommand, PutMember},
    hub::News,
};
use domain::{FriendId, GroupId, Memberships};
use std::sync::Arc;
use store::Leaving;

impl Pipeline {
    /// Carries out one of the commands about groups; whether somebody waits for the answer.
    pub(super) async fn obey_about_groups(&mut self, command: GroupCommand) -> bool {
        match command {
            GroupCommand::Put { member, reply } => {
                let PutMember { friend, group, role, at } = member;
                let done = self.writer.put_member(friend, group, role, at).await.map_err(Error::from);
                reply.send(self.everything(done).await).is_ok()
            }
            GroupCommand::Leave { friend, group, reply } => {
                reply.send(self.leave_group(friend, group).await).is_ok()
            }
            GroupCommand::Remove { group, reply } => reply.send(self.remove_group(group).await).is_ok(),
            GroupCommand::Invite { invitation, reply } => {
                reply.send(self.writer.put_invitation(&invitation).await.map_err(Error::from)).is_ok()
            }
            GroupCommand::Disinvite { group, key, reply } => {
                reply.send(self.writer.remove_invitation(group, &key).await.map_err(Error::from)).is_ok()
            }
            GroupCommand::SetServerRole { friend, role, reply } => {
                let done = self.writer.set_server_role(friend, role).await.map_err(Error::from);
                let done = self.everything(done).await;
                self.shared.hub.publish(News::Sessions);
                reply.send(done).is_ok()
            }
        }
    }

    /// Ends a friend's time in a group. What they said of it, and of friends whom they knew by it alone, is forgotten. Whose home group it was
    /// has another: the one they are in for longest.
    pub(super) async fn leave_group(&mut self, friend: FriendId, group: GroupId) -> Result<(), Error> {
        let (home, sharing, before) = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).ok_or(Error::NotFound("friend"))?;
            let left: Memberships =
                owner.friend.memberships.iter().filter(|of| of.group != group).copied().collect();
            // Here, where one task writes, it stays true that everybody is of some group.
            let home = left.groups().next().ok_or_else(only_group)?;
            let mut sharing = Arc::unwrap_or_clone(owner.sharing.clone());
            sharing.leave(group, |other| {
                let other = board.friends.get(&other);
                other.is_some_and(|other| left.shared_with(&other.friend.memberships).next().is_some())
            });
            let devices = board.devices_of(owner).map(|known| (known.device.id, known.topic.clone()));
            (home, sharing, devices.collect::<Vec<_>>())
        };
        let at = self.shared.now();
        self.writer.leave_group(Leaving { friend, group, at, home, sharing: &sharing }).await?;
        self.everything(Ok(())).await?;
        // Where the topics have the home group in them, their devices report on others from now on.
        for (device, topic) in before {
            let now = self.shared.board().devices.get(&device).map(|known| known.topic.clone());
            if now != Some(topic.clone()) {
                self.writer.forget_retained(&topic).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn remove_group(&mut self, group: GroupId) -> Result<(), Error> {
        if !self.writer.remove_group(group).await? {
            let why = "has, or had, friends, regions, sensors or outlets".to_owned();
            return Err(Error::Conflict { field: "group", why });
        }
        self.everything(Ok(())).await
    }
}

/// Nobody is left without any group.
pub(crate) fn only_group() -> Error {
    Error::Conflict { field: "group", why: "is the only group they are of".into() }
}
