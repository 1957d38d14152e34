//! The edge of a polygon: an arc of a great circle.

use crate::{EARTH_RADIUS_M, vector::Vector};

/// The shorter arc of a great circle from one unit vector to another, less than half the globe long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Arc {
    from: Vector,
    to: Vector,
    /// Unit vector at right angles to the arc's plane; `None` if the ends are one place.
    normal: Option<Vector>,
}

impl Arc {
    pub(crate) fn new(from: Vector, to: Vector) -> Self {
        Self {
            from,
            to,
            // The cross product with the difference, not with the other end: short arcs keep their digits.
            normal: from.cross(to - from).unit(),
        }
    }

    /// Metres from a place to the nearest place on the arc: the cross-track distance where the perpendicular meets the
    /// arc, otherwise the distance to the nearer end (Ed Williams, "Aviation Formulary", cross track error; in vector form).
    pub(crate) fn distance_m(self, place: Vector) -> f64 {
        match self.normal {
            Some(normal) if self.spans(normal, place) => {
                // Measured from the start, which lies in the plane: subtracting first loses nothing near the arc.
                let sine = (place - self.from).dot(normal).abs();
                EARTH_RADIUS_M * sine.min(1.0).asin()
            }
            _ => self.from.distance_m(place).min(self.to.distance_m(place)),
        }
    }

    /// The northernmost and southernmost latitude on the arc in degrees, as (south, north). A great circle bulges
    /// towards the pole, so they are not always at the ends.
    pub(crate) fn latitudes(self) -> (f64, f64) {
        let (a, b) = (self.from.point().lat(), self.to.point().lat());
        let (mut south, mut north) = (a.min(b), a.max(b));
        if let Some(normal) = self.normal {
            let top = Vector::NORTH - normal.scale(normal.z);
            let height = normal.z.clamp(-1.0, 1.0).acos().to_degrees();
            let height = height.min(180.0 - height);
            if self.spans(normal, top) {
                north = north.max(height);
            }
            if self.spans(normal, top.scale(-1.0)) {
                south = south.min(-height);
            }
        }
        (south, north)
    }

    /// Whether the perpendicular from a place to the arc's plane ends between the arc's ends.
    fn spans(self, normal: Vector, place: Vector) -> bool {
        normal.cross(self.from).dot(place) >= 0.0 && self.to.cross(normal).dot(place) >= 0.0
    }
}
