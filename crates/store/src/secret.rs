//! What is kept of a secret that is told once: its hash. By that a secret is recognised, and nobody finds the secret.

use crate::Error;

/// SHA-256 of a cookie, of a token, of what is in a link. It does not show in `Debug`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// From its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads a column.
    pub(crate) fn read(table: &'static str, bytes: &[u8]) -> Result<Self, Error> {
        let read = <[u8; 32]>::try_from(bytes);
        read.map(Self).map_err(|why| Error::Inconsistent { table, why: format!("hash: {why}") })
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash")
    }
}
