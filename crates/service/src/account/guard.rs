//! Slowing down those who guess passwords, without locking out those who know theirs.
//!
//! One place may try one name a few times, and all names a few times more. Over all places together a name is only slowed down: if
//! it were refused, anybody could lock a friend out by guessing wrong.

use crate::Error;
use domain::GroupId;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};
use std::{hash::Hash, num::NonZeroU32, time::Duration};

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>;

/// How long a try waits for its answer while a name is being guessed from many places.
const PAUSE: Duration = Duration::from_millis(1500);
/// How many keys are kept before those that no longer matter are forgotten.
const MOST_KEYS: usize = 10_000;

/// Slows down those who guess passwords: by the name they try and where they come from.
pub(crate) struct Guard {
    pairs: Limiter<(String, String)>,
    peers: Limiter<String>,
    names: Limiter<String>,
    outlets: Limiter<GroupId>,
    /// Who looks at set-up links, by where they come from.
    links: Limiter<String>,
}

impl Guard {
    pub(crate) fn new() -> Self {
        Self {
            pairs: limiter(10, Duration::from_secs(12)),
            peers: limiter(30, Duration::from_secs(2)),
            names: limiter(20, Duration::from_secs(6)),
            outlets: limiter(30, Duration::from_secs(4)),
            links: limiter(60, Duration::from_secs(1)),
        }
    }

    /// Lets somebody try after a pause, or says how long to wait.
    pub(super) fn admit(&self, name: &str, peer: &str) -> Result<Duration, Error> {
        let name: String = domain::fold(name).chars().take(domain::Name::MAX_CHARS).collect();
        // In this order: what one place is refused must not count against the name.
        check(&self.peers, &peer.to_owned())?;
        check(&self.pairs, &(name.clone(), peer.to_owned()))?;
        Ok(if check(&self.names, &name).is_ok() { Duration::ZERO } else { PAUSE })
    }

    /// Lets somebody look at a set-up link, or says how long to wait. A page that waits for its phone asks every few seconds.
    pub(crate) fn admit_link(&self, peer: &str) -> Result<(), Error> {
        check(&self.links, &peer.to_owned())
    }
}

impl Guard {
    /// Lets the admins of a group have this server connect to an address of their choice, or says how long to wait: what comes of it says whether anything
    /// answers there.
    pub(crate) fn admit_outlet(&self, group: GroupId) -> Result<(), Error> {
        check(&self.outlets, &group)
    }
}

fn limiter<K: Hash + Eq + Clone>(burst: u32, each: Duration) -> Limiter<K> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_minute(burst));
    RateLimiter::keyed(quota.allow_burst(burst))
}

fn check<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Result<(), Error> {
    let checked = limiter.check_key(key);
    if limiter.len() > MOST_KEYS {
        limiter.retain_recent();
    }
    checked.map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Error::Busy { retry_after_s: u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX) }
    })
}
