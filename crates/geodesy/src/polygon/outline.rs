//! A polygon's ring drawn flat, where inside and crossing are questions with known good answers.

use geo::{
    Coord, Intersects, Line, LineString,
    coordinate_position::{CoordPos, coord_pos_relative_to_ring},
};

use super::Polygon;
use crate::vector::Vector;

/// The ring in the gnomonic projection from its middle: the Earth's surface seen from its centre on a plane that touches it.
/// Great circles become straight lines (Snyder, "Map Projections: A Working Manual", USGS 1987, section 22), so `geo`'s exact
/// planar predicates answer questions about the sphere. Only the half of the globe round the middle is on the plane.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outline {
    middle: Vector,
    across: (Vector, Vector),
    /// Closed: the first corner is repeated at the end.
    ring: LineString<f64>,
}

impl Outline {
    /// `None` if a corner is too far from the middle.
    pub(super) fn new(middle: Vector, corners: &[Vector]) -> Option<Self> {
        let reach = Polygon::MAX_REACH_DEG.to_radians().cos();
        if corners.iter().any(|corner| corner.dot(middle) < reach) {
            return None;
        }
        let mut outline = Self { middle, across: middle.across()?, ring: LineString::new(Vec::new()) };
        let flat = corners.iter().map(|corner| outline.project(*corner));
        outline.ring = LineString::new(flat.collect::<Option<_>>()?);
        outline.ring.close();
        Some(outline)
    }

    pub(super) fn middle(&self) -> Vector {
        self.middle
    }

    /// Whether a place is inside or exactly on the ring.
    pub(super) fn contains(&self, place: Vector) -> bool {
        self.project(place)
            .is_some_and(|coord| coord_pos_relative_to_ring(coord, &self.ring) != CoordPos::Outside)
    }

    /// Whether edges have more in common than the vertex between neighbours.
    pub(super) fn meets_itself(&self) -> bool {
        let lines: Vec<Line> = self.ring.lines().collect();
        let last = lines.len().saturating_sub(1);
        lines.iter().enumerate().any(|(i, line)| {
            let later = lines.iter().enumerate().skip(i + 1);
            later.into_iter().any(|(j, other)| {
                if j == i + 1 {
                    folds_back(*line, *other)
                } else if i == 0 && j == last {
                    folds_back(*other, *line)
                } else {
                    may_meet(*line, *other) && line.intersects(other)
                }
            })
        })
    }

    /// `None` for places on the far half of the globe and within a hair of the horizon.
    fn project(&self, place: Vector) -> Option<Coord<f64>> {
        let height = place.dot(self.middle);
        (height > 1e-6)
            .then(|| Coord { x: place.dot(self.across.0) / height, y: place.dot(self.across.1) / height })
    }
}

/// Whether the second of two lines that share the vertex between them runs back over the first.
fn folds_back(before: Line, after: Line) -> bool {
    // Then the end of the shorter one lies on the longer one.
    before.intersects(&after.end) || after.intersects(&before.start)
}

/// A cheap first look: whether the boxes round two lines overlap.
fn may_meet(a: Line, b: Line) -> bool {
    a.start.x.min(a.end.x) <= b.start.x.max(b.end.x)
        && b.start.x.min(b.end.x) <= a.start.x.max(a.end.x)
        && a.start.y.min(a.end.y) <= b.start.y.max(b.end.y)
        && b.start.y.min(b.end.y) <= a.start.y.max(a.end.y)
}
