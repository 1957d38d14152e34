//! What is drawn of a region in the making: its outline and the handles to change it by, with what they say to those
//! who hear the page, and what their keys mean. Pure.

use super::sketch::{Figure, Gesture, Outline, Sketch, Way, halfway, middle};
use crate::ui::{metres_words, size_words, walk_words};
use domain::{Colour, RegionId};
use geodesy::{Area, Point};

/// A region in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The outline.
    pub form: Form,
    /// What to take hold of, in the order of the keyboard.
    pub grips: Vec<Grip>,
    /// The handle last taken up: the keyboard's focus goes there.
    pub chosen: Option<Handle>,
    /// The region as it is now, if there is one.
    pub region: Option<RegionId>,
}

/// The outline of a region in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Its line.
    pub outline: Outline,
    /// Whether it is an area already.
    pub whole: bool,
    /// In which colour.
    pub colour: Colour,
}

/// A handle on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handle {
    /// Moves the whole.
    Middle,
    /// Widens a circle.
    Edge,
    /// Moves a corner, counted from 0.
    Corner(usize),
    /// Makes a corner, on the edge that starts at this one.
    Between(usize),
}

/// A handle where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Grip {
    /// Which.
    pub handle: Handle,
    /// Where.
    pub at: Point,
    /// What it is called.
    pub label: String,
    /// A number that it sets, for those who hear the page: the radius in metres, and in words.
    pub value: Option<(f64, String)>,
    /// The same in short, to be seen.
    pub note: Option<String>,
    /// Whether it was last taken up.
    pub chosen: bool,
}

/// One press of an arrow, metres.
const STEP_M: f64 = 1.0;
/// With Shift.
const LONG_STEP_M: f64 = 10.0;
/// A press of Page Up or Page Down.
const PAGE_M: f64 = 100.0;
/// More corners than this get no handles between them: they would cover each other.
const MOST_BETWEENS: usize = 60;

impl Handle {
    /// Its class on the map.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Middle => "grip-middle",
            Self::Edge => "grip-edge",
            Self::Corner(_) => "grip-corner",
            Self::Between(_) => "grip-between",
        }
    }

    /// What a key means on it.
    pub fn key(self, key: &str, shift: Shift) -> Option<Gesture> {
        let step = if shift == Shift::Held { LONG_STEP_M } else { STEP_M };
        let nudge =
            |way, metres| (!matches!(self, Self::Between(_))).then_some(Gesture::Nudge(self, way, metres));
        match (key, self) {
            ("ArrowUp", _) => nudge(Way::North, step),
            ("ArrowDown", _) => nudge(Way::South, step),
            ("ArrowLeft", _) => nudge(Way::West, step),
            ("ArrowRight", _) => nudge(Way::East, step),
            ("PageUp", Self::Edge) => nudge(Way::North, PAGE_M),
            ("PageDown", Self::Edge) => nudge(Way::South, PAGE_M),
            ("Enter" | " ", Self::Between(edge)) => Some(Gesture::Split(edge)),
            ("Delete" | "Backspace", Self::Corner(corner)) => Some(Gesture::Remove(corner)),
            _ => None,
        }
    }
}

/// Whether Shift is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Shift {
    Held,
    Free,
}

impl Sketch {
    /// What is to be drawn; none while the fields say nothing that can be.
    pub fn draft(&self, region: Option<RegionId>, colour: Colour) -> Option<Draft> {
        let outline = self.outline()?;
        let whole = outline.area().is_ok();
        let grips = match &outline {
            Outline::Circle(circle) => {
                let (centre, radius_m) = (circle.centre(), circle.radius_m());
                let edge = Grip {
                    value: Some((radius_m, format!("{}, {}", metres_words(radius_m), walk_words(radius_m)))),
                    note: Some(metres_words(radius_m)),
                    ..self.grip(Handle::Edge, centre.destination(self.bearing_deg(), radius_m), "Edge")
                };
                vec![self.grip(Handle::Middle, centre, &place("Middle", centre)), edge]
            }
            Outline::Ring(ring) => self.ring_grips(ring),
        };
        Some(Draft { form: Form { outline, whole, colour }, grips, chosen: self.chosen(), region })
    }

    fn grip(&self, handle: Handle, at: Point, label: &str) -> Grip {
        let chosen = self.chosen() == Some(handle);
        Grip { handle, at, label: label.to_owned(), value: None, note: None, chosen }
    }

    fn ring_grips(&self, ring: &[Point]) -> Vec<Grip> {
        let count = ring.len();
        let edges = if (2..=MOST_BETWEENS).contains(&count) { count } else { 0 };
        let middle = middle(ring).map(|middle| self.grip(Handle::Middle, middle, "The whole region"));
        let corners = ring.iter().enumerate().flat_map(|(number, corner)| {
            let label = place(&format!("Corner {}", number + 1), *corner);
            let next = (number + 1) % count;
            // A handle in hand is where the hand is, on the corner it is making.
            let at = match self.held() {
                Some(Handle::Between(edge)) if edge == number => ring.get(next).copied(),
                _ => halfway(ring, number),
            };
            let between = at.filter(|_| number < edges && (count > 2 || number == 0)).map(|at| {
                let label = format!("New corner between {} and {}", number + 1, next + 1);
                self.grip(Handle::Between(number), at, &label)
            });
            [Some(self.grip(Handle::Corner(number), *corner, &label)), between]
        });
        middle.into_iter().chain(corners.flatten()).collect()
    }

    /// What there is so far, in words: "Circle, 150 m, 2 minutes' walk"; or what is missing.
    pub fn words(&self) -> String {
        match (self.outline(), self.typed().figure) {
            (None, Figure::Circle) => "Click where the middle is.".to_owned(),
            (None, Figure::Polygon) => "Click where the corners are, one after the other.".to_owned(),
            (Some(Outline::Circle(circle)), _) => {
                format!("{}, {}", metres_words(circle.radius_m()), walk_words(circle.radius_m()))
            }
            (Some(outline @ Outline::Ring(_)), _) => match (&outline, outline.area()) {
                (Outline::Ring(ring), Ok(area @ Area::Polygon(_))) => {
                    let around_m: f64 = ring
                        .iter()
                        .zip(ring.iter().cycle().skip(1))
                        .map(|(from, to)| from.distance_m(*to))
                        .sum();
                    format!(
                        "{} corners, {}, {} around",
                        ring.len(),
                        size_words(area.size_m2()),
                        metres_words(around_m)
                    )
                }
                (_, Err(why)) => unfinished(why),
                _ => String::new(),
            },
        }
    }
}

/// What keeps corners from being a region, as one says it to who draws.
fn unfinished(why: geodesy::PolygonError) -> String {
    use geodesy::PolygonError as Why;
    match why {
        Why::TooFew(count) => match 3_usize.saturating_sub(count) {
            1 => "One more corner is needed.".to_owned(),
            more => format!("{more} more corners are needed."),
        },
        Why::TooMany(_) => "These are too many corners: 1000 at most.".to_owned(),
        Why::Flat => "These corners enclose nothing.".to_owned(),
        Why::Crossing => "The edge crosses itself.".to_owned(),
        Why::TooWide | Why::Point { .. } => "The corners are too far apart.".to_owned(),
    }
}

fn place(what: &str, at: Point) -> String {
    format!("{what}, {:.5}, {:.5}", at.lat(), at.lon())
}

#[cfg(test)]
mod tests;
