//! The state of a phone's battery.

/// What a battery is doing: `bs` of both apps, 0 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatteryStatus {
    /// 0: the phone does not know.
    Unknown,
    /// 1: running on battery.
    Unplugged,
    /// 2: charging.
    Charging,
    /// 3: full, and plugged in.
    Full,
}

impl BatteryStatus {
    pub(crate) const fn from_wire(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Unknown),
            1 => Some(Self::Unplugged),
            2 => Some(Self::Charging),
            3 => Some(Self::Full),
            _ => None,
        }
    }

    pub(crate) const fn to_wire(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Unplugged => 1,
            Self::Charging => 2,
            Self::Full => 3,
        }
    }
}
