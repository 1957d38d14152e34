//! One writing connection, a pool of read-only ones, and the settings that make a commit durable.

use crate::{Error, Staged, names};
use sqlx::{
    Connection, SqliteConnection, SqlitePool,
    migrate::MigrateError,
    sqlite::{
        SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    },
};
use std::{
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    time::Duration,
};

/// The only thing that writes. Not `Clone`: whoever holds it is the one who writes.
pub struct Writer {
    pub(crate) connection: SqliteConnection,
    /// How it was opened, to open it again.
    options: SqliteConnectOptions,
    data_version: Option<i64>,
    /// Written with the next change.
    pub(crate) staged: Staged,
}

/// What another process wrote.
#[derive(Clone, Copy, Debug)]
pub struct Version(i64);

/// Asks questions; sees what was committed before each.
#[derive(Clone)]
pub struct Reader {
    pub(crate) pool: SqlitePool,
}

/// Opens the database file, makes it when there is none, and brings its schema up to date.
///
/// Write-ahead log, so that readers never wait for the writer; `synchronous=FULL`, so that a commit survives loss of power;
/// foreign keys on.
///
/// # Errors
/// When the file cannot be opened, was made by a newer version, or a migration fails.
pub async fn open(path: &Path) -> Result<(Writer, Reader), Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-8000")
        // Writing the log back into the file is the larger part of the work when it happens often; 8,000 pages are 32 MB of log.
        .pragma("wal_autocheckpoint", "8000")
        .pragma("temp_store", "memory")
        // What is deleted is overwritten: nothing that somebody had deleted stays in the file.
        .pragma("secure_delete", "ON");
    for_us_alone(path).map_err(|why| Error::Open { path: path.to_owned(), source: why.into() })?;
    let failed = |source| Error::Open { path: path.to_owned(), source };
    let mut first = options.clone().create_if_missing(true);
    // A new file can give back what is free. An old one does once it was written anew, see `Writer::scrub`.
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        first = first.auto_vacuum(SqliteAutoVacuum::Incremental);
    }
    let mut connection = SqliteConnection::connect_with(&first).await.map_err(failed)?;
    schema::MIGRATOR.run(&mut connection).await.map_err(|source| {
        let path = path.to_owned();
        if let MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) = source {
            Error::Newer { path, version }
        } else {
            Error::Migrate { path, source }
        }
    })?;
    names::give_keys(&mut connection).await?;
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options.clone().read_only(true).pragma("cache_size", "-4000"))
        .await
        .map_err(failed)?;
    let data_version = Some(data_version(&mut connection).await?);
    Ok((Writer { connection, options, data_version, staged: Staged::default() }, Reader { pool }))
}

/// Makes the file where there is none, and lets nobody else read it: it holds every position. What SQLite makes beside it gets the
/// same rights.
fn for_us_alone(path: &Path) -> std::io::Result<()> {
    let file = std::fs::File::options().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

impl Writer {
    /// Whether another process (a command at the terminal) has written what was not taken up yet; with what to say to
    /// [`Self::taken_up`] once it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn somebody_else_wrote(&mut self) -> Result<Option<Version>, Error> {
        let now = data_version(&mut self.connection).await?;
        Ok((Some(now) != self.data_version).then_some(Version(now)))
    }

    /// What another process wrote has been taken up.
    pub fn taken_up(&mut self, version: Version) {
        self.data_version = Some(version.0);
    }

    /// Makes the connection usable again after a failure; does nothing when it is.
    ///
    /// On some failures (a full disk is one) SQLite ends a transaction by itself, and the driver, which believes that it is still
    /// open, would refuse every later one.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn mend(&mut self) -> Result<(), Error> {
        if !self.connection.is_in_transaction() {
            return Ok(());
        }
        // A transaction that was given up is rolled back in the background: after a ping it is.
        self.connection.ping().await?;
        if self.connection.is_in_transaction() { self.reopen().await } else { Ok(()) }
    }

    /// Opens the database anew: a connection that was opened while the file could not be written stays read-only for ever.
    ///
    /// # Errors
    /// When the database cannot be opened; the old connection stays.
    pub async fn reopen(&mut self) -> Result<(), Error> {
        self.connection = SqliteConnection::connect_with(&self.options).await?;
        // This one counts from another start: look afresh.
        self.data_version = None;
        Ok(())
    }

    /// Writes something that changes nothing, to see whether it can.
    ///
    /// # Errors
    /// When the database cannot write: full or read-only disk.
    pub async fn try_out(&mut self) -> Result<(), Error> {
        sqlx::query!("UPDATE groups SET seq = seq").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Writes a consistent copy of everything to a new file.
    ///
    /// # Errors
    /// When the file is there already or cannot be written.
    pub async fn back_up(&mut self, to: &Path) -> Result<(), Error> {
        // SQLite writes into an empty file as into none, but would make it readable for everybody.
        std::fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)
            .map_err(sqlx::Error::from)?;
        let to = to.to_string_lossy();
        sqlx::query!("VACUUM INTO ?1", to).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Ends cleanly: everything in the log goes into the file.
    ///
    /// # Errors
    /// When the database fails; nothing that was committed is lost by it.
    pub async fn close(self) -> Result<(), Error> {
        Ok(self.connection.close().await?)
    }
}

impl Reader {
    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query_scalar!("SELECT 1").fetch_one(&self.pool).await?;
        Ok(())
    }
}

impl Reader {
    /// What SQLite says of the structure of the whole file: `ok`, or the first thing that is wrong.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn quick_check(&self) -> Result<String, Error> {
        Ok(sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&self.pool).await?)
    }
}

/// Changes when another connection commits, and only then (SQLite, `PRAGMA data_version`).
async fn data_version(connection: &mut SqliteConnection) -> Result<i64, Error> {
    Ok(sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await?)
}
