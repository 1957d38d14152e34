//! How far away from them friends call near.

use crate::{Error, Reader, Writer};
use domain::{
    FriendId,
    near::{Range, RangeError},
};
use uuid::Uuid;

impl Writer {
    /// Keeps what a friend calls near from now on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_range(&mut self, friend: FriendId, range: Range) -> Result<(), Error> {
        let (friend, metres) = (friend.uuid(), range.metres());
        sqlx::query!(
            "INSERT INTO ranges (friend_id, metres) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET metres = excluded.metres",
            friend,
            metres
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}

impl Reader {
    /// What each friend who ever said so calls near.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn ranges(&self) -> Result<Vec<(FriendId, Range)>, Error> {
        let found =
            sqlx::query!(r#"SELECT friend_id AS "friend_id: Uuid", metres AS "metres: u32" FROM ranges"#)
                .fetch_all(&self.pool)
                .await?;
        found
            .into_iter()
            .map(|row| {
                let wrong = |why: RangeError| Error::Inconsistent { table: "ranges", why: why.to_string() };
                let range = Range::new(row.metres).map_err(wrong)?;
                Ok((FriendId::new(row.friend_id), range))
            })
            .collect()
    }
}
