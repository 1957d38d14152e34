//! A server with one family, in which everybody shows themselves otherwise, and a stranger; and what happens there.

use super::rules::{Fact, LETTERS, OWNERS, Pauses, Place, WRITER, When, county, home, past, present};
use crate::support::{
    Credentials, Home, Mosquitto, Phone, Server, circle, eventually, form_urlencoded, now_s, rfc3339,
};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Radius of a nest, metres: finer than a street. And of a county: coarser than a city.
const NEST_M: f64 = 100.0;
const COUNTY_M: f64 = 10_000.0;
/// Of a realm, which its friend never leaves.
const REALM_M: f64 = 50_000.0;

/// What a second device is called.
const SLATE: &str = "slate";

/// With which devices one listens: always at MQTT, from time to time, or over HTTP.
const EARS: [(&str, &str); 14] = [
    ("ada", "mouth"),
    ("ben", "ear"),
    ("ben", "late"),
    ("ben", "old"),
    ("cid", "ear"),
    ("cid", "late"),
    ("cid", "old"),
    ("ada", "ear"),
    ("ada", "late"),
    ("ada", "old"),
    ("eve", "ear"),
    ("eve", "late"),
    ("eve", "old"),
    ("eve", "mouth"),
];

/// Everything there is.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) mosquitto: Mosquitto,
    /// Of the whole server.
    pub(crate) root: String,
    /// Of the group's admin.
    pub(crate) family: String,
    /// Of the other group's admin.
    pub(crate) club: String,
    /// Of a bot of the family, for all regions.
    pub(crate) bot: String,
    /// Of who writes letters.
    writer: String,
    phones: Vec<Phone>,
    /// The second devices of those who have one, by owner.
    slates: HashMap<usize, Phone>,
    /// Devices of those who look, by names.
    ears: HashMap<(&'static str, &'static str), Credentials>,
    /// One for each owner: the identifiers of friend, device, nest and county.
    pub(crate) ids: Vec<Ids>,
    /// The identifier of a friend who looks.
    pub(crate) ben: String,
    /// Hears what the family's outlet publishes, from the beginning.
    pub(crate) outlet: Option<Phone>,
    /// The seconds at which something was said in the pauses.
    pub(crate) paused: std::ops::Range<i64>,
    /// What was said so far.
    pub(crate) facts: Vec<Fact>,
    /// Gone when everybody has left it.
    _home: Home,
}

pub(crate) struct Ids {
    pub(crate) friend: String,
    pub(crate) device: String,
    pub(crate) nest: String,
    pub(crate) county: String,
}

/// The name of an owner's region.
pub(crate) fn region_name(owner: usize, place: Place) -> String {
    format!("{place:?} of {}", OWNERS[owner].name)
}

/// Waits for the beginning of another second, and returns it.
pub(crate) async fn next_second() -> i64 {
    let before = now_s();
    eventually("the next second", async || Some(now_s()).filter(|now| *now > before)).await
}

/// Says what somebody sees. The only place that knows how.
pub(crate) async fn share(server: &Server, token: &str, friend: &str, party: &str, body: Option<&Value>) {
    let path = format!("/api/v1/friends/{friend}/sharing/{party}");
    let asked = match body {
        Some(body) => server.ask(Method::PUT, &path).bearer(token).json(body),
        None => server.ask(Method::DELETE, &path).bearer(token),
    };
    let answer = asked.send().await;
    assert!(answer.status.is_success(), "{path} {body:?}: {} {}", answer.status, answer.text());
}

impl World {
    /// Everybody is there, has said what they say, and has told of everything until now.
    pub(crate) async fn new() -> Self {
        let house = Home::new();
        let mosquitto = Mosquitto::start(&house, "").await;
        let (mut doors, mut second) = (Vec::new(), Vec::new());
        for (number, owner) in OWNERS.iter().enumerate() {
            if owner.signs_in {
                house.user(owner.name, &["--group", "Family"]).await;
            }
            doors.push(house.device(owner.name, "phone", &["--group", "Family"]).await);
            if owner.has_slate() {
                second.push((number, house.device(owner.name, SLATE, &[]).await));
            }
        }
        for name in ["ben", "cid"] {
            house.user(name, &["--group", "Family"]).await;
        }
        house.user("ada", &["--group", "Family", "--admin"]).await;
        house.user("eve", &["--group", "Club", "--admin"]).await;
        let mut ears = HashMap::new();
        for (name, device) in EARS {
            ears.insert((name, device), house.device(name, device, &[]).await);
        }
        let (root, club) = (house.token("admin", &[]).await, house.token("admin", &["--user", "eve"]).await);
        let family = house.token("admin", &["--user", "ada"]).await;
        let writer = house.token("write", &["--user", WRITER]).await;
        let mut watchers = vec![family.clone(), club.clone()];
        for name in ["ben", "cid", "street"] {
            watchers.push(house.token("write", &["--user", name]).await);
        }
        let server = house.serve().await;
        let mut world = Self {
            server,
            mosquitto,
            root,
            family,
            club,
            bot: String::new(),
            writer,
            phones: Vec::new(),
            slates: HashMap::new(),
            ears,
            ids: Vec::new(),
            ben: String::new(),
            outlet: None,
            paused: 0..0,
            facts: Vec::new(),
            _home: house,
        };
        world.settle().await;
        for watcher in &watchers {
            world.watch(watcher).await;
        }
        let mut outlet = world.mosquitto.connect("listener").await;
        outlet.subscribe("out/#").await;
        world.outlet = Some(outlet);
        let ada = world.server.sign_in("ada").await;
        world.open_outlet(&ada).await;
        for credentials in &doors {
            let phone = Phone::connect(world.server.broker(), credentials).await;
            world.phones.push(phone);
        }
        for (owner, credentials) in &second {
            let slate = Phone::connect(world.server.broker(), credentials).await;
            world.slates.insert(*owner, slate);
        }
        let now = now_s();
        for owner in 0..OWNERS.len() {
            world.say(past(owner, now)).await;
        }
        world.alerted(&watchers[2]).await;
        world
    }

    /// Somebody wants to be told when anybody comes or goes anywhere.
    async fn watch(&self, token: &str) {
        let rule = json!({"friends": "all", "regions": "all", "channels": ["page"]});
        let made = self.server.post("/api/v1/alert-rules").bearer(token).json(&rule).send().await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    }

    /// Everybody was told of all that happened until now: the last who reports came home a few minutes ago, which is no old news.
    async fn alerted(&self, token: &str) {
        let last = OWNERS.len() - 1;
        let title = format!("{} arrived at {}", OWNERS[last].name, region_name(last, Place::Nest));
        eventually("the last alert", async || {
            let alerts = self.server.items("/api/v1/alerts", token).await;
            let is_last =
                |alert: &Value| alert["title"] == *title && alert["deliveries"][0]["state"] == "sent";
            alerts.iter().any(is_last).then_some(())
        })
        .await;
    }

    /// Somebody writes to all, and to one alone.
    async fn write(&self) {
        for (number, letter) in LETTERS.iter().enumerate() {
            let name = format!("00000000-0000-4000-8000-{number:012}");
            let (member, to) = letter.to;
            let body = json!({"client_id": name, "to": {member: to}, "text": letter.text});
            let sent = self.server.post("/api/v1/messages").bearer(&self.writer).json(&body).send().await;
            assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
        }
    }

    /// Draws the regions, and says what everybody says.
    async fn settle(&mut self) {
        let known = self.server.items("/api/v1/friends", &self.root).await;
        let id_of = |name: &str, pointer: &str| {
            let friend = known.iter().find(|friend| friend["name"] == name).expect("is there");
            friend.pointer(pointer).and_then(Value::as_str).expect("has an identifier").to_owned()
        };
        let phone_of = |name: &str| {
            let friend = known.iter().find(|friend| friend["name"] == name).expect("is there");
            let devices = friend["devices"].as_array().expect("is a list").iter();
            let mut phones = devices.filter(|device| device["name"] == "phone");
            let phone = phones.next().expect("has one");
            phone["id"].as_str().expect("has an identifier").to_owned()
        };
        self.ben = id_of("ben", "/id");
        let since = rfc3339(now_s() - super::rules::CONSENT * 60);
        let mut soon = 0;
        for (number, owner) in OWNERS.iter().enumerate() {
            let ((lat, lon), (far_lat, far_lon)) = (home(number), county(number));
            let nest = circle(&region_name(number, Place::Nest), lat, lon, NEST_M);
            let large = circle(&region_name(number, Place::County), far_lat, far_lon, COUNTY_M);
            let realm = circle(&format!("Realm of {}", owner.name), lat, lon, REALM_M);
            self.server.draw(&self.family, &realm).await;
            let ids = Ids {
                friend: id_of(owner.name, "/id"),
                device: phone_of(owner.name),
                nest: self.server.draw(&self.family, &nest).await,
                county: self.server.draw(&self.family, &large).await,
            };
            if owner.to_group != super::rules::Said::Everything {
                let body = owner.to_group.body(&ids.nest, &since, None);
                share(&self.server, &self.root, owner.name, "group", body.as_ref()).await;
            }
            if let Some(to_ben) = owner.to_ben {
                soon = now_s() + 10;
                let until = owner.expired.then(|| rfc3339(soon));
                let body = to_ben.body(&ids.nest, &since, until.as_deref());
                share(&self.server, &self.root, owner.name, "ben", body.as_ref()).await;
            }
            self.ids.push(ids);
        }
        let regions: Vec<&String> = self.ids.iter().flat_map(|ids| [&ids.nest, &ids.county]).collect();
        let bot = self.server.post("/api/v1/bots").bearer(&self.family);
        let made = bot.json(&json!({"name": "Robot", "regions": regions})).send().await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        made.json()["token"].as_str().expect("is told once").clone_into(&mut self.bot);
        eventually("what was for a time is over", async || (now_s() > soon).then_some(())).await;
    }

    /// The phones say something, each in its turn, to be retained.
    async fn say(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            let (below, message) = fact.message();
            let slate = self.slates.get_mut(&fact.owner).filter(|_| fact.slate);
            let speaker = slate.unwrap_or_else(|| &mut self.phones[fact.owner]);
            if fact.gone {
                speaker.publish(below, message).await;
            } else {
                speaker.retain(below, message).await;
            }
            self.facts.push(fact);
        }
    }

    /// Everybody but one shows nothing for a while, and reports; then most show themselves again, and report once more.
    /// Before that somebody writes.
    pub(crate) async fn go_on(&mut self) {
        self.write().await;
        for (number, owner) in OWNERS.iter().enumerate().filter(|(_, owner)| owner.pauses != Pauses::Never) {
            let path = format!("/api/v1/friends/{}/pause", self.ids[number].friend);
            let body = json!({"until": null, "quiet": owner.pauses == Pauses::Quiet});
            let answer = self.server.post(&path).bearer(&self.root).json(&body).send().await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        }
        let second = next_second().await;
        for number in (0..OWNERS.len()).filter(|number| OWNERS[*number].pauses != Pauses::Never) {
            self.say(present(number, When::Pause, second)).await;
        }
        self.paused = second..next_second().await;
        for (number, _) in OWNERS.iter().enumerate().filter(|(_, owner)| owner.pauses == Pauses::Over) {
            let path = format!("/api/v1/friends/{}/pause", self.ids[number].friend);
            let answer = self.server.ask(Method::DELETE, &path).bearer(&self.root).send().await;
            assert!(answer.status.is_success(), "{}", answer.text());
        }
        for turn in 0..4 {
            let second = next_second().await;
            let reports = |owner: &super::rules::Owner| owner.turn() == turn && !owner.silent;
            for number in (0..OWNERS.len()).filter(|number| reports(&OWNERS[*number])) {
                self.say(present(number, When::After, second)).await;
            }
        }
        let second = next_second().await;
        let hides = |owner: &super::rules::Owner| matches!(owner.pauses, Pauses::On | Pauses::Quiet);
        for number in (0..OWNERS.len()).filter(|number| hides(&OWNERS[*number])) {
            self.say(vec![super::rules::gone(number, second)]).await;
        }
        next_second().await;
    }

    /// Has everything that the family shows published at the other broker.
    async fn open_outlet(&self, cookie: &str) {
        let url = self.mosquitto.url();
        let fields = [
            ("id", ""),
            ("broker", &*url),
            ("base", "out"),
            ("positions", "yes"),
            ("transitions", "yes"),
            ("on", "yes"),
        ];
        let saved =
            self.server.post("/api/save_outlet").cookie(cookie).form(form_urlencoded(&fields)).send().await;
        assert!(saved.status.as_u16() < 400, "{}", saved.text());
    }

    /// A phone of the family that everybody of it hears.
    pub(crate) async fn bell(&self) -> Phone {
        Phone::connect(self.server.broker(), &self.ears[&("ada", "mouth")]).await
    }

    /// The same of the other group.
    pub(crate) async fn club_bell(&self) -> Phone {
        Phone::connect(self.server.broker(), &self.ears[&("eve", "mouth")]).await
    }

    /// A device of somebody who looks.
    pub(crate) fn ear(&self, name: &'static str, device: &'static str) -> &Credentials {
        &self.ears[&(name, device)]
    }
}
