//! What is to be seen on the map, as values: markers, discs and regions that follow from the world, the view
//! and the time. Pure.

use super::draft::Draft;
use crate::{
    state::{
        Looks, Staleness, View, World,
        age::{ago, ago_short},
        shown::{as_of, shown_words, source_words},
    },
    ui::Sign,
};
use domain::{
    Colour, DeviceKind, FriendId, Region, RegionId, Spot, Timestamp,
    live::{LiveDevice, LiveFriend},
};
use geodesy::{Area, Point};

/// Everything on the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// One for each friend who was ever seen, in order of the names.
    pub markers: Vec<Marker>,
    /// How exact those positions are.
    pub discs: Vec<Disc>,
    /// All regions.
    pub regions: Vec<Shape>,
    /// The one in the making.
    pub draft: Option<Draft>,
}

/// A friend's face on the map, where their newest position is.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Who.
    pub friend: FriendId,
    /// Their own name.
    pub name: String,
    /// The face.
    pub looks: Looks,
    /// Where.
    pub at: Point,
    /// How fresh.
    pub staleness: Staleness,
    /// Short age, for positions that are not fresh any more, or a sign that it is not known.
    pub age: Option<String>,
    /// Where they are heading, whole degrees clockwise from north; only of somebody who moves.
    pub course_deg: Option<u16>,
    /// The charge, when there is reason to worry.
    pub battery_pct: Option<u8>,
    /// "Jane, Home, 3 minutes ago, 80 percent".
    pub label: String,
    /// What kind of device says so.
    pub source: DeviceKind,
    /// Whether their card is open.
    pub selected: bool,
    /// Whether they stay in the middle of the map.
    pub followed: bool,
    /// Made up, for a demonstration.
    pub demo: bool,
}

/// The circle a friend is in with about 68 % certainty.
#[derive(Clone, Debug, PartialEq)]
pub struct Disc {
    /// Whose.
    pub friend: FriendId,
    /// Its middle.
    pub at: Point,
    /// Its radius, metres.
    pub radius_m: f64,
    /// As for the marker on it.
    pub staleness: Staleness,
}

/// A region as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Which.
    pub id: RegionId,
    /// What it is called.
    pub name: String,
    /// "Home · 3", or just the name when nobody is there.
    pub label: String,
    /// Where.
    pub area: Area,
    /// In which colour.
    pub colour: Colour,
    /// The sign on its label, when it is not just any place.
    pub sign: Option<Sign>,
    /// Whether anybody is there.
    pub occupied: bool,
    /// Whether it is being changed: drawn as what was.
    pub changing: bool,
    /// Made up, for a demonstration.
    pub demo: bool,
}

/// Below this charge the battery is shown, per cent.
const LOW_BATTERY_PCT: u8 = 30;

/// Said in place of an age that is not known.
const CLOCK_WRONG: &str = "the phone's clock is wrong";

/// Draws the world as it is looked at.
pub fn scene(world: &World, view: &View, now: Timestamp) -> Scene {
    let seen = || {
        world.friends.iter().filter_map(|friend| friend.newest().map(|(device, spot)| (friend, device, spot)))
    };
    Scene {
        markers: seen()
            .map(|(friend, device, spot)| marker(world, view, friend, device, spot, now))
            .collect(),
        discs: seen()
            .filter_map(|(friend, device, spot)| {
                let radius_m = spot.accuracy_m.filter(|radius_m| *radius_m > 0.0)?;
                let staleness = Staleness::of(spot, device.lost_at, as_of(friend, now));
                Some(Disc { friend: friend.friend.id, at: spot.point, radius_m, staleness })
            })
            .collect(),
        regions: world.regions.iter().map(|region| shape(world, region, now)).collect(),
        draft: None,
    }
}

fn marker(
    world: &World,
    view: &View,
    friend: &LiveFriend,
    device: &LiveDevice,
    spot: &Spot,
    now: Timestamp,
) -> Marker {
    let who = &friend.friend;
    let staleness = Staleness::of(spot, device.lost_at, as_of(friend, now));
    let source = device.device.kind;
    Marker {
        friend: who.id,
        name: who.name.to_string(),
        looks: Looks::of(friend),
        at: spot.point,
        staleness,
        age: if spot.clock_wrong {
            Some("clock?".to_owned())
        } else {
            (staleness >= Staleness::Stale).then(|| ago_short(spot.at, now))
        },
        course_deg: spot
            .course_deg
            .filter(|_| spot.velocity_kmh.is_some_and(|speed| speed > 0.0))
            .map(whole_degrees),
        battery_pct: spot.battery_pct.filter(|charge| *charge < LOW_BATTERY_PCT),
        label: label(world, friend, source, spot, staleness, now),
        source,
        selected: view.selected == Some(who.id),
        followed: view.followed == Some(who.id),
        demo: who.demo,
    }
}

fn label(
    world: &World,
    friend: &LiveFriend,
    source: DeviceKind,
    spot: &Spot,
    staleness: Staleness,
    now: Timestamp,
) -> String {
    let mut parts = vec![friend.shown_name().to_owned()];
    parts.extend(world.place(friend, now).map(|(region, ..)| region.name.to_string()));
    parts.extend(shown_words(friend.shown));
    parts.extend((staleness == Staleness::Lost).then(|| "lost contact".to_owned()));
    parts.push(if spot.clock_wrong { CLOCK_WRONG.to_owned() } else { ago(spot.at, now) });
    parts.extend(source_words(source).map(str::to_owned));
    parts.extend(spot.battery_pct.map(|charge| format!("{charge} percent")));
    parts.extend(friend.friend.demo.then(|| "demo".to_owned()));
    parts.join(", ")
}

fn whole_degrees(course_deg: f64) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 360 by the line itself, and a cast of NaN is 0"
    )]
    let whole = course_deg.rem_euclid(360.0).round() as u16;
    whole % 360
}

fn shape(world: &World, region: &Region, now: Timestamp) -> Shape {
    let count = world.present(region.id, now).count();
    let name = region.name.to_string();
    let label = if count == 0 { name.clone() } else { format!("{name} · {count}") };
    let sign = Some(region.details.icon).filter(|icon| *icon != domain::Icon::Pin).map(Sign::from);
    Shape {
        id: region.id,
        name,
        label,
        area: region.area.clone(),
        colour: region.details.colour,
        sign,
        occupied: count > 0,
        changing: false,
        demo: region.demo,
    }
}

/// The class that gives an element, and all in it, a region's colour as `--region`.
pub const fn colour_class(colour: Colour) -> &'static str {
    match colour {
        Colour::Blue => "region-blue",
        Colour::Teal => "region-teal",
        Colour::Green => "region-green",
        Colour::Amber => "region-amber",
        Colour::Red => "region-red",
        Colour::Pink => "region-pink",
        Colour::Violet => "region-violet",
        Colour::Grey => "region-grey",
    }
}

/// A ring of points as degrees north and east, with longitudes that run on beyond 180° instead of starting
/// again: on a flat map an edge across the antimeridian would otherwise run around the whole world.
pub fn ring(points: &[Point]) -> Vec<(f64, f64)> {
    let mut before: Option<f64> = None;
    let unrolled = points.iter().map(|point| {
        let lon = before
            .map_or(point.lon(), |before| point.lon() + 360.0 * ((before - point.lon()) / 360.0).round());
        before = Some(lon);
        (point.lat(), lon)
    });
    unrolled.collect()
}

impl Scene {
    /// So few friends that their regions belong into the picture too.
    const FEW: usize = 5;

    /// With a region in the making.
    #[must_use]
    pub fn with_draft(mut self, draft: Option<Draft>) -> Self {
        let changing = draft.as_ref().and_then(|draft| draft.region);
        for shape in &mut self.regions {
            shape.changing = Some(shape.id) == changing;
        }
        Self { draft, ..self }
    }

    /// The corners of a box that holds all friends, and when they are few the regions they are in; without
    /// any friend, all regions. Empty when there is nothing at all.
    pub fn corners(&self) -> Vec<(f64, f64)> {
        let mut corners: Vec<_> =
            self.markers.iter().map(|marker| (marker.at.lat(), marker.at.lon())).collect();
        let everywhere = self.markers.is_empty();
        if self.markers.len() <= Self::FEW {
            for shape in self.regions.iter().filter(|shape| everywhere || shape.occupied) {
                let bounds = shape.area.bounding_box();
                // Across the antimeridian a box counts on beyond 180°, as the map does.
                let east = bounds.west + bounds.width_deg();
                corners.extend([(bounds.south, bounds.west), (bounds.north, east)]);
            }
        }
        corners
    }

    /// A friend's marker.
    pub fn marker(&self, friend: FriendId) -> Option<&Marker> {
        self.markers.iter().find(|marker| marker.friend == friend)
    }
}

#[cfg(test)]
mod tests;
