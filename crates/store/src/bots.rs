//! Bots, and what is kept of their tokens.

use crate::{Error, Reader, SecretHash, Writer, rows};
use domain::{Bot, BotId, GroupId, RegionId, Timestamp};
use uuid::Uuid;

impl Writer {
    /// Keeps a new bot.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its group has one of that name; when the database fails.
    pub async fn add_bot(&mut self, bot: &Bot, hash: &SecretHash) -> Result<(), Error> {
        let (id, group, made_at) = (bot.id.uuid(), bot.group.uuid(), bot.made_at.as_millis());
        let (name, key, regions, hash) =
            (bot.name.as_str(), bot.name.key(), rows::to_json(&bot.regions), hash.as_bytes());
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO bots (id, group_id, name, name_key, hash, regions, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            id,
            group,
            name,
            key,
            hash,
            regions,
            made_at
        )
        .execute(&mut *transaction)
        .await
        .map_err(Error::unique("bot"))?;
        transaction.commit().await
    }

    /// Forgets a bot, and its token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_bot(&mut self, bot: BotId) -> Result<(), Error> {
        let id = bot.uuid();
        let mut transaction = self.begin().await?;
        sqlx::query!("DELETE FROM bots WHERE id = ?1", id).execute(&mut *transaction).await?;
        transaction.commit().await
    }
}

impl Reader {
    /// Every bot.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn bots(&self) -> Result<Vec<Bot>, Error> {
        let found = sqlx::query!(
            r#"SELECT id AS "id: Uuid", group_id AS "group_id: Uuid", name, regions, made_at FROM bots"#
        );
        let rows = found.fetch_all(&self.pool).await?.into_iter();
        rows.map(|row| {
            Ok(Bot {
                id: BotId::new(row.id),
                group: GroupId::new(row.group_id),
                name: rows::name("bots", &row.name)?,
                regions: rows::json::<Vec<RegionId>>("bots", &row.regions)?,
                made_at: Timestamp::from_millis(row.made_at),
            })
        })
        .collect()
    }

    /// The bot whose token has this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bot_with(&self, hash: &SecretHash) -> Result<Option<BotId>, Error> {
        let hash = hash.as_bytes();
        let found = sqlx::query_scalar!(r#"SELECT id AS "id: Uuid" FROM bots WHERE hash = ?1"#, hash);
        Ok(found.fetch_optional(&self.pool).await?.map(BotId::new))
    }
}
