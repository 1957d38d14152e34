//! What goes to a browser while it looks: first everything, then what changed.
//!
//! A viewer may throw everything away at any time and ask again; the first message is always a [`Snapshot`].

use crate::{
    BotId, Card, Care, ChatId, Device, DeviceId, Expected, Friend, FriendId, GroupId, LiveBot, Name, Region,
    RegionId, Role, SensorId, Seq, Shown, Spot, Stay, Steps, Timestamp, Transition, TransitionId,
    alert::Told,
    chat::ChatMessage,
    near::{self, Standpoint},
};
use serde::{Deserialize, Serialize};

/// One message to a viewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LiveMessage {
    /// Forget what you know; this is how things are.
    Snapshot(Snapshot),
    /// What changed since the message before.
    Delta(Delta),
    /// Nothing new, and the line is alive. Carries the server's time.
    Heartbeat(Timestamp),
}

/// How things are for one viewer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The last change it contains.
    pub seq: Seq,
    /// The server's time.
    pub now: Timestamp,
    /// Friends in order of their names.
    pub friends: Vec<LiveFriend>,
    /// Regions in order of their names.
    pub regions: Vec<Region>,
    /// The groups that they are of themselves, the home group first.
    #[serde(default)]
    pub groups: Vec<OwnGroup>,
    /// Whether they manage the server.
    #[serde(default)]
    pub server_admin: bool,
    /// How far away from them they call near.
    #[serde(default)]
    pub range: near::Range,
    /// How many messages between friends they have not read.
    #[serde(default)]
    pub unread: u32,
    /// The bots of their groups, in order of their names.
    #[serde(default)]
    pub bots: Vec<LiveBot>,
}

/// A group, to who is of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGroup {
    /// Which.
    pub id: GroupId,
    /// What it is called.
    pub name: Name,
    /// What they are there.
    pub role: Role,
}

/// A friend as a viewer sees them now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveFriend {
    /// Who.
    pub friend: Friend,
    /// How they want to be shown, if they said so.
    pub card: Option<Card>,
    /// What reports for them, in order of the names.
    pub devices: Vec<LiveDevice>,
    /// Where they are, smallest region first.
    pub stays: Vec<Stay>,
    /// The one device that counts for where they are; `None`: any does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<DeviceId>,
    /// How they are shown to this viewer.
    #[serde(default)]
    pub shown: Shown,
    /// What this viewer decides for them.
    #[serde(default)]
    pub care: Care,
    /// Whether they have a page open in a browser, and let this viewer know. Something else than being heard of: that is by a phone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub online: bool,
}

impl LiveFriend {
    /// What to call them: as they wish, else by their own name. For people to read; what tells friends apart is their own name.
    pub fn shown_name(&self) -> &str {
        let wished = self.card.as_ref().and_then(|card| card.name.as_deref());
        wished.unwrap_or_else(|| self.friend.name.as_str())
    }

    /// Their own name, where they wish to be called otherwise: nobody can pass for somebody else.
    pub fn own_name(&self) -> Option<&str> {
        Some(self.friend.name.as_str()).filter(|own| *own != self.shown_name())
    }

    /// Those of their devices that count for where they are.
    pub fn counted(&self) -> impl Iterator<Item = &LiveDevice> {
        self.devices.iter().filter(|device| self.counts.is_none_or(|chosen| chosen == device.device.id))
    }

    /// The device whose position is the newest of those that count, with that position: it stands for the friend on the map.
    pub fn newest(&self) -> Option<(&LiveDevice, &Spot)> {
        let spots = self.counted().filter_map(|device| device.spot.as_ref().map(|spot| (device, spot)));
        spots.max_by_key(|(_, spot)| spot.at)
    }

    /// The same without what was left behind: it says where the friend is, and not only something of theirs.
    pub fn carried(&self, now: Timestamp) -> Option<(&LiveDevice, &Spot)> {
        let left = |device: &LiveDevice| {
            self.stays.iter().any(|stay| {
                let there = stay.apart.as_ref().is_some_and(|apart| apart.there.contains(&device.device.id));
                there && matches!(self.hold(stay, now), Hold::LeftBehind | Hold::Over)
            })
        };
        let carried = self.counted().filter(|device| !left(device));
        let spots = carried.filter_map(|device| device.spot.as_ref().map(|spot| (device, spot)));
        spots.max_by_key(|(_, spot)| spot.at).or_else(|| self.newest())
    }

    /// Where they are taken to be when it is asked who is near; `None` where nothing is seen of that.
    pub fn standpoint(&self, now: Timestamp) -> Option<Standpoint> {
        let (_, spot) = self.carried(now)?;
        let silent = self.silent_since(now).is_some();
        Some(Standpoint { point: spot.point, accuracy_m: spot.accuracy_m, silent })
    }

    /// When they were last heard of, by the device that was seen last of those that count; `None` before the first position.
    pub fn heard(&self) -> Option<Heard> {
        self.counted().filter_map(LiveDevice::heard).max_by_key(|heard| heard.at)
    }

    /// How much a stay of theirs still says of where they are.
    pub fn hold(&self, stay: &Stay, now: Timestamp) -> Hold {
        let Some(apart) = &stay.apart else {
            return self.silent_since(now).map_or(Hold::Firm, Hold::Silent);
        };
        let now = now.plus_millis(-self.shown.delay_ms());
        let heard_of = |id: &DeviceId| self.devices.iter().find(|known| known.device.id == *id)?.heard();
        let there = apart.there.iter().filter_map(heard_of).max_by_key(|heard| heard.at);
        let silent = there.and_then(|heard| heard.silent_since(now));
        let elsewhere = apart.elsewhere.as_ref().and_then(heard_of);
        let is_heard_elsewhere = elsewhere.is_some_and(|heard| heard.silent_since(now).is_none());
        match silent {
            Some(_) if is_heard_elsewhere => Hold::Over,
            Some(since) => Hold::Silent(since),
            None if is_heard_elsewhere && apart.moved_since => Hold::LeftBehind,
            None => Hold::Firm,
        }
    }

    /// The names of the devices that are in a region of theirs, where not all are.
    pub fn devices_in(&self, stay: &Stay) -> Vec<&str> {
        let there = stay.apart.as_ref().map(|apart| apart.there.as_slice()).unwrap_or_default();
        let known = self.devices.iter().filter(|known| there.contains(&known.device.id));
        known.map(|known| known.device.name.as_str()).collect()
    }

    /// See [`Heard::silent_since`]. Who is shown late is not silent for that.
    pub fn silent_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.heard()?.silent_since(now.plus_millis(-self.shown.delay_ms()))
    }
}

/// How much a stay says of where a friend is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// They are there.
    Firm,
    /// They are there probably: nothing was heard since then.
    Silent(Timestamp),
    /// A device of theirs is there, and another one that is heard of has moved since, and is elsewhere: what is there was left behind.
    LeftBehind,
    /// Nothing is heard any more of what is there, and another device that is heard of is elsewhere: they are not.
    Over,
}

/// When a friend was last heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The time of the newest position.
    pub at: Timestamp,
    /// Since when that device's connection is lost.
    pub lost_at: Option<Timestamp>,
    /// When that device is expected to report again.
    pub expected: Option<Expected>,
}

impl Heard {
    /// Since when nothing was heard, if that is so long by the device's own rhythm that where the friend is has become a guess, or the
    /// device lost its connection; see [`Steps`].
    pub fn silent_since(self, now: Timestamp) -> Option<Timestamp> {
        let silent_ms = Steps::of(self.expected).silent_ms;
        (self.lost_at.is_some() || now.millis_since(self.at) > silent_ms).then_some(self.at)
    }
}

/// A device as a viewer sees it now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveDevice {
    /// Which.
    pub device: Device,
    /// Where it was last seen; `None` before its first fix.
    pub spot: Option<Spot>,
    /// Since when its connection is lost, by its broker's word; cleared by the next report.
    pub lost_at: Option<Timestamp>,
}

impl LiveDevice {
    /// When it was last heard of; `None` before the first position.
    pub fn heard(&self) -> Option<Heard> {
        let spot = self.spot.as_ref()?;
        Some(Heard { at: spot.at, lost_at: self.lost_at, expected: spot.expected })
    }
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// Its place in the order. A viewer who already has it drops it.
    pub seq: Seq,
    /// In order.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// A device was seen somewhere newer.
    Moved(DeviceId, Spot),
    /// A device lost its connection at this time.
    Lost(DeviceId, Timestamp),
    /// A friend is shown otherwise than before; in place of everything that was known of them.
    Friend(Box<LiveFriend>),
    /// A friend's presence is now this.
    Stays(FriendId, Vec<Stay>),
    /// A friend has a page open in a browser, or none any more.
    Online(FriendId, bool),
    /// The program of a bot listens now, or does no more.
    BotConnected(BotId, bool),
    /// A friend wants to be shown like this.
    Card(FriendId, Card),
    /// Somebody entered or left.
    Crossed(Transition),
    /// The server learnt better: an entry of the history holds no longer.
    Superseded {
        /// Which entry.
        id: TransitionId,
        /// The friend it is about.
        friend: FriendId,
        /// The region it is about.
        region: RegionId,
        /// When it was thought to have happened.
        at: Timestamp,
        /// When the server learnt better.
        superseded_at: Timestamp,
    },
    /// A region is new or different.
    Region(Region),
    /// A region is gone.
    RegionGone(RegionId),
    /// The viewer calls another distance near than before.
    Range(near::Range),
    /// The viewer is alerted.
    Alert(Box<Told>),
    /// A message between friends is new, or something became of it.
    Chat(Box<ChatMessage>),
    /// One was deleted, or is over.
    ChatGone(ChatId),
    /// So many messages the viewer has not read.
    Unread(u32),
    /// There is news of a sensor: it observed something, or an admin changed or removed it. What, is asked for by who shows it.
    Sensor(SensorId),
}
