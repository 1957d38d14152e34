//! Places on the Earth: points, circles, polygons and bounding boxes, and how far apart they are.
//!
//! The Earth is one sphere here, with the mean radius [`EARTH_RADIUS_M`]. Against the ellipsoid that is wrong by at most
//! about half a per cent of a distance, far less than a phone's own error, and in exchange every figure of this crate
//! agrees with every other: a circle holds exactly the points whose distance is at most its radius.
//!
//! Degrees are never added to metres and longitudes are never compared as plain numbers, so nothing special happens on
//! the antimeridian or at a pole.
//!
//! | noun | what it is |
//! | --- | --- |
//! | [`Point`] | a latitude and a longitude, always valid |
//! | [`Circle`] | everything within a radius of a point |
//! | [`Polygon`] | everything inside a ring of great-circle edges |
//! | [`Area`] | a circle or a polygon: what a region can look like |
//! | [`BoundingBox`] | a range of latitudes and longitudes; may cross the antimeridian |
//!
//! The crate does no input or output, reads no clock and never panics.
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing)]

mod arc;
mod area;
mod bounds;
mod circle;
mod enclosing;
mod point;
mod polygon;
mod vector;

pub use area::Area;
pub use bounds::BoundingBox;
pub use circle::{Circle, CircleError};
pub use point::{Point, PointError};
pub use polygon::{Polygon, PolygonError};

/// Radius of the sphere everything is measured on, in metres: the mean radius R₁ of the GRS 80 ellipsoid
/// (Moritz, "Geodetic Reference System 1980", Journal of Geodesy 74, 2000).
pub const EARTH_RADIUS_M: f64 = geo::Haversine.radius();
