//! A region in the making: what stands in its fields, and what hands do to it on the map. A gesture in, the next state
//! out, with every step to be taken back. Pure: who keeps it writes the text into the fields and draws the rest.

mod typed;

pub use typed::{Figure, Outline, Typed};

use super::draft::Handle;
use geodesy::{Area, Circle, Point};

/// What a hand does.
#[derive(Clone, Debug, PartialEq)]
pub enum Gesture {
    /// Types: the fields now say this.
    Type(Typed),
    /// Points at a place beside the handles.
    Click(Point),
    /// Pulls a handle to a place.
    Drag(Handle, Point),
    /// Lets it go.
    Release,
    /// Pushes a handle by so many metres.
    Nudge(Handle, Way, f64),
    /// Makes a corner in the middle of the edge that starts at this one.
    Split(usize),
    /// Takes a corner away.
    Remove(usize),
    /// Takes this handle up, with the keyboard or a finger.
    Choose(Handle),
    /// Wants this radius, metres.
    Radius(f64),
    /// Takes the last step back.
    Undo,
    /// Takes it again.
    Redo,
}

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Way {
    North,
    East,
    South,
    West,
}

impl Way {
    const fn bearing_deg(self) -> f64 {
        match self {
            Self::North => 0.0,
            Self::East => 90.0,
            Self::South => 180.0,
            Self::West => 270.0,
        }
    }

    /// Out for up and right, in for down and left.
    const fn sign(self) -> f64 {
        match self {
            Self::North | Self::East => 1.0,
            Self::South | Self::West => -1.0,
        }
    }
}

/// The state.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    typed: Typed,
    past: Vec<Typed>,
    future: Vec<Typed>,
    /// What is going on, to be taken back as one step.
    run: Option<Run>,
    /// The handle in hand, and what stood in the fields when it was taken: each pull starts from there, so that nothing
    /// adds up.
    held: Option<(Handle, Typed)>,
    chosen: Option<Handle>,
    /// Where on the edge of a circle its handle is, degrees clockwise from north.
    bearing_deg: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    Typing(Field),
    Pulling(Handle),
    Pushing(Handle),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Figure,
    Middle,
    Radius,
    Points,
}

/// Only so many steps are remembered.
const MOST_STEPS: usize = 200;
/// Nearer to the chosen corner than this a click means that corner, metres: a double click makes one corner.
const SAME_CORNER_M: f64 = 0.2;

impl Default for Sketch {
    fn default() -> Self {
        Self::of(Typed::default())
    }
}

impl Sketch {
    /// Starts from what stands in the fields; nothing to be taken back yet.
    pub fn of(typed: Typed) -> Self {
        Self {
            typed,
            past: Vec::new(),
            future: Vec::new(),
            run: None,
            held: None,
            chosen: None,
            bearing_deg: 90.0,
        }
    }

    /// What must stand in the fields.
    pub fn typed(&self) -> &Typed {
        &self.typed
    }

    /// What can be drawn.
    pub fn outline(&self) -> Option<Outline> {
        self.typed.outline()
    }

    /// The area, once it is one.
    pub fn area(&self) -> Option<Area> {
        self.outline()?.area().ok()
    }

    /// The handle that was last taken up.
    pub fn chosen(&self) -> Option<Handle> {
        self.chosen
    }

    /// The handle in hand.
    pub fn held(&self) -> Option<Handle> {
        self.held.as_ref().map(|(handle, _)| *handle)
    }

    /// Where on the edge of a circle its handle is, degrees.
    pub(super) fn bearing_deg(&self) -> f64 {
        self.bearing_deg
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is one to take again.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// The next state.
    #[must_use]
    pub fn take(mut self, gesture: Gesture) -> Self {
        match gesture {
            Gesture::Type(typed) => {
                let run = self.typing(&typed);
                let typed = typed.seeded(&self.typed);
                self.write(typed, Some(run));
            }
            Gesture::Click(at) => self.click(at),
            Gesture::Drag(handle, at) => self.drag(handle, at),
            Gesture::Release => {
                if let Some((Handle::Between(edge), _)) = self.held {
                    self.chosen = Some(Handle::Corner(edge + 1));
                }
                (self.held, self.run) = (None, None);
            }
            Gesture::Nudge(handle, way, metres) => self.nudge(handle, way, metres),
            Gesture::Split(edge) => self.split(edge),
            Gesture::Remove(corner) => self.remove(corner),
            Gesture::Choose(handle) => self.chosen = Some(handle),
            Gesture::Radius(radius_m) => {
                let typed = self.typed.clone().radius(radius_m);
                self.write(typed, None);
            }
            Gesture::Undo => {
                if let Some(before) = self.past.pop() {
                    self.future.push(std::mem::replace(&mut self.typed, before));
                }
                self.rest();
            }
            Gesture::Redo => {
                if let Some(after) = self.future.pop() {
                    self.past.push(std::mem::replace(&mut self.typed, after));
                }
                self.rest();
            }
        }
        self.keep_chosen();
        self
    }

    fn typing(&self, typed: &Typed) -> Run {
        let field = if typed.figure != self.typed.figure {
            Field::Figure
        } else if typed.radius_m != self.typed.radius_m {
            Field::Radius
        } else if typed.points != self.typed.points {
            Field::Points
        } else {
            Field::Middle
        };
        Run::Typing(field)
    }

    fn click(&mut self, at: Point) {
        let typed = self.typed.clone();
        match self.typed.figure {
            Figure::Circle => {
                self.write(typed.middle(at), None);
                self.chosen = Some(Handle::Middle);
            }
            Figure::Polygon => {
                let Some(mut ring) = self.ring() else {
                    self.write(typed.line(at), None);
                    self.chosen = self.ring().map(|ring| Handle::Corner(ring.len().saturating_sub(1)));
                    return;
                };
                // After the chosen corner: so clicks go on where the last one was.
                let after = match self.chosen {
                    Some(Handle::Corner(corner)) => corner,
                    _ => ring.len().saturating_sub(1),
                };
                if ring.get(after).is_some_and(|corner| corner.distance_m(at) < SAME_CORNER_M) {
                    return;
                }
                let place = (after + 1).min(ring.len());
                ring.insert(place, at);
                self.write(typed.ring(&ring), None);
                self.chosen = Some(Handle::Corner(place));
            }
        }
    }

    fn drag(&mut self, handle: Handle, at: Point) {
        if self.held() != Some(handle) {
            self.held = Some((handle, self.typed.clone()));
        }
        let Some((_, from)) = self.held.clone() else { return };
        let next = match (from.outline(), handle) {
            (Some(Outline::Circle(_)), Handle::Middle) => from.middle(at),
            (Some(Outline::Circle(circle)), Handle::Edge) => {
                self.bearing_deg = circle.centre().bearing_deg(at);
                from.radius(circle.centre().distance_m(at))
            }
            (Some(Outline::Ring(ring)), Handle::Middle) => match middle(&ring) {
                Some(middle) => from.ring(&moved(&ring, middle, at)),
                None => return,
            },
            (Some(Outline::Ring(mut ring)), Handle::Corner(corner)) => match ring.get_mut(corner) {
                Some(place) => {
                    *place = at;
                    from.ring(&ring)
                }
                None => return,
            },
            (Some(Outline::Ring(mut ring)), Handle::Between(edge)) if edge < ring.len() => {
                ring.insert(edge + 1, at);
                from.ring(&ring)
            }
            _ => return,
        };
        self.write(next, Some(Run::Pulling(handle)));
    }

    fn nudge(&mut self, handle: Handle, way: Way, metres: f64) {
        let typed = self.typed.clone();
        let push = |point: Point| point.destination(way.bearing_deg(), metres);
        let next = match (self.outline(), handle) {
            (Some(Outline::Circle(circle)), Handle::Middle) => typed.middle(push(circle.centre())),
            (Some(Outline::Circle(circle)), Handle::Edge) => {
                typed.radius((circle.radius_m() + way.sign() * metres).max(Circle::MIN_RADIUS_M))
            }
            (Some(Outline::Ring(ring)), Handle::Middle) => match middle(&ring) {
                Some(middle) => typed.ring(&moved(&ring, middle, push(middle))),
                None => return,
            },
            (Some(Outline::Ring(mut ring)), Handle::Corner(corner)) => match ring.get_mut(corner) {
                Some(place) => {
                    *place = push(*place);
                    typed.ring(&ring)
                }
                None => return,
            },
            _ => return,
        };
        self.write(next, Some(Run::Pushing(handle)));
    }

    fn split(&mut self, edge: usize) {
        let Some(mut ring) = self.ring() else { return };
        let Some(halfway) = halfway(&ring, edge) else { return };
        ring.insert(edge + 1, halfway);
        let typed = self.typed.clone().ring(&ring);
        self.write(typed, None);
        self.chosen = Some(Handle::Corner(edge + 1));
    }

    fn remove(&mut self, corner: usize) {
        let Some(mut ring) = self.ring() else { return };
        if corner < ring.len() {
            ring.remove(corner);
            let typed = self.typed.clone().ring(&ring);
            self.write(typed, None);
            self.chosen = Some(Handle::Corner(corner.saturating_sub(1)));
        }
    }

    fn ring(&self) -> Option<Vec<Point>> {
        match self.outline()? {
            Outline::Ring(ring) => Some(ring),
            Outline::Circle(_) => None,
        }
    }

    /// Puts the next text in place. What belongs to the same run is one step.
    fn write(&mut self, next: Typed, run: Option<Run>) {
        if next == self.typed {
            return;
        }
        if run.is_none() || self.run != run {
            self.past.push(self.typed.clone());
            let forgotten = self.past.len().saturating_sub(MOST_STEPS);
            self.past.drain(..forgotten);
        }
        self.future.clear();
        self.run = run;
        self.typed = next;
    }

    fn rest(&mut self) {
        (self.held, self.run) = (None, None);
    }

    /// A handle that is there no more is not chosen; a corner gives way to the last one.
    fn keep_chosen(&mut self) {
        let Some(chosen) = self.chosen else { return };
        self.chosen = match (self.outline(), chosen) {
            (Some(Outline::Circle(_)), Handle::Middle | Handle::Edge) => Some(chosen),
            (Some(Outline::Ring(ring)), Handle::Middle) => middle(&ring).map(|_| chosen),
            (Some(Outline::Ring(ring)), Handle::Corner(corner)) => {
                Some(Handle::Corner(corner.min(ring.len().saturating_sub(1))))
            }
            (Some(Outline::Ring(ring)), Handle::Between(edge)) => (edge < ring.len()).then_some(chosen),
            _ => None,
        };
    }
}

/// The middle of a ring that is a polygon.
pub(super) fn middle(ring: &[Point]) -> Option<Point> {
    geodesy::Polygon::new(ring.to_vec()).ok().map(|polygon| polygon.centre())
}

/// The middle of the edge that starts at a corner.
pub(super) fn halfway(ring: &[Point], edge: usize) -> Option<Point> {
    let (from, to) = (*ring.get(edge)?, *ring.get((edge + 1) % ring.len())?);
    Some(from.destination(from.bearing_deg(to), from.distance_m(to) / 2.0))
}

/// The same ring around another middle.
fn moved(ring: &[Point], from: Point, to: Point) -> Vec<Point> {
    ring.iter().map(|corner| to.destination(from.bearing_deg(*corner), from.distance_m(*corner))).collect()
}

#[cfg(test)]
mod tests;
