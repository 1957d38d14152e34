//! When sessions and tokens were last used: noted to the hour, in memory until the pipeline writes it, so that no page waits for that.

use domain::{Timestamp, TokenId};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use store::SecretHash;

/// As exactly as it is kept.
const HOUR_MS: i64 = 3_600_000;

/// What was used since the last write.
#[derive(Default)]
pub(crate) struct Used(Mutex<Uses>);

/// Sessions by their hash, and tokens; each with the hour.
#[derive(Default)]
pub(crate) struct Uses {
    pub(crate) sessions: HashMap<SecretHash, Timestamp>,
    pub(crate) tokens: HashMap<TokenId, Timestamp>,
}

impl Uses {
    pub(crate) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.tokens.is_empty()
    }
}

impl Used {
    /// A session is used, whose last use that is known was then.
    pub(crate) fn session(&self, hash: SecretHash, known: Timestamp, now: Timestamp) {
        if let Some(hour) = news(Some(known), now) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).sessions.insert(hash, hour);
        }
    }

    /// The same of a token.
    pub(crate) fn token(&self, id: TokenId, known: Option<Timestamp>, now: Timestamp) {
        if let Some(hour) = news(known, now) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).tokens.insert(id, hour);
        }
    }

    /// Takes all that is to be written. What cannot be is noted again with the next use.
    pub(crate) fn take(&self) -> Uses {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The hour of a use, if it is another one than the one that is known.
fn news(known: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let hour = Timestamp::from_millis(now.as_millis().div_euclid(HOUR_MS) * HOUR_MS);
    known.is_none_or(|known| known < hour).then_some(hour)
}
