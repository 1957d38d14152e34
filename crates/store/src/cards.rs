//! Cards: how friends want to be shown.

use crate::{Error, Reader, Writer, batch::NewCard};
use domain::{Card, FriendId, Timestamp};
use sqlx::SqliteConnection;
use uuid::Uuid;

impl Writer {
    /// Keeps a card in place of the one before; one that says the same changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_card(&mut self, card: &NewCard) -> Result<(), Error> {
        put(&mut self.connection, card).await
    }
}

pub(crate) async fn put(connection: &mut SqliteConnection, card: &NewCard) -> Result<(), Error> {
    let (friend, changed_at) = (card.friend.uuid(), card.changed_at.as_millis());
    let source = if card.from_phone { "phone" } else { "page" };
    sqlx::query!(
        "INSERT INTO cards (friend_id, name, face, source, changed_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (friend_id) DO UPDATE SET name = excluded.name, face = excluded.face, source = excluded.source,
             changed_at = excluded.changed_at
         WHERE name IS NOT excluded.name OR face IS NOT excluded.face",
        friend,
        card.name,
        card.face,
        source,
        changed_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl Reader {
    /// All cards, without the pictures.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cards(&self) -> Result<Vec<(FriendId, Card)>, Error> {
        let rows = sqlx::query!(
            r#"SELECT friend_id AS "friend_id: Uuid", name, face IS NOT NULL AS "has_face!: bool", changed_at FROM cards"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let changed_at = Timestamp::from_millis(row.changed_at);
                (FriendId::new(row.friend_id), Card { name: row.name, has_face: row.has_face, changed_at })
            })
            .collect())
    }

    /// A friend's picture: PNG.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn face(&self, friend: FriendId) -> Result<Option<Vec<u8>>, Error> {
        let friend = friend.uuid();
        let face = sqlx::query_scalar!("SELECT face FROM cards WHERE friend_id = ?1", friend);
        Ok(face.fetch_optional(&self.pool).await?.flatten())
    }
}
