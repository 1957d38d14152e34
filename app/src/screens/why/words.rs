//! How a device stands with a region, in words. Pure.

use crate::{api::DeviceWhy, ui::distance_words};
use domain::{EvidenceNote, Timestamp, geofence::Certainty, live::Heard};

/// How sure it is that a device is inside, or what else is known of it.
pub(super) fn verdict(device: &DeviceWhy) -> &'static str {
    let Some(standing) = &device.standing else {
        return if device.heard_at.is_some() { "elsewhere" } else { "not heard of yet" };
    };
    match (standing.inside, standing.certainty) {
        (true, Certainty::Sure) => "surely inside",
        (true, Certainty::Likely) => "most likely inside",
        (true, Certainty::Doubtful) => "perhaps gone already",
        (false, Certainty::Sure) => "outside",
        (false, Certainty::Likely) => "most likely outside",
        (false, Certainty::Doubtful) => "perhaps just arriving",
    }
}

/// Why it is not surer.
pub(super) fn doubt(device: &DeviceWhy) -> Option<&'static str> {
    let standing = device.standing.as_ref()?;
    match standing.certainty {
        Certainty::Sure => None,
        Certainty::Likely => Some("its positions may be off by more than it is from the edge"),
        Certainty::Doubtful if standing.inside => {
            Some("something newer speaks against it, and does not suffice yet")
        }
        Certainty::Doubtful => Some("what speaks for it does not suffice yet"),
    }
}

/// Whether nothing was heard of it for so long that where it is became a guess.
pub(super) fn is_silent(device: &DeviceWhy, now: Timestamp) -> bool {
    let &DeviceWhy { heard_at, lost_at, expected, .. } = device;
    let silent_since = heard_at.and_then(|at| Heard { at, lost_at, expected }.silent_since(now));
    lost_at.is_some() || silent_since.is_some()
}

/// What a piece of evidence says, after its time: "position, 60 m inside the edge, ±12 m".
pub fn note_words(note: &EvidenceNote) -> String {
    let what = crate::screens::history::source(note.source);
    let edge = note.edge_distance_m.map(|metres| {
        let side = if metres < 0.0 { "inside" } else { "outside" };
        format!(", {} {side} the edge", distance_words(metres.abs()))
    });
    let exact = note.accuracy_m.map(|metres| format!(", ±{}", distance_words(metres)));
    format!("{what}{}{}", edge.unwrap_or_default(), exact.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Source, geofence::Standing};
    use rstest::rstest;

    fn device(standing: Option<(bool, Certainty)>) -> DeviceWhy {
        let at = Timestamp::from_millis(0);
        let standing = standing.map(|(inside, certainty)| Standing {
            inside,
            since: None,
            certainty,
            seen_at: at,
            why: Vec::new(),
        });
        let heard_at = Some(at);
        DeviceWhy {
            name: "phone".to_owned(),
            counts: true,
            standing,
            heard_at,
            lost_at: None,
            expected: None,
        }
    }

    #[rstest]
    #[case(Some((true, Certainty::Sure)), "surely inside", false)]
    #[case(Some((true, Certainty::Likely)), "most likely inside", true)]
    #[case(Some((true, Certainty::Doubtful)), "perhaps gone already", true)]
    #[case(Some((false, Certainty::Doubtful)), "perhaps just arriving", true)]
    #[case(None, "elsewhere", false)]
    fn how_sure_it_is_is_said_in_words(
        #[case] standing: Option<(bool, Certainty)>,
        #[case] words: &str,
        #[case] doubted: bool,
    ) {
        let device = device(standing);
        assert_eq!((verdict(&device), doubt(&device).is_some()), (words, doubted));
    }

    #[test]
    fn what_was_not_heard_of_for_long_or_lost_its_connection_is_a_guess() {
        let at = Timestamp::from_millis;
        let heard = device(None);
        let hour_ms = 3_600_000;
        assert!(!is_silent(&heard, at(hour_ms)) && is_silent(&heard, at(hour_ms + 1)));
        let expected = Some(domain::Expected { next_s: 7200, rest_s: 7200 });
        let slow = DeviceWhy { expected, ..heard.clone() };
        assert!(
            !is_silent(&slow, at(6 * hour_ms)) && is_silent(&slow, at(6 * hour_ms + 1)),
            "its own rhythm"
        );
        assert!(is_silent(&DeviceWhy { lost_at: Some(at(1)), ..heard }, at(1)));
    }

    #[test]
    fn evidence_reads_like_in_the_history() {
        let note = EvidenceNote {
            at: Timestamp::from_millis(0),
            source: Source::Fix,
            accuracy_m: Some(12.0),
            edge_distance_m: Some(-60.0),
        };
        assert_eq!(note_words(&note).replace('\u{202f}', " "), "position, 60 m inside the edge, ±12 m");
        let claim = EvidenceNote { source: Source::Claim, accuracy_m: None, edge_distance_m: None, ..note };
        assert_eq!(note_words(&claim), "the phone said so");
    }
}
