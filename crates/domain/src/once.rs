//! What works once, until its end, unless it is taken back: links and invitations.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// When something that works once ends, or has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// Worth nothing from then on.
    pub ends_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It can be used.
    Open,
    /// It was used: worth nothing any more.
    Used(Timestamp),
    /// It was taken back.
    Revoked(Timestamp),
    /// Nobody used it in time.
    Over,
}

impl Once {
    /// Something new.
    pub const fn until(ends_at: Timestamp) -> Self {
        Self { ends_at, used_at: None, revoked_at: None }
    }

    /// What has become of it. That it was used or taken back is remembered after its end.
    pub fn fate(&self, now: Timestamp) -> Fate {
        match (self.used_at, self.revoked_at) {
            (Some(at), _) => Fate::Used(at),
            (None, Some(at)) => Fate::Revoked(at),
            (None, None) if self.ends_at <= now => Fate::Over,
            (None, None) => Fate::Open,
        }
    }
}
