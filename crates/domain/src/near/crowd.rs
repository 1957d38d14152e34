//! Which devices are near a point, out of many.

use crate::DeviceId;
use geodesy::Point;
use rstar::{RTree, primitives::GeomWithData};
use std::collections::{HashMap, HashSet};

/// Where many devices were last seen, to find those that may be near a point without looking at all of them.
///
/// It finds too many rather than too few: one that has moved a little is found where it was, and one that is not known exactly from everywhere.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    tree: RTree<Pin>,
    pins: HashMap<DeviceId, [f64; 3]>,
    /// Those known so badly that they may be anywhere around.
    vague: HashSet<DeviceId>,
}

/// A point in space, metres from the middle of the earth: no date line, no poles.
type Pin = GeomWithData<[f64; 3], DeviceId>;

/// How far a device may have gone from its pin, metres: most reports move it less, and cost nothing here.
const SLACK_M: f64 = 200.0;
/// How far a device may be from its point, metres, and still be looked for around it.
const VAGUE_M: f64 = 1_000.0;

impl Crowd {
    /// A device is there now, or within its accuracy, metres.
    pub fn put(&mut self, device: DeviceId, point: Point, accuracy_m: Option<f64>) {
        if accuracy_m.is_some_and(|accuracy_m| accuracy_m > VAGUE_M) {
            self.vague.insert(device);
        } else {
            self.vague.remove(&device);
        }
        let now = point.cartesian_m();
        match self.pins.get_mut(&device) {
            Some(pin) if apart_2(*pin, now) <= SLACK_M * SLACK_M => {}
            Some(pin) => {
                self.tree.remove(&Pin::new(*pin, device));
                *pin = now;
                self.tree.insert(Pin::new(now, device));
            }
            None => {
                self.pins.insert(device, now);
                self.tree.insert(Pin::new(now, device));
            }
        }
    }

    /// All devices that may be within a distance of a point, metres, in no order; and some that are further.
    pub fn within(&self, point: Point, distance_m: f64) -> impl Iterator<Item = DeviceId> {
        // A chord is never longer than its arc.
        let reach_m = distance_m + SLACK_M + VAGUE_M;
        let near = self.tree.locate_within_distance(point.cartesian_m(), reach_m * reach_m);
        near.map(|pin| pin.data)
            .filter(|device| !self.vague.contains(device))
            .chain(self.vague.iter().copied())
    }
}

fn apart_2(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::Crowd;
    use crate::DeviceId;
    use geodesy::Point;
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};
    use uuid::Uuid;

    proptest! {
        /// After any walks: whoever is within the distance is found, and nobody twice.
        #[test]
        fn nobody_near_is_missed(
            walks in prop::collection::vec(
                (0..20_u128, -90.0..=90.0_f64, -180.0..=180.0_f64, (0.0..500.0_f64, 0.0..3_000.0_f64)), 1..120),
            (lat, lon, distance_m) in (-90.0..=90.0_f64, -180.0..=180.0_f64, 0.0..3_000_000.0_f64),
        ) {
            let (mut crowd, mut truly) = (Crowd::default(), HashMap::new());
            for (device, lat, lon, (step_m, accuracy_m)) in walks {
                let device = DeviceId::new(Uuid::from_u128(device));
                let point = Point::new(lat, lon).expect("is a point");
                for point in [point, point.destination(45.0, step_m)] {
                    crowd.put(device, point, Some(accuracy_m));
                    truly.insert(device, (point, accuracy_m));
                }
            }
            let here = Point::new(lat, lon).expect("is a point");
            let found: Vec<_> = crowd.within(here, distance_m).collect();
            let distinct: HashSet<_> = found.iter().copied().collect();
            prop_assert_eq!(found.len(), distinct.len());
            for (device, (point, accuracy_m)) in truly {
                prop_assert!(here.distance_m(point) - accuracy_m > distance_m || distinct.contains(&device));
            }
        }
    }
}
