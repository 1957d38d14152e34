//! What goes out: which topics, and what stands there. The names in it are those of the JSON interface; see `docs/outlets.md`.

use crate::http::{RegionName, TransitionView};
use domain::{
    FriendId, Observation, Outlet, OutletId, Quantity, Sensor, Timestamp, Transition,
    live::{LiveDevice, LiveFriend, Snapshot},
};
use serde::Serialize;
use serde_json::{Value, json};
use service::{OUTLET_MARK, SensorNow};
use std::collections::{BTreeMap, HashMap};

/// What is to stand at an outlet's topics.
#[derive(Default)]
pub(super) struct Wanted {
    /// How things are, by topic.
    pub(super) states: BTreeMap<String, Vec<u8>>,
    /// Topics of events, and whose these are: what stands there stays.
    pub(super) events: HashMap<String, FriendId>,
}

/// How things are, as far as this outlet publishes it.
pub(super) fn wanted(outlet: &Outlet, seen: &Snapshot, sensors: &[SensorNow]) -> Wanted {
    let mut wanted = Wanted::default();
    if !outlet.on {
        return wanted;
    }
    for live in &seen.friends {
        if outlet.positions
            && let Some(location) = location(live)
        {
            wanted.states.insert(topic(outlet, live, "location"), marked(outlet.id, location));
        }
        if outlet.transitions {
            wanted.states.insert(topic(outlet, live, "regions"), marked(outlet.id, regions(live, seen)));
            wanted.events.insert(topic(outlet, live, "event"), live.friend.id);
        }
    }
    for SensorNow { sensor, last } in sensors.iter().filter(|_| outlet.observations) {
        if let Some(last) = last {
            let topic = format!("{}/{}/observation", outlet.base, sensor.name);
            wanted.states.insert(topic, marked(outlet.id, observation(sensor, last)));
        }
    }
    wanted
}

/// The topic and payload of a transition, if its friend is still there.
pub(super) fn event(outlet: &Outlet, seen: &Snapshot, transition: Transition) -> Option<(String, Vec<u8>)> {
    let live = seen.friends.iter().find(|live| live.friend.id == transition.friend)?;
    let device = live.devices.iter().find(|known| known.device.id == transition.device)?;
    let view = TransitionView::new(transition, live.friend.name.to_string(), device.device.name.to_string());
    Some((topic(outlet, live, "event"), marked(outlet.id, view)))
}

/// The message of a test.
pub(super) fn test(outlet: OutletId, at: Timestamp) -> Vec<u8> {
    marked(outlet, json!({"test": true, "at": at.to_string()}))
}

fn topic(outlet: &Outlet, live: &LiveFriend, leaf: &str) -> String {
    format!("{}/{}/{leaf}", outlet.base, live.friend.name)
}

/// Where a friend was last seen, by the device that was seen last.
#[derive(Serialize)]
struct Location<'a> {
    friend: &'a str,
    device: &'a str,
    at: String,
    clock_wrong: bool,
    lat: f64,
    lon: f64,
    accuracy_m: Option<f64>,
    velocity_kmh: Option<f64>,
    course_deg: Option<f64>,
    battery_pct: Option<u8>,
    lost_at: Option<String>,
}

fn location(live: &LiveFriend) -> Option<Location<'_>> {
    let seen = |known: &LiveDevice| known.spot.as_ref().map(|spot| spot.at);
    let newest = live.devices.iter().filter(|known| known.spot.is_some()).max_by_key(|known| seen(known))?;
    let spot = newest.spot.as_ref()?;
    Some(Location {
        friend: live.friend.name.as_str(),
        device: newest.device.name.as_str(),
        at: spot.at.to_string(),
        clock_wrong: spot.clock_wrong,
        lat: spot.point.lat(),
        lon: spot.point.lon(),
        accuracy_m: spot.accuracy_m,
        velocity_kmh: spot.velocity_kmh,
        course_deg: spot.course_deg,
        battery_pct: spot.battery_pct,
        lost_at: newest.lost_at.as_ref().map(Timestamp::to_string),
    })
}

/// The regions a friend is in, smallest first.
fn regions(live: &LiveFriend, seen: &Snapshot) -> Value {
    let stays: Vec<Value> = live
        .stays
        .iter()
        .filter_map(|stay| {
            let region = seen.regions.iter().find(|region| region.id == stay.region)?;
            let name = RegionName { id: region.id.to_string(), name: region.name.to_string() };
            let mut told = json!({"region": name, "since": stay.since.to_string()});
            if stay.or_before
                && let Value::Object(members) = &mut told
            {
                members.insert("since_or_before".to_owned(), true.into());
            }
            Some(told)
        })
        .collect();
    json!({"friend": live.friend.name.as_str(), "regions": stays})
}

/// What a sensor observed last. Without the time of receipt: the same observation once more is no news, or it could go round for ever.
fn observation(sensor: &Sensor, last: &Observation) -> Value {
    let quantities: Vec<Value> = sensor
        .form
        .quantities()
        .into_iter()
        .map(|Quantity { name, unit }| json!({"name": name, "unit": unit}))
        .collect();
    json!({"sensor": sensor.name, "at": last.at.to_string(), "values": last.values, "quantities": quantities})
}

/// The JSON of an object with the mark by which it is known if it should ever come back to us.
fn marked(outlet: OutletId, object: impl Serialize) -> Vec<u8> {
    let mut value = serde_json::to_value(object).expect("string keys, and no serialiser that fails");
    if let Value::Object(members) = &mut value {
        members.insert(OUTLET_MARK.to_owned(), outlet.to_string().into());
    }
    value.to_string().into_bytes()
}
