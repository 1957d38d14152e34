//! The oracle of sharing: sixteen friends, each of whom shows themselves otherwise, live a life of places that nobody could mistake; then everything
//! the server ever says to anybody is read, byte by byte, and searched for what must not be there.
//!
//! What must not be there is said in [`rules`], which knows nothing of the program. Every way out of the server is a line in
//! [`surfaces`]. It fails when a single projection is taken away: `Sight::spot_of`, `fix`, `stays`, `transition`, `change`, `withhold`,
//! `hearsay`, the glimpses of a phone, the answers over HTTP, the outlet's viewer.

mod reading;
mod rules;
mod scan;
pub(crate) mod surfaces;
mod world;

use crate::support::{Console, Live, Phone, circle, in_time, location, now_s};
use reading::{
    Heard, Key, Reading, apart, heard_until, joined, posted, put_out, read_all, settled, split, subscribed,
    together, watched,
};
use rules::{Eyes, Fact, Look, OWNERS, Owner, Place, When};
use scan::Scan;
use std::collections::BTreeSet;
use surfaces::{COMES, CONSOLE, LIVE, OUTLET, POSTED, RETAINED, SURFACES, Surface, Way};
use world::{World, next_second, region_name};

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
        let (ears, lines, mark) = (Vec::new(), Vec::new(), now_s() - 20_000_000);
        let mut this = Self { ears, lines, console, outlet, bells, mark, readings: Vec::new() };
        this.take(ADMIN, looks(ADMIN, Eyes::Group), CONSOLE, format!("{recent:?}").into_bytes());
        for ((who, eyes), cookie) in LOOKERS.into_iter().zip(cookies) {
            let early = Look { early: true, ..looks(who, eyes) };
            let mut live = Live::of(&world.server, cookie).await;
            let first = serde_json::to_vec(&live.snapshot().await).expect("is JSON");
            this.take(who, early, LIVE, first);
            this.lines.push(live);
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
        let told = apart(said, ids);
        let hidden = OWNERS.iter().filter(|owner| !owner.may_tell_why(*look) && told.contains(owner.name));
        leaks.extend(hidden.map(|owner| format!("{head}: which devices of {} are with them", owner.name)));
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
    let newest = newest(facts);
    let shown = |who: &str, surface: &str| {
        let mut all = readings.iter().filter(|reading| reading.who == who && reading.surface == surface);
        all.any(|reading| Scan::of(&reading.said).has_point(newest))
    };
    for who in ["ben", "cid", "ada"] {
        for surface in ["/api/latest", "/api/v1/friends", "/api/v1/fixes?friend=control"]
            .into_iter()
            .chain([LIVE, COMES, RETAINED, POSTED].map(|surface| surface.path))
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

#[tokio::test]
async fn nobody_reads_anywhere_what_a_friend_does_not_show_them() {
    let mut world = World::new().await;
    let mut cookies = Vec::new();
    for (who, _) in LOOKERS {
        cookies.push(world.server.sign_in(who).await);
    }
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

    assert_read(&readings, &world);
    let leaks = judged(&readings, &world);
    let list: Vec<&str> = leaks.iter().map(String::as_str).collect();
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), list.join("\n"));
    let log = Scan::of(world.server.log().as_bytes());
    assert!(!world.facts.iter().any(|fact| log.has_point(fact)), "nor does the log say where anybody is");
}
