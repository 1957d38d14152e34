//! Outlets: where what is stored goes out to, and under which topics.

use crate::{GroupId, OutletId, TopicFilter};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A broker that what is stored goes out to. Its password is not in here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a tick in a form, and they are independent")]
pub struct Outlet {
    /// Which.
    pub id: OutletId,
    /// Whose data: it sees what this group sees.
    pub group: GroupId,
    /// `mqtt://host:port` or `mqtts://host:port`, without user and password.
    pub broker: String,
    /// Who we are there.
    pub user: Option<String>,
    /// The certificates to trust instead of the system's, PEM.
    pub authority: Option<String>,
    /// Everything goes below this topic.
    pub base: TopicBase,
    /// Whether positions go out.
    pub positions: bool,
    /// Whether transitions go out, and who is in which region.
    pub transitions: bool,
    /// Whether the newest observations of sensors go out.
    pub observations: bool,
    /// Whether anything goes out.
    pub on: bool,
}

impl Outlet {
    /// How many outlets a group may have.
    pub const MOST: usize = 20;

    /// Whether both would publish below one topic of one broker.
    pub fn clashes_with(&self, other: &Self) -> bool {
        let meets = || self.base.covers(other.base.as_str()) || other.base.covers(self.base.as_str());
        self.id != other.id && self.broker == other.broker && meets()
    }
}

/// A topic below which an outlet publishes: one or more levels, none of them empty, without wildcards.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TopicBase(String);

/// Why a text is no topic base. Reads as the end of a sentence: "base must not be empty".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicBaseError {
    /// Nothing but blanks.
    #[error("must not be empty")]
    Empty,
    /// Too long for a topic with names behind it.
    #[error("must be at most 200 bytes long")]
    TooLong,
    /// A slash at the beginning or the end, or two in a row.
    #[error("must not begin or end with / or have two of them in a row")]
    EmptyLevel,
    /// A wildcard or a control character.
    #[error("must not contain + # or control characters")]
    Wildcard,
    /// A topic of brokers themselves.
    #[error("must not begin with $: such topics are the broker's own")]
    Brokers,
}

impl TopicBase {
    /// The longest it may be, bytes.
    pub const MAX_BYTES: usize = 200;

    /// Checks a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, TopicBaseError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TopicBaseError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(TopicBaseError::TooLong);
        }
        if text.contains(|c: char| matches!(c, '+' | '#') || c.is_control()) {
            return Err(TopicBaseError::Wildcard);
        }
        if text.starts_with('$') {
            return Err(TopicBaseError::Brokers);
        }
        if text.split('/').any(str::is_empty) {
            return Err(TopicBaseError::EmptyLevel);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a topic is this one or below it.
    pub fn covers(&self, topic: &str) -> bool {
        topic.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether somebody who subscribes to `filter` could get anything from below here. The case of letters is not looked at: neither is
    /// it where we read topics.
    pub fn meets(&self, filter: &TopicFilter) -> bool {
        // The topics below a base are a filter themselves.
        TopicFilter::new(&format!("{}/#", self.0)).is_ok_and(|below| below.overlaps(filter))
    }
}

impl TryFrom<String> for TopicBase {
    type Error = TopicBaseError;

    fn try_from(text: String) -> Result<Self, TopicBaseError> {
        Self::new(&text)
    }
}

impl From<TopicBase> for String {
    fn from(base: TopicBase) -> Self {
        base.0
    }
}

impl fmt::Display for TopicBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(" ", TopicBaseError::Empty)]
    #[case(&"x".repeat(201), TopicBaseError::TooLong)]
    #[case("/out", TopicBaseError::EmptyLevel)]
    #[case("out/", TopicBaseError::EmptyLevel)]
    #[case("a//b", TopicBaseError::EmptyLevel)]
    #[case("out/#", TopicBaseError::Wildcard)]
    #[case("a/+/b", TopicBaseError::Wildcard)]
    #[case("a\0b", TopicBaseError::Wildcard)]
    #[case("$SYS/out", TopicBaseError::Brokers)]
    fn what_is_no_base_is_refused_with_its_reason(#[case] text: &str, #[case] why: TopicBaseError) {
        assert_eq!(TopicBase::new(text), Err(why));
    }

    #[rstest]
    #[case("owntracks", "owntracks/#", true)]
    #[case("owntracks/out", "owntracks/#", true)]
    #[case("Owntracks/out", "owntracks/#", true)]
    #[case("a", "a/b/#", true)]
    #[case("a", "+/b", true)]
    #[case("a", "a", true)]
    #[case("a", "#", true)]
    #[case("a/b", "a", false)]
    #[case("a/b", "a/+", true)]
    #[case("a/b/c", "a/+", false)]
    #[case("whereabouts", "owntracks/#", false)]
    #[case("whereabouts", "where/#", false)]
    #[case("home/out", "home/+/temperature", true)]
    #[case("home/out", "home/in/#", false)]
    fn a_base_meets_the_filters_that_get_something_from_below_it(
        #[case] base: &str,
        #[case] filter: &str,
        #[case] meets: bool,
    ) {
        let filter = TopicFilter::new(filter).expect("is a filter");
        assert_eq!(TopicBase::new(base).map(|base| base.meets(&filter)), Ok(meets));
    }

    #[rstest]
    #[case("out", true)]
    #[case("out/ann/location", true)]
    #[case("outer/ann", false)]
    #[case("in/out", false)]
    fn a_base_covers_itself_and_what_is_below(#[case] topic: &str, #[case] covers: bool) {
        assert_eq!(TopicBase::new("out").map(|base| base.covers(topic)), Ok(covers));
    }
}
