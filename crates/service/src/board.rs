//! How things are now, in memory: what the pipeline has committed, for viewers and doors to look at.
//!
//! The pipeline alone writes it, after each commit; it can always be rebuilt from the store.

use crate::{
    id,
    inbound::{Credential, DeviceAccount},
    sight::Sight,
    translate,
};
use domain::{
    Apart, Audience, Card, Counting, Device, DeviceId, Door, Forgotten, Friend, FriendId, GroupId,
    Memberships, Name, Order, OrderId, Outlet, Region, RegionId, Rhythm, Role, Scope, Sensor, SensorId, Seq,
    Sharing, Spot, Stay, Stint, Timestamp, Viewer, fold,
    geofence::{Atlas, DeviceState, Policy},
    live::{Change, LiveFriend, Snapshot},
    waypoint::{self, App, Meant, Phone, RegionKeys, Sent, Waypoint},
};
use owntracks::{secretbox::Secret, topic::Topic};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
};
use store::{Batch, PhoneWaypoint};

/// How many places of a device are kept in mind for those who see it late: a day of one each half a minute.
pub(crate) const MOST_TRAIL: usize = 3_000;

/// Everybody and everything, as of the last commit.
#[derive(Clone, Default)]
pub(crate) struct Board {
    pub(crate) seqs: HashMap<GroupId, Seq>,
    pub(crate) friends: HashMap<FriendId, OnBoard>,
    pub(crate) devices: HashMap<DeviceId, Reporter>,
    /// What the groups are called.
    pub(crate) groups: HashMap<GroupId, Name>,
    /// In the order in which they were made.
    pub(crate) outlets: Vec<Outlet>,
    /// In order of their names.
    regions: HashMap<GroupId, Vec<Region>>,
    /// The same by their identifiers.
    by_id: HashMap<RegionId, Region>,
    /// The same by what phones may call them.
    keys: HashMap<GroupId, RegionKeys>,
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
    /// Those that phones are given.
    for_phones: HashMap<GroupId, BTreeSet<RegionId>>,
    /// In order of their names.
    sensors: Vec<Sensor>,
    /// By the keys of their names.
    by_name: HashMap<String, FriendId>,
    /// By the base topics of their devices.
    by_topic: HashMap<Arc<str>, FriendId>,
    /// When the last transition of each group was learnt, since the start.
    pub(crate) crossed_at: HashMap<GroupId, Timestamp>,
}

/// A friend with what follows from their devices.
#[derive(Clone)]
pub(crate) struct OnBoard {
    pub(crate) friend: Friend,
    /// Two letters or digits that no other friend of the group has.
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
    /// Every time they were of a group, in the order in which they began.
    pub(crate) stints: Arc<[Stint]>,
}

/// A device with what is known of it.
#[derive(Clone)]
pub(crate) struct Reporter {
    pub(crate) device: Device,
    pub(crate) group: GroupId,
    pub(crate) topic: Arc<str>,
    pub(crate) credential: Credential,
    pub(crate) spot: Option<Spot>,
    /// Where it was before, oldest first, as far back as somebody sees its friend late; see [`Reporter::leave`].
    pub(crate) trail: VecDeque<Spot>,
    /// How often it reports.
    pub(crate) rhythm: Rhythm,
    pub(crate) lost_at: Option<Timestamp>,
    /// What its payloads are encrypted with.
    pub(crate) secret: Option<Arc<Secret>>,
    /// Up to which transition of its friends it was told, by when that was learnt.
    pub(crate) told_at: Option<Timestamp>,
    /// Those that have not ended, oldest first.
    pub(crate) orders: Vec<Order>,
    /// Through which door it last came, since the start.
    pub(crate) door: Option<Door>,
    /// The app on it, as far as it told.
    pub(crate) app: Option<App>,
    /// The places that it said it keeps, by its app's keys.
    pub(crate) known: BTreeMap<String, Waypoint>,
    /// When it last told of all of them.
    pub(crate) listed_at: Option<Timestamp>,
    /// What it was told of regions.
    pub(crate) sent: BTreeMap<RegionId, Sent>,
    /// Whether it holds, or is being told, what it should; see `pipeline::provision`.
    pub(crate) provision: Provision,
}

/// Whether a phone holds what it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Provision {
    /// Something has changed that may concern it.
    #[default]
    Open,
    /// There is nothing to tell it.
    Done,
    /// It was asked for something that has to be known first.
    Asked(Timestamp),
}

impl Board {
    /// Adds a friend, without devices; of the groups that they are of now, and always were.
    pub(crate) fn add_friend(&mut self, friend: Friend, tid: Option<String>, sharing: Sharing) {
        let stints = friend.memberships.iter().map(|of| Stint::first(of.group, of.role)).collect();
        self.by_name.insert(friend.name.key(), friend.id);
        let (devices, stays, counting) = (Vec::new(), Vec::new(), Counting::default());
        let sharing = Arc::new(sharing);
        let forgotten = Forgotten::default();
        let on_board =
            OnBoard { tid, card: None, devices, stays, counting, sharing, forgotten, stints, friend };
        self.friends.insert(on_board.friend.id, on_board);
    }

    /// Says of which groups a friend is, and was; then [`Self::mix`].
    pub(crate) fn put_stints(&mut self, friend: FriendId, home: GroupId, stints: &[Stint]) {
        let Some(on_board) = self.friends.get_mut(&friend) else { return };
        on_board.friend.group = home;
        on_board.friend.memberships = Memberships::now(home, stints);
        on_board.stints = stints.into();
        for device in &on_board.devices {
            if let Some(reporter) = self.devices.get_mut(device) {
                reporter.group = home;
            }
        }
    }

    /// Puts together the regions that a friend can be in.
    pub(crate) fn mix(&mut self, friend: FriendId) {
        let Some(owner) = self.friends.get(&friend) else { return };
        let demo = owner.friend.demo;
        if matches!(&*owner.stints, [only] if only.is_always()) {
            self.mixed.remove(&friend);
            return;
        }
        let parts = owner.stints.iter().filter_map(|stint| {
            let atlas = self.atlases.get(&(stint.group, demo))?;
            Some((atlas, stint.since, stint.until))
        });
        let atlas = Atlas::bound(parts);
        self.mixed.insert(friend, atlas);
    }

    /// The same for all who are concerned by a change of a group's regions.
    fn mix_again(&mut self, group: GroupId) {
        let concerned = self.mixed.keys().filter(|friend| {
            self.friends
                .get(friend)
                .is_some_and(|owner| owner.stints.iter().any(|stint| stint.group == group))
        });
        let concerned: Vec<FriendId> = concerned.copied().collect();
        for friend in concerned {
            self.mix(friend);
        }
    }

    /// Adds a device of a friend who is there.
    pub(crate) fn add_device(&mut self, reporter: Reporter) {
        if let Some(friend) = self.friends.get_mut(&reporter.device.friend) {
            friend.devices.push(reporter.device.id);
            self.by_topic.insert(reporter.topic.clone(), reporter.device.friend);
            self.devices.insert(reporter.device.id, reporter);
        }
    }

    /// Who looks when a device does: its friend, who may be an admin.
    pub(crate) fn viewer_of(&self, account: &DeviceAccount) -> Viewer {
        let friend = account.friend;
        let known = self.friends.get(&friend).map(|on_board| on_board.friend.viewer());
        known.unwrap_or(Viewer::Friend { friend, of: Memberships::default(), role: Role::Friend })
    }

    /// A viewer with the groups that they are of now. Who was no admin does not become one on the way: not every sign-in of an admin is one.
    pub(crate) fn renewed(&self, viewer: &Viewer) -> Viewer {
        let Viewer::Friend { friend, .. } = viewer else { return viewer.clone() };
        let known = self.friends.get(friend).map(|on_board| on_board.friend.viewer());
        let nobody = || Viewer::Friend { friend: *friend, of: Memberships::default(), role: Role::Friend };
        let known = known.unwrap_or_else(nobody);
        if viewer.administers_any() || viewer.is_server_admin() { known } else { known.as_mere_friend() }
    }

    /// The device whose base topic this is.
    pub(crate) fn device_of(&self, base: &str) -> Option<&Reporter> {
        let owner = self.friends.get(self.by_topic.get(base)?)?;
        self.devices_of(owner).find(|reporter| &*reporter.topic == base)
    }

    /// The device that speaks on a topic.
    pub(crate) fn speaker(&self, topic: &str) -> Option<&Reporter> {
        let above = topic.rsplit_once('/').map(|(base, _)| base);
        [Some(topic), above].into_iter().flatten().find_map(|base| self.device_of(base))
    }

    /// Whether a group has, or had, regions that do not always tell everybody.
    pub(crate) fn is_guarded(&self, group: GroupId) -> bool {
        self.guarded(group).next().is_some()
    }

    /// The regions that a device may know of by its friend's groups, and that are of groups that a viewer is not of. Those that are gone, too.
    pub(crate) fn foreign<'b>(
        &'b self,
        reporter: &Reporter,
        viewer: &'b Viewer,
    ) -> impl Iterator<Item = &'b Region> + 'b {
        let owner = self.friends.get(&reporter.device.friend);
        let stints = owner.into_iter().flat_map(|owner| owner.stints.iter()).map(|stint| stint.group);
        let groups: BTreeSet<GroupId> = stints.filter(|group| !viewer.is_of(*group)).collect();
        let gone = self.gone.values().filter({
            let groups = groups.clone();
            move |region| groups.contains(&region.group)
        });
        groups.into_iter().flat_map(|group| self.regions.get(&group).into_iter().flatten()).chain(gone)
    }

    /// The regions of a group, gone ones too, that do not always tell everybody.
    pub(crate) fn guarded(&self, group: GroupId) -> impl Iterator<Item = &Region> {
        let ids = self.guarded.get(&group).into_iter().flatten();
        ids.filter_map(|id| self.region(*id).or_else(|| self.gone.get(id)))
    }

    /// The regions that are called like a place that only a phone knows, and are not for everybody.
    pub(crate) fn called_like(&self, place: RegionId) -> impl Iterator<Item = &Region> {
        let ids = self.words.get(&place).into_iter().flatten();
        ids.filter_map(|id| self.region(*id).or_else(|| self.gone.get(id)))
    }

    /// All such places.
    pub(crate) fn words(&self) -> impl Iterator<Item = RegionId> {
        self.words.keys().copied()
    }

    /// The same for all groups.
    pub(crate) fn all_guarded(&self) -> impl Iterator<Item = &Region> {
        self.guarded.keys().flat_map(|group| self.guarded(*group))
    }

    /// The friend of that name, however it is written.
    pub(crate) fn friend_named(&self, name: &str) -> Option<&OnBoard> {
        self.friends.get(self.by_name.get(&fold(name))?)
    }

    /// The device of that friend and name, however they are written.
    pub(crate) fn device_named(&self, friend: &str, device: &str) -> Option<&Reporter> {
        let device = fold(device);
        self.devices_of(self.friend_named(friend)?).find(|reporter| reporter.device.name.key() == device)
    }

    /// The device that a topic of a trusted broker names. Where the topic names a group too, it must be that of the friend.
    pub(crate) fn device_at(&self, reading: &Topic) -> Option<&Reporter> {
        let reporter = self.device_named(&reading.user, &reading.device)?;
        self.is_of(reporter.group, reading).then_some(reporter)
    }

    /// Whether a topic names this group, or none.
    pub(crate) fn is_of(&self, group: GroupId, reading: &Topic) -> bool {
        let named = reading.group.as_deref().map(fold);
        named.is_none_or(|named| self.groups.get(&group).is_some_and(|name| name.key() == named))
    }

    /// Whose device has exactly this base topic. Friends of one name are one friend, so a base topic is of one friend alone.
    pub(crate) fn friend_at(&self, base: &str) -> Option<&Friend> {
        Some(&self.friends.get(self.by_topic.get(base)?)?.friend)
    }

    /// A friend's devices, by name.
    pub(crate) fn devices_of<'a>(&'a self, friend: &'a OnBoard) -> impl Iterator<Item = &'a Reporter> {
        friend.devices.iter().filter_map(|id| self.devices.get(id))
    }

    /// The regions that a friend can be in: those of each group, as long as they are of it. Who is made up is only ever in what is made up,
    /// or a guest would learn of real places by them.
    pub(crate) fn atlas(&self, friend: FriendId) -> Atlas {
        let Some(owner) = self.friends.get(&friend) else { return Atlas::default() };
        let whole = || self.atlases.get(&(owner.friend.group, owner.friend.demo));
        self.mixed.get(&friend).or_else(whole).cloned().unwrap_or_default()
    }

    /// The group of a region that is there or was; of a place that only a phone knows, the home group of its friend.
    pub(crate) fn group_of(&self, region: RegionId, friend: FriendId) -> Option<GroupId> {
        let known = self.region(region).or_else(|| self.gone.get(&region)).map(|region| region.group);
        known.or_else(|| Some(self.friends.get(&friend)?.friend.group))
    }

    /// Whether a device is of somebody made up.
    pub(crate) fn is_demo(&self, device: &Device) -> bool {
        self.friends.get(&device.friend).is_some_and(|owner| owner.friend.demo)
    }

    /// The regions of every group.
    pub(crate) fn all_regions(&self) -> impl Iterator<Item = &Region> {
        self.regions.values().flatten()
    }

    /// The region with this identifier.
    pub(crate) fn region(&self, id: RegionId) -> Option<&Region> {
        self.by_id.get(&id)
    }

    /// When a change of a region counts as made: never before the last one, whatever the clock says.
    pub(crate) fn change_time(&self, group: GroupId, region: RegionId, at: Timestamp) -> Timestamp {
        let last = self.atlases.get(&(group, false)).and_then(|atlas| atlas.last_change(region));
        last.map_or(at, |last| at.max(last.plus_millis(1)))
    }

    /// Whether the owner of a phone may know of a region.
    pub(crate) fn may_know(&self, reporter: &Reporter, region: &Region) -> bool {
        self.friends.get(&reporter.device.friend).is_some_and(|owner| owner.viewer().may_see_region(region))
    }

    /// The region that a phone means: by the keys that it was given, or by a name of what its owner may know of.
    pub(crate) fn meant(&self, reporter: &Reporter, meant: Meant<'_>) -> Option<RegionId> {
        let knows = |id| self.region(id).is_some_and(|region| self.may_know(reporter, region));
        self.keys.get(&reporter.group)?.meant(meant, knows)
    }

    /// The region of a group that is the same place as one that somebody drew on a phone; of several the nearest. Only of what its owner
    /// may know: else one could look for the others with a circle.
    pub(crate) fn region_at(&self, reporter: &Reporter, own: &Waypoint) -> Option<RegionId> {
        let middle = own.circle()?.centre();
        let same = self.regions.get(&reporter.group)?.iter();
        let same = same.filter(|region| own.is_at(region) && self.may_know(reporter, region));
        let far = |region: &Region| region.area.signed_distance_m(middle).abs();
        same.min_by(|a, b| far(a).total_cmp(&far(b)).then(a.id.cmp(&b.id))).map(|region| region.id)
    }

    /// The regions of a group that its phones are given.
    pub(crate) fn regions_for_phones(&self, group: GroupId) -> impl Iterator<Item = &Region> {
        self.for_phones.get(&group).into_iter().flatten().filter_map(|id| self.region(*id))
    }

    /// How many that are.
    pub(crate) fn count_for_phones(&self, group: GroupId) -> usize {
        self.for_phones.get(&group).map_or(0, BTreeSet::len)
    }

    /// What phones of a group may call its regions.
    pub(crate) fn keys(&self, group: GroupId) -> Option<&RegionKeys> {
        self.keys.get(&group)
    }

    /// Takes up what a committed batch tells of the places that phones keep, and of how often they report.
    pub(crate) fn learn(&mut self, batch: &Batch) {
        for state in &batch.states {
            if let Some(reporter) = self.devices.get_mut(&state.device) {
                reporter.rhythm.clone_from(&state.rhythm);
            }
        }
        for PhoneWaypoint { device, key, waypoint } in &batch.waypoints {
            if let Some(reporter) = self.devices.get_mut(device) {
                reporter.known.insert(key.clone(), waypoint.clone());
                reporter.provision = Provision::Open;
            }
        }
        for (device, region, at) in &batch.confirmed {
            let reporter = self.devices.get_mut(device);
            if let Some(sent) = reporter.and_then(|reporter| reporter.sent.get_mut(region)) {
                sent.confirmed_at.get_or_insert(*at);
            }
        }
        for (device, at) in &batch.lists {
            if let Some(reporter) = self.devices.get_mut(device) {
                reporter.listed_at = Some(*at);
                reporter.app = reporter.app.or_else(|| reporter.app_by_list());
                reporter.provision = Provision::Open;
            }
        }
        for (device, said, _) in &batch.statuses {
            if let Some(reporter) = self.devices.get_mut(device) {
                reporter.app = app_by_status(said).or(reporter.app);
                reporter.provision = Provision::Open;
            }
        }
    }

    /// Whether a phone would take a region that is to be made for another.
    pub(crate) fn is_mistakable(&self, region: RegionId) -> bool {
        self.keys.values().any(|keys| keys.is_taken(region))
    }

    /// Takes up regions that are no more, as they were last.
    pub(crate) fn remember_gone(&mut self, gone: Vec<Region>) {
        for region in gone {
            self.guard(&region);
            self.gone.insert(region.id, region);
        }
    }

    fn guard(&mut self, region: &Region) {
        let names = [region.name.as_str().to_owned(), waypoint::plain(region.name.as_str())];
        let words = names.map(|name| id::of_phone_place(region.group, &name));
        for same in self.words.values_mut() {
            same.remove(&region.id);
        }
        if region.details.audience != Audience::Group {
            for word in words {
                self.words.entry(word).or_default().insert(region.id);
            }
        }
        self.words.retain(|_, same| !same.is_empty());
        let guarded = self.guarded.entry(region.group).or_default();
        if region.details.audience == Audience::Group && region.details.schedule.is_none() {
            guarded.remove(&region.id);
        } else {
            guarded.insert(region.id);
        }
    }

    /// Takes up a region, new or changed.
    pub(crate) fn put_region(&mut self, region: Region) {
        self.keys.entry(region.group).or_default().put(&region);
        for demo in [false, true] {
            if region.demo || !demo {
                self.atlases.entry((region.group, demo)).or_default().put(region.clone());
            }
        }
        self.guard(&region);
        self.mix_again(region.group);
        let for_phones = self.for_phones.entry(region.group).or_default();
        if region.details.to_phones && !region.demo {
            for_phones.insert(region.id);
        } else {
            for_phones.remove(&region.id);
        }
        self.by_id.insert(region.id, region.clone());
        let order = |region: &Region| (region.name.as_str().to_lowercase(), region.id);
        let regions = self.regions.entry(region.group).or_default();
        regions.retain(|known| known.id != region.id);
        let own = order(&region);
        let place = regions.partition_point(|known| order(known) < own);
        regions.insert(place, region);
    }

    /// Notes when a region was removed: what was taken before is judged by it all the same.
    pub(crate) fn end_region(&mut self, group: GroupId, region: RegionId, at: Timestamp) {
        for demo in [false, true] {
            if let Some(atlas) = self.atlases.get_mut(&(group, demo)) {
                atlas.remove(region, at);
            }
        }
        self.mix_again(group);
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

    /// Where somebody is by those of their devices that count: in a region, of those there are now, while any of them is, since the
    /// first of them came. Smallest region first.
    pub(crate) fn stays<'s>(
        &self,
        owner: &OnBoard,
        state_of: impl Fn(&DeviceId) -> Option<&'s DeviceState>,
        policy: &Policy,
    ) -> Vec<Stay> {
        let demo = owner.friend.demo;
        let atlas = self.atlas(owner.friend.id);
        let counted = owner.devices.iter().filter(|id| owner.counting.counts_now(**id));
        let known = counted.filter_map(|id| Some((*id, state_of(id)?)));
        let known: Vec<(DeviceId, DeviceState)> =
            known.map(|(id, state)| (id, state.clone().as_of(Timestamp::MAX, &atlas, policy))).collect();
        let mut there: BTreeMap<RegionId, (Timestamp, Vec<DeviceId>)> = BTreeMap::new();
        for (id, stay) in known.iter().flat_map(|(id, state)| state.stays().map(move |stay| (*id, stay))) {
            let (since, devices) = there.entry(stay.region).or_insert((stay.since, Vec::new()));
            *since = stay.since.min(*since);
            devices.push(id);
        }
        let sized = |(region, (since, there))| {
            let drawn = self.region(region).filter(|drawn| drawn.demo || !demo)?;
            // Of a group that they left they may be remembered in a region until their next report.
            owner.friend.is_of(drawn.group).then_some(())?;
            Some((
                drawn.area.size_m2(),
                Stay { apart: apart(&known, region, there), ..Stay::new(region, since) },
            ))
        };
        let mut stays: Vec<(f64, Stay)> = there.into_iter().filter_map(sized).collect();
        stays.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        stays.into_iter().map(|(_, stay)| stay).collect()
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
        Snapshot { seq: seq.unwrap_or_default(), now, friends, regions }
    }

    /// Makes a committed change visible.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Moved(device, spot) => {
                if let Some(reporter) = self.devices.get_mut(device) {
                    let owner = self.friends.get(&reporter.device.friend);
                    let late_ms = owner.map_or(0, |owner| owner.sharing.longest_delay_ms());
                    // It is told to each group of the friend.
                    if reporter.spot.as_ref() != Some(spot) {
                        reporter.leave(late_ms, spot.at);
                        reporter.spot = Some(spot.clone());
                    }
                    reporter.lost_at = None;
                }
            }
            Change::Lost(device, at) => {
                if let Some(reporter) = self.devices.get_mut(device) {
                    reporter.lost_at = Some(*at);
                }
            }
            Change::Stays(friend, stays) => {
                if let Some(on_board) = self.friends.get_mut(friend) {
                    on_board.stays.clone_from(stays);
                }
            }
            Change::Region(region) => {
                self.put_region(region.clone());
            }
            Change::RegionGone(region) => {
                self.by_id.remove(region);
                for regions in self.regions.values_mut() {
                    let gone = regions.extract_if(.., |known| known.id == *region);
                    self.gone.extend(gone.map(|region| (region.id, region)));
                }
                for keys in self.keys.values_mut() {
                    keys.remove(*region);
                }
                for for_phones in self.for_phones.values_mut() {
                    for_phones.remove(region);
                }
            }
            // What a sensor observed is not on the board; the sensor itself its command puts there. The history is not on it either.
            // How a friend is shown is a matter between two.
            Change::Sensor(_) | Change::Superseded { .. } | Change::Friend(_) => {}
            Change::Card(friend, card) => {
                if let Some(on_board) = self.friends.get_mut(friend) {
                    on_board.card = Some(card.clone());
                }
            }
            Change::Crossed(transition) => {
                if let Some(group) = self.group_of(transition.region, transition.friend) {
                    let last = self.crossed_at.entry(group).or_insert(transition.learnt_at);
                    *last = transition.learnt_at.max(*last);
                }
            }
        }
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

impl Reporter {
    /// What a device is that has signed in now.
    pub(crate) fn account(&self) -> DeviceAccount {
        DeviceAccount {
            device: self.device.id,
            friend: self.device.friend,
            group: self.group,
            topic: self.topic.clone(),
            credential: self.credential.clone(),
        }
    }

    /// Moves on from where it is: what somebody who sees it that late can still see is kept in mind.
    pub(crate) fn leave(&mut self, late_ms: i64, at: Timestamp) {
        if late_ms == 0 {
            self.trail.clear();
            return;
        }
        self.trail.extend(self.spot.take());
        let over = |next: &Spot| at.millis_since(next.at) >= late_ms;
        while self.trail.len() > MOST_TRAIL || self.trail.get(1).is_some_and(over) {
            self.trail.pop_front();
        }
    }

    /// What is known of it, to see what it should hold.
    pub(crate) fn phone(&self) -> Phone<'_> {
        Phone {
            app: self.app,
            known: &self.known,
            listed_at: self.listed_at,
            sent: &self.sent,
            at: self.spot.as_ref().map(|spot| spot.point),
        }
    }

    /// The app, by what it listed: only iOS tells an identifier.
    pub(crate) fn app_by_list(&self) -> Option<App> {
        let mut listed = self.known.values().filter(|known| Some(known.seen_at) == self.listed_at).peekable();
        listed.peek()?;
        Some(if listed.any(|known| known.rid.is_some()) { App::Ios } else { App::Android })
    }
}

/// How those of somebody's devices that are not in a region speak against those that are.
fn apart(known: &[(DeviceId, DeviceState)], region: RegionId, there: Vec<DeviceId>) -> Option<Apart> {
    if there.len() == known.len() {
        return None;
    }
    let moved = |state: &DeviceState| state.moved_at();
    let elsewhere = known.iter().filter(|(_, state)| state.is_surely_outside(region));
    let elsewhere = elsewhere.max_by_key(|(id, state)| (moved(state), *id));
    let last_there = known.iter().filter(|(id, _)| there.contains(id)).map(|(_, state)| moved(state)).max();
    let moved_since = elsewhere.is_some_and(|(_, state)| moved(state) > last_there.flatten());
    Some(Apart { there, elsewhere: elsewhere.map(|(id, _)| *id), moved_since })
}

/// The app, by what it said of itself.
pub(crate) fn app_by_status(said: &str) -> Option<App> {
    let mut said = owntracks::decode(said.as_bytes()).into_iter().flatten();
    said.find_map(|message| {
        if let owntracks::Message::Status(status) = message { translate::app(&status) } else { None }
    })
}
