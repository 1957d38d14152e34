//! A message that is carried, not understood.

use std::fmt;

use serde_json::{Map, Value};

/// A message kept as its members, in the order they came, with its `_type`.
///
/// `Debug` shows names only: who knows what an unknown message holds.
#[derive(Clone, Default, PartialEq)]
pub struct Raw {
    /// The members, untouched.
    pub members: Map<String, Value>,
}

impl Raw {
    /// The member of that name if it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.members.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_secret() {
        let mut members = Map::new();
        members.insert("password".to_owned(), "s3cret".into());
        let shown = format!("{:?}", Raw { members });
        assert!(shown.contains("password") && !shown.contains("s3cret"), "{shown}");
    }
}
