//! Groups that come and go, and friends who leave them.

use super::{Pipeline, load::base_topic};
use crate::{
    Error,
    board::{Board, OnBoard, Reporter},
    command::{GroupCommand, PutMember},
    group::{not_the_last_of, others_manage},
    hub::News,
};
use domain::{Friend, FriendId, GroupId, Memberships, Name, Party, Role, Sharing};
use std::{sync::Arc, time::Duration};
use store::{Ending, Leaving};
use tokio::time::Instant;

/// When it is tried again to remove what could not be removed.
const LATER: Duration = Duration::from_mins(1);

impl Pipeline {
    /// Carries out one of the commands about groups; whether somebody waits for the answer.
    pub(super) async fn obey_about_groups(&mut self, command: GroupCommand) -> bool {
        match command {
            GroupCommand::Put { member, reply } => reply.send(self.put_member(member).await).is_ok(),
            GroupCommand::Leave { friend, group, reply } => {
                reply.send(self.leave_with_an_admin(friend, group).await).is_ok()
            }
            GroupCommand::Rename { group, name, reply } => {
                reply.send(self.rename_group(group, &name).await).is_ok()
            }
            GroupCommand::Remove { group, reply } => reply.send(self.remove_group(group).await).is_ok(),
            GroupCommand::Close { group, reply } => reply.send(self.close_group(group).await).is_ok(),
            GroupCommand::Invite { invitation, reply } => {
                reply.send(self.writer.put_invitation(&invitation).await.map_err(Error::from)).is_ok()
            }
            GroupCommand::Disinvite { group, key, reply } => {
                reply.send(self.writer.remove_invitation(group, &key).await.map_err(Error::from)).is_ok()
            }
            GroupCommand::SetServerRole { friend, role, reply } => {
                reply.send(self.set_server_role(friend, role).await).is_ok()
            }
        }
    }

    async fn put_member(&mut self, member: PutMember) -> Result<(), Error> {
        let PutMember { friend, group, role, at } = member;
        if role == Role::Friend {
            not_the_last_of(&self.shared.board(), group, friend)?;
        }
        let done = self.writer.put_member(friend, group, role, at).await.map_err(Error::from);
        self.everything(done).await
    }

    /// Ends a friend's time in a group that goes on.
    async fn leave_with_an_admin(&mut self, friend: FriendId, group: GroupId) -> Result<(), Error> {
        {
            let board = self.shared.board();
            if board.friends.get(&friend).is_some_and(|owner| owner.friend.memberships.len() == 1) {
                return Err(only_group());
            }
            not_the_last_of(&board, group, friend)?;
        }
        self.leave_group(friend, group).await
    }

    async fn set_server_role(&mut self, friend: FriendId, role: Role) -> Result<(), Error> {
        if role == Role::Friend {
            others_manage(&self.shared.board(), friend)?;
        }
        let done = self.writer.set_server_role(friend, role).await.map_err(Error::from);
        let done = self.everything(done).await;
        self.shared.hub.publish(News::Sessions);
        done
    }

    /// Ends a friend's time in a group. What they said of it, and of friends whom they knew by it alone, is forgotten, and so is what these said of
    /// them: else it would hold again when they meet elsewhere. Whose home group it was has another: the one they are in for longest.
    pub(super) async fn leave_group(&mut self, friend: FriendId, group: GroupId) -> Result<(), Error> {
        let (home, sharing, parted, topics) = {
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
            let knows = |other: &Friend| left.shared_with(&other.memberships).next().is_some();
            let said =
                |other: &&OnBoard| other.sharing.grants.iter().any(|grant| grant.to == Party::Friend(friend));
            let parted =
                board.friends.values().filter(said).filter(|other| !knows(&other.friend)).map(|other| {
                    let mut sharing = Sharing::clone(&other.sharing);
                    sharing.grants.retain(|grant| grant.to != Party::Friend(friend));
                    (other.friend.id, sharing)
                });
            let parted: Vec<_> = parted.collect();
            // Where the topics have the home group in them, their devices report on others from then on.
            let (templates, name) = (&self.shared.settings.templates, board.groups.get(&home));
            let then = |known: &Reporter| base_topic(templates, name, &owner.friend, &known.device);
            let devices = board.devices_of(owner);
            let moved = devices.filter(|known| then(known).is_ok_and(|then| *then != *known.topic));
            (home, sharing, parted, moved.map(|known| known.topic.clone()).collect::<Vec<_>>())
        };
        let at = self.shared.now();
        for topic in topics {
            self.writer.stage_unretained(&topic);
        }
        let leaving = Leaving { friend, group, at, home, sharing: &sharing, parted: &parted };
        self.writer.leave_group(leaving).await?;
        self.everything(Ok(())).await
    }

    async fn rename_group(&mut self, group: GroupId, name: &Name) -> Result<(), Error> {
        if !self.writer.rename_group(group, name).await? {
            return Err(Error::Conflict { field: "name", why: "is taken; choose another name".into() });
        }
        self.everything(Ok(())).await
    }

    async fn remove_group(&mut self, group: GroupId) -> Result<(), Error> {
        if !self.writer.remove_group(group, Ending::Unused).await? {
            let why = "has, or had, friends, regions, sensors, outlets or bots".to_owned();
            return Err(Error::Conflict { field: "group", why });
        }
        self.everything(Ok(())).await
    }

    /// That it is to be is written first, and told; from then on it is done, also by the next start.
    async fn close_group(&mut self, group: GroupId) -> Result<(), Error> {
        may_close(&self.shared.board(), group)?;
        self.writer.begin_closing(group, self.shared.now()).await?;
        self.closes_at = Some(Instant::now());
        self.empty_group(group).await
    }

    /// Goes on with what was cut off: by the end of the server, or because the database did not write.
    pub(super) async fn go_on_closing(&mut self) {
        if self.closes_at.is_none_or(|at| Instant::now() < at) {
            return;
        }
        self.closes_at = None;
        if let Err(error) = self.close_groups().await {
            tracing::warn!(%error, "a group that is to be removed is not yet");
            self.closes_at = Some(Instant::now() + LATER);
        }
    }

    async fn close_groups(&mut self) -> Result<(), Error> {
        for group in self.shared.reader.closing_groups().await? {
            let may = may_close(&self.shared.board(), group);
            if let Err(error) = may {
                tracing::warn!(%error, %group, "a group that was to be removed stays");
                self.writer.give_up_closing(group).await?;
            } else {
                self.empty_group(group).await?;
            }
        }
        Ok(())
    }

    /// Outlets first, for they tell of the rest; each step is one that could be done by itself.
    async fn empty_group(&mut self, group: GroupId) -> Result<(), Error> {
        let (outlets, bots, sensors, regions, friends) = {
            let board = self.shared.board();
            let friends = board.friends.values().map(|owner| &owner.friend);
            let friends = friends.filter(|friend| friend.is_of(group)).map(|friend| friend.id);
            let outlets = board.outlets.iter().filter(|outlet| outlet.group == group);
            let bots = board.bots.iter().filter(|bot| bot.group == group);
            let sensors = board.sensors().iter().filter(|sensor| sensor.group == group);
            let regions = board.all_regions().filter(|region| region.group == group);
            (
                outlets.map(|outlet| outlet.id).collect::<Vec<_>>(),
                bots.map(|bot| bot.id).collect::<Vec<_>>(),
                sensors.map(|sensor| sensor.id).collect::<Vec<_>>(),
                regions.map(|region| region.id).collect::<Vec<_>>(),
                friends.collect::<Vec<_>>(),
            )
        };
        for outlet in outlets {
            self.writer.remove_outlet(outlet).await?;
        }
        for bot in bots {
            self.writer.remove_bot(bot).await?;
        }
        for sensor in sensors {
            self.remove_sensor(sensor).await?;
        }
        for region in regions {
            self.remove_region(region).await?;
        }
        for friend in friends {
            self.leave_group(friend, group).await?;
        }
        if !self.writer.remove_group(group, Ending::Closed(self.shared.now())).await? {
            return Err(Error::Conflict { field: "group", why: "has something new in it; try again".into() });
        }
        self.everything(Ok(())).await?;
        // Its bots are no more.
        self.shared.hub.publish(News::Sessions);
        Ok(())
    }
}

/// Here, where one task writes, it stays true that everybody is of some group, and that there is one.
fn may_close(board: &Board, group: GroupId) -> Result<(), Error> {
    let is_root = |friend: &Friend| friend.is_of(group) && friend.memberships.len() == 1;
    if board.friends.values().any(|owner| is_root(&owner.friend)) {
        return Err(only_group());
    }
    if board.groups.len() == 1 {
        return Err(Error::Conflict { field: "group", why: "is the only one".into() });
    }
    Ok(())
}

/// Nobody is left without any group.
fn only_group() -> Error {
    Error::Conflict { field: "group", why: "is the only group they are of".into() }
}
