//! Topic filters: which topics a subscription, or somebody who looks, means.

/// Why a text is no filter. Reads as the end of a sentence: "topic must not be empty".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Nothing.
    #[error("must not be empty")]
    Empty,
    /// A `+` or `#` beside something else, or a `#` before the end.
    #[error("may have + only as a whole level, and # only as the last one")]
    Wildcard,
}

/// A topic filter as MQTT has them, with `+` for one level and a `#` at the end for all that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(String);

impl Filter {
    /// Checks a filter (MQTT 5, section 4.7.1).
    ///
    /// # Errors
    /// When it is empty, or has a wildcard where none may be.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.is_empty() {
            return Err(FilterError::Empty);
        }
        let mut levels = text.split('/').rev();
        let last_fits = levels.next().is_some_and(|last| last == "#" || is_level(last));
        if last_fits && levels.all(is_level) { Ok(Self(text.to_owned())) } else { Err(FilterError::Wildcard) }
    }

    /// Does it match a topic?
    pub fn matches(&self, topic: &str) -> bool {
        matches(&self.0, topic)
    }
}

fn is_level(level: &str) -> bool {
    level == "+" || !level.contains(['+', '#'])
}

/// MQTT 5, section 4.7: does `filter` match `topic`? A leading wildcard does not match a topic that begins with `$`.
pub fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{Filter, FilterError, matches};

    #[test]
    fn a_wildcard_stands_alone_and_the_last_one_at_the_end() {
        for filter in ["#", "+", "a", "a/#", "+/+/#", "/", "a//b", "$SYS/#"] {
            assert!(Filter::parse(filter).is_ok(), "{filter}");
        }
        for filter in ["#/a", "a#", "a/b+", "+a/b", "a/#/b", "##"] {
            assert_eq!(Filter::parse(filter), Err(FilterError::Wildcard), "{filter}");
        }
        assert_eq!(Filter::parse(""), Err(FilterError::Empty));
    }

    #[test]
    fn filters_match_as_the_standard_says() {
        let cases = [
            ("owntracks/#", "owntracks/ann/phone", true),
            ("owntracks/#", "owntracks", true),
            ("owntracks/#", "owntracksx", false),
            ("owntracks/+/+", "owntracks/ann/phone", true),
            ("owntracks/+/+", "owntracks/ann/phone/event", false),
            ("owntracks/+/+/event", "owntracks/ann/phone/event", true),
            ("owntracks/+/phone", "owntracks//phone", true),
            ("+", "a", true),
            ("+", "/a", false),
            ("/+", "/a", true),
            ("#", "$SYS/uptime", false),
            ("+/uptime", "$SYS/uptime", false),
            ("$SYS/#", "$SYS/uptime", true),
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
        ];
        for (filter, topic, expected) in cases {
            assert_eq!(matches(filter, topic), expected, "{filter} on {topic}");
        }
    }
}
