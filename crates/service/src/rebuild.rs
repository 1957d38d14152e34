//! From the raw log to everything that follows from it, once more, and whether that is what the live database has.
//!
//! Nothing is judged here: the messages go through [`judge::judge`] again, on a board that the journal leads through the same changes.

use crate::{
    DeviceAccount, Error, Inbound, Principal, Refusal, Settings,
    board::{Board, Provision, Reporter},
    inbound::{Author, Credential, Standing},
    judge::{
        self, FORGOTTEN, Judgement, LARGE_PAYLOAD, LONG_TOPIC, NOT_BELOW, NOT_THEIRS, REMOVED, Recall,
        Redraw, SENSOR_GONE, SET_ASIDE,
    },
    pipeline::journal,
};
use domain::{
    Device, DeviceId, Door, Friend, FriendId, GroupId, Memberships, Role, Sharing, Stint, Timestamp,
    geofence::DeviceState, waypoint::Waypoint,
};
use owntracks::secretbox::Secret;
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    path::Path,
    sync::Arc,
};
use store::{Base, Batch, Compared, Entry, Groups, JournalEntry, LeftKnown, Logged, PhoneWaypoint};
use uuid::Uuid;

/// How many messages are judged together. The result does not depend on it.
pub const AT_ONCE: u32 = 2048;

/// What a rebuild found.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// How many messages were judged again.
    pub messages: u64,
    /// Every table that follows from messages.
    pub tables: Vec<Compared>,
}

impl Rebuilt {
    /// Whether not a single row differs.
    pub fn is_equal(&self) -> bool {
        self.tables.iter().all(|table| table.differences == 0)
    }
}

/// Makes a new database at `fresh` from the messages in `copy`, a copy of the live one, and compares the two.
///
/// # Errors
/// When either cannot be read or written, or the journal makes no sense.
pub async fn rebuild(copy: &Path, fresh: &Path, settings: Settings, at_once: u32) -> Result<Rebuilt, Error> {
    let store = store::Rebuild::begin(copy, fresh).await?;
    let mut replay = Replay::new(store, settings).await?;
    let bases = replay.store.bases().await?;
    let mut journal = with_bases(replay.store.journal().await?, &bases).into_iter().peekable();
    let (mut last, mut messages) = (0, 0);
    loop {
        let mut log = replay.store.log_after(last, at_once.max(1)).await?;
        let end = log.last().map_or(i64::MAX, |message| message.id);
        while let Some(told) = journal.next_if(|told| told.after_message < end) {
            let later = log.partition_point(|message| message.id <= told.after_message);
            let later = log.split_off(later);
            messages += replay.judge(std::mem::replace(&mut log, later)).await?;
            replay.take_up(told.at, told.after_message, told.entry).await?;
        }
        if end == i64::MAX {
            break;
        }
        messages += replay.judge(log).await?;
        last = end;
    }
    replay.store.take_as_judged(&bases).await?;
    let tables = replay.store.compare().await?;
    replay.store.finish().await?;
    Ok(Rebuilt { messages, tables })
}

/// The journal, with where to begin with devices of which something is older than is kept: in its place it is as if something had been deleted.
fn with_bases(mut journal: Vec<JournalEntry>, bases: &[Base]) -> Vec<JournalEntry> {
    for Base { friend, line, at, known, .. } in bases {
        let entry = Entry::Erased(*friend, vec![known.clone()]);
        // What was deleted by hand later than that knows better, and what was told of devices comes first.
        let is_first = |known: &JournalEntry| known.after_message <= *line;
        let place = journal.partition_point(is_first);
        journal.insert(place, JournalEntry { after_message: *line, at: *at, entry });
    }
    journal
}

struct Replay {
    store: store::Rebuild,
    settings: Settings,
    board: Board,
    memory: HashMap<DeviceId, DeviceState>,
    friends: HashMap<FriendId, Friend>,
    /// Of which groups the journal said they are.
    groups: HashMap<FriendId, Groups>,
    devices: HashMap<DeviceId, Device>,
    /// The keys of those that have one now. Former keys are not kept.
    secrets: HashMap<DeviceId, Arc<Secret>>,
    /// Of whom the journal said that there is a key.
    keyed: HashSet<DeviceId>,
}

impl Replay {
    async fn new(store: store::Rebuild, settings: Settings) -> Result<Self, Error> {
        let mut board = Board::default();
        board.seqs.extend(store.found().groups().await?);
        board.groups.extend(store.found().group_names().await?);
        board.levels.extend(store.found().group_levels().await?);
        let accounts = store.found().accounts().await?.into_iter();
        // Of which groups they are, since when and as what, is in the journal; what they are there alone counts.
        let friends = accounts.map(|account| {
            let memberships = Memberships::one(account.friend.group, Role::Friend);
            let role = Some(Role::Friend);
            (account.friend.id, Friend { memberships, role, ..account.friend })
        });
        let friends = friends.collect();
        let known = store.found().devices().await?;
        let (mut secrets, mut devices) = (HashMap::new(), HashMap::new());
        for known in known {
            if let Some(secret) = known.secret.and_then(|secret| Secret::new(&secret).ok()) {
                secrets.insert(known.device.id, Arc::new(secret));
            }
            devices.insert(known.device.id, known.device);
        }
        let (memory, keyed) = (HashMap::new(), HashSet::new());
        let groups = HashMap::new();
        Ok(Self { store, settings, board, memory, friends, groups, devices, secrets, keyed })
    }

    /// Judges messages once more; says how many.
    async fn judge(&mut self, log: Vec<Logged>) -> Result<u64, Error> {
        if log.is_empty() {
            return Ok(0);
        }
        let ids: Vec<i64> = log.iter().map(|message| message.id).collect();
        let aside: Vec<bool> =
            log.iter().map(|message| [SET_ASIDE, FORGOTTEN].contains(&message.verdict.as_str())).collect();
        let forgotten: Vec<_> =
            log.iter().map(|message| (message.verdict == FORGOTTEN).then_some(message.device)).collect();
        let messages: Vec<_> = log.into_iter().map(|message| self.as_it_came(message)).collect();
        let mut from = 0;
        // Each of those that the database refused is alone.
        for run in aside.chunk_by(|a, b| !a && !b) {
            let to = from + run.len();
            let judgement = match (run, &messages[from..to]) {
                ([true], [message]) => Judgement {
                    batch: match forgotten[from] {
                        Some(device) => judge::forgotten_line(message, device),
                        None => judge::set_aside(&self.board, message),
                    },
                    changes: HashMap::new(),
                    judged: HashMap::new(),
                },
                (_, messages) => {
                    self.judged_by(|board, memory, settings, recall| {
                        judge::judge(board, memory, settings, recall, messages)
                    })
                    .await?
                }
            };
            self.conclude(judgement, &ids[from..to]).await?;
            from = to;
        }
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }

    async fn take_up(&mut self, at: Timestamp, line: i64, entry: Entry) -> Result<(), Error> {
        let redraw = match entry {
            Entry::Settings(rules) => {
                self.settings = journal::settings(&rules, self.settings.clock)?;
                return Ok(());
            }
            Entry::Device(id) => {
                self.add_device(id);
                return Ok(());
            }
            Entry::Key(id) => return self.read_again(id).await,
            Entry::Groups(id, Groups { home, stints }) => {
                self.put_groups(id, home, stints);
                return Ok(());
            }
            Entry::KeyGone(id) => {
                self.keyed.remove(&id);
                if let Some(reporter) = self.board.devices.get_mut(&id) {
                    reporter.secret = None;
                }
                return Ok(());
            }
            // What its presence kept silent, and what it said, cannot be judged again: there the live database knows better.
            Entry::DeviceGone(friend) => return Ok(self.store.take_over_history(friend, at).await?),
            Entry::Counting(friend, chosen) => {
                self.add_friend(friend);
                if let Some(owner) = self.board.friends.get_mut(&friend) {
                    owner.counting.choose(at, chosen);
                }
                return Ok(());
            }
            Entry::Sensor(sensor) => {
                self.board.put_sensor(sensor.as_ref().clone());
                return self.write(Entry::Sensor(sensor)).await;
            }
            Entry::SensorGone(id) => {
                self.board.drop_sensor(id);
                return self.write(Entry::SensorGone(id)).await;
            }
            Entry::Erased(friend, known) => return self.go_on_from(at, line, friend, &known).await,
            Entry::Region(region) => Redraw::Put(*region),
            Entry::RegionGone(id) => match self.board.region(id) {
                Some(region) => Redraw::Remove(region.clone()),
                None => return Ok(()),
            },
        };
        let gone = if let Redraw::Remove(region) = &redraw { Some((region.group, region.id)) } else { None };
        let judgement = judge::redraw(&self.board, &self.memory, &self.settings, at, redraw);
        self.conclude(judgement, &[]).await?;
        if let Some((group, region)) = gone {
            self.board.end_region(group, region, at);
        }
        Ok(())
    }

    /// Something of a friend was deleted: what is left of them is as the live database had it then.
    async fn go_on_from(
        &mut self,
        at: Timestamp,
        line: i64,
        friend: FriendId,
        known: &[LeftKnown],
    ) -> Result<(), Error> {
        self.store.take_over_known(friend, known, line, at).await?;
        let waypoints = self.store.found().waypoints().await?;
        for known in known {
            self.memory.insert(known.device, known.judged.clone());
            let Some(reporter) = self.board.devices.get_mut(&known.device) else { continue };
            reporter.spot.clone_from(&known.spot);
            reporter.lost_at = known.lost_at;
            let own = waypoints.iter().filter(|one| one.device == known.device && one.waypoint.seen_at <= at);
            let as_then = |one: &PhoneWaypoint| {
                let gone_at = one.waypoint.gone_at.filter(|gone_at| *gone_at <= at);
                (one.key.clone(), Waypoint { gone_at, ..one.waypoint.clone() })
            };
            reporter.known = own.map(as_then).collect();
        }
        Ok(())
    }

    /// Has a friend on the board.
    fn add_friend(&mut self, id: FriendId) {
        if !self.board.friends.contains_key(&id)
            && let Some(owner) = self.friends.get(&id)
        {
            self.board.add_friend(owner.clone(), None, Sharing::default());
            if let Some(Groups { home, stints }) = self.groups.get(&id) {
                self.board.put_stints(id, *home, stints);
                self.board.mix(id);
            }
        }
    }

    /// It may be told before the friend has a device.
    fn put_groups(&mut self, friend: FriendId, home: GroupId, stints: Vec<Stint>) {
        self.board.put_stints(friend, home, &stints);
        self.board.mix(friend);
        self.groups.insert(friend, Groups { home, stints });
    }

    /// Makes true what the journal says of a sensor.
    async fn write(&mut self, entry: Entry) -> Result<(), Error> {
        let journal = vec![((self.settings.clock)(), entry)];
        Ok(self.store.commit(&mut Batch { journal, ..Batch::default() }, &[]).await?)
    }

    /// There is a key now. It may be told before the device is.
    async fn read_again(&mut self, id: DeviceId) -> Result<(), Error> {
        self.keyed.insert(id);
        let secret = self.secrets.get(&id).cloned();
        let Some(reporter) = self.board.devices.get_mut(&id) else { return Ok(()) };
        reporter.secret = secret;
        let account = reporter.account();
        let mut after = 0;
        loop {
            let sealed = self.store.sealed(id, after, AT_ONCE).await?;
            let Some(last) = sealed.last() else { return Ok(()) };
            after = last.line;
            let judgement = self
                .judged_by(|board, memory, settings, recall| {
                    judge::again(board, memory, settings, recall, &account, &sealed)
                })
                .await?;
            self.conclude(judgement, &[]).await?;
        }
    }

    fn add_device(&mut self, id: DeviceId) {
        // Another process may have told of it, too.
        if self.board.devices.contains_key(&id) {
            return;
        }
        let Some(device) = self.devices.get(&id).cloned() else { return };
        self.add_friend(device.friend);
        let Some(owner) = self.board.friends.get(&device.friend) else { return };
        let group = owner.friend.group;
        self.memory.insert(id, DeviceState::default());
        self.board.add_device(Reporter {
            trail: VecDeque::new(),
            device,
            group,
            topic: "".into(),
            credential: Credential::new(Vec::new()),
            by_others: false,
            spot: None,
            rhythm: domain::Rhythm::default(),
            lost_at: None,
            secret: self.secrets.get(&id).filter(|_| self.keyed.contains(&id)).cloned(),
            told_at: None,
            orders: Vec::new(),
            door: None,
            app: None,
            known: BTreeMap::new(),
            listed_at: None,
            sent: BTreeMap::new(),
            provision: Provision::Done,
        });
    }

    /// Has something judged; looks up for the judge what is lacking, in what was rebuilt so far.
    async fn judged_by(
        &mut self,
        judge: impl Fn(
            &Board,
            &HashMap<DeviceId, DeviceState>,
            &Settings,
            &Recall,
        ) -> Result<Judgement, judge::Lacks>,
    ) -> Result<Judgement, Error> {
        let mut recall = Recall::default();
        loop {
            let (pasts, kin) = match judge(&self.board, &self.memory, &self.settings, &recall) {
                Ok(judgement) => return Ok(judgement),
                Err(lacks) => lacks.queries(&recall, &self.board),
            };
            for query in pasts {
                recall.take_past(query, self.store.past(&query).await?);
            }
            for query in kin {
                recall.take_kin(&query, self.store.kin(&query).await?);
            }
        }
    }

    async fn conclude(&mut self, judgement: Judgement, ids: &[i64]) -> Result<(), Error> {
        let Judgement { mut batch, changes, judged } = judgement;
        self.store.commit(&mut batch, ids).await?;
        self.memory.extend(judged);
        self.board.learn(&batch);
        for (_, change) in changes.into_values().flat_map(|changes| changes.news) {
            self.board.apply(&change);
        }
        Ok(())
    }

    /// A message as its door handed it in.
    fn as_it_came(&self, message: Logged) -> Inbound {
        let Logged { received_at, door, device, topic, retained, payload, verdict, .. } = message;
        // A device that was removed before its message was judged is on no board.
        let nameless = device.is_none();
        let device = device.unwrap_or(DeviceId::new(Uuid::nil()));
        let nobody = || (FriendId::new(Uuid::nil()), GroupId::new(Uuid::nil()));
        let known = self.board.devices.get(&device);
        let (friend, group) = known.map_or_else(nobody, |known| (known.device.friend, known.group));
        let account = |topic: &str| {
            let credential = Credential::new(Vec::new());
            DeviceAccount { device, friend, group, topic: topic.into(), credential }
        };
        let published = Author::read(&verdict).map(|(name, verdict)| {
            let standing = match verdict {
                NOT_THEIRS => Standing::Foreign,
                REMOVED => Standing::Own(account(&topic)),
                _ if nameless => Standing::Nobodys,
                _ => Standing::Own(account(&topic)),
            };
            Principal::Admin(Author::new(name, standing))
        });
        let as_handed_in = |verdict: &str| match (door, verdict.strip_prefix(NOT_BELOW)) {
            (Door::Bridge, _) => Principal::Bridge,
            (Door::Broker | Door::Http, Some(own)) => Principal::Refused(account(own), Refusal::ForeignTopic),
            (Door::Broker | Door::Http, None) if verdict == LONG_TOPIC => {
                Principal::Refused(account(&topic), Refusal::LongTopic)
            }
            (Door::Broker | Door::Http, None) if verdict == LARGE_PAYLOAD => {
                Principal::Refused(account(&topic), Refusal::LargePayload)
            }
            // An outside broker that joined itself to ours; whom it named is said as well as if they had said it. What a sensor
            // observed is nobody's either, whoever passed it on.
            (Door::Broker | Door::Http, None) if nameless && verdict != REMOVED => Principal::Bridge,
            (Door::Broker | Door::Http, None) if verdict == SENSOR_GONE => {
                Principal::Sensing(account(&topic))
            }
            (Door::Broker | Door::Http, None) => Principal::Device(account(&topic)),
        };
        let principal = published.unwrap_or_else(|| as_handed_in(&verdict));
        // What the broker remembers is not rebuilt, so the quality of service does not matter.
        Inbound { door, principal, topic, payload, retained, qos: 0, received_at }
    }
}
