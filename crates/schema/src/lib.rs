//! The migrations, and nothing else: `store` runs them, and the build makes an empty database from them to check queries against.

/// Every migration, in order, compiled in.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");
