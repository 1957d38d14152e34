//! What a batch of messages means. Pure: it looks at the board and the machine's memory, and says what to store, to publish and to
//! remember; nothing has happened until the pipeline commits it.

use crate::{
    Error, Inbound, Principal, Settings,
    board::{Board, OnBoard, Reporter},
    hub::Changes,
    id,
    translate::{self, PhoneClaim},
};
use domain::{
    Device, DeviceId, EvidenceNote, Fix, Friend, FriendId, GroupId, Name, RegionId, Source, Spot, Stay, Timestamp, Transition, TransitionId, Witness,
    geofence::{self, DeviceState, Evidence},
    live::Change,
};
use owntracks::{DecodeError, Message, topic::{Template, resolve}};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{Batch, NewFix, NewMessage, NewTransition, Retained};

/// What a batch means.
pub(crate) struct Judgement {
    /// To store.
    pub(crate) batch: Batch,
    /// To publish, by group.
    pub(crate) changes: HashMap<GroupId, Changes>,
    /// To remember, for the devices that reported.
    pub(crate) judged: HashMap<DeviceId, DeviceState>,
}

/// Judges messages in the order in which they came.
///
/// # Errors
/// When the machine has no randomness for identifiers.
pub(crate) fn judge(
    board: &Board, memory: &HashMap<DeviceId, DeviceState>, settings: &Settings, messages: Vec<Inbound>,
) -> Result<Judgement, Error> {
    let mut bench = Bench { board, memory, settings, batch: Batch::default(), judged: HashMap::new(), seen: HashMap::new(), crossed: vec![] };
    for inbound in messages {
        bench.hear(inbound)?;
    }
    Ok(bench.rise())
}

/// The base topic of a device, by the first template; spelt as the names are.
pub(crate) fn base_topic(templates: &[Template], friend: &Friend, device: &Device) -> String {
    let made = templates.first().and_then(|template| template.base(friend.name.as_str(), device.name.as_str()).ok());
    made.unwrap_or_else(|| format!("owntracks/{}/{}", friend.name, device.name))
}

/// Where somebody is by all their devices: in a region while any of them is, since the first of them came. Smallest region first.
pub(crate) fn stays(
    board: &Board, memory: &HashMap<DeviceId, DeviceState>, newer: &HashMap<DeviceId, DeviceState>, devices: &[DeviceId],
) -> Vec<Stay> {
    let mut since: BTreeMap<RegionId, Timestamp> = BTreeMap::new();
    for state in devices.iter().filter_map(|id| newer.get(id).or_else(|| memory.get(id))) {
        for stay in state.stays() {
            since.entry(stay.region).and_modify(|first| *first = stay.since.min(*first)).or_insert(stay.since);
        }
    }
    let mut stays: Vec<(f64, Stay)> = since
        .into_iter()
        .filter_map(|(region, since)| Some((board.region(region)?.area.size_m2(), Stay { region, since })))
        .collect();
    stays.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    stays.into_iter().map(|(_, stay)| stay).collect()
}

/// Names on topics of a trusted broker that report a position and that nobody has yet.
pub(crate) fn strangers(board: &Board, templates: &[Template], messages: &[Inbound]) -> HashSet<(Name, Name)> {
    let bridged = messages.iter().filter(|inbound| inbound.principal == Principal::Bridge);
    bridged
        .filter_map(|inbound| {
            let reading = templates.iter().find_map(|template| template.matches(&inbound.topic))?;
            if board.device_named(&reading.user, &reading.device).is_some() {
                return None;
            }
            let decoded = owntracks::decode(&inbound.payload);
            let location = decoded.iter().flatten().find(|message| matches!(message, Message::Location(_)))?;
            let reading = resolve(templates, &inbound.topic, location.kind())?;
            let unknown = board.device_named(&reading.user, &reading.device).is_none();
            let names = (Name::topic_level(&reading.user).ok()?, Name::topic_level(&reading.device).ok()?);
            unknown.then_some(names)
        })
        .collect()
}

/// What is being worked on.
struct Bench<'a> {
    board: &'a Board,
    memory: &'a HashMap<DeviceId, DeviceState>,
    settings: &'a Settings,
    batch: Batch,
    judged: HashMap<DeviceId, DeviceState>,
    seen: HashMap<DeviceId, Seen>,
    crossed: Vec<NewTransition>,
}

/// What is known of a device's whereabouts after this batch.
#[derive(Clone)]
struct Seen {
    spot: Option<Spot>,
    lost_at: Option<Timestamp>,
    moved: bool,
    newly_lost: bool,
}

impl<'a> Bench<'a> {
    fn hear(&mut self, inbound: Inbound) -> Result<(), Error> {
        let decoded = owntracks::decode(&inbound.payload);
        let (reporter, mut verdict) = self.whose(&inbound, &decoded);
        let trouble = match (&verdict, decoded.iter().find_map(|message| message.as_ref().err())) {
            (Some(_), _) => true,
            (None, Some(error)) => {
                verdict = Some(format!("unreadable: {error}"));
                true
            }
            (None, None) => false,
        };
        let device = reporter.map(|reporter| reporter.device.id);
        let verdict = verdict.unwrap_or_else(|| describe(&decoded));
        if let Some(reporter) = reporter.filter(|_| !matches!(inbound.principal, Principal::Refused(_))) {
            for message in decoded.iter().flatten() {
                self.take(reporter, inbound.received_at, inbound.retained, message)?;
            }
            if inbound.retained {
                let Inbound { topic, payload, qos, .. } = &inbound;
                self.batch.retained.push(Retained { topic: topic.clone(), payload: payload.clone(), qos: *qos });
            }
        }
        let Inbound { door, topic, payload, retained, received_at, .. } = inbound;
        self.batch.messages.push(NewMessage { received_at, door, device, topic, retained, payload, verdict, trouble });
        Ok(())
    }

    /// Whose message it is; with a verdict when that already settles it.
    fn whose(&self, inbound: &Inbound, decoded: &[Result<Message, DecodeError>]) -> (Option<&'a Reporter>, Option<String>) {
        match &inbound.principal {
            Principal::Device(account) => match self.board.devices.get(&account.device) {
                Some(reporter) => (Some(reporter), None),
                None => (None, Some("refused: this device was removed".into())),
            },
            Principal::Refused(account) => {
                let why = format!("refused: this topic is not below {}", account.topic);
                (self.board.devices.get(&account.device), Some(why))
            }
            Principal::Bridge => {
                let kind = decoded.iter().flatten().next().map_or("unknown", Message::kind);
                let Some(reading) = resolve(&self.settings.templates, &inbound.topic, kind) else {
                    return (None, Some("unreadable: the topic fits no template, so it is not known whose message this is".into()));
                };
                match self.board.device_named(&reading.user, &reading.device) {
                    Some(reporter) => (Some(reporter), None),
                    None => (None, Some("refused: there is no friend and device of that name".into())),
                }
            }
        }
    }

    fn take(&mut self, reporter: &Reporter, received_at: Timestamp, retained: bool, message: &Message) -> Result<(), Error> {
        let device = reporter.device.id;
        match message {
            Message::Location(location) => {
                if let Some(fix) = translate::fix(device, received_at, location) {
                    let listed = location.in_regions.as_ref().map(|names| self.listed(reporter.group, names));
                    self.see(reporter, fix, listed.as_deref())?;
                }
            }
            Message::Transition(transition) => {
                if let Some(claim) = translate::claim(received_at, transition) {
                    self.claim(reporter, received_at, transition, claim)?;
                }
            }
            Message::Waypoint(waypoint) => self.batch.waypoints.push(translate::waypoint(device, received_at, waypoint)),
            Message::Waypoints(list) => {
                let known = list.waypoints.iter().map(|waypoint| translate::waypoint(device, received_at, waypoint));
                self.batch.waypoints.extend(known);
            }
            // A last will that was stored tells of a connection long gone.
            Message::Lwt(_) if !retained => {
                let seen = self.seen(reporter);
                seen.lost_at = Some(received_at);
                seen.newly_lost = true;
            }
            Message::Lwt(_)
            | Message::Card(_)
            | Message::Steps(_)
            | Message::Status(_)
            | Message::Command(_)
            | Message::Configuration(_)
            | Message::Dump(_)
            | Message::Beacon(_)
            | Message::Request(_)
            | Message::Encrypted(_)
            | Message::Unknown { .. }
            | Message::Cleared => {}
        }
        Ok(())
    }

    fn see(&mut self, reporter: &Reporter, fix: Fix, listed: Option<&[RegionId]>) -> Result<(), Error> {
        if fix.has_plausible_time() && !fix.is_null_island() {
            let seen = self.seen(reporter);
            if seen.spot.as_ref().is_none_or(|spot| spot.at < fix.at) {
                seen.spot = Some(Spot::from(&fix));
                seen.moved = true;
                seen.lost_at = None;
                seen.newly_lost = false;
            }
            self.step(reporter, &Evidence::Fix { fix: &fix, listed }, fix.received_at)?;
        }
        self.batch.fixes.push(NewFix { fix, message: self.batch.messages.len() });
        Ok(())
    }

    fn claim(
        &mut self, reporter: &Reporter, received_at: Timestamp, said: &owntracks::Transition, claim: PhoneClaim,
    ) -> Result<(), Error> {
        let PhoneClaim { kind, at, description, point } = claim;
        let region = self.listed(reporter.group, std::slice::from_ref(&description)).first().copied();
        self.batch.claims.push(store::Claim {
            device: reporter.device.id,
            at,
            kind,
            description: description.clone(),
            rid: said.region_id.clone(),
            waypoint_at: said.waypoint_tst.map(translate::moment),
            region,
            position: point.map(|point| (point.lat(), point.lon())),
            accuracy_m: said.accuracy_m,
            received_at,
        });
        match region {
            Some(region) => {
                let fix = point.map(|point| (point, said.accuracy_m));
                self.step(reporter, &Evidence::Claim(geofence::Claim { kind, region, at, received_at, fix }), received_at)
            }
            None => {
                // A place that only the phone knows: its word is all there is.
                let region = id::of_phone_place(reporter.group, &description);
                let id = TransitionId::new(id::new(received_at)?);
                let transition = Transition {
                    id,
                    friend: reporter.device.friend,
                    device: reporter.device.id,
                    region,
                    region_name: description,
                    kind,
                    at,
                    decided_at: at,
                    learnt_at: received_at,
                    witness: Witness::Phone,
                    evidence: vec![EvidenceNote {
                        at,
                        source: Source::Claim,
                        accuracy_m: said.accuracy_m,
                        edge_distance_m: None,
                    }],
                    stay_ms: None,
                };
                self.file(reporter, transition);
                Ok(())
            }
        }
    }

    /// Steps the machine, and writes into the history what follows for the friend.
    fn step(&mut self, reporter: &Reporter, evidence: &Evidence<'_>, learnt_at: Timestamp) -> Result<(), Error> {
        let device = reporter.device.id;
        let before = self.judged.remove(&device).or_else(|| self.memory.get(&device).cloned()).unwrap_or_default();
        let regions = self.board.regions(reporter.group);
        let geofence::Step { state, crossings, reviews, .. } = geofence::step(before, evidence, regions, &self.settings.policy);
        self.judged.insert(device, state);
        for crossing in crossings {
            let Some(region) = self.board.region(crossing.region) else { continue };
            if self.elsewhere_inside(reporter, crossing.region) {
                continue;
            }
            let id = TransitionId::new(id::new(learnt_at)?);
            let transition = Transition {
                id,
                friend: reporter.device.friend,
                device,
                region: crossing.region,
                region_name: region.name.to_string(),
                kind: crossing.kind,
                at: crossing.at,
                decided_at: crossing.decided_at,
                learnt_at,
                witness: crossing.witness,
                evidence: crossing.evidence,
                stay_ms: crossing.stay_ms,
            };
            self.file(reporter, transition);
        }
        self.batch.reviews.extend(reviews.into_iter().map(|review| (device, review)));
        Ok(())
    }

    fn file(&mut self, reporter: &Reporter, transition: Transition) {
        let demo = self.board.friends.get(&reporter.device.friend).is_some_and(|owner| owner.friend.demo);
        self.crossed.push(NewTransition { transition, group: reporter.group, demo });
    }

    /// Whether another device of the same friend is in the region: then nobody came or went.
    fn elsewhere_inside(&self, reporter: &Reporter, region: RegionId) -> bool {
        let devices = self.board.friends.get(&reporter.device.friend).map_or(&[][..], |owner| &owner.devices);
        devices.iter().filter(|id| **id != reporter.device.id).any(|id| {
            let state = self.judged.get(id).or_else(|| self.memory.get(id));
            state.is_some_and(|state| state.stays().any(|stay| stay.region == region))
        })
    }

    /// Our regions among names that a phone uses, without regard to case.
    fn listed(&self, group: GroupId, names: &[String]) -> Vec<RegionId> {
        let ours = self.board.regions(group);
        names
            .iter()
            .map(|name| name.trim().to_lowercase())
            .filter_map(|name| ours.iter().find(|region| region.name.as_str().to_lowercase() == name))
            .map(|region| region.id)
            .collect()
    }

    fn seen(&mut self, reporter: &Reporter) -> &mut Seen {
        self.seen.entry(reporter.device.id).or_insert_with(|| Seen {
            spot: reporter.spot.clone(),
            lost_at: reporter.lost_at,
            moved: false,
            newly_lost: false,
        })
    }

    /// Everything is heard: what to store, to publish and to remember.
    fn rise(mut self) -> Judgement {
        let mut changes: HashMap<GroupId, Changes> = HashMap::new();
        let mut tell = |group: GroupId, demo: bool, change: Change| {
            let seq = self.board.seqs.get(&group).copied().unwrap_or_default().next();
            changes.entry(group).or_insert_with(|| Changes { group, seq, changes: Vec::new() }).changes.push((demo, change));
        };
        let mut touched: HashSet<FriendId> = HashSet::new();
        for (device, seen) in &self.seen {
            let Some((owner, group)) = self.owner(*device) else { continue };
            if seen.moved {
                seen.spot.iter().for_each(|spot| tell(group, owner.friend.demo, Change::Moved(*device, spot.clone())));
            }
            if seen.newly_lost {
                seen.lost_at.iter().for_each(|at| tell(group, owner.friend.demo, Change::Lost(*device, *at)));
            }
        }
        let ids: HashSet<DeviceId> = self.judged.keys().chain(self.seen.keys()).copied().collect();
        for device in ids {
            let Some((owner, group)) = self.owner(device) else { continue };
            let Some(reporter) = self.board.devices.get(&device) else { continue };
            let judged = self.judged.get(&device).or_else(|| self.memory.get(&device)).cloned().unwrap_or_default();
            let (spot, lost_at) = match self.seen.get(&device) {
                Some(seen) => (seen.spot.clone(), seen.lost_at),
                None => (reporter.spot.clone(), reporter.lost_at),
            };
            self.batch.states.push(store::DeviceState { device, judged, spot, lost_at });
            if touched.insert(owner.friend.id) {
                let stays = stays(self.board, self.memory, &self.judged, &owner.devices);
                if stays != owner.stays {
                    tell(group, owner.friend.demo, Change::Stays(owner.friend.id, stays));
                }
            }
        }
        for new in &self.crossed {
            tell(new.group, new.demo, Change::Crossed(new.transition.clone()));
        }
        self.batch.transitions = self.crossed;
        self.batch.seqs = changes.values().map(|changes| (changes.group, changes.seq)).collect();
        Judgement { batch: self.batch, changes, judged: self.judged }
    }

    fn owner(&self, device: DeviceId) -> Option<(&'a OnBoard, GroupId)> {
        let reporter = self.board.devices.get(&device)?;
        Some((self.board.friends.get(&reporter.device.friend)?, reporter.group))
    }
}

/// In a word or two, what a readable message was; types that are only kept say so.
fn describe(decoded: &[Result<Message, DecodeError>]) -> String {
    let kind = |message: &Message| match message {
        Message::Location(_) | Message::Transition(_) | Message::Waypoint(_) | Message::Waypoints(_) | Message::Lwt(_) => {
            message.kind().to_owned()
        }
        kept => format!("kept: {}", kept.kind()),
    };
    match decoded {
        [] => "kept: nothing in it".into(),
        [one] => one.as_ref().map(kind).unwrap_or_default(),
        [first, ..] => format!("{} messages, first {}", decoded.len(), first.as_ref().map(kind).unwrap_or_default()),
    }
}
