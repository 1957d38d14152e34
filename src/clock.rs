//! The only place that asks what time it is.

use domain::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time now. A clock before 1970 counts as 1970.
#[expect(clippy::disallowed_methods, reason = "this is the place that the ban points to")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
