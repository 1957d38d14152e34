//! What somebody read somewhere: asked for, or listened to; and what an answer says of who was together with which region.

use super::{
    rules::{self, Look, OWNERS, Owner, Pauses, Place},
    surfaces::{SURFACES, Surface, Way},
    world::{Ids, World, region_name},
};
use crate::support::{Events, Live, Mosquitto, Phone, Server, location, now_s, rfc3339};
use domain::live::LiveMessage;
use futures::{StreamExt, stream};
use http::Method;
use serde_json::Value;
use std::collections::BTreeSet;

/// How many pages of one list are read at the most.
const MOST_PAGES: usize = 300;
/// How many questions are asked at once.
const AT_ONCE: usize = 8;

/// Something that somebody read.
pub(crate) struct Reading {
    pub(crate) who: &'static str,
    pub(crate) look: Look,
    pub(crate) surface: String,
    pub(crate) said: Vec<u8>,
}

/// By what somebody is let in.
#[derive(Clone, Copy)]
pub(crate) enum Key<'k> {
    None,
    Cookie(&'k str),
    Token(&'k str),
}

/// Reads a page; of a list, all that follows.
async fn read(server: &Server, key: Key<'_>, way: Way, path: &str) -> Vec<u8> {
    let ask = async |path: &str| {
        let question = match way {
            Way::Form(_) => {
                let (path, fields) = path.split_once('?').expect("has fields");
                server.ask(Method::POST, path).form(fields.to_owned())
            }
            Way::Get | Way::Line => server.get(path),
        };
        let question = match key {
            Key::None => question,
            Key::Cookie(cookie) => question.cookie(cookie),
            Key::Token(token) => question.bearer(token),
        };
        let answer = question.send().await;
        assert!(answer.status.as_u16() < 500, "{path}: {} {}", answer.status, answer.text());
        answer.body
    };
    let mut all = ask(path).await;
    let mut last: Option<Value> = serde_json::from_slice(&all).ok();
    for _ in 0..MOST_PAGES {
        let next = last.as_ref().and_then(|last| last["next"].as_str()).map(str::to_owned);
        let Some(next) = next.filter(|_| path.starts_with("/api/")) else { break };
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = ask(&format!("{path}{separator}cursor={next}")).await;
        last = serde_json::from_slice(&page).ok();
        all.push(b'\n');
        all.extend(page);
    }
    all
}

/// A surface as it is asked for one of those who report; as it is where it is the same for all.
fn path(surface: &Surface, owner: usize, world: &World, now: i64) -> String {
    let (ids, (lat, lon)) = (&world.ids[owner], rules::home(owner));
    let moment = rfc3339(now - 200 * 60 + 7);
    let asked = match surface.way {
        Way::Form(fields) => format!("{}?{fields}", surface.path),
        Way::Get | Way::Line => surface.path.to_owned(),
    };
    asked
        .replace("{id}", &ids.friend)
        .replace("{name}", OWNERS[owner].name)
        .replace("{device}", &ids.device)
        .replace("{nest}", &ids.nest)
        .replace("{county}", &ids.county)
        .replace("{ben}", &world.ben)
        .replace("{lat}", &lat.to_string())
        .replace("{lon}", &lon.to_string())
        .replace("{then}", &moment)
        .replace("{clock}", moment.get(..16).expect("is long enough"))
        .replace("{past}", &rfc3339(now - 585 * 60 + 7))
}

/// Reads every page and asks every question as somebody.
pub(crate) async fn read_all(
    world: &World,
    (who, look): (&'static str, Look),
    key: Key<'_>,
    readings: &mut Vec<Reading>,
) {
    let now = now_s();
    let mut asked = Vec::new();
    for surface in SURFACES.iter().filter(|surface| surface.way != Way::Line) {
        let mut seen = BTreeSet::new();
        for owner in 0..OWNERS.len() {
            let path = path(surface, owner, world, now);
            if seen.insert(path.clone()) {
                asked.push((surface, path));
            }
        }
    }
    let answers = stream::iter(asked).map(async |(surface, path)| {
        let said = read(&world.server, key, surface.way, &path).await;
        Reading { who, look: Look { raw: look.raw && surface.raw, ..look }, surface: path, said }
    });
    readings.extend(answers.buffered(AT_ONCE).collect::<Vec<_>>().await);
}

/// Messages as a client heard them: where, and what.
pub(crate) type Heard = Vec<(String, Vec<u8>)>;

/// What a client hears until something that this holds for.
pub(crate) async fn heard(phone: &mut Phone, is_last: impl Fn(&str, &str) -> bool) -> Heard {
    let mut all = Vec::new();
    loop {
        let publish = phone.receive().await;
        let ends = is_last(&publish.topic, &String::from_utf8_lossy(&publish.payload));
        all.push((publish.topic, publish.payload.to_vec()));
        if ends {
            return all;
        }
    }
}

/// The same until something with this mark.
pub(crate) async fn heard_until(phone: &mut Phone, mark: i64) -> Heard {
    let mark = mark.to_string();
    heard(phone, |_, said| said.contains(&mark)).await
}

/// In one piece.
pub(crate) fn joined(heard: &Heard) -> Vec<u8> {
    let mut all = Vec::new();
    for (topic, said) in heard {
        all.extend_from_slice(b"\n");
        all.extend_from_slice(topic.as_bytes());
        all.extend_from_slice(b" ");
        all.extend_from_slice(said);
    }
    all
}

/// What came of those who pause before it was taken back, and all else. Nobody takes it back but the server, with an empty message; who is not told
/// of a friend hears none, and all of it is judged as said in the pause.
pub(crate) fn split(heard: &Heard) -> (Vec<u8>, Vec<u8>) {
    let mut cleared = BTreeSet::new();
    let (mut early, mut late) = (Heard::new(), Heard::new());
    for (topic, said) in heard {
        let is_of = |owner: &&Owner| topic.contains(&format!("/{}/", owner.name));
        let whose =
            OWNERS.iter().find(is_of).filter(|owner| matches!(owner.pauses, Pauses::On | Pauses::Quiet));
        let clears = |name| heard.iter().any(|(topic, said)| said.is_empty() && topic.contains(name));
        match whose {
            Some(owner) if !cleared.contains(owner.name) && clears(owner.name) => {
                early.push((topic.clone(), said.clone()));
                if said.is_empty() {
                    cleared.insert(owner.name);
                }
            }
            _ => late.push((topic.clone(), said.clone())),
        }
    }
    (joined(&early), joined(&late))
}

/// Subscribes as phones do.
pub(crate) async fn subscribed(world: &World, who: &'static str, device: &'static str) -> Phone {
    let mut phone = Phone::connect(world.server.broker(), world.ear(who, device)).await;
    for filter in ["owntracks/+/+", "owntracks/#"] {
        phone.subscribe(filter).await;
    }
    phone
}

/// A message by a phone over HTTP, and what it is told.
pub(crate) async fn posted(world: &World, who: &'static str) -> Vec<u8> {
    let credentials = world.ear(who, "old");
    let asked = world.server.post("/pub").basic(&credentials.username, &credentials.password);
    let answer = asked.bytes(location(now_s(), 10.0, 10.0).into_bytes()).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body
}

/// What a browser is told until a region of this name is drawn.
pub(crate) async fn watched(live: &mut Live, mark: &str) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let message = live.message().await;
        // It says what time it is, and nothing else.
        if matches!(message, LiveMessage::Heartbeat(_)) {
            continue;
        }
        let said = serde_json::to_vec(&message).expect("is JSON");
        let is_last = String::from_utf8_lossy(&said).contains(mark);
        all.extend(said);
        if is_last {
            return all;
        }
    }
}

/// What a script is told until a movement of that second, a line for each event. When it was told that somebody came or went says what time it was,
/// and nothing else.
pub(crate) async fn listened(events: &mut Events, mark: i64) -> Vec<u8> {
    let written = rfc3339(mark);
    let mut all = Vec::new();
    for mut event in events.until(|event| event["event"] == "new_movement" && event["at"] == written).await {
        if ["online", "offline", "reset"].contains(&event["event"].as_str().expect("has a name")) {
            event["at"].take();
        }
        all.extend(event.to_string().into_bytes());
        all.push(b'\n');
    }
    all
}

/// Until what a retained place says is as new as that, everything an outlet was told; and what stands there then.
pub(crate) async fn put_out(mosquitto: &Mosquitto, listener: &mut Phone, second: i64) -> (Heard, Heard) {
    let written = rfc3339(second);
    let is_newest = |topic: &str, said: &str| topic == "out/control/location" && said.contains(&written);
    let all = heard(listener, is_newest).await;
    let mut later = mosquitto.connect("later").await;
    later.subscribe("out/#").await;
    later.try_publish("out/end", b"{}", false).await.expect("Mosquitto takes it");
    (all, heard(&mut later, |topic, _| topic == "out/end").await)
}

/// Whether an answer means what has this identifier: the page writes them with hyphens, the interface without.
fn is(id: &str, said: &str) -> bool {
    said.replace('-', "") == id.replace('-', "")
}

/// What a friend is called whom an answer gives by identifier or by name.
fn called(friend: &str, ids: &[Ids]) -> String {
    let owner = ids.iter().position(|ids| is(&ids.friend, friend));
    owner.map_or(friend, |owner| OWNERS[owner].name).to_owned()
}

/// Every object of an answer, however deep; of a list in pages, and of what comes on a line, in one document after the other.
fn objects(said: &[u8]) -> Vec<serde_json::Map<String, Value>> {
    fn find(value: Value, found: &mut Vec<serde_json::Map<String, Value>>) {
        match value {
            Value::Array(all) => all.into_iter().for_each(|one| find(one, found)),
            Value::Object(members) => {
                members.values().for_each(|one| find(one.clone(), found));
                found.push(members);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    for line in said.split(|byte| *byte == b'\n') {
        let documents = serde_json::Deserializer::from_slice(line).into_iter::<Value>();
        documents.map_while(Result::ok).for_each(|document| find(document, &mut found));
    }
    found
}

/// The friends of whom an answer says by what it was settled that they came or went.
pub(crate) fn settled(said: &[u8], ids: &[Ids]) -> BTreeSet<String> {
    let told = |members: &serde_json::Map<String, Value>| {
        let evidence = members.get("evidence").and_then(Value::as_array);
        let friend = members.get("friend").and_then(Value::as_str);
        let friend = friend.filter(|_| evidence.is_some_and(|notes| !notes.is_empty()));
        friend.map(|friend| called(friend, ids))
    };
    objects(said).iter().filter_map(told).collect()
}

/// The friends of whom an answer says which of their devices are where they are, and which are not.
pub(crate) fn apart(said: &[u8], ids: &[Ids]) -> BTreeSet<&'static str> {
    let there = |members: serde_json::Map<String, Value>| members.get("apart")?.get("there").cloned();
    let there = objects(said).into_iter().filter_map(there);
    let devices = there.flat_map(|there| there.as_array().cloned().unwrap_or_default());
    let owner_of =
        |device: Value| ids.iter().position(|ids| device.as_str().is_some_and(|id| is(&ids.device, id)));
    devices.filter_map(owner_of).map(|owner| OWNERS[owner].name).collect()
}

/// The friends of whom an answer says that they are online.
pub(crate) fn online(said: &[u8], ids: &[Ids]) -> BTreeSet<String> {
    let told = |members: serde_json::Map<String, Value>| {
        let value = Value::Object(members);
        // In the interface's list a friend has a name, and as a page has it, is one of several members.
        let is_online = value["online"] == true;
        let friend = [&value["name"], &value["friend"]["name"]].into_iter().find_map(Value::as_str);
        let came = value["Online"][0].as_str().filter(|_| value["Online"][1] == true);
        let heard = value["friend"].as_str().filter(|_| value["event"] == "online");
        friend.filter(|_| is_online).or(came).or(heard).map(|friend| called(friend, ids))
    };
    objects(said).into_iter().filter_map(told).collect()
}

/// The owners, and the kinds of their regions, of whom an answer says in words that they came or went there, as alerts do.
pub(crate) fn alerted(said: &[u8]) -> BTreeSet<(usize, Place)> {
    let said = String::from_utf8_lossy(said);
    let mut found = BTreeSet::new();
    for (number, owner) in OWNERS.iter().enumerate() {
        for place in [Place::Nest, Place::County] {
            let region = region_name(number, place);
            let words = ["arrived at", "left"].map(|does| format!("{} {does} {region}", owner.name));
            if words.iter().any(|words| said.contains(words)) {
                found.insert((number, place));
            }
        }
    }
    found
}

/// The friend and the region of each that an answer says are, or were, together.
pub(crate) fn together(surface: &str, said: &[u8], ids: &[Ids]) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name_of = |id: &Value| called(id.as_str().unwrap_or_default(), ids);
    let region_of = |id: &Value| {
        let id = id.as_str().unwrap_or_default();
        let owner = |of: fn(&Ids) -> &String| ids.iter().position(|ids| is(of(ids), id));
        let nest = owner(|ids| &ids.nest).map(|owner| region_name(owner, Place::Nest));
        nest.or_else(|| owner(|ids| &ids.county).map(|owner| region_name(owner, Place::County)))
            .unwrap_or_default()
    };
    let mut found = BTreeSet::new();
    // A list in pages has one document in each line.
    for line in said.split(|byte| *byte == b'\n') {
        let Ok(value) = serde_json::from_slice::<Value>(line) else { continue };
        if ["arrived", "departed"].contains(&value["event"].as_str().unwrap_or_default()) {
            found.insert((text(&value["friend"]), text(&value["region"]["name"])));
        }
        for item in each(&value["items"]).iter().chain(&each(&value["friends"])) {
            match surface {
                _ if surface.starts_with("/api/v1/presence") => {
                    let friends = each(&item["friends"]);
                    found.extend(
                        friends.iter().map(|one| (text(&one["friend"]), text(&item["region"]["name"]))),
                    );
                }
                "/api/v1/friends" => {
                    let regions = each(&item["regions"]);
                    found.extend(
                        regions.iter().map(|one| (text(&item["name"]), text(&one["region"]["name"]))),
                    );
                }
                "/api/latest" => {
                    let stays = each(&item["stays"]);
                    found.extend(
                        stays.iter().map(|one| (text(&item["friend"]["name"]), region_of(&one["region"]))),
                    );
                }
                _ if surface.starts_with("/api/v1/transitions") => {
                    found.insert((text(&item["friend"]), text(&item["region"]["name"])));
                }
                _ if surface.starts_with("/api/transitions") => {
                    found.insert((name_of(&item["friend"]), region_of(&item["region"])));
                }
                _ => {}
            }
        }
        if let Some(friend) = surface.strip_prefix("/api/time_spent?friend=") {
            let places = each(&value["places"]);
            found.extend(places.iter().map(|place| (name_of(&friend.into()), text(&place["name"]))));
        }
        for region in each(&value["regions"]).iter().filter(|_| surface.starts_with("/api/presence_at")) {
            let people = each(&region[2]);
            found.extend(people.iter().map(|one| (name_of(&one["friend"]), text(&region[1]))));
        }
    }
    found
}
