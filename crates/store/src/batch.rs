//! What the pipeline commits: one [`Batch`], one transaction, one `fsync`.

use crate::{ChatArrival, Entry, LogChange, Turn};
use domain::{
    DeviceId, Door, Fix, FriendId, GroupId, Kind, LoggedMessage, Observation, OrderId, Outcome, RegionId,
    Rhythm, SensorId, Seq, Spot, Timestamp, TopicFilter, Transition, geofence, waypoint::Waypoint,
};

/// Everything that follows from a handful of messages.
#[derive(Default)]
pub struct Batch {
    /// What the judge was told before these messages, and when.
    pub journal: Vec<(Timestamp, Entry)>,
    /// The messages as they came.
    pub messages: Vec<NewMessage>,
    /// Once committed: the line of the log that the first of them is.
    pub first_line: i64,
    /// Lines of the log that the messages are already, in the same order, when they are read once more; else empty. Only what became
    /// of them is written then.
    pub again: Vec<i64>,
    /// Positions read from them.
    pub fixes: Vec<NewFix>,
    /// What the phones said of regions.
    pub claims: Vec<Claim>,
    /// Places the phones know, and those that they do not know any more.
    pub waypoints: Vec<PhoneWaypoint>,
    /// Which phones told of all places that they know, and when.
    pub lists: Vec<(DeviceId, Timestamp)>,
    /// Regions that phones show to have as they were given them, and when that came.
    pub confirmed: Vec<(DeviceId, RegionId, Timestamp)>,
    /// How the history grows and is corrected, in order. Once committed: without those that changed nothing.
    pub turns: Vec<Turn>,
    /// How the devices' logs grow and are corrected, in order.
    pub log: Vec<LogChange>,
    /// What the machine knew of devices now and then, in order; without a state it is to be forgotten.
    pub checkpoints: Vec<(DeviceId, Timestamp, Option<geofence::DeviceState>)>,
    /// Fixes known before, with everything that was listed beside them.
    pub amended: Vec<NewFix>,
    /// What is known of each device now; one entry for each.
    pub states: Vec<DeviceState>,
    /// What apps said of themselves: JSON.
    pub statuses: Vec<(DeviceId, String, Timestamp)>,
    /// How friends want to be shown.
    pub cards: Vec<NewCard>,
    /// What sensors measured; the same sensor and time again replaces what was known.
    pub observations: Vec<NewObservation>,
    /// Orders that have ended.
    pub settled: Vec<(OrderId, Outcome, Timestamp)>,
    /// Who comes to where messages were left for them. Once committed: without those that changed nothing.
    pub arrivals: Vec<ChatArrival>,
    /// Topics that begin anew: what the broker was to remember of them is forgotten, before anything it is to remember now.
    pub cleared: Vec<TopicFilter>,
    /// What the broker is to remember, in order; an empty payload forgets.
    pub retained: Vec<Retained>,
    /// The last published change of each group.
    pub seqs: Vec<(GroupId, Seq)>,
}

/// A message as it came.
pub struct NewMessage {
    /// When.
    pub received_at: Timestamp,
    /// How.
    pub door: Door,
    /// Whose, where that is known.
    pub device: Option<DeviceId>,
    /// Its topic.
    pub topic: String,
    /// Whether it was sent to be retained.
    pub retained: bool,
    /// As sent.
    pub payload: Vec<u8>,
    /// What became of it.
    pub verdict: String,
    /// Whether an admin should look at it.
    pub trouble: bool,
}

impl NewMessage {
    /// The same as a line of the log, as it is shown.
    pub fn logged(&self, id: i64) -> LoggedMessage {
        let shown = self.payload.get(..LoggedMessage::SHOWN_BYTES).unwrap_or(&self.payload);
        LoggedMessage {
            id: id.to_string(),
            received_at: self.received_at,
            door: self.door.as_str().to_owned(),
            topic: self.topic.clone(),
            device: self.device,
            retained: self.retained,
            bytes: u32::try_from(self.payload.len()).unwrap_or(u32::MAX),
            payload: String::from_utf8_lossy(shown).into_owned(),
            verdict: self.verdict.clone(),
            trouble: self.trouble,
        }
    }
}

/// A position and the message it came in.
pub struct NewFix {
    /// The position.
    pub fix: Fix,
    /// Which of our regions the phone said it was in.
    pub listed: Vec<RegionId>,
    /// Index into [`Batch::messages`].
    pub message: usize,
}

/// What a sensor measured.
pub struct NewObservation {
    /// Which sensor.
    pub sensor: SensorId,
    /// What.
    pub observation: Observation,
}

/// A phone says that it entered or left something.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Which phone.
    pub device: DeviceId,
    /// When it happened.
    pub at: Timestamp,
    /// In or out.
    pub kind: Kind,
    /// What the phone calls it.
    pub description: String,
    /// The phone's identifier of it (iOS).
    pub rid: Option<String>,
    /// When it was made on the phone (the key on Android).
    pub waypoint_at: Option<Timestamp>,
    /// Which of our regions it is, where that is known.
    pub region: Option<RegionId>,
    /// Where the phone was: latitude, longitude in degrees.
    pub position: Option<(f64, f64)>,
    /// How exactly, metres.
    pub accuracy_m: Option<f64>,
    /// When the server got it.
    pub received_at: Timestamp,
}

/// A place a phone knows.
pub struct PhoneWaypoint {
    /// Which phone.
    pub device: DeviceId,
    /// The app's own key: its identifier, else the time it was made, else its name.
    pub key: String,
    /// What the phone said of it.
    pub waypoint: Waypoint,
}

/// An entry of the history, with what it is filed under.
pub struct NewTransition {
    /// The entry.
    pub transition: Transition,
    /// Whose history.
    pub group: GroupId,
    /// Made up, for a demonstration.
    pub demo: bool,
}

/// What is known of a device now.
pub struct DeviceState {
    /// Which.
    pub device: DeviceId,
    /// The geofence machine's state.
    pub judged: geofence::DeviceState,
    /// Where it was last seen.
    pub spot: Option<Spot>,
    /// Since when its connection is lost.
    pub lost_at: Option<Timestamp>,
    /// How often it reports.
    pub rhythm: Rhythm,
}

/// How a friend wants to be shown.
#[derive(Clone)]
pub struct NewCard {
    /// Who.
    pub friend: FriendId,
    /// What to call them.
    pub name: Option<String>,
    /// Their picture: PNG.
    pub face: Option<Vec<u8>>,
    /// Whether a phone said so, and not somebody on the page.
    pub from_phone: bool,
    /// When.
    pub changed_at: Timestamp,
}

/// What the broker remembers of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// The topic.
    pub topic: String,
    /// The last payload sent to be retained.
    pub payload: Vec<u8>,
    /// The quality of service it came with.
    pub qos: u8,
}
