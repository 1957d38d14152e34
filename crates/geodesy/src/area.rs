//! What a region can look like.

use serde::{Deserialize, Serialize};

use crate::{BoundingBox, Circle, Point, Polygon};

/// A circle or a polygon.
///
/// Serialised as `{"type":"circle","lat":48.2,"lon":16.37,"radius_m":150.0}` or
/// `{"type":"polygon","points":[[48.2,16.37],[48.3,16.37],[48.3,16.5]]}`, each vertex as latitude, longitude. Reading it
/// back applies the same checks as the constructors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Area {
    /// Everything within a radius of a point.
    Circle(Circle),
    /// Everything inside a ring of great-circle edges.
    Polygon(Polygon),
}

impl Area {
    /// Distance in metres from a point to the nearest place on the edge, along the surface: positive outside, negative
    /// inside, zero on the edge. Right across the antimeridian and at the poles.
    pub fn signed_distance_m(&self, point: Point) -> f64 {
        match self {
            Self::Circle(circle) => circle.signed_distance_m(point),
            Self::Polygon(polygon) => polygon.signed_distance_m(point),
        }
    }

    /// Whether a point is inside or on the edge.
    pub fn contains(&self, point: Point) -> bool {
        match self {
            Self::Circle(circle) => circle.contains(point),
            Self::Polygon(polygon) => polygon.contains(point),
        }
    }

    /// The point in the middle, for a label or a pin. In a bent polygon it can lie outside.
    pub fn centre(&self) -> Point {
        match self {
            Self::Circle(circle) => circle.centre(),
            Self::Polygon(polygon) => polygon.centre(),
        }
    }

    /// The box around the area. Stored with it, so asking costs nothing.
    pub fn bounding_box(&self) -> BoundingBox {
        match self {
            Self::Circle(circle) => circle.bounding_box(),
            Self::Polygon(polygon) => polygon.bounding_box(),
        }
    }

    /// Surface in square metres. Where areas overlap, the smallest one gives a place its name.
    pub fn size_m2(&self) -> f64 {
        match self {
            Self::Circle(circle) => circle.size_m2(),
            Self::Polygon(polygon) => polygon.size_m2(),
        }
    }
}

impl From<Circle> for Area {
    fn from(circle: Circle) -> Self {
        Self::Circle(circle)
    }
}

impl From<Polygon> for Area {
    fn from(polygon: Polygon) -> Self {
        Self::Polygon(polygon)
    }
}
