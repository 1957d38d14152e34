//! What reports for a friend, and where it was last seen.

use crate::{Clock, DeviceId, Expected, Fix, FriendId, Name, Timestamp};
use geodesy::Point;
use serde::{Deserialize, Serialize};

/// What kind of thing reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A phone, or anything else that signs in by itself.
    #[default]
    Phone,
    /// A browser in which its friend is signed in: what it says of where they are it has from the machine it runs on, or from their own hand.
    Browser,
}

impl DeviceKind {
    /// The word for it in the store and in the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Browser => "browser",
        }
    }

    /// The kind of that word; a phone for any other.
    pub fn of(word: &str) -> Self {
        if word == Self::Browser.as_str() { Self::Browser } else { Self::Phone }
    }

    /// Whether it is a phone: left out where it is sent.
    pub fn is_phone(&self) -> bool {
        *self == Self::Phone
    }
}

/// Something that reports for a friend, usually a phone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Which.
    pub id: DeviceId,
    /// Whose.
    pub friend: FriendId,
    /// Unique among the friend's devices without regard to case; the last level of its base topic.
    pub name: Name,
    /// What kind of thing it is.
    #[serde(default, skip_serializing_if = "DeviceKind::is_phone")]
    pub kind: DeviceKind,
}

/// Where a device was last seen: the part of a [`Fix`] that is shown live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// When the position was taken, as far as can be believed.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// Where.
    #[serde(rename = "p")]
    pub point: Point,
    /// Radius of about 68 % confidence, metres; `None` is unknown, not perfect.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
    /// Speed over ground, km/h.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub velocity_kmh: Option<f64>,
    /// Course over ground, degrees clockwise from north.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub course_deg: Option<f64>,
    /// Charge, 0 to 100.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub battery_pct: Option<u8>,
    /// The phone's clock was wrong: `at` is when the server got it, and when it was taken is not known.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    pub clock_wrong: bool,
    /// When the device is expected to report again, by its own rhythm; `None` while that is not known.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

impl From<&Fix> for Spot {
    fn from(fix: &Fix) -> Self {
        Self {
            at: fix.believed_at(),
            point: fix.point,
            accuracy_m: fix.accuracy_m,
            velocity_kmh: fix.velocity_kmh,
            course_deg: fix.course_deg,
            battery_pct: fix.battery_pct,
            clock_wrong: fix.clock() == Clock::Wrong,
            expected: None,
        }
    }
}
