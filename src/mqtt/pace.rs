//! The pace of a device: whoever publishes faster than the limit waits for the acknowledgement, and nothing is dropped.
//!
//! A phone that comes out of a tunnel with thousands of positions has its whole queue taken at once.

use std::num::NonZeroU32;

use domain::DeviceId;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

/// How many seconds' worth of messages may come at once after a silence.
const BURST_S: u32 = 10;

/// Keeps the pace of all devices.
pub(super) struct Pace {
    limiter: RateLimiter<DeviceId, DefaultKeyedStateStore<DeviceId>, DefaultClock>,
    clock: DefaultClock,
}

impl Pace {
    /// So many messages a second on average.
    pub(super) fn new(rate: NonZeroU32) -> Self {
        let clock = DefaultClock::default();
        let quota = Quota::per_second(rate)
            .allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_S - 1)));
        Self { limiter: RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone()), clock }
    }

    /// Waits until it is this device's turn.
    pub(super) async fn turn(&self, device: DeviceId) {
        while let Err(early) = self.limiter.check_key(&device) {
            tokio::time::sleep(early.wait_time_from(self.clock.now())).await;
        }
    }
}
