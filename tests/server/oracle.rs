//! The oracle of sharing: fifteen friends, each of whom shows themselves otherwise, live a life of places that nobody could mistake; then everything
//! the server ever says to anybody is read, byte by byte, and searched for what must not be there.
//!
//! What must not be there is said in [`rules`], which knows nothing of the program. A new way out of the server is a line in [`SURFACES`], or, where
//! it is no page and no question, a few in [`listen`]. It fails when a single projection is taken away: `Sight::spot_of`, `fix`, `stays`,
//! `transition`, `change`, `hearsay`, the past, the console's veil, the answers over HTTP, the outlet's viewer.

mod rules;
mod scan;
mod world;

use crate::support::{Console, DEADLINE, Live, Mosquitto, Phone, Server, circle, location, now_s, rfc3339};
use domain::live::LiveMessage;
use rules::{Eyes, Fact, OWNERS, Place, When};
use scan::Scan;
use serde_json::Value;
use std::collections::BTreeSet;
use world::{Ids, World, next_second, region_name};

/// Pages and questions. What has a name in braces is asked for every friend who reports.
const SURFACES: &[&str] = &[
    "/",
    "/history",
    "/history?friend={id}",
    "/history/time",
    "/history/time?friend={id}",
    "/history/presence",
    "/regions",
    "/regions?edit={nest}",
    "/friends",
    "/friends/{id}/card",
    "/friends/{id}/regions/{nest}",
    "/friends/{id}/regions/{county}",
    "/friends/{id}/privacy",
    "/friends/{id}/{device}",
    "/friends/{name}/phone",
    "/privacy",
    "/sensors",
    "/settings",
    "/admin",
    "/admin/broker",
    "/admin/console",
    "/admin/outlets",
    "/api/me",
    "/api/latest",
    "/api/transitions",
    "/api/transitions?friend={id}",
    "/api/time_spent",
    "/api/time_spent?friend={id}",
    "/api/presence_at",
    "/api/presence_at?at={clock}&zone=UTC",
    "/api/messages?only_trouble=false",
    "/api/messages?only_trouble=true",
    "/api/console?topic=&kind=",
    "/api/console?topic=owntracks/{name}/%23&kind=",
    "/api/device_report?friend={id}&device={device}",
    "/api/device_report?friend={name}&device=phone",
    "/api/offered_places",
    "/api/phones_of_region?region={nest}",
    "/api/region_cautions?id={nest}",
    "/api/region_versions?id={nest}",
    "/api/tracks?lat={lat}&lon={lon}&reach_m=30000&days=30",
    "/api/broker_report",
    "/api/outlets",
    "/api/v1/friends",
    "/api/v1/friends/{id}/sharing",
    "/api/v1/friends/{id}/face",
    "/api/v1/presence",
    "/api/v1/presence?at={then}",
    "/api/v1/presence?at={past}",
    "/api/v1/transitions",
    "/api/v1/transitions?superseded=include&limit=3",
    "/api/v1/transitions?friend={name}&limit=1",
    "/api/v1/transitions.csv",
    "/api/v1/transitions.json?superseded=include",
    "/api/v1/fixes?friend={name}",
    "/api/v1/fixes?friend={name}&device=phone&limit=1",
    "/api/v1/regions",
    "/api/v1/regions.geojson",
    "/api/v1/regions.otrw",
    "/api/v1/regions/{nest}",
    "/api/v1/regions/{nest}/phones",
    "/api/v1/regions/{nest}/versions",
    "/api/v1/regions/tracks?lat={lat}&lon={lon}&reach_m=30000",
    "/api/v1/places",
    "/api/v1/devices/{device}/places",
    "/api/v1/devices/{device}/orders",
    "/api/v1/sensors",
    "/metrics",
    "/readyz",
];

/// Who looks, by which name.
const LOOKERS: [(&str, Eyes); 7] = [
    ("ben", Eyes::Ben),
    ("cid", Eyes::Group),
    ("ada", Eyes::Group),
    ("eve", Eyes::Stranger),
    ("precise", Eyes::Owner("precise")),
    ("street", Eyes::Owner("street")),
    ("off", Eyes::Owner("off")),
];
/// Those of them who listen with devices, too.
const LISTENERS: usize = 4;
/// How many pages of one list are read at the most.
const MOST_PAGES: usize = 300;

/// Something that somebody read.
struct Reading {
    who: &'static str,
    eyes: Eyes,
    surface: String,
    said: Vec<u8>,
}

/// By what somebody is let in.
#[derive(Clone, Copy)]
enum Key<'k> {
    Cookie(&'k str),
    Token(&'k str),
}

/// Reads a page; of a list, all that follows.
async fn read(server: &Server, key: Key<'_>, path: &str) -> Vec<u8> {
    let ask = async |path: &str| {
        let question = server.get(path);
        let question = match key {
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
fn path(surface: &str, owner: usize, ids: &Ids, now: i64) -> String {
    let (lat, lon) = rules::home(owner);
    let moment = rfc3339(now - 200 * 60 + 7);
    surface
        .replace("{id}", &ids.friend)
        .replace("{name}", OWNERS[owner].name)
        .replace("{device}", &ids.device)
        .replace("{nest}", &ids.nest)
        .replace("{county}", &ids.county)
        .replace("{lat}", &lat.to_string())
        .replace("{lon}", &lon.to_string())
        .replace("{then}", &moment)
        .replace("{clock}", moment.get(..16).expect("is long enough"))
        .replace("{past}", &rfc3339(now - 585 * 60 + 7))
}

/// Reads every page and asks every question as somebody.
async fn read_all(world: &World, who: &'static str, eyes: Eyes, key: Key<'_>, readings: &mut Vec<Reading>) {
    let now = now_s();
    for surface in SURFACES {
        let owners = if surface.contains("{id}")
            || ["{name}", "{device}", "{nest}", "{county}", "{lat}"].iter().any(|name| surface.contains(name))
        {
            OWNERS.len()
        } else {
            1
        };
        for (owner, ids) in world.ids.iter().enumerate().take(owners) {
            let path = path(surface, owner, ids, now);
            let said = read(&world.server, key, &path).await;
            readings.push(Reading { who, eyes, surface: path, said });
        }
    }
}

/// What a client hears until something with this mark.
async fn heard(phone: &mut Phone, mark: i64) -> Vec<u8> {
    let (mut all, mark) = (Vec::new(), mark.to_string());
    loop {
        let publish = phone.receive().await;
        all.extend(format!("\n{} ", publish.topic).into_bytes());
        all.extend(&publish.payload[..]);
        if String::from_utf8_lossy(&publish.payload).contains(&mark) {
            return all;
        }
    }
}

/// Subscribes as phones do.
async fn subscribed(world: &World, who: &'static str, device: &'static str) -> Phone {
    let mut phone = Phone::connect(world.server.broker(), world.ear(who, device)).await;
    for filter in ["owntracks/+/+", "owntracks/#"] {
        phone.subscribe(filter).await;
    }
    phone
}

/// A message by a phone over HTTP, and what it is told.
async fn posted(world: &World, who: &'static str) -> Vec<u8> {
    let credentials = world.ear(who, "old");
    let asked = world.server.post("/pub").basic(&credentials.username, &credentials.password);
    let answer = asked.bytes(location(now_s(), 10.0, 10.0).into_bytes()).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body
}

/// What must come in time.
async fn in_time<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(DEADLINE, coming).await;
    came.unwrap_or_else(|_elapsed| unreachable!("it never came: {what}"))
}

/// What a browser is told until a region of this name is drawn.
async fn watched(live: &mut Live, mark: &str) -> Vec<u8> {
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

/// Something that both groups hear, by which one knows that all before it has been heard.
struct Bells {
    family: Phone,
    club: Phone,
}

impl Bells {
    async fn ring(&mut self, mark: i64) {
        for bell in [&mut self.family, &mut self.club] {
            bell.publish("", location(mark, 10.0, 10.0)).await;
        }
    }
}

/// The friend and the region of each that an answer says are, or were, together.
fn together(surface: &str, said: &[u8], ids: &[Ids]) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name_of = |id: &Value| {
        let owner = ids.iter().position(|ids| Some(ids.friend.as_str()) == id.as_str());
        owner.map(|owner| OWNERS[owner].name.to_owned()).unwrap_or_default()
    };
    let region_of = |id: &Value| {
        let owner =
            |of: fn(&Ids) -> &String| ids.iter().position(|ids| Some(of(ids).as_str()) == id.as_str());
        let nest = owner(|ids| &ids.nest).map(|owner| region_name(owner, Place::Nest));
        nest.or_else(|| owner(|ids| &ids.county).map(|owner| region_name(owner, Place::County)))
            .unwrap_or_default()
    };
    let mut found = BTreeSet::new();
    // A list in pages has one document in each line.
    for line in said.split(|byte| *byte == b'\n') {
        let Ok(value) = serde_json::from_slice::<Value>(line) else { continue };
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

/// Everything that somebody read and must not have read, in words.
fn judged(readings: &[Reading], facts: &[Fact], ids: &[Ids]) -> BTreeSet<String> {
    let mut leaks = BTreeSet::new();
    for Reading { who, eyes, surface, said } in readings {
        let head = format!("{who} at {surface}");
        leaks.extend(Scan::of(said).leaks(*eyes, facts).into_iter().map(|leak| format!("{head}: {leak}")));
        for (friend, region) in together(surface, said, ids) {
            for (number, owner) in OWNERS.iter().enumerate().filter(|(_, owner)| owner.name == friend) {
                for place in [Place::Nest, Place::County] {
                    if region == region_name(number, place) && !owner.may_tell_region(*eyes, place) {
                        leaks.insert(format!("{head}: {friend} is told to be in {region}"));
                    }
                }
            }
        }
    }
    leaks
}

/// What is there has been read at all: else nothing of this would prove anything.
fn assert_read(readings: &[Reading], facts: &[Fact]) {
    let root: Vec<Scan> = readings
        .iter()
        .filter(|reading| reading.eyes == Eyes::Server)
        .map(|reading| Scan::of(&reading.said))
        .collect();
    for fact in facts {
        let found = match &fact.word {
            None => root.iter().any(|scan| scan.has_point(fact) && scan.has_second(fact.second)),
            Some(_) => root.iter().any(|scan| scan.has_word(fact)),
        };
        assert!(found, "whoever sees everything finds {fact:?}");
    }
    let newest = facts.iter().find(|fact| fact.owner == 0 && fact.when == When::After).expect("was said");
    let shown = |who: &str, surface: &str| {
        let mut all = readings.iter().filter(|reading| reading.who == who && reading.surface == surface);
        all.any(|reading| Scan::of(&reading.said).has_point(newest))
    };
    for who in ["ben", "cid", "ada"] {
        for surface in [
            "/api/latest",
            "/api/v1/friends",
            "/api/v1/fixes?friend=control",
            "the live line",
            "MQTT as it comes",
            "MQTT retained",
            "HTTP",
        ] {
            assert!(shown(who, surface), "{who} sees who shows everything at {surface}");
        }
    }
    assert!(shown("an outlet", "what comes"), "an outlet has who shows everything");
    assert!(shown("ada", "the console"), "an admin reads messages of who shows everything");
}

/// Until what a retained place says is as new as that, everything an outlet was told.
async fn put_out(mosquitto: &Mosquitto, listener: &mut Phone, second: i64) -> Vec<u8> {
    let written = rfc3339(second);
    let mut all = Vec::new();
    loop {
        let publish = listener.receive().await;
        all.extend(format!("\n{} ", publish.topic).into_bytes());
        all.extend(&publish.payload[..]);
        if publish.topic == "out/control/location"
            && String::from_utf8_lossy(&publish.payload).contains(&written)
        {
            break;
        }
    }
    // What stands there for whoever comes later.
    let mut later = mosquitto.connect("later").await;
    later.subscribe("out/#").await;
    later.try_publish("out/end", b"{}", false).await.expect("Mosquitto takes it");
    loop {
        let publish = later.receive().await;
        if publish.topic == "out/end" {
            return all;
        }
        all.extend(&publish.payload[..]);
    }
}

#[tokio::test]
async fn nobody_reads_anywhere_what_a_friend_does_not_show_them() {
    let mut world = World::new().await;
    let mut cookies = Vec::new();
    for (who, _) in LOOKERS {
        cookies.push(world.server.sign_in(who).await);
    }
    let ada = cookies[2].clone();
    world.open_outlet(&ada).await;
    let mut listener = world.mosquitto.connect("listener").await;
    listener.subscribe("out/#").await;
    let mut readings = Vec::new();
    let (mut ears, mut lines) = (Vec::new(), Vec::new());
    for ((who, eyes), cookie) in LOOKERS.into_iter().zip(&cookies) {
        if lines.len() < LISTENERS {
            ears.push(subscribed(&world, who, "ear").await);
            posted(&world, who).await;
        }
        let mut live = Live::of(&world.server, cookie).await;
        let first = serde_json::to_vec(&live.snapshot().await).expect("is JSON");
        readings.push(Reading { who, eyes, surface: "the first of the live line".into(), said: first });
        lines.push(live);
    }
    let mut bells = Bells { family: world.bell().await, club: world.club_bell().await };
    let (mut console, recent) = Console::of(&world.server, &ada, ("", "")).await;
    next_second().await;
    world.go_on().await;

    let mark = now_s() - 20_000_000;
    bells.ring(mark).await;
    let mut lines_said = vec![format!("{recent:?}")];
    let came = in_time("the mark on the console", async {
        while !lines_said.last().is_some_and(|line| line.contains(&mark.to_string())) {
            let news = console.next().await.expect("the console stays").expect("it is no error");
            lines_said.push(format!("{news:?}"));
        }
    });
    came.await;
    let said = lines_said.join("\n").into_bytes();
    readings.push(Reading { who: "ada", eyes: Eyes::Group, surface: "the console".into(), said });
    for ((who, eyes), mut ear) in LOOKERS.into_iter().zip(ears) {
        let said = heard(&mut ear, mark).await;
        readings.push(Reading { who, eyes, surface: "MQTT as it comes".into(), said });
        let mut late = subscribed(&world, who, "late").await;
        bells.ring(mark + 1).await;
        let said = heard(&mut late, mark + 1).await;
        readings.push(Reading { who, eyes, surface: "MQTT retained".into(), said });
        let said = posted(&world, who).await;
        readings.push(Reading { who, eyes, surface: "HTTP".into(), said });
    }
    let newest =
        world.facts.iter().find(|fact| fact.owner == 0 && fact.when == When::After).expect("was said");
    let said = put_out(&world.mosquitto, &mut listener, newest.second).await;
    readings.push(Reading { who: "an outlet", eyes: Eyes::Group, surface: "what comes".into(), said });
    for (token, name) in [(&world.family, "Mark of all"), (&world.club, "Mark of the club")] {
        world.server.draw(token, &circle(name, 1.0, 1.0, 100.0)).await;
    }
    for ((who, eyes), mut live) in LOOKERS.into_iter().zip(lines) {
        let mark = if eyes == Eyes::Stranger { "Mark of the club" } else { "Mark of all" };
        let said = in_time("the region on the live line", watched(&mut live, mark)).await;
        readings.push(Reading { who, eyes, surface: "the live line".into(), said });
    }

    for ((who, eyes), cookie) in LOOKERS.into_iter().zip(&cookies) {
        read_all(&world, who, eyes, Key::Cookie(cookie), &mut readings).await;
    }
    read_all(&world, "the server's token", Eyes::Server, Key::Token(&world.root), &mut readings).await;

    assert_read(&readings, &world.facts);
    let leaks = judged(&readings, &world.facts, &world.ids);
    let list: Vec<&str> = leaks.iter().map(String::as_str).collect();
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), list.join("\n"));
    let log = Scan::of(world.server.log().as_bytes());
    assert!(!world.facts.iter().any(|fact| log.has_point(fact)), "nor does the log say where anybody is");
}
