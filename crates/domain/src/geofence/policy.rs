//! All the numbers of the machine, in the open.

use crate::Pace;
use serde::{Deserialize, Serialize};

/// The numbers the machine judges by. Any number is harmless; the defaults are documented with each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// How long after the first doubtful sign a second one settles a crossing, milliseconds. Default 10,000.
    pub confirm_ms: i64,
    /// How far beyond its accuracy radius a fix must be from the edge to count as outside, metres. Default 25.
    pub buffer_m: f64,
    /// How far away a fix must surely be to be *far*: there a second one soon settles that a device is gone, metres. Default 500.
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
    /// No fix is believed to be more exact than this, whatever it claims, metres. Default 15.
    pub least_accuracy_m: f64,
    /// How far from where a device rests a fix may be in any case without meaning that it went, metres. Default 80.
    pub near_m: f64,
    /// After how long at one place a device rests there, milliseconds: then one fix elsewhere is not believed. Default 120,000.
    pub rest_ms: i64,
    /// How much farther away a second fix must be to settle that a device is on its way, metres. Default 60.
    pub step_m: f64,
    /// After how long fixes at one place, which is far, settle that the device is there, milliseconds. Default 45,000.
    pub far_ms: i64,
    /// After how long fixes at one place, which is not far, settle that the device is there, milliseconds. Default 400,000.
    pub settle_ms: i64,
    /// Who is back where they were within this time, by one place only, was never away, milliseconds. Default 900,000 (15 minutes).
    pub merge_ms: i64,
    /// The greatest likely speed between fixes of one way, km/h. Default 250.
    pub likely_kmh: f64,
    /// For how long somebody must have come or gone until it is said, milliseconds. Default 0.
    pub hold_ms: i64,
    /// Whether a single fix elsewhere counts at once, until the next one speaks against it. Default no.
    pub trusts_doubt: bool,
}

impl Policy {
    /// The same numbers for a region of that pace.
    #[must_use]
    pub fn at(&self, pace: Pace) -> Self {
        match pace {
            Pace::Fast => Self { trusts_doubt: true, ..self.clone() },
            Pace::Balanced => self.clone(),
            Pace::Calm => Self { hold_ms: self.hold_ms.max(300_000), ..self.clone() },
        }
    }

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
            least_accuracy_m: 15.0,
            near_m: 80.0,
            rest_ms: 120_000,
            step_m: 60.0,
            far_ms: 45_000,
            settle_ms: 400_000,
            merge_ms: 900_000,
            likely_kmh: 250.0,
            hold_ms: 0,
            trusts_doubt: false,
        }
    }
}
