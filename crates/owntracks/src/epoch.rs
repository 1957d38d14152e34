//! A moment as phones send it: seconds, by mistake also milliseconds or finer.

use crate::number;

/// The greatest number taken for seconds (the year 5138); anything above is milliseconds (from March 1973).
const MOST_SECONDS: f64 = 1e11;
/// The greatest number taken for milliseconds; above are microseconds.
const MOST_MILLIS: f64 = 1e14;
/// The greatest number taken for microseconds; above are nanoseconds.
const MOST_MICROS: f64 = 1e17;
/// The greatest number taken for nanoseconds; above is no time at all.
const MOST_NANOS: f64 = 1e20;

/// A moment in UTC, in milliseconds since 1970-01-01. Always after 1970 when it came from a phone.
///
/// It is what the phone said, not what is true: it may lie in the future or be hours old. Origin: `tst`, `created_at`,
/// `wtst`, `from`, `to` of both apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(i64);

impl Epoch {
    /// A moment from milliseconds since 1970 (UTC).
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment a number on the wire stands for. The unit follows from the size: seconds (the fraction is kept to the
    /// millisecond) up to 10^11, then milliseconds, microseconds, nanoseconds.
    ///
    /// `None` below 1, which senders use for "unknown", and for what is no time in any unit
    /// (vectors p022, p046, p048, p051).
    pub fn from_wire(number: f64) -> Option<Self> {
        if !(number > 0.0 && number <= MOST_NANOS) {
            return None;
        }
        let millis = if number <= MOST_SECONDS {
            number * 1e3
        } else if number <= MOST_MILLIS {
            number
        } else if number <= MOST_MICROS {
            number / 1e3
        } else {
            number / 1e6
        };
        number::whole(millis).filter(|&millis| millis >= 1000).map(Self)
    }

    /// Milliseconds since 1970 (UTC).
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970 (UTC), the fraction cut off: the form phones want.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::seconds(1_700_000_000.0, Some(1_700_000_000_000))]
    #[case::fraction(1_700_000_002.532, Some(1_700_000_002_532))]
    #[case::beyond_32_bits(2_147_483_648.0, Some(2_147_483_648_000))]
    #[case::last_second(1e11, Some(100_000_000_000_000))]
    #[case::milliseconds(1_700_000_050_123.0, Some(1_700_000_050_123))]
    #[case::microseconds(1_700_000_051_123_456.0, Some(1_700_000_051_123))]
    #[case::nanoseconds(1.7e18, Some(1_700_000_000_000))]
    #[case::first_second(1.0, Some(1000))]
    #[case::zero(0.0, None)]
    #[case::negative(-1.0, None)]
    #[case::within_the_first_second(0.9, None)]
    #[case::absurd(1e21, None)]
    #[case::not_a_number(f64::NAN, None)]
    #[case::infinite(f64::INFINITY, None)]
    fn the_unit_of_a_time_follows_from_its_size(#[case] wire: f64, #[case] millis: Option<i64>) {
        assert_eq!(Epoch::from_wire(wire).map(Epoch::as_millis), millis);
    }

    #[test]
    fn seconds_are_cut_not_rounded() {
        assert_eq!(Epoch::from_millis(1999).as_seconds(), 1);
        assert_eq!(Epoch::from_millis(-1).as_seconds(), -1);
    }

    proptest! {
        #[test]
        fn whole_seconds_survive_the_wire(seconds in 1_i32..) {
            let epoch = Epoch::from_wire(f64::from(seconds)).expect("a positive second is a time");
            prop_assert_eq!(epoch.as_seconds(), i64::from(seconds));
        }
    }
}
