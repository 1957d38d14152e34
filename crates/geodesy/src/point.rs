//! One place: a latitude and a longitude that cannot be out of range.

use geo::{Bearing, Destination, Distance, Haversine};
use serde::{Deserialize, Serialize};

use crate::vector::Vector;

/// A place on the Earth in WGS 84 degrees.
///
/// Serialised as `{"lat":48.2,"lon":16.37}`; reading it back checks the ranges. Longitudes −180 and 180 are both
/// accepted and mean the same meridian, but compare as different with `==`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Point {
    lat: f64,
    lon: f64,
}

/// Why two numbers are not a [`Point`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PointError {
    /// The latitude (the value inside) is not a finite number from −90 to 90.
    #[error("lat must be between -90 and 90 degrees, not {0}")]
    Latitude(f64),
    /// The longitude (the value inside) is not a finite number from −180 to 180.
    #[error("lon must be between -180 and 180 degrees, not {0}")]
    Longitude(f64),
}

impl PointError {
    /// The name of the member that is wrong, `lat` or `lon`, to show the message beside its input field.
    pub fn field(self) -> &'static str {
        match self {
            Self::Latitude(_) => "lat",
            Self::Longitude(_) => "lon",
        }
    }
}

impl Point {
    /// A point from degrees north and degrees east.
    ///
    /// # Errors
    ///
    /// [`PointError`] if the latitude is outside −90..=90, the longitude outside −180..=180, or either is not finite.
    pub fn new(lat: f64, lon: f64) -> Result<Self, PointError> {
        if !(-90.0..=90.0).contains(&lat) {
            return Err(PointError::Latitude(lat));
        }
        if !(-180.0..=180.0).contains(&lon) {
            return Err(PointError::Longitude(lon));
        }
        Ok(Self { lat, lon })
    }

    /// The nearest valid point to two finite numbers: for results of our own arithmetic that rounding pushed over an edge.
    pub(crate) fn nearest(lat: f64, lon: f64) -> Self {
        Self { lat: lat.clamp(-90.0, 90.0), lon: lon.clamp(-180.0, 180.0) }
    }

    /// Latitude in degrees north, −90 to 90.
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Longitude in degrees east, −180 to 180.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Great-circle distance in metres, 0 to half the way round the globe (haversine formula).
    pub fn distance_m(self, other: Self) -> f64 {
        let metres = Haversine.distance(self.planar(), other.planar());
        // Of two exact antipodes the haversine can round to a little more than one, whose arc sine does not exist.
        if metres.is_finite() { metres } else { Vector::from(self).distance_m(Vector::from(other)) }
    }

    /// The same place in space, metres from the middle of the sphere: x towards 0 N 0 E, y towards 0 N 90 E, z towards the north pole. The straight
    /// line between two is never longer than the way on the ground.
    pub fn cartesian_m(self) -> [f64; 3] {
        let Vector { x, y, z } = Vector::from(self).scale(crate::EARTH_RADIUS_M);
        [x, y, z]
    }

    /// The direction in which the great circle to `other` starts, in degrees clockwise from north, 0 up to 360.
    ///
    /// Between a point and itself or its antipode every direction is right; the answer is then arbitrary but a number.
    pub fn bearing_deg(self, other: Self) -> f64 {
        let degrees = Haversine.bearing(self.planar(), other.planar());
        if degrees.is_finite() { degrees } else { 0.0 }
    }

    /// Where one gets by starting in the direction `bearing_deg` (clockwise from north) and going straight on for
    /// `distance_m` metres. A negative distance goes backwards; with a number that is not finite one stays.
    #[must_use]
    pub fn destination(self, bearing_deg: f64, distance_m: f64) -> Self {
        if !bearing_deg.is_finite() || !distance_m.is_finite() {
            return self;
        }
        let end = Haversine.destination(self.planar(), bearing_deg, distance_m);
        // As above: at a pole the sine of the latitude can round to a little more than one.
        let lat = if end.y().is_finite() { end.y() } else { 90.0_f64.copysign(self.lat) };
        let lon = if end.x().is_finite() { end.x() } else { self.lon };
        Self::nearest(lat, lon)
    }

    /// The same place as `geo` writes it: x is the longitude, y the latitude.
    fn planar(self) -> geo::Point<f64> {
        geo::Point::new(self.lon, self.lat)
    }
}

/// What a point looks like on the wire, before it is checked.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Point")]
struct Raw {
    lat: f64,
    lon: f64,
}

impl TryFrom<Raw> for Point {
    type Error = PointError;

    fn try_from(raw: Raw) -> Result<Self, PointError> {
        Self::new(raw.lat, raw.lon)
    }
}

impl From<Point> for Raw {
    fn from(point: Point) -> Self {
        Self { lat: point.lat, lon: point.lon }
    }
}
