//! What can go wrong, by what the caller can do about it.

use domain::NameError;

/// Why the service did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or the name or password is wrong.
    #[error("name or password is wrong")]
    Unauthorised,
    /// Signed in, and not allowed.
    #[error("you may not do that")]
    Forbidden,
    /// There is no such thing, or none that the viewer may know of.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A value that makes no sense.
    #[error("{field} {why}")]
    Invalid {
        /// Which value.
        field: &'static str,
        /// The end of a sentence that begins with the field.
        why: String,
    },
    /// The name is taken.
    #[error("{field} {why}")]
    Conflict {
        /// Which value.
        field: &'static str,
        /// The end of a sentence that begins with the field.
        why: String,
    },
    /// Too much at once; later will do.
    #[error("too many tries; wait {retry_after_s} seconds")]
    Busy {
        /// How long to wait.
        retry_after_s: u32,
    },
    /// The service is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The database does not write: full disk, locked. It is tried again and again; nothing of what was asked is stored.
    #[error("the database does not write at the moment")]
    NotWriting,
    /// The database failed; nothing of what was asked is stored.
    #[error("the database failed")]
    Store(#[from] store::Error),
    /// The machine failed: no randomness, no memory for hashing.
    #[error("the machine failed: {0}")]
    Machine(&'static str),
}

impl Error {
    /// A value that makes no sense.
    pub(crate) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid { field, why: why.into() }
    }

    /// A name that is none.
    pub(crate) fn name(field: &'static str) -> impl FnOnce(NameError) -> Self {
        move |why| Self::invalid(field, why.to_string())
    }
}
