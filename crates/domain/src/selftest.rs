//! What the server finds when it looks at itself as phones see it, and what to do about it. Never a position, never a password.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfTest {
    /// When.
    pub at: Timestamp,
    /// In the order in which things depend on each other.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// A short name that stays, for programs: `https-names`.
    pub id: String,
    /// What it is about, for people.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What was seen.
    pub seen: String,
    /// What to do; empty when there is nothing.
    pub advice: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Good,
    /// It cannot be seen from here, or there is no such thing yet.
    Unknown,
    /// It works, and may stop working, or works for some.
    Warning,
    /// It does not work.
    Bad,
}

impl Health {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

impl Check {
    /// Something that is as it should be.
    pub fn good(id: &str, name: &str, seen: impl Into<String>) -> Self {
        Self::new(Health::Good, id, name, seen, "")
    }

    /// Something else.
    pub fn new(
        health: Health,
        id: &str,
        name: &str,
        seen: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { id: id.to_owned(), name: name.to_owned(), health, seen: seen.into(), advice: advice.into() }
    }
}

impl SelfTest {
    /// The worst of all.
    pub fn worst(&self) -> Health {
        self.checks.iter().map(|check| check.health).max().unwrap_or(Health::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts_and_nothing_seen_is_not_good() {
        let of = |healths: &[Health]| {
            let check = |health: &Health| Check::new(*health, "x", "X", "", "");
            SelfTest { at: Timestamp::from_millis(0), checks: healths.iter().map(check).collect() }.worst()
        };
        assert_eq!(of(&[]), Health::Unknown);
        assert_eq!(of(&[Health::Good, Health::Unknown, Health::Good]), Health::Unknown);
        assert_eq!(of(&[Health::Warning, Health::Bad, Health::Unknown]), Health::Bad);
    }
}
