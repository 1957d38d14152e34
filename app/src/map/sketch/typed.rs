//! What stands in the fields of a region's shape, and what can be drawn of it. The text is the truth: a half-typed number
//! stays as it is, and what is drawn follows from it.

use crate::draft::{circle, number, pair};
use geodesy::{Area, BoundingBox, Circle, Point, Polygon};

/// Which kind of shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Figure {
    /// A middle and a radius.
    #[default]
    Circle,
    /// Corners.
    Polygon,
}

impl Figure {
    /// Its word in the form.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Polygon => "polygon",
        }
    }
}

/// The fields of a shape, as text. Those of the other figure keep what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// Which of them count.
    pub figure: Figure,
    /// The middle, degrees north.
    pub lat: String,
    /// The middle, degrees east.
    pub lon: String,
    /// The radius, metres.
    pub radius_m: String,
    /// The corners: latitude and longitude, a line for each.
    pub points: String,
}

/// What can be drawn of the fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Outline {
    /// A circle.
    Circle(Circle),
    /// The corners of a polygon, which may not be one yet.
    Ring(Vec<Point>),
}

/// The radius of a circle of which only the middle is known, metres.
const USUAL_RADIUS_M: f64 = 150.0;
/// With how many corners a polygon starts that was a circle.
const FIRST_CORNERS: u32 = 6;

impl Typed {
    /// The fields of an area.
    pub fn of(area: &Area) -> Self {
        match area {
            Area::Circle(circle) => Self::default().circle(circle.centre(), circle.radius_m()),
            Area::Polygon(polygon) => {
                Self { figure: Figure::Polygon, points: lines(polygon.points()), ..Self::default() }
            }
        }
    }

    /// What can be drawn; none while a field that counts cannot be read.
    pub fn outline(&self) -> Option<Outline> {
        match self.figure {
            Figure::Circle => circle(&self.lat, &self.lon, &self.radius_m).ok().map(Outline::Circle),
            Figure::Polygon => {
                let lines = self.points.lines().filter(|line| !line.trim().is_empty());
                let ring: Vec<Point> = lines.map(corner).collect::<Option<_>>()?;
                (!ring.is_empty()).then_some(Outline::Ring(ring))
            }
        }
    }

    /// With the middle elsewhere; a radius that cannot be read becomes a usual one.
    #[must_use]
    pub(super) fn middle(self, at: Point) -> Self {
        let known = number(&self.radius_m).filter(|radius_m| Circle::new(at, *radius_m).is_ok());
        let radius_m = if known.is_some() { self.radius_m.clone() } else { metres(USUAL_RADIUS_M) };
        Self { lat: degrees(at.lat()), lon: degrees(at.lon()), radius_m, ..self }
    }

    /// With another radius, as exact as a hand can mean it.
    #[must_use]
    pub(super) fn radius(self, radius_m: f64) -> Self {
        let step = match radius_m {
            ..10.0 => 0.1,
            ..10_000.0 => 1.0,
            _ => 10.0,
        };
        let rounded = (radius_m / step).round() * step;
        Self { radius_m: metres(rounded.clamp(Circle::MIN_RADIUS_M, Circle::MAX_RADIUS_M)), ..self }
    }

    #[must_use]
    fn circle(self, centre: Point, radius_m: f64) -> Self {
        let (lat, lon) = (degrees(centre.lat()), degrees(centre.lon()));
        Self { figure: Figure::Circle, lat, lon, radius_m: metres(radius_m), ..self }
    }

    /// With other corners.
    #[must_use]
    pub(super) fn ring(self, ring: &[Point]) -> Self {
        Self { points: lines(ring), ..self }
    }

    /// With one more line of corners, whatever the others say.
    #[must_use]
    pub(super) fn line(self, at: Point) -> Self {
        let above = self.points.trim_end();
        let join = if above.is_empty() { "" } else { "\n" };
        Self { points: format!("{above}{join}{}", lines(&[at])), ..self }
    }

    /// After another figure was chosen: what has nothing in its fields starts from the old one.
    #[must_use]
    pub(super) fn seeded(self, before: &Self) -> Self {
        if self.figure == before.figure {
            return self;
        }
        match (self.figure, before.outline()) {
            (Figure::Polygon, Some(Outline::Circle(circle))) if self.points.trim().is_empty() => {
                let turn = 360.0 / f64::from(FIRST_CORNERS);
                let corner =
                    |number| circle.centre().destination(f64::from(number) * turn, circle.radius_m());
                let ring: Vec<Point> = (0..FIRST_CORNERS).map(corner).collect();
                self.ring(&ring)
            }
            (Figure::Circle, Some(Outline::Ring(ring)))
                if self.lat.trim().is_empty() && self.lon.trim().is_empty() =>
            {
                match Polygon::new(ring) {
                    Ok(polygon) => {
                        let radius_m = (polygon.size_m2() / std::f64::consts::PI).sqrt();
                        self.middle(polygon.centre()).radius(radius_m)
                    }
                    Err(_) => self,
                }
            }
            _ => self,
        }
    }
}

impl Outline {
    /// The area it is.
    ///
    /// # Errors
    /// What keeps the corners from being a polygon.
    pub fn area(&self) -> Result<Area, geodesy::PolygonError> {
        match self {
            Self::Circle(circle) => Ok(Area::Circle(circle.clone())),
            Self::Ring(ring) => Polygon::new(ring.clone()).map(Area::Polygon),
        }
    }

    /// South-west and north-east of a box that holds it; the longitudes run on beyond 180°.
    pub fn corners(&self) -> ((f64, f64), (f64, f64)) {
        match self {
            Self::Circle(circle) => {
                let BoundingBox { south, west, north, .. } = circle.bounding_box();
                ((south, west), (north, west + circle.bounding_box().width_deg()))
            }
            Self::Ring(ring) => crate::map::scene::ring(ring).into_iter().fold(
                ((90.0, f64::INFINITY), (-90.0, f64::NEG_INFINITY)),
                |((south, west), (north, east)), (lat, lon)| {
                    ((lat.min(south), lon.min(west)), (lat.max(north), lon.max(east)))
                },
            ),
        }
    }
}

fn corner(line: &str) -> Option<Point> {
    let (lat, lon) = pair(line)?;
    Point::new(lat, lon).ok()
}

fn lines(ring: &[Point]) -> String {
    let lines: Vec<String> =
        ring.iter().map(|point| format!("{}, {}", degrees(point.lat()), degrees(point.lon()))).collect();
    lines.join("\n")
}

/// To about a hand's breadth.
fn degrees(degrees: f64) -> String {
    format!("{degrees:.6}")
}

fn metres(metres: f64) -> String {
    format!("{}", (metres * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("47.3667, 8.55")]
    #[case(" 47.3667 8.55 ")]
    #[case("47,3667; 8,55")]
    #[case("47.3667,8.55")]
    #[case("47,3667, 8,55")]
    fn a_corner_is_read_as_people_write_it(#[case] line: &str) {
        assert_eq!(corner(line), Point::new(47.3667, 8.55).ok());
    }

    #[test]
    fn a_line_that_cannot_be_read_is_no_ring_and_a_blank_one_is_no_line() {
        let typed =
            |points: &str| Typed { figure: Figure::Polygon, points: points.to_owned(), ..Typed::default() };
        assert_eq!(typed("47, 8\nnorth").outline(), None);
        assert_eq!(typed(" \n").outline(), None);
        let ring = typed("47, 8\n\n47, 9\n").outline();
        assert!(matches!(&ring, Some(Outline::Ring(ring)) if ring.len() == 2), "{ring:?}");
    }

    #[test]
    fn an_area_reads_back_from_its_fields_and_a_circle_stays_a_circle() {
        let at = |lat, lon| Point::new(lat, lon).expect("on the Earth");
        let circle = Area::Circle(Circle::new(at(47.3667, 8.55), 120.5).expect("a circle"));
        let polygon =
            Area::Polygon(Polygon::new(vec![at(1.0, 179.9), at(1.0, -179.9), at(1.1, 180.0)]).expect("one"));
        for area in [circle, polygon] {
            assert_eq!(Typed::of(&area).outline().and_then(|outline| outline.area().ok()), Some(area));
        }
    }

    #[test]
    fn a_box_across_the_antimeridian_is_narrow() {
        let typed = Typed {
            figure: Figure::Polygon,
            points: "1, 179.9\n1, -179.9\n1.1, 180".to_owned(),
            ..Typed::default()
        };
        let ((south, west), (north, east)) = typed.outline().expect("a ring").corners();
        assert!((south, north) == (1.0, 1.1) && (east - west - 0.2).abs() < 1e-9, "{west} {east}");
    }

    #[test]
    fn a_circle_made_a_polygon_starts_with_corners_on_its_edge_and_back_with_as_much_ground() {
        let circle = Typed::default().circle(Point::new(47.0, 8.0).expect("on the Earth"), 100.0);
        let polygon = Typed { figure: Figure::Polygon, ..circle.clone() }.seeded(&circle);
        assert_eq!(polygon.points.lines().count(), 6);
        let blank =
            Typed { figure: Figure::Circle, lat: String::new(), lon: String::new(), ..polygon.clone() };
        let back = blank.seeded(&polygon);
        assert_eq!((back.lat.as_str(), back.radius_m.as_str()), ("47.000000", "91"));
        // What was typed before is not overwritten.
        assert_eq!(Typed { figure: Figure::Circle, ..polygon.clone() }.seeded(&polygon).radius_m, "100");
    }
}
