//! Everything a viewer knows now, and how a message changes it. Pure: no signals, no browser.

use domain::{
    ChatId, DeviceId, FriendId, GroupId, LiveBot, Region, RegionId, Role, SensorId, Seq, Stay, Timestamp,
    Transition, TransitionId,
    alert::Told,
    chat::ChatMessage,
    live::{Change, Delta, Hold, LiveDevice, LiveFriend, LiveMessage, OwnGroup, Snapshot},
    near::Range,
};
use std::collections::BTreeMap;

/// What is known of friends, regions and the latest comings and goings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// Friends with their devices and stays, in order of their names.
    pub friends: Vec<LiveFriend>,
    /// Regions in order of their names.
    pub regions: Vec<Region>,
    /// The groups that whoever looks is of, the home group first.
    pub groups: Vec<OwnGroup>,
    /// Whether whoever looks manages the server.
    pub server_admin: bool,
    /// How far away from them whoever looks calls near.
    pub range: Range,
    /// How many messages between friends whoever looks has not read.
    pub unread: u32,
    /// What was heard of messages between friends since the last snapshot, oldest first, at most [`World::MOST_CHATS`]: each with its change.
    pub chats: Vec<(Seq, ChatNews)>,
    /// The bots of the groups of whoever looks, in order of their names.
    pub bots: Vec<LiveBot>,
    /// Comings and goings heard while this page is open, newest first, at most [`World::MOST_RECENT`].
    pub recent: Vec<Transition>,
    /// Comings and goings that were heard to hold no longer while this page is open, and since when; at most as many.
    pub superseded: BTreeMap<TransitionId, Timestamp>,
    /// What whoever looks was alerted of while this page is open, newest last; of one tag the newest, at most [`World::MOST_ALERTS`].
    pub alerts: Vec<Told>,
    /// The last news of each sensor of which there was any since the last snapshot.
    pub sensors: BTreeMap<SensorId, Seq>,
    /// The last change that the last snapshot had.
    pub begun: Seq,
    /// The last change that is in here.
    pub seq: Seq,
    /// The server's time of the last message that carried one: how things were then is what is shown.
    pub as_of: Timestamp,
    /// Whether there ever was a snapshot; an empty world that is known to be empty is something else than no
    /// world yet.
    pub known: bool,
}

/// News of a message between friends.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatNews {
    /// It is new, or something became of it.
    Told(Box<ChatMessage>),
    /// It is gone.
    Gone(ChatId),
}

impl World {
    /// How many news of messages are kept. A page takes them up as they come.
    pub const MOST_CHATS: usize = 200;
    /// How many comings and goings are kept.
    pub const MOST_RECENT: usize = 200;
    /// How many alerts are kept.
    pub const MOST_ALERTS: usize = 5;

    /// A friend by id.
    pub fn friend(&self, id: FriendId) -> Option<&LiveFriend> {
        self.friends.iter().find(|friend| friend.friend.id == id)
    }

    /// A friend by name, without regard to case.
    pub fn friend_named(&self, name: &str) -> Option<&LiveFriend> {
        let name = name.to_lowercase();
        self.friends.iter().find(|friend| friend.friend.name.as_str().to_lowercase() == name)
    }

    /// The groups that whoever looks manages, the home group before others.
    pub fn managed(&self) -> impl Iterator<Item = &OwnGroup> {
        self.groups.iter().filter(|group| group.role == Role::Admin)
    }

    /// Whether whoever looks manages a group.
    pub fn administers(&self, group: GroupId) -> bool {
        self.managed().any(|managed| managed.id == group)
    }

    /// What a group is called, where whoever looks is of several: with one alone there is nothing to tell apart.
    pub fn group_name(&self, group: GroupId) -> Option<&str> {
        let known = self.groups.iter().find(|known| known.id == group)?;
        (self.groups.len() > 1).then_some(known.name.as_str())
    }

    /// A region by id.
    pub fn region(&self, id: RegionId) -> Option<&Region> {
        self.regions.iter().find(|region| region.id == id)
    }

    /// When there was the last news of a sensor, or could have been: what was asked for since is up to date.
    pub fn news_of_sensor(&self, id: SensorId) -> Seq {
        self.sensors.get(&id).copied().unwrap_or(self.begun)
    }

    /// The same for all of them.
    pub fn news_of_sensors(&self) -> Seq {
        self.sensors.values().copied().max().unwrap_or(self.begun)
    }

    /// Where a friend is in words: the smallest region they are in, and how much that still says.
    pub fn place<'w>(
        &'w self,
        friend: &'w LiveFriend,
        now: Timestamp,
    ) -> Option<(&'w Region, &'w Stay, Hold)> {
        let stays = friend.stays.iter().map(|stay| (stay, friend.hold(stay, now)));
        let mut stays = stays.filter(|(_, hold)| !matches!(hold, Hold::LeftBehind | Hold::Over));
        stays.find_map(|(stay, hold)| Some((self.region(stay.region)?, stay, hold)))
    }

    /// What of a friend was left behind, and where: the devices' names, and the smallest region they are in.
    pub fn left_behind(&self, friend: &LiveFriend, now: Timestamp) -> Option<(String, &Region)> {
        let mut left = friend.stays.iter().filter(|stay| friend.hold(stay, now) == Hold::LeftBehind);
        left.find_map(|stay| Some((friend.devices_in(stay).join(" and "), self.region(stay.region)?)))
    }

    /// Who is in a region or has something there, in order of the names, each with their stay.
    pub fn inside(&self, region: RegionId) -> impl Iterator<Item = (&LiveFriend, &Stay)> {
        self.friends.iter().filter_map(move |friend| {
            let stay = friend.stays.iter().find(|stay| stay.region == region)?;
            Some((friend, stay))
        })
    }

    /// Those of them who are there themselves, as far as is known: not those who only left something there.
    pub fn present(&self, region: RegionId, now: Timestamp) -> impl Iterator<Item = &LiveFriend> {
        let is_there = move |friend: &LiveFriend, stay: &Stay| {
            matches!(friend.hold(stay, now), Hold::Firm | Hold::Silent(_))
        };
        self.inside(region).filter_map(move |(friend, stay)| is_there(friend, stay).then_some(friend))
    }

    /// When there was the last news of messages, or could have been: what was asked for since is up to date.
    pub fn news_of_chats(&self) -> Seq {
        self.chats.last().map_or(self.begun, |(seq, _)| *seq)
    }

    fn hear_of(&mut self, news: ChatNews) -> bool {
        self.chats.push((self.seq, news));
        let too_many = self.chats.len().saturating_sub(Self::MOST_CHATS);
        self.chats.drain(..too_many);
        true
    }

    fn device_mut(&mut self, id: DeviceId) -> Option<&mut LiveDevice> {
        self.friends.iter_mut().flat_map(|friend| &mut friend.devices).find(|device| device.device.id == id)
    }
}

/// Takes in one message. A snapshot replaces everything but the recent comings and goings; what is already
/// known, and what speaks of somebody unknown, is dropped. True when something that can be seen changed.
pub fn apply(world: &mut World, message: LiveMessage) -> bool {
    match message {
        LiveMessage::Snapshot(Snapshot {
            seq,
            now,
            friends,
            regions,
            groups,
            server_admin,
            range,
            unread,
            bots,
        }) => {
            // One that is further on than we are may have been preceded by news of sensors that we did not hear.
            let differs = !world.known
                || world.seq != seq
                || world.friends != friends
                || world.regions != regions
                || world.groups != groups
                || world.server_admin != server_admin
                || world.range != range
                || world.unread != unread
                || world.bots != bots;
            *world = World {
                friends,
                regions,
                groups,
                server_admin,
                range,
                unread,
                chats: Vec::new(),
                bots,
                recent: std::mem::take(&mut world.recent),
                superseded: std::mem::take(&mut world.superseded),
                alerts: std::mem::take(&mut world.alerts),
                sensors: BTreeMap::new(),
                begun: seq,
                seq,
                as_of: now,
                known: true,
            };
            differs
        }
        LiveMessage::Delta(Delta { seq, .. }) if seq <= world.seq => false,
        LiveMessage::Delta(Delta { seq, changes }) => {
            world.seq = seq;
            let mut seen = false;
            for change in changes {
                seen |= change_one(world, change);
            }
            seen
        }
        LiveMessage::Heartbeat(now) => {
            world.as_of = world.as_of.max(now);
            false
        }
    }
}

fn change_one(world: &mut World, change: Change) -> bool {
    match change {
        Change::Moved(device, spot) => world.device_mut(device).is_some_and(|device| {
            device.spot = Some(spot);
            device.lost_at = None;
            true
        }),
        Change::Lost(device, at) => {
            world.device_mut(device).is_some_and(|device| device.lost_at.replace(at) != Some(at))
        }
        Change::Friend(live) => see_anew(world, *live),
        Change::Stays(friend, stays) => {
            let known = world.friends.iter_mut().find(|known| known.friend.id == friend);
            known.is_some_and(|known| std::mem::replace(&mut known.stays, stays) != known.stays)
        }
        Change::Card(friend, card) => {
            let known = world.friends.iter_mut().find(|known| known.friend.id == friend);
            known.is_some_and(|known| known.card.replace(card) != known.card)
        }
        Change::Online(friend, online) => {
            let known = world.friends.iter_mut().find(|known| known.friend.id == friend);
            known.is_some_and(|known| std::mem::replace(&mut known.online, online) != online)
        }
        Change::BotConnected(bot, connected) => {
            let known = world.bots.iter_mut().find(|known| known.id == bot);
            known.is_some_and(|known| std::mem::replace(&mut known.connected, connected) != connected)
        }
        Change::Crossed(transition) => remember(world, transition),
        Change::Superseded { id, superseded_at, .. } => supersede(world, id, superseded_at),
        Change::Alert(told) => {
            world.alerts.retain(|known| known.notice.tag != told.notice.tag);
            world.alerts.push(*told);
            let too_many = world.alerts.len().saturating_sub(World::MOST_ALERTS);
            world.alerts.drain(..too_many);
            true
        }
        Change::Range(range) => std::mem::replace(&mut world.range, range) != range,
        Change::Chat(message) => world.hear_of(ChatNews::Told(message)),
        Change::ChatGone(id) => world.hear_of(ChatNews::Gone(id)),
        Change::Unread(unread) => std::mem::replace(&mut world.unread, unread) != unread,
        Change::Sensor(id) => {
            world.sensors.insert(id, world.seq);
            true
        }
        Change::Region(region) => put_region(world, region),
        Change::RegionGone(id) => {
            let before = world.regions.len();
            world.regions.retain(|region| region.id != id);
            for friend in &mut world.friends {
                friend.stays.retain(|stay| stay.region != id);
            }
            world.regions.len() != before
        }
    }
}

/// Takes up a friend who is shown otherwise than before. What was heard of them may not be seen any more.
fn see_anew(world: &mut World, live: LiveFriend) -> bool {
    let Some(known) = world.friends.iter_mut().find(|known| known.friend.id == live.friend.id) else {
        return false;
    };
    if *known == live {
        return false;
    }
    if known.shown != live.shown {
        world.recent.retain(|transition| transition.friend != live.friend.id);
    }
    *known = live;
    true
}

/// Keeps a transition in its place by its own time; one that is known already is a correction.
fn remember(world: &mut World, transition: Transition) -> bool {
    if world.friend(transition.friend).is_none() {
        return false;
    }
    world.recent.retain(|known| known.id != transition.id);
    let place = world.recent.partition_point(|known| known.at > transition.at);
    world.recent.insert(place, transition);
    world.recent.truncate(World::MOST_RECENT);
    true
}

/// Keeps in mind that a transition no longer holds, whether it was heard on this page or stands on it since before.
fn supersede(world: &mut World, id: TransitionId, at: Timestamp) -> bool {
    if let Some(known) = world.recent.iter_mut().find(|known| known.id == id) {
        known.superseded_at = Some(at);
    }
    if world.superseded.len() >= World::MOST_RECENT {
        world.superseded.pop_first();
    }
    world.superseded.insert(id, at) != Some(at)
}

fn put_region(world: &mut World, region: Region) -> bool {
    if world.region(region.id) == Some(&region) {
        return false;
    }
    world.regions.retain(|known| known.id != region.id);
    let place = world.regions.partition_point(|known| (&known.name, known.id) < (&region.name, region.id));
    world.regions.insert(place, region);
    true
}

#[cfg(test)]
mod tests;
