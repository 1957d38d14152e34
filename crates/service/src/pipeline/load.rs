//! Reading everything that is known now from the store.

use super::Pipeline;
use crate::{
    Error,
    board::{Board, Chats, Kept, MOST_TRAIL, OnBoard, Provision, Reporter, app_by_status},
    inbound::Credential,
    phone::tid,
};
use domain::{
    Device, DeviceId, Door, Friend, FriendId, GroupId, Name, Order, RegionId, Spot, Timestamp,
    live::Change,
    waypoint::{Sent, Waypoint},
};
use owntracks::{secretbox::Secret, topic::Template};
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
};
use store::PhoneWaypoint;

impl Pipeline {
    /// Reads everything that is known now from the store.
    pub(crate) async fn load(&mut self) -> Result<(), Error> {
        let reader = self.shared.reader.clone();
        if reader.groups().await?.is_empty() {
            let name = Name::new("Friends").map_err(Error::name("group"))?;
            self.writer.add_group(GroupId::new(crate::id::new(self.shared.now())), &name).await?;
        }
        let mut board = Board::default();
        board.seqs.extend(reader.groups().await?);
        board.groups.extend(reader.group_names().await?);
        board.levels.extend(reader.group_levels().await?);
        let mut sharings: HashMap<_, _> = reader.sharings().await?.into_iter().collect();
        let stints = reader.stints().await?;
        for account in reader.accounts().await? {
            let sharing = sharings.remove(&account.friend.id).unwrap_or_default();
            let (id, home) = (account.friend.id, account.friend.group);
            board.add_friend(account.friend, account.tid, sharing);
            board.put_stints(id, home, stints.get(&id).map_or(&[], Vec::as_slice));
        }
        self.load_choices(&mut board).await?;
        let store::RetentionRow { server, begins_at, own } = reader.retention().await?;
        board.kept = Kept { server, begins_at, own: own.into_iter().collect() };
        self.give_tids(&mut board).await?;
        for (friend, card) in reader.cards().await? {
            board.apply(&Change::Card(friend, card));
        }
        let mut orders: HashMap<DeviceId, Vec<Order>> = HashMap::new();
        for order in reader.open_orders(self.shared.now()).await? {
            orders.entry(order.device).or_default().push(order);
        }
        let doors: HashMap<DeviceId, Door> = {
            let known = self.shared.board();
            known.devices.iter().filter_map(|(id, reporter)| Some((*id, reporter.door?))).collect()
        };
        board.follow(&self.shared.board());
        let mut places = self.places().await?;
        let mut judged = HashMap::new();
        for known in reader.devices().await? {
            let Some(owner) = board.friends.get(&known.device.friend).map(|on_board| on_board.friend.clone())
            else {
                continue;
            };
            let group = board.levels.get(&owner.group);
            let topic = base_topic(&self.shared.settings.templates, group, &owner, &known.device)?.into();
            let id = known.device.id;
            judged.insert(id, known.judged);
            board.add_device(Reporter {
                device: known.device,
                group: owner.group,
                topic,
                credential: Credential::new(known.credential_hash),
                by_others: known.by_others,
                spot: known.spot.map(|spot| Spot { expected: known.rhythm.expected(), ..spot }),
                rhythm: known.rhythm,
                trail: VecDeque::new(),
                lost_at: known.lost_at,
                secret: known.secret.and_then(|secret| Secret::new(&secret).ok()).map(Arc::new),
                told_at: known.told_at,
                orders: orders.remove(&id).unwrap_or_default(),
                door: doors.get(&id).copied(),
                app: None,
                known: BTreeMap::new(),
                listed_at: None,
                sent: BTreeMap::new(),
                provision: Provision::Open,
            });
            if let Some(reporter) = board.devices.get_mut(&id) {
                places.give(reporter);
            }
        }
        board.bots = reader.bots().await?;
        board.bots.sort_by_cached_key(|bot| (bot.name.key(), bot.id));
        board.outlets = reader.outlets().await?.into_iter().map(|row| row.outlet).collect();
        take_up(&mut board, reader.journal().await?);
        board.remember_gone(reader.gone_regions().await?);
        for friend in stints.keys() {
            board.mix(*friend);
        }
        for sensor in reader.sensors().await? {
            board.put_sensor(sensor);
        }
        let policy = &self.shared.settings.policy;
        let stays_of = |owner: &OnBoard| board.stays(owner, |id| judged.get(id), policy);
        let stays: Vec<_> =
            board.friends.values().map(|on_board| (on_board.friend.id, stays_of(on_board))).collect();
        for (friend, stays) in stays {
            board.apply(&Change::Stays(friend, stays));
        }
        let late: Vec<_> = board.friends.keys().copied().collect();
        for friend in late {
            self.load_trails(&mut board, friend).await?;
        }
        self.judged = judged;
        *self.shared.board_mut() = board;
        self.catch_up_journal()
    }

    /// What friends said for themselves: what of theirs was deleted, what they call near, and what they say to each other.
    async fn load_choices(&self, board: &mut Board) -> Result<(), Error> {
        for (friend, forgotten) in self.shared.reader.forgotten().await? {
            if let Some(owner) = board.friends.get_mut(&friend) {
                owner.forgotten = forgotten;
            }
        }
        let reader = &self.shared.reader;
        for (friend, range) in reader.ranges().await? {
            if let Some(owner) = board.friends.get_mut(&friend) {
                owner.range = range;
            }
        }
        let (unread, waiting) = (reader.unread_chats().await?, reader.waiting_chats().await?);
        let (blocks, bot_blocks) = (reader.chat_blocks().await?, reader.bot_blocks().await?);
        board.chats = Chats::new(unread, &waiting, blocks, bot_blocks, reader.next_chat_end().await?);
        Ok(())
    }

    /// Where the devices of somebody were who is seen late by anybody.
    async fn load_trails(&self, board: &mut Board, friend: FriendId) -> Result<(), Error> {
        for (device, trail) in self.trails(Self::late_devices(board, friend)).await? {
            if let Some(reporter) = board.devices.get_mut(&device) {
                reporter.trail = trail;
            }
        }
        Ok(())
    }

    /// The devices of somebody who is seen late by anybody, each with when its newest position was taken.
    pub(super) fn late_devices(board: &Board, friend: FriendId) -> Vec<(DeviceId, Option<Timestamp>)> {
        let owner = board.friends.get(&friend).filter(|owner| owner.sharing.longest_delay_ms() > 0);
        let devices = owner.into_iter().flat_map(|owner| board.devices_of(owner));
        devices.map(|known| (known.device.id, known.spot.as_ref().map(|spot| spot.at))).collect()
    }

    /// See [`Reporter::trail`].
    pub(super) async fn trails(
        &self,
        devices: Vec<(DeviceId, Option<Timestamp>)>,
    ) -> Result<Vec<(DeviceId, VecDeque<Spot>)>, Error> {
        let mut trails = Vec::new();
        for (device, newest) in devices {
            let (from, to, after) = (None, None, None);
            let limit = u32::try_from(MOST_TRAIL).unwrap_or(u32::MAX);
            let asked = store::FixQuery { device, from, to, after, limit };
            let mut fixes = self.shared.reader.fixes(&asked).await?;
            fixes.retain(|fix| fix.has_plausible_time() && !fix.is_null_island());
            let spots = fixes.iter().rev().map(Spot::from).filter(|spot| Some(spot.at) < newest);
            trails.push((device, spots.collect()));
        }
        Ok(trails)
    }
}

/// What is known of the places that phones keep.
struct Places {
    known: HashMap<DeviceId, BTreeMap<String, Waypoint>>,
    listed: HashMap<DeviceId, Timestamp>,
    sent: HashMap<DeviceId, BTreeMap<RegionId, Sent>>,
    statuses: HashMap<DeviceId, String>,
}

impl Places {
    fn give(&mut self, reporter: &mut Reporter) {
        let id = reporter.device.id;
        reporter.known = self.known.remove(&id).unwrap_or_default();
        reporter.listed_at = self.listed.get(&id).copied();
        reporter.sent = self.sent.remove(&id).unwrap_or_default();
        let by_status = self.statuses.get(&id).and_then(|said| app_by_status(said));
        reporter.app = by_status.or_else(|| reporter.app_by_list());
    }
}

impl Pipeline {
    async fn places(&self) -> Result<Places, Error> {
        let reader = &self.shared.reader;
        let listed = reader.waypoint_lists().await?.into_iter().collect();
        let statuses = reader.statuses().await?.into_iter().collect();
        let mut places = Places { known: HashMap::new(), listed, sent: HashMap::new(), statuses };
        for PhoneWaypoint { device, key, waypoint } in reader.waypoints().await? {
            places.known.entry(device).or_default().insert(key, waypoint);
        }
        for (device, region, sent) in reader.sent().await? {
            places.sent.entry(device).or_default().insert(region, sent);
        }
        Ok(places)
    }

    /// Gives letters to those who have none yet, in the order in which they came; and to those who came into a group in which somebody who
    /// was there before them has the same: phones know each other by them.
    async fn give_tids(&mut self, board: &mut Board) -> Result<(), Error> {
        let mut by_tid: HashMap<&str, Vec<&OnBoard>> = HashMap::new();
        for owner in board.friends.values() {
            by_tid.entry(owner.tid.as_deref().unwrap_or_default()).or_default().push(owner);
        }
        let order = |owner: &OnBoard| (owner.friend.added_at, owner.friend.id);
        let is_own = |owner: &OnBoard| {
            let same = owner.tid.as_deref().and_then(|tid| by_tid.get(tid));
            let before =
                |other: &&OnBoard| tid::meet(&other.friend, &owner.friend) && order(other) < order(owner);
            same.is_some_and(|same| !same.iter().any(before))
        };
        let mut without: Vec<_> = board.friends.values().filter(|owner| !is_own(owner)).collect();
        without.sort_by_key(|owner| order(owner));
        let without: Vec<_> = without.into_iter().map(|on_board| on_board.friend.clone()).collect();
        for friend in without {
            let taken: HashSet<&str> = board
                .friends
                .values()
                .filter(|other| tid::meet(&other.friend, &friend))
                .filter_map(|other| other.tid.as_deref())
                .collect();
            let Some(tid) = tid::free(friend.name.as_str(), &taken) else { continue };
            self.writer.put_tid(friend.id, &tid).await?;
            if let Some(on_board) = board.friends.get_mut(&friend.id) {
                on_board.tid = Some(tid);
            }
        }
        Ok(())
    }
}

/// The base topic of a device, by the first template; spelt as the names are.
pub(super) fn base_topic(
    templates: &[Template],
    group: Option<&Name>,
    friend: &Friend,
    device: &Device,
) -> Result<String, Error> {
    let template = templates.first().ok_or(Error::invalid("topic-templates", "must not be empty"))?;
    let group = group.ok_or(Error::NotFound("group"))?;
    template
        .base_in(group.as_str(), friend.name.as_str(), device.name.as_str())
        .map_err(|why| Error::invalid("topic-templates", format!("make no topic: {why}")))
}

/// What the journal says of regions and of which devices count.
fn take_up(board: &mut Board, journal: Vec<store::JournalEntry>) {
    for store::JournalEntry { at, entry, .. } in journal {
        if let store::Entry::Region(region) = entry {
            board.put_region(*region);
        } else if let store::Entry::Counting(friend, chosen) = entry {
            if let Some(owner) = board.friends.get_mut(&friend) {
                owner.counting.choose(at, chosen);
            }
        } else if let store::Entry::RegionGone(region) = entry {
            if let Some(group) = board.region(region).map(|known| known.group) {
                board.end_region(group, region, at);
            }
            board.apply(&Change::RegionGone(region));
        }
    }
}
