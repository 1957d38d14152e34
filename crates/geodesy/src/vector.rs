//! Points as unit vectors from the Earth's centre: the arithmetic of great circles without degrees.
//!
//! `geo` measures between points on the sphere but has no robust distance to an arc of a great circle (its closest point
//! loses about a decimetre to an arc cosine near one), so the little vector algebra that needs is here.

use std::ops::{Add, Sub};

use crate::{EARTH_RADIUS_M, Point};

/// A vector in three dimensions: x towards latitude 0, longitude 0; y towards longitude 90 east; z towards the north pole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Vector {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) z: f64,
}

impl Vector {
    pub(crate) const ZERO: Self = Self { x: 0.0, y: 0.0, z: 0.0 };
    pub(crate) const NORTH: Self = Self { x: 0.0, y: 0.0, z: 1.0 };
    pub(crate) const SOUTH: Self = Self { x: 0.0, y: 0.0, z: -1.0 };

    pub(crate) fn dot(self, o: Self) -> f64 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    pub(crate) fn cross(self, o: Self) -> Self {
        Self {
            x: self.y * o.z - self.z * o.y,
            y: self.z * o.x - self.x * o.z,
            z: self.x * o.y - self.y * o.x,
        }
    }

    pub(crate) fn scale(self, factor: f64) -> Self {
        Self { x: self.x * factor, y: self.y * factor, z: self.z * factor }
    }

    pub(crate) fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The same direction with length one; `None` if the vector is too short to have a direction.
    pub(crate) fn unit(self) -> Option<Self> {
        let norm = self.norm();
        (norm > 1e-15).then(|| self.scale(1.0 / norm))
    }

    /// Two unit vectors at right angles to this one and to each other.
    pub(crate) fn across(self) -> Option<(Self, Self)> {
        let helper = if self.z.abs() < 0.8 { Self::NORTH } else { Self { x: 1.0, y: 0.0, z: 0.0 } };
        let first = helper.cross(self).unit()?;
        Some((first, self.cross(first)))
    }

    /// Angle between two unit vectors in radians, from the chord between them.
    pub(crate) fn angle(self, o: Self) -> f64 {
        2.0 * ((self - o).norm() / 2.0).min(1.0).asin()
    }

    /// Distance in metres between the places two unit vectors stand for.
    pub(crate) fn distance_m(self, o: Self) -> f64 {
        EARTH_RADIUS_M * self.angle(o)
    }

    /// The place in this direction.
    pub(crate) fn point(self) -> Point {
        let lat = self.z.atan2(self.x.hypot(self.y)).to_degrees();
        Point::nearest(lat, self.y.atan2(self.x).to_degrees())
    }
}

impl From<Point> for Vector {
    fn from(point: Point) -> Self {
        let (sin_lat, cos_lat) = point.lat().to_radians().sin_cos();
        let (sin_lon, cos_lon) = point.lon().to_radians().sin_cos();
        Self { x: cos_lat * cos_lon, y: cos_lat * sin_lon, z: sin_lat }
    }
}

impl Add for Vector {
    type Output = Self;

    fn add(self, o: Self) -> Self {
        Self { x: self.x + o.x, y: self.y + o.y, z: self.z + o.z }
    }
}

impl Sub for Vector {
    type Output = Self;

    fn sub(self, o: Self) -> Self {
        Self { x: self.x - o.x, y: self.y - o.y, z: self.z - o.z }
    }
}
