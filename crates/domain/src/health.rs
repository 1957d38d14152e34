//! How well a phone reports, by its own positions, and what would help. Pure. It tells nothing of where the phone was.

use crate::{Monitoring, Timestamp};
use serde::{Deserialize, Serialize};

/// What the positions of some days say of a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// How many there were.
    pub fixes: u32,
    /// How long it took from one to the next, as a mean, seconds; nights and outages too.
    pub mean_interval_s: u32,
    /// How exact they were, as a mean of those that say so, metres.
    pub mean_accuracy_m: Option<u32>,
    /// How many of a hundred were worse than 100 m, or did not say.
    pub inexact_pct: u8,
}

/// Something that would help a phone to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// It is in a mode in which it reports by hand alone, or never: put it into another.
    Mode(Monitoring),
    /// It reports all the time, which costs battery: fine while on the way, else put it into another mode.
    Thirsty,
    /// Many positions are inexact: it may know the position only roughly, or Wi-Fi is off.
    Inexact,
    /// It reports seldom by its own measure, though its mode would have it report: the system puts it to sleep.
    Seldom,
}

impl Measured {
    /// A position is inexact from here on, metres.
    pub const INEXACT_M: f64 = 100.0;
    /// Fewer positions say nothing.
    const FEWEST: usize = 10;

    /// Measures positions, oldest first: when each was taken, and how exact it was.
    pub fn of(fixes: &[(Timestamp, Option<f64>)]) -> Option<Self> {
        let ((first, _), (last, _)) = (fixes.first()?, fixes.last()?);
        if fixes.len() < Self::FEWEST {
            return None;
        }
        let count = u32::try_from(fixes.len()).unwrap_or(u32::MAX);
        let gaps = i64::from(count.saturating_sub(1).max(1));
        let whole = |number: i64| u32::try_from(number).unwrap_or(0);
        let exact: Vec<f64> = fixes.iter().filter_map(|(_, accuracy)| *accuracy).collect();
        #[expect(clippy::cast_precision_loss, reason = "thousands at the most")]
        let mean = (!exact.is_empty()).then(|| exact.iter().sum::<f64>() / exact.len() as f64);
        let inexact =
            fixes.iter().filter(|(_, accuracy)| accuracy.is_none_or(|m| m > Self::INEXACT_M)).count();
        let inexact = u32::try_from(inexact).unwrap_or(u32::MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "metres, drawn into range"
        )]
        let mean_accuracy_m = mean.map(|mean| mean.round().clamp(0.0, 4e9) as u32);
        Some(Self {
            fixes: count,
            mean_interval_s: whole(last.millis_since(*first) / 1000 / gaps),
            mean_accuracy_m,
            inexact_pct: u8::try_from(inexact.saturating_mul(100) / count).unwrap_or(100),
        })
    }
}

/// What would help a phone that is in this mode and reports like this, the most important first.
pub fn advice(mode: Option<Monitoring>, measured: Option<&Measured>) -> Vec<Advice> {
    let mut advice = Vec::new();
    match mode {
        Some(mode @ (Monitoring::Quiet | Monitoring::Manual)) => advice.push(Advice::Mode(mode)),
        Some(Monitoring::Move) => advice.push(Advice::Thirsty),
        Some(Monitoring::Significant) | None => {}
    }
    if let Some(measured) = measured {
        if measured.inexact_pct >= 30 {
            advice.push(Advice::Inexact);
        }
        let reports = !matches!(mode, Some(Monitoring::Quiet | Monitoring::Manual));
        if reports && measured.mean_interval_s >= 4 * 3600 {
            advice.push(Advice::Seldom);
        }
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn fixes(
        count: i64,
        every_s: i64,
        accuracy: impl Fn(i64) -> Option<f64>,
    ) -> Vec<(Timestamp, Option<f64>)> {
        (0..count).map(|n| (Timestamp::from_millis(n * every_s * 1000), accuracy(n))).collect()
    }

    #[test]
    fn positions_are_measured_when_there_are_some() {
        assert_eq!(Measured::of(&[]), None);
        assert_eq!(Measured::of(&fixes(9, 60, |_| Some(10.0))), None, "nine say nothing");
        let some = fixes(100, 60, |n| {
            if n % 4 == 0 {
                None
            } else if n % 4 == 1 {
                Some(130.0)
            } else {
                Some(10.0)
            }
        });
        let measured = Measured::of(&some).expect("there are some");
        assert_eq!((measured.fixes, measured.mean_interval_s), (100, 60));
        assert_eq!((measured.mean_accuracy_m, measured.inexact_pct), (Some(50), 50));
        let unsaid = Measured::of(&fixes(10, 1, |_| None)).expect("there are some");
        assert_eq!((unsaid.mean_accuracy_m, unsaid.inexact_pct), (None, 100));
    }

    #[rstest]
    #[case(Some(Monitoring::Significant), 600, 5, &[])]
    #[case(None, 600, 5, &[])]
    #[case(Some(Monitoring::Quiet), 600, 5, &[Advice::Mode(Monitoring::Quiet)])]
    #[case(Some(Monitoring::Manual), 36_000, 40, &[Advice::Mode(Monitoring::Manual), Advice::Inexact])]
    #[case(Some(Monitoring::Move), 10, 5, &[Advice::Thirsty])]
    #[case(Some(Monitoring::Significant), 20_000, 30, &[Advice::Inexact, Advice::Seldom])]
    fn what_would_help_is_said(
        #[case] mode: Option<Monitoring>,
        #[case] mean_interval_s: u32,
        #[case] inexact_pct: u8,
        #[case] expected: &[Advice],
    ) {
        let measured = Measured { fixes: 100, mean_interval_s, mean_accuracy_m: None, inexact_pct };
        assert_eq!(advice(mode, Some(&measured)), expected);
        assert!(advice(mode, None).len() <= 1);
    }
}
