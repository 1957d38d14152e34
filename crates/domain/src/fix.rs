//! One position report.

use crate::{DeviceId, Timestamp};
use geodesy::Point;
use serde::{Deserialize, Serialize};

/// One position report of one device. The same device, time and point are the same fix, however often it arrives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Which device.
    pub device: DeviceId,
    /// When the position was taken, by the phone's clock.
    pub at: Timestamp,
    /// When the server got it.
    pub received_at: Timestamp,
    /// Where.
    pub point: Point,
    /// Radius of about 68 % confidence, metres; `None` is unknown, not perfect.
    pub accuracy_m: Option<f64>,
    /// Above sea level, metres; may be negative.
    pub altitude_m: Option<f64>,
    /// Speed over ground, km/h.
    pub velocity_kmh: Option<f64>,
    /// Course over ground, degrees clockwise from north.
    pub course_deg: Option<f64>,
    /// Charge, 0 to 100.
    pub battery_pct: Option<u8>,
    /// Why the phone reported, one letter as OwnTracks has it (`p` ping, `c` region, `u` by hand, …); a hint for people.
    pub trigger: Option<String>,
    /// How the phone was connected: `w` Wi-Fi, `m` mobile, `o` offline, or another word of its own.
    pub connection: Option<String>,
}

impl Fix {
    /// How far ahead of the server's clock a phone's clock may be before a fix is not believed to be the newest: one hour.
    pub const MOST_AHEAD_MS: i64 = 3_600_000;
    /// Before this moment (2000-01-01) no phone took a position; such a clock is wrong.
    pub const EARLIEST: Timestamp = Timestamp::from_millis(946_684_800_000);

    /// Whether the time it was taken can be true. A fix from the future or from before there were such phones stays in the
    /// history, and is never the latest: one bad clock must not freeze a marker.
    pub fn has_plausible_time(&self) -> bool {
        self.at >= Self::EARLIEST && self.at.millis_since(self.received_at) <= Self::MOST_AHEAD_MS
    }

    /// Whether it lies at 0° 0°, where no friend is and broken receivers are.
    pub fn is_null_island(&self) -> bool {
        self.point.lat().abs() < 1e-9 && self.point.lon().abs() < 1e-9
    }
}
