//! Times of which a friend had everything deleted. What comes of them once more is not kept: a phone may send again what it once sent.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A time, from a moment to before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// From here on.
    pub from: Timestamp,
    /// To before this moment.
    pub to: Timestamp,
}

/// The deleted times of one friend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Forgotten {
    /// In order, and none touches another.
    spans: Vec<Span>,
}

impl Span {
    /// Whether a moment is in it.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

impl Forgotten {
    /// Adds a time; those that touch become one.
    pub fn add(&mut self, new: Span) {
        let touches = |known: &mut Span| known.from <= new.to && new.from <= known.to;
        let joined = self
            .spans
            .extract_if(.., touches)
            .fold(new, |all, known| Span { from: all.from.min(known.from), to: all.to.max(known.to) });
        let place = self.spans.partition_point(|known| known.from < joined.from);
        self.spans.insert(place, joined);
    }

    /// Whether a moment is in one of them.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.spans.iter().any(|span| span.covers(at))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to) }
    }

    #[test]
    fn times_that_touch_become_one_and_others_stay_apart() {
        let mut forgotten = Forgotten::default();
        for new in [span(10, 20), span(40, 50), span(20, 25), span(0, 5)] {
            forgotten.add(new);
        }
        assert_eq!(forgotten.spans, [span(0, 5), span(10, 25), span(40, 50)]);
        let covered = [4, 5, 10, 24, 25, 39, 49].map(|at| forgotten.covers(Timestamp::from_millis(at)));
        assert_eq!(covered, [true, false, true, true, false, false, true]);
        forgotten.add(span(3, 45));
        assert_eq!(forgotten.spans, [span(0, 50)]);
    }
}
