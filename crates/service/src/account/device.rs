//! Devices and their credentials: one name for all of a friend's, and a password for each.

use crate::{
    Error, Service, TokenScope,
    audit::Deed,
    command::Command,
    inbound::DeviceAccount,
    request::{self_or_carer, some_admin},
    secret::{self, Fresh},
    sensor::sensor_on,
};
use domain::{Act, DeviceId, Friend, FriendId, Name, Timestamp, Viewer};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::watch;

/// What a phone needs to sign in. The password is shown once.
#[derive(Clone, Debug)]
pub struct DeviceCredentials {
    /// Which device.
    pub device: DeviceId,
    /// The friend's name.
    pub username: String,
    /// Made for this device alone.
    pub password: String,
    /// Where it publishes.
    pub topic: String,
}

impl Service {
    /// Makes a device of a friend, and the friend when there is none of that name; a device that is there gets a new password.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `friend` or `device`, [`Error::Forbidden`] unless an admin, or the friend themself. Of a friend who can
    /// sign in nobody but themself and the terminal may: others make a link, see [`Self::make_link`].
    pub async fn add_device(
        &self,
        by: &Viewer,
        friend: &str,
        device: &str,
    ) -> Result<DeviceCredentials, Error> {
        self.add_device_to(by, None, friend, device).await
    }

    /// As [`Self::add_device`]; a friend that has to be made goes into the group of that name.
    ///
    /// # Errors
    /// As [`Self::add_device`], and [`Error::Invalid`] for `group`.
    pub async fn add_device_to(
        &self,
        by: &Viewer,
        group: Option<&str>,
        friend: &str,
        device: &str,
    ) -> Result<DeviceCredentials, Error> {
        let (friend, device_name) = self.for_device(by, group, friend, device).await?;
        if friend.role.is_some() && !by.is(friend.id) && !matches!(by, Viewer::Server { .. }) {
            let why = "can sign in, and nobody else may know the password of their phone: make a set-up link";
            return Err(Error::invalid("friend", why));
        }
        self.put_device(by, &friend, device_name).await
    }

    /// The friend whose device is to be set up, made when there is none of that name, and what the device is to be called.
    pub(super) async fn for_device(
        &self,
        by: &Viewer,
        group: Option<&str>,
        friend: &str,
        device: &str,
    ) -> Result<(Friend, Name), Error> {
        let friend_name = Name::topic_level(friend).map_err(Error::name("friend"))?;
        let device_name = Name::topic_level(device).map_err(Error::name("device"))?;
        let known =
            self.shared.board().friend_named(friend_name.as_str()).map(|on_board| on_board.friend.clone());
        let Some(known) = known else {
            some_admin(by)?;
            let friend = self.new_friend(self.group_for(by, group).await?, friend_name, None, false);
            self.add_friend(by, friend.clone(), None).await?;
            return Ok((friend, device_name));
        };
        if !by.is(known.id) {
            some_admin(by)?;
        }
        if !by.may_see(&known) {
            return Err(Error::Conflict { field: "friend", why: "is taken; choose another name".into() });
        }
        self_or_carer(by, &known)?;
        Ok((known, device_name))
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
        self_or_carer(by, &owner)?;
        let known = self.shared.board().devices.get(&device).map(|known| known.device.clone());
        let known = known.ok_or(Error::NotFound("device"))?;
        let deed = Deed::of_device(Act::DeviceRemoved, &owner, &known);
        self.command_told(by, deed, |reply| Command::RemoveDevice { device, reply }).await
    }

    /// Says which device counts for where a friend is from now on: one of theirs, by name, or any. What was said before stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless an admin or the friend themself, [`Error::NotFound`], [`Error::Invalid`] for `device`.
    pub async fn count(&self, by: &Viewer, friend: FriendId, device: Option<&str>) -> Result<(), Error> {
        let chosen = {
            let board = self.shared.board();
            let owner = board.friends.get(&friend).filter(|owner| by.may_see(&owner.friend));
            let owner = owner.ok_or(Error::NotFound("friend"))?;
            self_or_carer(by, &owner.friend)?;
            let named = |name: &str| {
                let found = board.device_named(owner.friend.name.as_str(), name);
                found
                    .map(|known| known.device.id)
                    .ok_or_else(|| Error::invalid("device", "must be one of theirs"))
            };
            device.map(named).transpose()?
        };
        self.command(|reply| Command::Count { friend, chosen, reply }).await
    }

    pub(crate) async fn put_device(
        &self,
        by: &Viewer,
        friend: &Friend,
        name: Name,
    ) -> Result<DeviceCredentials, Error> {
        let now = self.shared.now();
        let Fresh { told: password, hash: credential } = secret::fresh("")?;
        let (device, known) = self.device_for(friend, name);
        let act = if known { Act::DeviceRenewed } else { Act::DeviceAdded };
        let (id, put) = (device.id, device);
        let deed = Deed::of_device(act, friend, &put);
        self.command_told(by, deed, |reply| Command::PutDevice {
            device: put,
            credential,
            added_at: now,
            reply,
        })
        .await?;
        let topic = self.shared.board().devices.get(&id).map(|reporter| reporter.topic.to_string());
        let topic = topic.ok_or(Error::NotFound("device"))?;
        Ok(DeviceCredentials { device: id, username: friend.name.to_string(), password, topic })
    }

    /// Whose device has this name and password. The name is the friend's; the password tells which device. `peer` is where it comes from.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many failed from there; when the database fails.
    pub async fn sign_in_device(
        &self,
        username: &str,
        password: &str,
        peer: &str,
    ) -> Result<Option<DeviceAccount>, Error> {
        let now = tokio::time::Instant::now();
        self.shared.guard.admit_device(username, peer, now)?;
        let hash = secret::hash(password);
        let known = |service: &Self| {
            let board = service.shared.board();
            let on_board = board.friend_named(username)?;
            let mut devices = board.devices_of(on_board);
            Some(devices.find(|reporter| reporter.credential.is(&hash))?.account())
        };
        let mut found = known(self);
        if found.is_none() {
            self.refresh().await?;
            found = known(self);
        }
        if found.is_some() {
            self.shared.guard.device_succeeded(username, peer, now);
        }
        Ok(found)
    }

    /// The devices of a friend that somebody else set up before they could sign in, by name: whoever did may know the password still, until
    /// there is a new one. To the friend alone.
    pub fn set_up_by_others(&self, by: &Viewer, friend: FriendId) -> Vec<Name> {
        let board = self.shared.board();
        let owner = board.friends.get(&friend).filter(|owner| by.is(friend) && owner.friend.role.is_some());
        let known = owner.into_iter().flat_map(|owner| board.devices_of(owner));
        known.filter(|known| known.by_others).map(|known| known.device.name.clone()).collect()
    }

    /// Whether somebody may have the settings of a device with this name and password: it signs in with them, and is theirs, or of somebody for
    /// whom they decide. `by` is who is signed in, if anybody is.
    ///
    /// # Errors
    /// As [`Self::sign_in_device`].
    pub async fn may_have_settings(
        &self,
        by: Option<&Viewer>,
        (username, password): (&str, &str),
        peer: &str,
    ) -> Result<bool, Error> {
        let account = self.sign_in_device(username, password, peer).await?;
        let owner = account.and_then(|account| self.friend(account.friend));
        Ok(owner.is_some_and(|owner| by.is_none_or(|by| self_or_carer(by, &owner).is_ok())))
    }

    /// Whether a device that has signed in would still be let in as the same: it is there, and its password, friend, group and
    /// topic are what they were.
    pub fn is_current(&self, account: &DeviceAccount) -> bool {
        let board = self.shared.board();
        board.devices.get(&account.device).is_some_and(|reporter| reporter.account() == *account)
    }

    /// The base topics of all devices.
    pub fn device_topics(&self) -> HashMap<DeviceId, Arc<str>> {
        let board = self.shared.board();
        board.devices.values().map(|reporter| (reporter.device.id, reporter.topic.clone())).collect()
    }

    /// Changes whenever friends, devices or their credentials may have changed, here or in another process: to wait for that.
    pub fn people(&self) -> watch::Receiver<u64> {
        self.shared.hub.people()
    }

    /// Whether a token lets another broker in: one of the whole server that may write. It then speaks for anybody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_bridge(&self, token: &str) -> Result<bool, Error> {
        let bearer = self.bearer(token).await?;
        Ok(bearer.is_some_and(|bearer| {
            bearer.scope >= TokenScope::Write && matches!(bearer.viewer, Viewer::Server { .. })
        }))
    }

    /// Whether a topic is somebody's by the templates, or a sensor's: another broker may have and bring these, and no others.
    pub fn is_somebodys(&self, topic: &str) -> bool {
        if self.is_from_outlet(topic, &[]) {
            return false;
        }
        let templates = &self.shared.settings.templates;
        templates.iter().any(|template| template.matches(topic).is_some())
            || sensor_on(&self.shared.board(), templates, topic).is_some()
    }

    /// Whether a device may get what stands on a topic: only what its friend may see, sensors too, and orders only to itself.
    pub fn may_receive(&self, account: &DeviceAccount, topic: &str) -> bool {
        let board = self.shared.board();
        if !board.devices.contains_key(&account.device) {
            return false;
        }
        if topic.strip_prefix(&*account.topic).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return true;
        }
        let viewer = board.viewer_of(account);
        // By base topics that we gave, never by names in the topic: what is spelt otherwise is nobody's.
        let below = topic.rsplit_once('/').filter(|(_, below)| matches!(*below, "event" | "info"));
        let mut owners = [Some(topic), below.map(|(base, _)| base)]
            .into_iter()
            .flatten()
            .filter_map(|base| board.friend_at(base))
            .peekable();
        if owners.peek().is_some() {
            return owners.any(|owner| viewer.may_see(owner));
        }
        // Of a public sensor everybody may see the table, but only its own group what it says besides.
        sensor_on(&board, &self.shared.settings.templates, topic)
            .is_some_and(|sensor| viewer.is_of(sensor.group))
    }

    /// The same of a message that is retained since a time: what was said on a sensor's topics before it got them, or as it is now, may be
    /// another group's word.
    pub fn may_receive_retained(&self, account: &DeviceAccount, topic: &str, since: Timestamp) -> bool {
        let is_older = {
            let board = self.shared.board();
            let sensor = sensor_on(&board, &self.shared.settings.templates, topic);
            sensor.is_some_and(|sensor| since <= sensor.changed_at)
        };
        !is_older && self.may_receive(account, topic)
    }
}
