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
    /// When the phone made the message, by the phone's clock, where it says so: later than `at` when the position was old by then,
    /// long before `received_at` when the message had to wait.
    pub sent_at: Option<Timestamp>,
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

/// What to think of the clock that stamped a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The time can be true.
    Right,
    /// Up to [`Fix::MOST_AHEAD_MS`] ahead of the server: taken for the time of receipt.
    Ahead,
    /// From before there were such phones, or far in the future: when it was taken is not known.
    Wrong,
}

impl Clock {
    /// The word for it on the page and in the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Ahead => "ahead",
            Self::Wrong => "wrong",
        }
    }
}

impl Fix {
    /// How far ahead of the server's clock a phone's clock may be before a fix is not believed to be the newest: one hour.
    pub const MOST_AHEAD_MS: i64 = 3_600_000;
    /// Before this moment (2000-01-01) no phone took a position; such a clock is wrong.
    pub const EARLIEST: Timestamp = Timestamp::from_millis(946_684_800_000);

    /// Nothing but when and where; received at once.
    pub const fn bare(device: DeviceId, at: Timestamp, point: Point) -> Self {
        Self {
            device,
            at,
            sent_at: None,
            received_at: at,
            point,
            accuracy_m: None,
            altitude_m: None,
            velocity_kmh: None,
            course_deg: None,
            battery_pct: None,
            trigger: None,
            connection: None,
        }
    }

    /// What to think of the time it was taken.
    pub fn clock(&self) -> Clock {
        if !self.has_plausible_time() {
            Clock::Wrong
        } else if self.at.millis_since(self.received_at) > 1000 {
            Clock::Ahead
        } else {
            Clock::Right
        }
    }

    /// Whether the time it was taken can be true. A fix from the future or from before there were such phones stays in the
    /// history, and must not freeze a marker: the next one with a good clock is the latest again.
    pub fn has_plausible_time(&self) -> bool {
        Self::is_plausible(self.at, self.received_at)
    }

    /// Whether something that was received then can have been measured at `at`.
    pub fn is_plausible(at: Timestamp, received_at: Timestamp) -> bool {
        at >= Self::EARLIEST && at.millis_since(received_at) <= Self::MOST_AHEAD_MS
    }

    /// When it was taken as far as can be believed: nothing was taken after it was received. In whole seconds then, as phones count,
    /// so that the next one is not older.
    pub fn believed_at(&self) -> Timestamp {
        match self.clock() {
            Clock::Right => self.at,
            Clock::Ahead | Clock::Wrong => {
                Timestamp::from_millis(self.received_at.as_millis().div_euclid(1000) * 1000)
            }
        }
    }

    /// Whether it lies at 0° 0°, where no friend is and broken receivers are.
    pub fn is_null_island(&self) -> bool {
        self.point.lat().abs() < 1e-9 && self.point.lon().abs() < 1e-9
    }
}
