//! Names of regions.

/// A region's name as people mean it: without the one leading `-` by which the iOS app marks a beacon that is held down for a
/// moment before it counts as left. A name that is only `-` stays. Origin: `desc` of both apps.
///
/// Everything else is the user's text and stays: a leading `+` (follow region), blanks, `|`, emoji.
pub fn plain_name(spelling: &str) -> &str {
    spelling.strip_prefix('-').filter(|rest| !rest.trim().is_empty()).unwrap_or(spelling)
}

/// The plain name, and the spelling on the wire where it differs.
pub(crate) fn split(spelling: Option<String>) -> (Option<String>, Option<String>) {
    let Some(spelling) = spelling else { return (None, None) };
    let plain = plain_name(&spelling);
    if plain == spelling { (Some(spelling), None) } else { (Some(plain.to_owned()), Some(spelling)) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("-Home", "Home")]
    #[case("--Home", "-Home")]
    #[case("-", "-")]
    #[case("- ", "- ")]
    #[case("+follow", "+follow")]
    #[case(" lead", " lead")]
    fn only_one_leading_hyphen_is_taken_off(#[case] spelling: &str, #[case] plain: &str) {
        assert_eq!(plain_name(spelling), plain);
    }
}
