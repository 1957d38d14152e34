//! From what phones say to what we mean by it. Pure, total; the only place that knows both.

use domain::{
    DeviceId, Fix, Kind, Monitoring, Sign, Timestamp,
    waypoint::{App, Meant},
};
use geodesy::Point;
use owntracks::{Crossing, Epoch, Location, Message, Status, Transition, Waypoint};

/// How far a phone's time of making a message may be from its receipt to be believed: one day.
const BELIEVED_MS: i64 = 24 * 3600 * 1000;

/// How long what a phone says in a word may be, in characters.
const LONGEST_WORD: usize = 16;
/// How long what a phone calls a place may be, and the identifier it gives it.
const LONGEST_NAME: usize = 64;

/// The beginning of a text: what a phone says must not fill pages, nor everything that follows from it.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A location as a fix. One without a time was taken when it arrived, as far as we know.
pub(crate) fn fix(device: DeviceId, received_at: Timestamp, location: &Location) -> Option<Fix> {
    Some(Fix {
        device,
        at: location.tst.map_or(received_at, moment),
        sent_at: location.created_at.map(moment),
        received_at,
        point: Point::new(location.lat, location.lon).ok()?,
        accuracy_m: location.accuracy_m,
        altitude_m: location.altitude_m,
        velocity_kmh: location.velocity_kmh,
        course_deg: location.course_deg,
        battery_pct: location.battery_pct,
        trigger: location.trigger.as_deref().map(|word| cut(word, LONGEST_WORD)),
        connection: location.connection.as_deref().map(|word| cut(word, LONGEST_WORD)),
    })
}

/// The moments that a message tells of; `None` where that cannot be said.
pub(crate) fn moments(message: &Message) -> Option<Vec<Timestamp>> {
    match message {
        Message::Location(said) => Some(said.tst.into_iter().chain(said.created_at).map(moment).collect()),
        Message::Transition(said) => Some(said.tst.into_iter().chain(said.created_at).map(moment).collect()),
        Message::Lwt(_) | Message::Card(_) | Message::Status(_) | Message::Cleared => Some(Vec::new()),
        Message::Waypoint(_)
        | Message::Waypoints(_)
        | Message::Steps(_)
        | Message::Command(_)
        | Message::Configuration(_)
        | Message::Dump(_)
        | Message::Beacon(_)
        | Message::Request(_)
        | Message::Encrypted(_)
        | Message::Unknown { .. } => None,
    }
}

/// In which mode the app was, where it says so.
pub(crate) fn mode(location: &Location) -> Option<Monitoring> {
    location.mode.and_then(|mode| Monitoring::of(i64::from(mode)))
}

/// In which regions a phone says that it is; `None` when it says nothing of it. Identifiers and names go together when there are as many
/// of them; else each stands for itself.
pub(crate) fn listing(location: &Location) -> Option<Vec<Meant<'_>>> {
    let (rids, names) = (location.in_region_ids.as_deref(), location.in_regions.as_deref());
    if rids.is_none() && names.is_none() {
        return None;
    }
    let (rids, names) = (rids.unwrap_or_default(), names.unwrap_or_default());
    let (rids, names) = (first(rids), first(names));
    if rids.len() == names.len() {
        let pair = |rid, name| Meant { rid: Some(rid), name: Some(name), tst_s: None };
        return Some(rids.iter().zip(names).map(|(rid, name)| pair(rid.as_str(), name.as_str())).collect());
    }
    let by_rid = rids.iter().map(|rid| Meant { rid: Some(rid), ..Meant::default() });
    let by_name = names.iter().map(|name| Meant { name: Some(name), ..Meant::default() });
    Some(by_rid.chain(by_name).collect())
}

/// How many listed regions are looked at; no phone watches more.
const MOST_LISTED: usize = 128;

fn first(listed: &[String]) -> &[String] {
    listed.get(..MOST_LISTED).unwrap_or(listed)
}

/// Whether a phone lists more regions than are looked at.
pub(crate) fn lists_too_many(location: &Location) -> bool {
    let lists = [location.in_region_ids.as_deref(), location.in_regions.as_deref()];
    lists.into_iter().flatten().any(|listed| listed.len() > MOST_LISTED)
}

/// What a phone says about one of its regions.
pub(crate) struct PhoneClaim {
    pub(crate) kind: Kind,
    pub(crate) at: Timestamp,
    pub(crate) description: String,
    /// The phone's own identifier of the region.
    pub(crate) rid: Option<String>,
    /// Where the phone was; never for beacons, whose positions are stale or made up.
    pub(crate) point: Option<Point>,
}

/// A transition as a claim; `None` when it says neither enter nor leave.
///
/// The time is that of making the message when it is near the receipt, else that of the fix (which on iOS may be from before the
/// crossing), else the receipt; never one that has not come yet, further than a clock may be ahead.
pub(crate) fn claim(received_at: Timestamp, transition: &Transition) -> Option<PhoneClaim> {
    let kind = match transition.event {
        Crossing::Enter => Kind::Enter,
        Crossing::Leave => Kind::Leave,
        Crossing::Other(_) => return None,
    };
    let is_ahead = |at: Timestamp| at.millis_since(received_at) > Fix::MOST_AHEAD_MS;
    let made_at = transition
        .created_at
        .map(moment)
        .filter(|at| received_at.millis_since(*at) <= BELIEVED_MS && !is_ahead(*at));
    let taken_at = transition.tst.map(moment).filter(|at| *at >= Fix::EARLIEST && !is_ahead(*at));
    let position = transition.lat.zip(transition.lon).filter(|_| transition.trigger.as_deref() != Some("b"));
    Some(PhoneClaim {
        kind,
        at: made_at.or(taken_at).unwrap_or(received_at),
        description: cut(&name_of(transition), LONGEST_NAME),
        rid: transition.region_id.as_deref().map(|rid| cut(rid, LONGEST_NAME)),
        point: position.and_then(|(lat, lon)| Point::new(lat, lon).ok()),
    })
}

fn name_of(transition: &Transition) -> String {
    let key = || {
        transition
            .region_id
            .clone()
            .or_else(|| transition.waypoint_tst.map(|tst| tst.as_seconds().to_string()))
    };
    let nameless = || format!("place {}", key().unwrap_or_else(|| "without a name".into()));
    transition.desc.clone().filter(|desc| !desc.trim().is_empty()).unwrap_or_else(nameless)
}

/// A place a phone knows, behind its key, which is the app's own: the identifier (iOS), else the time it was made (Android), else the name.
pub(crate) fn waypoint(seen_at: Timestamp, waypoint: &Waypoint) -> (String, domain::waypoint::Waypoint) {
    let name = cut(waypoint.name().unwrap_or_default(), LONGEST_NAME);
    let rid = waypoint.region_id.as_deref().map(|rid| cut(rid, LONGEST_NAME));
    let key = match (&rid, waypoint.tst) {
        (Some(rid), _) => format!("rid {rid}"),
        (None, Some(tst)) => format!("tst {}", tst.as_seconds()),
        (None, None) => format!("name {name}"),
    };
    let known = domain::waypoint::Waypoint {
        rid,
        made_at: waypoint.tst.map(moment),
        name,
        position: waypoint.lat.zip(waypoint.lon),
        radius_m: waypoint.radius_m,
        seen_at,
        gone_at: None,
    };
    (key, known)
}

/// Which app says that of itself.
pub(crate) fn app(status: &Status) -> Option<App> {
    match (&status.android, &status.ios) {
        (Some(_), _) => Some(App::Android),
        (None, Some(_)) => Some(App::Ios),
        (None, None) => None,
    }
}

/// What a message says of the orders its phone may have.
pub(crate) fn sign(message: &Message) -> Sign {
    match message {
        Message::Location(location) => {
            Sign::Position { requested: location.trigger.as_deref() == Some("r"), monitoring: mode(location) }
        }
        Message::Status(_) => Sign::Status,
        Message::Waypoints(_) => Sign::Waypoints,
        Message::Transition(_)
        | Message::Waypoint(_)
        | Message::Lwt(_)
        | Message::Card(_)
        | Message::Steps(_)
        | Message::Command(_)
        | Message::Configuration(_)
        | Message::Dump(_)
        | Message::Beacon(_)
        | Message::Request(_)
        | Message::Encrypted(_)
        | Message::Unknown { .. }
        | Message::Cleared => Sign::Other,
    }
}

pub(crate) fn moment(epoch: Epoch) -> Timestamp {
    Timestamp::from_millis(epoch.as_millis())
}
