//! Slowing down those who guess passwords.

use crate::Error;
use governor::{Quota, RateLimiter, clock::DefaultClock, state::keyed::DefaultKeyedStateStore};
use std::{num::NonZeroU32, time::Duration};

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock>;

/// Slows down those who guess passwords: by the name they try, and by where they come from.
pub(crate) struct Guard {
    by_name: Limiter,
    by_peer: Limiter,
}

impl Guard {
    pub(crate) fn new() -> Self {
        let quota = |burst: NonZeroU32, each: Duration| {
            Quota::with_period(each).unwrap_or_else(|| Quota::per_minute(burst)).allow_burst(burst)
        };
        let (few, many) = (NonZeroU32::MIN.saturating_add(9), NonZeroU32::MIN.saturating_add(29));
        Self {
            by_name: RateLimiter::keyed(quota(few, Duration::from_secs(12))),
            by_peer: RateLimiter::keyed(quota(many, Duration::from_secs(2))),
        }
    }

    /// Lets somebody try, or says how long to wait.
    pub(super) fn admit(&self, name: &str, peer: &str) -> Result<(), Error> {
        let wait = |limiter: &Limiter, key: String| {
            limiter.check_key(&key).err().map(|not_until| {
                use governor::clock::Clock;
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX)
            })
        };
        let waits = [wait(&self.by_name, name.to_lowercase()), wait(&self.by_peer, peer.to_owned())];
        for limiter in [&self.by_name, &self.by_peer] {
            if limiter.len() > 10_000 {
                limiter.retain_recent();
            }
        }
        match waits.into_iter().flatten().max() {
            Some(retry_after_s) => Err(Error::Busy { retry_after_s }),
            None => Ok(()),
        }
    }
}
