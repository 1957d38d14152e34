//! How an app connects, and how eagerly it reports.

use serde_json::Value;

use crate::number;

/// How an app talks to the server: `mode` of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// 0: over MQTT.
    Mqtt,
    /// 3: over HTTP.
    Http,
}

/// How eagerly an app reports: `monitoring` of a configuration, `m` of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Monitoring {
    /// -1: nothing at all, not even crossings.
    Quiet,
    /// 0: when the user says so.
    Manual,
    /// 1: after a significant change of place, some hundred metres. Kind to the battery.
    Significant,
    /// 2: every few seconds or metres. Hard on the battery.
    Move,
}

impl Mode {
    /// The number on the wire; Android also says and reads `"mqtt"` and `"http"`, without case.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        match value.as_str() {
            Some(word) if word.eq_ignore_ascii_case("mqtt") => Some(Self::Mqtt),
            Some(word) if word.eq_ignore_ascii_case("http") => Some(Self::Http),
            _ => match number::whole(number::read(value)?)? {
                0 => Some(Self::Mqtt),
                3 => Some(Self::Http),
                _ => None,
            },
        }
    }

    pub(crate) const fn to_wire(self) -> u8 {
        match self {
            Self::Mqtt => 0,
            Self::Http => 3,
        }
    }
}

impl Monitoring {
    /// The mode a number on the wire stands for, such as [`crate::Location::mode`].
    pub const fn from_wire(number: i8) -> Option<Self> {
        match number {
            -1 => Some(Self::Quiet),
            0 => Some(Self::Manual),
            1 => Some(Self::Significant),
            2 => Some(Self::Move),
            _ => None,
        }
    }

    /// The number on the wire, -1 to 2.
    pub const fn to_wire(self) -> i8 {
        match self {
            Self::Quiet => -1,
            Self::Manual => 0,
            Self::Significant => 1,
            Self::Move => 2,
        }
    }
}
