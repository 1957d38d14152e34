//! Everything within a radius of a point.

use serde::{Deserialize, Serialize};

use crate::{BoundingBox, EARTH_RADIUS_M, Point};

/// A circle on the sphere: the places at most [`radius_m`](Self::radius_m) metres from [`centre`](Self::centre).
///
/// Serialised flat, as `{"lat":48.2,"lon":16.37,"radius_m":150.0}`; reading it back checks the ranges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Circle {
    centre: Point,
    radius_m: f64,
    bounds: BoundingBox,
}

/// Why a centre and a radius are not a [`Circle`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CircleError {
    /// The centre is not a point of the Earth.
    #[error(transparent)]
    Centre(#[from] crate::PointError),
    /// The radius (the value inside) is not a number from [`Circle::MIN_RADIUS_M`] to [`Circle::MAX_RADIUS_M`].
    #[error("radius_m must be between 1 metre and half the globe (20015087 metres), not {0}")]
    Radius(f64),
}

impl CircleError {
    /// The name of the member that is wrong: `lat`, `lon` or `radius_m`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Centre(error) => error.field(),
            Self::Radius(_) => "radius_m",
        }
    }
}

impl Circle {
    /// The smallest radius, in metres.
    pub const MIN_RADIUS_M: f64 = 1.0;
    /// The largest radius, in metres: half the way round the globe.
    pub const MAX_RADIUS_M: f64 = 20_015_087.0;

    /// A circle from its centre and its radius in metres.
    ///
    /// # Errors
    ///
    /// [`CircleError::Radius`] if the radius is outside [`MIN_RADIUS_M`](Self::MIN_RADIUS_M)`..=`[`MAX_RADIUS_M`](Self::MAX_RADIUS_M)
    /// or not a number.
    pub fn new(centre: Point, radius_m: f64) -> Result<Self, CircleError> {
        if !(Self::MIN_RADIUS_M..=Self::MAX_RADIUS_M).contains(&radius_m) {
            return Err(CircleError::Radius(radius_m));
        }
        Ok(Self { centre, radius_m, bounds: BoundingBox::around(centre, radius_m) })
    }

    /// The point in the middle.
    pub fn centre(&self) -> Point {
        self.centre
    }

    /// The radius in metres, 1 to 20,015,087, measured along the surface.
    pub fn radius_m(&self) -> f64 {
        self.radius_m
    }

    /// Distance from a point to the edge in metres, negative inside, zero on the edge.
    pub fn signed_distance_m(&self, point: Point) -> f64 {
        self.centre.distance_m(point) - self.radius_m
    }

    /// Whether a point is inside or on the edge.
    pub fn contains(&self, point: Point) -> bool {
        self.signed_distance_m(point) <= 0.0
    }

    /// The box around the circle.
    pub fn bounding_box(&self) -> BoundingBox {
        self.bounds
    }

    /// Surface in square metres: a spherical cap, `4πR² sin²(r / 2R)`.
    pub fn size_m2(&self) -> f64 {
        let sine = (self.radius_m / EARTH_RADIUS_M / 2.0).sin();
        4.0 * std::f64::consts::PI * (EARTH_RADIUS_M * sine).powi(2)
    }
}

/// What a circle looks like on the wire, before it is checked.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Circle")]
struct Raw {
    lat: f64,
    lon: f64,
    radius_m: f64,
}

impl TryFrom<Raw> for Circle {
    type Error = CircleError;

    fn try_from(raw: Raw) -> Result<Self, CircleError> {
        Self::new(Point::new(raw.lat, raw.lon)?, raw.radius_m)
    }
}

impl From<Circle> for Raw {
    fn from(circle: Circle) -> Self {
        Self { lat: circle.centre.lat(), lon: circle.centre.lon(), radius_m: circle.radius_m }
    }
}
