//! All the numbers of the machine, in the open.

use serde::{Deserialize, Serialize};

/// The numbers the machine judges by. Any number is harmless; the defaults are documented with each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// How long after the first doubtful sign a second one settles a crossing, milliseconds. Default 10,000.
    pub confirm_ms: i64,
    /// How far beyond its accuracy radius a fix must be from the edge to count as outside, metres. Default 25.
    pub buffer_m: f64,
    /// How far from the edge the near end of a fix's disc must be for one fix to settle a leave, metres. Default 500.
    pub far_m: f64,
    /// What an unknown accuracy is taken for, metres. Missing, zero, negative and no number are all unknown. Default 100.
    pub unknown_accuracy_m: f64,
    /// The greatest believable speed between two fixes, after taking both accuracies off the distance, km/h. Default 1000.
    pub most_kmh: f64,
    /// How near the last believed fix must be to 0° 0° for a fix there to count, metres. Default 10,000.
    pub null_island_m: f64,
    /// Within how long the server's and the phone's word on one crossing are about the same one, milliseconds.
    /// Default 300,000 (5 minutes).
    pub agree_ms: i64,
}

impl Policy {
    /// The radius to judge by, metres: the accuracy as reported, or [`Self::unknown_accuracy_m`] if it says nothing.
    pub fn judged_accuracy_m(&self, reported_m: Option<f64>) -> f64 {
        reported_m.filter(|a| a.is_finite() && *a > 0.0).unwrap_or(self.unknown_accuracy_m)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            confirm_ms: 10_000,
            buffer_m: 25.0,
            far_m: 500.0,
            unknown_accuracy_m: 100.0,
            most_kmh: 1000.0,
            null_island_m: 10_000.0,
            agree_ms: 300_000,
        }
    }
}
