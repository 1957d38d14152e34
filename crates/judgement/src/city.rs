//! Where a friend lives: places, and the regions drawn around them.

use domain::{Details, GroupId, Name, Region, RegionId, Timestamp, geofence::Atlas};
use fastrand::Rng;
use geodesy::{Area, Circle, Point, Polygon};
use uuid::Uuid;

/// Metres east and north of the middle of the city.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// East.
    pub east_m: f64,
    /// North.
    pub north_m: f64,
}

impl Spot {
    /// So many metres further.
    #[must_use]
    pub fn plus(self, east_m: f64, north_m: f64) -> Self {
        Self { east_m: self.east_m + east_m, north_m: self.north_m + north_m }
    }

    /// As far along the way to another as the share says, 0 to 1.
    #[must_use]
    pub fn towards(self, other: Self, share: f64) -> Self {
        self.plus((other.east_m - self.east_m) * share, (other.north_m - self.north_m) * share)
    }

    /// Metres to another.
    pub fn distance_m(self, other: Self) -> f64 {
        (self.east_m - other.east_m).hypot(self.north_m - other.north_m)
    }
}

/// Somewhere to be.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its door.
    pub spot: Spot,
    /// What people do there.
    pub purpose: Purpose,
}

/// What people do in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Purpose {
    Home,
    Work,
    School,
    Shop,
    Sport,
    Friend,
    Cafe,
}

/// Places, and the regions around and between them.
#[derive(Debug)]
pub struct City {
    middle: Point,
    /// The first is the home, the second the work.
    pub places: Vec<Place>,
    /// For the machine.
    pub atlas: Atlas,
    /// The same, in order.
    pub regions: Vec<Region>,
}

const PURPOSES: [Purpose; 7] = [
    Purpose::Home,
    Purpose::Work,
    Purpose::School,
    Purpose::Shop,
    Purpose::Sport,
    Purpose::Friend,
    Purpose::Cafe,
];

impl City {
    /// A city; each fourth lies on the antimeridian, each fifth far in the north.
    pub fn new(dice: &mut Rng, number: u32) -> Self {
        let lon = if number % 4 == 3 { 179.999 } else { 16.37 };
        let lat = if number % 5 == 4 { 69.6 } else { 48.2 };
        let middle = Point::new(lat, lon).unwrap_or_else(|_no_point| unreachable!("these are on the Earth"));
        let mut city = Self { middle, places: Vec::new(), atlas: Atlas::default(), regions: Vec::new() };
        for purpose in PURPOSES {
            let spot = city.room(dice, purpose);
            city.places.push(Place { spot, purpose });
            // The door is seldom in the very middle.
            let radius_m: f64 = [50.0, 80.0, 100.0, 150.0, 250.0][dice.usize(0..5)];
            let off_m = (radius_m - 35.0_f64).min(60.0) * dice.f64();
            let centre = moved(spot, off_m, dice);
            city.draw(dice, centre, radius_m);
            if matches!(purpose, Purpose::Home | Purpose::Work | Purpose::Cafe) {
                // A neighbour 70 m from edge to edge, where nobody ever goes.
                let other_m = [50.0, 80.0, 100.0][dice.usize(0..3)];
                let neighbour = moved(centre, radius_m + 70.0 + other_m, dice);
                city.circle(neighbour, other_m);
            }
        }
        // A whole district, with the work inside.
        let district = moved(city.places[1].spot, 900.0, dice);
        city.circle(district, 2000.0);
        city.atlas = Atlas::new(city.regions.clone());
        city
    }

    /// The place on the Earth.
    pub fn point(&self, spot: Spot) -> Point {
        let bearing = spot.east_m.atan2(spot.north_m).to_degrees();
        self.middle.destination(bearing, spot.east_m.hypot(spot.north_m))
    }

    /// Somewhere for a place, away from those there are.
    fn room(&self, dice: &mut Rng, purpose: Purpose) -> Spot {
        loop {
            let spot = match (purpose, self.places.get(1)) {
                (Purpose::Cafe, Some(work)) => moved(work.spot, 500.0 + dice.f64() * 500.0, dice),
                _ => Spot { east_m: dice.f64() * 12_000.0 - 6000.0, north_m: dice.f64() * 12_000.0 - 6000.0 },
            };
            if self.places.iter().all(|place| place.spot.distance_m(spot) > 480.0) {
                return spot;
            }
        }
    }

    fn draw(&mut self, dice: &mut Rng, centre: Spot, radius_m: f64) {
        if dice.u8(0..3) > 0 {
            return self.circle(centre, radius_m);
        }
        // A block with a corner cut off.
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 0.4), (0.4, 1.0), (-1.0, 1.0)];
        let points = corners.map(|(east, north)| self.point(centre.plus(east * radius_m, north * radius_m)));
        if let Ok(polygon) = Polygon::new(points.to_vec()) {
            self.add(polygon.into());
        }
    }

    fn circle(&mut self, centre: Spot, radius_m: f64) {
        if let Ok(circle) = Circle::new(self.point(centre), radius_m) {
            self.add(circle.into());
        }
    }

    fn add(&mut self, area: Area) {
        let number = self.regions.len();
        let Ok(name) = Name::new(&format!("Region {number}")) else { return };
        self.regions.push(Region {
            id: RegionId::new(Uuid::from_u128(number as u128 + 1)),
            group: GroupId::new(Uuid::from_u128(1)),
            name,
            area,
            demo: false,
            changed_at: Timestamp::from_millis(0),
            details: Details::default(),
        });
    }
}

/// So many metres in a direction that the dice choose.
pub fn moved(spot: Spot, metres: f64, dice: &mut Rng) -> Spot {
    let (sin, cos) = (dice.f64() * std::f64::consts::TAU).sin_cos();
    spot.plus(cos * metres, sin * metres)
}
