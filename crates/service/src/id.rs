//! New identifiers: UUIDs of version 7, from the clock's time and the machine's randomness.

use crate::{Error, secret};
use domain::{GroupId, RegionId, Timestamp};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A new identifier in the order of time.
///
/// # Errors
/// When the machine has no randomness to give.
pub(crate) fn new(now: Timestamp) -> Result<Uuid, Error> {
    let millis = u64::try_from(now.as_millis()).unwrap_or_default();
    let random = secret::bytes::<10>()?;
    Ok(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
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
