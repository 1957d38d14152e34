//! What a batch of messages means. Pure: it looks at the board and the machine's memory, and says what to store, to publish and to
//! remember; nothing has happened until the pipeline commits it.

mod crossing;
mod forgotten;
mod kin;
mod log;
mod observe;
mod outcome;
mod past;
mod places;
mod recall;
mod redraw;
mod tell;

pub(crate) use forgotten::{forgotten_line, tells_of};
pub(crate) use outcome::news_of;
pub(crate) use recall::{Lacks, Recall};
pub(crate) use redraw::{Redraw, redraw};

use crate::{
    DeviceAccount, Inbound, Principal, Refusal, Settings,
    board::{Board, Reporter},
    hub::Changes,
    inbound::{Author, Standing},
    phone, translate,
};
use domain::{
    DeviceId, Door, Fix, FriendId, GroupId, Monitoring, RegionId, Rhythm, Spot, Timestamp,
    geofence::DeviceState, waypoint::Waypoint,
};
use owntracks::{DecodeError, Message, topic::resolve};
use std::collections::{BTreeMap, HashMap};
use store::{Batch, NewFix, NewMessage, Retained, SealedMessage, Turn};

/// The verdict on a message on a topic that is not the device's own, before what its own is. Here alone the log keeps that.
pub(crate) const NOT_BELOW: &str = "refused: this topic is not below ";

/// The other verdicts of a door.
pub(crate) const LONG_TOPIC: &str = "refused: this topic is longer than is allowed here";
pub(crate) const LARGE_PAYLOAD: &str = "refused: this payload is larger than is allowed here";

/// The verdict on what an admin published where somebody else's phone reports.
pub(crate) const NOT_THEIRS: &str = "refused: this topic is of somebody else's phone";

/// The verdict on a device's message that came after the device was removed.
pub(crate) const REMOVED: &str = "refused: this device was removed";

/// The verdict on a message for a sensor that came after the sensor was removed, or given to other topics.
pub(crate) const SENSOR_GONE: &str = "refused: no observation: this sensor was removed";

/// The verdict on a message of which only the raw log knows.
pub(crate) const SET_ASIDE: &str = "kept: the database refuses what follows from it";

/// The verdict on what came again of a time that its friend had deleted. Nothing of it is kept but that it came.
pub(crate) const FORGOTTEN: &str = "forgotten: of a time that was deleted";

/// How long a verdict may be, in characters: it may repeat words of the message.
const LONGEST_VERDICT: usize = 200;

/// What a batch means.
pub(crate) struct Judgement {
    /// To store.
    pub(crate) batch: Batch,
    /// To publish, by group.
    pub(crate) changes: HashMap<GroupId, Changes>,
    /// To remember, for the devices that reported.
    pub(crate) judged: HashMap<DeviceId, DeviceState>,
}

/// Judges messages in the order in which they came; or says what has to be looked up first.
pub(crate) fn judge(
    board: &Board,
    memory: &HashMap<DeviceId, DeviceState>,
    settings: &Settings,
    recall: &Recall,
    messages: &[Inbound],
) -> Result<Judgement, Lacks> {
    let mut bench = Bench {
        board,
        memory,
        settings,
        batch: Batch::default(),
        judged: HashMap::new(),
        seen: HashMap::new(),
        turns: vec![],
        pasts: recall.pasts.iter().map(|(device, (_, past))| (*device, past.clone())).collect(),
        kin: recall
            .kin
            .iter()
            .map(|(key, (from, kin))| {
                let counting = board.friends.get(&key.0).map(|owner| owner.counting.clone());
                (*key, (*from, kin::Kin::new(kin.clone(), *from, counting.unwrap_or_default())))
            })
            .collect(),
        lacks: Lacks::default(),
        known: HashMap::new(),
    };
    for inbound in messages {
        if !bench.observe(inbound) {
            bench.hear(inbound);
        }
    }
    if bench.lacks.is_empty() { Ok(bench.rise()) } else { Err(bench.lacks) }
}

/// Judges what a device sealed and nobody could open, as if it came now but with the time at which it came.
pub(crate) fn again(
    board: &Board,
    memory: &HashMap<DeviceId, DeviceState>,
    settings: &Settings,
    recall: &Recall,
    account: &DeviceAccount,
    sealed: &[SealedMessage],
) -> Result<Judgement, Lacks> {
    let lines = sealed.iter().map(|sealed| sealed.line).collect();
    let messages = sealed.iter().map(|sealed| Inbound {
        door: Door::of(&sealed.door),
        principal: Principal::Device(account.clone()),
        topic: sealed.topic.clone(),
        payload: sealed.payload.clone(),
        retained: sealed.retained,
        qos: 1,
        received_at: sealed.received_at,
    });
    let mut judgement = judge(board, memory, settings, recall, &messages.collect::<Vec<_>>())?;
    judgement.batch.again = lines;
    // What the broker remembers is the ciphertext, and has been since it came.
    judgement.batch.retained.clear();
    Ok(judgement)
}

/// A message that the database does not take with what follows from it: only the raw log gets it.
pub(crate) fn set_aside(board: &Board, inbound: &Inbound) -> Batch {
    let device = match &inbound.principal {
        Principal::Device(account)
        | Principal::Sensing(account)
        | Principal::Refused(account, _)
        | Principal::Admin(Author { standing: Standing::Own(account), .. }) => Some(account.device),
        Principal::Bridge | Principal::Admin(_) => None,
    };
    let device = device.filter(|device| board.devices.contains_key(device));
    let verdict = SET_ASIDE.to_owned();
    Batch { messages: vec![logged(inbound, device, verdict, true)], ..Batch::default() }
}

/// A message as the raw log keeps it.
fn logged(inbound: &Inbound, device: Option<DeviceId>, verdict: String, trouble: bool) -> NewMessage {
    let Inbound { door, topic, payload, retained, received_at, .. } = inbound;
    NewMessage {
        received_at: *received_at,
        door: *door,
        device,
        topic: topic.clone(),
        retained: *retained,
        payload: payload.clone(),
        verdict,
        trouble,
    }
}

/// What is being worked on.
struct Bench<'a> {
    board: &'a Board,
    memory: &'a HashMap<DeviceId, DeviceState>,
    settings: &'a Settings,
    batch: Batch,
    judged: HashMap<DeviceId, DeviceState>,
    seen: HashMap<DeviceId, Seen>,
    turns: Vec<Turn>,
    /// What was looked up, with what this batch adds to it.
    pasts: HashMap<DeviceId, past::Past>,
    kin: HashMap<(FriendId, RegionId), (Timestamp, kin::Kin)>,
    lacks: Lacks,
    /// What places phones keep, of those that told of some.
    known: HashMap<DeviceId, BTreeMap<String, Waypoint>>,
}

/// What is known of a device's whereabouts after this batch.
#[derive(Clone)]
struct Seen {
    spot: Option<Spot>,
    rhythm: Rhythm,
    lost_at: Option<Timestamp>,
    moved: bool,
    newly_lost: bool,
}

impl<'a> Bench<'a> {
    fn hear(&mut self, inbound: &Inbound) {
        let decoded = owntracks::decode(&inbound.payload);
        if let Principal::Admin(author) = &inbound.principal
            && !matches!(author.standing, Standing::Own(_))
        {
            self.note(inbound, author, &decoded);
            return;
        }
        let (reporter, mut verdict) = self.whose(inbound, &decoded);
        let (decoded, sealed) = phone::unseal(reporter, decoded);
        let (decoded, left) = self.remembered(reporter, inbound, decoded);
        let Some(inbound) = &left else {
            let device = reporter.map(|reporter| reporter.device.id);
            self.batch.messages.extend(forgotten_line(inbound, device).messages);
            return;
        };
        verdict = verdict.or(sealed);
        let trouble = match (&verdict, decoded.iter().find_map(|message| message.as_ref().err())) {
            (Some(_), _) => true,
            (None, Some(error)) => {
                verdict = Some(format!("unreadable: {error}"));
                true
            }
            (None, None) => false,
        };
        let device = reporter.map(|reporter| reporter.device.id);
        let verdict = verdict.unwrap_or_else(|| describe(&decoded, inbound.received_at));
        let verdict = match &inbound.principal {
            Principal::Admin(author) => author.sign(&verdict),
            Principal::Device(_) | Principal::Sensing(_) | Principal::Refused(..) | Principal::Bridge => {
                verdict
            }
        };
        let verdict = translate::cut(&verdict, LONGEST_VERDICT);
        if let Some(reporter) = reporter.filter(|_| !matches!(inbound.principal, Principal::Refused(..))) {
            for message in decoded.iter().flatten() {
                self.take(reporter, inbound.received_at, inbound.retained, message);
                if matches!(message, Message::Cleared) && inbound.topic.ends_with("/info") {
                    let nothing = owntracks::Card::default();
                    self.batch.cards.push(phone::read_card(
                        reporter.device.friend,
                        inbound.received_at,
                        &nothing,
                    ));
                }
                // What an outside broker had stored says nothing of what the phone did since.
                if !(inbound.retained && inbound.door == Door::Bridge) {
                    self.settle(reporter, inbound.received_at, message);
                }
            }
            self.retain(inbound);
        }
        self.batch.messages.push(logged(inbound, device, verdict, trouble));
    }

    /// Keeps what an admin published that is no device's word.
    fn note(&mut self, inbound: &Inbound, author: &Author, decoded: &[Result<Message, DecodeError>]) {
        let refused = author.is_refused();
        let verdict = if refused {
            NOT_THEIRS.to_owned()
        } else {
            self.retain(inbound);
            format!(
                "kept: {}",
                decoded.iter().flatten().next().map_or("no message of OwnTracks", Message::kind)
            )
        };
        let verdict = translate::cut(&author.sign(&verdict), LONGEST_VERDICT);
        self.batch.messages.push(logged(inbound, None, verdict, refused));
    }

    /// What the broker is to remember of it.
    fn retain(&mut self, inbound: &Inbound) {
        let Inbound { topic, payload, qos, retained, .. } = inbound;
        if *retained {
            let (topic, payload, qos) = (topic.clone(), payload.clone(), *qos);
            self.batch.retained.push(Retained { topic, payload, qos });
        }
    }

    /// Whose message it is; with a verdict when that already settles it.
    fn whose(
        &self,
        inbound: &Inbound,
        decoded: &[Result<Message, DecodeError>],
    ) -> (Option<&'a Reporter>, Option<String>) {
        match &inbound.principal {
            Principal::Device(account)
            | Principal::Sensing(account)
            | Principal::Admin(Author { standing: Standing::Own(account), .. }) => {
                match self.board.devices.get(&account.device) {
                    Some(reporter) => (Some(reporter), None),
                    None => (None, Some(REMOVED.into())),
                }
            }
            // These are only noted.
            Principal::Admin(_) => (None, None),
            Principal::Refused(account, refusal) => {
                let why = match refusal {
                    Refusal::ForeignTopic => format!("{NOT_BELOW}{}", account.topic),
                    Refusal::LongTopic => LONG_TOPIC.into(),
                    Refusal::LargePayload => LARGE_PAYLOAD.into(),
                };
                (self.board.devices.get(&account.device), Some(why))
            }
            Principal::Bridge => {
                let kind = decoded.iter().flatten().next().map_or("unknown", Message::kind);
                let Some(reading) = resolve(&self.settings.templates, &inbound.topic, kind) else {
                    return (None, Some("unreadable: the topic fits no template and no sensor, so it is not known whose message this is".into()));
                };
                match self.board.device_at(&reading) {
                    Some(reporter) => (Some(reporter), None),
                    None => (None, Some("refused: there is no friend and device of that name".into())),
                }
            }
        }
    }

    fn take(&mut self, reporter: &'a Reporter, received_at: Timestamp, retained: bool, message: &Message) {
        let device = reporter.device.id;
        match message {
            Message::Location(location) => {
                if let Some(fix) = translate::fix(device, received_at, location) {
                    let listing = translate::listing(location).unwrap_or_default();
                    self.recognise(reporter, received_at, fix.at, listing.iter().copied());
                    let listed = self.listed(reporter, &listing);
                    self.see(reporter, fix, translate::mode(location), listed);
                }
            }
            Message::Transition(transition) => {
                if let Some(claim) = translate::claim(received_at, transition) {
                    self.claim(reporter, received_at, transition, claim);
                }
            }
            Message::Waypoint(waypoint) => {
                self.know(reporter, received_at, waypoint);
            }
            Message::Waypoints(list) => self.list(reporter, received_at, retained, list),
            // A last will that was stored tells of a connection long gone.
            Message::Lwt(_) if !retained => {
                let seen = self.seen(reporter);
                seen.lost_at = Some(received_at);
                seen.newly_lost = true;
            }
            Message::Card(card) => {
                self.batch.cards.push(phone::read_card(reporter.device.friend, received_at, card));
            }
            Message::Status(_) => {
                let said = String::from_utf8_lossy(&owntracks::encode(message)).into_owned();
                self.batch.statuses.push((device, said, received_at));
            }
            Message::Lwt(_)
            | Message::Steps(_)
            | Message::Command(_)
            | Message::Configuration(_)
            | Message::Dump(_)
            | Message::Beacon(_)
            | Message::Request(_)
            | Message::Encrypted(_)
            | Message::Unknown { .. }
            | Message::Cleared => {}
        }
    }

    /// Which of its orders a phone has done, or left undone, by what it says.
    fn settle(&mut self, reporter: &'a Reporter, at: Timestamp, message: &Message) {
        // An order that comes back from another broker is our own word, not the phone's.
        if reporter.orders.is_empty() || matches!(message, Message::Command(_)) {
            return;
        }
        self.compare(reporter, at, message);
        let sign = translate::sign(message);
        for order in &reporter.orders {
            if self.batch.settled.iter().any(|(settled, _, _)| *settled == order.id) {
                continue;
            }
            if let Some(outcome) = order.heard(sign, at) {
                self.batch.settled.push((order.id, outcome, at));
            }
        }
    }

    fn see(&mut self, reporter: &Reporter, fix: Fix, mode: Option<Monitoring>, listed: Vec<RegionId>) {
        if !fix.is_null_island() {
            let (seen, spot) = (self.seen(reporter), Spot::from(&fix));
            if seen.spot.as_ref().is_none_or(|shown| supersedes(&spot, shown)) {
                seen.hear(spot, mode);
            }
            if fix.has_plausible_time() {
                let piece = past::Piece::of_fix(fix.clone(), listed.clone());
                self.step(reporter, piece, fix.received_at);
            }
        }
        self.batch.fixes.push(NewFix { fix, listed, message: self.batch.messages.len() });
    }

    fn seen(&mut self, reporter: &Reporter) -> &mut Seen {
        self.seen.entry(reporter.device.id).or_insert_with(|| Seen {
            spot: reporter.spot.clone(),
            rhythm: reporter.rhythm.clone(),
            lost_at: reporter.lost_at,
            moved: false,
            newly_lost: false,
        })
    }
}

impl Seen {
    /// Takes up the newest position. A gap in which the connection was lost, or a clock was wrong, is no rhythm.
    fn hear(&mut self, mut spot: Spot, mode: Option<Monitoring>) {
        let before = self.spot.as_ref();
        let before =
            before.filter(|before| self.lost_at.is_none() && !before.clock_wrong && !spot.clock_wrong);
        spot.expected = self.rhythm.hear(before, &spot, mode);
        *self = Self {
            spot: Some(spot),
            rhythm: std::mem::take(&mut self.rhythm),
            lost_at: None,
            moved: true,
            newly_lost: false,
        };
    }
}

/// Whether a spot is shown in place of another.
///
/// Phones count whole seconds: of two positions of one second, the one that came later is. One whose clock was wrong gives way to any
/// other, and takes the place of a good one only when that is old: one slip of a clock moves nobody, a phone whose clock is always
/// wrong is still seen.
fn supersedes(new: &Spot, shown: &Spot) -> bool {
    match (new.clock_wrong, shown.clock_wrong) {
        (true, false) => new.at.millis_since(shown.at) > Fix::MOST_AHEAD_MS,
        (false, true) => true,
        (false, false) | (true, true) => {
            let shown = Spot { expected: new.expected, ..shown.clone() };
            shown.at <= new.at && shown != *new
        }
    }
}

/// In a word or two, what a readable message was; types that are only kept say so.
fn describe(decoded: &[Result<Message, DecodeError>], received_at: Timestamp) -> String {
    let kind = |message: &Message| {
        if let Message::Location(location) = message
            && location.tst.is_some_and(|tst| !Fix::is_plausible(translate::moment(tst), received_at))
        {
            return "location, by a clock that is wrong".to_owned();
        }
        let used = matches!(
            message,
            Message::Location(_)
                | Message::Transition(_)
                | Message::Waypoint(_)
                | Message::Waypoints(_)
                | Message::Lwt(_)
                | Message::Card(_)
                | Message::Status(_)
        );
        if used { message.kind().to_owned() } else { format!("kept: {}", message.kind()) }
    };
    match decoded {
        [] => "kept: nothing in it".into(),
        [one] => one.as_ref().map(kind).unwrap_or_default(),
        [first, ..] => {
            format!("{} messages, first {}", decoded.len(), first.as_ref().map(kind).unwrap_or_default())
        }
    }
}
