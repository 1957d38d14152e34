//! Names that people give to friends, devices and regions.

use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, fmt};
use unicode_normalization::UnicodeNormalization;

/// A name as it is shown: 1 to 64 characters, trimmed, on one line.
///
/// Compared as written here. Who is meant by a name is decided by its [`Self::key`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is not a name. Reads as the end of a sentence: "name must not be empty".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("must not be empty")]
    Empty,
    /// More than [`Name::MAX_CHARS`] characters.
    #[error("must be at most 64 characters long")]
    TooLong,
    /// A line break or another control character.
    #[error("must not contain line breaks or control characters")]
    Control,
    /// A character with a meaning in MQTT topics, in the name of a friend or device.
    #[error("must not contain / + # or start with $")]
    NotATopicLevel,
}

impl Name {
    /// The longest a name may be, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Checks a name for anything that is only shown, such as a region.
    ///
    /// # Errors
    /// When it is empty, too long, or holds control characters.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > Self::MAX_CHARS {
            return Err(NameError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// Checks a name that also stands in MQTT topics: that of a friend or a device.
    ///
    /// # Errors
    /// As [`Self::new`], and when it could not be one level of a topic.
    pub fn topic_level(text: &str) -> Result<Self, NameError> {
        let name = Self::new(text)?;
        if name.0.contains(['/', '+', '#']) || name.0.starts_with('$') {
            return Err(NameError::NotATopicLevel);
        }
        Ok(name)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for all ways to write this name; see [`fold`].
    pub fn key(&self) -> String {
        fold(&self.0)
    }

    /// Up to two letters that stand for the name on a small round face.
    pub fn initials(&self) -> String {
        let mut words = self.0.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
        let first = words.next().or_else(|| self.0.chars().next());
        first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
    }
}

/// Takes away what makes no other name: the case of letters, how accents are composed, the width and font of characters. Look names
/// up, and hold them apart, by nothing else: two foldings that differ let one friend pass for another.
///
/// Through upper case and back, so that both small sigmas are one, and `ß` is `ss` as in `STRASSE`.
pub fn fold(text: &str) -> String {
    let small: String = text.trim().nfkc().flat_map(char::to_lowercase).collect();
    let large: String = small.nfkc().flat_map(char::to_uppercase).collect();
    large.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::new(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", NameError::Empty)]
    #[case(" \t ", NameError::Empty)]
    #[case("a\nb", NameError::Control)]
    #[case("a\0b", NameError::Control)]
    #[case(&"x".repeat(65), NameError::TooLong)]
    #[case("a/b", NameError::NotATopicLevel)]
    #[case("+", NameError::NotATopicLevel)]
    #[case("$SYS", NameError::NotATopicLevel)]
    fn what_is_no_topic_level_is_refused_with_its_reason(#[case] text: &str, #[case] why: NameError) {
        assert_eq!(Name::topic_level(text), Err(why));
    }

    #[rstest]
    #[case(&["Kim", "\u{212a}im", "KIM", " kim ", "\u{ff2b}\u{ff49}\u{ff4d}"], "kim")]
    #[case(&["Ärne", "ärne", "A\u{308}rne", "a\u{308}RNE"], "ärne")]
    #[case(&["Straße", "STRASSE", "STRAẞE"], "strasse")]
    #[case(&["ΟΔΥΣΣΕΥΣ", "οδυσσευς", "οδυσσευσ"], "οδυσσευσ")]
    #[case(&["Ⅷ", "VIII"], "viii")]
    fn all_ways_to_write_a_name_have_one_key(#[case] ways: &[&str], #[case] key: &str) {
        for way in ways {
            assert_eq!(fold(way), key, "{way}");
        }
    }

    #[test]
    fn a_key_is_its_own_key() {
        // All but the large blocks of ideographs and syllables, which have neither case nor width.
        let blocks =
            ['\0'..='\u{33ff}', '\u{a640}'..='\u{abff}', '\u{f900}'..='\u{ffff}', '\u{10000}'..='\u{1f2ff}'];
        for c in blocks.into_iter().flatten() {
            let key = fold(&format!("a{c}b"));
            assert_eq!(fold(&key), key, "{:?}", c.escape_unicode().collect::<String>());
        }
    }

    #[rstest]
    #[case("ann", "A")]
    #[case("Ann Marie Bell", "AB")]
    #[case("édith piaf", "ÉP")]
    #[case("  Zoë ", "Z")]
    #[case("🙂", "🙂")]
    fn initials_are_short_and_upper_case(#[case] text: &str, #[case] initials: &str) {
        assert_eq!(Name::new(text).map(|name| name.initials()), Ok(initials.to_owned()));
    }
}
