//! A range of latitudes and longitudes: the cheap first question before an exact one.

use serde::{Deserialize, Serialize};

use crate::{EARTH_RADIUS_M, Point};

/// Everything between two parallels and two meridians, edges included, in degrees.
///
/// The box reaches from `west` *eastwards* to `east`; when `west` is the larger of the two it crosses the antimeridian.
/// All longitudes are −180 to 180. Around a pole the longitudes have no meaning: a box that touches latitude 90 or −90
/// contains that pole whatever its longitudes say.
///
/// The fields are open because any four numbers are harmless: a box that makes no sense contains nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Southern edge, degrees north, −90 to 90.
    pub south: f64,
    /// Western edge, degrees east, −180 to 180.
    pub west: f64,
    /// Northern edge, degrees north, −90 to 90.
    pub north: f64,
    /// Eastern edge, degrees east, −180 to 180.
    pub east: f64,
}

impl BoundingBox {
    /// The whole Earth.
    pub const WORLD: Self = Self { south: -90.0, west: -180.0, north: 90.0, east: 180.0 };

    /// The smallest box around a single point: nothing but that point.
    pub fn of_point(point: Point) -> Self {
        Self { south: point.lat(), west: point.lon(), north: point.lat(), east: point.lon() }
    }

    /// The box around all places at most `radius_m` metres from `centre`.
    pub fn around(centre: Point, radius_m: f64) -> Self {
        let radius_deg = (radius_m / EARTH_RADIUS_M).to_degrees();
        let (south, north) = (centre.lat() - radius_deg, centre.lat() + radius_deg);
        if south <= -90.0 || north >= 90.0 {
            return Self::band(south.max(-90.0), north.min(90.0));
        }
        // Where a meridian just touches the circle: a right-angled spherical triangle (Napier's rules).
        let sine = radius_deg.to_radians().sin() / centre.lat().to_radians().cos();
        let half_deg = sine.min(1.0).asin().to_degrees();
        Self { south, west: wrap(centre.lon() - half_deg), north, east: wrap(centre.lon() + half_deg) }
    }

    /// All longitudes between two latitudes.
    pub(crate) fn band(south: f64, north: f64) -> Self {
        Self { south, north, ..Self::WORLD }
    }

    /// A box from a western edge and a width in degrees; a full turn or more becomes all longitudes.
    pub(crate) fn from_width(south: f64, north: f64, west: f64, width_deg: f64) -> Self {
        if width_deg >= 360.0 {
            return Self::band(south, north);
        }
        Self { south, west: wrap(west), north, east: wrap(west + width_deg) }
    }

    /// Whether the box lies on both sides of the 180th meridian, so that `west` is larger than `east`.
    pub fn crosses_antimeridian(&self) -> bool {
        self.west > self.east
    }

    /// From the western edge eastwards to the eastern edge, in degrees, 0 to 360.
    pub fn width_deg(&self) -> f64 {
        if self.crosses_antimeridian() { self.east - self.west + 360.0 } else { self.east - self.west }
    }

    /// Whether a point lies in the box or on its edge.
    pub fn contains(&self, point: Point) -> bool {
        let (lat, lon) = (point.lat(), point.lon());
        let at_pole = lat.abs() >= 90.0;
        self.south <= lat && lat <= self.north && (at_pole || self.spans(lon))
    }

    /// Whether two boxes have at least one point in common; touching counts.
    pub fn intersects(&self, other: &Self) -> bool {
        let both_north = self.north.min(other.north) >= 90.0;
        let both_south = self.south.max(other.south) <= -90.0;
        self.south <= other.north
            && other.south <= self.north
            && (both_north || both_south || self.spans(other.west) || other.spans(self.west))
    }

    /// The box that also holds every place at most `margin_m` metres outside this one. A negative margin counts as none.
    #[must_use]
    pub fn expanded(&self, margin_m: f64) -> Self {
        let margin_deg = (margin_m.max(0.0) / EARTH_RADIUS_M).to_degrees();
        let (south, north) = (self.south - margin_deg, self.north + margin_deg);
        if south <= -90.0 || north >= 90.0 {
            return Self::band(south.max(-90.0), north.min(90.0));
        }
        // The same triangle as above, at the latitude where meridians are closest together.
        let sine = margin_deg.to_radians().sin() / south.abs().max(north.abs()).to_radians().cos();
        if sine >= 1.0 {
            return Self::band(south, north);
        }
        let side_deg = sine.asin().to_degrees();
        Self::from_width(south, north, self.west - side_deg, self.width_deg() + 2.0 * side_deg)
    }

    /// Whether a point is certainly more than `distance_m` metres away from everything in the box.
    ///
    /// Made to be asked of very many boxes: most are told by latitude alone, which costs no trigonometry.
    pub fn is_beyond(&self, point: Point, distance_m: f64) -> bool {
        // Two places are never closer than the difference of their latitudes.
        let lat_gap_deg = (self.south - point.lat()).max(point.lat() - self.north);
        lat_gap_deg.to_radians() * EARTH_RADIUS_M > distance_m || !self.expanded(distance_m).contains(point)
    }

    /// Whether a longitude lies between west and east, going eastwards. The antimeridian has two names.
    fn spans(&self, lon: f64) -> bool {
        let within = |lon: f64| {
            if self.crosses_antimeridian() {
                lon >= self.west || lon <= self.east
            } else {
                self.west <= lon && lon <= self.east
            }
        };
        within(lon) || (lon.abs() >= 180.0 && within(-lon))
    }
}

/// A longitude from −540 to 540 degrees brought into −180 to 180; one already there stays exactly as it is.
fn wrap(lon: f64) -> f64 {
    if lon > 180.0 {
        lon - 360.0
    } else if lon < -180.0 {
        lon + 360.0
    } else {
        lon
    }
}
