//! The smallest circle that holds a set of places.

use crate::{Circle, Point, vector::Vector};

/// Slack against rounding, radians: below a millimetre.
const SLACK: f64 = 1e-10;

/// A circle as a direction and the angle to its edge.
#[derive(Clone, Copy)]
struct Cap {
    middle: Vector,
    angle: f64,
}

impl Cap {
    fn holds(&self, place: Vector) -> bool {
        self.middle.angle(place) <= self.angle + SLACK
    }

    /// With both on its edge, and no larger than that takes.
    fn of_two(a: Vector, b: Vector) -> Option<Self> {
        let middle = (a + b).unit()?;
        Some(Self { middle, angle: middle.angle(a).max(middle.angle(b)) })
    }

    /// With all three on its edge.
    fn of_three(a: Vector, b: Vector, c: Vector) -> Option<Self> {
        let across = (b - a).cross(c - a).unit()?;
        let middle = if across.dot(a) < 0.0 { across.scale(-1.0) } else { across };
        Some(Self { middle, angle: middle.angle(a).max(middle.angle(b)).max(middle.angle(c)) })
    }
}

/// The smallest circle with all these places in it, all of them within a quarter of the globe of each other's middle (Welzl, "Smallest
/// enclosing disks", 1991, on the sphere: there, too, two or three of them lie on its edge). `None` of no places.
pub(crate) fn smallest(places: &[Vector]) -> Option<Circle> {
    // Neighbours far from each other, or each corner of a round polygon would move the circle a little.
    let places = spread(places);
    let mut cap = Cap { middle: *places.first()?, angle: 0.0 };
    for (i, &a) in places.iter().enumerate() {
        if cap.holds(a) {
            continue;
        }
        cap = Cap { middle: a, angle: 0.0 };
        for (j, &b) in places.iter().enumerate().take(i) {
            if cap.holds(b) {
                continue;
            }
            cap = Cap::of_two(a, b)?;
            for &c in places.iter().take(j) {
                if !cap.holds(c) {
                    // Three on one line are held by two of them.
                    cap = Cap::of_three(a, b, c).unwrap_or(cap);
                }
            }
        }
    }
    let middle: Point = cap.middle.point();
    let centre = Vector::from(middle);
    let radius_m = places.iter().map(|place| centre.distance_m(*place)).fold(0.0, f64::max);
    Circle::new(middle, radius_m.max(Circle::MIN_RADIUS_M)).ok()
}

/// The same in another order, always the same one: at strides of about the golden ratio.
fn spread(places: &[Vector]) -> Vec<Vector> {
    let count = places.len();
    let common = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let stride = (count * 61 / 100..=count).find(|stride| common(*stride, count) <= 1).unwrap_or(1);
    (0..count).filter_map(|turn| places.get(turn * stride % count)).copied().collect()
}
