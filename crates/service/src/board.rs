//! How things are now, in memory: what the pipeline has committed, for viewers and doors to look at.
//!
//! The pipeline alone writes it, after each commit; it can always be rebuilt from the store.

mod changed;
mod chats;
mod groups;
mod kept;
mod named;
mod phones;
mod regions;
mod reporter;
mod stays;
mod taken_up;

pub(crate) use chats::{Chats, WaitingChat};
pub(crate) use kept::Kept;
pub(crate) use reporter::{MOST_TRAIL, Provision, Reporter, app_by_status};

use crate::{inbound::DeviceAccount, online::Online, sight::Sight};
use domain::{
    Bot, BotId, Card, Counting, Device, DeviceId, Forgotten, Friend, FriendId, GroupId, Membership,
    Memberships, Name, Order, OrderId, Outlet, Region, RegionId, Role, Scope, Sensor, SensorId, Seq, Sharing,
    Stay, Stint, Timestamp, Viewer,
    geofence::Atlas,
    live::{LiveFriend, OwnGroup, Snapshot},
    near::{Crowd, Range},
    waypoint::RegionKeys,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// Everybody and everything, as of the last commit.
#[derive(Clone, Default)]
pub(crate) struct Board {
    /// How often it changed where somebody is seen, over all boards since the start.
    changes: u64,
    /// Which of these changes concerned everybody last.
    changed_all: u64,
    pub(crate) seqs: HashMap<GroupId, Seq>,
    pub(crate) friends: HashMap<FriendId, OnBoard>,
    pub(crate) devices: HashMap<DeviceId, Reporter>,
    /// What the groups are called.
    pub(crate) groups: HashMap<GroupId, Name>,
    /// What they are called in topics; those that are no more, too.
    pub(crate) levels: HashMap<GroupId, Name>,
    /// In the order in which they were made.
    pub(crate) outlets: Vec<Outlet>,
    /// In order of their names.
    regions: HashMap<GroupId, Vec<Region>>,
    /// The same by their identifiers.
    by_id: HashMap<RegionId, Region>,
    /// The same by what phones may call them.
    keys: RegionKeys,
    /// The same for the machine, once whole and once only what is made up.
    atlases: HashMap<(GroupId, bool), Atlas>,
    /// The same for each who is, or was, of several groups, or not always of the one.
    mixed: HashMap<FriendId, Atlas>,
    /// Regions that are no more, as they were last: their history stays, and is for whom they were.
    pub(crate) gone: HashMap<RegionId, Region>,
    /// Those of either that do not always tell everybody.
    guarded: HashMap<GroupId, HashSet<RegionId>>,
    /// As which places that only a phone knows these would be known, if somebody called one like them.
    words: HashMap<RegionId, HashSet<RegionId>>,
    /// The groups of which anybody is, or was, who is or was of this one: with them, too, phones that were given its regions may speak.
    kindred: HashMap<GroupId, BTreeSet<GroupId>>,
    /// Those that phones are given.
    for_phones: HashMap<GroupId, BTreeSet<RegionId>>,
    /// In order of their names.
    sensors: Vec<Sensor>,
    /// By the keys of their names.
    by_name: HashMap<String, FriendId>,
    /// By the base topics of their devices.
    by_topic: HashMap<Arc<str>, FriendId>,
    /// For how long everything is kept.
    pub(crate) kept: Kept,
    /// When the last transition of each group was learnt, since the start.
    pub(crate) crossed_at: HashMap<GroupId, Timestamp>,
    /// Where the devices were last seen.
    pub(crate) crowd: Crowd,
    /// Messages between friends that have to be at hand.
    pub(crate) chats: Chats,
    /// Who has a page open. The live lines tell that, and not the pipeline; one board hands it to the next.
    pub(crate) online: Online,
    /// In order of their names.
    pub(crate) bots: Vec<Bot>,
    /// Which of them listen: as with who is online.
    pub(crate) connected: Online<BotId>,
}

/// A friend with what follows from their devices.
#[derive(Clone)]
pub(crate) struct OnBoard {
    pub(crate) friend: Friend,
    /// Two letters or digits that no other friend of their groups has.
    pub(crate) tid: Option<String>,
    pub(crate) card: Option<Card>,
    /// In order of the devices' names.
    pub(crate) devices: Vec<DeviceId>,
    pub(crate) stays: Vec<Stay>,
    /// Which of the devices count.
    pub(crate) counting: Counting,
    /// What they let others see.
    pub(crate) sharing: Arc<Sharing>,
    /// Of which times they had everything deleted.
    pub(crate) forgotten: Forgotten,
    /// Which change of the board concerned them last.
    pub(crate) changed: u64,
    /// Every time they were of a group, in the order in which they began.
    pub(crate) stints: Arc<[Stint]>,
    /// How far away from them they call near.
    pub(crate) range: Range,
}

impl Board {
    /// Adds a friend, without devices; of the groups that they are of now, and always were.
    pub(crate) fn add_friend(&mut self, friend: Friend, tid: Option<String>, sharing: Sharing) {
        let stints = friend.memberships.iter().map(|of| Stint::first(of.group, of.role)).collect();
        self.by_name.insert(friend.name.key(), friend.id);
        let (devices, stays, counting) = (Vec::new(), Vec::new(), Counting::default());
        let sharing = Arc::new(sharing);
        let (forgotten, changed) = (Forgotten::default(), self.changes);
        let on_board = OnBoard {
            tid,
            card: None,
            devices,
            stays,
            counting,
            sharing,
            forgotten,
            changed,
            stints,
            range: Range::default(),
            friend,
        };
        self.friends.insert(on_board.friend.id, on_board);
    }

    /// Whether there never was more than one group: what concerns the whole server then concerns it.
    pub(crate) fn is_alone(&self) -> bool {
        self.levels.len() <= 1
    }

    /// Adds a device of a friend who is there.
    pub(crate) fn add_device(&mut self, reporter: Reporter) {
        if let Some(friend) = self.friends.get_mut(&reporter.device.friend) {
            friend.devices.push(reporter.device.id);
            if let Some(spot) = &reporter.spot {
                self.crowd.put(reporter.device.id, spot.point, spot.accuracy_m);
            }
            self.by_topic.insert(reporter.topic.clone(), reporter.device.friend);
            self.devices.insert(reporter.device.id, reporter);
        }
    }

    /// A friend's devices, by name.
    pub(crate) fn devices_of<'a>(&'a self, friend: &'a OnBoard) -> impl Iterator<Item = &'a Reporter> {
        friend.devices.iter().filter_map(|id| self.devices.get(id))
    }

    /// Whether a device is of somebody made up.
    pub(crate) fn is_demo(&self, device: &Device) -> bool {
        self.friends.get(&device.friend).is_some_and(|owner| owner.friend.demo)
    }

    /// Who looks when a device does: its friend, who may be an admin.
    pub(crate) fn viewer_of(&self, account: &DeviceAccount) -> Viewer {
        let friend = account.friend;
        let known = self.friends.get(&friend).map(|on_board| on_board.friend.viewer());
        known.unwrap_or(Viewer::Friend { friend, of: Memberships::default(), role: Role::Friend })
    }

    /// A viewer with the groups that they are of now. Who was no admin does not become one on the way: not every sign-in of an admin is one.
    pub(crate) fn renewed(&self, viewer: &Viewer) -> Viewer {
        if let Viewer::Bot { bot, group, .. } = viewer {
            let known = self.bots.iter().find(|known| known.id == *bot).map(Bot::viewer);
            return known.unwrap_or(Viewer::Bot { bot: *bot, group: *group, regions: Vec::new() });
        }
        let Viewer::Friend { friend, .. } = viewer else { return viewer.clone() };
        let known = self.friends.get(friend).map(|on_board| on_board.friend.viewer());
        let nobody = || Viewer::Friend { friend: *friend, of: Memberships::default(), role: Role::Friend };
        let known = known.unwrap_or_else(nobody);
        if viewer.administers_any() || viewer.is_server_admin() { known } else { known.as_mere_friend() }
    }

    /// Everything that a viewer may see.
    pub(crate) fn snapshot(&self, viewer: &Viewer, now: Timestamp) -> Snapshot {
        let sight = Sight::new(self, viewer);
        let mut friends: Vec<LiveFriend> = self
            .friends
            .values()
            .filter(|on_board| viewer.may_see(&on_board.friend))
            .map(|on_board| sight.friend(on_board, now))
            .collect();
        friends.sort_by_cached_key(|live| live.friend.name.as_str().to_lowercase());
        let seq = match viewer.scope() {
            Scope::Groups(groups) => groups.iter().filter_map(|group| self.seqs.get(group)).max().copied(),
            Scope::Demo | Scope::All => self.seqs.values().max().copied(),
        };
        let mut regions: Vec<Region> =
            self.all_regions().filter(|region| sight.region(region)).cloned().collect();
        regions.sort_by_cached_key(|region| (region.name.as_str().to_lowercase(), region.id));
        let (groups, server_admin) = (self.own_groups(viewer), viewer.is_server_admin());
        let (seq, range) = (seq.unwrap_or_default(), self.range(viewer));
        let unread = self.unread_count(viewer, now);
        let bots = self.bots.iter().filter_map(|bot| sight.bot(bot, now)).collect();
        Snapshot { seq, now, friends, regions, groups, server_admin, range, unread, bots }
    }

    /// How far away from them a viewer calls near.
    pub(crate) fn range(&self, viewer: &Viewer) -> Range {
        let Viewer::Friend { friend, .. } = viewer else { return Range::default() };
        self.friends.get(friend).map(|on_board| on_board.range).unwrap_or_default()
    }

    /// The groups that a viewer is of, with what they are called.
    fn own_groups(&self, viewer: &Viewer) -> Vec<OwnGroup> {
        let Viewer::Friend { of, .. } = viewer else { return Vec::new() };
        let named = |of: &Membership| {
            Some(OwnGroup { id: of.group, name: self.groups.get(&of.group)?.clone(), role: of.role })
        };
        of.iter().filter_map(named).collect()
    }

    /// Every sensor, by name.
    pub(crate) fn sensors(&self) -> &[Sensor] {
        &self.sensors
    }

    /// The sensor with this identifier.
    pub(crate) fn sensor(&self, id: SensorId) -> Option<&Sensor> {
        self.sensors.iter().find(|sensor| sensor.id == id)
    }

    /// Takes up a sensor, new or changed.
    pub(crate) fn put_sensor(&mut self, sensor: Sensor) {
        self.drop_sensor(sensor.id);
        self.sensors.push(sensor);
        self.sensors.sort_by_cached_key(|sensor| sensor.name.key());
    }

    /// Forgets a sensor.
    pub(crate) fn drop_sensor(&mut self, id: SensorId) {
        self.sensors.retain(|known| known.id != id);
    }

    /// The order with this identifier, if it has not ended.
    pub(crate) fn order_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        self.devices.values_mut().flat_map(|reporter| &mut reporter.orders).find(|order| order.id == id)
    }

    /// Forgets an order that has ended.
    pub(crate) fn drop_order(&mut self, id: OrderId) {
        for reporter in self.devices.values_mut() {
            reporter.orders.retain(|order| order.id != id);
        }
    }
}

impl OnBoard {
    /// The friend, looking by a device of theirs.
    pub(crate) fn viewer(&self) -> Viewer {
        self.friend.viewer()
    }
}
