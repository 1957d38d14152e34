//! The oracle of sharing: sixteen friends, each of whom shows themselves otherwise, live a life of places that nobody could mistake; then everything
//! the server ever says to anybody is read, byte by byte, and searched for what must not be there.
//!
//! What must not be there is said in [`rules`], which knows nothing of the program. Every way out of the server is a line in
//! [`surfaces`]. It fails when a single projection is taken away: `Sight::spot_of`, `fix`, `stays`, `online`, `transition`, `change`, `withhold`,
//! `hearsay`, `tells_of`, the glimpses of a phone, the answers over HTTP, the outlet's viewer.

mod reading;
mod rules;
mod scan;
pub(crate) mod surfaces;
mod world;

use crate::support::{Console, Events, Live, Phone, circle, in_time, location, now_s};
use http::header;
use reading::{
    Heard, Key, Reading, alerted, apart, heard_until, joined, listened, online, posted, put_out, read_all,
    settled, split, subscribed, together, watched,
};
use rules::{Eyes, Fact, LETTERS, Look, OWNERS, Owner, Place, When};
use scan::Scan;
use std::collections::BTreeSet;
use surfaces::{COMES, CONSOLE, EVENTS, LIVE, OUTLET, POSTED, RETAINED, SURFACES, Surface, Way};
use world::{Ids, World, next_second, region_name};

/// Who looks, by which name. All of them but the last listen with devices, too.
const LOOKERS: [(&str, Eyes); 5] = [
    ("ben", Eyes::Ben),
    ("cid", Eyes::Group),
    ("ada", Eyes::Group),
    ("eve", Eyes::Stranger),
    ("street", Eyes::Owner("street")),
];
const LISTENERS: usize = 4;
/// Of them, who is an admin of the group.
const ADMIN: &str = "ada";
/// Where nobody ever is.
const NOWHERE: (f64, f64) = (10.0, 10.0);

/// Somebody who looks when all has happened.
fn looks(who: &str, eyes: Eyes) -> Look {
    Look { eyes, early: false, raw: who == ADMIN }
}

/// Something that both groups hear, by which one knows that all before it has been heard.
struct Bells {
    family: Phone,
    club: Phone,
}

impl Bells {
    async fn ring(&mut self, mark: i64) {
        for bell in [&mut self.family, &mut self.club] {
            bell.publish("", location(mark, NOWHERE.0, NOWHERE.1)).await;
        }
    }
}

/// Those who listen while things happen.
struct Listening {
    ears: Vec<Phone>,
    lines: Vec<Live>,
    events: Vec<Events>,
    /// The cursor of the bot.
    after: String,
    console: Console,
    outlet: Phone,
    bells: Bells,
    /// What the bells ring: a second that nothing else has.
    mark: i64,
    readings: Vec<Reading>,
}

impl Listening {
    fn take(&mut self, who: &'static str, look: Look, surface: Surface, said: Vec<u8>) {
        let look = Look { raw: look.raw && surface.raw, ..look };
        self.readings.push(Reading { who, look, surface: surface.path.to_owned(), said });
    }

    /// What began before the pauses, and may have told of who pauses until then.
    fn take_both(&mut self, who: &'static str, look: Look, surface: Surface, said: &Heard) {
        let (early, late) = split(said);
        self.take(who, Look { early: true, ..look }, surface, early);
        self.take(who, look, surface, late);
    }

    /// Everybody begins to listen, and hears how things are before anybody pauses.
    async fn begin(world: &mut World, cookies: &[String]) -> Self {
        let outlet = world.outlet.take().expect("listens");
        let (console, recent) = Console::of(&world.server, &cookies[2], ("", "")).await;
        let bells = Bells { family: world.bell().await, club: world.club_bell().await };
        let (ears, lines, events, mark) = (Vec::new(), Vec::new(), Vec::new(), now_s() - 20_000_000);
        let after = world.server.json("/api/v1/events/next", &world.bot).await;
        let after = after["after"].as_str().expect("is a cursor").to_owned();
        let readings = Vec::new();
        let mut this = Self { ears, lines, events, after, console, outlet, bells, mark, readings };
        this.take(ADMIN, looks(ADMIN, Eyes::Group), CONSOLE, format!("{recent:?}").into_bytes());
        for ((who, eyes), cookie) in LOOKERS.into_iter().zip(cookies) {
            let early = Look { early: true, ..looks(who, eyes) };
            let mut live = Live::of(&world.server, cookie).await;
            let first = serde_json::to_vec(&live.snapshot().await).expect("is JSON");
            this.take(who, early, LIVE, first);
            this.lines.push(live);
            let by_cookie = [(header::COOKIE, &**cookie)];
            this.events.push(Events::open(&world.server, &by_cookie, None).await.expect("it opens"));
            if this.ears.len() < LISTENERS {
                let mut ear = subscribed(world, who, "ear").await;
                this.bells.ring(this.mark).await;
                let said = heard_until(&mut ear, this.mark).await;
                this.take(who, early, RETAINED, joined(&said));
                this.ears.push(ear);
                let said = posted(world, who).await;
                this.take(who, early, POSTED, said);
                this.mark += 1;
            }
        }
        this
    }

    /// Everybody has heard what happened, and what is there for who comes later.
    async fn end(mut self, world: &World) -> Vec<Reading> {
        self.mark += 1;
        self.bells.ring(self.mark).await;
        let mark = self.mark.to_string();
        let mut lines: Vec<String> = Vec::new();
        let came = in_time("the mark on the console", async {
            while !lines.last().is_some_and(|line| line.contains(&mark)) {
                let news = self.console.next().await.expect("the console stays").expect("it is no error");
                lines.push(format!("{news:?}"));
            }
        });
        came.await;
        self.take(ADMIN, looks(ADMIN, Eyes::Group), CONSOLE, lines.join("\n").into_bytes());
        for ((who, eyes), mut ear) in LOOKERS.into_iter().zip(std::mem::take(&mut self.ears)) {
            let look = looks(who, eyes);
            let said = heard_until(&mut ear, self.mark).await;
            self.take_both(who, look, COMES, &said);
            let mut late = subscribed(world, who, "late").await;
            self.bells.ring(self.mark + 1).await;
            let said = heard_until(&mut late, self.mark + 1).await;
            self.take(who, look, RETAINED, joined(&said));
            let said = posted(world, who).await;
            self.take(who, look, POSTED, said);
        }
        for ((who, eyes), mut events) in LOOKERS.into_iter().zip(std::mem::take(&mut self.events)) {
            let said = in_time("the mark among the events", listened(&mut events, self.mark)).await;
            self.take(who, looks(who, eyes), EVENTS, said);
        }
        let told = format!("/api/v1/events/next?wait_s=0&after={}", self.after);
        let told = world.server.json(&told, &world.bot).await["events"].to_string();
        self.take("a bot", looks("a bot", Eyes::Bot), EVENTS, told.into_bytes());
        let newest = newest(&world.facts).second;
        let (said, stands) = put_out(&world.mosquitto, &mut self.outlet, newest).await;
        let look = looks("an outlet", Eyes::Group);
        self.take_both("an outlet", look, OUTLET, &said);
        self.take("an outlet", look, OUTLET, joined(&stands));
        for (token, name) in [(&world.family, "Mark of all"), (&world.club, "Mark of the club")] {
            world.server.draw(token, &circle(name, 1.0, 1.0, 100.0)).await;
        }
        for ((who, eyes), mut live) in LOOKERS.into_iter().zip(std::mem::take(&mut self.lines)) {
            let mark = if eyes == Eyes::Stranger { "Mark of the club" } else { "Mark of all" };
            let said = in_time("the region on the live line", watched(&mut live, mark)).await;
            self.take(who, looks(who, eyes), LIVE, said);
        }
        self.readings
    }
}

/// The newest that the friend who shows everything said.
fn newest(facts: &[Fact]) -> &Fact {
    facts.iter().find(|fact| fact.owner == 0 && fact.when == When::After).expect("was said")
}

/// Everything that somebody read and must not have read, in words.
fn judged(readings: &[Reading], World { facts, ids, paused, .. }: &World) -> BTreeSet<String> {
    let mut leaks = BTreeSet::new();
    for Reading { who, look, surface, said } in readings {
        let head = format!("{who} at {surface}{}", if look.early { ", before" } else { "" });
        leaks.extend(Scan::of(said).leaks(*look, facts).into_iter().map(|leak| format!("{head}: {leak}")));
        // When a position came tells that the phone spoke then.
        let asked = |owner: &&Owner| surface.starts_with(&format!("/api/v1/fixes?friend={}", owner.name));
        let hides = OWNERS.iter().find(asked).is_some_and(|owner| owner.hides_pauses(*look));
        if hides && Scan::of(said).has_any_second(paused.clone()) {
            leaks.insert(format!("{head}: that something came in the pause"));
        }
        let explained = settled(said, ids);
        let hidden =
            OWNERS.iter().filter(|owner| !owner.may_tell_why(*look) && explained.contains(owner.name));
        leaks.extend(
            hidden.map(|owner| format!("{head}: by what {} is told to have come or gone", owner.name)),
        );
        let told = online(said, ids);
        let hidden = OWNERS.iter().filter(|owner| !owner.may_tell_online(*look) && told.contains(owner.name));
        leaks.extend(hidden.map(|owner| format!("{head}: that {} is online", owner.name)));
        for (number, place) in alerted(said) {
            let owner = &OWNERS[number];
            if !owner.may_tell_region(*look, place) {
                let region = region_name(number, place);
                leaks.insert(format!("{head}: {} is told to have come to {region}, or gone", owner.name));
            }
        }
        let text = String::from_utf8_lossy(said);
        let others = LETTERS.iter().filter(|letter| !letter.readers.contains(who));
        let found = others.filter(|letter| text.contains(letter.text));
        leaks.extend(found.map(|letter| format!("{head}: the letter {:?}", letter.text)));
        for (friend, region) in together(surface, said, ids) {
            for (number, owner) in OWNERS.iter().enumerate().filter(|(_, owner)| owner.name == friend) {
                for place in [Place::Nest, Place::County] {
                    if region == region_name(number, place) && !owner.may_tell_region(*look, place) {
                        leaks.insert(format!("{head}: {friend} is told to be in {region}"));
                    }
                }
            }
        }
    }
    leaks
}

/// What is there has been read at all: else nothing of this would prove anything.
fn assert_read(readings: &[Reading], World { facts, ids, .. }: &World) {
    for surface in SURFACES.iter().filter(|surface| surface.way == Way::Line) {
        assert!(readings.iter().any(|reading| reading.surface == surface.path), "{surface:?} is listened to");
    }
    let root: Vec<Scan> = readings
        .iter()
        .filter(|reading| reading.look.eyes == Eyes::Server)
        .map(|reading| Scan::of(&reading.said))
        .collect();
    for fact in facts {
        let found = match &fact.word {
            None => root.iter().any(|scan| scan.has_point(fact) && scan.has_second(fact.second)),
            Some(_) => root.iter().any(|scan| scan.has_word(fact)),
        };
        assert!(found, "whoever sees everything finds {fact:?}");
        let stays = fact.stay_s == 0 || root.iter().any(|scan| scan.has_stay(fact));
        assert!(stays, "and how long they were there: {fact:?}");
    }
    let presence = "/api/v1/presence";
    let by_root = |reading: &&Reading| reading.look.eyes == Eyes::Server && reading.surface == presence;
    let said = &readings.iter().find(by_root).expect("was asked").said;
    let told = together(presence, said, ids);
    for (number, owner) in OWNERS.iter().enumerate() {
        let there = (owner.name.to_owned(), region_name(number, Place::Nest));
        assert!(told.contains(&there), "whoever sees everything is told {there:?}");
    }
    let all = "/api/v1/transitions";
    let by_root = |reading: &&Reading| reading.look.eyes == Eyes::Server && reading.surface == all;
    let told = settled(&readings.iter().find(by_root).expect("was asked").said, ids);
    assert!(OWNERS.iter().all(|owner| told.contains(owner.name)), "and by what they came and went: {told:?}");
    assert_online(readings, ids);
    assert_told(readings);
    let newest = newest(facts);
    let shown = |who: &str, surface: &str| {
        let mut all = readings.iter().filter(|reading| reading.who == who && reading.surface == surface);
        all.any(|reading| Scan::of(&reading.said).has_point(newest))
    };
    for who in ["ben", "cid", "ada"] {
        for surface in ["/api/latest", "/api/v1/friends", "/api/v1/fixes?friend=control"]
            .into_iter()
            .chain([LIVE, EVENTS, COMES, RETAINED, POSTED].map(|surface| surface.path))
        {
            assert!(shown(who, surface), "{who} sees who shows everything at {surface}");
        }
    }
    let lies = |reading: &&Reading| reading.who == "ben" && reading.surface == "/api/latest";
    let latest = readings.iter().find(lies).expect("was asked");
    assert!(apart(&latest.said, ids).contains("control"), "a device that lies elsewhere is told of");
    assert!(shown("an outlet", OUTLET.path), "an outlet has who shows everything");
    let mut told = readings.iter().filter(|reading| reading.surface == OUTLET.path);
    let left = facts.iter().find(|fact| fact.owner == 0 && fact.when == When::Past && fact.crossing);
    let left = left.expect("was said").second;
    let tells =
        |reading: &Reading| [left, left + 60].iter().any(|at| Scan::of(&reading.said).has_second(*at));
    assert!(told.any(tells), "and their comings and goings");
    assert!(shown(ADMIN, CONSOLE.path), "an admin reads messages of who shows everything");
}

/// Who wants to be told of everybody is told of those who show it, and reads what was written to them.
fn assert_told(readings: &[Reading]) {
    let read = |who: &str, surface: &str| -> Vec<&Reading> {
        readings.iter().filter(|reading| reading.who == who && reading.surface == surface).collect()
    };
    let shown = |name: &str| OWNERS.iter().position(|owner| owner.name == name).expect("is one");
    for surface in ["/alerts", "/api/alerts_shown", "/api/v1/alerts", "/api/v1/alerts?limit=500"] {
        let told: BTreeSet<_> =
            read("ben", surface).iter().flat_map(|reading| alerted(&reading.said)).collect();
        assert!(told.contains(&(shown("silent"), Place::Nest)), "ben at {surface}: {told:?}");
    }
    for who in ["ben", "cid", "ada", "street"] {
        let all = read(who, "/api/v1/alerts?limit=500");
        let told: BTreeSet<_> = all.iter().flat_map(|reading| alerted(&reading.said)).collect();
        for (name, place) in [
            ("control", Place::Nest),
            ("control", Place::County),
            ("names", Place::County),
            ("inside", Place::Nest),
        ] {
            assert!(told.contains(&(shown(name), place)), "{who} of {name} and {place:?}: {told:?}");
        }
    }
    for letter in &LETTERS {
        for who in letter.readers {
            for surface in [LIVE.path, EVENTS.path, "/api/v1/messages/new"] {
                let mut all = read(who, surface).into_iter();
                let found = all.any(|reading| String::from_utf8_lossy(&reading.said).contains(letter.text));
                assert!(found, "{who} at {surface}: {:?}", letter.text);
            }
        }
    }
}

/// Who has a page open is told to be online to whom they show something of now, everywhere where that can be said.
fn assert_online(readings: &[Reading], ids: &[Ids]) {
    for (who, surface) in [
        ("root", "/api/v1/friends"),
        ("ben", "/api/v1/friends"),
        ("ben", "/api/latest"),
        ("ben", LIVE.path),
        ("ben", EVENTS.path),
    ] {
        let read: Vec<&Reading> =
            readings.iter().filter(|reading| reading.who == who && reading.surface == surface).collect();
        let told: BTreeSet<String> = read.iter().flat_map(|reading| online(&reading.said, ids)).collect();
        for owner in OWNERS.iter().filter(|owner| owner.signs_in) {
            let may = read.iter().any(|reading| owner.may_tell_online(reading.look));
            assert_eq!(told.contains(owner.name), may, "{who} at {surface} of {}: {told:?}", owner.name);
        }
    }
}

/// Those of the friends who sign in open a page, and leave it open.
async fn pages(world: &World) -> Vec<Live> {
    let mut pages = Vec::new();
    for owner in OWNERS.iter().filter(|owner| owner.signs_in) {
        let mut page = Live::of(&world.server, &world.server.sign_in(owner.name).await).await;
        page.snapshot().await;
        pages.push(page);
    }
    pages
}

#[tokio::test]
async fn nobody_reads_anywhere_what_a_friend_does_not_show_them() {
    let mut world = World::new().await;
    let mut cookies = Vec::new();
    for (who, _) in LOOKERS {
        cookies.push(world.server.sign_in(who).await);
    }
    let pages = pages(&world).await;
    let listening = Listening::begin(&mut world, &cookies).await;
    next_second().await;
    world.go_on().await;
    let mut readings = listening.end(&world).await;
    for ((who, eyes), cookie) in LOOKERS.into_iter().zip(&cookies) {
        read_all(&world, (who, looks(who, eyes)), Key::Cookie(cookie), &mut readings).await;
    }
    let nobody = looks("nobody", Eyes::Stranger);
    read_all(&world, ("nobody", nobody), Key::None, &mut readings).await;
    let root = looks("root", Eyes::Server);
    read_all(&world, ("root", root), Key::Token(&world.root), &mut readings).await;
    let bot = looks("a bot", Eyes::Bot);
    read_all(&world, ("a bot", bot), Key::Token(&world.bot), &mut readings).await;

    drop(pages);
    assert_read(&readings, &world);
    let leaks = judged(&readings, &world);
    let list: Vec<&str> = leaks.iter().map(String::as_str).collect();
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), list.join("\n"));
    let log = Scan::of(world.server.log().as_bytes());
    assert!(!world.facts.iter().any(|fact| log.has_point(fact)), "nor does the log say where anybody is");
}
