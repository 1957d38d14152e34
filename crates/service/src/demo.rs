//! Made-up friends for a demonstration: they walk rounds through a town, report like phones do, and go in one step.
//!
//! Where each of them is follows from the time alone, so a restart changes nothing.

use crate::{
    Error, Inbound, Principal, RegionDraft, Service, command::Command, id, inbound::DeviceAccount,
    request::some_admin,
};
use domain::{Door, FriendId, Name, Region, RegionId, Timestamp, Viewer};
use geodesy::{Area, Circle, Point};
use owntracks::{Epoch, Location, Message};

/// How many minutes of the past are made up at the start, so that there is a history to look at.
const PAST_MINUTES: i64 = 180;
/// How far each is behind the one before, so that they do not set out together.
const OFFSET_MINUTES: i64 = 13;
/// What the made-up phones are called.
const DEVICE: &str = "phone";

struct Place {
    name: &'static str,
    lat: f64,
    lon: f64,
    radius_m: f64,
}

const HOME: Place = Place { name: "Home", lat: 46.9519, lon: 7.4386, radius_m: 120.0 };
const SCHOOL: Place = Place { name: "School", lat: 46.9562, lon: 7.4512, radius_m: 150.0 };
const OFFICE: Place = Place { name: "Office", lat: 46.9447, lon: 7.4253, radius_m: 140.0 };
const RIVER: Place = Place { name: "River", lat: 46.9398, lon: 7.4470, radius_m: 180.0 };

/// A stop on a round: where, how many minutes there, and how many on the way to the next.
type Stop = (&'static Place, i64, i64);

struct Walker {
    name: &'static str,
    tid: &'static str,
    round: &'static [Stop],
    battery_pct: u8,
}

const WALKERS: [Walker; 5] = [
    Walker {
        name: "Mira",
        tid: "MI",
        round: &[(&HOME, 14, 9), (&OFFICE, 25, 10), (&RIVER, 8, 12)],
        battery_pct: 83,
    },
    Walker { name: "Jonas", tid: "JO", round: &[(&SCHOOL, 22, 8), (&HOME, 12, 8)], battery_pct: 41 },
    Walker {
        name: "Lea",
        tid: "LE",
        // Lea carries letters and never rests, so there is always somebody to see moving.
        round: &[(&RIVER, 0, 11), (&SCHOOL, 0, 9), (&HOME, 0, 12)],
        battery_pct: 19,
    },
    Walker { name: "Tariq", tid: "TA", round: &[(&OFFICE, 31, 13), (&HOME, 17, 13)], battery_pct: 67 },
    Walker { name: "Oma Rosa", tid: "OR", round: &[(&HOME, 55, 10), (&RIVER, 12, 10)], battery_pct: 94 },
];

impl Walker {
    /// Where this one is at a moment, and how fast in km/h.
    fn whereabouts(&self, at: Timestamp, offset_min: i64) -> Option<(Point, f64)> {
        let minute = 60_000;
        let round: i64 = self.round.iter().map(|(_, stay, way)| (stay + way) * minute).sum();
        let mut into = at.plus_millis(offset_min * minute).as_millis().rem_euclid(round);
        for (index, (place, stay, way)) in self.round.iter().enumerate() {
            let (next, _, _) = self.round.get((index + 1) % self.round.len())?;
            let (from, to) = (place.point()?, next.point()?);
            if into < stay * minute {
                // People at a place are not at its centre, nor all on one spot.
                let bearing = f64::from(u32::try_from(offset_min).ok()? * 67 % 360);
                return Some((from.destination(bearing, place.radius_m * 0.35), 0.0));
            }
            into -= stay * minute;
            if into < way * minute {
                #[expect(clippy::cast_precision_loss, reason = "minutes in milliseconds are far below 2^53")]
                let part = into as f64 / (way * minute) as f64;
                let (distance, bearing) = (from.distance_m(to), from.bearing_deg(to));
                // Streets are not straight.
                let bend = (part * std::f64::consts::TAU).sin() * 70.0;
                let point = from.destination(bearing, distance * part).destination(bearing + 90.0, bend);
                #[expect(clippy::cast_precision_loss, reason = "a few minutes")]
                let kmh = distance / 1000.0 / (*way as f64 / 60.0);
                return Some((point, kmh));
            }
            into -= way * minute;
        }
        None
    }
}

impl Place {
    fn point(&self) -> Option<Point> {
        Point::new(self.lat, self.lon).ok()
    }
}

impl Service {
    /// Whether made-up friends are there, as far as the viewer may know.
    pub fn has_demo(&self, viewer: &Viewer) -> bool {
        let board = self.shared.board();
        board.friends.values().any(|on_board| on_board.friend.demo && viewer.may_see(&on_board.friend))
    }

    /// Adds the made-up friends and their regions, with some hours of history. That they are there already is fine.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; when the database fails.
    pub async fn add_demo(&self, by: &Viewer) -> Result<(), Error> {
        some_admin(by)?;
        let _one_at_a_time = self.shared.demo.lock().await;
        if self.has_demo(by) {
            return Ok(());
        }
        let now = self.shared.now();
        let group = self.group_for(by, None).await?;
        for place in [&HOME, &SCHOOL, &OFFICE, &RIVER] {
            let centre = place.point().ok_or(Error::NotFound("place"))?;
            let area = Circle::new(centre, place.radius_m)
                .map_err(|why| Error::invalid("radius", why.to_string()))?;
            let draft = RegionDraft { name: place.name.into(), area: Area::Circle(area), details: None };
            let name = Name::new(&draft.name).map_err(Error::name("name"))?;
            let id = RegionId::new(id::new(now));
            let region = Region {
                id,
                group,
                name,
                area: draft.area,
                demo: true,
                changed_at: now.plus_millis(-PAST_MINUTES * 60_000),
                details: domain::Details::default(),
            };
            self.command(|reply| Command::PutRegion { region, reply }).await?;
        }
        for walker in &WALKERS {
            let free =
                (1..).map(|n| if n == 1 { walker.name.to_owned() } else { format!("{} {n}", walker.name) });
            let taken = |name: &String| self.shared.board().friend_named(name).is_some();
            let name = free.take(1000).find(|name| !taken(name)).unwrap_or_else(|| walker.name.to_owned());
            let name = Name::topic_level(&name).map_err(Error::name("friend"))?;
            let friend = self.new_friend(group, name, None, true);
            self.add_friend(by, friend.clone(), None).await?;
            let device = Name::topic_level(DEVICE).map_err(Error::name("device"))?;
            self.put_device(by, &friend, device).await?;
        }
        for minutes_ago in (0..=PAST_MINUTES).rev() {
            self.report_demo(now.plus_millis(-minutes_ago * 60_000)).await?;
        }
        Ok(())
    }

    /// Removes everything made up, and everything that followed from it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; when the database fails.
    pub async fn remove_demo(&self, by: &Viewer) -> Result<(), Error> {
        some_admin(by)?;
        let _one_at_a_time = self.shared.demo.lock().await;
        let snapshot = self.snapshot(by);
        let friends = snapshot.friends.iter().map(|live| &live.friend);
        let friends = friends.filter(|friend| friend.demo && by.looks_after(friend));
        let friends: Vec<FriendId> = friends.map(|friend| friend.id).collect();
        self.command(|reply| Command::RemoveFriends { friends, reply }).await?;
        for region in
            snapshot.regions.into_iter().filter(|region| region.demo && by.administers(region.group))
        {
            self.command(|reply| Command::RemoveRegion { region: region.id, reply }).await?;
        }
        Ok(())
    }

    /// Has the made-up phones report where they are at this moment. Whoever keeps the time calls this every few seconds; without
    /// a demonstration it does nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_demo(&self, at: Timestamp) -> Result<(), Error> {
        let reports: Vec<Inbound> = {
            let board = self.shared.board();
            let demo = board.friends.values().filter(|on_board| on_board.friend.demo);
            demo.filter_map(|on_board| {
                let index = WALKERS
                    .iter()
                    .position(|walker| on_board.friend.name.as_str().starts_with(walker.name))?;
                let reporter = board.devices_of(on_board).next()?;
                let offset_min = i64::try_from(index).ok()? * OFFSET_MINUTES;
                WALKERS.get(index)?.report(reporter.account(), at, offset_min)
            })
            .collect()
        };
        for report in reports {
            self.submit(report).await?;
        }
        Ok(())
    }
}

impl Walker {
    fn report(&self, account: DeviceAccount, at: Timestamp, offset_min: i64) -> Option<Inbound> {
        let (point, kmh) = self.whereabouts(at, offset_min)?;
        let (ahead, _) = self.whereabouts(at.plus_millis(2000), offset_min)?;
        let moving = kmh > 0.0;
        let location = Location {
            tst: Some(Epoch::from_millis(at.as_millis())),
            accuracy_m: Some(if moving { 12.0 } else { 8.0 }),
            velocity_kmh: Some(kmh.round()),
            course_deg: moving.then(|| point.bearing_deg(ahead).round()),
            battery_pct: Some(self.battery_pct),
            tid: Some(self.tid.into()),
            connection: Some(if moving { "m" } else { "w" }.into()),
            ..Location::at(point.lat(), point.lon())
        };
        Some(Inbound {
            door: Door::Http,
            topic: account.topic.to_string(),
            principal: Principal::Device(account),
            payload: owntracks::encode(&Message::Location(location)),
            retained: false,
            qos: 1,
            received_at: at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_every_minute_of_a_day_somebody_walks() {
        for minute in 0..24 * 60 {
            let at = Timestamp::from_millis(minute * 60_000);
            let walks =
                |walker: &Walker, offset| walker.whereabouts(at, offset).is_some_and(|(_, kmh)| kmh > 0.0);
            assert!(
                (0..).zip(&WALKERS).any(|(index, walker)| walks(walker, index * OFFSET_MINUTES)),
                "nobody moves at minute {minute}"
            );
        }
    }
}
