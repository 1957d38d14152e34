//! Whether it matters which of two states the machine goes on from.

use super::{Atlas, DeviceState};

impl DeviceState {
    /// Whether whatever is judged next is judged alike from here and from `other`.
    ///
    /// They may differ in when what was judged had arrived: that tells which regions are new, and so says nothing when none was drawn
    /// in between.
    #[must_use]
    pub fn goes_on_like(&self, other: &Self, atlas: &Atlas) -> bool {
        if self == other {
            return true;
        }
        let (Some(mine), Some(theirs)) = (self.known_at, other.known_at) else { return false };
        let same = Self { known_at: other.known_at, ..self.clone() } == *other;
        same && !atlas.is_any_drawn(mine.min(theirs), mine.max(theirs))
    }
}
