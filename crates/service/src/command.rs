//! What people change. A command goes through the same channel as the messages, so one task writes everything, in one order.

use crate::TokenScope;
use crate::{Error, Service, account::admin, id, pipeline::Request};
use domain::{
    Device, DeviceId, Friend, FriendId, GroupId, Name, Region, RegionId, Role, Timestamp, TokenId, Viewer,
};
use geodesy::Area;
use std::path::PathBuf;
use tokio::sync::oneshot;

/// Where the answer to a command goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// One change, checked before it is sent.
pub(crate) enum Command {
    PutGroup {
        id: GroupId,
        name: Name,
        reply: Reply<GroupId>,
    },
    AddFriend {
        friend: Friend,
        password_hash: Option<String>,
        reply: Reply<()>,
    },
    SetAccount {
        friend: FriendId,
        account: Option<(Role, String)>,
        reply: Reply<()>,
    },
    RemoveFriends {
        friends: Vec<FriendId>,
        reply: Reply<()>,
    },
    PutDevice {
        device: Device,
        credential: [u8; 32],
        added_at: Timestamp,
        reply: Reply<()>,
    },
    RemoveDevice {
        device: DeviceId,
        reply: Reply<()>,
    },
    AddSession {
        hash: [u8; 32],
        friend: FriendId,
        started_at: Timestamp,
        ends_at: Timestamp,
        reply: Reply<()>,
    },
    RemoveSession {
        hash: [u8; 32],
        reply: Reply<()>,
    },
    AddToken {
        id: TokenId,
        name: Name,
        hash: [u8; 32],
        scope: TokenScope,
        friend: Option<FriendId>,
        made_at: Timestamp,
        reply: Reply<()>,
    },
    PutRegion {
        region: Region,
        reply: Reply<()>,
    },
    RemoveRegion {
        region: RegionId,
        reply: Reply<()>,
    },
    /// Look whether another process wrote.
    Refresh {
        reply: Reply<()>,
    },
    BackUp {
        to: PathBuf,
        reply: Reply<()>,
    },
}

/// A region as somebody wants it.
#[derive(Clone, Debug)]
pub struct RegionDraft {
    /// What to call it.
    pub name: String,
    /// Where.
    pub area: Area,
}

impl Service {
    /// Sends a command and waits for its answer.
    pub(crate) async fn command<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.shared.inbox.send(Request::Command(command(reply))).await.map_err(|_closed| Error::Stopping)?;
        answer.await.unwrap_or(Err(Error::Stopping))
    }

    /// Takes up what another process (a command at the terminal) may have written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.command(|reply| Command::Refresh { reply }).await
    }

    /// Draws a region, or changes the one with this identifier.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`] for `name`, [`Error::NotFound`].
    pub async fn put_region(
        &self,
        by: &Viewer,
        region: Option<RegionId>,
        draft: RegionDraft,
    ) -> Result<Region, Error> {
        admin(by)?;
        let name = Name::new(&draft.name).map_err(Error::name("name"))?;
        let changed_at = self.shared.now();
        let region = match region {
            Some(id) => Region { name, area: draft.area, changed_at, ..self.known_region(by, id)? },
            None => Region {
                id: RegionId::new(id::new(changed_at)?),
                group: self.group_for(by, None).await?,
                name,
                area: draft.area,
                demo: false,
                changed_at,
            },
        };
        let put = region.clone();
        self.command(|reply| Command::PutRegion { region: put, reply }).await?;
        Ok(region)
    }

    /// Removes a region; its history stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn remove_region(&self, by: &Viewer, region: RegionId) -> Result<(), Error> {
        admin(by)?;
        self.known_region(by, region)?;
        self.command(|reply| Command::RemoveRegion { region, reply }).await
    }

    fn known_region(&self, by: &Viewer, id: RegionId) -> Result<Region, Error> {
        let region = self.shared.board().region(id).cloned();
        region.filter(|region| by.may_see_region(region)).ok_or(Error::NotFound("region"))
    }

    /// Removes a friend and everything that was ever known of them.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Conflict`] for the last admin.
    pub async fn remove_friend(&self, by: &Viewer, friend: FriendId) -> Result<(), Error> {
        admin(by)?;
        let known =
            self.shared.board().friends.get(&friend).is_some_and(|on_board| by.may_see(&on_board.friend));
        if !known {
            return Err(Error::NotFound("friend"));
        }
        self.not_the_last_admin(friend)?;
        self.command(|reply| Command::RemoveFriends { friends: vec![friend], reply }).await
    }

    /// Removes a device and everything it reported.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin or the friend themself, [`Error::NotFound`].
    pub async fn remove_device(&self, by: &Viewer, device: DeviceId) -> Result<(), Error> {
        let owner = self.shared.board().devices.get(&device).map(|reporter| reporter.device.friend);
        let owner = owner.and_then(|owner| {
            self.shared.board().friends.get(&owner).map(|on_board| on_board.friend.clone())
        });
        let owner = owner.filter(|owner| by.may_see(owner)).ok_or(Error::NotFound("device"))?;
        if !matches!(by, Viewer::Friend { friend, .. } if *friend == owner.id) {
            admin(by)?;
        }
        self.command(|reply| Command::RemoveDevice { device, reply }).await
    }

    /// Writes a consistent copy of everything to a new file.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; when the file is there already or cannot be written.
    pub async fn back_up(&self, by: &Viewer, to: PathBuf) -> Result<(), Error> {
        admin(by)?;
        self.command(|reply| Command::BackUp { to, reply }).await
    }
}
