//! What can go wrong with the database, by what the caller can do about it.

use std::path::PathBuf;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened or made.
    #[error("the database {path} cannot be opened")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The file was written by a newer version of this program.
    #[error(
        "the database {path} was made by a newer version of this program (migration {version} is unknown here); install that version, or restore a backup"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The first migration that is not known here.
        version: i64,
    },
    /// The schema could not be brought up to date.
    #[error("the database {path} could not be brought up to date")]
    Migrate {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// A name is taken.
    #[error("there is already a {what} of that name")]
    Conflict {
        /// What kind of thing.
        what: &'static str,
    },
    /// A stored row makes no sense.
    #[error("a row of table {table} is inconsistent: {why}")]
    Inconsistent {
        /// Where.
        table: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The database did not do it: full disk, locked, damaged.
    #[error("the database failed")]
    Driver(#[from] sqlx::Error),
}

/// SQLite's primary result codes that are about what was to be written: some other error, too big, a constraint, a wrong type, out of
/// range. Every other code is about where it was to be written.
const ABOUT_DATA: [i32; 5] = [1, 18, 19, 20, 25];

impl Error {
    /// Whether the database refuses what was to be written, so that trying again would be in vain; otherwise the disk is full or slow,
    /// the database is locked, cannot be written or is damaged, and the same may succeed later.
    pub fn is_about_data(&self) -> bool {
        match self {
            Self::Driver(sqlx::Error::Database(error)) => error
                .code()
                .and_then(|code| code.parse::<i32>().ok())
                .is_some_and(|code| ABOUT_DATA.contains(&(code & 0xff))),
            Self::Driver(
                sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. },
            )
            | Self::Conflict { .. }
            | Self::Inconsistent { .. } => true,
            Self::Driver(_) | Self::Open { .. } | Self::Newer { .. } | Self::Migrate { .. } => false,
        }
    }

    /// Turns a violated uniqueness into [`Error::Conflict`].
    pub(crate) fn unique(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |error| {
            let taken =
                error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
            if taken { Self::Conflict { what } } else { Self::Driver(error) }
        }
    }
}
