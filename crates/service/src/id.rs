//! New identifiers: UUIDs of version 7, from the clock's time and the machine's randomness.

use domain::{GroupId, RegionId, Timestamp};
use sha2::{Digest, Sha256};
use std::sync::{LazyLock, Mutex};
use uuid::{Builder, ContextV7, Uuid};

/// Counts what is made within one millisecond.
static CONTEXT: LazyLock<Mutex<ContextV7>> = LazyLock::new(|| Mutex::new(ContextV7::new()));

/// A new identifier. Those that one process makes are in the order in which they were made, also within a millisecond, and also
/// when the clock steps back.
pub(crate) fn new(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_millis()).unwrap_or_default();
    let nanos = u32::try_from(millis % 1000 * 1_000_000).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(&*CONTEXT, millis / 1000, nanos))
}

/// The identifier of a place that only a group's phones know, by the name they give it: always the same for the same name.
pub(crate) fn of_phone_place(group: GroupId, description: &str) -> RegionId {
    let mut hash = Sha256::new();
    hash.update(group.uuid().as_bytes());
    hash.update(description.trim().to_lowercase().as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    RegionId::new(Builder::from_custom_bytes(bytes).into_uuid())
}
