//! The two letters on a marker.

/// How many characters the apps show.
const LENGTH: usize = 2;

/// A tid as phones accept it: the first two letters or digits (ASCII) of a text; `None` when it has none. Origin: section
/// "Identity" of `docs/owntracks.md`; vectors p007, p031.
pub fn tid_for_phones(tid: &str) -> Option<String> {
    let fitting: String = tid.chars().filter(char::is_ascii_alphanumeric).take(LENGTH).collect();
    (!fitting.is_empty()).then_some(fitting)
}

/// The tid of a phone that sent none: the last two letters or digits (ASCII) of its base topic's last level that has any
/// (vectors p003, p006).
pub fn tid_from_topic(base: &str) -> Option<String> {
    base.rsplit('/').find_map(|level| {
        let letters: Vec<char> =
            level.chars().rev().filter(char::is_ascii_alphanumeric).take(LENGTH).collect();
        (!letters.is_empty()).then(|| letters.into_iter().rev().collect())
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("user", Some("us"))]
    #[case("J", Some("J"))]
    #[case("👩‍👧", None)]
    #[case("<b>", Some("b"))]
    fn a_tid_for_phones_is_at_most_two_letters(#[case] tid: &str, #[case] expected: Option<&str>) {
        assert_eq!(tid_for_phones(tid).as_deref(), expected);
    }

    #[rstest]
    #[case("owntracks/testUsername/testDevice", Some("ce"))]
    #[case("owntracks/jane/x", Some("x"))]
    #[case("owntracks/jane/📱", Some("ne"))]
    #[case("//", None)]
    fn a_missing_tid_comes_from_the_end_of_the_topic(#[case] base: &str, #[case] expected: Option<&str>) {
        assert_eq!(tid_from_topic(base).as_deref(), expected);
    }
}
