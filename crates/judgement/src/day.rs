//! Where a friend truly is, second by second, and which regions that is in.

use crate::city::{City, Purpose, Spot, moved};
use domain::RegionId;
use fastrand::Rng;

/// How one stretch of time is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// In a building.
    Indoors,
    /// On foot or by bicycle.
    Walking,
    /// By car or bus.
    Driving,
    /// By train, under the ground: no report gets out.
    Underground,
}

/// A stretch of the path, walked evenly.
#[derive(Clone, Copy, Debug)]
struct Leg {
    from_s: u32,
    to_s: u32,
    from: Spot,
    to: Spot,
    doing: Doing,
}

/// Where somebody is at every second of some days.
#[derive(Debug)]
pub struct Path {
    legs: Vec<Leg>,
}

/// One true stay in one region. Borders are whole seconds; the first may have begun before the first day.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// Where.
    pub region: RegionId,
    /// The first second inside.
    pub from_s: u32,
    /// The first second outside again.
    pub to_s: u32,
}

const DAY_S: u32 = 86_400;

impl Path {
    /// Some days of somebody.
    pub fn new(dice: &mut Rng, city: &City, days: u32) -> Self {
        let home = city.places[0].spot;
        let mut walk = Walk { legs: Vec::new(), now_s: 0, here: home };
        for day in 0..days {
            let morning = day * DAY_S + 6 * 3600 + dice.u32(0..7200);
            walk.stay_until(morning, dice);
            if day % 7 < 5 {
                walk.working_day(dice, city, day);
            } else {
                walk.free_day(dice, city, day);
            }
            walk.stay_until(day * DAY_S + 21 * 3600, dice);
            if dice.u8(0..3) == 0 {
                walk.round(dice);
            }
        }
        walk.stay_until(days * DAY_S, dice);
        Self { legs: walk.legs }
    }

    /// Up to which second it goes.
    pub fn end_s(&self) -> u32 {
        self.legs.last().map_or(0, |leg| leg.to_s)
    }

    /// Every second with where somebody is and what they do.
    pub fn seconds(&self) -> impl Iterator<Item = (u32, Spot, Doing)> + '_ {
        self.legs.iter().flat_map(|leg| {
            let length = f64::from((leg.to_s - leg.from_s).max(1));
            (leg.from_s..leg.to_s).map(move |second| {
                (second, leg.from.towards(leg.to, f64::from(second - leg.from_s) / length), leg.doing)
            })
        })
    }
}

/// The stays that a path makes of a city's regions, in the order in which they begin.
pub fn visits(city: &City, path: &Path) -> Vec<Visit> {
    let mut since: Vec<Option<u32>> = vec![None; city.regions.len()];
    let mut visits = Vec::new();
    let mut last: Option<(Spot, Doing)> = None;
    for (second, spot, doing) in path.seconds() {
        // Nothing crosses an edge that does not move.
        if last.is_some_and(|(before, _)| before == spot) {
            continue;
        }
        last = Some((spot, doing));
        let point = city.point(spot);
        for (region, since) in city.regions.iter().zip(&mut since) {
            let inside = region.area.bounding_box().contains(point) && region.area.contains(point);
            match (inside, *since) {
                (true, None) => *since = Some(second),
                (false, Some(from_s)) => {
                    visits.push(Visit { region: region.id, from_s, to_s: second });
                    *since = None;
                }
                _ => {}
            }
        }
    }
    let ongoing =
        city.regions.iter().zip(since).filter_map(|(region, since)| {
            Some(Visit { region: region.id, from_s: since?, to_s: path.end_s() })
        });
    visits.extend(ongoing);
    visits.sort_by_key(|visit| (visit.from_s, visit.region));
    visits
}

/// A path being made.
struct Walk {
    legs: Vec<Leg>,
    now_s: u32,
    here: Spot,
}

impl Walk {
    fn working_day(&mut self, dice: &mut Rng, city: &City, day: u32) {
        let at = |hour: f64| day * DAY_S + whole(hour * 3600.0);
        if dice.u8(0..3) == 0 {
            self.go(dice, spot_of(city, Purpose::School));
            self.stay(dice, 6 * 60, 15 * 60);
        }
        self.go(dice, spot_of(city, Purpose::Work));
        self.stay_until(at(12.0 + dice.f64()), dice);
        if dice.u8(0..2) == 0 {
            self.go(dice, spot_of(city, Purpose::Cafe));
            self.stay(dice, 15 * 60, 50 * 60);
            self.go(dice, spot_of(city, Purpose::Work));
        }
        self.stay_until(at(16.0 + dice.f64() * 2.0), dice);
        if dice.u8(0..2) == 0 {
            self.go(dice, spot_of(city, Purpose::Shop));
            self.stay(dice, 6 * 60, 40 * 60);
        }
        self.go(dice, city.places[0].spot);
        if dice.u8(0..3) == 0 && self.now_s < at(19.0) {
            self.stay(dice, 1200, 3600);
            self.go(dice, spot_of(city, Purpose::Sport));
            self.stay(dice, 50 * 60, 90 * 60);
            self.go(dice, city.places[0].spot);
        }
    }

    fn free_day(&mut self, dice: &mut Rng, city: &City, day: u32) {
        let evening = day * DAY_S + 19 * 3600;
        self.stay(dice, 3600, 4 * 3600);
        for purpose in [Purpose::Shop, Purpose::Sport, Purpose::Friend, Purpose::Cafe] {
            if dice.u8(0..2) == 0 && self.now_s < evening {
                self.go(dice, spot_of(city, purpose));
                self.stay(dice, 6 * 60, 150 * 60);
            }
        }
        self.go(dice, city.places[0].spot);
    }

    /// Out for a walk round some blocks, and back.
    fn round(&mut self, dice: &mut Rng) {
        let start = self.here;
        let away_m = 250.0 + dice.f64() * 600.0;
        let (first, second) = (moved(start, away_m, dice), moved(start, away_m, dice));
        for corner in [first, second, start] {
            self.walk_to(corner, 1.1 + dice.f64() * 0.5, Doing::Walking);
        }
    }

    fn go(&mut self, dice: &mut Rng, to: Spot) {
        let away_m = self.here.distance_m(to);
        let rail = away_m > 3000.0 && dice.u8(0..3) == 0;
        if away_m < 1200.0 {
            self.along(to, 1.4, Doing::Walking, dice);
        } else if away_m < 3000.0 && dice.bool() {
            self.along(to, 4.5, Doing::Walking, dice);
        } else if rail {
            let (down, up) = (self.here.towards(to, 0.15), self.here.towards(to, 0.85));
            self.along(down, 1.5 + dice.f64() * 3.0, Doing::Walking, dice);
            self.pause(dice, 120, 600, Doing::Walking);
            self.walk_to(up, 14.0, Doing::Underground);
            self.along(to, 1.5 + dice.f64() * 3.0, Doing::Walking, dice);
        } else {
            self.along(to, 8.0 + dice.f64() * 6.0, Doing::Driving, dice);
        }
    }

    /// Along streets: east and west, north and south, with lights to wait at.
    fn along(&mut self, to: Spot, metres_a_second: f64, doing: Doing, dice: &mut Rng) {
        while self.here.distance_m(to) > 1.0 {
            let (east_m, north_m) = (to.east_m - self.here.east_m, to.north_m - self.here.north_m);
            let block_m = 150.0 + dice.f64() * 350.0;
            let next = if east_m.abs() > north_m.abs() {
                self.here.plus(east_m.clamp(-block_m, block_m), 0.0)
            } else {
                self.here.plus(0.0, north_m.clamp(-block_m, block_m))
            };
            self.walk_to(next, metres_a_second, doing);
            if dice.u8(0..3) == 0 {
                self.pause(dice, 5, 45, doing);
            }
        }
    }

    fn walk_to(&mut self, to: Spot, metres_a_second: f64, doing: Doing) {
        let seconds = whole(self.here.distance_m(to) / metres_a_second).max(1);
        self.leg(to, seconds, doing);
        self.here = to;
    }

    fn pause(&mut self, dice: &mut Rng, least_s: u32, most_s: u32, doing: Doing) {
        self.leg(self.here, dice.u32(least_s..most_s), doing);
    }

    fn stay(&mut self, dice: &mut Rng, least_s: u32, most_s: u32) {
        let until = self.now_s + dice.u32(least_s..most_s);
        self.stay_until(until, dice);
    }

    /// Some steps about the house now and then.
    fn stay_until(&mut self, until_s: u32, dice: &mut Rng) {
        let door = self.here;
        while self.now_s + 60 < until_s {
            let rest = dice.u32(300..3600).min(until_s - self.now_s - 30);
            let chair = moved(door, dice.f64() * 8.0, dice);
            self.walk_to(chair, 1.0, Doing::Indoors);
            self.leg(chair, rest, Doing::Indoors);
        }
        if self.now_s < until_s {
            self.leg(door, until_s - self.now_s, Doing::Indoors);
        }
        self.here = door;
    }

    fn leg(&mut self, to: Spot, seconds: u32, doing: Doing) {
        let from = self.here;
        self.legs.push(Leg { from_s: self.now_s, to_s: self.now_s + seconds, from, to, doing });
        self.now_s += seconds;
        self.here = to;
    }
}

fn spot_of(city: &City, purpose: Purpose) -> Spot {
    let place = city.places.iter().find(|place| place.purpose == purpose);
    place.map_or(city.places[0].spot, |place| place.spot)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a day")]
fn whole(seconds: f64) -> u32 {
    seconds.max(0.0) as u32
}
