//! Everything inside a ring of great-circle edges.

mod outline;

use serde::{Deserialize, Serialize};

use crate::{BoundingBox, Circle, EARTH_RADIUS_M, Point, PointError, arc::Arc, enclosing, vector::Vector};
use outline::Outline;

/// Vertices nearer to the one before than this count as one.
const SAME_PLACE_M: f64 = 0.01;
/// What encloses less than this is taken for a line.
const MIN_SIZE_M2: f64 = 1.0;

/// A simple polygon on the sphere, without holes; its edges are great circles, taken the shorter way.
///
/// The inside is what the ring encloses on the side of its own middle, so the direction in which the vertices go round does
/// not matter, and neither the antimeridian nor a pole inside needs any care.
///
/// Serialised as `{"points":[[lat,lon],…]}`; reading it back checks everything the constructor checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Polygon {
    points: Vec<Point>,
    edges: Vec<Arc>,
    outline: Outline,
    bounds: BoundingBox,
    size_m2: f64,
}

/// Why a list of points is not a [`Polygon`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PolygonError {
    /// One of the pairs is not a point of the Earth.
    #[error("points: number {number}: {source}")]
    Point {
        /// Which one, counted from one.
        number: usize,
        /// What is wrong with it.
        source: PointError,
    },
    /// Fewer than three different vertices (how many, inside).
    #[error("points: a polygon needs at least 3 different corners, not {0}")]
    TooFew(usize),
    /// More than [`Polygon::MAX_POINTS`] vertices (how many, inside).
    #[error("points: a polygon may have at most 1000 corners, not {0}")]
    TooMany(usize),
    /// The vertices lie on a line: less than a square metre is enclosed.
    #[error("points: the corners lie on a line and enclose nothing")]
    Flat,
    /// Two edges cross, touch or run over each other, so there is no telling inside from outside.
    #[error("points: the edge crosses or touches itself")]
    Crossing,
    /// A vertex is more than [`Polygon::MAX_REACH_DEG`] of arc away from the middle; nearly half the globe cannot be a polygon.
    #[error("points: the corners are spread over more than a polygon can hold, nearly half the globe")]
    TooWide,
}

impl PolygonError {
    /// The name of the member that is wrong: always `points`.
    pub fn field(self) -> &'static str {
        "points"
    }
}

impl Polygon {
    /// The largest number of vertices.
    pub const MAX_POINTS: usize = 1000;
    /// How far a vertex may be from the middle, in degrees of arc (85° are some 9,450 km).
    pub const MAX_REACH_DEG: f64 = 85.0;

    /// A polygon from its vertices in order, either way round. Repeating the first vertex at the end is allowed and makes
    /// no difference; a vertex within a centimetre of the one before it is dropped.
    ///
    /// # Errors
    ///
    /// [`PolygonError`] if fewer than three vertices are left or there are more than [`MAX_POINTS`](Self::MAX_POINTS), if
    /// they enclose less than a square metre, if edges meet anywhere but at a shared vertex, or if the vertices are spread
    /// further than [`MAX_REACH_DEG`](Self::MAX_REACH_DEG) from the middle.
    pub fn new(mut points: Vec<Point>) -> Result<Self, PolygonError> {
        if points.len() > Self::MAX_POINTS + 1 {
            return Err(PolygonError::TooMany(points.len()));
        }
        points.dedup_by(|next, kept| kept.distance_m(*next) < SAME_PLACE_M);
        while let [first, .., last] = points.as_slice()
            && first.distance_m(*last) < SAME_PLACE_M
        {
            points.pop();
        }
        match points.len() {
            count @ ..3 => return Err(PolygonError::TooFew(count)),
            count if count > Self::MAX_POINTS => return Err(PolygonError::TooMany(count)),
            _ => {}
        }
        let corners: Vec<Vector> = points.iter().copied().map(Vector::from).collect();
        let middle = middle(&corners).ok_or(PolygonError::TooWide)?;
        let outline = Outline::new(middle, &corners).ok_or(PolygonError::TooWide)?;
        let size_m2 = size_m2(middle, &corners);
        if size_m2 < MIN_SIZE_M2 {
            return Err(PolygonError::Flat);
        }
        if outline.meets_itself() {
            return Err(PolygonError::Crossing);
        }
        let mut polygon = Self {
            edges: sides(&corners).map(|(a, b)| Arc::new(a, b)).collect(),
            points,
            outline,
            bounds: BoundingBox::WORLD,
            size_m2,
        };
        polygon.bounds = polygon.measure_bounds();
        Ok(polygon)
    }

    /// The vertices in order, without a repeated first one; at least 3, at most [`MAX_POINTS`](Self::MAX_POINTS).
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Distance from a point to the nearest place on the edge in metres, negative inside, zero on the edge.
    pub fn signed_distance_m(&self, point: Point) -> f64 {
        self.signed_distance_of(point.into())
    }

    /// Whether a point is inside or on the edge.
    pub fn contains(&self, point: Point) -> bool {
        self.outline.contains(point.into()) || self.signed_distance_m(point) <= 0.0
    }

    /// The middle: the point that balances the edge. In a bent polygon it can lie outside.
    pub fn centre(&self) -> Point {
        self.outline.middle().point()
    }

    /// The smallest circle that holds the polygon, wherever on the Earth it is. `None` only when rounding has left nothing of it.
    pub fn enclosing_circle(&self) -> Option<Circle> {
        let corners: Vec<Vector> = self.points.iter().copied().map(Vector::from).collect();
        enclosing::smallest(&corners)
    }

    /// The box around the polygon, edges bulging towards a pole included.
    pub fn bounding_box(&self) -> BoundingBox {
        self.bounds
    }

    /// Surface in square metres.
    pub fn size_m2(&self) -> f64 {
        self.size_m2
    }

    fn signed_distance_of(&self, place: Vector) -> f64 {
        let distances = self.edges.iter().map(|edge| edge.distance_m(place));
        let nearest_m = distances.fold(f64::INFINITY, f64::min);
        if self.outline.contains(place) { -nearest_m } else { nearest_m }
    }

    fn measure_bounds(&self) -> BoundingBox {
        /// Degrees of slack against rounding, about a centimetre.
        const SLACK_DEG: f64 = 1e-7;
        let (south, north) = self
            .edges
            .iter()
            .map(|edge| edge.latitudes())
            .fold((90.0_f64, -90.0_f64), |(south, north), (low, high)| (south.min(low), north.max(high)));
        let (south, north) = ((south - SLACK_DEG).max(-90.0), (north + SLACK_DEG).min(90.0));
        let holds_north = self.signed_distance_of(Vector::NORTH) <= 1.0;
        let holds_south = self.signed_distance_of(Vector::SOUTH) <= 1.0;
        if holds_north || holds_south {
            let north = if holds_north { 90.0 } else { north };
            return BoundingBox::band(if holds_south { -90.0 } else { south }, north);
        }
        // With no pole inside, following the edge round ends at the longitude it began with, and never turns about.
        let start = self.points.first().map_or(0.0, |point| point.lon());
        let (mut lon, mut west, mut east) = (start, start, start);
        for (from, to) in self.points.iter().zip(self.points.iter().skip(1)) {
            lon += turn(to.lon() - from.lon());
            (west, east) = (west.min(lon), east.max(lon));
        }
        let width_deg = east - west + 2.0 * SLACK_DEG;
        BoundingBox::from_width(south, north, turn(west - SLACK_DEG), width_deg)
    }
}

/// Any angle in degrees brought into −180 up to 180.
fn turn(deg: f64) -> f64 {
    (deg + 540.0).rem_euclid(360.0) - 180.0
}

/// Every corner with the next one, the last with the first.
fn sides(corners: &[Vector]) -> impl Iterator<Item = (Vector, Vector)> + '_ {
    let next = corners.iter().cycle().skip(1);
    corners.iter().copied().zip(next.copied())
}

/// The direction of the edge's centre of mass: unlike the mean of the corners it does not move when one side has more of them.
fn middle(corners: &[Vector]) -> Option<Vector> {
    let weighed = sides(corners).map(|(a, b)| {
        let halfway = (a + b).unit().unwrap_or(Vector::ZERO);
        halfway.scale(a.angle(b))
    });
    weighed.fold(Vector::ZERO, |sum, part| sum + part).unit()
}

/// Surface by adding the spherical triangles from the middle to each edge, each with its sign (Van Oosterom and Strackee,
/// "The solid angle of a plane triangle", IEEE Transactions on Biomedical Engineering 30, 1983).
fn size_m2(middle: Vector, corners: &[Vector]) -> f64 {
    let angles = sides(corners).map(|(a, b)| {
        // The triple product, taken from differences so that a small triangle keeps its digits.
        let volume = middle.dot((a - middle).cross(b - middle));
        2.0 * volume.atan2(1.0 + middle.dot(a) + a.dot(b) + b.dot(middle))
    });
    angles.sum::<f64>().abs() * EARTH_RADIUS_M * EARTH_RADIUS_M
}

/// What a polygon looks like on the wire, before it is checked: pairs of latitude and longitude.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Polygon")]
struct Raw {
    points: Vec<(f64, f64)>,
}

impl TryFrom<Raw> for Polygon {
    type Error = PolygonError;

    fn try_from(raw: Raw) -> Result<Self, PolygonError> {
        let pairs = raw.points.into_iter().zip(1..);
        let points = pairs.map(|((lat, lon), number)| {
            Point::new(lat, lon).map_err(|source| PolygonError::Point { number, source })
        });
        Self::new(points.collect::<Result<_, _>>()?)
    }
}

impl From<Polygon> for Raw {
    fn from(polygon: Polygon) -> Self {
        let pairs = polygon.points.iter().map(|point| (point.lat(), point.lon()));
        Self { points: pairs.collect() }
    }
}
