//! `schema FILE` makes a database with today's schema and nothing in it, to check queries against.

use sqlx::{Connection, sqlite::SqliteConnectOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).ok_or("usage: schema FILE")?;
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
    schema::MIGRATOR.run(&mut connection).await?;
    Ok(connection.close().await?)
}
