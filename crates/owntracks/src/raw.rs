//! A message that is carried, not understood.

use std::fmt;

use serde_json::{Map, Value};

/// A message kept as its members, in the order they came, without `_type` (but with it in
/// [`crate::Message::Unknown`]).
///
/// `Debug` shows names only: a configuration holds passwords, a ciphertext is nobody's business.
#[derive(Clone, Default, PartialEq)]
pub struct Raw {
    /// The members, untouched.
    pub members: Map<String, Value>,
}

impl Raw {
    /// A message of these members; a `_type` among them is dropped, for the [`crate::Message`] variant says it.
    pub fn new(mut members: Map<String, Value>) -> Self {
        members.shift_remove("_type");
        Self { members }
    }

    /// A command of that action (`reportLocation`, `waypoints`, `clearWaypoints`, …) without arguments; `docs/owntracks.md`
    /// lists what the apps obey.
    pub fn action(action: &str) -> Self {
        let mut members = Map::new();
        members.insert("action".to_owned(), action.into());
        Self { members }
    }

    /// The member of that name if it is a text: `action` of a command, `data` of a ciphertext, `request` of a request.
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
        let shown = format!("{:?}", Raw::new(members));
        assert!(shown.contains("password") && !shown.contains("s3cret"), "{shown}");
    }
}
